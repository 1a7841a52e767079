"""A BERT to train: texts to unit vectors, and gradients for large batches in little memory."""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch.nn.functional import normalize
from transformers import AutoModel, AutoTokenizer

__all__ = ["TrainedEncoder"]

CHUNK = 12


class TrainedEncoder:
    """Weights under training. Texts come with their prompt; `max_tokens` cuts each."""

    def __init__(self, folder: Path, device: str = "cpu") -> None:
        """Load a sentence-transformers folder (mean pooling). The embedding tables stay as they are."""
        self.device = device
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModel.from_pretrained(folder, add_pooling_layer=False).to(device).eval()
        for parameter in self.model.embeddings.parameters():
            parameter.requires_grad = False
        self.parameters = [parameter for parameter in self.model.parameters() if parameter.requires_grad]

    def encode(self, texts: Sequence[str], max_tokens: int) -> torch.Tensor:
        """Unit vectors without gradient: shape (len(texts), dim), float32."""
        vectors = torch.zeros(len(texts), self.model.config.hidden_size, device=self.device)
        with torch.no_grad():
            for chunk in _by_length(texts):
                vectors[chunk] = self._forward([texts[i] for i in chunk], max_tokens)
        return vectors

    def backward(self, texts: Sequence[str], gradient: torch.Tensor, max_tokens: int) -> None:
        """Add to the weights' gradients what `gradient`, of the loss by the vectors, means for them.

        With `encode` first and the loss computed on its result, this trains on batches that would not fit in memory at once (gradient
        caching: Gao and others 2021, "Scaling Deep Contrastive Learning Batch Size under Memory Limited Setup").
        """
        for chunk in _by_length(texts):
            (self._forward([texts[i] for i in chunk], max_tokens) * gradient[chunk]).sum().backward()  # type: ignore[no-untyped-call]

    def _forward(self, texts: list[str], max_tokens: int) -> torch.Tensor:
        batch = self.tokenizer(texts, padding=True, truncation=True, max_length=max_tokens, return_tensors="pt").to(
            self.device
        )
        with torch.autocast(self.device, torch.bfloat16):
            hidden = self.model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).last_hidden_state
        weight = batch["attention_mask"].unsqueeze(-1).float()
        return normalize((hidden.float() * weight).sum(1) / weight.sum(1), dim=-1)


def _by_length(texts: Sequence[str]) -> list[list[int]]:
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    return [order[start : start + CHUNK] for start in range(0, len(order), CHUNK)]
