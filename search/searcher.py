"""Ask an opened snapshot: topic in, shortlist out."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from .directory import Selection
from .encoder import Encoder, OpenVinoEncoder
from .errors import InvalidQuery, SnapshotRefused
from .fusion import Candidates, Fusion
from .language import LanguageMeans, unit_rows
from .lexical import LexicalQuery
from .manifest import Manifest
from .marks import SharedWords
from .relevance import answer_odds, relevance_of
from .snapshot import Snapshot
from .store import Store
from .topics import Topic, TopicReader, as_query
from .types import Evidence, Filters, Match, Member, Query, Shortlist

__all__ = ["MAX_TOPIC_CHARS", "Searcher", "check_query", "open_index"]

MAX_TOPIC_CHARS = 32_000
EVIDENCE_PER_MATCH = 3
FIRST_DEPTH = 2_000
"""Candidates by language and signal; a ranking that must go further down takes four times as many, again and again."""
ANSWERED = 2.5
"""A member answers a need for which one of its capabilities stands out by this many deviations: about one passage in a hundred."""

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
        self._is_common = lru_cache(maxsize=65_536)(snapshot.is_common)
        # Products of one topic's vectors are too small to share: threads would wait for each other, above all on a busy machine.
        self._threads = ThreadpoolController()
        means = {code: np.array(mean, np.float32) for code, mean in snapshot.manifest.query_means.items()}
        self._reader = TopicReader(encoder, LanguageMeans(query=means, passage={}))

    @property
    def manifest(self) -> Manifest:
        """What the snapshot is: id, date, encoder, counts, sources."""
        return self._snapshot.manifest

    def __len__(self) -> int:
        return self._directory.size

    def member(self, member_id: str) -> Member:
        """The member with this id. Raises UnknownMember."""
        return self._directory.member(self._directory.position(member_id))

    def capabilities(self, member_id: str) -> tuple[Evidence, ...]:
        """All that a member says it can do, in the order of its text; scores are 0, nothing is marked. Raises UnknownMember."""
        position = self._directory.position(member_id)
        member = self._directory.member(position)
        rows = self._directory.capabilities(position)
        languages = [self._snapshot.language_of(int(self._directory.passage_of[row])) for row in rows]
        return tuple(
            self._directory.evidence(row, member, code, 0.0) for row, code in zip(rows, languages, strict=True)
        )

    def facets(self, filters: Filters) -> Mapping[str, Mapping[str, int]]:
        """Members that the filters let through, counted by facet and value, most frequent first."""
        return self._directory.select(filters).facets

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
    ) -> Shortlist:
        """The k best members for a topic, after the first `offset`.

        Filters take one value or several: OR within a facet, AND across facets, a value nobody has matches nobody. `k` may be as
        large as the directory. Raises InvalidQuery.
        """
        filters = Filters(_values(country), _values(cluster), _values(kind), _values(sector), _values(language))
        return self.answer([Query(topic, filters, k, offset)])[0]

    def search_many(
        self,
        topics: Sequence[str],
        *,
        country: Values = None,
        cluster: Values = None,
        kind: Values = None,
        sector: Values = None,
        language: Values = None,
        k: int = 10,
        offset: int = 0,
    ) -> list[Shortlist]:
        """`search` for each topic, encoded together: one Shortlist a topic, in order."""
        filters = Filters(_values(country), _values(cluster), _values(kind), _values(sector), _values(language))
        return self.answer([Query(topic, filters, k, offset) for topic in topics])

    def answer(self, queries: Sequence[Query]) -> list[Shortlist]:
        """One Shortlist a query, in order; the topics are encoded together. Raises InvalidQuery before any work is done."""
        if not queries:
            return []
        for query in queries:
            check_query(query)
        started = time.perf_counter()
        with self._threads.limit(limits=1, user_api="blas"):
            topics = self._reader.read([query.topic for query in queries])
            reading_ms = (time.perf_counter() - started) * 1e3
            return [self._answer(query, topic, reading_ms) for query, topic in zip(queries, topics, strict=True)]

    def similar(self, member_id: str, k: int = 10, offset: int = 0) -> Shortlist:
        """The k members whose capabilities are nearest to those of a member, by vectors alone; itself left out.

        Raises UnknownMember or InvalidQuery.
        """
        started = time.perf_counter()
        position = self._directory.position(member_id)
        member = self._directory.member(position)
        query = Query(member.name, limit=k, offset=offset)
        _check_page(query)
        own = self._directory.capabilities(position)
        rows = self._snapshot.vectors.rows(self._directory.passage_of[own].astype(np.int64))[:, :-1]
        vector = as_query(unit_rows(rows.mean(axis=0, keepdims=True)))[0]
        topic = Topic("", member.languages[0], (), vector, np.empty((0, len(vector)), np.float32))
        return replace(self._shortlist(query, topic, None, self._directory.all_but(position), started), answerable=True)

    def _answer(self, query: Query, topic: Topic, spent_ms: float) -> Shortlist:
        started = time.perf_counter() - spent_ms / 1e3
        words = self._snapshot.lexical.query(query.topic)
        return self._shortlist(query, topic, words, self._directory.select(query.filters), started)

    def _shortlist(
        self, query: Query, topic: Topic, words: LexicalQuery | None, selection: Selection, started: float
    ) -> Shortlist:
        likely = np.array([need.probability for need in topic.needs], np.float32)
        fusion = Fusion(self._snapshot, topic.whole, topic.by_need, likely, words)
        ranked = self._rank(fusion, selection, query.offset + query.limit)
        answerable = bool(ranked) and answer_odds(ranked[0][1], fusion.best_cosine, bool(topic.needs)) >= 0
        sought = " ".join(need.text for need in topic.needs) or topic.text
        shared = SharedWords(sought, lambda word: self._is_common(word, topic.language))
        matches = tuple(
            self._match(rank, position, score, candidates, shared, fusion, bool(topic.needs))
            for rank, (position, score, candidates) in enumerate(
                ranked[query.offset : query.offset + query.limit], query.offset + 1
            )
        )
        return Shortlist(
            topic=query.topic,
            language=topic.language,
            snapshot=self.manifest.snapshot,
            total=selection.size,
            matches=matches,
            facets=selection.facets,
            took_ms=round((time.perf_counter() - started) * 1e3, 2),
            needs=topic.needs,
            answerable=answerable,
            best_cosine=round(fusion.best_cosine, 4),
        )

    def _rank(self, fusion: Fusion, selection: Selection, needed: int) -> list[tuple[int, float, Candidates]]:
        """At least `needed` members best first (fewer where there are no more): row number, score, candidates it was found among.

        A member's score is that of its best passage; ties are in order of id. Members found with more candidates come after those
        found with fewer, so that a page never depends on how far down another page reaches.
        """
        passages = selection.passages
        available = self.manifest.counts["passages"] if passages is None else int(np.count_nonzero(passages))
        ranked: list[tuple[int, float, Candidates]] = []
        before = np.empty(0, np.int64)
        depth = FIRST_DEPTH
        while available:
            candidates = fusion.candidates(passages, depth)
            members, scores = self._best_by_member(candidates, selection)
            new = ~np.isin(members, before)
            order = np.argsort(-scores[new], kind="stable")[: needed - len(ranked)]
            ranked.extend((int(members[new][i]), float(scores[new][i]), candidates) for i in order)
            before = members
            if len(ranked) >= needed or depth >= available:
                break
            depth *= 4
        return ranked

    def _best_by_member(self, candidates: Candidates, selection: Selection) -> tuple[NDArray[np.int64], Vector]:
        """Row numbers of the members found, ascending, and the score of the best passage of each."""
        place, members = self._directory.users(candidates.rows)
        if selection.members is not None:
            kept = selection.members[members]
            place, members = place[kept], members[kept]
        order = np.argsort(members, kind="stable")
        found, first = np.unique(members[order], return_index=True)
        scores = candidates.scores[place[order]]
        return found, np.maximum.reduceat(scores, first) if len(found) else scores

    def _match(
        self,
        rank: int,
        position: int,
        score: float,
        candidates: Candidates,
        shared: SharedWords,
        fusion: Fusion,
        is_long: bool,
    ) -> Match:
        capabilities = self._directory.capabilities(position)
        passages = self._directory.passage_of[capabilities].astype(np.int64)
        scores = candidates.scores_of(passages)
        best = [int(i) for i in np.argsort(-scores, kind="stable")[:EVIDENCE_PER_MATCH] if np.isfinite(scores[i])]
        member = self._directory.member(position)
        evidence = tuple(self._evidence(capabilities[i], member, float(scores[i]), shared) for i in best)
        needs = _answered(fusion.need_scores(passages).max(axis=0)) if is_long else ()
        cosine = float(fusion.cosines(passages).max())
        relevance = relevance_of(score, cosine, is_long)
        return Match(rank, round(score, 4), relevance, member, evidence, needs, round(cosine, 4))

    def _evidence(self, capability: int, member: Member, score: float, shared: SharedWords) -> Evidence:
        language = self._snapshot.language_of(int(self._directory.passage_of[capability]))
        evidence = self._directory.evidence(capability, member, language, round(score, 4))
        marks = shared.marks(evidence.text, lambda word: self._is_common(word, evidence.language))
        return replace(evidence, marks=marks)


def _answered(deviations: Vector) -> tuple[int, ...]:
    """Numbers of the needs a member answers, perhaps none."""
    return tuple(int(i) for i in np.flatnonzero(deviations >= ANSWERED))


def _values(values: Values) -> tuple[str, ...] | None:
    if values is None:
        return None
    return (values,) if isinstance(values, str) else tuple(values)


def check_query(query: Query) -> None:
    """Raises InvalidQuery where the topic, the limit or the offset cannot be used."""
    if not query.topic.strip():
        raise InvalidQuery("the topic is empty; describe in French or English what you look for")
    if len(query.topic) > MAX_TOPIC_CHARS:
        raise InvalidQuery(
            f"the topic has {len(query.topic):,} characters, at most {MAX_TOPIC_CHARS:,} are accepted; keep the part that says what is needed"
        )
    if "\0" in query.topic:
        raise InvalidQuery(f"the topic has a null byte at character {query.topic.index(chr(0))}; send plain text")
    try:
        query.topic.encode()
    except UnicodeEncodeError as error:
        raise InvalidQuery(
            f"the topic has an unpaired surrogate at character {error.start}; send valid Unicode text"
        ) from error
    _check_page(query)


def _check_page(query: Query) -> None:
    if query.limit < 1:
        raise InvalidQuery(f"the limit is {query.limit}, at least 1 is needed")
    if query.offset < 0:
        raise InvalidQuery(f"the offset is {query.offset}, at least 0 is needed")
