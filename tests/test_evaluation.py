"""Measures on judged topics."""

from pathlib import Path

import pytest

from search import InvalidQuery, Searcher, SourceError
from search.evaluation import JudgedTopic, evaluate, measure, read_topics
from tests.conftest import DEMO, write_lines


def test_measures_of_a_known_ranking(small: Searcher) -> None:
    """nDCG, MRR and recall of a ranking known by hand, overall, by language and by pair."""
    order = [match.member.id for match in small.search("sensors", k=6)]
    assert order[:2] == ["alpha", "beta"]
    topics = [
        JudgedTopic("1", "en", "sensors", {"alpha": 3, order[-1]: 2, "beta": 1}),
        JudgedTopic("2", "en", "nothing", {}),
    ]
    evaluation = evaluate(small, topics)
    assert (evaluation.topics, evaluation.unanswerable, evaluation.min_grade, evaluation.missing) == (1, 1, 2, 0)
    ideal = 3 + 2 / 1.58496 + 1 / 2
    assert evaluation.overall["nDCG@10"] == pytest.approx((3 + 1 / 1.58496 + 2 / 2.80735) / ideal, abs=1e-4)
    assert evaluation.overall["MRR"] == 1
    assert evaluation.overall["recall@10"] == 1
    assert set(evaluation.by_language) == {"en"}


def ranked(*ids: str) -> dict[str, list[str]]:
    return {"1": list(ids)}


LANGUAGES = {"a": ("fr",), "b": ("en",), "c": ("en",), "d": ("fr", "en"), **{f"x{i}": ("en",) for i in range(30)}}
OTHERS = [f"x{i}" for i in range(30)]


def test_only_useful_members_count_for_recall_and_mrr() -> None:
    """Grade 1 earns gain in nDCG but neither recall nor MRR where grades go higher."""
    topic = JudgedTopic("1", "en", "?", {"a": 1, "b": 2, "c": 3})
    scores = measure([topic], ranked("a", "x0", "b", *OTHERS[1:20], "c"), {"1": 1.0}, LANGUAGES).overall
    assert scores["MRR"] == pytest.approx(1 / 3)
    assert scores["recall@10"] == scores["recall@20"] == 0.5
    assert scores["recall@100"] == 1
    ideal = 3 + 2 / 1.58496 + 1 / 2
    assert scores["nDCG@10"] == pytest.approx((1 + 2 / 2) / ideal, abs=1e-4)


def test_pairs_count_members_of_one_language() -> None:
    """By pair: the relevant members described in that language only, at their ranks among all; bilingual members in no pair."""
    topic = JudgedTopic("1", "fr", "?", {"a": 2, "b": 2, "c": 2, "d": 3})
    pairs = measure([topic], ranked("d", "b", *OTHERS[:19], "a", "c"), {"1": 1.0}, LANGUAGES).by_pair
    assert set(pairs) == {("fr", "fr"), ("fr", "en")}
    assert (pairs["fr", "fr"]["recall@20"], pairs["fr", "fr"]["recall@100"]) == (0, 1)
    assert pairs["fr", "en"]["recall@20"] == 0.5
    assert pairs["fr", "en"]["MRR"] == 0.5


def test_telling_unanswerable_topics_apart() -> None:
    """The AUC is the share of pairs in which the answerable topic has the higher value."""
    answerable = [JudgedTopic(str(i), "en", "?", {"a": 2}) for i in range(2)]
    unanswerable = [JudgedTopic(str(i), "en", "?", {}) for i in (2, 3)]
    rankings = {str(i): ["a"] for i in range(4)}
    best = {"0": 0.9, "1": 0.4, "2": 0.5, "3": 0.1}
    assert measure([*answerable, *unanswerable], rankings, best, LANGUAGES).no_answer_auc == 0.75
    assert measure(answerable, rankings, best, LANGUAGES).no_answer_auc is None


def test_members_that_are_not_there_are_counted(small: Searcher) -> None:
    """A judged member missing from the store lowers recall and is said."""
    evaluation = evaluate(small, [JudgedTopic("1", "en", "sensors", {"alpha": 1, "gone": 1})])
    assert evaluation.missing == 1
    assert evaluation.overall["recall@100"] == 0.5


def test_a_set_without_answers_cannot_be_measured(small: Searcher) -> None:
    """Only unanswerable topics: refused."""
    with pytest.raises(InvalidQuery, match="none of the 1 topics"):
        evaluate(small, [JudgedTopic("1", "en", "sensors", {})])


def test_topics_files(tmp_path: Path) -> None:
    """Lists and grades are both accepted; the first fault is named by file and line."""
    path = write_lines(
        tmp_path / "t.jsonl",
        [
            {"id": 1, "lang": "en", "text": "x", "relevant": ["a"]},
            {"id": "2", "lang": "fr", "text": "y", "relevant": {"a": 3}},
        ],
    )
    assert [topic.relevant for topic in read_topics(path)] == [{"a": 1}, {"a": 3}]
    for line in ("{", '{"id": "1"}', "[]", '{"id": "1", "lang": "en", "text": "x", "relevant": "a"}'):
        path.write_text('\n{"id": "0", "lang": "en", "text": "x", "relevant": []}\n' + line, encoding="utf-8")
        with pytest.raises(SourceError, match=r"t\.jsonl:3: not a judged topic"):
            read_topics(path)
    for relevant in ('{"a": -1}', '{"a": 1e400}', '{"a": 1000}', '["\\ud800"]', '{"a": null}'):
        path.write_text(f'{{"id": "1", "lang": "en", "text": "x", "relevant": {relevant}}}', encoding="utf-8")
        with pytest.raises(SourceError, match=r"t\.jsonl:1: not a judged topic"):
            read_topics(path)
    write_lines(path, [{"id": "1", "lang": "en", "text": "x", "relevant": {}}] * 2)
    with pytest.raises(SourceError, match=r"t\.jsonl:2: .*the id '1' was already used"):
        read_topics(path)
    write_lines(path, [{"id": "1", "lang": "en", "text": "two\u2028lines", "relevant": {"a": 0}}])
    assert read_topics(path)[0].relevant == {}
    path.write_text("\n", encoding="utf-8")
    with pytest.raises(SourceError, match="has no topics"):
        read_topics(path)


@pytest.mark.parametrize(
    ("name", "answerable", "unanswerable"), [("topics.jsonl", 36, 6), ("topics_fit.jsonl", 66, 30)]
)
def test_the_judged_topics(name: str, answerable: int, unanswerable: int) -> None:
    """Both wordings of every topic have the same judgments, in grades 1 to 3, of members that exist."""
    members = {line.split('"')[3] for line in (DEMO / "members.jsonl").read_text(encoding="utf-8").splitlines()}
    topics = {topic.id: topic for topic in read_topics(DEMO / name)}
    numbers = sorted({topic[:-3] for topic in topics})
    assert len(numbers) == answerable + unanswerable
    for number in numbers:
        french, english = topics[f"{number}-fr"], topics[f"{number}-en"]
        assert (french.language, english.language) == ("fr", "en")
        assert french.relevant == english.relevant
        assert set(french.relevant) <= members
        assert set(french.relevant.values()) <= {1, 2, 3}
    assert sum(bool(topic.relevant) for topic in topics.values()) == 2 * answerable


def test_wordings_of_a_need_are_recognised(tmp_path: Path) -> None:
    """By their ids, but for the language at the end, or by the key `need`."""
    lines = [
        {"id": "t1-fr", "lang": "fr", "text": "a", "relevant": ["x"]},
        {"id": "t1-en", "lang": "en", "text": "b", "relevant": ["x"]},
        {"id": "other", "lang": "en", "text": "c", "relevant": ["x"], "need": "t1"},
        {"id": "alone-de", "lang": "fr", "text": "d", "relevant": ["x"]},
    ]
    assert [t.need for t in read_topics(write_lines(tmp_path / "t.jsonl", lines))] == ["t1", "t1", "t1", "alone-de"]
