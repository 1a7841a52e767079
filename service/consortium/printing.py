"""What the command line prints of consortia, for people."""

from collections.abc import Iterable

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from search.consortium import Checked, Consortium, CoveredNeed, Outcome, Profile, Seat, Wording

from ..terminal import plain

__all__ = ["print_checked", "print_consortium"]

MARKS = {"holds": ("holds  ", "green"), "broken": ("broken ", "red"), "unclear": ("unclear", "yellow")}


def print_consortium(found: Consortium) -> None:
    """Needs and who serves them, members with their words, rules, questions; or the rules that cannot hold."""
    console = Console(highlight=False)
    for number, need in enumerate(found.needs, 1):
        console.print(_need(number, need, found))
    for seat in found.seats:
        _print_seat(console, seat)
    for obstacle in found.obstacles:
        wanted = _wanted(obstacle.rule.at_least, obstacle.rule.at_most)
        said = f"cannot hold: {obstacle.rule.says.en} (needs {wanted}, {obstacle.reach} can be had)"
        console.print(Text(plain(said), "red"))
    _print_rules(console, found.outcomes, found.questions)
    covered = sum(need.status == "covered" for need in found.needs)
    console.print(
        f"[dim]{len(found.seats)} members cover {covered} of {len(found.needs)} needs, coverage {found.coverage:.0%}; "
        f"{found.considered:,} of {found.total:,} members considered, {found.took_ms:.0f} ms, snapshot {found.snapshot}[/dim]"
    )


def print_checked(profile: Profile, checked: Checked) -> None:
    """Each rule with its outcome, then the questions, then where the rules come from."""
    console = Console(highlight=False)
    _print_rules(console, checked.outcomes, checked.questions)
    console.print(Text(f"{plain(profile.source)}, as of {profile.date}", "dim"))


def _need(number: int, need: CoveredNeed, found: Consortium) -> Padding:
    names = {seat.member.id: seat.member.name for seat in found.seats}
    nearest = f"{need.nearest.name} {need.nearest_relevance:.0%}" if need.nearest else ""
    if need.status == "covered":
        state = (", ".join(names[member] for member in need.members), "cyan")
    elif need.status == "left":
        state = (f"no seat for who could: {nearest}", "yellow")
    else:
        state = (f"nobody covers this{f'; the nearest is {nearest}' if nearest else ''}", "yellow")
    weight = f" (x{need.weight:g})" if need.weight != 1 else ""
    line = Text.assemble((f"need {number}{weight}: {plain(need.text)}", "italic"), "  -> ", (plain(state[0]), state[1]))
    return Padding(line, (0, 0, 0, 2))


def _print_seat(console: Console, seat: Seat) -> None:
    member = seat.member
    facts = " · ".join(fact for fact in (member.country, member.kind, ", ".join(member.clusters)) if fact)
    origin = "" if seat.origin == "chosen" else f" ({seat.origin})"
    console.print(
        Text.assemble(
            (f" {plain(member.name)}", "bold cyan"), f"{origin}  {plain(facts)}  ", (f"+{seat.gain:.0%}", "green")
        )
    )
    for role in seat.roles:
        said = f"{role.need + 1}{'' if role.leads else ' too'}, {role.relevance:.0%}: [{role.evidence.language}] {plain(role.evidence.text)}"
        console.print(Padding(Text(f"need {said}"), (0, 0, 0, 5)))
    if seat.rules:
        console.print(Padding(Text(f"needed for the rules: {plain(', '.join(seat.rules))}"), (0, 0, 0, 5)))
    if not seat.roles and not seat.rules:
        console.print(Padding(Text("serves none of the needs"), (0, 0, 0, 5)))
    if seat.alternates:
        others = ", ".join(f"{plain(a.member.name)} (coverage {a.coverage:.0%})" for a in seat.alternates)
        console.print(Padding(Text(f"instead: {others}", "dim"), (0, 0, 0, 5)))


def _print_rules(console: Console, outcomes: Iterable[Outcome], questions: Iterable[Wording]) -> None:
    for outcome in outcomes:
        rule = outcome.rule
        counted = f"needs {_wanted(rule.at_least, rule.at_most)}, found {outcome.found}"
        unknown = f", unknown of {', '.join(outcome.unknown)}" if outcome.status == "unclear" else ""
        console.print(Text.assemble(MARKS[outcome.status], plain(f"  {rule.says.en} ({counted}{unknown})")))
    for question in questions:
        console.print(Text.assemble(("ask    ", "yellow"), f"  {plain(question.en)}"))


def _wanted(at_least: int | None, at_most: int | None) -> str:
    bounds = [
        f"at least {at_least}" if at_least is not None else "",
        f"at most {at_most}" if at_most is not None else "",
    ]
    return " and ".join(bound for bound in bounds if bound)
