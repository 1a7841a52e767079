"""Verdicts of users on members for topics, and the same as qrels that `passerelle evaluate` reads."""

import hashlib
import json
from collections.abc import Collection, Iterator, Sequence
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from .errors import NotKept
from .models import Judgment, User, Verdict
from .users import check_room, now, owned_by, user_to_write

__all__ = ["GRADES", "MAX_JUDGMENTS", "delete_judgment", "judge", "list_judgments", "qrels", "verdicts_on"]

MAX_JUDGMENTS = 10_000
GRADES = {Verdict.GOOD: 2, Verdict.NOT_FOR_US: 0}
"""As in judged topics: 2 is useful, 0 is not relevant."""


def list_judgments(session: Session, user: str, limit: int, offset: int) -> Sequence[Judgment]:
    """A user's judgments, the newest first."""
    return session.scalars(
        select(Judgment)
        .where(Judgment.user_id == owned_by(user))
        .order_by(Judgment.updated.desc(), Judgment.id)
        .limit(limit)
        .offset(offset)
    ).all()


def verdicts_on(session: Session, user: str, topic: str, member_ids: Collection[str]) -> dict[str, Verdict]:
    """What a user said of these members for a topic, by member id."""
    rows = session.execute(
        select(Judgment.member_id, Judgment.verdict).where(
            Judgment.user_id == owned_by(user),
            Judgment.topic_digest == _digest(topic),
            Judgment.member_id.in_(member_ids),
        )
    )
    return dict(rows.tuples().all())


def judge(
    session: Session, user: str, topic: str, language: str, member_id: str, name: str, verdict: Verdict, snapshot: str
) -> Judgment:
    """Keep a verdict; a later one on the same member for the same topic takes its place. Raises Conflict where there are too many."""
    owner = user_to_write(session, user)
    digest = _digest(topic)
    judgment = session.scalar(
        select(Judgment).where(
            Judgment.user_id == owner.id, Judgment.topic_digest == digest, Judgment.member_id == member_id
        )
    )
    if judgment is None:
        check_room(session, Judgment, owner, MAX_JUDGMENTS)
        judgment = Judgment(user_id=owner.id, topic_digest=digest, topic=topic, language=language, member_id=member_id)
        session.add(judgment)
    judgment.name, judgment.verdict, judgment.snapshot, judgment.updated = name, verdict, snapshot, now()
    session.flush()
    return judgment


def delete_judgment(session: Session, user: str, judgment_id: UUID) -> None:
    """Take a verdict back. Raises NotKept."""
    owner = user_to_write(session, user)
    found = session.execute(
        delete(Judgment).where(Judgment.id == judgment_id, Judgment.user_id == owner.id).returning(Judgment.id)
    )
    if found.first() is None:
        raise NotKept(f"no judgment of yours has the id {judgment_id}")


def qrels(session: Session, user: str | None) -> Iterator[str]:
    """Judged topics as lines of JSON, of one user or of all, in order of topic.

    A topic's id is made of its text. Where users disagree on a member, the good match counts. Topics that nobody has a good match for are
    left out: they would say that no member at all answers.
    """
    chosen = select(Judgment).order_by(Judgment.topic_digest, Judgment.member_id, Judgment.updated)
    if user is not None:
        chosen = chosen.where(Judgment.user_id.in_(select(User.id).where(User.name == user)))
    topics: dict[str, tuple[Judgment, dict[str, int]]] = {}
    for judgment in session.scalars(chosen):
        _, grades = topics.setdefault(judgment.topic_digest, (judgment, {}))
        grades[judgment.member_id] = max(GRADES[judgment.verdict], grades.get(judgment.member_id, 0))
    for digest, (first, grades) in topics.items():
        if any(grades.values()):
            record = {
                "id": f"{digest[:16]}-{first.language}",
                "lang": first.language,
                "text": first.topic,
                "relevant": grades,
            }
            yield json.dumps(record, ensure_ascii=False) + "\n"


def _digest(topic: str) -> str:
    return hashlib.sha256(topic.encode()).hexdigest()
