"""Judge what a search found, in a table that a notebook or a spreadsheet fills, and keep it as qrels."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from .errors import InvalidQuery
from .evaluation import MAX_GRADE, JudgedTopic
from .frames import frame
from .types import Shortlist

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COLUMNS", "judge", "judged_topics", "judging_table"]

COLUMNS = {"topic_id": "str", "lang": "str", "topic": "str", "rank": "int64", "id": "str", "name": "str", "evidence": "str", "grade": "Int64"}  # fmt: skip
"""Columns of a judging table, with their pandas dtypes; `grade` is missing where nobody has judged."""


def judging_table(shortlists: Iterable[Shortlist]) -> "pd.DataFrame":
    """One row a match, with all its evidence and a `grade` to fill in: 3 answers the core, 2 useful, 1 adjacent, 0 no.

    Topics without an id are numbered. Columns and dtypes are those of `COLUMNS`.
    """
    rows = (
        (str(place) if found.topic_id is None else found.topic_id, found.language, found.topic, match.rank, match.member.id,
         match.member.name, "\n".join(evidence.text for evidence in match.evidence), None)
        for place, found in enumerate(shortlists)
        for match in found
    )  # fmt: skip
    return frame(COLUMNS, rows)


def judge(
    table: "pd.DataFrame", topic_id: str, grades: Mapping[str, int] | Sequence[int], rest: int | None = None
) -> "pd.DataFrame":
    """The judging table with grades for one topic: by member id, or as a list in the order of its rows.

    `rest` is the grade of those of its members that have none yet. Raises InvalidQuery where the topic or a member is not in the table,
    there are more grades than members, or a grade is out of range.
    """
    rows = table.index[table["topic_id"].astype(str) == str(topic_id)]  # a table read from a file may have numbers
    found = table["id"][rows].tolist()
    if not found:
        known = ", ".join(map(repr, table["topic_id"].astype(str).unique()))
        raise InvalidQuery(f"no topic {topic_id!r} in the table; it has {known or 'none'}")
    if not isinstance(grades, Mapping):
        if len(grades) > len(found):
            raise InvalidQuery(
                f"{len(grades)} grades for the {len(found)} members of topic {topic_id!r}; give one each"
            )
        grades = dict(zip(found, grades, strict=False))
    judged = table.copy()
    for member, grade in grades.items():
        if member not in found:
            raise InvalidQuery(
                f"member {member!r} is not among those found for topic {topic_id!r}; judge those of the table"
            )
        judged.loc[rows[found.index(member)], "grade"] = _grade(grade, topic_id, member)
    if rest is not None:
        judged.loc[rows[judged["grade"][rows].isna()], "grade"] = _grade(rest, topic_id, "the rest")
    return judged


def judged_topics(table: "pd.DataFrame") -> list[JudgedTopic]:
    """The topics of a judging table that have grades, each with its relevant members, in order.

    Rows without a grade are left out; a topic with nothing but zeros is one that nobody answers. `evaluation.write_topics` keeps them.
    The table may have been filled elsewhere and read again. Raises InvalidQuery where a column is missing or a grade is out of range.
    """
    needed = ["topic_id", "lang", "topic", "id", "grade"]
    if missing := [name for name in needed if name not in table.columns]:
        raise InvalidQuery(f"the judging table has no column {missing[0]!r}; expected {', '.join(needed)}")
    graded = table[table["grade"].notna()]
    topics: dict[str, JudgedTopic] = {}
    relevant: dict[str, dict[str, int]] = {}
    for name, language, text, member, grade in graded[needed].itertuples(index=False, name=None):
        key = str(name)
        grades = relevant.setdefault(key, {})
        topics.setdefault(key, JudgedTopic(key, str(language), str(text), grades))
        if value := _grade(grade, key, str(member)):
            grades[str(member)] = value
    return list(topics.values())


def _grade(value: object, topic: str, member: str) -> int:
    try:
        grade = int(str(value)) if isinstance(value, str) else int(value)  # type: ignore[call-overload]
        whole = isinstance(value, str) or grade == value
    except (TypeError, ValueError, OverflowError):
        whole = False
    if not whole or not 0 <= grade <= MAX_GRADE:
        raise InvalidQuery(
            f"the grade of {member} for topic {topic!r} is {value!r}; expected a whole number from 0 to {MAX_GRADE}"
        )
    return int(grade)
