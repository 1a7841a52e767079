"""From rows to records: the columns of a source become the fields of a member, as a mapping or their own names say."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from search.errors import SourceError

from .cells import as_country, as_day, as_labels, as_number, as_text, as_web_address, separator
from .mapping import DEFAULT_SEPARATORS, FIELDS, LISTS, SourceMapping
from .record import LANGUAGE_KEY
from .rows import Row, column_key, flat, listed

__all__ = ["Shaper"]

_DESCRIPTION = re.compile(r"descriptions?(?:[._](\w+))?")
_CLEANERS: dict[str, Callable[[str], str]] = {
    "country": as_country,
    "kind": str.lower,
    "website": as_web_address,
    "updated": as_day,
}


@dataclass(frozen=True, slots=True)
class _Plan:
    """Fields in order, with the columns of each and what makes its value of them; and keys that are kept, with their column."""

    fields: tuple[tuple[str, tuple[str, ...], Callable[[Sequence[object]], object]], ...]
    extra: tuple[tuple[str, str], ...]


class Shaper:
    """Makes records of the rows of one source.

    `columns` are None for JSON, whose records without a mapping are taken as they are. Raises SourceError where the columns of a
    table do not have what the mapping names, or cannot make up a member.
    """

    def __init__(self, source: str, mapping: SourceMapping | None, columns: tuple[str, ...] | None) -> None:
        self._source = source
        self._mapping = mapping or SourceMapping()
        self._as_is = mapping is None and columns is None
        self._seen: dict[str, None] = {}
        self._plan = lru_cache(maxsize=256)(self._planned)
        self._fixed = None if columns is None else self._planned(columns)
        if columns is not None:
            self.finish()

    def record(self, row: Row) -> Mapping[str, object]:
        """What the row says, under the names of fields, for validation."""
        if self._as_is:
            return row.cells
        cells = flat(row.cells) if self._fixed is None else row.cells
        plan = self._fixed or self._plan(tuple(cells))
        record: dict[str, object] = {}
        for key, column in plan.extra:
            cell = cells.get(column)
            if (value := cell if isinstance(cell, int | float | list) else as_text(cell)) is not None:
                record[key] = value
        descriptions: dict[str, object] = {}
        for name, columns, made in plan.fields:
            value = made([cells.get(column) for column in columns])
            if value is None or value == []:
                continue
            if name.startswith("descriptions."):
                descriptions[name.removeprefix("descriptions.")] = value
            else:
                record[name] = value
        return {**record, "descriptions": descriptions} if descriptions else record

    def unused(self) -> tuple[str, ...]:
        """Columns, or keys of JSON objects read so far, that no part of a member comes from."""
        plan = self._planned(tuple(self._seen))
        used = {column for _, columns, _ in plan.fields for column in columns} | {column for _, column in plan.extra}
        return tuple(column for column in self._seen if column not in used)

    def finish(self) -> None:
        """Every column has been seen. Raises SourceError where the mapping names another, or fields have none."""
        if self._as_is:
            return
        present = {column_key(column) for column in self._seen}
        named = [column for columns in self._mapping.columns.values() for column in columns] + list(
            self._mapping.extra.values()
        )
        if missing := [column for column in named if column_key(column) not in present]:
            raise SourceError(
                f"the mapping {self._mapping.path} names {listed(missing)}, which {self._source} does not have; its columns are: {listed(self._seen)}"
            )
        plan = self._planned(tuple(self._seen))
        given = {name.split(".")[0] for name, _, _ in plan.fields}
        if missing := [name for name in ("id", "name", "descriptions") if name not in given]:
            raise SourceError(
                f"{self._source} has no column {' nor '.join(missing)}; expected id, name and descriptions.fr or descriptions.en, or a mapping beside it; its columns are: {listed(self._seen)}"
            )

    def _planned(self, columns: tuple[str, ...]) -> _Plan:
        self._seen.update(dict.fromkeys(columns))
        fields: dict[str, list[str]] = {name: [] for name in self._mapping.constant}
        if self._mapping.columns:
            by_key = {column_key(column): column for column in columns}
            for name, wanted in self._mapping.columns.items():
                fields[name] = [by_key[key] for key in map(column_key, wanted) if key in by_key]
            extra = [(key, by_key[column_key(c)]) for key, c in self._mapping.extra.items() if column_key(c) in by_key]
        else:
            extra = []
            for column in columns:
                if (field := _field_named(column)) is not None:
                    fields.setdefault(field, []).append(column)
                else:
                    extra.append((column, column))
        return _Plan(tuple((name, tuple(found), self._maker(name)) for name, found in fields.items()), tuple(extra))

    def _maker(self, name: str) -> Callable[[Sequence[object]], object]:
        """What makes the value of a field of cells: a constant stands in where they are empty, and is one more label of a list."""
        mapping = self._mapping
        constant = mapping.constant.get(name)
        table = mapping.values.get(name)
        if name in LISTS:
            between = separator(mapping.separators.get(name, DEFAULT_SEPARATORS))

            def labels(cells: Sequence[object]) -> object:
                found = as_labels(cells, between)
                if table:
                    found = [_translated(label, table) for label in found]
                return as_labels([constant, found], between) if constant or table else found

            return labels
        joint = mapping.join.get(name, "\n\n" if name.startswith("descriptions.") else " ")
        clean = _CLEANERS.get(name)
        prefix = mapping.id_prefix if name == "id" else ""

        def value(cells: Sequence[object]) -> object:
            texts = [text for cell in cells if (text := as_text(cell)) is not None]
            found = joint.join(map(str, texts)) if len(texts) > 1 else texts[0] if texts else None
            if table:
                found = _translated(found, table)
            if found is None:
                found = constant
            if name == "employees":
                return as_number(found)
            if isinstance(found, str) and (clean or prefix):
                return prefix + clean(found) if clean else prefix + found
            return found

        return value


def _translated(value: object, table: Mapping[str, object]) -> object:
    return as_text(table.get(value.casefold(), value)) if isinstance(value, str) else value


def _field_named(column: str) -> str | None:
    """The field that a column bears the name of; `description_fr` and `descriptions.fr` are one."""
    key = column_key(column)
    if key in FIELDS:
        return key
    described = _DESCRIPTION.fullmatch(key)
    if not described:
        return None
    language = described.group(1) or "und"
    return f"descriptions.{language}" if re.fullmatch(LANGUAGE_KEY, language) else None
