"""Saved topics asked of the current snapshot: who answers now and did not the last time."""

import logging
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from sqlalchemy import delete, select

from search import Match, PasserelleError, Searcher, SnapshotRefused
from search.directory import Directory
from search.snapshot import Snapshot
from search.store import Store

from .database import Memory
from .members import merged_ids
from .models import Finding, Reason, SavedTopic
from .topics import MAX_FINDINGS, Answer, Watch, answer_of
from .users import now

__all__ = ["TopicsRun", "run_topics"]

MAX_EVIDENCE = 1_000
MAX_FAILURE = 300

_log = logging.getLogger("passerelle.topics")


@dataclass(frozen=True, slots=True)
class TopicsRun:
    """What a run did: topics asked, topics already asked of this snapshot, findings, and by topic id why it failed."""

    snapshot: str
    asked: int
    known: int
    found: int
    failed: tuple[tuple[UUID, str], ...]


def run_topics(memory: Memory, store: Store, searcher: Searcher) -> TopicsRun:
    """Ask every saved topic that was not asked of this snapshot yet, each in a transaction of its own; one that fails is told and tried
    again the next time.

    A member that was merged into another since is the other. Raises MemoryRefused where the database fails as a whole.
    """
    snapshot = searcher.manifest.snapshot
    with memory.reading() as session:
        rows = session.execute(select(SavedTopic.id, SavedTopic.snapshot).order_by(SavedTopic.id)).all()
    waiting = [topic_id for topic_id, asked_of in rows if asked_of != snapshot]
    night = _Night(memory, store, searcher)
    asked = found = 0
    failed: list[tuple[UUID, str]] = []
    for topic_id in waiting:
        try:
            found += night.ask(topic_id)
            asked += 1
        except Exception as error:
            reason = (str(error) if isinstance(error, PasserelleError) else repr(error))[:MAX_FAILURE]
            _log.warning(
                "topic %s could not be asked: %s", topic_id, reason, exc_info=not isinstance(error, PasserelleError)
            )
            failed.append((topic_id, reason))
            night.note_failure(topic_id, reason)
    return TopicsRun(snapshot, asked, len(rows) - len(waiting), found, tuple(failed))


class _Night:
    """One snapshot, asked topic by topic."""

    def __init__(self, memory: Memory, store: Store, searcher: Searcher) -> None:
        self._memory = memory
        self._searcher = searcher
        self._snapshot = searcher.manifest.snapshot
        self._merged = merged_ids(store.snapshot_path(self._snapshot))
        self._before = lru_cache(maxsize=4)(lambda snapshot: _directory(store, snapshot))

    def ask(self, topic_id: UUID) -> int:
        """Ask one topic; how many members it found."""
        with self._memory.reading() as session:
            topic = session.get(SavedTopic, topic_id)
        if topic is None:  # deleted meanwhile
            return 0
        answer = answer_of(self._searcher, Watch(topic.topic, topic.filters, topic.min_relevance))
        answering = {self._merged.get(member_id, member_id) for member_id in topic.answering}
        findings = [self._finding(topic, match) for match in answer.matches if match.member.id not in answering]
        return self._keep(topic, answer, findings)

    def note_failure(self, topic_id: UUID, reason: str) -> None:
        """Keep why a topic could not be asked."""
        with self._memory.writing() as session:
            topic = session.get(SavedTopic, topic_id, with_for_update=True)
            if topic is not None:
                topic.failure = reason

    def _finding(self, topic: SavedTopic, match: Match) -> Finding:
        before = self._before(topic.snapshot)
        was_there = before is None or any(before.find(known) is not None for known in self._ids_of(match.member.id))
        return Finding(
            topic_id=topic.id,
            snapshot=self._snapshot,
            member_id=match.member.id,
            name=match.member.name,
            relevance=match.relevance,
            reason=Reason.NEWLY_ANSWERING if was_there else Reason.NEW_MEMBER,
            evidence=match.evidence[0].text[:MAX_EVIDENCE] if match.evidence else "",
        )

    def _ids_of(self, member_id: str) -> Collection[str]:
        """The ids that a member's records may have had."""
        return {member_id, *(merged for merged, kept in self._merged.items() if kept == member_id)}

    def _keep(self, asked: SavedTopic, answer: Answer, findings: list[Finding]) -> int:
        """Write down what was found, unless another run did meanwhile."""
        with self._memory.writing() as session:
            topic = session.get(SavedTopic, asked.id, with_for_update=True)
            if topic is None or topic.snapshot != asked.snapshot:
                return 0
            topic.snapshot, topic.asked, topic.answering, topic.failure = answer.snapshot, now(), answer.ids, ""
            known = set(
                session.scalars(
                    select(Finding.member_id).where(Finding.topic_id == topic.id, Finding.snapshot == answer.snapshot)
                )
            )
            fresh = [finding for finding in findings if finding.member_id not in known]
            for finding in fresh:
                finding.found = topic.asked
            session.add_all(fresh)
            session.flush()
            newest = (
                select(Finding.id)
                .where(Finding.topic_id == topic.id)
                .order_by(Finding.found.desc(), Finding.relevance.desc(), Finding.member_id)
                .limit(MAX_FINDINGS)
            )
            session.execute(delete(Finding).where(Finding.topic_id == topic.id, Finding.id.not_in(newest)))
            return len(fresh)


def _directory(store: Store, snapshot: str) -> Directory | None:
    """The members of an earlier snapshot; None where it is there no more, or cannot be read."""
    if snapshot not in store.snapshots():
        return None
    try:
        return Snapshot.open(store.snapshot_path(snapshot), verify=False).directory
    except SnapshotRefused:
        return None
