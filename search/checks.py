"""Whether a query can be answered as asked."""

from .errors import InvalidQuery
from .types import Query

__all__ = ["MAX_EXAMPLES", "MAX_TOPIC_CHARS", "check_page", "check_query"]

MAX_TOPIC_CHARS = 32_000
MAX_EXAMPLES = 10
"""Members and texts that a ranking is steered towards, and as many away from."""


def check_query(query: Query) -> None:
    """Raises InvalidQuery where the topic, what steers it, the limit or the offset cannot be used."""
    _check_text("topic", query.topic)
    for name in ("like", "unlike"):
        examples = getattr(query, name)
        if len(examples) > MAX_EXAMPLES:
            raise InvalidQuery(
                f"{name} has {len(examples)} values, at most {MAX_EXAMPLES} are accepted; keep the most telling"
            )
        for text in examples:
            _check_text(name, text)
    for name in ("diversity", "min_relevance", "fairness"):
        value = getattr(query, name)
        if not 0 <= value <= 1:
            raise InvalidQuery(f"{name} is {value:g}, a number from 0 to 1 is needed")
    check_page(query)


def check_page(query: Query) -> None:
    """Raises InvalidQuery where the limit or the offset cannot be used."""
    if query.limit < 1:
        raise InvalidQuery(f"the limit is {query.limit}, at least 1 is needed")
    if query.offset < 0:
        raise InvalidQuery(f"the offset is {query.offset}, at least 0 is needed")


def _check_text(name: str, text: str) -> None:
    if not text.strip():
        raise InvalidQuery(f"the {name} is empty; describe in French or English what you look for")
    if len(text) > MAX_TOPIC_CHARS:
        raise InvalidQuery(
            f"the {name} has {len(text):,} characters, at most {MAX_TOPIC_CHARS:,} are accepted; keep the part that says what is needed"
        )
    if "\0" in text:
        raise InvalidQuery(f"the {name} has a null byte at character {text.index(chr(0))}; send plain text")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidQuery(
            f"the {name} has an unpaired surrogate at character {error.start}; send valid Unicode text"
        ) from error
