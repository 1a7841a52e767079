"""Text to token ids, for the graph that an encoder runs.

A prepared encoder comes with one of two tokenizers. Models of the XLM-RoBERTa family (multilingual-e5 among them) split text by a
table of 250,000 pieces, for which sentencepiece takes a fifth of the memory that the tokenizers library does; all others use the latter.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer as FastTokenizer

__all__ = ["NORMALIZER", "PIECES", "TOKENIZER", "Tokenizer", "load_tokenizer", "padded", "padded_length"]

TOKENIZER = "tokenizer.json"
PIECES, NORMALIZER = "pieces.model", "normalizer.json"
LENGTH_STEP, LENGTH_STEP_ALONE = 16, 32
"""Lengths that batches are padded to, and single texts. A graph run with another shape than before takes a millisecond and a half to prepare
for it, so that most topics, which come one by one, are better given one shape."""

Ids = NDArray[np.int64]


class Tokenizer(Protocol):
    """Splits text into token ids, begin and end marks included."""

    def ids(self, texts: Sequence[str], max_tokens: int) -> list[list[int]]:
        """Token ids of each text, cut to `max_tokens`."""
        ...


def load_tokenizer(folder: Path) -> Tokenizer:
    """The tokenizer of a prepared encoder."""
    return _Pieces(folder) if (folder / PIECES).is_file() else _Fast(folder)


def padded(ids: Sequence[Sequence[int]], pad_id: int) -> tuple[Ids, Ids]:
    """Ids and attention mask of a batch: two arrays of shape (len(ids), length), int64, padded on the right."""
    length = padded_length(max(map(len, ids)), len(ids))
    batch = np.full((len(ids), length), pad_id, np.int64)
    mask = np.zeros((len(ids), length), np.int64)
    for row, tokens in enumerate(ids):
        batch[row, : len(tokens)] = tokens
        mask[row, : len(tokens)] = 1
    return batch, mask


def padded_length(longest: int, texts: int) -> int:
    """How long a batch of so many texts is, of which the longest has `longest` tokens."""
    step = LENGTH_STEP if texts > 1 else LENGTH_STEP_ALONE
    return -(-longest // step) * step


class _Fast:
    def __init__(self, folder: Path) -> None:
        self._tokenizer = FastTokenizer.from_file(str(folder / TOKENIZER))
        self._tokenizer.no_padding()

    def ids(self, texts: Sequence[str], max_tokens: int) -> list[list[int]]:
        self._tokenizer.enable_truncation(max_tokens)
        return [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]


class _Pieces:
    """Unigram pieces by sentencepiece, behind the normalizer of the original tokenizer.

    A mark such as "</s>" written in a text is plain text here, not a token.
    """

    def __init__(self, folder: Path) -> None:
        from sentencepiece import SentencePieceProcessor

        stored = json.loads((folder / NORMALIZER).read_text(encoding="utf-8"))
        self._begin, self._end = stored["begin"], stored["end"]
        self._normalizer = FastTokenizer.from_str(json.dumps(stored["tokenizer"])).normalizer
        self._pieces = SentencePieceProcessor(model_file=str(folder / PIECES))

    def ids(self, texts: Sequence[str], max_tokens: int) -> list[list[int]]:
        room = max_tokens - len(self._begin) - len(self._end)
        normalized = [self._normalizer.normalize_str(text) if self._normalizer else text for text in texts]
        # One by one: for a list sentencepiece starts threads anew, which takes longer than a topic does.
        return [self._begin + self._pieces.encode(text)[:room] + self._end for text in normalized]
