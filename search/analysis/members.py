"""Members as analyses see them: one vector and one row of a table each, in the order of the snapshot."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import InvalidQuery
from ..language import unit_rows
from ..searcher import Searcher
from ..snapshot import Snapshot
from ..types import FACETS, Filters, Member

__all__ = ["NOT_SAID", "SEVERAL", "largest_groups", "member_vectors", "members_table", "nearest"]

NOT_SAID, SEVERAL = "not said", "several"
BLOCK = 1_024

Vectors = NDArray[np.float32]
Rows = NDArray[np.int64]


def largest_groups(partners: Searcher, facet: str, at_most: int) -> tuple[str, ...]:
    """The values of a facet that most members have, in alphabetical order. Raises InvalidQuery where there is no such facet."""
    if facet not in FACETS:
        raise InvalidQuery(f"there is no facet {facet!r}; choose one of {', '.join(FACETS)}")
    return tuple(sorted(list(partners.facets(Filters())[facet])[:at_most], key=str.casefold))


def member_vectors(partners: Searcher) -> Vectors:
    """The direction of all that each member says: shape (n_members, dim), float32, unit rows, language means subtracted."""
    directory = partners.snapshot.directory
    vectors = _passage_vectors(partners.snapshot)
    sums = np.zeros((directory.size, vectors.shape[1]), np.float32)
    np.add.at(sums, directory.member_of, vectors[directory.passage_of])
    return unit_rows(sums)


def members_table(partners: Searcher) -> pd.DataFrame:
    """One row a member, in the order of `member_vectors`.

    Columns, all str: id, name, place, country, kind, cluster, clusters, language, sentence. `cluster` is "several" where a member has more
    than one, and `clusters` lists them; what a member does not say is "not said". `language` is "en", "fr" or "en + fr". `sentence` is the
    passage of its own nearest to all that it says.
    """
    directory = partners.snapshot.directory
    rows = []
    for position, capability in enumerate(_central_capabilities(partners.snapshot)):
        member = directory.member(position)
        description, start, end = directory.place(int(capability))
        sentence = member.descriptions[description][start:end]
        rows.append((
            member.id, member.name, _place(member), member.country or NOT_SAID, member.kind or NOT_SAID, _cluster(member),
            "; ".join(member.clusters), " + ".join(sorted(member.languages)), " ".join(sentence.split()),
        ))  # fmt: skip
    columns = ["id", "name", "place", "country", "kind", "cluster", "clusters", "language", "sentence"]
    return pd.DataFrame(rows, columns=columns)


def nearest(vectors: Vectors, k: int, handicap: Vectors | None = None) -> Rows:
    """The k rows most like each row, itself left out, nearest first: shape (n, min(k, n - 1)), int64.

    vectors: shape (n, dim), float32; likeness is the inner product less the other row's `handicap`, shape (n,), float32. Rows equally like
    come in their order.
    """
    count = min(k, len(vectors) - 1)
    found = np.empty((len(vectors), count), np.int64)
    for start in range(0, len(vectors), BLOCK):
        likeness = vectors[start : start + BLOCK] @ vectors.T
        if handicap is not None:
            likeness -= handicap
        own = np.arange(len(likeness))
        likeness[own, start + own] = -np.inf
        found[start : start + BLOCK] = np.argsort(-likeness, axis=1, kind="stable")[:, :count]
    return found


def _passage_vectors(snapshot: Snapshot) -> Vectors:
    """One row a passage; the last column of the index, which holds no meaning, is left out."""
    return snapshot.vectors.rows(np.arange(snapshot.manifest.counts["passages"]))[:, :-1]


def _central_capabilities(snapshot: Snapshot) -> Rows:
    """For each member the row number of the capability that is nearest to the mean of all it says."""
    directory = snapshot.directory
    own = unit_rows(_passage_vectors(snapshot))[directory.passage_of]
    sums = np.zeros((directory.size, own.shape[1]), np.float32)
    np.add.at(sums, directory.member_of, own)
    likeness = np.einsum("ij,ij->i", own, sums[directory.member_of])
    order = np.lexsort((-likeness, directory.member_of))
    return np.asarray(order[directory.first_capability[:-1]], np.int64)


def _place(member: Member) -> str:
    return ", ".join(part for part in (member.city, member.country) if part) or NOT_SAID


def _cluster(member: Member) -> str:
    return SEVERAL if len(member.clusters) > 1 else next(iter(member.clusters), NOT_SAID)
