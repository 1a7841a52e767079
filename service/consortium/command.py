"""`passerelle consortium`: compose a consortium, or check one."""

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from search.errors import InvalidQuery, PasserelleError

from ..options import DEFAULT_STORE, StoreOption

if TYPE_CHECKING:
    from search.consortium import Profile, WeightedNeed

__all__ = ["consortium"]

WHO, RULES = "Who may be in", "Rules"
Several = Annotated[
    list[str] | None, typer.Option(metavar="VALUE", rich_help_panel=WHO, help="Only these may be chosen.")
]
MAX_CALL_BYTES = 1_000_000


def consortium(
    given: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="CALL | ID...", help="File with the text of a call, - for standard input; ids with --check."
        ),
    ] = None,
    store: StoreOption = DEFAULT_STORE,
    need: Annotated[
        list[str] | None, typer.Option(help="A need, instead of those found in the call; repeat it for several.")
    ] = None,
    weight: Annotated[
        list[float] | None,
        typer.Option(help="How much the first --need counts, then the second...; 1 where none is left."),
    ] = None,
    size: Annotated[int, typer.Option("--size", "-k", help="At most so many members, all counted.")] = 6,
    ours: Annotated[
        list[str] | None, typer.Option(metavar="ID", rich_help_panel=WHO, help="In: we, whom the others complement.")
    ] = None,
    lock: Annotated[
        list[str] | None, typer.Option(metavar="ID", rich_help_panel=WHO, help="In: already chosen.")
    ] = None,
    ban: Annotated[list[str] | None, typer.Option(metavar="ID", rich_help_panel=WHO, help="Never in.")] = None,
    country: Several = None,
    cluster: Several = None,
    kind: Several = None,
    sector: Several = None,
    language: Several = None,
    sme_at_least: Annotated[int, typer.Option(rich_help_panel=RULES, help="Members of kind sme or startup.")] = 0,
    sme_at_most: Annotated[
        int | None, typer.Option(rich_help_panel=RULES, help="Members who may be an SME count.")
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option(
            rich_help_panel=RULES,
            metavar="NAME | FILE",
            help="Rules to hold: horizon-europe, eurostars, or a TOML file of one's own.",
        ),
    ] = None,
    threshold: Annotated[
        float, typer.Option(help="The relevance from which on a member is said to serve a need.")
    ] = 0.4,
    check: Annotated[
        bool,
        typer.Option(
            "--check",
            rich_help_panel=RULES,
            help="Hold the members with these ids against --profile; nothing is composed.",
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")] = False,
) -> None:
    """Choose members who together cover the needs of a call, or check a list of members against rules.

    Every member says which needs it serves, in its own words. Exit status 1 where rules cannot hold, or do not.
    """
    if check:
        return _check(given or [], store, profile, as_json)
    from search import Filters, open_index
    from search.consortium import ConsortiumQuery

    from .answers import consortium_response
    from .printing import print_consortium

    if len(given or []) > 1:
        raise InvalidQuery(f"{len(given or [])} calls are given, one is composed for at a time; --check takes ids")
    if not (given or need):
        raise InvalidQuery("no call is given; name a file with its text, - for standard input, or write --need TEXT")
    chosen = {"country": country, "cluster": cluster, "kind": kind, "sector": sector, "language": language}
    query = ConsortiumQuery(
        call=_text(given[0]) if given else "",
        needs=_needs(need or [], weight or []),
        size=size,
        ours=tuple(ours or ()),
        locked=tuple(lock or ()),
        banned=tuple(ban or ()),
        filters=Filters.from_lists(chosen),
        sme_at_least=sme_at_least,
        sme_at_most=sme_at_most,
        profile=_profile(profile),
        threshold=threshold,
    )
    found = open_index(store).consortium(query)
    if as_json:
        print(consortium_response(found, masked=False).model_dump_json(indent=2))
    else:
        print_consortium(found)
    if found.obstacles:
        raise PasserelleError(
            f"no composition holds {len(found.obstacles)} of the rules; ask for less, or for more seats"
        )


def _check(ids: list[str], store: Path, named: str | None, as_json: bool) -> None:
    from search import open_index
    from search.consortium import check_members

    from .answers import check_response
    from .printing import print_checked

    profile = _profile(named)
    if profile is None or not ids:
        raise InvalidQuery(
            "a check needs ids of members and --profile; write passerelle consortium --check ID ID --profile NAME"
        )
    searcher = open_index(store)
    members = [searcher.member(member_id) for member_id in dict.fromkeys(ids)]
    checked = check_members(members, profile.rules, profile.questions)
    if as_json:
        print(check_response(profile, checked).model_dump_json(indent=2))
    else:
        print_checked(profile, checked)
    if checked.status == "broken":
        broken = [outcome.rule.id for outcome in checked.outcomes if outcome.status == "broken"]
        raise PasserelleError(f"these members break {', '.join(broken)} of {profile.name}; see above")


def _profile(named: str | None) -> "Profile | None":
    from search.consortium import named_profile, profile_names, read_profile

    if named is None or named in profile_names():
        return None if named is None else named_profile(named)
    return read_profile(Path(named)) if named.endswith(".toml") or Path(named).is_file() else named_profile(named)


def _needs(texts: list[str], weights: list[float]) -> "tuple[WeightedNeed, ...]":
    from search.consortium import WeightedNeed

    if len(weights) > len(texts):
        raise InvalidQuery(f"{len(weights)} weights are given for {len(texts)} needs; give each --weight its --need")
    return tuple(
        WeightedNeed(text, weights[number] if number < len(weights) else 1.0) for number, text in enumerate(texts)
    )


def _text(named: str) -> str:
    try:
        with nullcontext(sys.stdin.buffer) if named == "-" else Path(named).open("rb") as source:
            content = source.read(MAX_CALL_BYTES + 1)
        if len(content) > MAX_CALL_BYTES:
            raise InvalidQuery(
                f"the call {named} is larger than {MAX_CALL_BYTES:,} bytes; keep the part that says what is needed"
            )
        return content.decode("utf-8-sig")
    except OSError as error:
        raise InvalidQuery(f"cannot read the call {named}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise InvalidQuery(
            f"the call {named} is not UTF-8 at byte {error.start}; save it as plain text in UTF-8"
        ) from error
