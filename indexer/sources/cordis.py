"""CORDIS, the European Union's funded research: project.csv and organization.csv become members."""

import os
from collections.abc import Mapping
from pathlib import Path

from search.errors import SourceError

from ..progress import Progress
from .cells import as_web_address
from .countries import country_code
from .projects import Column, Harvest, Organisation, Project, amount_of, named_rows, paragraph, write_members
from .rejects import Reject

__all__ = ["cordis_members"]

PROJECT_COLUMNS = (
    Column("id", ("id",)),
    Column("title", ("title",)),
    Column("objective", ("objective",)),
    Column("start", ("startDate",)),
)
ORGANISATION_COLUMNS = (
    Column("project", ("projectID",)),
    Column("id", ("organisationID",)),
    Column("name", ("name",)),
    Column("activity", ("activityType",)),
    Column("sme", ("SME",)),
    Column("city", ("city",)),
    Column("country", ("country",)),
    Column("website", ("organizationURL",)),
    Column("vat", ("vatNumber",), required=False),
    Column("amount", ("ecContribution",), required=False),
    Column("updated", ("contentUpdateDate",), required=False),
)
KINDS = {"HES": "university", "REC": "research", "PUB": "public"}


def cordis_members(folder: Path, output: Path, most: int, progress: Progress) -> Harvest:
    """Write the organisations of the CORDIS downloads in or below a folder as a members file.

    An organisation of several programmes is one member, described by its `most` newest projects in English.
    Raises SourceError where files or columns are missing.
    """
    project_files, organisation_files = _named(folder, "project.csv"), _named(folder, "organization.csv")
    if not project_files or not organisation_files:
        raise SourceError(
            f"{folder} does not hold project.csv and organization.csv; unpack the CSV download of a CORDIS programme there"
        )
    rejects: list[Reject] = []
    projects: dict[str, Project] = {}
    for path in project_files:
        _read_projects(path, projects, rejects, progress)
    organisations: dict[str, Organisation] = {}
    for path in organisation_files:
        _read_organisations(path, organisations, rejects, progress)
    written, left_out = write_members(organisations.values(), projects, most, output, progress)
    return Harvest(len(projects), written, (*rejects, *left_out))


def _named(folder: Path, name: str) -> list[Path]:
    return sorted(Path(parent, file) for parent, _, files in os.walk(folder) for file in files if file.lower() == name)


def _read_projects(path: Path, projects: dict[str, Project], rejects: list[Reject], progress: Progress) -> None:
    with named_rows(path, PROJECT_COLUMNS, progress) as rows:
        for row in rows:
            if isinstance(row, Reject):
                rejects.append(row)
            elif text := paragraph(row.cells["title"], row.cells["objective"]):
                projects[str(row.cells["id"])] = Project(str(row.cells["start"]), {"en": text})


def _read_organisations(
    path: Path, organisations: dict[str, Organisation], rejects: list[Reject], progress: Progress
) -> None:
    with named_rows(path, ORGANISATION_COLUMNS, progress) as rows:
        for row in rows:
            if isinstance(row, Reject):
                rejects.append(row)
                continue
            cells = row.cells
            if not cells["id"]:
                advice = "nothing: CORDIS does not say which organisation this is"
                rejects.append(Reject(str(path), row.line, "organisationID", "is missing", "", advice))
                continue
            found = organisations.setdefault(str(cells["id"]), Organisation({}, (str(path), row.line)))
            if str(cells["updated"])[:10] >= str(found.record.get("updated", "")):
                found.record = _record(cells)
            found.amounts[str(cells["project"])] = amount_of(cells["amount"])


def _record(cells: Mapping[str, object]) -> dict[str, object]:
    return {
        "id": f"cordis-{cells['id']}",
        "name": cells["name"],
        "country": country_code(str(cells["country"])),
        "city": cells["city"],
        "kind": _kind(str(cells["activity"]).upper(), str(cells["sme"]).lower()),
        "website": as_web_address(str(cells["website"])),
        "updated": str(cells["updated"])[:10],
        "vat": cells["vat"],
    }


def _kind(activity: str, sme: str) -> str | None:
    if activity == "PRC":
        return "sme" if sme in ("true", "1", "yes") else "company"
    return KINDS.get(activity)
