"""Train the encoder on the task: topics to capabilities, across languages. Needs torch; `make train` runs it."""

__all__: list[str] = []
