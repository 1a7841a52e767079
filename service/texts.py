"""Every string of the web page, in French and in English."""

from collections.abc import Mapping

__all__ = ["EXAMPLES", "LANGUAGES", "preferred_language", "texts_for"]

LANGUAGES = ("en", "fr")

# Each in English, then in French.
_TEXTS: dict[str, tuple[str, str]] = {
    "tagline": (
        "R&D partners among the members of European clusters",
        "Des partenaires de R&D parmi les membres des pôles européens",
    ),
    "topic_label": ("What do you need a partner for?", "Pour quoi cherchez-vous un partenaire ?"),
    "topic_hint": (
        "A phrase, a sentence or a whole call text, in French or in English. Members are found in both languages.",
        "Une expression, une phrase ou un texte d'appel entier, en français ou en anglais. Les membres sont trouvés dans les deux langues.",
    ),
    "search": ("Find partners", "Trouver des partenaires"),
    "filters": ("Narrow down", "Affiner"),
    "apply": ("Apply", "Appliquer"),
    "remove_filters": ("Remove the filters", "Retirer les filtres"),
    "try": ("Try", "Essayez"),
    "results": ("{total} members ranked", "{total} membres classés"),
    "result_one": ("1 member ranked", "1 membre classé"),
    "nothing": ("No member passes these filters.", "Aucun membre ne correspond à ces filtres."),
    "too_long": (
        "This text is too long: keep at most 32,000 characters, the part that says what is needed.",
        "Ce texte est trop long : gardez 32 000 caractères au plus, la partie qui dit ce qu'il vous faut.",
    ),
    "unreadable": ("This text cannot be read; paste plain text.", "Ce texte est illisible ; collez du texte brut."),
    "unanswered": (
        "Nobody among these members seems to do this. Those below are no more than the nearest.",
        "Personne parmi ces membres ne semble le faire. Ceux qui suivent sont seulement les plus proches.",
    ),
    "needs": ("What your text asks for", "Ce que demande votre texte"),
    "answers": ("Answers", "Répond à"),
    "previous": ("Previous", "Précédents"),
    "next": ("Next", "Suivants"),
    "employees": ("{n} employees", "{n} personnes"),
    "relevance": ("Estimated relevance", "Pertinence estimée"),
    "in_fr": ("in French", "en français"),
    "in_en": ("in English", "en anglais"),
    "in_other": ("in {code}", "en {code}"),
    "snapshot": ("Index of {date}, {members} members.", "Index du {date}, {members} membres."),
    "api": ("API documentation", "Documentation de l'API"),
    "other_language": ("Français", "English"),
    "facet_country": ("Country", "Pays"),
    "facet_cluster": ("Cluster", "Pôle"),
    "facet_kind": ("Kind", "Type"),
    "facet_sector": ("Sector", "Secteur"),
    "facet_language": ("Language of the description", "Langue de la description"),
    "kind_startup": ("start-up", "start-up"),
    "kind_sme": ("SME", "PME"),
    "kind_midcap": ("mid-cap", "ETI"),
    "kind_large": ("large company", "grand groupe"),
    "kind_company": ("company", "entreprise"),
    "kind_research": ("research organisation", "organisme de recherche"),
    "kind_university": ("university", "université"),
    "kind_public": ("public body", "organisme public"),
    "kind_association": ("association", "association"),
    "level_high": ("very likely", "très probable"),
    "level_good": ("likely", "probable"),
    "level_some": ("possible", "possible"),
    "level_low": ("unlikely", "peu probable"),
}

EXAMPLES = (
    "capteurs MEMS basse consommation",
    "detecting lameness in cattle on pasture",
    "formally verified RISC-V processors",
)


def texts_for(language: str) -> Mapping[str, str]:
    """All strings in one of `LANGUAGES`."""
    column = LANGUAGES.index(language)
    return {key: both[column] for key, both in _TEXTS.items()}


def preferred_language(accept_language: str) -> str:
    """The first of `LANGUAGES` in an Accept-Language header, by its weights; English where there is none."""
    wanted: list[tuple[float, str]] = []
    for part in accept_language.split(","):
        code, *parameters = (piece.strip() for piece in part.split(";"))
        try:
            weight = next((float(p[2:]) for p in parameters if p.startswith("q=")), 1.0)
        except ValueError:
            continue
        wanted.append((-weight, code[:2].lower()))
    wanted.sort(key=lambda found: found[0])
    return next((code for _, code in wanted if code in LANGUAGES), "en")
