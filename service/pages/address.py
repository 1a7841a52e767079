"""What the address of a page asks for, and addresses of other pages."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from starlette.datastructures import QueryParams

from search import Filters, Query
from search.checks import MAX_EXAMPLES
from search.types import FACETS

from ..texts import LANGUAGES, preferred_language

__all__ = ["MAX_KEPT", "PAGE_SIZE", "Address"]

PAGE_SIZE = 10
MAX_OFFSET = 100_000
MAX_KEPT = 200
"""Members of a shortlist."""
STEERING = ("like", "unlike", "exclude", "exclude_country", "only", "diversity", "min_relevance", "fairness")
"""Parameters that steer a search beside its filters, named as in GET /v1/search."""
CARRIED = ("q", *FACETS, *STEERING)


@dataclass(frozen=True, slots=True)
class Address:
    """The parameters of a page: `parameters` are those of the search, in order, repeated ones repeated."""

    ui: str
    chosen: bool
    parameters: tuple[tuple[str, str], ...]
    offset: int

    @classmethod
    def read(cls, query: QueryParams, accept_language: str, carried: Sequence[str] = CARRIED) -> "Address":
        """What a browser asked for. Parameters that are not carried are dropped, a broken offset is the beginning."""
        ui = query.get("ui", "")
        chosen = ui in LANGUAGES
        offset = query.get("offset", "")
        return cls(
            ui if chosen else preferred_language(accept_language),
            chosen,
            tuple((key, value) for key, value in query.multi_items() if key in carried),
            min(int(offset), MAX_OFFSET) if offset.isascii() and offset.isdigit() and len(offset) < 10 else 0,
        )

    @property
    def topic(self) -> str:
        """The topic asked about; empty where there is none."""
        return next((value for key, value in self.parameters if key == "q"), "")

    def values(self, name: str) -> tuple[str, ...]:
        """Values of one parameter, each once."""
        return tuple(dict.fromkeys(value for key, value in self.parameters if key == name and value))

    @property
    def filters(self) -> Filters:
        """The facets filtered by."""
        return Filters.from_lists({name: self.values(name) for name in FACETS})

    def query(self) -> Query:
        """The search that is asked for, steered by no more than the newest examples."""
        return Query(
            self.topic,
            self.filters,
            PAGE_SIZE,
            self.offset,
            like=self.values("like")[-MAX_EXAMPLES:],
            unlike=self.values("unlike")[-MAX_EXAMPLES:],
            exclude=self.values("exclude"),
            exclude_country=self.values("exclude_country"),
            only=self.values("only"),
            diversity=self.share("diversity"),
            min_relevance=self.share("min_relevance"),
            fairness=self.share("fairness"),
        )

    def to(self, path: str = "/", ui: str = "", offset: int = 0) -> str:
        """The same search at another place: page, language of the page or offset."""
        return self._link(path, self.parameters, ui, offset)

    def asking(self, topic: str) -> str:
        """Another topic, asked with nothing else."""
        return self._link("/", [("q", topic)])

    def adding(self, name: str, value: str) -> str:
        """The same search, steered further, from its first match."""
        return self._link("/", dict.fromkeys([*self.parameters, (name, value)]))

    def signing_in(self, back: str) -> str:
        """The page that asks for a key, which leads back to a page."""
        return self._link("/sign-in", [("to", back)])

    def shortlist(self, path: str = "/shortlist") -> str:
        """The members named here, for the topic, at another place."""
        return self._link(path, [pair for pair in self.parameters if pair[0] in ("q", "only")])

    def without(self, *removed: tuple[str, str]) -> str:
        """The same search less some parameters, from its first match."""
        return self._link("/", [pair for pair in self.parameters if pair not in removed])

    def without_any(self, name: str) -> str:
        """The same search less every value of a parameter, from its first match."""
        return self._link("/", [pair for pair in self.parameters if pair[0] != name])

    def member(self, member_id: str) -> str:
        """The page of a member, which leads back to this page of the search."""
        return self.to(f"/members/{quote(member_id)}", offset=self.offset)

    def share(self, name: str) -> float:
        """A number from 0 to 1; 0 where the address has none."""
        try:
            return min(1.0, max(0.0, float(self.values(name)[-1])))
        except (IndexError, ValueError):
            return 0.0

    def _link(self, path: str, parameters: Iterable[tuple[str, str]], ui: str = "", offset: int = 0) -> str:
        pairs = [pair for pair in parameters if pair[1]]
        pairs += [("offset", str(offset))] if offset else []
        pairs += [("ui", ui or self.ui)] if ui or self.chosen else []
        return f"{path}?{QueryParams(pairs)}" if pairs else path
