"""ANR, the French research agency: its files of projects and of partners become members."""

import re
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from search.errors import SourceError
from search.lexical import fold

from ..progress import Progress
from .countries import country_code
from .delimited import read_delimited
from .files import find_files, format_of
from .projects import Column, Harvest, Organisation, Project, amount_of, named_rows, paragraph, write_members
from .rejects import Reject
from .rows import column_key, listed

__all__ = ["anr_members"]

CODE = Column("project", ("Projet.Code_Decision", "Projet.Code_Decision_ANR"))
TITLE = Column("title_fr", ("Projet.Titre.Francais",))
PARTNER = Column("name", ("Projet.Partenaire.Nom_organisme",))
PROJECT_COLUMNS = (
    CODE,
    TITLE,
    Column("text_fr", ("Projet.Resume.Francais",)),
    Column("title_en", ("Projet.Titre.Anglais",), required=False),
    Column("text_en", ("Projet.Resume.Anglais",), required=False),
    Column("start", ("Projet.T0 scientifique", "Projet.Date_debut"), required=False),
    Column("edition", ("AAP.Edition", "Action.Edition"), required=False),
)
PARTNER_COLUMNS = (
    CODE,
    PARTNER,
    Column("category", ("Projet.Partenaire.Categorie_organisme",), required=False),
    Column("city", ("Projet.Partenaire.Adresse.Ville",), required=False),
    Column("country", ("Projet.Partenaire.Adresse.Pays",), required=False),
    Column("amount", ("Projet.Partenaire.Aide_allouee.ANR",), required=False),
)
KINDS = {
    "organisme de recherche": "research",
    "organismes de type epst": "research",
    "universite": "university",
    "autre etablissement d enseignement superieur": "university",
    "pme": "sme",
    "eti": "midcap",
    "ge": "large",
    "entreprises privees": "company",
    "divers prive": "company",
    "divers public": "public",
    "fondation ou association": "association",
    "associations": "association",
}
"""Categories as the files spell them, folded; what stands in parentheses is left out."""


def anr_members(folder: Path, output: Path, most: int, progress: Progress) -> Harvest:
    """Write the partners in the ANR's CSV files in or below a folder as a members file.

    Partners of one name and country are one member, described by its `most` newest projects, in French and in English where the files
    have both. Raises SourceError where files or columns are missing.
    """
    project_files, partner_files = _classified(folder)
    rejects: list[Reject] = []
    projects: dict[str, Project] = {}
    for path in project_files:
        _read_projects(path, projects, rejects, progress)
    organisations: dict[str, Organisation] = {}
    for path in partner_files:
        _read_partners(path, organisations, rejects, progress)
    written, left_out = write_members(organisations.values(), projects, most, output, progress)
    return Harvest(len(projects), written, (*rejects, *left_out))


def _classified(folder: Path) -> tuple[list[Path], list[Path]]:
    """Files of projects and files of partners, told apart by their columns, for their names bear dates."""
    projects, partners, seen = [], [], list[str]()
    for path in find_files([folder]):
        if format_of(path) != ".csv":
            continue
        with ExitStack() as stack:
            columns = read_delimited(path, stack, None, None, None).columns or ()
        keys = {column_key(column) for column in columns}
        if column_key(PARTNER.spellings[0]) in keys:
            partners.append(path)
        elif column_key(TITLE.spellings[0]) in keys:
            projects.append(path)
        seen += columns
    if not projects or not partners:
        expected = f"a file of projects with {TITLE.spellings[0]} and one of partners with {PARTNER.spellings[0]}"
        raise SourceError(
            f"{folder} does not hold the ANR's CSV files; expected {expected}; columns found: {listed(seen)}"
        )
    return projects, partners


def _read_projects(path: Path, projects: dict[str, Project], rejects: list[Reject], progress: Progress) -> None:
    with named_rows(path, PROJECT_COLUMNS, progress) as rows:
        for row in rows:
            if isinstance(row, Reject):
                rejects.append(row)
                continue
            texts = {code: paragraph(row.cells[f"title_{code}"], row.cells[f"text_{code}"]) for code in ("fr", "en")}
            start = str(row.cells["start"] or row.cells["edition"])
            projects[str(row.cells["project"])] = Project(start, {code: text for code, text in texts.items() if text})


def _read_partners(
    path: Path, organisations: dict[str, Organisation], rejects: list[Reject], progress: Progress
) -> None:
    with named_rows(path, PARTNER_COLUMNS, progress) as rows:
        for row in rows:
            if isinstance(row, Reject):
                rejects.append(row)
                continue
            record = _record(row.cells)
            if record is None:
                advice = "nothing: the ANR does not name this partner"
                rejects.append(Reject(str(path), row.line, PARTNER.spellings[0], "is missing", "", advice))
                continue
            found = organisations.setdefault(str(record["id"]), Organisation({}, (str(path), row.line)))
            found.record = {**record, **{key: value for key, value in found.record.items() if value}}
            project = str(row.cells["project"])
            found.amounts[project] = found.amounts.get(project, 0) + amount_of(row.cells["amount"])


def _record(cells: Mapping[str, object]) -> dict[str, object] | None:
    name = " ".join(str(cells["name"]).split())
    country = country_code(str(cells["country"]))
    id = "-".join(re.findall(r"\w+", fold(name)))
    if not id:
        return None
    return {
        "id": f"anr-{id}-{country.lower()}" if country else f"anr-{id}",
        "name": name,
        "country": country,
        "city": " ".join(str(cells["city"]).split()),
        "kind": _kind(str(cells["category"])),
    }


def _kind(category: str) -> str | None:
    return KINDS.get(" ".join(re.findall(r"\w+", fold(category.split("(", maxsplit=1)[0]))))
