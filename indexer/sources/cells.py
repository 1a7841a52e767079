"""From cells of a table to values of a member: what people wrote, in the form a members file has."""

import math
import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from .countries import country_code

__all__ = ["as_country", "as_day", "as_labels", "as_number", "as_text", "as_web_address", "separator"]

_SPACES = re.compile(r"[\s\u00a0\u202f]")
_DAY_FIRST = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})")


def as_text(cell: object) -> object:
    """Text, without white space around it; None where there is none. Whole numbers have no decimals, midnights no time.

    What is neither text, number nor date stays as it is, for the record to refuse.
    """
    match cell:
        case str():
            text = cell.strip()
        case bool():
            text = str(cell).lower()
        case float() | Decimal():  # an empty cell of a column of numbers is not a number
            text = "" if math.isnan(cell) else str(int(cell)) if _is_whole(cell) else str(cell)
        case int():
            text = str(cell)
        case datetime():
            midnight = (cell.hour, cell.minute, cell.second, cell.microsecond) == (0, 0, 0, 0)
            text = cell.date().isoformat() if midnight else cell.isoformat(" ", "seconds")
        case date():
            text = cell.isoformat()
        case _:
            return cell
    return text or None


def as_number(cell: object) -> object:
    """A whole number, also from text with spaces between thousands; else the cell as text."""
    text = as_text(cell)
    if not isinstance(text, str):
        return text
    digits = _SPACES.sub("", text)
    return int(re.split("[.,]", digits)[0]) if re.fullmatch(r"-?\d{1,15}([.,]0+)?", digits) else text


def separator(between: Iterable[str]) -> re.Pattern[str]:
    """What stands between the labels of one cell."""
    return re.compile("|".join(re.escape(text) for text in between))


def as_labels(cells: Iterable[object], between: re.Pattern[str]) -> list[object]:
    """Labels of cells that hold one, several, or a list; none is empty or comes twice."""
    labels: list[object] = []
    for cell in cells:
        for item in cell if isinstance(cell, list) else (cell,):
            for part in between.split(item) if isinstance(item, str) else (item,):
                label = as_text(part)
                if label is not None and label not in labels:
                    labels.append(label)
    return labels


def as_country(text: str) -> str:
    """The country's code where its name is known, else the text."""
    return country_code(text) or text


def as_day(text: str) -> str:
    """YYYY-MM-DD, also from the French order of day, month and year; else the text."""
    found = _DAY_FIRST.match(text)
    return f"{found[3]}-{int(found[2]):02}-{int(found[1]):02}" if found else text


def as_web_address(text: str) -> str:
    """An address with its scheme, which people leave out."""
    return f"https://{text}" if re.fullmatch(r"(?!https?:)[\w-]+(\.[\w-]+)+(/\S*)?", text, re.IGNORECASE) else text


def _is_whole(number: float | Decimal) -> bool:
    return abs(float(number)) < 1e15 and number == int(number)
