"""`passerelle exposure`: who is seen over many searches, and what taking turns would change."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from search.errors import SourceError

from .options import DEFAULT_STORE, FairnessOption, StoreOption

if TYPE_CHECKING:
    from search import Searcher
    from search.comparison import Difference
    from search.evaluation import JudgedTopic
    from search.exposure import Exposure

__all__ = ["exposure"]

RANKED = 100
"""Members ranked for each topic, whose relevance is estimated where nobody judged it."""
COST = "nDCG@10"


@dataclass(frozen=True, slots=True)
class _Found:
    """Exposure as the ranking is, and with members taking turns; what that costs in nDCG@10 where topics are judged."""

    judged: bool
    fairness: float
    plain: "Exposure"
    fair: "Exposure | None"
    cost: "Difference | None"


def exposure(
    topics: Annotated[
        Path,
        typer.Argument(help="Judged topics in JSON Lines, as for evaluate; or a .txt file with one topic a line."),
    ],
    store: StoreOption = DEFAULT_STORE,
    fairness: FairnessOption = 0.0,
    depth: Annotated[int, typer.Option(min=1, max=1_000, help="How many matches of a search are seen.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")] = False,
) -> None:
    """Say who is seen over many searches: by kind, cluster, country and language, and how evenly by member.

    Each share of what is seen stands beside the share of what is relevant, as judged or else as estimated. With --fairness, also what
    the rankings become and what that costs. Topics that nobody answers are left out where topics are judged.
    """
    from search import open_index

    found = _measured(open_index(store), *_read(topics), fairness, depth)
    if as_json:
        typer.echo(json.dumps(_json(found), indent=2, ensure_ascii=False))
    else:
        _print(found)


def _read(path: Path) -> "tuple[list[JudgedTopic], bool]":
    """The topics of a file, and whether they are judged. Raises SourceError."""
    from search.evaluation import JudgedTopic, read_topics

    if path.suffix != ".txt":
        topics = [topic for topic in read_topics(path) if topic.relevant]
        if not topics:
            raise SourceError(f"{path} has no topic with a relevant member; judge some, or give a .txt file of topics")
        return topics, True
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"cannot read {path}: {error}; give a text file in UTF-8, one topic a line") from error
    texts = [line.strip() for line in lines if line.strip()]
    if not texts:
        raise SourceError(f"{path} has no topics; expected one a line")
    return [JudgedTopic(str(number), "", text, {}) for number, text in enumerate(texts, 1)], False


def _measured(searcher: "Searcher", topics: "list[JudgedTopic]", judged: bool, fairness: float, depth: int) -> _Found:
    from search.comparison import compare
    from search.evaluation import measure
    from search.exposure import directory_of, estimated_relevance, exposure_of

    texts = [topic.text for topic in topics]
    runs = [
        searcher.search_many(texts, k=max(depth, RANKED), fairness=share) for share in dict.fromkeys((0.0, fairness))
    ]
    relevance = [topic.relevant for topic in topics] if judged else [estimated_relevance(found) for found in runs[0]]
    directory = directory_of(searcher)
    exposures = [exposure_of(run, relevance, directory, depth) for run in runs]
    if len(runs) == 1:
        return _Found(judged, fairness, exposures[0], None, None)
    cost = None
    if judged:
        rankings = [
            {topic.id: [match.member.id for match in found] for topic, found in zip(topics, run, strict=True)}
            for run in runs
        ]
        plain, fair = (measure(topics, ranking, {}, searcher.languages_of_members()) for ranking in rankings)
        cost = compare(fair, plain)[COST]
    return _Found(judged, fairness, exposures[0], exposures[1], cost)


def _json(found: _Found) -> dict[str, Any]:
    return {
        "judged": found.judged,
        "fairness": found.fairness,
        "plain": asdict(found.plain),
        "fair": None if found.fair is None else asdict(found.fair),
        "cost": None if found.cost is None else {COST: asdict(found.cost)},
    }


def _print(found: _Found) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from search.exposure import GROUPINGS

    from .terminal import plain as shown

    console = Console(highlight=False)
    console.print(
        f"{found.plain.topics:,} topics, the first {found.plain.depth} matches of each; relevance as {'judged' if found.judged else 'estimated'}"
    )
    after = "" if found.fair is None else f"fairness {found.fairness:g}"
    table = Table("over all members", "now", *([after] if after else []))
    rankings = [found.plain, *([found.fair] if found.fair else [])]
    table.add_row("Gini of exposure", *(f"{e.gini:.3f}" for e in rankings))
    table.add_row("Gini of what is due", *(f"{e.gini_due:.3f}" for e in rankings))
    table.add_row("never seen", *(f"{e.unseen:.1%}" for e in rankings))
    table.add_row("attention misplaced", *(f"{e.misplaced:.1%}" for e in rankings))
    console.print(table)
    for facet in GROUPINGS:
        columns = ["members", "directory", "relevance", "exposure", *([after] if after else []), "ratio"]
        table = Table(facet, *columns)
        for groups in zip(*(e.of(facet) for e in rankings), strict=True):
            first, last = groups[0], groups[-1]
            exposed = (f"{group.of_exposure:.1%}" for group in groups)
            ratio = "" if last.ratio is None else f"{last.ratio:.2f}"
            name = escape(shown(first.group)) or "not said"
            table.add_row(
                name, f"{first.members:,}", f"{first.of_directory:.1%}", f"{first.of_relevance:.1%}", *exposed, ratio
            )
        console.print(table)
    if found.cost is not None:
        interval = found.cost.interval
        console.print(
            f"{COST}: {found.cost.mean:+.3f}, 95 % {interval.low:+.3f} to {interval.high:+.3f}, p {found.cost.p_value:.3f}"
        )
