"""Lexical scores: BM25 over character n-grams of folded words.

Character n-grams find acronyms and standards whole ("ISO 26262"), cognates across French and English ("photonique", "photonics"),
inflections and typing errors; words and stems on top of them added little and only within one language.

A passage has ten times as many n-grams as words, so the index holds the words of each passage, and the n-grams of each distinct word.
"""

import hashlib
import re
import unicodedata
from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .ragged import Ragged, mapped

__all__ = ["LexicalIndex", "LexicalQuery", "character_ngrams", "fold", "folded_words"]

NGRAM_LENGTHS = (3, 4, 5)
K1, B = 1.5, 0.75
"""BM25's usual parameters: how fast repetition saturates, how much a long passage is held back."""
MAX_POSTINGS = 20_000
"""Passages looked at to find candidates by words, those with the most telling words first."""
CHUNK = 50_000
ARRAYS = ("words", "ngrams", "idf", "norms")
LISTS = ("holders", "passages", "postings")
_WORD = re.compile(r"\w+")

Scores = NDArray[np.float32]
Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]


def fold(text: str) -> str:
    """Lower case, accents removed, compatibility characters replaced by their plain form."""
    if text.isascii():
        return text.casefold()
    plain = unicodedata.normalize("NFKD", text).casefold()  # some characters are upper case only once decomposed
    decomposed = unicodedata.normalize("NFKD", plain)
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def folded_words(text: str) -> list[str]:
    """The words of `text`, folded, in order and with repetitions."""
    return _WORD.findall(fold(text))


def character_ngrams(text: str) -> list[str]:
    """The n-grams of each word of `text`, the word set between blanks, in order and with repetitions.

    A word shorter than an n-gram counts once, whole.
    """
    ngrams = []
    for word in folded_words(text):
        padded = f" {word} "
        for n in NGRAM_LENGTHS:
            if len(padded) <= n:
                ngrams.append(padded)
                break
            ngrams.extend(padded[i : i + n] for i in range(len(padded) - n + 1))
    return ngrams


@dataclass(frozen=True, slots=True)
class LexicalIndex:
    """BM25 (Lucene's variant) over passages, known by row number.

    words, ngrams: sorted 64-bit keys; idf: of each n-gram, float32; norms: of each passage, what length adds to a count, float32;
    holders: words by n-gram; passages: words by passage; postings: passages by word.
    """

    words: NDArray[np.uint64]
    ngrams: NDArray[np.uint64]
    idf: Scores
    norms: Scores
    holders: Ragged
    passages: Ragged
    postings: Ragged

    @classmethod
    def build(cls, texts: Iterable[str]) -> "LexicalIndex":
        """Index `texts`, one row each."""
        words, passages = _counted(texts, folded_words)
        ngrams, of_word = _counted(words, character_ngrams)
        lengths = passages @ of_word.sum(axis=1)
        frequency = np.zeros(len(ngrams), np.int64)
        present, has = passages.sign().tocsr(), of_word.sign().tocsr()
        for first in range(0, len(lengths), CHUNK):
            frequency += np.bincount((present[first : first + CHUNK] @ has).indices, minlength=len(ngrams))
        word_keys, ngram_keys = _keys(words), _keys(ngrams)
        by_word, by_ngram = np.argsort(word_keys), np.argsort(ngram_keys)
        passages = passages[:, by_word]
        return cls(
            words=word_keys[by_word],
            ngrams=ngram_keys[by_ngram],
            idf=np.log1p((len(lengths) - frequency + 0.5) / (frequency + 0.5))[by_ngram].astype(np.float32),
            norms=(K1 * (1 - B + B * lengths / max(lengths.mean(), 1))).astype(np.float32),
            holders=Ragged.of(of_word[by_word][:, by_ngram].T.tocsr()),
            passages=Ragged.of(passages),
            postings=Ragged.of(passages.T.tocsr()),
        )

    @classmethod
    def load(cls, folder: Path) -> "LexicalIndex":
        """Open what `save` wrote, memory-mapped. Raises OSError or ValueError."""
        words, ngrams, idf, norms = (mapped(folder / f"{name}.npy") for name in ARRAYS)
        holders, passages, postings = (Ragged.load(folder, name) for name in LISTS)
        return cls(words, ngrams, idf, norms, holders, passages, postings)

    def save(self, folder: Path) -> None:
        """Write the index into `folder`, which is made: NumPy arrays."""
        folder.mkdir()
        for name in ARRAYS:
            np.save(folder / f"{name}.npy", getattr(self, name))
        for name in LISTS:
            getattr(self, name).save(folder, name)

    def __len__(self) -> int:
        return len(self.passages)

    def query(self, text: str) -> "LexicalQuery":
        """A topic, ready to score passages. Each of its n-grams counts once, so a word repeated in a long topic does not outweigh the rest."""
        keys = [_ngram_keys(word) for word in dict.fromkeys(folded_words(text))]
        ngrams = np.sort(_places(self.ngrams, np.concatenate([*keys, _keys(())])))
        return LexicalQuery(self, ngrams[np.flatnonzero(np.diff(ngrams, prepend=-1))])

    def passages_with(self, word: str, rows: range) -> int:
        """How many of the passages in `rows` have the word `word` (folded)."""
        for number in _places(self.words, _keys([word])):
            own = self.postings.items[self.postings.start[number] : self.postings.start[number + 1]]
            first, last = np.searchsorted(own, np.array([rows.start, rows.stop], own.dtype))
            return int(last - first)
        return 0


class LexicalQuery:
    """The n-grams of a topic against the passages of an index."""

    def __init__(self, index: LexicalIndex, ngrams: NDArray[np.int64]) -> None:
        """ngrams: their numbers in the index."""
        self.ngrams = ngrams
        self._index = index
        self._idf = index.idf[ngrams]

    def scores(self, rows: Rows) -> Scores:
        """BM25 scores of the passages at `rows`: shape (len(rows),), float32, 0 where nothing is shared."""
        words = self._index.passages.take(rows)
        touched = self._touched
        place = touched.place[words.items]
        shared = np.flatnonzero(place)
        of_passage = (
            words.counts[shared].astype(np.float32),
            place[shared] - 1,
            np.searchsorted(shared, words.start),
        )
        found = sparse.csr_array(of_passage, (len(rows), len(touched.words))) @ touched.ngrams
        row = np.repeat(np.arange(len(rows)), np.diff(found.indptr))
        weights = self._idf[found.indices] * found.data / (found.data + self._index.norms[rows][row])
        return np.bincount(row, weights, minlength=len(rows)).astype(np.float32)

    def candidates(self, depth: int, rows: range, allowed: Mask | None) -> Rows:
        """About `depth` of the best passages within `rows`, and where `allowed`: ascending row numbers, int64.

        Passages of the words that share most with the topic, `MAX_POSTINGS` of all languages together.
        """
        passages, gains = self._reached
        first, last = np.searchsorted(passages, [rows.start, rows.stop])
        passages, gains = passages[first:last], gains[first:last]
        if allowed is not None:
            kept = allowed[passages]
            passages, gains = passages[kept], gains[kept]
        if len(passages) > depth:
            passages = np.sort(passages[np.argpartition(-gains, depth)[:depth]])
        return passages

    @cached_property
    def _reached(self) -> tuple[Rows, NDArray[np.float64]]:
        """Passages with telling words, ascending, and about what they score."""
        touched = self._touched
        in_one = touched.ngrams.copy()
        in_one.data = in_one.data / (in_one.data + K1)
        gain = in_one @ self._idf  # of a passage of average length that has the word once
        postings = self._index.postings
        frequency = postings.start[touched.words + 1] - postings.start[touched.words]
        best = np.argsort(-gain, kind="stable")
        best = best[frequency[best] <= MAX_POSTINGS // 2]
        best = best[np.cumsum(frequency[best]) <= MAX_POSTINGS]
        found = postings.take(touched.words[best].astype(np.int64))
        passages, of_passage = np.unique(found.items, return_inverse=True)
        about = np.bincount(of_passage, gain[best][found.owners()], minlength=len(passages))
        return passages.astype(np.int64), np.asarray(about, np.float64)

    @cached_property
    def _touched(self) -> "_Touched":
        holders = self._index.holders.take(self.ngrams)
        present = np.zeros(len(self._index.words), np.bool_)
        present[holders.items] = True
        words = np.flatnonzero(present)
        place = np.zeros(len(present), np.int32)
        place[words] = np.arange(1, len(words) + 1)
        of_ngram = (holders.counts.astype(np.float32), place[holders.items] - 1, holders.start)
        return _Touched(words, place, sparse.csc_array(of_ngram, (len(words), len(self.ngrams))).tocsr())


@dataclass(frozen=True, slots=True)
class _Touched:
    """Words that have n-grams of a topic: their numbers, their places among these from 1 by number (0 for other words), and how often
    each has which n-gram, shape (n_words, n_ngrams), float32."""

    words: NDArray[np.int64]
    place: NDArray[np.int32]
    ngrams: "sparse.csr_array"


def _counted(texts: Iterable[str], split: Callable[[str], Sequence[str]]) -> tuple[list[str], "sparse.csr_array"]:
    """The distinct pieces of texts in order of appearance, and how often each text has each: shape (n_texts, n_pieces), int32."""
    numbers: dict[str, int] = {}
    items, start = array("i"), array("q", [0])
    for text in texts:
        items.extend([numbers.setdefault(piece, len(numbers)) for piece in split(text)])
        start.append(len(items))
    indices, indptr = np.array(items, np.int32), np.array(start, np.int64)
    matrix = sparse.csr_array((np.ones(len(indices), np.int32), indices, indptr), (len(start) - 1, len(numbers)))
    matrix.sum_duplicates()
    return list(numbers), matrix


def _keys(pieces: Iterable[str]) -> NDArray[np.uint64]:
    """64 bits of a hash of each: even among ten million pieces hardly ever the same for two."""
    digests = b"".join(hashlib.blake2b(piece.encode(), digest_size=8).digest() for piece in pieces)
    return np.frombuffer(digests, np.uint64)


@lru_cache(maxsize=8_192)
def _ngram_keys(word: str) -> NDArray[np.uint64]:
    """Keys of the n-grams of a folded word: the same words are asked about again and again."""
    return _keys(character_ngrams(word))


def _places(sorted_keys: NDArray[np.uint64], keys: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Places of those keys that are known, in the order given."""
    places = np.searchsorted(sorted_keys, keys)
    known = places < len(sorted_keys)
    known[known] = sorted_keys[places[known]] == keys[known]
    return places[known]
