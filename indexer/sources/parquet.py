"""Parquet tables, a few rows at a time. Rows are numbered from 1."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from search.errors import SourceError

from .files import check_expansion, source_name
from .rows import MAX_COLUMNS, BadRow, Row, Table, flat

__all__ = ["read_parquet"]

BATCH_ROWS = 128


def read_parquet(path: Path, stack: ExitStack) -> Table:
    """The table in a Parquet file, which stays open as long as `stack`. Fields of a struct are columns with a dot in their name."""
    source = source_name(path)
    try:
        file = stack.enter_context(pq.ParquetFile(path, pre_buffer=False, buffer_size=1 << 16))
        schema = file.schema_arrow
    except (pa.ArrowException, OSError) as error:
        raise SourceError(_unreadable(source, error)) from error
    columns: list[str] = []
    for field in schema:
        columns += (
            [f"{field.name}.{inner.name}" for inner in field.type] if pa.types.is_struct(field.type) else [field.name]
        )
    if len(set(columns)) < len(columns) or len(columns) > MAX_COLUMNS:
        raise SourceError(
            f"{source} has {len(columns):,} columns; expected at most {MAX_COLUMNS:,}, no two of one name"
        )
    metadata = file.metadata
    for group in range(metadata.num_row_groups):
        for column in range(metadata.num_columns):
            chunk = metadata.row_group(group).column(column)
            check_expansion(path, chunk.total_compressed_size, chunk.total_uncompressed_size)
    return Table("Parquet", tuple(columns), _rows(file, source))


def _rows(file: pq.ParquetFile, source: str) -> Iterator[Row | BadRow]:
    number = 0
    batches = file.iter_batches(batch_size=BATCH_ROWS)
    while True:
        try:
            batch = next(batches, None)
            records = batch.to_pylist() if batch is not None else None
        except (pa.ArrowException, OSError, ValueError) as error:
            raise SourceError(_unreadable(source, error)) from error
        if records is None:
            return
        for record in records:
            number += 1
            yield Row(number, flat(record))


def _unreadable(source: str, error: Exception) -> str:
    return f"{source} is not a readable Parquet file ({' '.join(str(error).split())[:120]}); write it again"
