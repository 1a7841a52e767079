"""From ranked members to matches: what of each member proves it, and which of a topic's needs it answers."""

from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .fusion import Fusion
from .marks import SharedWords, Word, telling_words
from .ranking import Ranked
from .relevance import relevance_of
from .snapshot import Snapshot
from .topics import Topic
from .types import Evidence, Match, Member
from .words import is_function_word

__all__ = ["Matcher"]

EVIDENCE_PER_MATCH = 3
KEPT_WORDS = 5_000
"""Passages whose words are kept: the same ones are quoted again and again."""
ANSWERED = 2.5
"""A member answers a need for which one of its capabilities stands out by this many deviations: about one passage in a hundred."""


class Matcher:
    """Makes matches of the members of a snapshot. Safe to share between threads."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._directory = snapshot.directory
        self._is_common = lru_cache(maxsize=16_384)(snapshot.is_common)
        self._quoted = lru_cache(maxsize=KEPT_WORDS)(self._telling)

    def matches(self, page: Sequence[Ranked], first: int, topic: Topic, fusion: Fusion) -> Iterator[Match]:
        """The members of a page, from rank `first` on, with their evidence."""
        is_long = bool(topic.needs)
        sought = " ".join(need.text for need in topic.needs) or topic.text
        shared = SharedWords(self._telling(sought, topic.language), topic.language)
        of_member = [self._directory.passages(found.position) for found in page]
        cosines, needs = fusion.cosines_and_needs(np.concatenate([*of_member, np.empty(0, np.int64)]))
        end = 0
        for place, (found, passages) in enumerate(zip(page, of_member, strict=True), first):
            own, end = slice(end, end + len(passages)), end + len(passages)
            scores = found.candidates.scores_of(passages)
            best = [int(i) for i in np.argsort(-scores, kind="stable")[:EVIDENCE_PER_MATCH] if np.isfinite(scores[i])]
            member = self._directory.member(found.position)
            capabilities = self._directory.capabilities(found.position)
            evidence = tuple(self.evidence(capabilities[i], member, float(scores[i]), shared) for i in best)
            answered = _answered(needs[own].max(axis=0)) if is_long else ()
            cosine = float(cosines[own].max())
            relevance = relevance_of(found.score, cosine, is_long)
            yield Match(place, round(found.score, 4), relevance, member, evidence, answered, round(cosine, 4))

    def evidence(
        self, capability: int, member: Member, score: float = 0.0, shared: SharedWords | None = None
    ) -> Evidence:
        """What a capability (its row number) of a member says, with the words marked that it shares."""
        language = self._snapshot.language_of(int(self._directory.passage_of[capability]))
        description, start, end = self._directory.place(capability)
        text = member.descriptions[description][start:end]
        marks = shared.marks(self._quoted(text, language), language) if shared else ()
        return Evidence(text, language, round(score, 4), description, start, end, marks)

    def _telling(self, text: str, language: str) -> tuple[Word, ...]:
        return telling_words(text, lambda word: is_function_word(word, language) or self._is_common(word, language))


def _answered(deviations: NDArray[np.float32]) -> tuple[int, ...]:
    """Numbers of the needs a member answers, perhaps none."""
    return tuple(int(i) for i in np.flatnonzero(deviations >= ANSWERED))
