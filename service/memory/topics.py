"""Topics that a user saved: asked once when saved, then of each new snapshot at night."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from search import Filters, Match, Query, Searcher

from .errors import NotKept
from .models import Finding, SavedTopic, User
from .users import check_room, now, owned_by, user_to_write

__all__ = [
    "FEED_LENGTH",
    "MAX_FINDINGS",
    "MAX_TOPICS",
    "Answer",
    "Watch",
    "answer_of",
    "delete_topic",
    "feed_of",
    "get_topic",
    "list_findings",
    "list_topics",
    "renew_feed",
    "save_topic",
]

MAX_TOPICS = 50
MAX_ANSWERING = 200
"""Members counted as answering a topic; those after the best 200 are not."""
MAX_FINDINGS = 200
"""Findings kept of a topic, the newest."""
FEED_LENGTH = 50


@dataclass(frozen=True, slots=True)
class Watch:
    """What is asked again and again: a topic, allowed values by facet, and the relevance from which on a member answers it."""

    topic: str
    filters: Mapping[str, Sequence[str]]
    min_relevance: float


@dataclass(frozen=True, slots=True)
class Answer:
    """Who answers a topic in a snapshot, best first, and the topic's language."""

    snapshot: str
    language: str
    matches: tuple[Match, ...]

    @property
    def ids(self) -> list[str]:
        """The members' ids."""
        return [match.member.id for match in self.matches]


def answer_of(searcher: Searcher, watch: Watch) -> Answer:
    """Ask a snapshot. Raises InvalidQuery."""
    filters = Filters.from_lists(watch.filters)
    found = searcher.answer([Query(watch.topic, filters, MAX_ANSWERING, min_relevance=watch.min_relevance)])[0]
    return Answer(found.snapshot, found.language, found.matches)


def list_topics(session: Session, user: str) -> Sequence[SavedTopic]:
    """A user's saved topics, the newest first."""
    return session.scalars(
        select(SavedTopic)
        .where(SavedTopic.user_id == owned_by(user))
        .order_by(SavedTopic.created.desc(), SavedTopic.id)
    ).all()


def get_topic(session: Session, user: str, topic_id: UUID) -> SavedTopic:
    """One of a user's saved topics. Raises NotKept."""
    found = session.scalar(select(SavedTopic).where(SavedTopic.id == topic_id, SavedTopic.user_id == owned_by(user)))
    if found is None:
        raise NotKept(f"no saved topic of yours has the id {topic_id}")
    return found


def save_topic(session: Session, user: str, watch: Watch, answer: Answer) -> SavedTopic:
    """Keep a topic; those who answer it today are known from now on. Saved again as it was, it is the one there is.

    Raises Conflict where there are too many.
    """
    owner = user_to_write(session, user)
    filters = {name: list(values) for name, values in watch.filters.items() if values}
    for kept in list_topics(session, user):
        if (kept.topic, kept.filters, kept.min_relevance) == (watch.topic, filters, watch.min_relevance):
            return kept
    check_room(session, SavedTopic, owner, MAX_TOPICS)
    made = now()
    saved = SavedTopic(
        user_id=owner.id,
        topic=watch.topic,
        language=answer.language,
        filters=filters,
        min_relevance=watch.min_relevance,
        feed_token=_token(),
        created=made,
        asked=made,
        snapshot=answer.snapshot,
        answering=answer.ids,
        failure="",
    )
    session.add(saved)
    session.flush()
    return saved


def delete_topic(session: Session, user: str, topic_id: UUID) -> None:
    """Delete a saved topic, with what was found for it and its feed. Raises NotKept."""
    user_to_write(session, user)
    session.delete(get_topic(session, user, topic_id))


def renew_feed(session: Session, user: str, topic_id: UUID) -> SavedTopic:
    """Give a topic's feed another address; the one before leads nowhere. Raises NotKept."""
    user_to_write(session, user)
    saved = get_topic(session, user, topic_id)
    saved.feed_token = _token()
    return saved


def list_findings(session: Session, topic_id: UUID, limit: int) -> Sequence[Finding]:
    """The newest findings for a topic, the newest first; of one night, the most relevant first."""
    return session.scalars(
        select(Finding)
        .where(Finding.topic_id == topic_id)
        .order_by(Finding.found.desc(), Finding.relevance.desc(), Finding.member_id)
        .limit(limit)
    ).all()


def feed_of(session: Session, topic_id: UUID, token: str) -> tuple[SavedTopic, str]:
    """The topic whose feed is at this address, and its user's name. Raises NotKept, which says the same of a wrong id and a wrong token."""
    row = session.execute(
        select(SavedTopic, User.name).join(User, User.id == SavedTopic.user_id).where(SavedTopic.id == topic_id)
    ).first()
    if row is None or not secrets.compare_digest(row[0].feed_token.encode(), token.encode("utf-8", "replace")):
        raise NotKept("no feed has this address; its owner may have renewed it, or deleted the topic")
    return row[0], row[1]


def _token() -> str:
    return secrets.token_urlsafe(32)
