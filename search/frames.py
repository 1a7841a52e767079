"""Tables of topics in, tables of matches out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import TYPE_CHECKING, Any, TypeAlias

from .errors import InvalidQuery

if TYPE_CHECKING:
    import pandas as pd
    from narwhals.stable.v2.typing import IntoDataFrame, IntoSeries

    from .types import Match, Shortlist

    Topics: TypeAlias = Sequence[str] | IntoDataFrame | IntoSeries

__all__ = ["BATCH_COLUMNS", "COLUMNS", "batch_frame", "frame", "shortlist_frame", "topics_of"]

COLUMNS = {
    "rank": "int64",
    "score": "float64",
    "relevance": "float64",
    "id": "str",
    "name": "str",
    "country": "str",
    "city": "str",
    "kind": "str",
    "clusters": "str",
    "sectors": "str",
    "languages": "str",
    "website": "str",
    "evidence": "str",
    "evidence_language": "str",
}
"""Columns of a shortlist's frame, with their pandas dtypes."""
BATCH_COLUMNS = {"topic_id": "str", "topic": "str", "answerable": "bool", **COLUMNS}
"""Columns of the frame of several shortlists."""

TOPIC_COLUMNS, ID_COLUMNS = ("topic", "text"), ("id", "topic_id")


def topics_of(topics: "Topics") -> list[tuple[str | None, str]]:
    """Topics with their ids: those of a list, of a column (pandas or polars Series) or of a table (DataFrame).

    A table's topics stand in its column `topic`, else in `text`; their ids in `id`, else in `topic_id`, as texts. Without such a column,
    and for lists and single columns, the ids are None. Raises InvalidQuery where there is no topic column, or a topic or an id is missing or no text.
    """
    import narwhals.stable.v2 as nw

    if isinstance(topics, str):
        raise InvalidQuery("search_many got one text, it takes a list or a table of topics; `search` takes one")
    table: Any = topics
    if not isinstance(topics, list | tuple):
        try:
            table = nw.from_native(table, eager_only=True, allow_series=True, pass_through=True)
        except nw.exceptions.NarwhalsError as error:  # two columns of one name
            raise InvalidQuery(
                f"the table of topics cannot be read ({' '.join(str(error).split())}); name its columns apart"
            ) from error
    ids: Iterable[object] | None = None
    if isinstance(table, nw.DataFrame):
        texts: list[object] = table[_column(table.columns)].to_list()
        named = next((name for name in ID_COLUMNS if name in table.columns), None)
        ids = None if named is None else table[named].to_list()
    elif isinstance(table, nw.Series):
        texts = table.to_list()
    elif isinstance(table, Iterable) and not isinstance(table, Mapping | Set):
        texts = list(table)
    else:
        raise InvalidQuery(
            f"the topics are of type {type(topics).__name__}; expected a list of texts, or a table or column of pandas or polars (`collect()` a lazy one)"
        )
    for row, text in enumerate(texts, 1):
        if not isinstance(text, str):
            raise InvalidQuery(f"topic {row} of {len(texts)} is {_said(text)}; expected a text")
    return list(zip([None] * len(texts) if ids is None else _ids(ids), map(str, texts), strict=True))


def _column(columns: Sequence[str]) -> str:
    for name in TOPIC_COLUMNS:
        if name in columns:
            return name
    raise InvalidQuery(
        f"the table of topics has neither a column `topic` nor `text`, but {', '.join(map(repr, columns)) or 'none'}; rename one"
    )


def _ids(ids: Iterable[object]) -> Iterator[str]:
    for row, value in enumerate(ids, 1):
        if not isinstance(value, str | int):
            raise InvalidQuery(f"the id of topic {row} is {_said(value)}; expected a text or a whole number")
        yield str(value)


def _said(value: object) -> str:
    import pandas as pd

    return "missing" if pd.isna(value) is True else f"of type {type(value).__name__}"  # type: ignore[call-overload]


def shortlist_frame(matches: "Iterable[Match]") -> "pd.DataFrame":
    """One row a match, with the columns and dtypes of `COLUMNS`, also where there is none.

    Several values are joined by "; ", a value that is not known is an empty text, `evidence` is the best capability only.
    """
    return frame(COLUMNS, map(_row, matches))


def batch_frame(shortlists: "Iterable[Shortlist]") -> "pd.DataFrame":
    """One row a match of each shortlist, in order, with the columns and dtypes of `BATCH_COLUMNS`.

    `topic_id` is the id that the topic had in the table asked about, else its place in the batch: "0", "1", and so on. A topic without matches has no row.
    """
    rows = (
        (str(place) if found.topic_id is None else found.topic_id, found.topic, found.answerable, *_row(match))
        for place, found in enumerate(shortlists)
        for match in found
    )
    return frame(BATCH_COLUMNS, rows)


def frame(columns: dict[str, str], rows: Iterable[tuple[object, ...]]) -> "pd.DataFrame":
    """A DataFrame of rows with the dtype of each column, also where there are none."""
    import pandas as pd

    return pd.DataFrame.from_records(list(rows), columns=list(columns)).astype(columns)


def _row(match: "Match") -> tuple[object, ...]:
    member = match.member
    best = match.evidence[0] if match.evidence else None
    return (
        match.rank,
        match.score,
        match.relevance,
        member.id,
        member.name,
        member.country or "",
        member.city or "",
        member.kind or "",
        "; ".join(member.clusters),
        "; ".join(member.sectors),
        "; ".join(member.languages),
        member.website or "",
        best.text if best else "",
        best.language if best else "",
    )
