"""Long topics and the needs they hold."""

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from search.needs import LONG_TOPIC_WORDS, MAX_SENTENCES, NeedClassifier, candidate_sentences, telling

CALL = (
    "Le port accueille trois cents navires par an et emploie deux mille personnes. Nous cherchons un laboratoire capable de "
    "mesurer en continu les poussières soulevées par le vrac. Le budget est de 400 000 euros et les offres sont attendues le 3 mars. "
    "Il faudrait aussi prévoir, deux heures à l'avance, où le vent les portera. Les travaux de voirie sont exclus, et la région a déjà "
    "payé les mâts."
)


def test_a_short_topic_is_not_split() -> None:
    """Below the limit there are no sentences to look at, whatever they say."""
    assert candidate_sentences("We need a sensor. We need a pump.") == []
    assert len(CALL.split()) > LONG_TOPIC_WORDS
    assert [span.of(CALL).split()[0] for span in candidate_sentences(CALL)] == ["Le", "Nous", "Le", "Il", "Les"]


def test_the_items_of_a_list_are_apart() -> None:
    """Bullets, dashes and numbers at the beginning of a line, without full stops."""
    needs = ["a supplier of thin glass", "somebody who tests seals in salt water for us", "training for our welders"]
    intro = "Our shipyard builds ferries for the islands of the north and of the west. " * 5 + "What we lack:"
    for bullets in (("- ", "- ", "- "), ("• ", "• ", "• "), ("1. ", "2. ", "3. "), ("a) ", "b) ", "(c) ")):
        listed = "\n".join([intro, *(bullet + need for bullet, need in zip(bullets, needs, strict=True))])
        assert [span.of(listed) for span in candidate_sentences(listed)][-3:] == [
            bullet + need for bullet, need in zip(bullets, needs, strict=True)
        ]


def test_words_tell_needs_from_the_rest() -> None:
    """What is sought is more telling than who asks, what is paid and what is excluded, in both languages."""
    company, sought, budget, wanted, excluded = (span.of(CALL) for span in candidate_sentences(CALL))
    assert min(telling(sought), telling(wanted)) > max(telling(company), telling(budget), telling(excluded))
    assert telling("We are looking for a laboratory able to measure dust.") > telling("The budget is 400,000 euros.")


def test_a_book_keeps_its_most_telling_sentences() -> None:
    """Of very many sentences a bounded number is kept, in order, the needs among them wherever they stand."""
    filler = [f"The programme was founded in {1900 + i} by the region." for i in range(120)]
    needs = {3: "We need a partner able to measure dust.", 90: "We are looking for a laboratory that can test seals."}
    topic = " ".join(needs.get(i, text) for i, text in enumerate(filler))
    kept = candidate_sentences(topic)
    assert len(kept) == MAX_SENTENCES
    assert [span.start for span in kept] == sorted(span.start for span in kept)
    assert set(needs.values()) <= {span.of(topic) for span in kept}


@given(st.text(max_size=3_000))
def test_sentences_are_parts_of_the_topic(topic: str) -> None:
    """Whatever is pasted: bounded in number, in order, none empty, none overlapping."""
    spans = candidate_sentences(topic)
    assert len(spans) <= MAX_SENTENCES
    assert all(span.of(topic).strip() for span in spans)
    assert all(a.end <= b.start for a, b in itertools.pairwise(spans))


def test_probabilities_follow_the_weights() -> None:
    """One half on the dividing plane, more on the side of the weights."""
    classifier = NeedClassifier(np.array([2.0, 0.0], np.float32), 0.0)
    likely = classifier.probabilities(np.array([[0, 1], [1, 0], [-1, 0]], np.float32))
    assert likely[0] == 0.5
    assert likely[1] > 0.8
    assert likely[2] < 0.2
    assert classifier.probabilities(np.empty((0, 2), np.float32)).shape == (0,)
