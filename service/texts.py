"""Every string of the web page, in French and in English."""

from collections.abc import Mapping

from .consortium.texts import CONSORTIUM_TEXTS
from .matchday.texts import MATCHDAY_TEXTS

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
        "A few words, a sentence or a whole call text.",
        "Quelques mots, une phrase ou un texte d'appel entier.",
    ),
    "search": ("Find partners", "Trouver des partenaires"),
    "searching": ("Searching…", "Recherche…"),
    "slow": (
        "Still searching: a long text takes more time.",
        "La recherche continue : un texte long prend plus de temps.",
    ),
    "bank_fr": ("{n} members describe themselves in French", "{n} membres se décrivent en français"),
    "bank_en": ("{n} members describe themselves in English", "{n} membres se décrivent en anglais"),
    "bank_intro": (
        "Ask in French or in English: answers come from both.",
        "Demandez en français ou en anglais : les réponses viennent des deux.",
    ),
    "try": ("Try, for instance", "Essayez par exemple"),
    "filters": ("Narrow down", "Affiner"),
    "more_values": ("{n} more", "{n} de plus"),
    "refine": ("More settings", "Autres réglages"),
    "refine_min_relevance": ("Relevance", "Pertinence"),
    "refine_diversity": ("Order", "Ordre"),
    "refine_country": ("Leave out a country", "Écarter un pays"),
    "refine_no_country": ("None", "Aucun"),
    "least_any": ("all members", "tous les membres"),
    "least_some": ("at least a possible match", "au moins « peut-être pertinent »"),
    "least_good": ("at least a good match", "au moins « pertinent »"),
    "least_high": ("strong matches only", "seulement « très pertinent »"),
    "mix_none": ("best first", "les meilleurs d'abord"),
    "mix_some": ("some variety", "un peu de variété"),
    "mix_much": ("much variety", "beaucoup de variété"),
    "apply": ("Apply", "Appliquer"),
    "remove_filters": ("Remove all filters and settings", "Retirer tous les filtres et réglages"),
    "active": ("Applied to this search", "Appliqué à cette recherche"),
    "remove": ("Remove: {what}", "Retirer : {what}"),
    "chip_like": ("like {name}", "comme {name}"),
    "chip_unlike": ("not like {name}", "pas comme {name}"),
    "chip_exclude": ("without {name}", "sans {name}"),
    "chip_exclude_country": ("not in {name}", "hors {name}"),
    "chip_only": ("only {name}", "seulement {name}"),
    "chip_diversity": ("variety {name}", "variété {name}"),
    "chip_min_relevance": ("relevance from {name}", "pertinence dès {name}"),
    "chip_fairness": ("taking turns within {name}", "à tour de rôle à {name} près"),
    "results": ("{total} members ranked", "{total} membres classés"),
    "result_one": ("1 member ranked", "1 membre classé"),
    "range": ("{first} to {last} of {total} members ranked", "{first} à {last} sur {total} membres classés"),
    "deck": ("On this page: {parts}", "Sur cette page : {parts}"),
    "deck_part": ("{n} in {language}", "{n} en {language}"),
    "nothing": ("No member passes these filters.", "Aucun membre ne correspond à ces filtres."),
    "nothing_relevant": ("No match on this page.", "Aucun résultat sur cette page."),
    "none_enough": ("Nobody here is relevant enough.", "Personne ici n'est assez pertinent."),
    "none_enough_hint": (
        "You asked for a minimum of relevance that none of these members reaches.",
        "Vous demandez un minimum de pertinence qu'aucun de ces membres n'atteint.",
    ),
    "some_enough": (
        "Ranks {first} to {last}: {n} relevant enough",
        "Rangs {first} à {last} : {n} assez pertinents",
    ),
    "any_relevance": ("Show them all the same", "Les montrer quand même"),
    "beyond": ("This address is past the last match.", "Cette adresse dépasse le dernier résultat."),
    "to_first": ("Back to the first matches", "Revenir aux premiers résultats"),
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
    "other_bank": ("your topic is in {language}", "votre sujet est en {language}"),
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
    "leave_out": ("Leave out", "Écarter"),
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
    "error_404": ("This page does not exist.", "Cette page n'existe pas."),
    "error_404_hint": (
        "The member may have left the directory, or the address was cut on its way to you.",
        "Ce membre a peut-être quitté l'annuaire, ou l'adresse a été coupée en chemin.",
    ),
    "error_503": ("There is no answer at the moment.", "Pas de réponse pour l'instant."),
    "error_503_hint": (
        "The service is busy, or loading its directory. Try again in a moment.",
        "Le service est très demandé, ou charge son annuaire. Réessayez dans un instant.",
    ),
    "error_500": ("This page could not be made.", "Cette page n'a pas pu être préparée."),
    "error_500_hint": (
        "It was written down for those who run the service. Trying again does no harm.",
        "C'est consigné pour ceux qui tiennent le service. Réessayer ne coûte rien.",
    ),
    "error_429": ("Too many pages at once.", "Trop de pages d'un coup."),
    "error_429_hint": ("Wait a few seconds, then try again.", "Attendez quelques secondes, puis réessayez."),
    "error_other": ("This cannot be answered.", "Impossible de répondre à cette demande."),
    "error_other_hint": (
        "The address or the form is not one of this service. Start again from the search.",
        "L'adresse ou le formulaire n'est pas de ce service. Repartez de la recherche.",
    ),
    "retry": ("Try again", "Réessayer"),
    "sign_in": ("Sign in with a key", "S'identifier avec une clé"),
    "sign_in_title": ("A key opens this page", "Une clé ouvre cette page"),
    "sign_in_hint": (
        "Whoever runs this service gives keys out. Paste yours here: this browser keeps it until it is closed. With a key, e-mail "
        "addresses in members' texts are shown in full.",
        "Les responsables de ce service donnent les clés. Collez la vôtre ici : ce navigateur la garde jusqu'à sa fermeture. Avec une "
        "clé, les adresses électroniques dans les textes des membres sont lisibles.",
    ),
    "sign_in_wrong": (
        "This key is not valid, or no longer. Check that it was copied whole.",
        "Cette clé n'est pas valable, ou ne l'est plus. Vérifiez qu'elle est copiée en entier.",
    ),
    "sign_in_scope": (
        "This key is for something else than this page. Ask for one with the scope “search”.",
        "Cette clé sert à autre chose que cette page. Demandez-en une avec le droit « search ».",
    ),
    "sign_in_key": ("Key", "Clé"),
    "sign_in_do": ("Open", "Ouvrir"),
    "sign_out": ("Sign out", "Se déconnecter"),
    "signed_in": ("Signed in as {name}.", "Identifié : {name}."),
    "without_key": ("Go on without a key", "Continuer sans clé"),
    "file_name": ("passerelle-shortlist", "passerelle-selection"),
    "file_topic": ("Topic", "Sujet"),
    "file_snapshot": ("Index", "Index"),
    "column_rank": ("Rank", "Rang"),
    "column_relevance": ("Relevance (0 to 1)", "Pertinence (0 à 1)"),
    "column_name": ("Name", "Nom"),
    "column_country": ("Country", "Pays"),
    "column_city": ("City", "Ville"),
    "column_kind": ("Kind", "Type"),
    "column_clusters": ("Clusters", "Pôles"),
    "column_sectors": ("Sectors", "Secteurs"),
    "column_website": ("Website", "Site web"),
    "column_id": ("Id", "Identifiant"),
    "column_language": ("Language", "Langue"),
    "column_evidence": ("In its own words", "Ce qu'il écrit"),
    "column_more_evidence": ("More of them", "Autres passages"),
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
    "level_high": ("strong match", "très pertinent"),
    "level_good": ("good match", "pertinent"),
    "level_some": ("possible match", "peut-être pertinent"),
    "level_low": ("weak match", "peu pertinent"),
    "memory": ("Memory", "Mémoire"),
    "memory_of": ("What is kept for you", "Ce qui est gardé pour vous"),
    "memory_empty": ("Nothing yet.", "Rien pour l'instant."),
    "memory_hint": (
        "Save a topic or judge a match on a page of results, and it stands here.",
        "Enregistrez un sujet ou jugez un résultat sur une page de recherche, et vous le retrouverez ici.",
    ),
    "memory_export": ("Save all of it as a file", "Tout enregistrer dans un fichier"),
    "memory_forget": ("Delete all of it", "Tout supprimer"),
    "memory_forget_sure": (
        "Yes, delete my shortlists, introductions, judgments and saved topics, for good.",
        "Oui, supprimer mes sélections, mises en relation, jugements et sujets enregistrés, définitivement.",
    ),
    "memory_gone": ("no longer in the directory", "n'est plus dans l'annuaire"),
    "delete": ("Delete", "Supprimer"),
    "save_topic": ("Save this topic", "Enregistrer ce sujet"),
    "saved_topics": ("Saved topics", "Sujets enregistrés"),
    "topic_asked": (
        "Members that answered on {date}: {n}. Asked again of each new index.",
        "Membres qui répondaient le {date} : {n}. La question est reposée à chaque nouvel index.",
    ),
    "topic_narrowed": ("Narrowed: {by}.", "Limité : {by}."),
    "topic_failed": ("The last try failed.", "La dernière tentative a échoué."),
    "topic_feed": ("Feed (Atom)", "Flux (Atom)"),
    "topic_feed_hint": (
        "Whoever has the address of a feed can read it.",
        "Quiconque a l'adresse d'un flux peut le lire.",
    ),
    "topic_found": ("Found since", "Trouvés depuis"),
    "feed_title": ("Passerelle: {topic}", "Passerelle : {topic}"),
    "reason_new_member": ("New in the directory", "Nouveau dans l'annuaire"),
    "reason_newly_answering": ("Answers this topic now", "Répond maintenant à ce sujet"),
    "judgments": ("Judgments", "Jugements"),
    "judgments_export": ("All of them as a file (JSON Lines)", "Tous dans un fichier (JSON Lines)"),
    "judgments_shown": ("Shown, the newest first: {n}.", "Affichés, du plus récent au plus ancien : {n}."),
    "verdict_good_match": ("Right for us", "Bon pour nous"),
    "verdict_not_for_us": ("Not for us", "Pas pour nous"),
    "kept_shortlists": ("Shortlists", "Sélections"),
    "introductions": ("Introductions", "Mises en relation"),
    "state_proposed": ("proposed", "proposée"),
    "state_accepted": ("accepted", "acceptée"),
    "state_declined": ("declined", "déclinée"),
    "state_met": ("met", "rencontre faite"),
    "state_project_submitted": ("project submitted", "projet déposé"),
    "error_403": ("This is not open to you.", "Ceci ne vous est pas ouvert."),
    "error_403_hint": (
        "A page of another site asked, or another machine. Open the page of this service itself.",
        "La demande vient d'un autre site, ou d'une autre machine. Ouvrez directement la page de ce service.",
    ),
    "error_409": ("This could not be kept.", "Ceci n'a pas pu être gardé."),
    "error_409_hint": (
        "It was changed meanwhile, or as much is kept as there is room for: delete something first.",
        "Cela a changé entre-temps, ou il n'y a plus de place : supprimez d'abord quelque chose.",
    ),
    "error_422": ("This request cannot be answered.", "Cette requête n'a pas de réponse."),
    "error_422_hint": ("Start again from the topic.", "Repartez du sujet."),
    **MATCHDAY_TEXTS,
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
