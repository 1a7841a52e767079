"""Ask an opened snapshot: topic in, shortlist out."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .checks import check_page, check_query
from .consortium import Consortium, ConsortiumQuery
from .consortium.compose import composed
from .directory import Selection
from .encoder import Encoder, OpenVinoEncoder
from .errors import InvalidQuery, SnapshotRefused
from .frames import topics_of
from .fusion import Fusion
from .language import LanguageMeans, unit_rows
from .lexical import LexicalQuery
from .manifest import Manifest
from .matching import Matcher
from .ranking import rank
from .relevance import answer_odds
from .snapshot import Snapshot
from .steering import steered
from .stopwatch import Stopwatch
from .store import Store
from .threads import ONE_THREAD
from .topics import Topic, TopicReader, as_query
from .types import Evidence, Filters, Member, Query, Shortlist

if TYPE_CHECKING:
    from .frames import Topics

__all__ = ["Searcher", "open_index"]

Values = str | Sequence[str] | None
Vector = NDArray[np.float32]


def open_index(
    store: str | Path, snapshot: str | None = None, encoder: Encoder | None = None, verify: bool = True
) -> "Searcher":
    """Open the current snapshot of a store (or the one named) with the encoder it was made with.

    `encoder` replaces the one kept in the store; it must be the same by digest. `verify` recomputes checksums, the safe default.

    Raises StoreNotFound (no store, nothing published, no such snapshot), SnapshotRefused (damaged, incomplete, of another format or
    of another encoder) or EncoderError.
    """
    place = Store(Path(store))
    name = snapshot or place.current()
    if name not in place.snapshots():
        raise SnapshotRefused(f"no snapshot {name!r} in {place.path}; `passerelle status` lists them")
    opened = Snapshot.open(place.snapshot_path(name), verify)
    digest = opened.manifest.encoder.digest
    if encoder is None:
        encoder = OpenVinoEncoder(place.encoder_path(digest), verify)
    if encoder.info.digest != digest:
        raise SnapshotRefused(
            f"snapshot {name} was made with the encoder {opened.manifest.encoder.name} ({digest[:12]}), not with "
            f"{encoder.info.name} ({encoder.info.digest[:12]}); index again with it, or open the store without naming an encoder"
        )
    return Searcher(opened, encoder)


class Searcher:
    """A snapshot and its encoder: ranks members for topics. Safe to share between threads."""

    def __init__(self, snapshot: Snapshot, encoder: Encoder) -> None:
        self._snapshot = snapshot
        self._directory = snapshot.directory
        self._encoder = encoder
        self._matcher = Matcher(snapshot)
        means = {code: np.array(mean, np.float32) for code, mean in snapshot.manifest.query_means.items()}
        self._reader = TopicReader(encoder, LanguageMeans(query=means, passage={}))

    @property
    def manifest(self) -> Manifest:
        """What the snapshot is: id, date, encoder, counts, sources."""
        return self._snapshot.manifest

    @property
    def snapshot(self) -> Snapshot:
        """What is searched: members, vectors, words; for analyses of the whole of it."""
        return self._snapshot

    @property
    def encoder(self) -> Encoder:
        """What reads topics; to open another snapshot made with the same."""
        return self._encoder

    @property
    def topics_read(self) -> tuple[int, int]:
        """How many topics' vectors were at hand, and how many were encoded."""
        return self._reader.found, self._reader.encoded

    def __len__(self) -> int:
        return self._directory.size

    def __repr__(self) -> str:
        return f"Searcher({len(self):,} members, snapshot {self.manifest.snapshot}, {self.manifest.encoder.name})"

    def member(self, member_id: str) -> Member:
        """The member with this id. Raises UnknownMember."""
        return self._directory.member(self._directory.position(member_id))

    def capabilities(self, member_id: str) -> tuple[Evidence, ...]:
        """All that a member says it can do, in the order of its text; scores are 0, nothing is marked. Raises UnknownMember."""
        position = self._directory.position(member_id)
        member = self._directory.member(position)
        return tuple(self._matcher.evidence(row, member) for row in self._directory.capabilities(position))

    def facets(self, filters: Filters) -> Mapping[str, Mapping[str, int]]:
        """Members that the filters let through, counted by facet and value, most frequent first."""
        return self._directory.select(Query("", filters)).facets

    def languages_of_members(self) -> dict[str, tuple[str, ...]]:
        """The languages each member describes itself in, by member id."""
        return self._directory.languages()

    def search(
        self,
        topic: str,
        *,
        country: Values = None,
        cluster: Values = None,
        kind: Values = None,
        sector: Values = None,
        language: Values = None,
        k: int = 10,
        offset: int = 0,
        like: Values = None,
        unlike: Values = None,
        exclude: Values = None,
        exclude_country: Values = None,
        only: Values = None,
        diversity: float = 0.0,
        min_relevance: float = 0.0,
        fairness: float = 0.0,
    ) -> Shortlist:
        """The k best members for a topic, after the first `offset`.

        Filters take one value or several: OR within a facet, AND across facets, a value nobody has matches nobody. `k` may be as
        large as the directory. The rest is as in `Query`. Raises InvalidQuery.
        """
        if not isinstance(topic, str):
            raise InvalidQuery(
                f"the topic is of type {type(topic).__name__}, not a text; `search_many` takes several topics"
            )
        return self.search_many(
            [topic],
            country=country,
            cluster=cluster,
            kind=kind,
            sector=sector,
            language=language,
            k=k,
            offset=offset,
            like=like,
            unlike=unlike,
            exclude=exclude,
            exclude_country=exclude_country,
            only=only,
            diversity=diversity,
            min_relevance=min_relevance,
            fairness=fairness,
        )[0]

    def search_many(
        self,
        topics: "Topics",
        *,
        country: Values = None,
        cluster: Values = None,
        kind: Values = None,
        sector: Values = None,
        language: Values = None,
        k: int = 10,
        offset: int = 0,
        like: Values = None,
        unlike: Values = None,
        exclude: Values = None,
        exclude_country: Values = None,
        only: Values = None,
        diversity: float = 0.0,
        min_relevance: float = 0.0,
        fairness: float = 0.0,
    ) -> list[Shortlist]:
        """`search` for each topic, encoded together: one Shortlist a topic, in order.

        Topics are a list of texts, or a column or table of pandas or polars (see `frames.topics_of`), whose ids come back as `topic_id`.
        `batch_frame` makes one table of the answers. Raises InvalidQuery.
        """
        named = topics_of(topics)
        filters = Filters(_values(country), _values(cluster), _values(kind), _values(sector), _values(language))
        shared = Query(
            "",
            filters,
            k,
            offset,
            like=_values(like) or (),
            unlike=_values(unlike) or (),
            exclude=_values(exclude) or (),
            exclude_country=_values(exclude_country) or (),
            only=_values(only) or (),
            diversity=diversity,
            min_relevance=min_relevance,
            fairness=fairness,
        )
        found = self.answer([replace(shared, topic=topic) for _, topic in named])
        return [replace(shortlist, topic_id=name) for (name, _), shortlist in zip(named, found, strict=True)]

    def answer(self, queries: Sequence[Query]) -> list[Shortlist]:
        """One Shortlist a query, in order; the topics are encoded together. Raises InvalidQuery before any work is done."""
        if not queries:
            return []
        for query in queries:
            check_query(query)
        started = time.perf_counter()
        with ONE_THREAD:
            topics = self._read(queries)
            reading_ms = (time.perf_counter() - started) * 1e3
            return [self._answer(query, topic, reading_ms) for query, topic in zip(queries, topics, strict=True)]

    def consortium(self, query: ConsortiumQuery) -> Consortium:
        """Members who together cover the needs of a call, within the rules of a programme. Raises UnknownMember or InvalidQuery."""
        for member_id in (*query.ours, *query.locked):
            self._directory.position(member_id)
        return composed(self.answer, query)

    def similar(self, member_id: str, k: int = 10, offset: int = 0) -> Shortlist:
        """The k members whose capabilities are nearest to those of a member, by vectors alone; itself left out.

        Raises UnknownMember or InvalidQuery.
        """
        started = time.perf_counter()
        watch = Stopwatch()
        position = self._directory.position(member_id)
        member = self._directory.member(position)
        query = Query(member.name, limit=k, offset=offset)
        check_page(query)
        vector = as_query(self._of_member(position)[None])[0]
        topic = Topic("", member.languages[0], (), vector, np.empty((0, len(vector)), np.float32))
        watch.lap("dense")
        selection = self._directory.all_but(position)
        watch.lap("filter")
        return replace(self._shortlist(query, topic, None, selection, started, watch), answerable=True)

    def _read(self, queries: Sequence[Query]) -> list[Topic]:
        """The topics of queries, steered as they ask."""
        texts = [
            text for query in queries for text in (*query.like, *query.unlike) if self._directory.find(text) is None
        ]
        read = self._reader.read([query.topic for query in queries] + texts)
        of_text = {text: topic.whole[:-1] for text, topic in zip(texts, read[len(queries) :], strict=True)}
        return [
            steered(topic, self._examples(query.like, of_text), self._examples(query.unlike, of_text))
            for query, topic in zip(queries, read, strict=False)
        ]

    def _examples(self, examples: Sequence[str], of_text: Mapping[str, Vector]) -> Vector:
        """Vectors of members and texts: unit rows, shape (n, dim), float32."""
        vectors = np.empty((len(examples), self.manifest.encoder.dimension), np.float32)
        for i, example in enumerate(examples):
            position = self._directory.find(example)
            vectors[i] = of_text[example] if position is None else self._of_member(position)
        return vectors

    def _of_member(self, position: int) -> Vector:
        """The direction of all that a member says: unit, shape (dim,), float32."""
        rows = self._snapshot.vectors.rows(self._directory.passages(position))[:, :-1]
        return unit_rows(rows.mean(axis=0))

    def _answer(self, query: Query, topic: Topic, spent_ms: float) -> Shortlist:
        started = time.perf_counter() - spent_ms / 1e3
        watch = Stopwatch(encode=spent_ms)
        words = self._snapshot.words_of(query.topic, topic.language)
        watch.lap("lexical")
        selection = self._directory.select(query)
        watch.lap("filter")
        return self._shortlist(query, topic, words, selection, started, watch)

    def _shortlist(
        self,
        query: Query,
        topic: Topic,
        words: Mapping[str, LexicalQuery] | None,
        selection: Selection,
        started: float,
        watch: Stopwatch,
    ) -> Shortlist:
        likely = np.array([need.probability for need in topic.needs], np.float32)
        fusion = Fusion(self._snapshot, topic.whole, topic.by_need, likely, words, watch)
        ranked = rank(self._snapshot, fusion, selection, query, bool(topic.needs))
        watch.lap("fuse")
        best = max((found.score for found in ranked), default=0.0)
        elsewhere = self._encoder.solved.nearness(topic.whole[:-1])
        lead = None if elsewhere is None else round(fusion.best_cosine - elsewhere, 4)
        page = ranked[query.offset : query.offset + query.limit]
        matches = tuple(
            match
            for match in self._matcher.matches(page, query.offset + 1, topic, fusion)
            if match.relevance >= query.min_relevance
        )
        watch.lap("evidence")
        return Shortlist(
            topic=query.topic,
            language=topic.language,
            snapshot=self.manifest.snapshot,
            total=selection.size,
            matches=matches,
            facets=selection.facets,
            took_ms=round((time.perf_counter() - started) * 1e3, 2),
            needs=topic.needs,
            answerable=bool(ranked) and answer_odds(best, lead) >= 0,
            lead=lead,
            stages=watch.spent_ms(),
        )


def _values(values: Values) -> tuple[str, ...] | None:
    if values is None:
        return None
    return (values,) if isinstance(values, str) else tuple(values)
