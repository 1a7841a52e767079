"""/v1/shortlists and /v1/introductions."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from fastapi import Query as QueryParameters

from search import UnknownMember

from ..live import Live
from ..security import Masked
from . import introductions, shortlists
from .access import User
from .answers import Answers, summary_out
from .database import Memory
from .errors import InvalidEntry
from .members import Directory
from .models import KeptShortlist
from .problems import NOT_KEPT, NOT_KEPT_OR_CONFLICT
from .requests import IntroductionIn, KeptIn, NoteIn, PageOf, ShortlistChange, ShortlistIn, StepIn
from .schemas import IntroductionOut, IntroductionsOut, ShortlistOut, ShortlistsOut
from .shortlists import Entry

__all__ = ["kept_routes"]


def kept_routes(live: Live, memory: Memory) -> APIRouter:
    """The routes of what a user keeps of members."""
    routes = APIRouter()
    routes.include_router(_shortlists(live, memory))
    routes.include_router(_introductions(live, memory))
    return routes


def _shortlists(live: Live, memory: Memory) -> APIRouter:
    routes = APIRouter(tags=["shortlists"])

    @routes.get("/shortlists", summary="Your shortlists")
    def listed(user: User) -> ShortlistsOut:
        with memory.reading() as session:
            found = shortlists.list_shortlists(session, user)
            return ShortlistsOut(shortlists=[summary_out(shortlist, size) for shortlist, size in found])

    @routes.post("/shortlists", summary="Keep a shortlist", status_code=201, responses=NOT_KEPT_OR_CONFLICT)
    def add(sent: ShortlistIn, user: User, masked: Masked) -> ShortlistOut:
        directory = Directory(live)
        entries = _entries(directory, sent.members)
        with memory.writing() as session:
            made = shortlists.add_shortlist(session, user, sent.title, sent.topic, entries)
            return Answers(directory, masked).shortlist(made)

    @routes.get("/shortlists/{shortlist_id}", summary="One of your shortlists", responses=NOT_KEPT)
    def one(shortlist_id: UUID, user: User, masked: Masked) -> ShortlistOut:
        """Members that left the directory stay, with their notes, as `gone`."""
        with memory.reading() as session:
            return Answers(Directory(live), masked).shortlist(shortlists.get_shortlist(session, user, shortlist_id))

    @routes.put("/shortlists/{shortlist_id}", summary="Change a shortlist", responses=NOT_KEPT_OR_CONFLICT)
    def change(shortlist_id: UUID, sent: ShortlistChange, user: User, masked: Masked) -> ShortlistOut:
        """Replaces all it says. `version` is that of the shortlist as it was read: 409 where it was changed since."""
        directory = Directory(live)
        with memory.writing() as session:
            before = shortlists.get_shortlist(session, user, shortlist_id)
            entries = _entries(directory, sent.members, before)
            changed = shortlists.change_shortlist(
                session, user, shortlist_id, sent.version, sent.title, sent.topic, entries
            )
            return Answers(directory, masked).shortlist(changed)

    @routes.delete("/shortlists/{shortlist_id}", summary="Delete a shortlist", status_code=204, responses=NOT_KEPT)
    def delete(shortlist_id: UUID, user: User) -> None:
        with memory.writing() as session:
            shortlists.delete_shortlist(session, user, shortlist_id)

    return routes


def _introductions(live: Live, memory: Memory) -> APIRouter:
    routes = APIRouter(tags=["introductions"])

    @routes.get("/introductions", summary="Your introductions")
    def listed(page: Annotated[PageOf, QueryParameters()], user: User, masked: Masked) -> IntroductionsOut:
        answers = Answers(Directory(live), masked)
        with memory.reading() as session:
            found = introductions.list_introductions(session, user, page.limit, page.offset)
            return IntroductionsOut(introductions=[answers.introduction(introduction) for introduction in found])

    @routes.post("/introductions", summary="Propose an introduction", status_code=201, responses=NOT_KEPT_OR_CONFLICT)
    def add(sent: IntroductionIn, user: User, masked: Masked) -> IntroductionOut:
        directory = Directory(live)
        (entry,) = _entries(directory, [KeptIn(member_id=sent.member_id)])
        with memory.writing() as session:
            made = introductions.add_introduction(
                session, user, entry.member_id, entry.name, sent.topic, sent.note, sent.day
            )
            return Answers(directory, masked).introduction(made)

    @routes.get("/introductions/{introduction_id}", summary="One of your introductions", responses=NOT_KEPT)
    def one(introduction_id: UUID, user: User, masked: Masked) -> IntroductionOut:
        with memory.reading() as session:
            found = introductions.get_introduction(session, user, introduction_id)
            return Answers(Directory(live), masked).introduction(found)

    @routes.post(
        "/introductions/{introduction_id}/steps", summary="Move an introduction on", responses=NOT_KEPT_OR_CONFLICT
    )
    def step(introduction_id: UUID, sent: StepIn, user: User, masked: Masked) -> IntroductionOut:
        """409 where the state cannot follow, or the introduction was changed since `version`."""
        with memory.writing() as session:
            moved = introductions.take_step(session, user, introduction_id, sent.version, sent.state, sent.day)
            return Answers(Directory(live), masked).introduction(moved)

    @routes.put("/introductions/{introduction_id}/note", summary="Write another note", responses=NOT_KEPT_OR_CONFLICT)
    def note(introduction_id: UUID, sent: NoteIn, user: User, masked: Masked) -> IntroductionOut:
        with memory.writing() as session:
            changed = introductions.change_note(session, user, introduction_id, sent.version, sent.note)
            return Answers(Directory(live), masked).introduction(changed)

    @routes.delete(
        "/introductions/{introduction_id}", summary="Delete an introduction", status_code=204, responses=NOT_KEPT
    )
    def delete(introduction_id: UUID, user: User) -> None:
        with memory.writing() as session:
            introductions.delete_introduction(session, user, introduction_id)

    return routes


def _entries(directory: Directory, sent: Sequence[KeptIn], before: KeptShortlist | None = None) -> list[Entry]:
    """The members sent, with their names: who is there now, or was in the list before. Raises UnknownMember, or InvalidEntry for one twice."""
    known = {kept.member_id: kept.name for kept in before.members} if before else {}
    entries: dict[str, Entry] = {}
    for kept in sent:
        name = directory.name(kept.member_id) or known.get(kept.member_id)
        if name is None:
            raise UnknownMember(f"no member has the id {kept.member_id!r}")
        if kept.member_id in entries:
            raise InvalidEntry(f"the member {kept.member_id!r} is in the list twice; keep one of the two")
        entries[kept.member_id] = Entry(kept.member_id, name, kept.note)
    return list(entries.values())
