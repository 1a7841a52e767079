"""Evaluations as tables: how good the ranking is, how sure that is, and on which topics it fails."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from .comparison import compare, intervals
from .errors import InvalidQuery
from .evaluation import CUTOFF, MEASURES, Evaluation, JudgedTopic
from .frames import frame
from .searcher import Searcher

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["comparison_frame", "pairs_frame", "ranking_frame", "scores_frame", "topics_frame"]

_SCORES = dict.fromkeys(MEASURES, "float64")


def scores_frame(evaluation: Evaluation) -> "pd.DataFrame":
    """Each measure with its mean over the topics and the 95 % interval of that mean: measure, mean, low, high."""
    bounds = intervals(evaluation)
    columns = {"measure": "str", "mean": "float64", "low": "float64", "high": "float64"}
    return frame(columns, [(name, evaluation.overall[name], bounds[name].low, bounds[name].high) for name in MEASURES])


def pairs_frame(evaluation: Evaluation) -> "pd.DataFrame":
    """From the language of topics to the language of members: topic, member and the measures (see `Evaluation.by_pair`)."""
    rows = [(*pair, *(scores[name] for name in MEASURES)) for pair, scores in evaluation.by_pair.items()]
    return frame({"topic": "str", "member": "str", **_SCORES}, rows)


def topics_frame(evaluation: Evaluation, topics: Sequence[JudgedTopic], by: str = "nDCG@10") -> "pd.DataFrame":
    """The answerable topics, those answered worst by a measure first: id, lang, style, text, how many members are relevant, the measures.

    Raises InvalidQuery where there is no such measure, or a topic was not measured.
    """
    if by not in MEASURES:
        raise InvalidQuery(f"there is no measure {by!r}; choose one of {', '.join(MEASURES)}")
    answerable = [topic for topic in topics if topic.relevant]
    if unknown := [topic.id for topic in answerable if topic.id not in evaluation.by_topic]:
        raise InvalidQuery(f"the topic {unknown[0]!r} is not in the evaluation; give the topics that were evaluated")
    scores: Mapping[str, Mapping[str, float]] = evaluation.by_topic
    rows = [
        (t.id, t.language, t.style, t.text, len(t.relevant), *(scores[t.id][name] for name in MEASURES))
        for t in sorted(answerable, key=lambda topic: (scores[topic.id][by], topic.id))
    ]
    return frame({"id": "str", "lang": "str", "style": "str", "text": "str", "relevant": "int64", **_SCORES}, rows)


def comparison_frame(first: Evaluation, second: Evaluation) -> "pd.DataFrame":
    """Two configurations on the same topics: measure, first, second, better_by (first less second), its 95 % interval low to high, and p.

    Raises InvalidQuery where they were not measured on the same topics.
    """
    rows = [
        (name, first.overall[name], second.overall[name], d.mean, d.interval.low, d.interval.high, d.p_value)
        for name, d in compare(first, second).items()
    ]
    columns = ("first", "second", "better_by", "low", "high", "p_value")
    return frame({"measure": "str", **dict.fromkeys(columns, "float64")}, rows)


def ranking_frame(searcher: Searcher, topic: JudgedTopic, k: int = 10) -> "pd.DataFrame":
    """What became of one judged topic: the first k members, then the relevant ones that came later.

    Columns: rank (Int64, missing beyond the first 100), grade (0 where nobody judged the member relevant), relevance, id, name, languages and evidence (its best). A judged member that is not in the store has no row.
    """
    found = searcher.search(topic.text, k=max(k, CUTOFF))
    rows: list[tuple[object, ...]] = [
        (m.rank, topic.relevant.get(m.member.id, 0), m.relevance, m.member.id, m.member.name, "; ".join(m.member.languages), m.evidence[0].text)
        for m in found
        if m.rank <= k or m.member.id in topic.relevant
    ]  # fmt: skip
    ranked = {match.member.id for match in found}
    missed = sorted((-grade, name) for name, grade in topic.relevant.items() if name not in ranked)
    languages = searcher.languages_of_members()
    for grade, name in missed:
        if name in languages:
            member = searcher.member(name)
            rows.append((None, -grade, None, name, member.name, "; ".join(member.languages), ""))
    columns = {"rank": "Int64", "grade": "int64", "relevance": "float64"}
    return frame(columns | dict.fromkeys(("id", "name", "languages", "evidence"), "str"), rows)
