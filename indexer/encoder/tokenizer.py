"""Store a model's tokenizer in the form that serves it best (see search.tokenizer)."""

import json
import shutil
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from search.errors import EncoderError
from search.tokenizer import NORMALIZER, PIECES, TOKENIZER

__all__ = ["write_tokenizer"]

Description = dict[str, Any]


def write_tokenizer(model_folder: Path, folder: Path) -> None:
    """Write the tokenizer of a sentence-transformers folder into a prepared encoder's. Raises EncoderError."""
    source = model_folder / TOKENIZER
    if not source.is_file():
        raise EncoderError(f"{model_folder} has no {TOKENIZER}; only models with a fast tokenizer can be served")
    description = json.loads(source.read_text(encoding="utf-8"))
    if _is_sentencepiece(description):
        _write_pieces(source, description, folder)
    else:
        shutil.copyfile(source, folder / TOKENIZER)


def _is_sentencepiece(description: Description) -> bool:
    model, words = description["model"], description.get("pre_tokenizer") or {}
    return bool(model.get("type") == "Unigram" and not model.get("byte_fallback") and words.get("type") == "Metaspace")


def _write_pieces(source: Path, description: Description, folder: Path) -> None:
    from sentencepiece import sentencepiece_model_pb2

    sentencepiece: Any = sentencepiece_model_pb2  # generated code without types

    tokenizer = Tokenizer.from_file(str(source))
    special = {token.content for token in tokenizer.get_added_tokens_decoder().values()}
    vocabulary, unknown = description["model"]["vocab"], description["model"]["unk_id"]
    proto = sentencepiece.ModelProto()
    kinds = sentencepiece.ModelProto.SentencePiece
    for row, (piece, score) in enumerate(vocabulary):
        kind = kinds.UNKNOWN if row == unknown else kinds.CONTROL if piece in special else kinds.NORMAL
        proto.pieces.add(piece=piece, score=score, type=kind)
    proto.trainer_spec.model_type = sentencepiece.TrainerSpec.UNIGRAM
    proto.trainer_spec.unk_piece = vocabulary[unknown][0]
    proto.normalizer_spec.name = "identity"
    proto.normalizer_spec.remove_extra_whitespaces = False
    (folder / PIECES).write_bytes(proto.SerializeToString())

    begin, end = _marks(tokenizer)
    normalizer: Description = {
        **description,
        "model": {"type": "Unigram", "vocab": [["", 0.0]], "unk_id": 0},
        "added_tokens": [],
        "post_processor": None,
    }
    (folder / NORMALIZER).write_text(
        json.dumps({"begin": begin, "end": end, "tokenizer": normalizer}), encoding="utf-8"
    )


def _marks(tokenizer: Tokenizer) -> tuple[list[int], list[int]]:
    """Ids that the tokenizer puts before and after every text."""
    marked, bare = tokenizer.encode("a").ids, tokenizer.encode("a", add_special_tokens=False).ids
    start = next(i for i in range(len(marked)) if marked[i : i + len(bare)] == bare)
    return marked[:start], marked[start + len(bare) :]
