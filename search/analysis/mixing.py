"""How languages mix: whether members lie beside those who do alike, or beside those who write alike; before and after alignment.

A snapshot keeps vectors with their language's mean subtracted only, so descriptions are encoded again here.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import InvalidQuery
from ..searcher import Searcher
from .members import nearest

__all__ = ["Mixing", "language_mixing"]

NEIGHBOURS = 10
CHARACTERS = 600
"""Beginning of a description that is encoded: enough to say what it is about."""

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Mixing:
    """Descriptions, one row each: those in `languages` of the members with these `ids`; a bilingual member has two.

    before, after: shape (n, dim), float32, unit rows; as the encoder gives them, and with their language's mean subtracted.
    """

    ids: tuple[str, ...]
    languages: tuple[str, ...]
    before: Vectors
    after: Vectors

    def to_frame(self) -> pd.DataFrame:
        """What the two pictures show, in numbers. Index: language; columns, all floats in 0..1 but the first.

        descriptions (int); by_chance: the share of a description's ten nearest that would be in its own language if language played no part;
        before and after: the share that is; twin_before and twin_after: of the descriptions of bilingual members, the share that has the
        same member's other description among its ten nearest in another language (NaN where nobody is bilingual).
        """
        own = np.array(self.languages)
        rows = {}
        for language in sorted(set(self.languages)):
            chosen = np.flatnonzero(own == language)
            rows[language] = {
                "descriptions": len(chosen),
                "by_chance": (len(chosen) - 1) / max(len(own) - 1, 1),
                "before": self._same(self.before, chosen),
                "after": self._same(self.after, chosen),
                "twin_before": self._twins(self.before, chosen),
                "twin_after": self._twins(self.after, chosen),
            }
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("language").astype({"descriptions": int})

    def _same(self, vectors: Vectors, chosen: NDArray[np.int64]) -> float:
        own = np.array(self.languages)
        found = nearest(vectors, NEIGHBOURS)[chosen]
        return float((own[found] == own[chosen, None]).mean()) if found.size else float("nan")

    def _twins(self, vectors: Vectors, chosen: NDArray[np.int64]) -> float:
        ids, own = np.array(self.ids), np.array(self.languages)
        found = []
        for row in chosen:
            others = np.flatnonzero(own != own[row])
            if (ids[others] == ids[row]).any():
                best = others[np.argsort(-(vectors[others] @ vectors[row]), kind="stable")[:NEIGHBOURS]]
                found.append(bool((ids[best] == ids[row]).any()))
        return float(np.mean(found)) if found else float("nan")


def language_mixing(partners: Searcher, languages: tuple[str, ...] = ("en", "fr"), at_most: int = 1_000) -> Mixing:
    """Encode the members' descriptions in these languages, and centre them as an index does.

    Where there are more than `at_most`, an evenly spaced sample of members is taken. Twenty to forty descriptions a second on two cores.
    """
    directory = partners.snapshot.directory
    count = min(directory.size, at_most)
    members = [directory.member(int(row)) for row in np.linspace(0, directory.size - 1, count).astype(np.int64)]
    texts = [
        (member.id, code, text[:CHARACTERS])
        for member in members
        for code in languages
        if (text := member.descriptions.get(code, "").strip())
    ]
    if not texts:
        raise InvalidQuery(f"no member describes itself in {' or '.join(languages)}; name languages of this directory")
    own = [code for _, code, _ in texts]
    before = partners.encoder.encode_passages([text for _, _, text in texts])
    sums = {code: (before[np.array(own) == code].sum(axis=0), own.count(code)) for code in set(own)}
    after = partners.encoder.means.shrunk_towards(sums).centre_passages(before, own)
    return Mixing(tuple(id for id, _, _ in texts), tuple(own), before, after)
