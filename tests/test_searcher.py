"""Ranking, filters, paging and refusals, on a small directory with a fake encoder."""

import json
from pathlib import Path

import numpy as np
import pytest

from search import Filters, InvalidQuery, Query, Searcher, UnknownMember, open_index
from search.checks import MAX_TOPIC_CHARS
from search.expansion import SolvedTopics
from search.language import unit_rows
from tests.conftest import SMALL, Build, FakeEncoder, member
from tests.test_needs import CALL


def ids(shortlist: object) -> list[str]:
    return [match.member.id for match in shortlist]  # type: ignore[attr-defined]


def test_a_topic_finds_both_languages(small: Searcher) -> None:
    """A French topic ranks the French member first and the English one that answers it second, and the other way round."""
    assert ids(small.search("des capteurs", k=2)) == ["beta", "alpha"]
    assert ids(small.search("sensors", k=2)) == ["alpha", "beta"]


def test_evidence_is_the_members_own_text(small: Searcher) -> None:
    """Evidence quotes the description it names, at the place it names, best first."""
    for match in small.search("capteurs pour vaches", k=6):
        assert match.evidence
        scores = [evidence.score for evidence in match.evidence]
        assert scores == sorted(scores, reverse=True)
        assert scores[0] == match.score
        for evidence in match.evidence:
            assert match.member.descriptions[evidence.description][evidence.start : evidence.end] == evidence.text


def test_a_bilingual_member_is_one_match(small: Searcher) -> None:
    """A member described twice appears once, with evidence in both languages."""
    matches = [match for match in small.search("cows vaches", k=6) if match.member.id == "delta"]
    assert [sorted(e.language for e in match.evidence) for match in matches] == [["en", "fr"]]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, {"alpha", "beta", "gamma", "delta", "epsilon", "zeta"}),
        ({"country": "FR"}, {"beta", "delta", "epsilon"}),
        ({"country": ["FR", "NL"]}, {"beta", "delta", "epsilon", "gamma"}),
        ({"country": ["FR", "XX"]}, {"beta", "delta", "epsilon"}),
        ({"country": ["XX"]}, set()),
        ({"country": []}, set()),
        ({"country": "FR", "kind": "sme"}, {"delta"}),
        ({"country": "FR", "cluster": "BCS"}, set()),
        ({"cluster": ["BCS", "Minalogic"]}, {"gamma", "beta", "delta"}),
        ({"sector": "smart city"}, {"epsilon"}),
        ({"language": "fr"}, {"beta", "delta"}),
        ({"language": ["en"], "country": ["FR"]}, {"delta", "epsilon"}),
    ],
)
def test_filters(small: Searcher, filters: dict[str, list[str]], expected: set[str]) -> None:
    """OR within a facet, AND across facets; an unknown value and an empty list match nothing; all that pass are ranked."""
    shortlist = small.search("sensors", k=100, **filters)  # type: ignore[arg-type]
    assert set(ids(shortlist)) == expected
    assert shortlist.total == len(expected)


def test_a_filter_does_not_change_scores(small: Searcher) -> None:
    """Members that pass keep the score and the order they have without the filter."""
    everyone = {match.member.id: match.score for match in small.search("capteurs", k=6)}
    french = small.search("capteurs", k=6, country="FR")
    assert {match.member.id: match.score for match in french} == {
        name: everyone[name] for name in ("beta", "delta", "epsilon")
    }


def test_facets_count_the_whole_filtered_result(small: Searcher) -> None:
    """Counts do not depend on the page, and members without a value are not counted under the facet."""
    facets = small.search("sensors", k=1).facets
    assert facets["country"] == {"FR": 3, "BE": 1, "NL": 1}
    assert facets["cluster"] == {"DSP Valley": 2, "Minalogic": 2, "BCS": 1}
    assert facets["language"] == {"en": 5, "fr": 2}
    assert small.search("sensors", k=1, country="FR").facets["kind"] == {"large": 1, "sme": 1, "startup": 1}


def test_pages_are_slices_of_one_ranking(small: Searcher) -> None:
    """Any page equals the same part of the full ranking, ranks included."""
    full = list(small.search("batteries", k=6))
    for offset in range(7):
        for k in (1, 2, 6):
            assert list(small.search("batteries", k=k, offset=offset)) == full[offset : offset + k]


def test_ties_are_in_order_of_id(build: Build, tmp_path: Path) -> None:
    """Members with the same text have the same score and stand in order of id; none is lost."""
    build([member(name, en="Gas sensors.") for name in ("c", "a", "b")] + SMALL)
    shortlist = open_index(tmp_path / "store", encoder=FakeEncoder()).search("gas sensors", k=3)
    assert ids(shortlist) == ["a", "b", "c"]
    assert len({match.score for match in shortlist}) == 1


def test_deep_rankings_extend_shallow_ones(build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With few candidates at first, going further down appends members and changes nothing before them."""
    words = ["sensors", "cows", "light", "chips", "milk", "buses"]
    records = [member(f"m{i:03d}", en=f"{words[i % 6]} {words[i % 5]} number{i}.") for i in range(120)]
    build(records)
    monkeypatch.setattr("search.ranking.FIRST_DEPTH", 7)
    searcher = open_index(tmp_path / "store", encoder=FakeEncoder())
    full = ids(searcher.search("sensors and light", k=120))
    assert sorted(full) == sorted(str(record["id"]) for record in records)
    for k in (1, 8, 30, 90):
        assert ids(searcher.search("sensors and light", k=k)) == full[:k]


def test_languages_searched_at_once(small: Searcher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a large directory each language is searched in a thread of its own: the answer is the same, and its stages still fit in its time."""
    asked = ["des capteurs", "sensors for cows", "zymurgy"]
    before = small.search_many(asked, k=6)
    monkeypatch.setattr("search.fusion.TOGETHER_FROM", 0)
    after = open_index(tmp_path / "store", encoder=FakeEncoder()).search_many(asked, k=6)
    assert [list(shortlist) for shortlist in after] == [list(shortlist) for shortlist in before]
    assert [shortlist.lead for shortlist in after] == [shortlist.lead for shortlist in before]
    for shortlist in after:
        assert set(shortlist.stages) == set(before[0].stages)
        assert sum(shortlist.stages.values()) <= shortlist.took_ms + 0.1


def test_the_same_question_has_the_same_answer(small: Searcher, tmp_path: Path) -> None:
    """Asked twice, alone or in a batch, of one process or a newly opened index."""
    first = small.search("vaches", k=6)
    again = open_index(tmp_path / "store", encoder=FakeEncoder()).search_many(["sensors", "vaches"], k=6)[1]
    assert list(first) == list(again)
    assert (first.snapshot, first.language, first.total) == (again.snapshot, again.language, again.total)


@pytest.mark.parametrize(
    ("topic", "page", "message"),
    [
        ("", {}, "the topic is empty"),
        (" \n\t", {}, "the topic is empty"),
        ("x" * 50_000, {}, "50,000 characters"),
        ("a\0b", {}, "null byte at character 1"),
        ("\ud800", {}, "unpaired surrogate at character 0"),
        ("sensors", {"k": 0}, "the limit is 0"),
        ("sensors", {"offset": -1}, "the offset is -1"),
    ],
)
def test_bad_queries_are_refused(small: Searcher, topic: str, page: dict[str, int], message: str) -> None:
    """The message says what was found; nothing is embedded."""
    with pytest.raises(InvalidQuery, match=message):
        small.search(topic, **page)  # type: ignore[arg-type]


def test_a_long_topic_is_read_to_its_end(small: Searcher) -> None:
    """What a topic of thousands of characters says last still counts."""
    filler = "The meeting takes place at the town hall and lunch is provided. " * 60
    topic = filler + "\n\n" + "Dairy cows milk. " * 60
    assert len(topic) < MAX_TOPIC_CHARS
    assert small.search(topic, k=1)[0].member.id == "gamma"


def test_matches_say_which_needs_they_answer(build: Build, tmp_path: Path) -> None:
    """A match answers the need about its own field and no other; who has nothing to do with any answers none; short topics have none."""
    build([*SMALL, *(member(f"t{i}", en=f"Trains{i} and tickets{i}.") for i in range(40))])
    small = open_index(tmp_path / "store", encoder=FakeEncoder())
    about_cows = "We need somebody who can look after cows and judge the health of cows."
    about_light = "Who could build a street light pole that does not fall in a storm of our coast?"
    shortlist = small.search(" ".join([CALL, about_cows, about_light]), k=46)
    texts = [need.text for need in shortlist.needs]
    assert {about_cows, about_light} <= set(texts)
    answered = {match.member.id: {texts[i] for i in match.needs} for match in shortlist}
    assert about_cows in answered["delta"]
    assert about_light in answered["epsilon"]
    assert about_light not in answered["delta"]
    assert answered["t7"] == set()
    assert all(match.needs == () for match in small.search("cows"))


def test_letters_that_fold_to_nothing(small: Searcher) -> None:
    """Isolated marks are no words, and no error."""
    assert len(small.search("\ufe70\ufe70\ufe70 \uff9e\uff9e\uff9e", k=6)) == 6


def test_nobody_answers(small: Searcher) -> None:
    """A topic whose words nobody has is not answerable, also by an encoder without known answers; the nearest members are listed all the
    same."""
    assert small.search("zymurgy").answerable is False
    assert small.search("zymurgy").lead is None
    assert len(small.search("zymurgy")) == 6
    assert small.search("zymurgy", country="XX").answerable is False


class Experienced(FakeEncoder):
    """Knows the answer to a topic about turbines."""

    def __init__(self) -> None:
        super().__init__()
        known = self.encode_queries(["turbines"]) - self.means.query["en"]
        self.solved = SolvedTopics(*3 * [unit_rows(known)])


def test_nobody_answers_better_than_others(build: Build, tmp_path: Path) -> None:
    """A topic is answered where a passage is nearer to it, or not much further away, than known answers to other topics are."""
    encoder = Experienced()
    build(SMALL, encoder)
    searcher = open_index(tmp_path / "store", encoder=encoder)
    answered, elsewhere = searcher.search("sensors"), searcher.search("turbines")
    assert answered.answerable is True
    assert elsewhere.answerable is False
    assert answered.lead is not None
    assert elsewhere.lead is not None
    assert answered.lead > 0 > elsewhere.lead


def test_similar_members(small: Searcher) -> None:
    """The members nearest to a member, across languages and without itself."""
    similar = small.similar("beta", k=5)
    assert ids(similar)[0] == "alpha"
    assert "beta" not in ids(similar)
    assert similar.total == 5
    with pytest.raises(UnknownMember, match="'nobody'"):
        small.similar("nobody")


def test_capabilities_of_a_member(small: Searcher) -> None:
    """All it says, in order, each in its language and where it stands in the member's text."""
    found = small.capabilities("delta")
    assert [(c.text, c.language) for c in found] == [("Nous soignons les vaches.", "fr"), ("Health of cows.", "en")]
    descriptions = small.member("delta").descriptions
    assert all(descriptions[c.description][c.start : c.end] == c.text for c in found)
    with pytest.raises(UnknownMember):
        small.capabilities("nobody")


def test_members_come_back_as_written(build: Build, tmp_path: Path) -> None:
    """Every key of the members file is kept, unknown ones included."""
    record = member("x", fr="Des capteurs.", country="FR", city="Crolles", employees=0, website="https://x.example", updated="2026-05-01",
                    sectors=["b", "a"], certifications={"iso": [9001]})  # fmt: skip
    build([record])
    found = open_index(tmp_path / "store", encoder=FakeEncoder()).member("x")
    assert (found.name, found.country, found.city, found.employees, found.website) == (
        "X",
        "FR",
        "Crolles",
        0,
        "https://x.example",
    )
    assert (found.updated, found.sectors, found.languages) == ("2026-05-01", ("b", "a"), ("fr",))
    assert found.extra == {"certifications": {"iso": [9001]}}
    assert found.descriptions == {"fr": "Des capteurs."}


def test_frames_have_documented_columns(small: Searcher) -> None:
    """One row a match, in order, also where there is none."""
    frame = small.search("sensors", k=3).to_frame()
    assert frame["id"].tolist() == ids(small.search("sensors", k=3))
    assert frame["rank"].tolist() == [1, 2, 3]
    empty = small.search("sensors", country="XX").to_frame()
    assert list(empty.columns) == list(frame.columns)
    assert len(empty) == 0


def test_many_queries_with_their_own_filters(small: Searcher) -> None:
    """A batch keeps the order, the filters and the page of each query."""
    first, second = small.answer([Query("cows", Filters(country=("NL",)), 5), Query("cows", Filters(), 1, 1)])
    assert ids(first) == ["gamma"]
    assert [match.rank for match in second] == [2]
    assert small.answer([]) == []


def test_relevance_is_a_probability(small: Searcher) -> None:
    """Relevance lies in 0..1 and falls with rank."""
    relevance = [match.relevance for match in small.search("sensors", k=6)]
    assert relevance == sorted(relevance, reverse=True)
    assert all(0 <= value <= 1 for value in relevance)
    assert np.isfinite(relevance).all()


def test_shortlist_is_a_sequence(small: Searcher) -> None:
    """Length, index, slice and iteration agree."""
    shortlist = small.search("sensors", k=3)
    assert len(shortlist) == 3
    assert shortlist[0] == next(iter(shortlist))
    assert shortlist[1:] == tuple(shortlist)[1:]
    assert json.loads(json.dumps({name: dict(counts) for name, counts in shortlist.facets.items()}))["kind"]["sme"] == 3
