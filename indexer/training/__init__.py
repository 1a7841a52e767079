"""Train the encoder on the task: topics to capabilities, across languages. Needs torch; `make train` runs it."""

from .pairs import Pair, read_pairs

__all__ = ["Pair", "read_pairs"]
