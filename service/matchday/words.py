"""A plan in sentences: what could not be kept and why, and the day in numbers."""

from collections.abc import Mapping, Sequence

from ..pages.names import language_name, number
from .values import Limit, Plan, Short, Unkept, Without

__all__ = ["by_reason", "figure_lines", "shared_names", "short_line", "unkept_line"]

BESIDE_NAMED = 6
NEED_CHARS = 120
Texts = Mapping[str, str]


def unkept_line(unkept: Unkept, texts: Texts) -> str:
    """Which wish cannot be kept, beside which others, and because of what."""
    pairs = [texts["md_pair"].format(buyer=buyer, member=member) for buyer, member in unkept.beside]
    if len(pairs) > BESIDE_NAMED:
        pairs = [*pairs[:BESIDE_NAMED], texts["md_others"].format(n=len(pairs) - BESIDE_NAMED)]
    named = {"buyer": unkept.wish.buyer, "member": unkept.member, "where": str(unkept.wish.where)}
    limits = _joined([_limit(limit, texts) for limit in unkept.limits], texts)
    form = "md_unkept_beside" if pairs else "md_unkept_alone"
    return texts[form].format(**named, beside=", ".join(pairs), limits=limits)


def short_line(short: Short, texts: Texts) -> str:
    """A need with fewer meetings than wanted, and why."""
    need = short.need.text if len(short.need.text) <= NEED_CHARS else f"{short.need.text[: NEED_CHARS - 1]}…"
    why = _limit(short.why, texts)
    return texts["md_short_row"].format(buyer=short.need.buyer, need=" ".join(need.split()), n=short.planned, why=why)


def by_reason(withouts: Sequence[Without], texts: Texts) -> tuple[tuple[str, tuple[Without, ...]], ...]:
    """Members that meet nobody, together with those for the same reason; the most frequent reason first."""
    groups: dict[str, list[Without]] = {}
    for without in withouts:
        groups.setdefault(_limit(without.why, texts), []).append(without)
    return tuple((why, tuple(group)) for why, group in sorted(groups.items(), key=lambda item: -len(item[1])))


def shared_names(codes: Sequence[str], ui: str) -> str:
    """Names of languages, one after the other."""
    return ", ".join(language_name(code, ui) for code in codes)


def figure_lines(plan: Plan, texts: Texts, ui: str) -> tuple[str, ...]:
    """The day in numbers, one thing a line."""
    figures = plan.figures
    kept, asked = figures.musts
    gaps = texts["md_figure_gaps"].format(n=number(figures.gaps, ui))
    lines = [
        texts["md_figure_meetings"].format(n=number(figures.meetings, ui), members=number(figures.members, ui)),
        *([texts["md_figure_musts"].format(kept=kept, asked=asked)] if asked else []),
    ]
    if figures.meetings:
        percent = texts["percent"].format(n=f"{100 * figures.mean_relevance:.0f}")
        lines.append(texts["md_figure_relevance"].format(percent=percent))
        lines.append(f"{gaps} {texts['md_figure_least']}" if plan.least_gaps else gaps)
    if figures.language_known:
        lines.append(texts["md_figure_languages"].format(n=figures.in_common, known=figures.language_known))
    return tuple(lines) if plan.reproducible else (*lines, texts["md_clock"])


def _limit(limit: Limit, texts: Texts) -> str:
    return texts[limit.key].format(**limit.values)


def _joined(parts: list[str], texts: Texts) -> str:
    return f" {texts['md_and']} ".join(parts)
