"""What is kept, as it is answered: with where each member is today, and without e-mail addresses for callers without a key."""

from ..security.emails import mask_emails
from .feeds import feed_path
from .introductions import FOLLOWING
from .members import Directory
from .models import Finding, Introduction, Judgment, KeptShortlist, SavedTopic
from .schemas import (
    FindingOut,
    IntroductionOut,
    JudgmentOut,
    KeptOut,
    ShortlistOut,
    StandingOut,
    StepOut,
    SummaryOut,
    TopicOut,
)

__all__ = ["Answers", "summary_out", "topic_out"]


def summary_out(shortlist: KeptShortlist, size: int) -> SummaryOut:
    """A shortlist without its members."""
    return SummaryOut(
        id=shortlist.id,
        title=shortlist.title,
        topic=shortlist.topic,
        size=size,
        version=shortlist.version,
        created=shortlist.created,
        updated=shortlist.updated,
    )


def topic_out(topic: SavedTopic) -> TopicOut:
    """A saved topic."""
    return TopicOut(
        id=topic.id,
        topic=topic.topic,
        language=topic.language,
        filters=topic.filters,
        min_relevance=topic.min_relevance,
        created=topic.created,
        asked=topic.asked,
        snapshot=topic.snapshot,
        answering=len(topic.answering),
        failure=topic.failure,
        feed=feed_path(topic),
    )


class Answers:
    """Says what is kept in the words of a directory; `masked`: without the e-mail addresses in what members say."""

    def __init__(self, directory: Directory, masked: bool) -> None:
        self._directory = directory
        self._masked = masked

    def standing(self, member_id: str, name: str) -> StandingOut:
        """Where a member is today."""
        found = self._directory.standing(member_id, name)
        return StandingOut(state=found.state, id=found.id, name=self._said(found.name))

    def shortlist(self, shortlist: KeptShortlist) -> ShortlistOut:
        """A shortlist with its members."""
        members = [
            KeptOut(member_id=kept.member_id, note=kept.note, member=self.standing(kept.member_id, kept.name))
            for kept in shortlist.members
        ]
        return ShortlistOut(**summary_out(shortlist, len(members)).model_dump(), members=members)

    def introduction(self, introduction: Introduction) -> IntroductionOut:
        """An introduction with its steps."""
        return IntroductionOut(
            id=introduction.id,
            member_id=introduction.member_id,
            member=self.standing(introduction.member_id, introduction.name),
            topic=introduction.topic,
            note=introduction.note,
            state=introduction.state,
            steps=[StepOut(state=step.state, day=step.day) for step in introduction.steps],
            next=list(FOLLOWING[introduction.state]),
            version=introduction.version,
            created=introduction.created,
            updated=introduction.updated,
        )

    def judgment(self, judgment: Judgment) -> JudgmentOut:
        """A judgment."""
        return JudgmentOut(
            id=judgment.id,
            topic=judgment.topic,
            language=judgment.language,
            member_id=judgment.member_id,
            member=self.standing(judgment.member_id, judgment.name),
            verdict=judgment.verdict,
            snapshot=judgment.snapshot,
            updated=judgment.updated,
        )

    def finding(self, finding: Finding) -> FindingOut:
        """A finding."""
        return FindingOut(
            id=finding.id,
            member_id=finding.member_id,
            member=self.standing(finding.member_id, finding.name),
            relevance=finding.relevance,
            reason=finding.reason,
            evidence=self._said(finding.evidence),
            snapshot=finding.snapshot,
            found=finding.found,
        )

    def _said(self, text: str) -> str:
        return mask_emails(text) if self._masked else text
