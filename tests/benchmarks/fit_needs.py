"""Fit the words that tell a need from the rest of a call text, and say how well they do.

usage: python -m tests.benchmarks.fit_needs [--write]

--write replaces search/needs.json, and indexer/encoder/needs.jsonl: the sentences, from which each encoder learns the same on vectors.

Sentences come from the call texts of data/training/cards.jsonl, whose needs are marked (a tuple of style "need" in the group of a call is
an excerpt of it; a sentence that shares 20 characters or more with an excerpt is a need), and from data/training/sentences.jsonl. Printed:
area under the ROC curve and share of sentences told right, by cross-validation over calls, for each language.
"""

import json
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer

from search import needs
from search.splitting import paragraphs, sentences

ROOT = Path(__file__).parents[2]
TRAINING = ROOT / "data" / "training"
LANGUAGES = ("fr", "en")


def marked_sentences() -> list[tuple[str, bool, str, str]]:
    """Sentence, whether it is a need, its language, its call or itself."""
    calls: dict[str, dict[str, str]] = {}
    excerpts: dict[str, list[dict[str, str]]] = defaultdict(list)
    for line in (TRAINING / "cards.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        topic = {code: row[f"topic_{code}"] for code in LANGUAGES}
        if row["style"] == "call":
            calls[row["group"]] = topic
        elif row["style"] == "need":
            excerpts[row["group"]].append(topic)
    rows = []
    for group in sorted(calls.keys() & excerpts.keys()):
        for code in LANGUAGES:
            call = calls[group][code]
            spans = [(call.index(e[code]), call.index(e[code]) + len(e[code])) for e in excerpts[group]]
            for paragraph in paragraphs(call):
                for s in sentences(call, paragraph):
                    shared = max(min(s.end, end) - max(s.start, start) for start, end in spans)
                    rows.append((s.of(call), shared >= 20, code, group))
    for number, line in enumerate((TRAINING / "sentences.jsonl").read_text(encoding="utf-8").splitlines()):
        row = json.loads(line)
        rows.append((row["text"], row["need"], row["lang"], f"sentence {number}"))
    return rows


def main() -> None:
    """Cross-validate, print, and write the weights where asked."""
    text, label, language, call = (list(column) for column in zip(*marked_sentences(), strict=True))
    y, of = np.array(label), np.array(language)
    vectorizer = CountVectorizer(analyzer=needs.words, min_df=3)
    model = make_pipeline(vectorizer, Normalizer(), LogisticRegression(C=10, max_iter=2000))
    predicted = cross_val_predict(model, text, y, groups=call, cv=GroupKFold(8), method="predict_proba")[:, 1]
    print(f"{len(y)} sentences, {y.mean():.0%} of them needs")
    for code in LANGUAGES:
        here = of == code
        print(
            f"{code}: AUC {roc_auc_score(y[here], predicted[here]):.3f}, {accuracy_score(y[here], predicted[here] >= 0.5):.1%} told right"
        )
    model.fit(text, y)
    weights = dict(zip(vectorizer.get_feature_names_out(), model[-1].coef_[0], strict=True))
    telling = {str(word): round(float(w), 3) for word, w in weights.items()}
    if "--write" in sys.argv:
        stored = {"intercept": round(float(model[-1].intercept_[0]), 3), "weights": telling}
        target = Path(needs.__file__).with_suffix(".json")
        target.write_text(json.dumps(stored, ensure_ascii=False, indent=0, sort_keys=True) + "\n", encoding="utf-8")
        print(f"wrote {len(telling)} words to {target.relative_to(ROOT)}")
        rows = [{"lang": code, "need": bool(n), "text": t} for t, n, code in zip(text, label, language, strict=True)]
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (ROOT / "indexer" / "encoder" / "needs.jsonl").write_text(lines, encoding="utf-8")


if __name__ == "__main__":
    main()
