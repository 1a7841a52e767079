"""Expansion by topics with known answers."""

import numpy as np
import pytest

from search.expansion import SHARE, SolvedTopics
from search.language import unit_rows

E = np.eye(4, dtype=np.float32)
NONE = np.empty((0, 4), np.float32)


def test_nothing_known_changes_nothing() -> None:
    """Without solved topics the vectors stay as they are, also none of them."""
    assert SolvedTopics(NONE, NONE, NONE).expand(E) is E
    assert SolvedTopics(E, E, E).expand(NONE).shape == (0, 4)


def test_a_topic_moves_towards_the_answer_of_its_neighbour() -> None:
    """The nearest solved topic's answer is added with its share, the far one's hardly at all; the result is of length 1."""
    solved = SolvedTopics(E[:2], E[2:], NONE)
    (moved,) = solved.expand(E[:1])
    assert float(np.linalg.norm(moved)) == pytest.approx(1, abs=1e-5)
    assert moved[2] / moved[0] == pytest.approx(SHARE, abs=1e-3)
    assert abs(float(moved[3])) < 1e-3


def test_each_topic_is_expanded_alone() -> None:
    """Rows do not depend on what else is expanded with them."""
    random = np.random.default_rng(0)
    topics, answers, asked = (unit_rows(random.standard_normal((n, 8)).astype(np.float32)) for n in (50, 50, 5))
    solved = SolvedTopics(topics, answers, answers)
    assert solved.expand(asked) == pytest.approx(np.concatenate([solved.expand(row[None]) for row in asked]), abs=1e-6)


def test_texts_near_to_every_topic_are_crowded() -> None:
    """The mean cosine with the nearest topics: high for a text in their midst, low for one apart, zero where none are known."""
    topics = unit_rows(np.array([[1, 0.2, 0, 0], [1, -0.2, 0, 0], [1, 0, 0.2, 0]], np.float32))
    crowded, apart = SolvedTopics(topics, topics, NONE).crowding(E[[0, 3]])
    assert crowded > 0.9
    assert apart == 0
    assert not SolvedTopics(NONE, NONE, NONE).crowding(E).any()


def test_how_near_known_answers_come() -> None:
    """The mean cosine of a topic with the nearest answers to other topics, whatever it is expanded by; none where none are known."""
    solved = SolvedTopics(E[3:], E[3:], elsewhere=E[:2])
    assert solved.nearness(np.array([0.6, 0.8, 0, 0], np.float32)) == pytest.approx(0.7)
    assert solved.nearness(E[3]) == 0
    assert SolvedTopics(NONE, NONE, NONE).nearness(E[0]) is None


def test_a_passage_moves_towards_what_its_like_answer() -> None:
    """The nearest known answer and its topic are added with their share, far ones hardly at all; the passage's length stays."""
    solved = SolvedTopics(E[:2], E[2:], NONE)
    (moved,) = solved.expand_passages(0.5 * E[2:3])
    assert float(np.linalg.norm(moved)) == pytest.approx(0.5, abs=1e-5)
    both = SHARE / np.sqrt(2)
    assert moved[[0, 2]] / 0.5 == pytest.approx(np.array([both, 1 + both]) / np.hypot(both, 1 + both), abs=1e-3)
    assert abs(moved[[1, 3]]).max() < 1e-3


def test_what_is_far_from_all_that_is_known_stays() -> None:
    """Neither a topic nor a passage of another field moves."""
    solved = SolvedTopics(E[:1], E[1:2], NONE)
    assert solved.expand(E[3:]) == pytest.approx(E[3:], abs=1e-3)
    assert solved.expand_passages(2 * E[3:]) == pytest.approx(2 * E[3:], abs=1e-3)


def test_passages_where_nothing_is_known() -> None:
    """Without solved topics passages stay as they are, also one that says nothing."""
    passages = np.concatenate([3 * E, np.zeros((1, 4), np.float32)])
    assert SolvedTopics(NONE, NONE, NONE).expand_passages(passages) is passages
    assert not SolvedTopics(E, E, E).expand_passages(passages)[-1].any()
