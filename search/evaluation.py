"""Measure a searcher on judged topics (qrels): overall, by topic language, and from each language into each."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import ir_measures
from ir_measures import RR, Qrel, R, ScoredDoc, nDCG

from .checks import check_query
from .errors import InvalidQuery, SourceError
from .files import replace_text
from .relevance import answer_odds
from .searcher import Searcher
from .types import Query

__all__ = ["MEASURES", "Evaluation", "JudgedTopic", "Scores", "evaluate", "measure", "read_topics", "write_topics"]

CUTOFF = 100
MAX_GRADE = 100
PLAIN = Query("")
MEASURES = ("nDCG@10", "MRR", "recall@10", "recall@20", "recall@100")

Scores = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class JudgedTopic:
    """A topic and the grade (1 adjacent, 2 useful, 3 answers the core) of every relevant member; empty: nobody answers it.

    Wordings of the same need share `need`.
    """

    id: str
    language: str
    text: str
    relevant: Mapping[str, int]
    style: str = ""
    need: str = ""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Means over the answerable topics of a set. Every recall and MRR counts members of at least grade `min_grade`.

    `overall`, `by_language` (of the topic) and `by_style` have the measures in `MEASURES`. `by_pair`, by (topic language, member
    language), has the same for the relevant members described in that language only, at the ranks they have among all.
    `no_answer_auc` is the probability that an answerable topic seems more clearly answered (`relevance.answer_odds`) than an unanswerable one; None without unanswerable topics. `missing` counts judged members that are not in the store. `by_topic` has the measures of every answerable topic by id, and
    `need_of` the need it words.
    """

    topics: int
    unanswerable: int
    min_grade: int
    overall: Scores
    by_language: Mapping[str, Scores]
    by_style: Mapping[str, Scores]
    by_pair: Mapping[tuple[str, str], Scores]
    no_answer_auc: float | None
    missing: int
    by_topic: Mapping[str, Scores] = field(repr=False)
    need_of: Mapping[str, str] = field(repr=False)

    @property
    def cross_to_same(self) -> float | None:
        """Mean recall@20 across languages over that within one; None unless all four French and English pairs were measured."""
        pairs = [("fr", "en"), ("en", "fr"), ("fr", "fr"), ("en", "en")]
        if any(pair not in self.by_pair for pair in pairs):
            return None
        cross, same = (sum(self.by_pair[pair]["recall@20"] for pair in half) for half in (pairs[:2], pairs[2:]))
        return cross / same if same else None


def read_topics(path: Path) -> list[JudgedTopic]:
    """Read JSON Lines with id, lang, text, relevant (member ids, or id -> grade) and perhaps style and need.

    Topics of one `need` are wordings of it; without the key, those whose ids differ in a last "-lang" only. Members of grade 0 count as not relevant. Raises SourceError naming file and line of the first fault.
    """
    topics: dict[str, JudgedTopic] = {}
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"cannot read {path}: {error}; give judged topics in JSON Lines") from error
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                topic = _topic(json.loads(line))
                if topic.id in topics:
                    raise ValueError(f"the id {topic.id!r} was already used")
            except (ValueError, KeyError, TypeError, OverflowError, RecursionError, InvalidQuery) as error:
                what = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
                message = f"{path}:{number}: not a judged topic ({what}); expected id, lang, text and relevant"
                raise SourceError(message) from error
            topics[topic.id] = topic
    if not topics:
        raise SourceError(f"{path} has no topics; expected JSON Lines with id, lang, text and relevant")
    return list(topics.values())


def _topic(raw: object) -> JudgedTopic:
    if not isinstance(raw, dict):
        raise TypeError(f"a JSON {type(raw).__name__}")
    json.dumps(raw, ensure_ascii=False).encode()  # unpaired surrogates crash the measuring library
    relevant = raw["relevant"]
    if isinstance(relevant, list):
        grades = {str(member): 1 for member in relevant}
    elif isinstance(relevant, dict):
        grades = {str(member): int(grade) for member, grade in relevant.items() if grade != 0}
    else:
        raise TypeError(f"relevant is a {type(relevant).__name__}, expected a list or an object")
    if any(not 1 <= grade <= MAX_GRADE for grade in grades.values()):
        raise ValueError(f"a grade is not in 0..{MAX_GRADE}")
    check_query(Query(str(raw["text"])))
    name, language = str(raw["id"]), str(raw["lang"])
    need = str(raw.get("need") or name.removesuffix(f"-{language}"))
    return JudgedTopic(name, language, str(raw["text"]), grades, str(raw.get("style", "")), need)


def write_topics(topics: Iterable[JudgedTopic], path: Path) -> None:
    """Keep judged topics in the file that `read_topics` reads; one that is there is replaced, whole or not at all.

    Raises InvalidQuery, and writes nothing, where an id comes twice or what would be written could not be read. Raises OSError.
    """
    lines: dict[str, str] = {}
    for topic in topics:
        raw = {"id": topic.id, "lang": topic.language, "text": topic.text, "relevant": dict(topic.relevant)}
        raw |= {key: value for key in ("style", "need") if (value := getattr(topic, key))}
        if topic.id in lines:
            raise InvalidQuery(f"two topics have the id {topic.id!r}; give each its own")
        try:
            _topic(raw)
        except (ValueError, TypeError) as error:
            raise InvalidQuery(f"the topic {topic.id!r} cannot be kept: {error}") from error
        lines[topic.id] = json.dumps(raw, ensure_ascii=False)
    if not lines:
        raise InvalidQuery("there are no judged topics to keep; give some members a grade first")
    replace_text(path, "".join(f"{line}\n" for line in lines.values()))


def evaluate(searcher: Searcher, topics: Sequence[JudgedTopic], asked: Query = PLAIN) -> Evaluation:
    """Search every topic and compare with its judgments. `asked` says how: its filters, steering and diversity hold for every topic.

    Raises InvalidQuery where no topic has a relevant member.
    """
    shortlists = searcher.answer([replace(asked, topic=topic.text, limit=CUTOFF) for topic in topics])
    rankings = {topic.id: [match.member.id for match in found] for topic, found in zip(topics, shortlists, strict=True)}
    sure = {
        topic.id: answer_odds(found[0].score, found.lead) if len(found) else -1e6
        for topic, found in zip(topics, shortlists, strict=True)
    }
    return measure(topics, rankings, sure, searcher.languages_of_members())


def measure(
    topics: Sequence[JudgedTopic],
    rankings: Mapping[str, Sequence[str]],
    best: Mapping[str, float],
    languages: Mapping[str, tuple[str, ...]],
) -> Evaluation:
    """Compare rankings, wherever they come from, with the judgments.

    rankings: member ids by topic id, best first; best: by topic id, a value that is high where somebody answers; languages: of
    every member, by id. Raises InvalidQuery where no topic has a relevant member.
    """
    answerable = [topic for topic in topics if topic.relevant]
    if not answerable:
        raise InvalidQuery(f"none of the {len(topics)} topics has a relevant member; nothing can be measured")
    qrels = {topic.id: topic.relevant for topic in answerable}
    min_grade = 2 if any(grade >= 2 for grades in qrels.values() for grade in grades.values()) else 1
    values = _measured(qrels, rankings, min_grade)

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
        missing=len({member for grades in qrels.values() for member in grades} - languages.keys()),
        by_topic=values,
        need_of={topic.id: topic.need or topic.id for topic in answerable},
    )


def _measured(
    qrels: Mapping[str, Mapping[str, int]], rankings: Mapping[str, Sequence[str]], min_grade: int
) -> dict[str, dict[str, float]]:
    """The measures of each topic in `qrels`."""
    measures = {
        nDCG @ 10: "nDCG@10",
        RR(rel=min_grade): "MRR",
        R(rel=min_grade) @ 10: "recall@10",
        R(rel=min_grade) @ 20: "recall@20",
        R(rel=min_grade) @ 100: "recall@100",
    }
    judged = [Qrel(topic, member, grade) for topic, grades in qrels.items() for member, grade in grades.items()]
    run = [ScoredDoc(topic, member, -float(rank)) for topic in qrels for rank, member in enumerate(rankings[topic])]
    values: dict[str, dict[str, float]] = {topic: dict.fromkeys(MEASURES, 0.0) for topic in qrels}
    for metric in ir_measures.iter_calc(list(measures), judged, run):
        values[metric.query_id][measures[metric.measure]] = metric.value
    return values


def _by_pair(
    topics: Sequence[JudgedTopic],
    languages: Mapping[str, tuple[str, ...]],
    min_grade: int,
    rankings: Mapping[str, Sequence[str]],
) -> dict[tuple[str, str], Scores]:
    pairs: dict[tuple[str, str], Scores] = {}
    for code in sorted({code for codes in languages.values() for code in codes}):
        own = {t.id: {m: g for m, g in t.relevant.items() if languages.get(m) == (code,)} for t in topics}
        qrels = {topic: grades for topic, grades in own.items() if max(grades.values(), default=0) >= min_grade}
        values = _measured(qrels, rankings, min_grade)
        for asked in sorted({topic.language for topic in topics if topic.id in qrels}):
            rows = [values[topic.id] for topic in topics if topic.id in qrels and topic.language == asked]
            pairs[asked, code] = {name: sum(row[name] for row in rows) / len(rows) for name in MEASURES}
    return dict(sorted(pairs.items()))


def _no_answer_auc(topics: Sequence[JudgedTopic], best: Mapping[str, float]) -> float | None:
    if all(topic.relevant for topic in topics):
        return None
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score([bool(topic.relevant) for topic in topics], [best[topic.id] for topic in topics]))
