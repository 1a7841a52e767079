"""Prepare an encoder: weights carried by a package, or any sentence-transformers model, into a graph that serves without torch."""

from .prepare import DEFAULT_ENCODER, PLAIN_ENCODER, prepare

__all__ = ["DEFAULT_ENCODER", "PLAIN_ENCODER", "prepare"]
