"""Members and capabilities of a snapshot, read row by row from Parquet, and the facets to filter and count by.

members.parquet       one row a member, in order of id
capabilities.parquet  one row a capability, in order of member: its passage and its place in the member's text
passages.parquet      one row a distinct passage, in order of language: members who wrote the same share it
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from .errors import UnknownMember
from .types import FACETS, Evidence, Filters, Member

__all__ = ["CAPABILITIES", "MEMBERS", "PASSAGES", "Directory"]

MEMBERS, CAPABILITIES, PASSAGES = "members.parquet", "capabilities.parquet", "passages.parquet"

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Facet:
    """One facet of all members: `values[codes[i]]` is a value of the member at row `owners[i]`, owners ascending."""

    values: tuple[str, ...]
    codes: NDArray[np.int32]
    owners: NDArray[np.int32]

    def mask(self, allowed: tuple[str, ...], size: int) -> Mask:
        wanted = np.isin(self.codes, [code for code, value in enumerate(self.values) if value in set(allowed)])
        mask = np.zeros(size, np.bool_)
        mask[self.owners[wanted]] = True
        return mask

    def counts(self, members: Mask | None) -> dict[str, int]:
        codes = self.codes if members is None else self.codes[members[self.owners]]
        counted = np.bincount(codes, minlength=len(self.values))
        order = sorted((-int(n), value) for value, n in zip(self.values, counted, strict=True) if n)
        return {value: -n for n, value in order}


class Directory:
    """The members of one snapshot. Members, capabilities and passages are known by row number."""

    def __init__(self, folder: Path) -> None:
        """Open the three tables in `folder`; texts stay in Arrow memory until a row is asked for."""
        self._members = pq.read_table(folder / MEMBERS, memory_map=True).combine_chunks()
        self._passages = pq.read_table(folder / PASSAGES, memory_map=True).combine_chunks()
        capabilities = pq.read_table(folder / CAPABILITIES, memory_map=True)
        self.size: int = self._members.num_rows
        self.member_of: NDArray[np.int32] = capabilities["member"].to_numpy()
        self.passage_of: NDArray[np.int32] = capabilities["passage"].to_numpy()
        self._starts: NDArray[np.int32] = capabilities["start"].to_numpy()
        self._descriptions = capabilities["description"].combine_chunks()
        self.first_capability = np.searchsorted(self.member_of, np.arange(self.size + 1))
        self._facets = {name: self._facet(name) for name in FACETS}

    def _facet(self, name: str) -> _Facet:
        column = self._members[name].combine_chunks()
        encoded = column.flatten().dictionary_encode()
        return _Facet(
            values=tuple(encoded.dictionary.to_pylist()),
            codes=encoded.indices.to_numpy(zero_copy_only=False).astype(np.int32),
            owners=np.repeat(
                np.arange(self.size, dtype=np.int32), pc.list_value_length(column).to_numpy(zero_copy_only=False)
            ),
        )

    def position(self, member_id: str) -> int:
        """Row number of the member with this id. Raises UnknownMember."""
        position = pc.index(self._members["id"], pa.scalar(member_id)).as_py()
        if position < 0:
            raise UnknownMember(f"no member has the id {member_id[:200]!r}")
        return int(position)

    def member(self, position: int) -> Member:
        """The member at a row number."""
        row = self._members.slice(position, 1).to_pylist()[0]
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

    def evidence(self, capability: int, score: float) -> Evidence:
        """The capability at a row number, as evidence."""
        passage = int(self.passage_of[capability])
        text = self._passages["text"][passage].as_py()
        start = int(self._starts[capability])
        return Evidence(
            text=text,
            language=self._passages["language"][passage].as_py(),
            score=score,
            description=self._descriptions[capability].as_py(),
            start=start,
            end=start + len(text),
        )

    def capabilities(self, position: int) -> range:
        """Row numbers of a member's capabilities."""
        return range(int(self.first_capability[position]), int(self.first_capability[position + 1]))

    def mask(self, filters: Filters) -> Mask | None:
        """Which members the filters let through: shape (size,), bool; None where nothing is filtered."""
        masks = [self._facets[name].mask(allowed, self.size) for name, allowed in filters.active().items()]
        return np.logical_and.reduce(masks) if masks else None

    def facet_counts(self, members: Mask | None) -> Mapping[str, Mapping[str, int]]:
        """Members by facet and value, most frequent first, over those in the mask (all where None)."""
        return {name: facet.counts(members) for name, facet in self._facets.items()}
