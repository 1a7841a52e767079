"""Does the language of a topic decide who is found: python -m tests.benchmarks.balance [STORE]      (an index of data/demo/members.jsonl)

Nothing here is judged. 1,000 topics of data/training/known.jsonl, which no encoder was trained on, are asked in French and in English.
Printed for each language of topics: which share of the first 20 members who write one language only writes French; and, last, how many of
the 20 are the same for both wordings.
"""

import json
import sys
from collections import Counter
from pathlib import Path

from search import open_index

ROOT = Path(__file__).parents[2]
LANGUAGES = ("fr", "en")
TOPICS = 1_000
SHOWN = 20


def main() -> None:
    """Print the shares."""
    searcher = open_index(sys.argv[1] if len(sys.argv) > 1 else "var/store")
    rows = [json.loads(line) for line in (ROOT / "data" / "training" / "known.jsonl").open(encoding="utf-8")]
    asked = rows[:: len(rows) // TOPICS][:TOPICS]
    languages = searcher.languages_of_members()
    print(f"{'':24} of members found, or all, who write one language only, French")
    print(f"{'all members':24} {french_share(Counter(languages.values())):.3f}")
    found = {}
    for code in LANGUAGES:
        found[code] = [
            {match.member.id for match in shortlist}
            for shortlist in searcher.search_many([row[f"topic_{code}"] for row in asked], k=SHOWN)
        ]
        counts = Counter(languages[member] for members in found[code] for member in members)
        print(f"{'topics in ' + code:24} {french_share(counts):.3f}")
    same = sum(len(french & english) for french, english in zip(found["fr"], found["en"], strict=True))
    print(f"{'found for both wordings':24} {same / len(asked):.1f} of {SHOWN}")


def french_share(members: Counter[tuple[str, ...]]) -> float:
    """Of members by the languages they write: those who write French alone among those who write one language."""
    return members[("fr",)] / sum(count for languages, count in members.items() if len(languages) == 1)


if __name__ == "__main__":
    main()
