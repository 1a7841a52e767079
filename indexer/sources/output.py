"""Files that appear whole or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from search.errors import SourceError
from search.files import replacing

__all__ = ["atomic_text"]


@contextmanager
def atomic_text(path: Path) -> Iterator[TextIO]:
    """A UTF-8 file to write to, which takes the place of `path` on leaving without an error.

    Raises SourceError where it cannot be written.
    """
    try:
        with replacing(path) as file:
            yield file
    except OSError as error:
        raise SourceError(f"cannot write {path}: {error.strerror}; make room or choose another place") from error
