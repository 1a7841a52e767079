"""Store a model's tokenizer in the form that serves it best (see search.tokenizer).

Most of a multilingual vocabulary is never used where people write two languages, but what is used lies scattered over all of it, and every
page of the file that holds one used vector is kept in memory whole. So pieces are numbered anew, those likely to be used first.
"""

import json
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from search.errors import EncoderError
from search.tokenizer import NORMALIZER, PIECES, TOKENIZER

__all__ = ["Numbers", "write_tokenizer"]

_LATIN = re.compile(r"[\u2581\u0000-\u024f]*")

Description = dict[str, Any]
Numbers = NDArray[np.int64]


def write_tokenizer(model_folder: Path, folder: Path, pad_id: int, likely: Sequence[str]) -> Numbers | None:
    """Write the tokenizer of a sentence-transformers folder into a prepared encoder's.

    Returns for each token id of the served tokenizer the model's own; None where they are the same. pad_id: what fills short texts;
    likely: texts whose pieces come first. Raises EncoderError.
    """
    source = model_folder / TOKENIZER
    if not source.is_file():
        raise EncoderError(f"{model_folder} has no {TOKENIZER}; only models with a fast tokenizer can be served")
    description = json.loads(source.read_text(encoding="utf-8"))
    if _is_sentencepiece(description):
        return _write_pieces(source, description, folder, pad_id, likely)
    shutil.copyfile(source, folder / TOKENIZER)
    return None


def _is_sentencepiece(description: Description) -> bool:
    model, words = description["model"], description.get("pre_tokenizer") or {}
    return bool(model.get("type") == "Unigram" and not model.get("byte_fallback") and words.get("type") == "Metaspace")


def _write_pieces(source: Path, description: Description, folder: Path, pad_id: int, likely: Sequence[str]) -> Numbers:
    from sentencepiece import sentencepiece_model_pb2

    sentencepiece: Any = sentencepiece_model_pb2  # generated code without types

    tokenizer = Tokenizer.from_file(str(source))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    begin, end = _marks(tokenizer)
    special = {token.content for token in tokenizer.get_added_tokens_decoder().values()}
    vocabulary, unknown = description["model"]["vocab"], description["model"]["unk_id"]
    proto = sentencepiece.ModelProto()
    kinds = sentencepiece.ModelProto.SentencePiece
    fixed = {row for row, (piece, _) in enumerate(vocabulary) if piece in special} | {unknown, *begin, *end, pad_id}
    own = _by_likelihood(tokenizer, [piece for piece, _ in vocabulary], fixed, likely)
    for row in own:
        piece, score = vocabulary[row]
        kind = kinds.UNKNOWN if row == unknown else kinds.CONTROL if piece in special else kinds.NORMAL
        proto.pieces.add(piece=piece, score=score, type=kind)
    proto.trainer_spec.model_type = sentencepiece.TrainerSpec.UNIGRAM
    proto.trainer_spec.unk_piece = vocabulary[unknown][0]
    proto.normalizer_spec.name = "identity"
    proto.normalizer_spec.remove_extra_whitespaces = False
    (folder / PIECES).write_bytes(proto.SerializeToString())

    normalizer: Description = {
        **description,
        "model": {"type": "Unigram", "vocab": [["", 0.0]], "unk_id": 0},
        "added_tokens": [],
        "post_processor": None,
    }
    (folder / NORMALIZER).write_text(
        json.dumps({"begin": begin, "end": end, "tokenizer": normalizer}), encoding="utf-8"
    )
    return own


def _by_likelihood(tokenizer: Tokenizer, pieces: Sequence[str], fixed: set[int], likely: Sequence[str]) -> Numbers:
    """Numbers of all pieces: those in the likely texts, others in Latin letters, the rest; the fixed ones stay where they are."""
    seen = {token for encoding in tokenizer.encode_batch(list(likely)) for token in encoding.ids}
    rank = np.array([0 if i in seen else 1 if _LATIN.fullmatch(piece) else 2 for i, piece in enumerate(pieces)])
    moved = np.array([i for i in range(len(pieces)) if i not in fixed])
    own = np.arange(len(pieces))
    own[moved] = moved[np.argsort(rank[moved], kind="stable")]
    return own


def _marks(tokenizer: Tokenizer) -> tuple[list[int], list[int]]:
    """Ids that the tokenizer puts before and after every text."""
    marked, bare = tokenizer.encode("a").ids, tokenizer.encode("a", add_special_tokens=False).ids
    start = next(i for i in range(len(marked)) if marked[i : i + len(bare)] == bare)
    return marked[:start], marked[start + len(bare) :]
