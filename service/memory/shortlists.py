"""Shortlists that a user keeps: members in order, each with a note."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from .errors import Conflict, NotKept
from .models import KeptMember, KeptShortlist
from .users import check_room, now, owned_by, user_to_write

__all__ = [
    "MAX_MEMBERS",
    "MAX_SHORTLISTS",
    "Entry",
    "add_shortlist",
    "change_shortlist",
    "delete_shortlist",
    "get_shortlist",
    "list_shortlists",
]

MAX_SHORTLISTS = 100
MAX_MEMBERS = 100


@dataclass(frozen=True, slots=True)
class Entry:
    """A member to keep: its id, its name today, a note."""

    member_id: str
    name: str
    note: str


def list_shortlists(session: Session, user: str) -> list[tuple[KeptShortlist, int]]:
    """A user's shortlists with how many members each has, the one changed last first."""
    counts = select(KeptMember.shortlist_id, func.count().label("size")).group_by(KeptMember.shortlist_id).subquery()
    rows = session.execute(
        select(KeptShortlist, func.coalesce(counts.c.size, 0))
        .outerjoin(counts, counts.c.shortlist_id == KeptShortlist.id)
        .where(KeptShortlist.user_id == owned_by(user))
        .order_by(KeptShortlist.updated.desc(), KeptShortlist.id)
    )
    return [(shortlist, size) for shortlist, size in rows]


def get_shortlist(session: Session, user: str, shortlist_id: UUID) -> KeptShortlist:
    """One of a user's shortlists, with its members. Raises NotKept."""
    found = session.scalar(
        select(KeptShortlist)
        .where(KeptShortlist.id == shortlist_id, KeptShortlist.user_id == owned_by(user))
        .options(selectinload(KeptShortlist.members))
    )
    if found is None:
        raise NotKept(f"no shortlist of yours has the id {shortlist_id}")
    return found


def add_shortlist(session: Session, user: str, title: str, topic: str, entries: Sequence[Entry]) -> KeptShortlist:
    """Keep another shortlist. Raises Conflict where there are too many."""
    owner = user_to_write(session, user)
    check_room(session, KeptShortlist, owner, MAX_SHORTLISTS)
    made = now()
    shortlist = KeptShortlist(
        user_id=owner.id, title=title, topic=topic, created=made, updated=made, members=_members(entries)
    )
    session.add(shortlist)
    session.flush()
    return shortlist


def change_shortlist(
    session: Session, user: str, shortlist_id: UUID, version: int, title: str, topic: str, entries: Sequence[Entry]
) -> KeptShortlist:
    """Replace what a shortlist says. Raises NotKept, or Conflict where it is not the version that the change was made from."""
    user_to_write(session, user)
    shortlist = get_shortlist(session, user, shortlist_id)
    if shortlist.version != version:
        raise Conflict(
            f"the shortlist is at version {shortlist.version}, this change was made from {version}; read it again"
        )
    shortlist.members.clear()
    session.flush()
    shortlist.title, shortlist.topic, shortlist.updated = title, topic, now()
    shortlist.members.extend(_members(entries))
    session.flush()
    return shortlist


def delete_shortlist(session: Session, user: str, shortlist_id: UUID) -> None:
    """Delete one of a user's shortlists. Raises NotKept."""
    user_to_write(session, user)
    session.delete(get_shortlist(session, user, shortlist_id))


def _members(entries: Sequence[Entry]) -> list[KeptMember]:
    return [
        KeptMember(position=position, member_id=entry.member_id, name=entry.name, note=entry.note)
        for position, entry in enumerate(entries)
    ]
