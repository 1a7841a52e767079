"""Members and capabilities of a snapshot, read row by row from Arrow files that stay on the disk, and the facets to filter and count by.

members.arrow       one row a member, in order of id
capabilities.arrow  one row a capability, in order of member: its passage and its place in the member's text

A passage is a distinct text that members who wrote the same share; they are numbered in order of language.
"""

import bisect
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from .errors import UnknownMember
from .types import FACETS, Filters, Member, Query

__all__ = ["CAPABILITIES", "MEMBERS", "Directory", "Selection"]

MEMBERS, CAPABILITIES = "members.arrow", "capabilities.arrow"
KEPT_SELECTIONS, KEPT_MEMBERS = 16, 500

Mask = NDArray[np.bool_]
Rows = NDArray[np.int64]
Counts = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Selection:
    """What filters let through. members: shape (n_members,), passages: shape (n_passages,), both bool, None where nothing is filtered;
    size: how many members; facets: they counted by facet and value, most frequent first."""

    members: Mask | None
    passages: Mask | None
    size: int
    facets: Counts


@dataclass(frozen=True, slots=True)
class _Facet:
    """One facet of all members: `values[codes[i]]` is a value of the member at row `owners[i]`, owners ascending."""

    values: tuple[str, ...]
    codes: NDArray[np.int32]
    owners: NDArray[np.int32]

    def mask(self, allowed: tuple[str, ...], size: int) -> Mask:
        wanted = np.array([value in allowed for value in self.values], np.bool_)
        mask = np.zeros(size, np.bool_)
        if wanted.any():
            mask[self.owners[wanted[self.codes]]] = True
        return mask

    def counts(self, members: Mask | None) -> dict[str, int]:
        codes = self.codes if members is None else self.codes[members[self.owners]]
        counted = np.bincount(codes, minlength=len(self.values))
        order = sorted((-int(n), value) for value, n in zip(self.values, counted, strict=True) if n)
        return {value: -n for n, value in order}


class Directory:
    """The members of one snapshot. Members, capabilities and passages are known by row number."""

    def __init__(self, folder: Path, passages: int) -> None:
        """Map the two tables in `folder`; `passages` is how many there are. Raises OSError, ValueError or KeyError."""
        self._members = _mapped(folder / MEMBERS)
        capabilities = _mapped(folder / CAPABILITIES)
        self.size: int = self._members.num_rows
        self.member_of: NDArray[np.int32] = capabilities["member"].to_numpy()
        self.passage_of: NDArray[np.int32] = capabilities["passage"].to_numpy()
        self._starts: NDArray[np.int32] = capabilities["start"].to_numpy()
        self._ends: NDArray[np.int32] = capabilities["end"].to_numpy()
        descriptions = capabilities["description"]
        self._described: NDArray[np.int32] = descriptions.indices.to_numpy()
        self._descriptions: list[str] = descriptions.dictionary.to_pylist()
        self.first_capability = np.searchsorted(self.member_of, np.arange(self.size + 1))
        self._passages = passages
        self._by_passage = np.argsort(self.passage_of, kind="stable")
        self._first_use = np.concatenate([[0], np.cumsum(np.bincount(self.passage_of, minlength=passages))])
        self._facets = {name: self._facet(name) for name in FACETS}
        self._select = lru_cache(maxsize=KEPT_SELECTIONS)(self._selected)
        self._member = lru_cache(maxsize=KEPT_MEMBERS)(self._read)

    def _facet(self, name: str) -> _Facet:
        column = self._members[name]
        encoded = column.flatten()
        return _Facet(
            values=tuple(encoded.dictionary.to_pylist()),
            codes=encoded.indices.to_numpy(zero_copy_only=False),
            owners=np.repeat(
                np.arange(self.size, dtype=np.int32), pc.list_value_length(column).to_numpy(zero_copy_only=False)
            ),
        )

    def position(self, member_id: str) -> int:
        """Row number of the member with this id. Raises UnknownMember."""
        position = self.find(member_id)
        if position is None:
            raise UnknownMember(f"no member has the id {member_id[:200]!r}")
        return position

    def find(self, member_id: str) -> int | None:
        """Row number of the member with this id, None where there is none."""
        ids = self._members["id"]
        position = bisect.bisect_left(range(self.size), member_id, key=lambda row: str(ids[row]))
        return position if position < self.size and str(ids[position]) == member_id else None

    def id_of(self, position: int) -> str:
        """The id of the member at a row number."""
        return str(self._members["id"][position])

    def member(self, position: int) -> Member:
        """The member at a row number."""
        return self._member(position)

    def _read(self, position: int) -> Member:
        row = {name: self._members[name][position].as_py() for name in self._members.schema.names}
        return Member(
            id=row["id"],
            name=row["name"],
            descriptions=json.loads(row["descriptions"]),
            languages=tuple(row["language"]),
            clusters=tuple(row["cluster"]),
            country=next(iter(row["country"]), None),
            city=row["city"],
            kind=next(iter(row["kind"]), None),
            employees=row["employees"],
            website=row["website"],
            sectors=tuple(row["sector"]),
            updated=row["updated"],
            extra=json.loads(row["extra"]),
        )

    def languages(self) -> dict[str, tuple[str, ...]]:
        """Languages by member id."""
        return dict(
            zip(self._members["id"].to_pylist(), map(tuple, self._members["language"].to_pylist()), strict=True)
        )

    def place(self, capability: int) -> tuple[str, int, int]:
        """Which of its member's descriptions the capability at a row number is in, and between which characters of it."""
        description = self._descriptions[self._described[capability]]
        return description, int(self._starts[capability]), int(self._ends[capability])

    def capabilities(self, position: int) -> range:
        """Row numbers of a member's capabilities."""
        return range(int(self.first_capability[position]), int(self.first_capability[position + 1]))

    def passages(self, position: int) -> Rows:
        """Row numbers of the passages of a member's capabilities, in their order: int64."""
        own = self.capabilities(position)
        return self.passage_of[own.start : own.stop].astype(np.int64)

    def users(self, passages: Rows) -> tuple[Rows, Rows]:
        """Who wrote passages: places in `passages`, and row numbers of members; a pair for each capability, both int64."""
        begin = self._first_use[passages]
        lengths = self._first_use[passages + 1] - begin
        place = np.repeat(np.arange(len(passages)), lengths)
        within = np.arange(len(place)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        return place, self.member_of[self._by_passage[np.repeat(begin, lengths) + within]].astype(np.int64)

    def select(self, query: Query) -> Selection:
        """What a query's filters let through, less those it excludes."""
        found = self._select(query.filters)
        if not (query.exclude or query.exclude_country or query.only):
            return found
        members = np.ones(self.size, np.bool_) if found.members is None else found.members.copy()
        if query.only:
            named = np.zeros(self.size, np.bool_)
            named[self._positions(query.only)] = True
            members &= named
        members[self._positions(query.exclude)] = False
        members &= ~self._facets["country"].mask(query.exclude_country, self.size)
        return self._selection(members)

    def _positions(self, ids: Sequence[str]) -> list[int]:
        """Row numbers of those members that are known."""
        return [position for id in ids if (position := self.find(id)) is not None]

    def all_but(self, position: int) -> Selection:
        """Everybody except the member at a row number."""
        members = np.ones(self.size, np.bool_)
        members[position] = False
        return self._selection(members)

    def _selected(self, filters: Filters) -> Selection:
        masks = [self._facets[name].mask(allowed, self.size) for name, allowed in filters.active().items()]
        return self._selection(np.logical_and.reduce(masks) if masks else None)

    def _selection(self, members: Mask | None) -> Selection:
        facets = {name: facet.counts(members) for name, facet in self._facets.items()}
        if members is None:
            return Selection(None, None, self.size, facets)
        passages = np.zeros(self._passages, np.bool_)
        passages[self.passage_of[members[self.member_of]]] = True
        return Selection(members, passages, int(np.count_nonzero(members)), facets)


def _mapped(path: Path) -> pa.RecordBatch:
    """The one record batch in an Arrow file."""
    with pa.memory_map(str(path)) as source:
        return pa.ipc.open_file(source).get_batch(0)
