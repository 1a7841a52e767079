"""The command line, installed as `passerelle`."""

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import platformdirs
import typer

from search.errors import PasserelleError

from .consortium import consortium
from .exposure import exposure
from .keeping import memory_app, topics_app
from .keys import app as keys_app
from .matchday.command import EPILOG as MATCHDAY_EPILOG
from .matchday.command import matchday
from .options import DEFAULT_STORE, FairnessOption, StoreOption
from .serve import serve
from .sources import app as sources_app
from .stopping import Stopped, stoppable

if TYPE_CHECKING:
    from indexer.progress import Progress
    from indexer.run import LoadEncoder
    from search.store import Store

__all__ = ["main"]

app = typer.Typer(
    help="Find R&D partners among the members of technology clusters, in French and in English.",
    epilog="Start with: passerelle index data/demo/members.jsonl && passerelle search 'low-power MEMS sensors'",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

app.add_typer(keys_app, name="keys")
app.add_typer(sources_app, name="sources")
app.add_typer(topics_app, name="topics")
app.add_typer(memory_app, name="memory")
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")]
FilterOption = Annotated[
    list[str] | None, typer.Option(help="Only these; repeat it for several (any of them).", metavar="VALUE")
]
READING, REFUSING = "What is read", "What is published"
KEEPING, ENCODING = "What is kept", "How texts become vectors"
DEFAULT_CACHE = Path(platformdirs.user_cache_dir("passerelle"))


def main() -> None:
    """Run the command line: exit status 0 done, 1 refused or failed with one line on stderr, 2 usage, 128 + n stopped by signal n."""
    try:
        app()
    except PasserelleError as error:
        print(f"passerelle: {error}", file=sys.stderr)
        sys.exit(1)
    except Stopped as stopped:
        print(f"passerelle: {stopped}", file=sys.stderr)
        sys.exit(stopped.exit_status)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


@app.command(epilog="Example: passerelle index exports/ --store /srv/passerelle")
def index(
    sources: Annotated[
        list[Path],
        typer.Argument(
            help="Members files (JSON Lines, JSON, CSV, TSV, XLSX, Parquet; also .gz) or folders of them.",
            metavar="SOURCE...",
        ),
    ],
    store: StoreOption = DEFAULT_STORE,
    mapping: Annotated[
        Path | None,
        typer.Option(
            help="TOML file that says which column is what, for all sources; by default the one beside each. `passerelle sources check` tries it.",
            rich_help_panel=READING,
        ),
    ] = None,
    same: Annotated[
        Path | None,
        typer.Option(
            help="JSON Lines or CSV with a, b, verdict (same or different): ids of members that are, or are not, one organisation.",
            rich_help_panel=READING,
        ),
    ] = None,
    max_rejects: Annotated[
        float,
        typer.Option(
            min=0,
            max=100,
            metavar="PERCENT",
            help="Publish nothing where more of the lines than this cannot be used. The report lists them in any case.",
            rich_help_panel=REFUSING,
        ),
    ] = 5.0,
    accept_drift: Annotated[
        bool,
        typer.Option(
            "--accept-drift",
            help="Publish even though members fell by more than 10 %, a cluster vanished or the share of a language moved by more than 10 points.",
            rich_help_panel=REFUSING,
        ),
    ] = False,
    force: Annotated[
        bool,
        typer.Option(
            "--force",
            help="Build and publish even where nothing changed since the current snapshot.",
            rich_help_panel=REFUSING,
        ),
    ] = False,
    keep: Annotated[
        int,
        typer.Option(
            min=1,
            help="How many snapshots to leave; the current one and the one before it stay in any case.",
            rich_help_panel=KEEPING,
        ),
    ] = 7,
    encoder: Annotated[
        str,
        typer.Option(
            help="passerelle-e5-small (trained for this), multilingual-e5-small (what it was trained from), or any sentence-transformers model: a folder or a hub name.",
            rich_help_panel=ENCODING,
        ),
    ] = "passerelle-e5-small",
    cache: Annotated[
        Path,
        typer.Option(
            envvar="PASSERELLE_CACHE",
            help="Folder where encoders are prepared once.",
            show_default=str(DEFAULT_CACHE),
            rich_help_panel=ENCODING,
        ),
    ] = DEFAULT_CACHE,
    log: Annotated[
        Literal["auto", "console", "json"],
        typer.Option(
            help="On standard error: bars and words, or JSON lines. auto: bars on a terminal, JSON elsewhere."
        ),
    ] = "auto",
) -> None:
    """Build a snapshot from members files and publish it.

    The sources together make the whole index; earlier snapshots stay in the store (see rollback). Only text that was not embedded
    before is embedded, and where nothing changed nothing is published.

    A line that cannot be used is reported and left out. What each run did is kept in STORE/runs, as JSON and as a page.
    """
    from indexer.run import Options, index_members
    from search.store import Store

    from .night import night_log, summary

    options = Options(max_rejects, accept_drift, force, keep, mapping, same)
    with stoppable(), night_log(log) as shown:
        report = index_members(sources, Store(store), _loader(encoder, cache), options, shown)
        shown.report(report)
    print(summary(report, store))


def _loader(encoder: str, cache: Path) -> "LoadEncoder":
    from indexer.encoder import prepare
    from indexer.publish import install_encoder
    from search.encoder import OpenVinoEncoder

    def load(store: "Store", progress: "Progress") -> OpenVinoEncoder:
        prepared = prepare(encoder, cache, progress)
        loaded = OpenVinoEncoder(prepared, verify=False)  # prepare has just verified it
        install_encoder(store, prepared, loaded.info.digest)
        return loaded

    return load


@app.command(epilog="Example: passerelle search 'capteurs MEMS basse consommation' --country BE --country NL -k 5")
def search(
    topic: Annotated[
        str,
        typer.Argument(help="What you need a partner for, in French or in English; - reads it from standard input."),
    ],
    store: StoreOption = DEFAULT_STORE,
    country: FilterOption = None,
    cluster: FilterOption = None,
    kind: FilterOption = None,
    sector: FilterOption = None,
    language: FilterOption = None,
    k: Annotated[int, typer.Option("-k", help="How many matches.")] = 10,
    offset: Annotated[int, typer.Option(help="How many of the best matches to skip.")] = 0,
    fairness: FairnessOption = 0.0,
    as_json: JsonOption = False,
) -> None:
    """Find partners for a topic.

    Values of one filter are alternatives; different filters must all hold.
    """
    from search import Filters, Query, open_index

    text = sys.stdin.read() if topic == "-" else topic
    chosen = {"country": country, "cluster": cluster, "kind": kind, "sector": sector, "language": language}
    shortlist = open_index(store).answer([Query(text, Filters.from_lists(chosen), k, offset, fairness=fairness)])[0]
    if as_json:
        from .answers import answer_json

        print(json.dumps(json.loads(answer_json(shortlist, masked=False)), indent=2, ensure_ascii=False))
    else:
        from .terminal import print_shortlist

        print_shortlist(shortlist)


@app.command(epilog="Example: passerelle evaluate data/demo/topics.jsonl")
def evaluate(
    topics: Annotated[
        Path, typer.Argument(help="Judged topics in JSON Lines: id, lang, text, relevant (ids, or id to grade).")
    ],
    store: StoreOption = DEFAULT_STORE,
    against: Annotated[
        Path | None, typer.Option(help="Another store: say how much better the first is, and how sure that is.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Measure the ranking on judged topics: nDCG@10, MRR, recall, by language and from each language into each.

    Figures come with the interval that holds the true mean in 95 of 100 such samples of topics.
    """
    from search import open_index
    from search.comparison import compare
    from search.evaluation import evaluate, read_topics

    from .reports import evaluation_json, print_comparison, print_evaluation

    judged = read_topics(topics)
    evaluation = evaluate(open_index(store), judged)
    compared = None if against is None else compare(evaluation, evaluate(open_index(against), judged))
    if as_json:
        print(json.dumps(evaluation_json(evaluation, compared), indent=2))
        return
    print_evaluation(evaluation)
    if compared is not None:
        print_comparison(compared, against=str(against))


app.command(epilog="Example: passerelle exposure data/demo/topics.jsonl --fairness 0.5")(exposure)
app.command(epilog="Example: passerelle serve --port 8080")(serve)
app.command(epilog=MATCHDAY_EPILOG)(matchday)
app.command(epilog="Example: passerelle consortium call.txt --size 5 --profile horizon-europe")(consortium)


@app.command()
def status(
    store: StoreOption = DEFAULT_STORE,
    merges: Annotated[
        bool, typer.Option("--merges", help="Only which members of the current snapshot were merged, and why.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List the snapshots of a store: which is current, how much is in each, with which encoder it was made; and how the last run ended."""
    from search.store import Store

    from .terminal import print_status, read_status

    place = Store(store)
    if merges:
        from indexer.merges import read_merges

        from .changes import print_merges

        merged = read_merges(place.snapshot_path(place.current()))
        if as_json:
            print(json.dumps([asdict(merge) for merge in merged], indent=2, ensure_ascii=False))
        else:
            print_merges(merged)
        return
    found = read_status(place)
    if as_json:
        print(json.dumps(found, indent=2))
    else:
        print_status(found)


@app.command(epilog="Example: passerelle diff --json > changes.json")
def diff(
    older: Annotated[
        str | None, typer.Argument(help="Snapshot to start from; the one before the newer by default.")
    ] = None,
    newer: Annotated[
        str | None, typer.Argument(help="Snapshot to compare with it; the current one by default.")
    ] = None,
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """Say which members came, went or changed between two snapshots, and which of their fields."""
    from indexer.changes import difference
    from search.store import Store

    from .changes import print_difference

    found = difference(Store(store), older, newer)
    if as_json:
        print(json.dumps(asdict(found), indent=2, ensure_ascii=False))
    else:
        print_difference(found)


@app.command()
def rollback(
    snapshot: Annotated[
        str | None, typer.Argument(help="Snapshot to return to; the one before the current by default.")
    ] = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Make an earlier snapshot current. Nothing is deleted: rolling back to the newer one's id undoes it."""
    from indexer.publish import rollback
    from search.store import Store

    print(f"Current snapshot of {store} is now {rollback(Store(store), snapshot)}.")


if __name__ == "__main__":
    main()
