"""Recognising and merging the same organisation."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.members import MAX_DESCRIPTION_CHARS, read_members
from indexer.merging import MERGED_FROM, OTHER_NAMES, Merge, Merged, Verdicts, merge_members, read_verdicts
from search import SourceError
from search.types import Member
from tests.conftest import DEMO, ROOT, write_lines

PAIRS = [
    json.loads(line)
    for line in (ROOT / "tests" / "data" / "same_organisation.jsonl").read_text(encoding="utf-8").splitlines()
]


def org(id: str, name: str, **values: object) -> Member:
    """A member; its text is `en` (or says little), unless there are `descriptions`."""
    text = {"en": values.pop("en", "Text.")}
    return Member(**{"id": id, "name": name, "descriptions": text, **values})  # type: ignore[arg-type]


def merged_pairs(merged: Merged) -> list[tuple[str, str]]:
    return [(merge.kept, merge.merged) for merge in merged.merges]


def group_of(merged: Merged) -> dict[str, str]:
    """The id that stays, by the id of each record."""
    found = {member.id: member.id for member in merged.members}
    return found | {merge.merged: merge.kept for merge in merged.merges}


def precision_and_recall(verdicts: Sequence[tuple[bool, bool]]) -> tuple[float, float]:
    """Of (judged the same, merged)."""
    right = sum(same and merged for same, merged in verdicts)
    return right / sum(merged for _, merged in verdicts), right / sum(same for same, _ in verdicts)


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[dict[str, object], Member, Member]]:
    """The judged pairs, read as members files are."""
    folder = tmp_path_factory.mktemp("pairs")
    rows = []
    for pair in PAIRS:
        read = read_members([write_lines(folder / "pair.jsonl", [pair["a"], pair["b"]])])
        by_id = {member.id: member for member in read.members}
        rows.append((pair, by_id[pair["a"]["id"]], by_id[pair["b"]["id"]]))
    return rows


def test_judged_pairs(judged: list[tuple[dict[str, object], Member, Member]]) -> None:
    """Of 239 pairs judged by hand, each alone: precision at least 0.98 over all, recall at least 0.90 on either half."""
    assert len(judged) == 239
    decided = [(pair, len(merge_members([a, b]).members) == 1) for pair, a, b in judged]
    precision, recall = precision_and_recall([(bool(pair["same"]), merged) for pair, merged in decided])
    assert (precision >= 0.98, recall >= 0.95) == (True, True), (precision, recall)
    for half in ("fit", "held"):
        precision, recall = precision_and_recall(
            [(bool(p["same"]), merged) for p, merged in decided if p["half"] == half]
        )
        assert (precision >= 0.98, recall >= 0.90) == (True, True), (half, precision, recall)


def test_judged_pairs_without_their_texts(judged: list[tuple[dict[str, object], Member, Member]]) -> None:
    """Names, towns and websites alone are enough for recall 0.90, and mistakes stay few."""
    decided = []
    for pair, *records in judged:
        bare = [replace(record, descriptions={"en": "-"}) for record in records]
        decided.append((bool(pair["same"]), len(merge_members(bare).members) == 1))
    precision, recall = precision_and_recall(decided)
    assert (precision >= 0.97, recall >= 0.90) == (True, True), (precision, recall)


def test_judged_pairs_all_together(judged: list[tuple[dict[str, object], Member, Member]]) -> None:
    """With all other records and the demo directory around, the same holds: nothing is lost to blocks, nothing joined through others."""
    everybody = {member.id: member for member in read_members([DEMO / "members.jsonl"]).members}
    for _, a, b in judged:
        everybody |= {a.id: a, b.id: b}
    stays = group_of(merge_members(list(everybody.values())))
    decided = [(bool(pair["same"]), stays[a.id] == stays[b.id]) for pair, a, b in judged]
    precision, recall = precision_and_recall(decided)
    assert (precision >= 0.98, recall >= 0.90) == (True, True), (precision, recall)


def test_the_demo_directory_holds_nobody_twice() -> None:
    """Its 360 members are 360 organisations, and come out as they went in."""
    members = read_members([DEMO / "members.jsonl"]).members
    merged = merge_members(members)
    assert merged.members == members
    assert merged.merges == ()


@pytest.mark.parametrize(
    "written",
    [
        "ZORBAX", "Zorbax SAS", "Zorbax S.A.R.L.", "SARL Zorbax", "Zorbax GmbH & Co. KG", "Zorbax AG", "Zorbax e.V.", "Zorbax GesmbH",
        "Zorbax Sàrl", "Zorbax BV", "Zorbax B.V.B.A.", "Stichting Zorbax", "Zorbax S.p.A.", "Zorbax s.r.l.", "Zorbax S.L.U.",
        "Zorbax, Unipessoal Lda.", "Zorbax Ltd", "Zorbax plc", "Zorbax DAC", "Zorbax, Inc.", "Zorbax LLC", "Zorbax Sp. z o.o.",
        "Zorbax AB", "Zorbax A/S", "Zorbax ApS", "Zorbax Oy", "Zorbax A.E.", "Zorbax S.à r.l.", "Żorbax", "Zorbåx", "Ζορβαξ (Zorbax)",
    ],
)  # fmt: skip
def test_legal_forms_accents_and_case_make_no_difference(written: str) -> None:
    """One name in one town is one organisation, whatever form it is incorporated in."""
    (found,) = merge_members([org("a", "Zorbax", city="Lyon"), org("b", written, city="Lyon")]).members
    assert found.id == "a"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (org("a", "Zorbax France", country="FR"), org("b", "Zorbax Deutschland", country="DE")),
        (org("a", "Zorbax", country="FR", city="Nice"), org("b", "Zorbax", country="IT", city="Nizza")),
        (org("a", "Zorbax Medical", city="Lyon"), org("b", "Zorbax Energy", city="Lyon")),
        (org("a", "Zorbax", city="Lyon", website="https://zorbax.fr"), org("b", "Zorbax", city="Lyon", website="https://sorvax.fr")),
        (org("a", "University of Vortania", city="Vort"), org("b", "University of Vortania - Robotics Laboratory", city="Vort")),
        (org("a", "University of Vortania", city="Vort"), org("b", "Vortania University of Applied Sciences", city="Vort")),
        (org("a", "Université de Vortanie I", city="Vort"), org("b", "Université de Vortanie II", city="Vort")),
        (org("a", "Zorbax 21", city="Lyon"), org("b", "Zorbax 22", city="Lyon")),
        (org("a", "Institute of Physics", city="Lyon"), org("b", "Institute of Physics", city="Nice")),
        (org("a", "Photonics"), org("b", "Photonics")),
        (org("a", "A", city="Lyon"), org("b", "A", city="Lyon")),
        (org("a", "GmbH", city="Graz"), org("b", "AG", city="Graz")),
        (org("a", "北京大学", city="北京"), org("b", "清华大学", city="北京")),
        (org("a", "Zorbax", city="Lyon", website="https://github.io/a"), org("b", "Vexor", city="Lyon", website="https://github.io/b")),
        (org("a", "Zorbax", city="Lyon", en="Sawmills, planks, parquet floors."), org("b", "Zorbex", city="Lyon", en="Payroll software accountants use.")),
    ],
)  # fmt: skip
def test_different_organisations_stay_apart(one: Member, other: Member) -> None:
    """Subsidiaries, departments, neighbours, homonyms abroad, and names that are nobody's own."""
    assert merge_members([one, other]).members == (one, other)


@pytest.mark.parametrize(
    ("one", "other", "because"),
    [
        (org("a", "Université de Vortan", city="Genève"), org("b", "University of Vortan", city="Geneva"), "same town"),
        (org("a", "Εθνικό Ζορβαξ", city="Αθήνα"), org("b", "Ethniko Zorvax", city="Athènes"), "same town"),
        (org("a", "Завод Зорбакс", city="Варна"), org("b", "Zavod Zorbaks", city="Varna"), "same name"),
        (org("a", "北京大学", city="北京"), org("b", "北京大学", city="北京"), "same name"),
        (org("a", "Passerelin", website="https://a-b.fr"), org("b", "Paserelin", website="http://www.a-b.fr/en"), "spelled a little differently"),
        (org("a", "ILEV", country="IT", city="Milan"), org("b", "Istituto Lombardo per l'Elettronica Verde", country="IT", city="Milano", website="https://ilev.it"), "ILEV is the acronym"),
        (org("a", "Zorbax", city="Lyon", website="https://facebook.com/zorbax"), org("b", "Zorbax", city="Lyon", website="https://zorbax.fr"), "same name"),
    ],
)  # fmt: skip
def test_one_organisation_and_why(one: Member, other: Member, because: str) -> None:
    """Translations, scripts, spellings, acronyms; the reason says which."""
    (merge,) = merge_members([one, other]).merges
    assert (merge.kept, merge.merged) == ("a", "b")
    assert 0.5 <= merge.score <= 1
    assert because in merge.reason


OLD = org(
    "b-old", "Zorbax Optique S.A.", country="FR", city="Lyon", kind="sme", employees=40, website="https://zorbax.fr", updated="2024-01-01",
    clusters=("Minalogic", "SCS"), sectors=("optics",), descriptions={"fr": "Nous polissons des miroirs.", "en": "We polish mirrors."},
    extra={"siren": "123", "contact": "old"},
)  # fmt: skip
NEW = org(
    "a-new", "Zorbax Optics", country="FR", city="Villeurbanne", employees=55, updated="2026-01-01", clusters=("SCS", "GAIA"),
    sectors=("lasers", "optics"), website="https://www.zorbax.fr/en", descriptions={"en": "Large mirrors for lasers and telescopes."},
    extra={"contact": "new"},
)  # fmt: skip


def test_a_merged_member_keeps_what_its_records_said() -> None:
    """Smallest id, fullest record's name, facets united, single values of the latest record that has them, texts in both languages."""
    merged = merge_members([OLD, NEW])
    assert merged_pairs(merged) == [("a-new", "b-old")]
    assert merged.members == (
        Member(
            id="a-new",
            name="Zorbax Optique S.A.",
            descriptions={
                "en": "Large mirrors for lasers and telescopes.\n\nWe polish mirrors.",
                "fr": "Nous polissons des miroirs.",
            },
            clusters=("SCS", "GAIA", "Minalogic"),
            country="FR",
            city="Villeurbanne",
            kind="sme",
            employees=55,
            website="https://www.zorbax.fr/en",
            sectors=("lasers", "optics"),
            updated="2026-01-01",
            extra={"siren": "123", "contact": "new", MERGED_FROM: ["a-new", "b-old"], OTHER_NAMES: ["Zorbax Optics"]},
        ),
    )


def test_nearly_the_same_text_is_kept_once() -> None:
    """Of two texts that differ in a comma, or of which one holds the other, the longer stays."""
    long = "We build photonic sensors for rivers, lakes and drinking water, and calibrate them ourselves."
    for short in (long.replace(",", ""), long[:40]):
        for first, second in ((short, long), (long, short)):
            (member,) = merge_members(
                [org("a", "Zorbax", city="Lyon", en=first), org("b", "Zorbax", city="Lyon", en=second)]
            ).members
            assert member.descriptions == {"en": long}


def test_texts_stay_within_what_a_description_may_have() -> None:
    """A text that would be too much is left out whole."""
    texts = [f"{number} mirrors. " * (MAX_DESCRIPTION_CHARS // 40) for number in ("Three", "Seven", "Eight")]
    records = [org(str(i), "Zorbax", city="Lyon", en=text.strip()) for i, text in enumerate(texts)]
    (member,) = merge_members(records).members
    assert len(member.descriptions["en"]) <= MAX_DESCRIPTION_CHARS
    assert member.descriptions["en"].split("\n\n") == [text.strip() for text in texts[:2]]


def test_verdicts_have_the_last_word() -> None:
    """ "same" joins what country and website keep apart; "different" keeps apart what is alike in everything."""
    french = org("a", "Zorbax", country="FR", website="https://zorbax.fr")
    german = org("b", "Vexor", country="DE", website="https://vexor.de")
    again = org("c", "Zorbax", country="FR", website="https://zorbax.fr")
    pairs = Verdicts(frozenset({("a", "b")}), frozenset({("a", "c")}))
    merged = merge_members([french, german, again], pairs)
    assert merged.merges == (Merge("a", "b", 1.0, "a verdict says so"),)
    assert [member.id for member in merged.members] == ["a", "c"]
    assert merge_members(merged.members, pairs).members == merged.members


def test_different_wins_against_transitivity() -> None:
    """A like B, B like C, A not C: the surer pair is joined (of equals the first), and C stays alone."""
    records = [org(id, "Zorbax", city="Lyon") for id in "abc"]
    merged = merge_members(records, Verdicts(different=frozenset({("a", "c")})))
    assert merged_pairs(merged) == [("a", "b")]
    surer = [records[0], records[1], replace(records[2], website="https://zorbax.fr")]
    surer[1] = replace(surer[1], website="https://zorbax.fr")
    assert merged_pairs(merge_members(surer, Verdicts(different=frozenset({("a", "c")})))) == [("b", "c")]


def test_verdicts_that_overrule_others_and_unknown_ids_are_told() -> None:
    """a=b and b=c are said with a≠c: the second is overruled. Ids that nobody has are listed; that of a merged record is known."""
    records = [org("a", "Zorbax"), org("b", "Vexor"), org("c", "Murnau")]
    verdicts = Verdicts(frozenset({("a", "b"), ("b", "c")}), frozenset({("a", "c"), ("a", "gone")}))
    merged = merge_members(records, verdicts)
    assert (merged_pairs(merged), merged.overruled, merged.unknown) == ([("a", "b")], (("b", "c"),), ("gone",))
    assert merge_members(merged.members, verdicts).unknown == ("gone",)


def test_a_record_joined_through_another_says_so() -> None:
    """The reason names the record in between."""
    a = org("a", "Zorbax Photonics", city="Lyon", website="https://zorbax.fr")
    b = org("b", "Zorbax Photonique", website="https://zorbax.fr")
    c = org("c", "Zorbax Photonics", city="Lyon")
    merged = merge_members([a, b, c], Verdicts(frozenset({("b", "c")}), frozenset()))
    assert merged_pairs(merged) == [("a", "b"), ("a", "c")]
    assert merged.merges[1].reason == "like b: a verdict says so"


def test_sisters_are_not_joined_through_their_mother() -> None:
    """The mother may be taken for one of them, never for both."""
    site = "https://zorbax.fr"
    sisters = [
        org(id, name, city="Lyon", website=site)
        for id, name in (("a", "Zorbax Medical"), ("b", "Zorbax"), ("c", "Zorbax Energy"))
    ]
    merged = merge_members(sisters)
    assert len(merged.members) == 2
    assert group_of(merged)["a"] != group_of(merged)["c"]
    assert merge_members(merged.members).members == merged.members


NAMES = ["Zorbax", "ZORBAX SAS", "Zorbax Medical", "Zorbax Energy", "Zorbex", "Vortex Institute", "Institut Vortex", "VIP", "Vortex Institute of Photonics", "", "A", "GmbH", "Ζορβαξ", "北京"]  # fmt: skip
RECORDS = st.builds(
    lambda **values: values,
    name=st.sampled_from(NAMES),
    country=st.sampled_from([None, "FR", "FR", "DE"]),
    city=st.sampled_from([None, "Lyon", "Lyon", "Lyons", "Nice", "Nizza"]),
    website=st.sampled_from([None, None, "https://zorbax.fr", "https://www.zorbax.fr/x", "https://zorbax.de", "https://vip.example", "https://[bad"]),
    kind=st.sampled_from([None, "sme", "university"]),
    extra=st.sampled_from([{}, {}, {}, {OTHER_NAMES: ["Vortex Institute", "Zorbax Medical"]}, {MERGED_FROM: ["a", "h"]}]),
    employees=st.sampled_from([None, 0, 10, 12, 900]),
    updated=st.sampled_from([None, "2025-01-01", "2026-01-01"]),
    descriptions=st.dictionaries(st.sampled_from(["fr", "en"]), st.sampled_from(["Lasers and telescopes for hospitals.", "Lasers and telescopes, for hospitals.", "Payroll services.", "Des lasers."]), min_size=1),
)  # fmt: skip
VERDICTS = st.sets(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("abcdefgh")).filter(lambda pair: pair[0] < pair[1]), max_size=3)  # fmt: skip


@settings(max_examples=150)
@given(st.lists(RECORDS, max_size=8), VERDICTS, VERDICTS, st.randoms(use_true_random=False))
def test_order_does_not_matter_and_merging_again_changes_nothing(
    records: list[dict[str, object]], same: set[tuple[str, str]], different: set[tuple[str, str]], random: object
) -> None:
    """Whatever the records and verdicts; and "different" holds."""
    members = [Member(id=id, **values) for id, values in zip("abcdefgh", records, strict=False)]  # type: ignore[arg-type]
    verdicts = Verdicts(frozenset(same - different), frozenset(different))
    merged = merge_members(members, verdicts)
    shuffled = list(members)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert merge_members(shuffled, verdicts) == merged
    again = merge_members(merged.members, verdicts)
    assert (again.members, again.merges) == (merged.members, ())
    stays = group_of(merged)
    assert stays.keys() == {member.id for member in members}
    assert all(stays[a] != stays[b] for a, b in different if {a, b} <= stays.keys())


class Counting:
    """Counts the pairs that are compared."""

    compared = 0

    def step(self, description: str, total: int | None = None) -> None:
        """See `Progress.step`."""

    def advance(self, done: int) -> None:
        """See `Progress.advance`."""
        self.compared += done


@pytest.mark.parametrize("name", ["Zorbax {}", "Zorbax", "Institute of Physics", "A", "SAS"])
def test_a_crowd_under_one_website_is_not_compared_all_with_all(name: str) -> None:
    """Pairs compared grow with the members, not with their square."""
    crowd = [org(f"{i:05}", name.format(i), city="Lyon", website="https://campus.example") for i in range(1000)]
    counting = Counting()
    merge_members(crowd, progress=counting)
    assert counting.compared <= 40 * len(crowd)


def test_what_a_members_file_puts_under_our_keys_is_data() -> None:
    """Any number of names, or no list at all, does no harm; a claim to be made of a record that is there is taken away."""
    names = {OTHER_NAMES: [f"Zorbax {i}" for i in range(5000)], MERGED_FROM: ["a", "b", "gone"]}
    records = [
        org("a", "Zorbax", city="Lyon", extra=names),
        org("b", "Vexor", extra={OTHER_NAMES: 3, MERGED_FROM: "a"}),
    ]
    merged = merge_members(records, Verdicts(different=frozenset({("a", "b"), ("b", "gone")})))
    assert merged.members == (replace(records[0], extra={**names, MERGED_FROM: ["a", "gone"]}), records[1])
    assert merged.unknown == ()


@pytest.mark.parametrize(
    "content",
    [
        '{"a": "y", "b": "x", "verdict": "same"}\n\n{"a": "x", "b": "z", "verdict": "different", "why": "subsidiary"}\n',
        "a,b,verdict\ny,x,same\nx,z,different\n",
        "\ufeffa;b;verdict\r\ny;x;same\r\nx;z;different\r\n",
        "y,x,same\nx,y,same\nz,x,different",
        '"y","x", same \n{"a": "z", "b": "x", "verdict": "different"}',
    ],
)
def test_verdicts_are_read(tmp_path: Path, content: str) -> None:
    """JSON Lines or CSV, either order of the two, repeated or not."""
    path = tmp_path / "verdicts"
    path.write_text(content, encoding="utf-8")
    assert read_verdicts(path) == Verdicts(frozenset({("x", "y")}), frozenset({("x", "z")}))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"x,y", r':1: is "x,y"; expected a,b,verdict'),
        (b"a,b,verdict\nx,y,maybe", r':2: has the verdict "maybe"; expected same or different'),
        (b"x,x,same", r':1: compares "x" with itself; expected two ids'),
        (b",x,same", r':1: has the id ""; expected 1 to 200 characters'),
        (b"x,y,same\ny,x,different", r":2: says 'different' of a pair that line 1 says is 'same'"),
        (b'{"a": "x"', ":1: is not JSON"),
        (b'{"a": "x", "b": 3, "verdict": "same"}', "expected an object with a, b and verdict, all text"),
        (b"x" * 20_000, ":1: is longer than 10,000 bytes"),
        (b"x,\xff,same", ":1: is not UTF-8 text"),
        (b'"x,y,same', ":1: is "),
    ],
)
def test_a_bad_verdict_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    """One line says where and what."""
    path = tmp_path / "verdicts"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=message) as refused:
        read_verdicts(path)
    assert str(refused.value).isprintable()


def test_unreadable_verdicts_are_refused(tmp_path: Path) -> None:
    """A missing file names itself; an empty one holds no verdicts."""
    with pytest.raises(SourceError, match=r"cannot read .*nope"):
        read_verdicts(tmp_path / "nope")
    (tmp_path / "empty").write_bytes(b"")
    assert read_verdicts(tmp_path / "empty") == Verdicts()


@pytest.fixture(scope="module")
def verdicts_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("verdicts") / "any"


@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode) | st.lists(st.sampled_from(["a", ",", "b", "same", "\n", "{", '"', ";"])).map(lambda parts: "".join(parts).encode()))  # fmt: skip
def test_any_file_is_verdicts_or_refused_in_one_line(verdicts_file: Path, content: bytes) -> None:
    """Whatever it holds."""
    verdicts_file.write_bytes(content)
    refusal = ""
    try:
        verdicts = read_verdicts(verdicts_file)
    except SourceError as error:
        refusal = str(error)
    else:
        assert all(a < b for a, b in verdicts.same | verdicts.different)
    assert refusal.isprintable()
