"""Turn text into vectors with a prepared encoder: a graph run by OpenVINO and a tokenizer, no torch.

A prepared encoder is a folder, written by `indexer.encoder.prepare`:

    encoder.json      what it is (`EncoderInfo`), the SHA-256 of the other files, mean vectors of each language,
                      what tells a need from other sentences
    model.xml/.bin    graph from token ids and mask to the unit sentence vector, weights in 16 bits
    solved.npy        topics with known answers and those answers, shape (2, n, dim), int8; not every encoder has them
    elsewhere.npy     answers to these and other topics, shape (m, dim), float16; where the former is
    tokenizer.json    of the tokenizers library, or pieces.model and normalizer.json (see search.tokenizer)
"""

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .errors import EncoderError
from .expansion import SolvedTopics
from .files import sha256_of
from .language import LanguageMeans, unit_rows
from .needs import NeedClassifier
from .runtime import import_openvino
from .tokenizer import load_tokenizer, padded, padded_length

__all__ = [
    "ELSEWHERE",
    "ENCODER_FORMAT",
    "SOLVED",
    "Advance",
    "Encoder",
    "EncoderInfo",
    "OpenVinoEncoder",
    "read_description",
    "write_description",
]

ENCODER_FORMAT = 3
SOLVED, ELSEWHERE = "solved.npy", "elsewhere.npy"
BATCH_SIZE = 16
RUN_COST = 50
"""What a run costs besides its tokens, in tokens: about as long as they take, the weights are being fetched."""

Vectors = NDArray[np.float32]
Advance = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class EncoderInfo:
    """What identifies an encoder and how it is fed.

    `digest` is the SHA-256 over weights, tokenizer and prompts: vectors of encoders with different digests do not mix.
    """

    name: str
    digest: str
    dimension: int
    max_tokens: int
    query_prompt: str
    passage_prompt: str
    pad_id: int


class Encoder(Protocol):
    """Text to unit vectors, topics and passages apart.

    `means` are the prior for the language means of a collection; `needs` tells from a sentence's vector whether it says what is needed;
    `solved` are topics with known answers, perhaps none.
    """

    info: EncoderInfo
    means: LanguageMeans
    needs: NeedClassifier
    solved: SolvedTopics

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Topics: shape (len(texts), dimension), float32, unit rows in the order given."""
        ...

    def encode_passages(self, texts: Sequence[str], advance: Advance | None = None) -> Vectors:
        """Passages, shaped as above; `advance` is called with the number of texts just done."""
        ...


class OpenVinoEncoder:
    """A prepared encoder, run by OpenVINO on the CPU. Safe to call from several threads (one runs at a time).

    The precision is OpenVINO's default for the processor: bf16 where the hardware has it, else f32.
    """

    def __init__(self, folder: Path, verify: bool = True) -> None:
        """Load the encoder in `folder`; `verify` recomputes the SHA-256 of its files.

        Raises EncoderError where the folder is not a prepared encoder of this format, or is damaged.
        """
        self.info, self.means, self.needs = read_description(folder, verify)
        self.solved = _read_solved(folder, self.info.dimension)
        self._tokenizer = load_tokenizer(folder)
        compiled = import_openvino().Core().compile_model(folder / "model.xml", "CPU", {"PERFORMANCE_HINT": "LATENCY"})
        self._request = compiled.create_infer_request()
        self._lock = threading.Lock()

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """See `Encoder.encode_queries`."""
        return self._encode([self.info.query_prompt + text for text in texts], None)

    def encode_passages(self, texts: Sequence[str], advance: Advance | None = None) -> Vectors:
        """See `Encoder.encode_passages`."""
        return self._encode([self.info.passage_prompt + text for text in texts], advance)

    def _encode(self, texts: list[str], advance: Advance | None) -> Vectors:
        vectors = np.zeros((len(texts), self.info.dimension), np.float32)
        tokens = self._tokenizer.ids(texts, self.info.max_tokens)
        for batch in _batches([len(of_text) for of_text in tokens]):
            ids, mask = padded([tokens[i] for i in batch], self.info.pad_id)
            with self._lock:
                vectors[batch] = self._request.infer({0: ids, 1: mask})[0]
            if advance:
                advance(len(batch))
        return unit_rows(vectors)


def _batches(lengths: Sequence[int]) -> list[list[int]]:
    """Positions in batches of at most `BATCH_SIZE`, such that all together take the least time, padding included.

    lengths: in tokens. Texts of a batch are neighbours in order of length.
    """
    order = sorted(range(len(lengths)), key=lengths.__getitem__)
    costs, begins = [0], [0]
    for end, longest in enumerate(order, 1):
        cost, begin = min(
            (costs[b] + RUN_COST + (end - b) * padded_length(lengths[longest], end - b), b)
            for b in range(max(0, end - BATCH_SIZE), end)
        )
        costs.append(cost)
        begins.append(begin)
    batches = []
    end = len(order)
    while end:
        batches.append(order[begins[end] : end])
        end = begins[end]
    return batches[::-1]


def _read_solved(folder: Path, dimension: int) -> SolvedTopics:
    if not (folder / SOLVED).is_file():
        return SolvedTopics(*3 * [np.empty((0, dimension), np.float32)])
    try:
        solved, elsewhere = (np.load(folder / name, allow_pickle=False) for name in (SOLVED, ELSEWHERE))
    except (OSError, ValueError) as error:
        raise EncoderError(f"cannot read what {folder} knows ({error}); index again to prepare the encoder") from error
    if (solved.shape[::2], elsewhere.shape[1:]) != ((2, dimension), (dimension,)):
        raise EncoderError(
            f"{folder} has {SOLVED} of shape {solved.shape} and {ELSEWHERE} of {elsewhere.shape}, expected (2, n, {dimension}) and (m, {dimension}); index again to prepare it"
        )
    return SolvedTopics(*(unit_rows(vectors.astype(np.float32)) for vectors in (*solved, elsewhere)))


def read_description(folder: Path, verify: bool) -> tuple[EncoderInfo, LanguageMeans, NeedClassifier]:
    """Read encoder.json and check the files it names (their SHA-256 where `verify`, else that they exist). Raises EncoderError."""
    path = folder / "encoder.json"
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        found_format = stored["format"]
        if found_format == ENCODER_FORMAT:
            info, files = EncoderInfo(**stored["info"]), dict(stored["files"])
            query, passage = (
                {code: np.array(mean, np.float32) for code, mean in stored["means"][role].items()}
                for role in ("query", "passage")
            )
            needs = NeedClassifier(
                np.array(stored["needs"]["weights"], np.float32), float(stored["needs"]["intercept"])
            )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise EncoderError(
            f"{folder} is not a prepared encoder: {path.name} cannot be read ({error!r}); index again to prepare it"
        ) from error
    if found_format != ENCODER_FORMAT:
        raise EncoderError(
            f"{folder} holds an encoder of format {found_format}, expected {ENCODER_FORMAT}; index again to prepare it"
        )
    for name, expected in files.items():
        file = folder / name
        found = (sha256_of(file) if verify else expected) if file.is_file() else "no such file"
        if found != expected:
            raise EncoderError(
                f"encoder damaged: {file} has SHA-256 {found[:16]}, expected {expected[:16]}; index again to replace it"
            )
    return info, LanguageMeans(query, passage), needs


def write_description(folder: Path, info: EncoderInfo, means: LanguageMeans, needs: NeedClassifier) -> None:
    """Write encoder.json, with the SHA-256 of every other file in `folder`."""
    stored = {
        "format": ENCODER_FORMAT,
        "info": asdict(info),
        "files": {file.name: sha256_of(file) for file in sorted(folder.iterdir()) if file.name != "encoder.json"},
        "means": {
            role: {code: [round(float(x), 6) for x in mean] for code, mean in by_code.items()}
            for role, by_code in (("query", means.query), ("passage", means.passage))
        },
        "needs": {"weights": [round(float(x), 4) for x in needs.weights], "intercept": round(needs.intercept, 4)},
    }
    (folder / "encoder.json").write_text(json.dumps(stored, indent=1), encoding="utf-8")
