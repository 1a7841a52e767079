"""The tables of the memory. Every row belongs to a user, directly or through its parent, and goes with it."""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID, uuid4

from sqlalchemy import JSON, Date, DateTime, Dialect, Enum, ForeignKey, Index, MetaData, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

__all__ = [
    "Base",
    "Finding",
    "Introduction",
    "Judgment",
    "KeptMember",
    "KeptShortlist",
    "Reason",
    "SavedTopic",
    "State",
    "Step",
    "User",
    "Verdict",
]

ID_CHARS = 200
NAME_CHARS = 200


class State(StrEnum):
    """How far an introduction has come."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    MET = "met"
    SUBMITTED = "project_submitted"


class Verdict(StrEnum):
    """What a user thinks of a member for a topic."""

    GOOD = "good_match"
    NOT_FOR_US = "not_for_us"


class Reason(StrEnum):
    """Why a member is listed by a saved topic: it came into the directory, or it was there and did not answer before."""

    NEW_MEMBER = "new_member"
    NEWLY_ANSWERING = "newly_answering"


class _Utc(TypeDecorator[datetime]):
    """A time in UTC, also where the database keeps no time zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """See SQLAlchemy."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """See SQLAlchemy."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """What all tables share: names of constraints that migrations can rely on."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: _Utc, date: Date, str: Text}


def _owner() -> Mapped[int]:
    return mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)


def _choice(kind: type[StrEnum]) -> Enum:
    return Enum(
        kind, native_enum=False, length=32, create_constraint=False, values_callable=lambda k: [v.value for v in k]
    )


class User(Base):
    """Who the rest belongs to; see `service.security.callers.Caller.user` for the name."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(NAME_CHARS), unique=True)
    created: Mapped[datetime]


class KeptShortlist(Base):
    """Members kept under a title, in order; `version` grows by one with each change."""

    __tablename__ = "shortlists"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[int] = _owner()
    title: Mapped[str] = mapped_column(String(NAME_CHARS))
    topic: Mapped[str]
    version: Mapped[int] = mapped_column()
    created: Mapped[datetime]
    updated: Mapped[datetime]
    members: Mapped[list["KeptMember"]] = relationship(
        order_by="KeptMember.position", cascade="all, delete-orphan", passive_deletes=True
    )
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class KeptMember(Base):
    """A member of a shortlist, with its name on the day it was kept and a note."""

    __tablename__ = "shortlist_members"

    shortlist_id: Mapped[UUID] = mapped_column(ForeignKey("shortlists.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[str] = mapped_column(String(ID_CHARS))
    name: Mapped[str]
    note: Mapped[str]


class Introduction(Base):
    """A member that the user was, or is to be, brought together with; `version` grows by one with each change."""

    __tablename__ = "introductions"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[int] = _owner()
    member_id: Mapped[str] = mapped_column(String(ID_CHARS))
    name: Mapped[str]
    topic: Mapped[str]
    note: Mapped[str]
    state: Mapped[State] = mapped_column(_choice(State))
    version: Mapped[int] = mapped_column()
    created: Mapped[datetime]
    updated: Mapped[datetime]
    steps: Mapped[list["Step"]] = relationship(
        order_by="Step.number", cascade="all, delete-orphan", passive_deletes=True
    )
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class Step(Base):
    """A state that an introduction came to, and the day."""

    __tablename__ = "introduction_steps"

    introduction_id: Mapped[UUID] = mapped_column(ForeignKey("introductions.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[State] = mapped_column(_choice(State))
    day: Mapped[date]


class Judgment(Base):
    """A verdict on a member for a topic. `topic_digest` is the SHA-256 of the topic's text: indexes have no room for a call text."""

    __tablename__ = "judgments"
    __table_args__ = (UniqueConstraint("user_id", "topic_digest", "member_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    topic_digest: Mapped[str] = mapped_column(String(64))
    topic: Mapped[str]
    language: Mapped[str] = mapped_column(String(8))
    member_id: Mapped[str] = mapped_column(String(ID_CHARS))
    name: Mapped[str]
    verdict: Mapped[Verdict] = mapped_column(_choice(Verdict))
    snapshot: Mapped[str] = mapped_column(String(100))
    updated: Mapped[datetime]


class SavedTopic(Base):
    """A topic asked again of each new snapshot. `answering` are the members that answered in `snapshot`, the last one it was asked of;
    `failure` is why that did not work the last time it was tried."""

    __tablename__ = "topics"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[int] = _owner()
    topic: Mapped[str]
    language: Mapped[str] = mapped_column(String(8))
    filters: Mapped[dict[str, list[str]]] = mapped_column(JSON)
    min_relevance: Mapped[float]
    feed_token: Mapped[str] = mapped_column(String(64))
    created: Mapped[datetime]
    asked: Mapped[datetime]
    snapshot: Mapped[str] = mapped_column(String(100))
    answering: Mapped[list[str]] = mapped_column(JSON)
    failure: Mapped[str]
    findings: Mapped[list["Finding"]] = relationship(
        order_by="(Finding.found.desc(), Finding.relevance.desc(), Finding.member_id)",
        cascade="all, delete-orphan",
        passive_deletes=True,
    )


class Finding(Base):
    """A member that began to answer a saved topic, and what it says."""

    __tablename__ = "findings"
    __table_args__ = (
        UniqueConstraint("topic_id", "snapshot", "member_id"),
        Index(None, "topic_id", "found"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    topic_id: Mapped[UUID] = mapped_column(ForeignKey("topics.id", ondelete="CASCADE"))
    snapshot: Mapped[str] = mapped_column(String(100))
    member_id: Mapped[str] = mapped_column(String(ID_CHARS))
    name: Mapped[str]
    relevance: Mapped[float]
    reason: Mapped[Reason] = mapped_column(_choice(Reason))
    evidence: Mapped[str]
    found: Mapped[datetime]
