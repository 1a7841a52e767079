"""/v1/judgments and /v1/topics."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from fastapi import Query as QueryParameters

from search import Query, Searcher, UnknownMember
from search.types import FACETS

from ..live import Live
from ..security import Masked
from . import examples, judgments, topics
from .access import User
from .answers import Answers, topic_out
from .database import Memory
from .files import JSON_LINES, judgments_file
from .members import Directory
from .models import Judgment, SavedTopic, Verdict
from .problems import CONFLICT, NOT_KEPT, NOT_KEPT_OR_CONFLICT
from .requests import JudgmentIn, PageOf, TopicIn
from .schemas import FindingsOut, JudgmentOut, JudgmentsOut, TopicOut, TopicsOut
from .topics import Watch

__all__ = ["keep_judgment", "keep_topic", "topic_routes"]


def topic_routes(live: Live, memory: Memory) -> APIRouter:
    """The routes of what a user thinks of answers, and asks again."""
    routes = APIRouter()
    routes.include_router(_judgments(live, memory))
    routes.include_router(_topics(live, memory))
    return routes


def keep_judgment(
    memory: Memory, searcher: Searcher, user: str, topic: str, member_id: str, verdict: Verdict
) -> Judgment:
    """Judge a member of the snapshot for a topic. Raises InvalidQuery, UnknownMember or Conflict."""
    found = searcher.answer([Query(topic, limit=1, only=(member_id,))])[0]
    if not found:
        raise UnknownMember(f"no member has the id {member_id!r}")
    name = found[0].member.name
    with memory.writing() as session:
        return judgments.judge(session, user, topic, found.language, member_id, name, verdict, found.snapshot)


def keep_topic(memory: Memory, searcher: Searcher, user: str, watch: Watch) -> SavedTopic:
    """Save a topic, with who answers it now. Raises InvalidQuery or Conflict."""
    answer = topics.answer_of(searcher, watch)
    with memory.writing() as session:
        return topics.save_topic(session, user, watch, answer)


def _judgments(live: Live, memory: Memory) -> APIRouter:
    routes = APIRouter(tags=["judgments"])

    @routes.get("/judgments", summary="Your judgments")
    def listed(page: Annotated[PageOf, QueryParameters()], user: User, masked: Masked) -> JudgmentsOut:
        answers = Answers(Directory(live), masked)
        with memory.reading() as session:
            found = judgments.list_judgments(session, user, page.limit, page.offset)
            return JudgmentsOut(judgments=[answers.judgment(judgment) for judgment in found])

    @routes.put("/judgments", summary="Judge a member for a topic", responses=NOT_KEPT_OR_CONFLICT)
    def judge(sent: JudgmentIn, user: User, masked: Masked) -> JudgmentOut:
        """The last verdict on a member for a topic counts."""
        directory = Directory(live)
        kept = keep_judgment(memory, directory.searcher, user, sent.topic, sent.member_id, sent.verdict)
        return Answers(directory, masked).judgment(kept)

    @routes.get(
        "/judgments/qrels",
        summary="Your judgments as judged topics",
        response_class=Response,
        responses={
            200: {
                "description": "JSON Lines with id, lang, text and relevant.",
                "content": {JSON_LINES: {"example": examples.JUDGED}},
            }
        },
    )
    def qrels(user: User) -> Response:
        """What `passerelle evaluate` reads: a good match is grade 2, "not for us" 0. Topics without a good match are left out."""
        return judgments_file(memory, user)

    @routes.delete("/judgments/{judgment_id}", summary="Take a judgment back", status_code=204, responses=NOT_KEPT)
    def delete(judgment_id: UUID, user: User) -> None:
        with memory.writing() as session:
            judgments.delete_judgment(session, user, judgment_id)

    return routes


def _topics(live: Live, memory: Memory) -> APIRouter:
    routes = APIRouter(tags=["saved topics"])

    @routes.get("/topics", summary="Your saved topics")
    def listed(user: User) -> TopicsOut:
        with memory.reading() as session:
            return TopicsOut(topics=[topic_out(topic) for topic in topics.list_topics(session, user)])

    @routes.post("/topics", summary="Save a topic", status_code=201, responses=CONFLICT)
    def save(sent: TopicIn, user: User) -> TopicOut:
        """It is asked of each new snapshot; members that begin to answer are its findings. Saved again, it is the one there is."""
        filters = {name: values for name in FACETS if (values := getattr(sent.filters, name))}
        return topic_out(keep_topic(memory, live.searcher, user, Watch(sent.topic, filters, sent.min_relevance)))

    @routes.get("/topics/{topic_id}", summary="One of your saved topics", responses=NOT_KEPT)
    def one(topic_id: UUID, user: User) -> TopicOut:
        with memory.reading() as session:
            return topic_out(topics.get_topic(session, user, topic_id))

    @routes.get("/topics/{topic_id}/findings", summary="Members that began to answer a saved topic", responses=NOT_KEPT)
    def findings(topic_id: UUID, user: User, masked: Masked) -> FindingsOut:
        """The newest 200, by night; members that left the directory since are `gone`."""
        answers = Answers(Directory(live), masked)
        with memory.reading() as session:
            topics.get_topic(session, user, topic_id)
            found = topics.list_findings(session, topic_id, topics.MAX_FINDINGS)
            return FindingsOut(topic_id=topic_id, findings=[answers.finding(finding) for finding in found])

    @routes.post("/topics/{topic_id}/feed", summary="Give a feed another address", responses=NOT_KEPT)
    def renew(topic_id: UUID, user: User) -> TopicOut:
        """For one that came into the wrong hands: the address before leads nowhere."""
        with memory.writing() as session:
            return topic_out(topics.renew_feed(session, user, topic_id))

    @routes.delete("/topics/{topic_id}", summary="Delete a saved topic", status_code=204, responses=NOT_KEPT)
    def delete(topic_id: UUID, user: User) -> None:
        with memory.writing() as session:
            topics.delete_topic(session, user, topic_id)

    return routes
