"""A shortlist as a workbook, in the words of the page."""

from search import Match, Shortlist
from search.exports import COLUMNS, Wording, xlsx_of
from search.spreadsheets import Cell

from ..texts import texts_for
from .names import country_name
from .views import KeptList

__all__ = ["workbook"]


def workbook(kept: KeptList, snapshot: str, ui: str) -> bytes:
    """An XLSX file of what the shortlist's page shows, in its order; no relevance where no topic is asked about."""
    texts = texts_for(ui)

    def relevance(value: float) -> Cell:
        return round(value, 2) if kept.topic else ""

    wording = Wording(
        columns=tuple(texts[f"column_{name.replace(' ', '_')}"] for name in COLUMNS),
        topic=texts["file_topic"],
        snapshot=texts["file_snapshot"],
        ranked=texts["shortlist_many"] if len(kept.members) > 1 else texts["shortlist_one"],
        answered="",
        unanswered=texts["unanswered"],
        kind=lambda kind: texts.get(f"kind_{kind}", kind),
        country=lambda code: country_name(code, ui),
        relevance=relevance,
    )
    matches = tuple(
        Match(place, 0.0, entry.relevance or 0.0, entry.member, entry.evidence)
        for place, entry in enumerate(kept.members, 1)
    )
    shown = Shortlist(kept.topic, kept.near, snapshot, len(matches), matches, {}, 0.0, answerable=kept.answerable)
    return xlsx_of(shown, wording)
