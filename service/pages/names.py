"""Names of countries and languages, dates and numbers, as a reader of the page writes them."""

from datetime import date

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal

__all__ = ["country_name", "day", "language_name", "number"]

WRITTEN_AS = {"en": "en_GB", "fr": "fr_FR"}
"""Dates as in Europe."""


def country_name(code: str, ui: str) -> str:
    """The country of an ISO 3166-1 code; the code itself where nobody knows it."""
    return str(Locale(ui).territories.get(code, code))


def language_name(code: str, ui: str) -> str:
    """The language of an ISO 639-1 code; the code itself where nobody knows it."""
    return str(Locale(ui).languages.get(code, code))


def day(iso: str, ui: str) -> str:
    """A date written out; text that begins with no ISO date is returned as it is."""
    try:
        return format_date(date.fromisoformat(iso[:10]), "long", locale=WRITTEN_AS[ui])
    except ValueError:
        return iso


def number(n: float, ui: str) -> str:
    """A whole number, its thousands apart."""
    return format_decimal(round(n), locale=ui)
