"""Every string of the web page, in French and in English."""

from collections.abc import Mapping

from .consortium.texts import CONSORTIUM_TEXTS

__all__ = ["EXAMPLES", "LANGUAGES", "preferred_language", "texts_for"]

LANGUAGES = ("en", "fr")

# Each in English, then in French.
_TEXTS: dict[str, tuple[str, str]] = {
    "tagline": (
        "R&D partners among the members of European clusters",
        "Des partenaires de R&D parmi les membres des pôles européens",
    ),
    "skip": ("Skip to the content", "Aller au contenu"),
    "other_language": ("Français", "English"),
    "topic_label": ("What do you need a partner for?", "Pour quoi cherchez-vous un partenaire ?"),
    "topic_hint": (
        "A phrase, a sentence or a whole call text, in French or in English. Members are found in both languages.",
        "Une expression, une phrase ou un texte d'appel entier, en français ou en anglais. Les membres sont trouvés dans les deux langues.",
    ),
    "search": ("Find partners", "Trouver des partenaires"),
    "searching": ("Crossing…", "Traversée…"),
    "bank_fr": ("{n} members describe themselves in French", "{n} membres se décrivent en français"),
    "bank_en": ("{n} members describe themselves in English", "{n} membres se décrivent en anglais"),
    "bank_intro": (
        "Ask from either bank, be answered from both.",
        "Demandez depuis une rive, on vous répond des deux.",
    ),
    "try": ("Try, for instance", "Essayez par exemple"),
    "filters": ("Narrow down", "Affiner"),
    "more_values": ("{n} more", "{n} de plus"),
    "apply": ("Apply", "Appliquer"),
    "remove_filters": ("Remove the filters", "Retirer les filtres"),
    "active": ("Applied to this search", "Appliqué à cette recherche"),
    "remove": ("Remove: {what}", "Retirer : {what}"),
    "chip_like": ("like {name}", "comme {name}"),
    "chip_unlike": ("not like {name}", "pas comme {name}"),
    "chip_exclude": ("without {name}", "sans {name}"),
    "chip_exclude_country": ("not in {name}", "hors {name}"),
    "chip_only": ("only {name}", "seulement {name}"),
    "chip_diversity": ("varied, {name}", "variété {name}"),
    "chip_min_relevance": ("relevance from {name}", "pertinence dès {name}"),
    "results": ("{total} members ranked", "{total} membres classés"),
    "result_one": ("1 member ranked", "1 membre classé"),
    "range": ("{first} to {last} of {total} members ranked", "{first} à {last} sur {total} membres classés"),
    "deck": ("On this page: {parts}", "Sur cette page : {parts}"),
    "deck_part": ("{n} in {language}", "{n} en {language}"),
    "nothing": ("No member passes these filters.", "Aucun membre ne correspond à ces filtres."),
    "nothing_relevant": ("No match on this page.", "Aucun résultat sur cette page."),
    "nothing_hint": (
        "Remove some, or all of them: the topic stays.",
        "Retirez-en, ou retirez-les tous : le sujet reste.",
    ),
    "unanswered": (
        "Nobody among these members seems to do this.",
        "Personne parmi ces membres ne semble le faire.",
    ),
    "unanswered_hint": (
        "Those below are no more than the nearest. Other words may help: say what is to be made or measured, not the programme that pays for it.",
        "Ceux qui suivent sont seulement les plus proches. D'autres mots aident parfois : dites ce qu'il faut fabriquer ou mesurer plutôt que le programme qui le finance.",
    ),
    "too_long": (
        "This text is too long: keep at most 32,000 characters, the part that says what is needed.",
        "Ce texte est trop long : gardez 32 000 caractères au plus, la partie qui dit ce qu'il vous faut.",
    ),
    "unreadable": ("This text cannot be read; paste plain text.", "Ce texte est illisible ; collez du texte brut."),
    "refused": (
        "This address asks something that cannot be answered; start again from the topic.",
        "Cette adresse demande quelque chose d'impossible ; repartez du sujet.",
    ),
    "needs": ("What your text asks for", "Ce que demande votre texte"),
    "need_answered": ("answered here by", "y répondent ici"),
    "need_open": ("nobody on this page", "personne sur cette page"),
    "answers": ("Answers", "Répond à"),
    "previous": ("Previous", "Précédents"),
    "next": ("Next", "Suivants"),
    "pages": ("Pages of results", "Pages de résultats"),
    "employees": ("{n} employees", "{n} personnes"),
    "relevance": ("Estimated relevance", "Pertinence estimée"),
    "percent": ("{n}%", "{n} %"),
    "in_language": ("in {language}", "en {language}"),
    "other_bank": ("from the other bank", "venu de l'autre rive"),
    "why": ("Why?", "Pourquoi ?"),
    "why_words": ("Words in common with your topic: {words}.", "Mots en commun avec votre sujet : {words}."),
    "why_meaning": (
        "No word in common with your topic: found by its meaning.",
        "Aucun mot en commun avec votre sujet : trouvé par le sens.",
    ),
    "why_crossing": (
        "Your topic is in {topic}, this text in {text}: they were compared by meaning, without translation.",
        "Votre sujet est en {topic}, ce texte en {text} : ils ont été comparés par le sens, sans traduction.",
    ),
    "why_needs": (
        "Of what your text asks for, it answers: {needs}.",
        "De ce que demande votre texte, il répond à : {needs}.",
    ),
    "why_relevance": (
        "Estimated relevance: {percent}, the chance that a careful reader finds this member useful.",
        "Pertinence estimée : {percent}, la chance qu'un lecteur attentif juge ce membre utile.",
    ),
    "more_like": ("More like this", "D'autres comme celui-ci"),
    "not_this": ("Not this kind", "Pas de ce genre"),
    "keep": ("Keep", "Garder"),
    "kept": ("Kept", "Gardé"),
    "shortlist": ("Shortlist", "Sélection"),
    "shortlist_for": ("For the topic", "Pour le sujet"),
    "shortlist_one": ("1 member kept", "1 membre gardé"),
    "shortlist_many": ("{n} members kept", "{n} membres gardés"),
    "shortlist_empty": ("Nothing kept yet.", "Rien n'est encore gardé."),
    "shortlist_hint": (
        "Press “Keep” beside a match. The shortlist stays in this browser; its address can be shared.",
        "Cliquez sur « Garder » à côté d'un résultat. La sélection reste dans ce navigateur ; son adresse peut être partagée.",
    ),
    "shortlist_script": (
        "Keeping members needs JavaScript; a shared shortlist is read without it.",
        "Garder des membres demande JavaScript ; une sélection partagée se lit sans.",
    ),
    "shortlist_gone": ("No longer in the index: {ids}", "Ne sont plus dans l'index : {ids}"),
    "shortlist_again": ("Rank them for another topic", "Les classer pour un autre sujet"),
    "shortlist_rank": ("Rank", "Classer"),
    "export_xlsx": ("Export to Excel", "Exporter vers Excel"),
    "print": ("Print", "Imprimer"),
    "clear_all": ("Empty the shortlist", "Vider la sélection"),
    "removed": ("Removed from the shortlist.", "Retiré de la sélection."),
    "to_search": ("Search for partners", "Chercher des partenaires"),
    "back": ("Back to the results", "Retour aux résultats"),
    "says": ("What {name} says it can do", "Ce que {name} dit savoir faire"),
    "similar": ("Members with similar capabilities", "Membres aux compétences voisines"),
    "updated": ("Text of {date}", "Texte du {date}"),
    "error_404": ("This page is on neither bank.", "Cette page n'est sur aucune des deux rives."),
    "error_404_hint": (
        "The member may have left the index, or the address was cut on its way.",
        "Ce membre a peut-être quitté l'index, ou l'adresse a été coupée en chemin.",
    ),
    "error_503": ("The index cannot answer at the moment.", "L'index ne peut pas répondre pour l'instant."),
    "error_503_hint": ("Try again in a few minutes.", "Réessayez dans quelques minutes."),
    "error_500": ("Something gave way under this request.", "Quelque chose a cédé sous cette requête."),
    "error_500_hint": (
        "It was written down for those who run the service. Trying again does no harm.",
        "C'est consigné pour ceux qui tiennent le service. Réessayer ne coûte rien.",
    ),
    "snapshot": ("Index of {date}, {members} members.", "Index du {date}, {members} membres."),
    "api": ("API documentation", "Documentation de l'API"),
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
    **CONSORTIUM_TEXTS,
}

EXAMPLES: Mapping[str, tuple[str, ...]] = {
    "fr": (
        "accéléromètres pour ponts et barrages",
        "désherber les vignes avec des robots",
        "inspecter des ouvrages d'art par drone",
    ),
    "en": (
        "detecting lameness in cattle on pasture",
        "formally verified RISC-V processors",
        "gas sensors on silicon photonics",
    ),
}
"""Topics to try, by the language they are written in."""


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
