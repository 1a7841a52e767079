"""The page of what a user keeps, and the forms that keep it. No script: buttons send forms, and lead back."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from search import InvalidQuery, Searcher, Shortlist

from ..live import Live
from ..memory import Memory
from ..memory import introductions as introduced
from ..memory import judgments as judged
from ..memory import shortlists as kept
from ..memory import topics as saved
from ..memory.access import visitor_of
from ..memory.answers import Answers, topic_out
from ..memory.api_topics import keep_judgment, keep_topic
from ..memory.errors import MemoryRefused, NotAllowed
from ..memory.files import judgments_file, memory_file
from ..memory.members import Directory
from ..memory.models import SavedTopic, Verdict
from ..memory.requests import DEFAULT_RELEVANCE
from ..memory.topics import Watch
from ..memory.users import forget_user
from ..security import Masked
from ..texts import texts_for
from . import views
from .address import Address
from .forms import form_of
from .making import address_of, page_of

__all__ = ["add_memory_pages", "verdicts_of"]

SHOWN = 100
"""Judgments and introductions on the page, the newest; the rest is in the file to save."""
FOUND_SHOWN = 20

_log = logging.getLogger("passerelle.pages")


def _visitor(request: Request) -> str:
    """The user who asks, through a page of this service."""
    user = visitor_of(request)
    if user is None:
        raise NotAllowed("nobody's memory is open to this visitor, or a page of another site asks")
    return user


_Visitor = Annotated[str, Depends(_visitor)]
_Form = Annotated[Mapping[str, str], Depends(form_of)]


def verdicts_of(request: Request, shortlist: Shortlist) -> Mapping[str, Verdict]:
    """What the visitor said of these matches for their topic, by member id; nothing where the database fails, since searches go on."""
    memory: Memory | None = request.app.state.memory
    user = visitor_of(request)
    if memory is None or user is None:
        return {}
    try:
        with memory.reading() as session:
            return judged.verdicts_on(session, user, shortlist.topic, [match.member.id for match in shortlist])
    except MemoryRefused as error:
        _log.warning("verdicts could not be shown: %s", error)
        return {}


def add_memory_pages(pages: APIRouter, live: Live, memory: Memory) -> None:
    """Add /memory, and where its forms and those of the results are sent."""

    @pages.get("/memory")
    def memory_page(request: Request, user: _Visitor, masked: Masked) -> Response:
        directory = Directory(live)
        answers = Answers(directory, masked)
        with memory.reading() as session:
            topics = [
                (
                    topic_out(topic),
                    _asked(request, directory.searcher, topic),
                    [answers.finding(found) for found in saved.list_findings(session, topic.id, FOUND_SHOWN)],
                )
                for topic in saved.list_topics(session, user)
            ]
            judgments = [answers.judgment(one) for one in judged.list_judgments(session, user, SHOWN, 0)]
            introductions = [
                answers.introduction(one) for one in introduced.list_introductions(session, user, SHOWN, 0)
            ]
            shortlists = [
                answers.shortlist(kept.get_shortlist(session, user, one.id))
                for one, _ in kept.list_shortlists(session, user)
            ]
        return page_of(
            request,
            "memory.html",
            manifest=directory.searcher.manifest,
            topics=topics,
            judgments=judgments,
            introductions=introductions,
            shortlists=shortlists,
        )

    # The cookie of a visitor who signed in is for pages alone, so the files have addresses beside those of the API.
    @pages.get("/memory/export")
    def memory_export(user: _Visitor, masked: Masked) -> Response:
        return memory_file(memory, user, masked)

    @pages.get("/judgments/export")
    def judgments_export(user: _Visitor) -> Response:
        return judgments_file(memory, user)

    _add_forms(pages, live, memory)


def _add_forms(pages: APIRouter, live: Live, memory: Memory) -> None:
    @pages.post("/topics")
    def save_topic(request: Request, user: _Visitor) -> Response:
        """Saves the search of the form's address: its topic, filters and least relevance."""
        address = address_of(request)
        least = address.share("min_relevance") or DEFAULT_RELEVANCE
        keep_topic(memory, live.searcher, user, Watch(address.topic, address.filters.active(), least))
        return _to(address, "/memory")

    @pages.post("/judgments")
    def judge(request: Request, form: _Form, user: _Visitor) -> Response:
        """Judges for the topic of the form's address, and leads back to the match there."""
        address, rank = address_of(request), form.get("rank", "")
        try:
            verdict = Verdict(form.get("verdict", ""))
        except ValueError as error:
            raise InvalidQuery("the form has no verdict; use the buttons of the page") from error
        keep_judgment(memory, live.searcher, user, address.topic, form.get("member", ""), verdict)
        place = f"#m-{rank}" if rank.isascii() and rank.isdigit() and len(rank) < 10 else ""
        return RedirectResponse(address.to(offset=address.offset) + place, 303)

    @pages.post("/topics/{topic_id}/delete")
    def delete_topic(request: Request, topic_id: UUID, user: _Visitor) -> Response:
        with memory.writing() as session:
            saved.delete_topic(session, user, topic_id)
        return _to(address_of(request), "/memory")

    @pages.post("/judgments/{judgment_id}/delete")
    def delete_judgment(request: Request, judgment_id: UUID, user: _Visitor) -> Response:
        with memory.writing() as session:
            judged.delete_judgment(session, user, judgment_id)
        return _to(address_of(request), "/memory")

    @pages.post("/shortlists/{shortlist_id}/delete")
    def delete_shortlist(request: Request, shortlist_id: UUID, user: _Visitor) -> Response:
        with memory.writing() as session:
            kept.delete_shortlist(session, user, shortlist_id)
        return _to(address_of(request), "/memory")

    @pages.post("/introductions/{introduction_id}/delete")
    def delete_introduction(request: Request, introduction_id: UUID, user: _Visitor) -> Response:
        with memory.writing() as session:
            introduced.delete_introduction(session, user, introduction_id)
        return _to(address_of(request), "/memory")

    @pages.post("/memory/delete")
    def forget(request: Request, form: _Form, user: _Visitor) -> Response:
        """Needs the box ticked: a button pressed by mistake deletes nothing."""
        if form.get("sure") == "yes":
            with memory.writing() as session:
                forget_user(session, user)
        return _to(address_of(request), "/memory")


@dataclass(frozen=True, slots=True)
class _Asked:
    """The search that was saved: its address, and what it is narrowed by, in words."""

    link: str
    narrowed: tuple[str, ...]


def _asked(request: Request, searcher: Searcher, topic: SavedTopic) -> _Asked:
    filters = [(name, value) for name, values in topic.filters.items() for value in values]
    least = [] if topic.min_relevance == DEFAULT_RELEVANCE else [("min_relevance", f"{topic.min_relevance:g}")]
    address = replace(address_of(request), parameters=(("q", topic.topic), *filters, *least))
    chips = views.chips(searcher, address, texts_for(address.ui))
    return _Asked(address.to(), tuple(chip.label for chip in chips))


def _to(address: Address, path: str) -> Response:
    return RedirectResponse(f"{path}?ui={address.ui}" if address.chosen else path, 303)
