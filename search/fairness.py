"""Rank again so that members of nearly the same relevance take turns from topic to topic.

Whoever is a little more relevant would otherwise be seen every time, and the next one never. The order is drawn instead, as in Diaz and
others 2020, "Evaluating Stochastic Rankings with Expected Exposure"; but the draw comes from the topic and the member alone, so that
nothing is stored and a topic asked again has the same answer.
"""

import hashlib
from collections.abc import Sequence

__all__ = ["fair_order", "lucks"]


def lucks(topic: str, members: Sequence[str], passages: Sequence[int]) -> list[float]:
    """The luck of each member with this topic, in 0..1, unrelated between topics and between members.

    members: ids; passages: how many each has. A member is as relevant as its best passage, so whoever says much has many chances; its luck
    is a draw to the power of that number, 1 / (n + 1) on average as for the least of n draws. Case and blanks of the topic do not matter.
    """
    said = hashlib.blake2b(" ".join(topic.casefold().split()).encode("utf-8", "surrogatepass"), digest_size=8)
    return [_draw(said.copy(), member) ** chances for member, chances in zip(members, passages, strict=True)]


def fair_order(relevance: Sequence[float], luck: Sequence[float], fairness: float) -> list[int]:
    """A new order of members, best first.

    relevance: of the members in their old order, in 0..1; luck: likewise; fairness: in 0..1. One member passes another only where the
    lesser relevance of the two is at least `1 - fairness` of the greater. The next place goes to whoever has most left when luck has
    taken away up to `fairness` of the relevance, among those who may pass all that would be left behind. Returns len(relevance) places.
    """
    kept = 1 - fairness
    left = list(range(len(relevance)))
    order: list[int] = []
    while left:
        highest = lowest = relevance[left[0]]
        chosen, most = left[0], -1.0
        for i in left:
            own = relevance[i]
            highest, lowest = max(highest, own), min(lowest, own)
            if lowest < kept * kept * highest:
                break  # nobody further down is near enough to both
            worth = own * (kept + fairness * luck[i])
            if worth > most and own >= kept * highest and lowest >= kept * own:
                chosen, most = i, worth
        order.append(chosen)
        left.remove(chosen)
    return order


def _draw(said: "hashlib.blake2b", member: str) -> float:
    said.update(b"\n" + member.encode("utf-8", "surrogatepass"))
    return int.from_bytes(said.digest()) / 2**64
