"""Users, and all that is kept of one: found, counted, exported, deleted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ScalarSelect, delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Session

from .errors import Conflict
from .models import Introduction, Judgment, KeptShortlist, SavedTopic, User

__all__ = ["Holding", "check_room", "export_user", "forget_user", "list_users", "now", "owned_by", "user_to_write"]

Owned = type[KeptShortlist] | type[Introduction] | type[Judgment] | type[SavedTopic]
KINDS: dict[str, Owned] = {
    "shortlists": KeptShortlist,
    "introductions": Introduction,
    "judgments": Judgment,
    "topics": SavedTopic,
}


@dataclass(frozen=True, slots=True)
class Holding:
    """How much of what a user keeps."""

    user: str
    counts: dict[str, int]


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


def owned_by(user: str) -> ScalarSelect[int]:
    """The ids of users of this name, one or none, for the where of a query."""
    return select(User.id).where(User.name == user).scalar_subquery()


def user_to_write(session: Session, user: str) -> User:
    """The user of this name, made where there is none, held until the transaction ends: a user's changes come one after another."""
    holding = select(User).where(User.name == user).with_for_update()
    found = session.scalar(holding)
    if found is None:
        try:
            with session.begin_nested():
                session.add(User(name=user, created=now()))
        except IntegrityError:  # made by another request meanwhile
            session.expire_all()
        found = session.scalars(holding).one()
    return found


def check_room(session: Session, kind: Owned, owner: User, most: int) -> None:
    """Raises Conflict where a user has so many of a kind already."""
    count = session.scalar(select(func.count()).select_from(kind).where(kind.user_id == owner.id)) or 0
    if count >= most:
        raise Conflict(f"{count:,} {kind.__tablename__} are kept already, at most {most:,} are; delete some first")


def list_users(session: Session) -> list[Holding]:
    """Every user by name, and how much each keeps."""
    return [Holding(user.name, _counts(session, user)) for user in session.scalars(select(User).order_by(User.name))]


def forget_user(session: Session, user: str) -> Holding:
    """Delete all that is kept of a user, addresses of feeds and the name too; what that was. Nothing where there is no such user."""
    found = session.scalar(select(User).where(User.name == user).with_for_update())
    if found is None:
        return Holding(user, dict.fromkeys(KINDS, 0))
    holding = Holding(user, _counts(session, found))
    session.execute(delete(User).where(User.id == found.id))  # the rest follows by its foreign keys
    return holding


def export_user(session: Session, user: str, said: Callable[[str], str] = str) -> dict[str, Any]:
    """All that is kept of a user, as JSON can say it, but for the secrets in addresses of feeds.

    said: applied to what members wrote, their names and evidence.
    """
    found = session.scalar(select(User).where(User.name == user))
    kept: dict[str, Any] = {"user": user, "created": found.created.isoformat() if found else None}
    for name, kind in KINDS.items():
        rows: Sequence[DeclarativeBase] = (
            session.scalars(select(kind).where(kind.user_id == found.id).order_by(kind.id)).all() if found else []
        )
        kept[name] = [_plain(row, said) for row in rows]
    return kept


def _counts(session: Session, user: User) -> dict[str, int]:
    return {
        name: session.scalar(select(func.count()).select_from(kind).where(kind.user_id == user.id)) or 0
        for name, kind in KINDS.items()
    }


LEFT_OUT = frozenset(
    {"user_id", "shortlist_id", "introduction_id", "topic_id", "topic_digest", "feed_token", "number", "position"}
)
WRITTEN_BY_MEMBERS = frozenset({"name", "evidence"})
CHILDREN = frozenset({"members", "steps", "findings"})


def _plain(row: DeclarativeBase, said: Callable[[str], str]) -> dict[str, Any]:
    values: dict[str, Any] = {
        c.key: _written(getattr(row, c.key)) for c in row.__table__.columns if c.key not in LEFT_OUT
    }
    values |= {name: said(values[name]) for name in WRITTEN_BY_MEMBERS & values.keys()}
    children = {
        relation.key: [_plain(child, said) for child in getattr(row, relation.key)]
        for relation in row.__mapper__.relationships
        if relation.key in CHILDREN
    }
    return {**values, **children}


def _written(value: object) -> object:
    if isinstance(value, UUID):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value
