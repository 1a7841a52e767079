"""Country codes from what exports write: a code, or the name in French or in English."""

import re

from search.lexical import fold

__all__ = ["country_code"]

EU_CODES = {"EL": "GR", "UK": "GB"}
"""Codes of the European institutions that ISO 3166-1 spells otherwise."""

NAMES = {
    "AE": "United Arab Emirates|Émirats arabes unis", "AL": "Albania|Albanie", "AM": "Armenia|Arménie", "AR": "Argentina|Argentine",
    "AT": "Austria|Autriche|Österreich", "AU": "Australia|Australie", "AZ": "Azerbaijan|Azerbaïdjan",
    "BA": "Bosnia and Herzegovina|Bosnie-Herzégovine", "BE": "Belgium|Belgique|België", "BF": "Burkina Faso",
    "BG": "Bulgaria|Bulgarie", "BJ": "Benin|Bénin", "BR": "Brazil|Brésil", "CA": "Canada", "CH": "Switzerland|Suisse|Schweiz",
    "CI": "Ivory Coast|Côte d'Ivoire", "CL": "Chile|Chili", "CM": "Cameroon|Cameroun", "CN": "China|Chine", "CO": "Colombia|Colombie",
    "CY": "Cyprus|Chypre", "CZ": "Czechia|Czech Republic|Tchéquie|République tchèque", "DE": "Germany|Allemagne|Deutschland",
    "DK": "Denmark|Danemark", "DZ": "Algeria|Algérie", "EE": "Estonia|Estonie", "EG": "Egypt|Égypte", "ES": "Spain|Espagne|España",
    "FI": "Finland|Finlande", "FR": "France", "GB": "United Kingdom|Great Britain|Royaume-Uni|Royaume-Uni de Grande-Bretagne et d'Irlande du Nord|Grande-Bretagne",
    "GE": "Georgia|Géorgie", "GR": "Greece|Grèce", "HK": "Hong Kong", "HR": "Croatia|Croatie", "HU": "Hungary|Hongrie",
    "ID": "Indonesia|Indonésie", "IE": "Ireland|Irlande", "IL": "Israel|Israël", "IN": "India|Inde", "IS": "Iceland|Islande",
    "IT": "Italy|Italie|Italia", "JP": "Japan|Japon", "KE": "Kenya", "KR": "South Korea|Korea|Corée du Sud|Corée (République de)|Republic of Korea",
    "LB": "Lebanon|Liban", "LI": "Liechtenstein", "LT": "Lithuania|Lituanie", "LU": "Luxembourg", "LV": "Latvia|Lettonie",
    "MA": "Morocco|Maroc", "MC": "Monaco", "MD": "Moldova|Moldavie", "ME": "Montenegro|Monténégro", "MG": "Madagascar",
    "MK": "North Macedonia|Macédoine du Nord", "MT": "Malta|Malte", "MX": "Mexico|Mexique", "MY": "Malaysia|Malaisie", "NG": "Nigeria|Nigéria",
    "NL": "Netherlands|The Netherlands|Pays-Bas|Nederland", "NO": "Norway|Norvège", "NZ": "New Zealand|Nouvelle-Zélande",
    "PE": "Peru|Pérou", "PL": "Poland|Pologne|Polska", "PT": "Portugal", "RO": "Romania|Roumanie", "RS": "Serbia|Serbie",
    "RU": "Russia|Russie|Fédération de Russie", "SE": "Sweden|Suède", "SG": "Singapore|Singapour", "SI": "Slovenia|Slovénie",
    "SK": "Slovakia|Slovaquie", "SN": "Senegal|Sénégal", "TH": "Thailand|Thaïlande", "TN": "Tunisia|Tunisie",
    "TR": "Turkey|Türkiye|Turquie", "TW": "Taiwan|Taïwan", "UA": "Ukraine", "US": "United States|USA|United States of America|États-Unis|États-Unis d'Amérique",
    "VN": "Vietnam|Viet Nam", "ZA": "South Africa|Afrique du Sud",
}  # fmt: skip


def _key(name: str) -> str:
    return " ".join(re.findall(r"\w+", fold(name)))


_CODES = {_key(name): code for code, names in NAMES.items() for name in names.split("|")}


def country_code(text: str) -> str | None:
    """ISO 3166-1 alpha-2 code of a country written as a code or by its name; None for what is neither."""
    written = text.strip()
    if re.fullmatch("[A-Za-z]{2}", written):
        return EU_CODES.get(written.upper(), written.upper())
    return _CODES.get(_key(written))
