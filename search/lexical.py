"""Lexical scores: BM25 over character n-grams of folded words.

Character n-grams find acronyms and standards whole ("ISO 26262"), cognates across French and English ("photonique", "photonics"),
inflections and typing errors; words and stems on top of them added little and only within one language.
"""

import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import bm25s
import numpy as np
from numpy.typing import NDArray

__all__ = ["LexicalIndex", "character_ngrams", "fold"]

NGRAM_LENGTHS = (3, 4, 5)
_WORD = re.compile(r"\w+")


def fold(text: str) -> str:
    """Lower case, accents removed, compatibility characters replaced by their plain form."""
    plain = unicodedata.normalize("NFKD", text).casefold()  # some characters are upper case only once decomposed
    decomposed = unicodedata.normalize("NFKD", plain)
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def character_ngrams(text: str) -> list[str]:
    """The n-grams of each word of `text`, the word set between blanks, in order and with repetitions.

    A word shorter than an n-gram counts once, whole.
    """
    ngrams = []
    for word in _WORD.findall(fold(text)):
        padded = f" {word} "
        for n in NGRAM_LENGTHS:
            if len(padded) <= n:
                ngrams.append(padded)
                break
            ngrams.extend(padded[i : i + n] for i in range(len(padded) - n + 1))
    return ngrams


class LexicalIndex:
    """BM25 (bm25s, Lucene's variant) over passages; row numbers are those of the passages given to `build`."""

    def __init__(self, bm25: bm25s.BM25, size: int) -> None:
        self._bm25 = bm25
        self._size = size

    @classmethod
    def build(cls, texts: Sequence[str]) -> "LexicalIndex":
        """Index `texts`, one row each."""
        bm25 = bm25s.BM25(method="lucene")
        # A collection without a single word (only punctuation) still needs a vocabulary.
        bm25.index([character_ngrams(text) or [" "] for text in texts], show_progress=False)
        return cls(bm25, len(texts))

    @classmethod
    def load(cls, folder: Path, size: int) -> "LexicalIndex":
        """Open what `save` wrote, memory-mapped; `size` is the number of rows."""
        return cls(bm25s.BM25.load(folder, mmap=True, allow_pickle=False), size)

    def save(self, folder: Path) -> None:
        """Write the index into `folder` (NumPy arrays and JSON)."""
        self._bm25.save(folder, show_progress=False)

    def scores(self, text: str) -> NDArray[np.float32]:
        """BM25 score of every row for `text`: shape (n_rows,), float32, 0 where nothing is shared.

        Each n-gram of the query counts once, so a word repeated in a long topic does not outweigh the rest.
        """
        known = self._bm25.vocab_dict
        ngrams = [ngram for ngram in dict.fromkeys(character_ngrams(text)) if ngram in known]
        if not ngrams:
            return np.zeros(self._size, np.float32)
        return np.asarray(self._bm25.get_scores(ngrams), np.float32)

    def passages_with(self, word: str, rows: range) -> int:
        """About how many of the passages in `rows` have `word` (folded)."""
        indptr, indices = self._bm25.scores["indptr"], self._bm25.scores["indices"]
        fewest = len(rows) if word.strip() else 0
        for ngram in character_ngrams(word):
            number = self._bm25.vocab_dict.get(ngram)
            if number is None:
                return 0
            places = indices[indptr[number] : indptr[number + 1]]
            first, last = np.searchsorted(places, np.array([rows.start, rows.stop], places.dtype))
            fewest = min(fewest, int(last - first))
        return fewest
