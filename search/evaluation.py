"""Measure a searcher on judged topics (qrels): overall, by topic language, and from each language into each."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import ir_measures
from ir_measures import RR, Qrel, R, ScoredDoc, nDCG

from .errors import InvalidQuery, SourceError
from .searcher import Searcher

__all__ = ["Evaluation", "JudgedTopic", "Scores", "evaluate", "measure", "read_topics"]

CUTOFF = 100
MEASURES = ("nDCG@10", "MRR", "recall@10", "recall@20", "recall@100")

Scores = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class JudgedTopic:
    """A topic and the grade (1 adjacent, 2 useful, 3 answers the core) of every relevant member; empty: nobody answers it."""

    id: str
    language: str
    text: str
    relevant: Mapping[str, int]
    style: str = ""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Means over the answerable topics of a set. Every recall and MRR counts members of at least grade `min_grade`.

    `overall`, `by_language` (of the topic) and `by_style` map to the measures in `MEASURES`. `by_pair` maps (topic language, member
    language) to recall@20 of the members described in that language only. `no_answer_auc` is the probability that the best match of
    an answerable topic is shown a higher relevance than that of an unanswerable one; None without unanswerable topics. `missing`
    counts judged members that are not in the store.
    """

    topics: int
    unanswerable: int
    min_grade: int
    overall: Scores
    by_language: Mapping[str, Scores]
    by_style: Mapping[str, Scores]
    by_pair: Mapping[tuple[str, str], float]
    no_answer_auc: float | None
    missing: int

    @property
    def cross_to_same(self) -> float | None:
        """Mean recall@20 across languages over that within one; None unless all four French and English pairs were measured."""
        pairs = [("fr", "en"), ("en", "fr"), ("fr", "fr"), ("en", "en")]
        if any(pair not in self.by_pair for pair in pairs):
            return None
        cross, same = (sum(self.by_pair[pair] for pair in half) for half in (pairs[:2], pairs[2:]))
        return cross / same if same else None


def read_topics(path: Path) -> list[JudgedTopic]:
    """Read JSON Lines with id, lang, text, relevant (member ids, or id -> grade) and perhaps style.

    Raises SourceError naming file and line of the first fault.
    """
    topics = []
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"cannot read {path}: {error}; give judged topics in JSON Lines") from error
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                topics.append(_topic(json.loads(line)))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise SourceError(
                    f"{path}:{number}: not a judged topic ({error!r}); expected id, lang, text and relevant"
                ) from error
    if not topics:
        raise SourceError(f"{path} has no topics; expected JSON Lines with id, lang, text and relevant")
    return topics


def _topic(raw: Mapping[str, object]) -> JudgedTopic:
    relevant = raw["relevant"]
    if isinstance(relevant, list):
        grades = {str(member): 1 for member in relevant}
    elif isinstance(relevant, dict):
        grades = {str(member): int(grade) for member, grade in relevant.items()}
    else:
        raise TypeError(f"relevant is a {type(relevant).__name__}, expected a list or an object")
    return JudgedTopic(str(raw["id"]), str(raw["lang"]), str(raw["text"]), grades, str(raw.get("style", "")))


def evaluate(searcher: Searcher, topics: Sequence[JudgedTopic]) -> Evaluation:
    """Search every topic and compare with its judgments. Raises InvalidQuery where no topic has a relevant member."""
    shortlists = searcher.search_many([topic.text for topic in topics], k=CUTOFF)
    rankings = {topic.id: [match.member.id for match in found] for topic, found in zip(topics, shortlists, strict=True)}
    best = {
        topic.id: found[0].relevance if len(found) else 0.0 for topic, found in zip(topics, shortlists, strict=True)
    }
    return measure(topics, rankings, best, searcher.languages_of_members())


def measure(
    topics: Sequence[JudgedTopic],
    rankings: Mapping[str, Sequence[str]],
    best: Mapping[str, float],
    languages: Mapping[str, tuple[str, ...]],
) -> Evaluation:
    """Compare rankings, wherever they come from, with the judgments.

    rankings: member ids by topic id, best first; best: by topic id, a value that is high where the best match answers; languages: of
    every member, by id. Raises InvalidQuery where no topic has a relevant member.
    """
    answerable = [topic for topic in topics if topic.relevant]
    if not answerable:
        raise InvalidQuery(f"none of the {len(topics)} topics has a relevant member; nothing can be measured")
    run = [
        ScoredDoc(topic, member, -float(rank))
        for topic, ranked in rankings.items()
        for rank, member in enumerate(ranked)
    ]
    qrels = [Qrel(topic.id, member, grade) for topic in answerable for member, grade in topic.relevant.items()]
    min_grade = 2 if any(qrel.relevance >= 2 for qrel in qrels) else 1
    measures = {
        "nDCG@10": nDCG @ 10,
        "MRR": RR(rel=min_grade),
        "recall@10": R(rel=min_grade) @ 10,
        "recall@20": R(rel=min_grade) @ 20,
        "recall@100": R(rel=min_grade) @ 100,
    }
    names = {measure: name for name, measure in measures.items()}
    values: dict[str, dict[str, float]] = {}
    for metric in ir_measures.iter_calc(list(measures.values()), qrels, run):
        values.setdefault(metric.query_id, {})[names[metric.measure]] = metric.value

    def means(chosen: Iterable[JudgedTopic]) -> Scores:
        rows = [values[topic.id] for topic in chosen]
        return {name: sum(row[name] for row in rows) / len(rows) for name in MEASURES}

    return Evaluation(
        topics=len(answerable),
        unanswerable=len(topics) - len(answerable),
        min_grade=min_grade,
        overall=means(answerable),
        by_language={
            code: means(t for t in answerable if t.language == code)
            for code in sorted({t.language for t in answerable})
        },
        by_style={
            style: means(t for t in answerable if t.style == style)
            for style in sorted({t.style for t in answerable} - {""})
        },
        by_pair=_by_pair(answerable, languages, min_grade, rankings),
        no_answer_auc=_no_answer_auc(topics, best),
        missing=len({qrel.doc_id for qrel in qrels} - languages.keys()),
    )


def _by_pair(
    topics: Sequence[JudgedTopic],
    languages: Mapping[str, tuple[str, ...]],
    min_grade: int,
    rankings: Mapping[str, Sequence[str]],
) -> dict[tuple[str, str], float]:
    recalls: dict[tuple[str, str], list[float]] = {}
    for topic in topics:
        found = set(rankings[topic.id][:20])
        by_language: dict[str, list[bool]] = {}
        for member, grade in topic.relevant.items():
            if grade >= min_grade and len(languages.get(member, ())) == 1:
                by_language.setdefault(languages[member][0], []).append(member in found)
        for code, hits in by_language.items():
            recalls.setdefault((topic.language, code), []).append(sum(hits) / len(hits))
    return {pair: sum(values) / len(values) for pair, values in sorted(recalls.items())}


def _no_answer_auc(topics: Sequence[JudgedTopic], best: Mapping[str, float]) -> float | None:
    if all(topic.relevant for topic in topics):
        return None
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score([bool(topic.relevant) for topic in topics], [best[topic.id] for topic in topics]))
