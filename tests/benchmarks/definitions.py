"""Another field: find a term's definition by the term, within a language and across: python -m tests.benchmarks.definitions TERMS.tsv...

Each file has columns `fr` and `en`, a term in both languages, and `definition_fr` or `description_en`: for example those of FranceTerme and
of ESCO, which are not part of this repository. 1,000 of each become members who say no more than that definition; every one is then asked for
by its term in French and in English. Printed: mean reciprocal rank, by language of the term and of
the definition.
"""

import csv
import json
import random
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from statistics import mean

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


def main() -> None:
    """Print a line an encoder."""
    rows = [row for path in sys.argv[1:] for row in sampled(Path(path))]
    if not rows:
        sys.exit(__doc__)
    print(f"{len(rows):,} terms")
    for name in (PLAIN_ENCODER, DEFAULT_ENCODER):
        encoder = OpenVinoEncoder(prepare(name, CACHE), verify=False)
        with tempfile.TemporaryDirectory() as folder:
            members = Path(folder) / "members.jsonl"
            members.write_text("".join(json.dumps(as_member(i, row)) + "\n" for i, row in enumerate(rows)))
            index_members([members], Store(Path(folder) / "store"), lambda *_, encoder=encoder: encoder)
            searcher = open_index(Path(folder) / "store", encoder=encoder)
        print(f"{name:24}" + "".join(f"  {pair} {mrr:.3f}" for pair, mrr in sorted(reached(searcher, rows).items())))


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


def reached(searcher: Searcher, rows: list[Row]) -> dict[str, float]:
    """Mean reciprocal rank by pair of languages; 0 where it is not among the first hundred."""
    ranks = defaultdict(list)
    for asked in ("fr", "en"):
        for number, shortlist in enumerate(searcher.search_many([row[asked] for row in rows], k=FOUND_AMONG)):
            rank = next((match.rank for match in shortlist if match.member.id == str(number)), None)
            ranks[f"{asked}->{text_of(rows[number])[0]}"].append(1 / rank if rank else 0.0)
    return {pair: mean(own) for pair, own in ranks.items()}


if __name__ == "__main__":
    main()
