"""Which groups of members can do what: topics against clusters, the gaps, and which two clusters complete each other.

A member answers a topic where its relevance, the estimated chance that a careful reader finds it useful, reaches a threshold. Each
topic is asked in all its wordings, in each group apart, and the relevances of the wordings are averaged: one wording alone misses more.
At the threshold that is set, three in four of the groups named for a topic do answer it, and half of those that answer are named; a topic
that nobody seems to cover is covered by somebody about every second time (docs/quality.md). So a gap is a question, not a finding.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations, islice

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import InvalidQuery
from ..searcher import Searcher
from ..types import Filters, Match, Query
from .members import largest_groups

__all__ = ["BY_NOBODY", "BY_ONE", "BY_SEVERAL", "Complementarity", "Coverage", "complementarity", "coverage"]

BY_NOBODY, BY_ONE, BY_SEVERAL = "nobody", "one only", "several"
THRESHOLD = 0.3
"""Below one half, because relevance is cautious: see "Which clusters answer" in docs/quality.md."""
DEPTH = 30
"""Members looked at in each group, the best for each wording."""
MOST = 14


@dataclass(frozen=True, slots=True)
class _Found:
    """A member of a group, for a topic: `match` is the one of the wording that found it most relevant."""

    relevance: float
    match: Match


@dataclass(frozen=True, slots=True)
class Coverage:
    """Topics against the groups of a facet; `threshold` is the relevance from which a member answers.

    best: relevance of the best member, topics by groups, float in 0..1, 0 where a group has nobody.
    members: how many members answer, topics by groups, int, 30 at most.
    answers: one row a topic and member that answers it, the most relevant first: topic, group, id, name, relevance, sentence, language.
    A member of two groups has two rows.
    summary: one row a topic: covered_by ("several", "one only" or "nobody"), groups (those that answer, the best first), members (int),
    best (relevance), nearest (name of the best member, whether it answers or not), and answerable: whether in any wording somebody
    seems to answer (see `Shortlist`). That is said to be false rarely: a topic covered by nobody is often called answerable.
    """

    facet: str
    threshold: float
    best: pd.DataFrame
    members: pd.DataFrame
    answers: pd.DataFrame
    summary: pd.DataFrame


@dataclass(frozen=True, slots=True)
class Complementarity:
    """score: groups by groups, symmetric, in topics; NaN on the diagonal.

    pairs: one row a pair, the largest score first: first, second, score, shared (int: topics that both cover), first_brings and second_brings
    (topics that this one covers and the other does not, each with the member that answers it best).
    """

    score: pd.DataFrame
    pairs: pd.DataFrame


def coverage(
    partners: Searcher,
    topics: pd.DataFrame,
    facet: str = "cluster",
    threshold: float = THRESHOLD,
    at_most: int = MOST,
) -> Coverage:
    """Ask every topic in each of the `at_most` largest groups of a facet.

    topics: one row a topic; a column `id`, unique, and a column for each wording, of any name, of which each topic has at least one.
    Raises InvalidQuery where `topics` is not such a table, there is no such facet, or a topic cannot be asked.
    """
    wordings = _wordings(topics)
    groups = list(largest_groups(partners, facet, at_most))
    by_group = {group: _asked(partners, wordings, facet, group) for group in groups}
    asked = {(topic, group): by_group[group][topic] for topic in wordings for group in groups}
    best = {key: max((found.relevance for found in own), default=0.0) for key, own in asked.items()}
    members = {key: sum(found.relevance >= threshold for found in own) for key, own in asked.items()}
    return Coverage(
        facet,
        threshold,
        _grid(best, list(wordings), groups, facet).astype(float),
        _grid(members, list(wordings), groups, facet).astype(int),
        _answers(asked, threshold),
        _summary(partners, wordings, asked, threshold),
    )


def complementarity(covered: Coverage) -> Complementarity:
    """Which two groups complete each other.

    For each topic a group is worth the relevance of its best member. What A brings to B is the sum, over all topics, of how much more A is
    worth than B where it is worth more: about how many topics would find a partner with A that find none in B. The score of a pair is the
    smaller of what each brings the other, so both must gain; a large group that can do everything completes nobody.
    """
    groups = list(covered.best.columns)
    worth = covered.best.to_numpy(np.float64)
    brings = np.maximum(worth[:, :, None] - worth[:, None, :], 0).sum(axis=0)
    score = np.minimum(brings, brings.T)
    np.fill_diagonal(score, np.nan)
    answered = covered.members.to_numpy() > 0
    rows = [
        (
            groups[a],
            groups[b],
            float(score[a, b]),
            int((answered[:, a] & answered[:, b]).sum()),
            _brought(covered, groups[a], answered[:, a] & ~answered[:, b]),
            _brought(covered, groups[b], answered[:, b] & ~answered[:, a]),
        )
        for a, b in combinations(range(len(groups)), 2)
    ]
    columns = ["first", "second", "score", "shared", "first_brings", "second_brings"]
    pairs = pd.DataFrame(rows, columns=columns).sort_values(["score", "first", "second"], ascending=[False, True, True])
    labels = covered.best.columns
    return Complementarity(pd.DataFrame(score, index=labels, columns=labels), pairs.reset_index(drop=True))


def _wordings(topics: pd.DataFrame) -> dict[str, list[str]]:
    """The texts of each topic by its id."""
    columns = [column for column in topics.columns if column != "id"]
    if "id" not in topics.columns or not columns:
        found = ", ".join(map(str, topics.columns)) or "none"
        raise InvalidQuery(
            f"topics have the columns {found}; expected `id` and one for each wording, such as `fr` and `en`"
        )
    wordings: dict[str, list[str]] = {}
    for row in topics.itertuples(index=False):
        own = dict(zip(topics.columns, row, strict=True))
        name = str(own["id"])
        texts = [own[column].strip() for column in columns if isinstance(own[column], str) and own[column].strip()]
        if name in wordings or not texts:
            fault = "comes twice" if name in wordings else "has no wording"
            raise InvalidQuery(f"the topic {name[:100]!r} {fault}; give each topic one row and at least one wording")
        wordings[name] = texts
    return wordings


def _asked(partners: Searcher, wordings: Mapping[str, list[str]], facet: str, group: str) -> dict[str, list[_Found]]:
    """For each topic the members of one group, the most relevant first."""
    texts = [text for own in wordings.values() for text in own]
    lists = iter(partners.answer([Query(text, Filters.from_lists({facet: [group]}), DEPTH) for text in texts]))
    asked = {}
    for topic, own in wordings.items():
        matches: dict[str, list[Match]] = defaultdict(list)
        for shortlist in islice(lists, len(own)):
            for match in shortlist:
                matches[match.member.id].append(match)
        found = [
            _Found(
                round(sum(match.relevance for match in of_member) / len(own), 4),
                max(of_member, key=lambda m: m.relevance),
            )
            for of_member in matches.values()
        ]
        asked[topic] = sorted(found, key=lambda f: (-f.relevance, f.match.member.id))
    return asked


def _grid(values: Mapping[tuple[str, str], float], topics: list[str], groups: list[str], facet: str) -> pd.DataFrame:
    rows = [[values[topic, group] for group in groups] for topic in topics]
    return pd.DataFrame(rows, index=pd.Index(topics, name="topic"), columns=pd.Index(groups, name=facet))


def _answers(asked: Mapping[tuple[str, str], list[_Found]], threshold: float) -> pd.DataFrame:
    rows = [
        (topic, group, found.match.member.id, found.match.member.name, found.relevance,
         found.match.evidence[0].text, found.match.evidence[0].language)
        for (topic, group), own in asked.items()
        for found in own
        if found.relevance >= threshold
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["topic", "group", "id", "name", "relevance", "sentence", "language"])
    place = {topic: i for i, (topic, _) in enumerate(asked)}
    order = np.lexsort((frame["id"], -frame["relevance"], frame["topic"].map(place)))
    return frame.iloc[order].reset_index(drop=True)


def _summary(
    partners: Searcher,
    wordings: Mapping[str, list[str]],
    asked: Mapping[tuple[str, str], list[_Found]],
    threshold: float,
) -> pd.DataFrame:
    texts = [text for own in wordings.values() for text in own]
    answerable = dict(zip(texts, (shortlist.answerable for shortlist in partners.search_many(texts, k=1)), strict=True))
    rows = []
    for topic, own in wordings.items():
        found = {group: of_group for (of_topic, group), of_group in asked.items() if of_topic == topic and of_group}
        groups = sorted(found, key=lambda group: (-found[group][0].relevance, group))
        covering = [group for group in groups if found[group][0].relevance >= threshold]
        members = {f.match.member.id for of_group in found.values() for f in of_group if f.relevance >= threshold}
        best = found[groups[0]][0] if groups else None
        rows.append((
            (BY_NOBODY, BY_ONE, BY_SEVERAL)[min(len(covering), 2)], "; ".join(covering), len(members),
            best.relevance if best else 0.0, best.match.member.name if best else "", any(answerable[text] for text in own),
        ))  # fmt: skip
    columns = ["covered_by", "groups", "members", "best", "nearest", "answerable"]
    return pd.DataFrame(rows, columns=columns, index=pd.Index(wordings, name="topic"))


def _brought(covered: Coverage, group: str, topics: NDArray[np.bool_]) -> str:
    """ "topic (member); ..." for the topics chosen, with the member of the group that answers each best."""
    own = covered.answers[covered.answers["group"] == group].drop_duplicates("topic").set_index("topic")["name"]
    return "; ".join(f"{topic} ({own[topic]})" for topic in covered.best.index[topics])
