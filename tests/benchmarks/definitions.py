"""Another field: find a term's definition by the term, within a language and across: python -m tests.benchmarks.definitions TERMS.tsv...

Each file has columns `fr` and `en`, a term in both languages, and `definition_fr` or `description_en`: for example those of FranceTerme and
of ESCO, which are not part of this repository. 1,000 of each become members who say no more than that definition; every one is then asked for
by its term in French and in English. Printed: mean reciprocal rank, by language of the term and of the definition, and how much the default
encoder gains over the plain one or loses, with the 95 % interval over terms.
"""

import csv
import json
import random
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import bootstrap

from indexer.encoder import DEFAULT_ENCODER, PLAIN_ENCODER, prepare
from indexer.run import index_members
from search import Searcher, open_index
from search.encoder import OpenVinoEncoder
from search.store import Store
from tests.benchmarks.measure import CACHE

TEXTS = {"definition_fr": "fr", "description_en": "en"}
EACH = 1_000
FOUND_AMONG = 100
Row = dict[str, str]
Ranks = NDArray[np.float64]


def main() -> None:
    """Print a line an encoder, and one for the difference."""
    rows = [row for path in sys.argv[1:] for row in sampled(Path(path))]
    if not rows:
        sys.exit(__doc__)
    print(f"{len(rows):,} terms")
    ranks: list[dict[str, Ranks]] = []
    for name in (PLAIN_ENCODER, DEFAULT_ENCODER):
        encoder = OpenVinoEncoder(prepare(name, CACHE), verify=False)
        with tempfile.TemporaryDirectory() as folder:
            members = Path(folder) / "members.jsonl"
            members.write_text("".join(json.dumps(as_member(i, row)) + "\n" for i, row in enumerate(rows)))
            index_members([members], Store(Path(folder) / "store"), lambda *_, encoder=encoder: encoder)
            searcher = open_index(Path(folder) / "store", encoder=encoder)
        ranks.append(reciprocal_ranks(searcher, rows))
        print(f"{name:24}" + "".join(f"  {pair} {own.mean():.3f}" for pair, own in ranks[-1].items()))
    plain, trained = ranks
    print("difference" + "".join(f"  {pair} {with_interval(trained[pair] - plain[pair])}" for pair in plain))


def sampled(path: Path) -> list[Row]:
    """Terms of a file, in both languages and with a definition of more than a few words."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    usable = [row for row in rows if row["fr"] and row["en"] and len(text_of(row)[1]) > 30]
    return random.Random(0).sample(usable, min(EACH, len(usable)))  # noqa: S311 - a sample, not a secret


def text_of(row: Row) -> tuple[str, str]:
    """Language and text of a definition."""
    for column, language in TEXTS.items():
        if column in row:
            return language, row[column]
    sys.exit(f"found columns {', '.join(row)}; expected one of {', '.join(TEXTS)}")


def as_member(number: int, row: Row) -> dict[str, object]:
    """A member who says nothing but the definition."""
    language, text = text_of(row)
    return {"id": str(number), "name": f"member {number}", "descriptions": {language: text}}


def reciprocal_ranks(searcher: Searcher, rows: list[Row]) -> dict[str, Ranks]:
    """One over the rank of each definition, by pair of languages, and "all": the mean of both wordings; 0 where it is not among the first hundred."""
    ranks = defaultdict(list)
    for asked in ("fr", "en"):
        for number, shortlist in enumerate(searcher.search_many([row[asked] for row in rows], k=FOUND_AMONG)):
            rank = next((match.rank for match in shortlist if match.member.id == str(number)), None)
            found = 1 / rank if rank else 0.0
            ranks[f"{asked}->{text_of(rows[number])[0]}"].append(found)
            ranks[asked].append(found)
    both = {"all": np.mean([ranks.pop("fr"), ranks.pop("en")], axis=0)}
    return {pair: np.array(own) for pair, own in sorted(ranks.items())} | both


def with_interval(differences: Ranks) -> str:
    """The mean, and what holds it in 95 of 100 such samples."""
    drawn = bootstrap((differences,), np.mean, n_resamples=2_000, batch=100, method="percentile", rng=0)
    return f"{differences.mean():+.3f} ({drawn.confidence_interval.low:+.3f} to {drawn.confidence_interval.high:+.3f})"


if __name__ == "__main__":
    main()
