"""A day of meetings: its timetable, what could not be kept, its tables."""

import time
from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search import PasserelleError, Searcher
from search.errors import SourceError
from service.matchday.hours import clock, free_slots, slots_of, spans
from service.matchday.planning import plan_day
from service.matchday.problem import Effort, Pair, Problem, Solution
from service.matchday.tables import read_needs, read_participants, read_wishes
from service.matchday.timetable import gaps_of, solve
from service.matchday.values import BuyerNeed, Day, Invited, Participant, Plan, Where, Wish
from service.matchday.words import by_reason, figure_lines, short_line, unkept_line
from service.texts import texts_for

QUICK = Effort(seed=0, work=0.5, seconds=60)
DAY = Day(date(2027, 3, 18))
HERE = Where("needs.csv", 2)
ANYBODY = Invited(kinds=(), min_relevance=0.0)


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """Small days of every kind: few slots, few tables, absences, caps, needs with and without a number of meetings wanted."""
    buyers, members, slots = (
        draw(st.integers(1, 3)),
        draw(st.integers(1, 5)),
        draw(st.integers(1, 5)),
    )
    free = st.frozensets(st.integers(0, slots - 1), max_size=slots)
    keys = draw(
        st.lists(
            st.tuples(st.integers(0, buyers - 1), st.integers(0, members - 1), st.integers(0, 1)),
            unique=True,
            max_size=10,
        )
    )
    musts = {key[:2] for key in keys if draw(st.booleans())}
    pairs, seen = [], set()
    for buyer, who, need in keys:
        must = (buyer, who) in musts
        if must and (buyer, who) in seen:
            continue
        seen.add((buyer, who))
        pairs.append(Pair(buyer, who, 2 * buyer + need, draw(st.integers(1, 1000)), must))
    return Problem(
        slots,
        draw(st.integers(1, 3)),
        tuple(pairs),
        tuple(draw(free) for _ in range(buyers)),
        tuple(draw(free) for _ in range(members)),
        tuple(draw(st.integers(1, slots)) for _ in range(buyers)),
        tuple(draw(st.integers(1, 3)) for _ in range(members)),
        draw(st.dictionaries(st.integers(0, 5), st.integers(1, 3))),
    )


def kept_by_hand(problem: Problem, musts: list[int], at: dict[int, int] | None = None) -> bool:
    """Whether these pairs can all have a slot, by trying everything."""
    at = at or {}
    if not musts:
        return True
    pair = problem.pairs[musts[0]]
    others = [problem.pairs[n] for n in at]
    if (
        sum(o.buyer == pair.buyer for o in others) >= problem.buyer_caps[pair.buyer]
        or sum(o.member == pair.member for o in others) >= problem.member_caps[pair.member]
    ):
        return False
    for slot in problem.common(pair):
        here = [problem.pairs[n] for n, taken in at.items() if taken == slot]
        apart = not any(o.buyer == pair.buyer or o.member == pair.member for o in here)
        if apart and len(here) < problem.tables and kept_by_hand(problem, musts[1:], {**at, musts[0]: slot}):
            return True
    return False


def check(problem: Problem, solution: Solution) -> None:
    met = [problem.pairs[item.pair] for item in solution.placed]
    for item, pair in zip(solution.placed, met, strict=True):
        assert item.slot in problem.buyer_free[pair.buyer] & problem.member_free[pair.member]
    for slot in range(problem.slots):
        here = [problem.pairs[item.pair] for item in solution.placed if item.slot == slot]
        assert len({pair.buyer for pair in here}) == len({pair.member for pair in here}) == len(here)
        assert len(here) <= problem.tables
    assert len({(pair.buyer, pair.member) for pair in met}) == len(met)
    for buyer, cap in enumerate(problem.buyer_caps):
        assert sum(pair.buyer == buyer for pair in met) <= cap
    for who, cap in enumerate(problem.member_caps):
        assert sum(pair.member == who for pair in met) <= cap
    for need, wanted in problem.wanted.items():
        own = [pair for pair in met if pair.need == need]
        assert len(own) <= max(wanted, sum(pair.must for pair in problem.pairs if pair.need == need))


@settings(max_examples=60)
@given(problems())
def test_a_timetable_holds(problem: Problem) -> None:
    """Nobody is twice in a slot or there when away, tables and caps are respected, all that must be and can be is, and the rest is told
    with a conflict that is real and as small as can be."""
    solution = solve(problem, QUICK)
    check(problem, solution)
    musts = [n for n, pair in enumerate(problem.pairs) if pair.must]
    placed = {item.pair for item in solution.placed}
    refused = {item.pair for item in solution.refused}
    assert placed & set(musts) == set(musts) - refused
    assert bool(refused) != kept_by_hand(problem, musts)
    for item in solution.refused:
        assert not kept_by_hand(problem, [*item.beside, item.pair])
        for left_out in item.beside:
            assert kept_by_hand(problem, [item.pair, *(n for n in item.beside if n != left_out)])
    assert solution.gaps == gaps_of(problem, solution.placed)


@settings(max_examples=10)
@given(problems())
def test_the_same_question_has_the_same_answer(problem: Problem) -> None:
    """A timetable depends on the problem, the seed and the work, on nothing else."""
    assert solve(problem, QUICK) == solve(problem, QUICK)


def test_value_counts_then_gaps() -> None:
    """With one meeting for the buyer the most valuable is chosen; three meetings of one member with free days are back to back."""
    free = frozenset(range(6))
    one = Problem(6, 2, (Pair(0, 0, 0, 300), Pair(0, 1, 0, 900)), (free,), (free, free), (1,), (3, 3))
    assert [item.pair for item in solve(one, QUICK).placed] == [1]
    three = Problem(6, 3, tuple(Pair(b, 0, b, 500) for b in range(3)), (free,) * 3, (free,), (6,) * 3, (3,))
    solution = solve(three, QUICK)
    slots = [item.slot for item in solution.placed]
    assert (len(slots), max(slots) - min(slots), solution.gaps, solution.best) == (3, 2, 0, True)


def test_days_begin_early() -> None:
    """What absences and gaps leave open is decided for the earlier slot: those who can begin with the day do."""
    day = frozenset(range(9))
    pairs = (*(Pair(0, m, 0, 500) for m in range(3)), *(Pair(1, m, 1, 500) for m in (3, 4)))
    problem = Problem(9, 2, pairs, (day, day - {0, 1}), (day,) * 4 + (frozenset({4, 8}),), (9, 9), (1,) * 5)
    solution = solve(problem, QUICK)
    slots = {buyer: [i.slot for i in solution.placed if pairs[i.pair].buyer == buyer] for buyer in (0, 1)}
    assert (slots, solution.gaps) == ({0: [0, 1, 2], 1: [3, 4]}, 0)


def test_the_clock_ends_explanations_too() -> None:
    """Many wishes that cannot all be kept do not hold up the day: it says that the clock ended it, and has a line for each."""
    free = frozenset(range(30))
    pairs = tuple(Pair(b, m, b, 500, must=True) for b in range(6) for m in range(40))
    problem = Problem(30, 6, pairs, (free,) * 6, (free,) * 40, (30,) * 6, (3,) * 40)
    begun = time.monotonic()
    solution = solve(problem, replace(QUICK, seconds=2))
    assert time.monotonic() - begun < 60
    assert not solution.in_time
    assert len(solution.refused) == len(pairs) - len(solution.placed) > 0


def test_no_need_is_left_out_for_anothers_second_meeting() -> None:
    """A buyer with two meetings and two needs talks about both, even where the second one is answered less well."""
    free = frozenset(range(2))
    pairs = (Pair(0, 0, 0, 900), Pair(0, 1, 0, 800), Pair(0, 2, 1, 300))
    problem = Problem(2, 1, pairs, (free,), (free,) * 3, (2,), (1,) * 3)
    assert sorted(item.pair for item in solve(problem, QUICK).placed) == [0, 2]


def test_times_and_slots() -> None:
    """Slots are back to back, start again after a break, and know the offset of their day."""
    assert [clock(text) for text in ("9:00", "09h30", "9h", "23:59")] == [540, 570, 540, 1439]
    assert spans("12:30-14:00; 16:00 – 16:20") == ((750, 840), (960, 980))
    slots = slots_of(replace(DAY, start=540, end=780, slot_minutes=60, breaks=((630, 645),)))
    assert [f"{slot.start:%H:%M}-{slot.end:%H:%M}" for slot in slots] == ["09:00-10:00", "10:45-11:45", "11:45-12:45"]
    assert slots[0].start.isoformat() == "2027-03-18T09:00:00+01:00"
    assert free_slots(slots, ((600, 650),)) == {0, 2}


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (replace(DAY, timezone="Europe/Nowhere"), "'Europe/Nowhere' is no time zone"),
        (replace(DAY, end=545), "makes 0 slots"),
        (replace(DAY, slot_minutes=1), "too short"),
    ],
)
def test_a_day_without_slots_is_refused(day: Day, said: str) -> None:
    """In one line, with what to change."""
    with pytest.raises(PasserelleError, match=said):
        slots_of(day)


@pytest.mark.parametrize("text", ["", "25:00", "24:00", "9:60", "nine", "12:30", "14:00-12:30"])
def test_broken_times_are_refused(text: str) -> None:
    """A span needs two times of the day in order."""
    if text:
        with pytest.raises(ValueError, match="write"):
            spans(text)
    else:
        assert spans(text) == ()


def test_tables_in_both_languages_and_formats(tmp_path: Path) -> None:
    """CSV of a French spreadsheet and a workbook with English names say the same; columns of no use are told."""
    french = tmp_path / "besoins.csv"
    french.write_bytes(
        "Acheteur;Besoin;Langues;Poids;RDV;Contact\nRhône;Capteurs de gaz;français;1,5;3;x\n".encode("cp1252")
    )
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (("buyer", "need", "language", "weight", "meetings"), ("Rhône", "Capteurs de gaz", "fr", 1.5, 3)):
        sheet.append(row)
    book.save(tmp_path / "needs.xlsx")
    told = read_needs(french)
    assert told.notes == (f'{french}: not used: "Contact"',)
    (need,) = told.rows
    assert need == BuyerNeed("Rhône", "Capteurs de gaz", Where(str(french), 2), ("fr",), 1.5, 3)
    assert replace(read_needs(tmp_path / "needs.xlsx").rows[0], where=need.where) == need
    people = tmp_path / "p.tsv"
    people.write_text("participant\tlangue\tindisponible\nalpha\tEnglish, fr\t9h-10h30\n", encoding="utf-8")
    assert read_participants(people).rows == (Participant("alpha", Where(str(people), 2), ("en", "fr"), ((540, 630),)),)
    wishes = tmp_path / "w.csv"
    wishes.write_text("souhait,acheteur,membre\ndéjà vu,Rhône,alpha\n", encoding="utf-8")
    assert read_wishes(wishes).rows == (Wish("met", "Rhône", "alpha", Where(str(wishes), 2)),)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "needs is empty"),
        ("buyer,topics\na,b\n", "needs:1: has no column need"),
        ("buyer,need\n", "needs has no row below its header"),
        ("buyer,need\n,b\n", "needs:2: buyer: is empty"),
        ("buyer,need\na,\n", "needs:2: need: is empty"),
        ("buyer,need,weight\na,b,1\na,b,heavy\nc,d,-1\n", r'needs:3: weight: is "heavy".*also at fault: lines 4'),
        ("buyer,need,weight\na,b,nan\n", r'needs:2: weight: is "nan"'),
        ("buyer,need,meetings\na,b,2.5\n", r'needs:2: meetings: is "2.5"'),
        ("buyer,need,languages\na,b,klingon\n", r'needs:2: languages: "klingon" is no language'),
        ('buyer,need\na,"b\n', "needs:2: row: has a quotation mark without its pair"),
    ],
)
def test_a_broken_table_is_refused(tmp_path: Path, content: str, said: str) -> None:
    """In one line with the table, the line, the field, and what to write."""
    path = tmp_path / "x.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(SourceError, match=said) as refused:
        read_needs(path, "needs")
    assert "\n" not in str(refused.value)
    assert str(tmp_path) not in str(refused.value)


@given(st.text(max_size=200))
def test_any_text_is_a_table_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    """Whatever is pasted is read or refused in one line."""
    path = tmp_path_factory.mktemp("table") / "x.csv"
    path.write_text(f"buyer,need,weight,languages,meetings\n{text}", encoding="utf-8", errors="replace", newline="")
    refusal = ""
    try:
        told = read_needs(path, "needs").rows
    except SourceError as error:
        told, refusal = (), str(error)
    assert bool(refusal) != bool(told)
    assert "\n" not in refusal
    assert all(need.buyer and need.text and 0.1 <= need.weight <= 10 for need in told)


def planned(searcher: Searcher, needs: tuple[BuyerNeed, ...], **more: object) -> Plan:
    return plan_day(searcher, needs, more.pop("day", DAY), more.pop("invited", ANYBODY), effort=QUICK, **more)  # type: ignore[arg-type]


def test_every_meeting_says_what_for_and_quotes_the_member(small: Searcher) -> None:
    """The need is the one the member answers, the sentence its own, the languages those of both sides."""
    needs = (
        BuyerNeed("Acme", "sensors", HERE, ("en",), meetings=1),
        BuyerNeed("Acme", "vaches", HERE, ("en",), meetings=1),
        BuyerNeed("Zed", "capteurs", HERE, ("fr",), meetings=1),
    )
    plan = planned(small, needs)
    found = {(m.buyer.name, m.need.text): m for m in plan.meetings}
    first = found["Acme", "sensors"]
    assert (first.member.id, first.evidence and first.evidence.text) == (
        "alpha",
        "Low-power sensors and readout chips.",
    )
    assert first.shared == ("en",)
    assert found["Acme", "vaches"].member.id in ("delta", "gamma")
    assert found["Zed", "capteurs"].member.id == "beta"
    assert found["Zed", "capteurs"].shared == ("fr",)
    assert plan.figures.meetings == 3
    assert plan.figures.in_common == 3


def test_who_is_invited(small: Searcher) -> None:
    """Kinds, clusters and countries filter; who must be met comes all the same; who must never does not."""
    needs = (BuyerNeed("Acme", "sensors", HERE),)
    only = Invited(min_relevance=0.0, countries=("FR",))
    wishes = (Wish("must", "acme", "Gamma", HERE), Wish("never", "Acme", "beta", HERE))
    plan = planned(small, needs, invited=only, wishes=wishes)
    assert {m.member.id for m in plan.meetings} == {"gamma", "delta"}
    assert {m.member.id for m in plan.meetings if m.must} == {"gamma"}
    registered = (Participant("zeta", HERE),)
    closed = replace(ANYBODY, registered_only=True)
    assert {m.member.id for m in planned(small, needs, invited=closed, participants=registered).meetings} == {"zeta"}


def test_a_buyer_does_not_meet_itself(small: Searcher) -> None:
    """A buyer that is a member of the directory is not its own candidate."""
    plan = planned(small, (BuyerNeed("ALPHA", "sensors", HERE),))
    assert "alpha" not in {m.member.id for m in plan.meetings}
    assert len(plan.meetings) == 5


def test_what_cannot_be_is_explained(small: Searcher) -> None:
    """In words, in both languages: who is away when, which wishes are at odds, what contradicts what, with file and line."""
    needs = (BuyerNeed("Acme", "sensors", HERE), BuyerNeed("Zed", "sensors", HERE))
    wishes = (
        Wish("must", "Acme", "alpha", Where("w.csv", 2)),
        Wish("must", "Zed", "alpha", Where("w.csv", 3)),
        Wish("must", "Acme", "beta", Where("w.csv", 4)),
        Wish("met", "Acme", "beta", Where("w.csv", 5)),
        Wish("must", "Zed", "gamma", Where("w.csv", 6)),
    )
    participants = (Participant("gamma", HERE, away=((0, 1439),)),)
    plan = planned(small, needs, day=replace(DAY, per_member=1), wishes=wishes, participants=participants)
    english, french = texts_for("en"), texts_for("fr")
    assert [unkept_line(unkept, english) for unkept in plan.unkept] == [
        "Zed and Alpha (w.csv:3): not together with Acme and Alpha, because Alpha has at most 1 meetings.",
        "Acme and Beta (w.csv:4): w.csv:5 says that they have met already.",
        "Zed and Gamma (w.csv:6): Gamma is away all day.",
    ]
    assert unkept_line(plan.unkept[2], french) == "Zed et Gamma (w.csv:6) : Gamma est absent toute la journée."
    assert plan.figures.musts == (1, 4)
    assert "1 of 4 must-meet wishes kept" in figure_lines(plan, english, "en")


def test_who_meets_nobody_is_told_why(small: Searcher) -> None:
    """A full day, nobody who answers, a participant that answers nothing."""
    needs = (BuyerNeed("Acme", "sensors", HERE, meetings=1), BuyerNeed("Zed", "zymurgy", HERE, meetings=2))
    strict = replace(ANYBODY, min_relevance=0.9999)
    plan = planned(small, needs, invited=strict, participants=(Participant("zeta", HERE),))
    texts = texts_for("en")
    assert [short_line(short, texts) for short in plan.short][-1] == (
        "Zed, “zymurgy”: 0 planned; nobody invited answers it well enough."
    )
    ((why, members),) = by_reason(plan.without, texts)
    assert (why, [w.member.id for w in members]) == (
        "answers none of the needs with a relevance of 100 % or more",
        ["zeta"],
    )
    one = planned(small, needs[:1])
    ((why, members),) = by_reason(one.without, texts)
    assert why.startswith("others answer the same needs better")
    assert len(members) == 5


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (Wish("must", "Nobody", "alpha", Where("w.csv", 2)), 'w.csv:2: buyer: "Nobody" has no need'),
        (Wish("must", "Acme", "omega", Where("w.csv", 3)), 'w.csv:3: member: no member "omega"'),
    ],
)
def test_unknown_names_are_refused(small: Searcher, wish: Wish, said: str) -> None:
    """With file, line and field."""
    with pytest.raises(SourceError, match=said):
        planned(small, (BuyerNeed("Acme", "sensors", HERE),), wishes=(wish,))


def test_fewer_tables_than_buyers(small: Searcher) -> None:
    """No table is taken twice in a slot, and a buyer stays where it sits while it can."""
    needs = tuple(BuyerNeed(name, "sensors cows batteries", HERE) for name in ("Acme", "Bolt", "Zed"))
    plan = planned(small, needs, day=replace(DAY, tables=2, per_member=6))
    places = [(m.slot.number, m.table) for m in plan.meetings]
    assert len(set(places)) == len(places) == 18
    assert {table for _, table in places} == {1, 2}
