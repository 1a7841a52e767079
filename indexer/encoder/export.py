"""Export a sentence-transformers model as a graph that OpenVINO runs (needs torch)."""

import logging
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from sentence_transformers import SentenceTransformer

from search.errors import EncoderError
from search.runtime import import_openvino

from .tokenizer import Numbers

__all__ = ["export_onnx", "export_openvino", "load_sentence_transformer"]


def load_sentence_transformer(source: str) -> SentenceTransformer:
    """Load a folder or a hub name, with the attention that can be exported. Raises EncoderError."""
    try:
        return SentenceTransformer(
            source,
            device="cpu",
            local_files_only=Path(source).is_dir(),
            model_kwargs={"attn_implementation": "eager"},
        ).eval()
    except Exception as error:  # the library raises many kinds: missing files, no network, unknown architectures
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise EncoderError(
            f"cannot load {source!r} as a sentence-transformers model: {reason}; give a folder saved by sentence-transformers or a hub name"
        ) from error


class _UnitSentence(torch.nn.Module):
    def __init__(self, model: SentenceTransformer) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        features = self.model({"input_ids": input_ids, "attention_mask": attention_mask})
        return torch.nn.functional.normalize(features["sentence_embedding"], dim=-1)


def export_onnx(model: SentenceTransformer, path: Path) -> None:
    """Write the graph from (input_ids, attention_mask), both int64 of shape (batch, tokens), to unit vectors (batch, dim)."""
    ids, mask = torch.ones(2, 12, dtype=torch.long), torch.ones(2, 12, dtype=torch.long)
    mask[1, 6:] = 0
    batch, tokens = {0: "batch"}, {0: "batch", 1: "tokens"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracer warns about shape checks in Python that do not reach the graph
        logging.getLogger("torch.onnx").setLevel(logging.ERROR)
        torch.onnx.export(
            _UnitSentence(model), (ids, mask), str(path), input_names=["input_ids", "attention_mask"], output_names=["embedding"],
            opset_version=17, dynamo=False, dynamic_axes={"input_ids": tokens, "attention_mask": tokens, "embedding": batch},
        )  # fmt: skip


def export_openvino(model: SentenceTransformer, folder: Path, own: Numbers | None) -> None:
    """Write the same graph as model.xml and model.bin, weights in 16 bits, into `folder`.

    own: for each token id that the graph will be given the model's own, None where they are the same.
    """
    with tempfile.TemporaryDirectory(dir=folder) as temporary, _renumbered(model, own):
        onnx = Path(temporary) / "model.onnx"
        export_onnx(model, onnx)
        openvino = import_openvino()
        openvino.save_model(openvino.Core().read_model(onnx), folder / "model.xml", compress_to_fp16=True)


@contextmanager
def _renumbered(model: SentenceTransformer, own: Numbers | None) -> Iterator[None]:
    """Have the rows of the model's token vectors in another order for a while. Raises EncoderError where pieces have none."""
    if own is None:
        yield
        return
    transformer: Any = model[0]
    table = transformer.auto_model.get_input_embeddings().weight
    before = table.data
    if len(own) > len(before):
        raise EncoderError(
            f"the model's tokenizer has {len(own):,} pieces, its table only {len(before):,} vectors; give a whole model"
        )
    order = torch.arange(len(before))
    order[: len(own)] = torch.from_numpy(own)
    table.data = before[order]
    try:
        yield
    finally:
        table.data = before
