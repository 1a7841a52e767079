"""The snapshot that the service answers from."""

from search import Searcher

__all__ = ["Live"]


class Live:
    """Holds the searcher in use. A request takes `searcher` once and keeps it, so that one answer never mixes two snapshots."""

    def __init__(self, searcher: Searcher) -> None:
        self._searcher = searcher

    @property
    def searcher(self) -> Searcher:
        """The searcher of the newest snapshot that could be opened."""
        return self._searcher
