"""Introductions, and the steps they may take: proposed, accepted or declined, met, project submitted."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from .errors import Conflict, InvalidEntry, NotKept
from .models import Introduction, State, Step
from .users import check_room, now, owned_by, user_to_write

__all__ = [
    "FOLLOWING",
    "MAX_INTRODUCTIONS",
    "add_introduction",
    "change_note",
    "delete_introduction",
    "get_introduction",
    "list_introductions",
    "take_step",
]

MAX_INTRODUCTIONS = 1_000
FOLLOWING: Mapping[State, tuple[State, ...]] = MappingProxyType(
    {
        State.PROPOSED: (State.ACCEPTED, State.DECLINED),
        State.ACCEPTED: (State.MET,),
        State.DECLINED: (),
        State.MET: (State.SUBMITTED,),
        State.SUBMITTED: (),
    }
)
"""The states that may follow each."""


def list_introductions(session: Session, user: str, limit: int, offset: int) -> Sequence[Introduction]:
    """A user's introductions with their steps, the one changed last first."""
    return session.scalars(
        select(Introduction)
        .where(Introduction.user_id == owned_by(user))
        .order_by(Introduction.updated.desc(), Introduction.id)
        .options(selectinload(Introduction.steps))
        .limit(limit)
        .offset(offset)
    ).all()


def get_introduction(session: Session, user: str, introduction_id: UUID) -> Introduction:
    """One of a user's introductions, with its steps. Raises NotKept."""
    found = session.scalar(
        select(Introduction)
        .where(Introduction.id == introduction_id, Introduction.user_id == owned_by(user))
        .options(selectinload(Introduction.steps))
    )
    if found is None:
        raise NotKept(f"no introduction of yours has the id {introduction_id}")
    return found


def add_introduction(
    session: Session, user: str, member_id: str, name: str, topic: str, note: str, day: date | None
) -> Introduction:
    """Begin an introduction, proposed on `day` (today by default). Raises InvalidEntry for a day to come, Conflict where there are too many."""
    owner = user_to_write(session, user)
    check_room(session, Introduction, owner, MAX_INTRODUCTIONS)
    made = now()
    introduction = Introduction(
        user_id=owner.id,
        member_id=member_id,
        name=name,
        topic=topic,
        note=note,
        state=State.PROPOSED,
        created=made,
        updated=made,
        steps=[Step(number=0, state=State.PROPOSED, day=_day(day, None))],
    )
    session.add(introduction)
    session.flush()
    return introduction


def take_step(
    session: Session, user: str, introduction_id: UUID, version: int, state: State, day: date | None
) -> Introduction:
    """Move an introduction on.

    Raises NotKept, Conflict where the state cannot follow or the step was thought of for another version, InvalidEntry where the day is to
    come or before the last step's.
    """
    introduction = _to_change(session, user, introduction_id, version)
    following = FOLLOWING[introduction.state]
    if state not in following:
        allowed = " or ".join(following) or "nothing"
        raise Conflict(f"after {introduction.state} can come {allowed}, not {state}")
    last = introduction.steps[-1]
    introduction.steps.append(Step(number=last.number + 1, state=state, day=_day(day, last.day)))
    introduction.state, introduction.updated = state, now()
    session.flush()
    return introduction


def change_note(session: Session, user: str, introduction_id: UUID, version: int, note: str) -> Introduction:
    """Replace the note. Raises NotKept, or Conflict where it was written for another version."""
    introduction = _to_change(session, user, introduction_id, version)
    introduction.note, introduction.updated = note, now()
    session.flush()
    return introduction


def delete_introduction(session: Session, user: str, introduction_id: UUID) -> None:
    """Delete one of a user's introductions. Raises NotKept."""
    user_to_write(session, user)
    session.delete(get_introduction(session, user, introduction_id))


def _to_change(session: Session, user: str, introduction_id: UUID, version: int) -> Introduction:
    user_to_write(session, user)
    introduction = get_introduction(session, user, introduction_id)
    if introduction.version != version:
        raise Conflict(
            f"the introduction is at version {introduction.version}, this change was made from {version}; read it again"
        )
    return introduction


def _day(day: date | None, last: date | None) -> date:
    """The day a step was taken; by default today, or the last step's day where today has not begun there yet."""
    today = datetime.now(UTC).date()
    if day is None:
        return today if last is None else max(today, last)
    if day > today + timedelta(days=1):  # tomorrow has begun somewhere
        raise InvalidEntry(f"{day} is to come; give the day of the step, or none for today")
    if last is not None and day < last:
        raise InvalidEntry(f"{day} is before the last step, of {last}; give that day or a later one")
    return day
