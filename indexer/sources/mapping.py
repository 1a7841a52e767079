"""A mapping says, in TOML, which columns of a source make up which field of a member."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from search.errors import SourceError

from .record import LANGUAGE_KEY
from .rows import listed

__all__ = ["DEFAULT_SEPARATORS", "FIELDS", "LISTS", "SourceMapping", "mapping_for", "read_mapping"]

FIELDS = ("id", "name", "clusters", "country", "city", "kind", "employees", "website", "sectors", "updated")
"""Fields that a column can give, next to descriptions.LANGUAGE."""

LISTS = ("clusters", "sectors")
DEFAULT_SEPARATORS = (";", "|", "\n")
SHARED_NAME = "mapping.toml"
MAX_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class SourceMapping:
    """Columns by field (empty: columns bear the names of fields), and how the cells are to be understood.

    `values` translates by field; its keys are in lower case. `id_prefix` stands before every id. `path` is where it was read.
    """

    path: Path | None = None
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    extra: Mapping[str, str] = field(default_factory=dict)
    constant: Mapping[str, object] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    separators: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    join: Mapping[str, str] = field(default_factory=dict)
    id_prefix: str = ""
    header: int | None = None
    delimiter: str | None = None
    encoding: str | None = None
    sheet: str | None = None
    records: str | None = None


class _File(BaseModel):
    """The keys a mapping file may have."""

    model_config = ConfigDict(extra="forbid", strict=True)

    columns: dict[str, str | list[str] | dict[str, str | list[str]]] = {}
    extra: dict[str, str] = {}
    constant: dict[str, str | int | list[str] | dict[str, str]] = {}
    values: dict[str, dict[str, str | int]] = {}
    separators: dict[str, str | list[str]] = {}
    join: dict[str, str] = {}
    id_prefix: str = ""
    header: int | None = Field(default=None, ge=1)
    delimiter: Literal[";", ",", "\t", "|"] | None = None
    encoding: Literal["utf-8", "utf-16", "windows-1252", "iso-8859-15", "macintosh"] | None = None
    sheet: str | None = None
    records: str | None = None


def mapping_for(path: Path) -> SourceMapping | None:
    """The mapping that lies beside a source: `export.toml` for `export.csv` or `export.csv.gz`, else `mapping.toml`.

    None where there is neither. Raises SourceError where it cannot be used.
    """
    plain = path.with_suffix("") if path.suffix.lower() == ".gz" else path
    for beside in (plain.with_suffix(".toml"), path.with_name(SHARED_NAME)):
        if beside.is_file():
            return read_mapping(beside)
    return None


def read_mapping(path: Path) -> SourceMapping:
    """The mapping in a TOML file. Raises SourceError saying what there may be instead of what was found."""
    try:
        with path.open("rb") as file:
            raw = tomllib.loads(file.read(MAX_BYTES).decode("utf-8-sig"))
    except OSError as error:
        raise SourceError(f"cannot read the mapping {path}: {error.strerror}; give a TOML file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SourceError(f"the mapping {path} is not TOML: {error}; put names in quotation marks") from error
    try:
        found = _File.model_validate(raw)
    except ValidationError as error:
        raise SourceError(_fault(path, error)) from error
    columns = {name: _tuple(value) for name, value in _flat(found.columns).items()}
    mapping = SourceMapping(
        path=path,
        columns=columns,
        extra=found.extra,
        constant=_flat(found.constant),
        values={
            name: {key.strip().casefold(): value for key, value in table.items()}
            for name, table in found.values.items()
        },
        separators={name: _tuple(value) for name, value in found.separators.items()},
        join=found.join,
        id_prefix=found.id_prefix,
        header=found.header,
        delimiter=found.delimiter,
        encoding=found.encoding,
        sheet=found.sheet,
        records=found.records,
    )
    _check(path, mapping)
    return mapping


def _check(path: Path, mapping: SourceMapping) -> None:
    described = "descriptions.LANGUAGE"
    for section, names, allowed in (
        ("columns", mapping.columns, (*FIELDS, described)),
        ("constant", mapping.constant, (*(name for name in FIELDS if name not in ("id", "name")), described)),
        ("values", mapping.values, FIELDS),
        ("separators", mapping.separators, LISTS),
        ("join", mapping.join, (*(name for name in FIELDS if name not in LISTS), described)),
    ):
        for name in names:
            language = name.removeprefix("descriptions.")
            is_description = described in allowed and language != name and re.fullmatch(LANGUAGE_KEY, language)
            if name not in allowed and not is_description:
                raise SourceError(f'the mapping {path} has "{name}" under [{section}]; expected {", ".join(allowed)}')
    if taken := [name for name in mapping.extra if name in (*FIELDS, "descriptions")]:
        raise SourceError(f'the mapping {path} has "{taken[0]}" under [extra]; put it under [columns]')
    for section, tuples in (("columns", mapping.columns), ("separators", mapping.separators)):
        for name, value in tuples.items():
            if not value or "" in value:
                raise SourceError(
                    f'the mapping {path} names nothing for "{name}" under [{section}]; name it or leave it out'
                )
    if mapping.columns:
        given = {name.split(".")[0] for name in (*mapping.columns, *mapping.constant)}
        if missing := [name for name in ("id", "name", "descriptions") if name not in given]:
            raise SourceError(
                f"the mapping {path} names no column for {', '.join(missing)} under [columns]; every member needs id, name and descriptions (descriptions.fr, descriptions.en)"
            )


def _flat(table: Mapping[str, object]) -> dict[str, object]:
    """`descriptions.fr = ...` is a table in TOML; here it is a key."""
    flat: dict[str, object] = {}
    for name, value in table.items():
        if isinstance(value, dict):
            flat |= {f"{name}.{inner}": item for inner, item in value.items()}
        else:
            flat[name] = value
    return flat


def _tuple(value: object) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(str(item) for item in value) if isinstance(value, list) else ()


def _fault(path: Path, error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    places = [str(part) for part in first["loc"]]
    if first["type"] == "extra_forbidden":
        return f'the mapping {path} has the unknown key "{places[0]}"; expected {", ".join(_File.model_fields)}'
    where = ".".join(place for place in places if place not in ("str", "int", "list[str]") and "dict[" not in place)
    return f"the mapping {path} has {listed([str(first['input'])])} for {where}; {first['msg'].removeprefix('Input ')}"
