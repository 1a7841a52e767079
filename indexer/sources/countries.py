"""Country codes from what exports write: a code, or the country's name in one of several languages."""

import re
from functools import lru_cache

from babel import Locale

from search.lexical import fold

__all__ = ["country_code"]

EU_CODES = {"EL": "GR", "UK": "GB"}
"""Codes of the European institutions that ISO 3166-1 spells otherwise."""

NO_COUNTRIES = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})
"""What the locale data name besides."""
LANGUAGES = ("en", "fr", "de", "es", "it", "nl", "pl", "pt")
OTHER_NAMES = {
    "BA": "Bosnia and Herzegovina", "CI": "Ivory Coast", "CZ": "Czech Republic|République tchèque",
    "GB": "Great Britain|Grande-Bretagne|Royaume-Uni de Grande-Bretagne et d'Irlande du Nord", "HK": "Hong Kong",
    "KR": "Korea|Republic of Korea|Corée (République de)", "NL": "The Netherlands", "RU": "Fédération de Russie", "TR": "Turkey",
    "US": "USA|United States of America|États-Unis d'Amérique",
}  # fmt: skip
"""Names that are written, beside those that Unicode's locale data give."""


def country_code(text: str) -> str | None:
    """ISO 3166-1 alpha-2 code of a country written as a code or by its name; None for what is neither."""
    written = text.strip()
    if re.fullmatch("[A-Za-z]{2}", written):
        return EU_CODES.get(written.upper(), written.upper())
    return _codes().get(_key(written))


@lru_cache(maxsize=1)
def _codes() -> dict[str, str]:
    """Codes by folded name."""
    codes = {
        _key(name): code
        for language in LANGUAGES
        for code, name in Locale(language).territories.items()
        if re.fullmatch("[A-Z]{2}", code) and code not in NO_COUNTRIES
    }
    return codes | {_key(name): code for code, names in OTHER_NAMES.items() for name in names.split("|")}


def _key(name: str) -> str:
    return " ".join(re.findall(r"\w+", fold(name)))
