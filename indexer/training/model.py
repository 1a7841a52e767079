"""A BERT to train: texts to unit vectors, computed in 16 bits from weights kept in 32."""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch.nn.functional import normalize
from transformers import AutoModel, AutoTokenizer

__all__ = ["TrainedEncoder"]

CHUNK = 12


class TrainedEncoder:
    """Weights under training. Texts come with their prompt; `max_tokens` cuts each.

    The model computes in bfloat16, some three times faster on processors that have it; `parameters` are its weights in float32, for an
    optimizer to move. After `loss.backward()`: `take_gradients`, optimizer step, `use`.
    """

    def __init__(self, folder: Path) -> None:
        """Load a sentence-transformers folder (mean pooling). The embedding tables stay as they are."""
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        # Eager attention: on CPU the backward pass of the fused one takes several times as long.
        model = AutoModel.from_pretrained(folder, add_pooling_layer=False, attn_implementation="eager")
        self.model = model.eval()
        self.model.embeddings.requires_grad_(False)
        moved = {name: weight for name, weight in self.model.named_parameters() if weight.requires_grad}
        self.parameters = {name: torch.nn.Parameter(weight.detach().clone()) for name, weight in moved.items()}
        self.model.to(torch.bfloat16)
        self._computing = dict(self.model.named_parameters())

    def encode(self, texts: Sequence[str], max_tokens: int) -> torch.Tensor:
        """Unit vectors without gradient: shape (len(texts), dim), float32."""
        with torch.no_grad():
            return self.forward(texts, max_tokens)

    def forward(self, texts: Sequence[str], max_tokens: int) -> torch.Tensor:
        """Unit vectors to compute a loss of: shape (len(texts), dim), float32."""
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        chunks = [[texts[i] for i in order[start : start + CHUNK]] for start in range(0, len(order), CHUNK)]
        vectors = torch.cat([self._pooled(chunk, max_tokens) for chunk in chunks])
        return vectors[torch.argsort(torch.tensor(order))]

    def take_gradients(self) -> None:
        """Hand the gradients of the computing weights to `parameters`."""
        for name, parameter in self.parameters.items():
            gradient = self._computing[name].grad
            parameter.grad = None if gradient is None else gradient.float()
            self._computing[name].grad = None

    def use(self, weights: dict[str, torch.Tensor] | None = None) -> None:
        """Compute with these weights, by default with `parameters`."""
        with torch.no_grad():
            for name, weight in (weights or self.parameters).items():
                self._computing[name].copy_(weight)

    def _pooled(self, texts: list[str], max_tokens: int) -> torch.Tensor:
        batch = self.tokenizer(texts, padding=True, truncation=True, max_length=max_tokens, return_tensors="pt")
        hidden = self.model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).last_hidden_state
        weight = batch["attention_mask"].unsqueeze(-1).float()
        return normalize((hidden.float() * weight).sum(1) / weight.sum(1), dim=-1)
