"""Members from the files of CORDIS and of the ANR. All organisations are fictional."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from indexer.members import read_members
from indexer.progress import Silent
from indexer.sources.anr import anr_members
from indexer.sources.cordis import cordis_members
from indexer.sources.projects import Harvest
from search import SourceError
from search.types import Member

PROJECTS = [
    {"id": "101", "acronym": "NEVE", "title": "Snow radars", "objective": "We build radars; they see \"snow\".\n\nCheaply.", "startDate": "2023-01-01"},
    {"id": "102", "acronym": "OLD", "title": "Old lidars.", "objective": "", "startDate": "2015-06-01"},
    {"id": "103", "acronym": "GLACE", "title": "Ice &amp; light", "objective": "<p>Photonics on ice</p>", "startDate": "2023-01-01"},
]  # fmt: skip
ORGANISATIONS = [
    {"projectID": "101", "organisationID": "9001", "name": "NEVE CAPTEURS", "activityType": "PRC", "SME": "true", "city": "Meylan", "country": "FR", "organizationURL": "www.neve.example", "vatNumber": "FR00", "ecContribution": "250000,50", "contentUpdateDate": "2024-02-03 10:00:00"},
    {"projectID": "103", "organisationID": "9001", "name": "NEVE CAPTEURS (ANCIEN)", "activityType": "PRC", "SME": "false", "city": "Lyon", "country": "FR", "organizationURL": "n/a", "vatNumber": "", "ecContribution": "300000", "contentUpdateDate": "2022-02-03 10:00:00"},
    {"projectID": "102", "organisationID": "9001", "name": "NEVE CAPTEURS (ANCIEN)", "activityType": "PRC", "SME": "false", "city": "Lyon", "country": "FR", "organizationURL": "", "vatNumber": "", "ecContribution": "1", "contentUpdateDate": ""},
    {"projectID": "101", "organisationID": "9002", "name": "PANEPISTIMIO CHIONIOU", "activityType": "HES", "SME": "false", "city": "", "country": "EL", "organizationURL": "not an address"},
    {"projectID": "102", "organisationID": "9003", "name": "Thornwick Lidar Ltd", "activityType": "PRC", "SME": "", "city": "Leeds", "country": "UK"},
    {"projectID": "102", "organisationID": "9004", "name": "Kommune Isby", "activityType": "PUB", "SME": "false", "country": "NO"},
    {"projectID": "102", "organisationID": "9005", "name": "Verein Firn", "activityType": "OTH", "SME": "false", "country": "AT"},
    {"projectID": "999", "organisationID": "9006", "name": "Institut Perdu", "activityType": "REC", "SME": "false", "country": "FR"},
    {"projectID": "101", "organisationID": "", "name": "Nobody", "activityType": "REC", "SME": "false", "country": "FR"},
]  # fmt: skip
PROJECT_COLUMNS = [
    "id",
    "acronym",
    "status",
    "title",
    "startDate",
    "endDate",
    "totalCost",
    "ecMaxContribution",
    "legalBasis",
    "topics",
    "ecSignatureDate",
    "frameworkProgramme",
    "masterCall",
    "subCall",
    "fundingScheme",
    "nature",
    "objective",
    "contentUpdateDate",
    "rcn",
    "grantDoi",
    "keywords",
]
ORGANISATION_COLUMNS = [
    "projectID",
    "projectAcronym",
    "organisationID",
    "vatNumber",
    "name",
    "shortName",
    "SME",
    "activityType",
    "street",
    "postCode",
    "city",
    "country",
    "nutsCode",
    "geolocation",
    "organizationURL",
    "contactForm",
    "contentUpdateDate",
    "rcn",
    "order",
    "role",
    "ecContribution",
    "netEcContribution",
    "totalCost",
    "endOfParticipation",
    "active",
]


def table(path: Path, columns: list[str], rows: list[dict[str, str]]) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, delimiter=";", quoting=csv.QUOTE_ALL)
        writer.writeheader()
        writer.writerows({column: row.get(column, "") for column in columns} for row in rows)


@pytest.fixture
def cordis(tmp_path: Path) -> Path:
    table(tmp_path / "cordis" / "project.csv", PROJECT_COLUMNS, PROJECTS)
    table(tmp_path / "cordis" / "organization.csv", ORGANISATION_COLUMNS, ORGANISATIONS)
    return tmp_path / "cordis"


def harvested(run: Callable[..., Harvest], folder: Path, most: int = 10) -> tuple[Harvest, dict[str, Member]]:
    """What a command reports, and what indexing reads of the file it wrote."""
    output = folder.parent / "members.jsonl"
    harvest = run(folder, output, most, Silent())
    read = read_members([output])
    assert read.rejects == ()
    assert len(read.members) == harvest.members
    return harvest, {member.id: member for member in read.members}


def test_cordis_participants_become_members(cordis: Path) -> None:
    """Described by their projects, the newest and then the largest first; facts are those of the latest row."""
    harvest, members = harvested(cordis_members, cordis)
    radars = 'Snow radars. We build radars; they see "snow". Cheaply.'
    assert members["cordis-9001"] == Member(
        "cordis-9001", "NEVE CAPTEURS", {"en": f"Ice & light. Photonics on ice\n\n{radars}\n\nOld lidars."},
        country="FR", city="Meylan", kind="sme", website="https://www.neve.example", updated="2024-02-03",
        extra={"vat": "FR00", "projects": 3},
    )  # fmt: skip
    assert members["cordis-9002"] == Member(
        "cordis-9002", "PANEPISTIMIO CHIONIOU", {"en": radars}, country="GR", kind="university", extra={"projects": 1}
    )
    assert {id: (member.country, member.kind) for id, member in members.items()} == {
        "cordis-9001": ("FR", "sme"), "cordis-9002": ("GR", "university"), "cordis-9003": ("GB", "company"),
        "cordis-9004": ("NO", "public"), "cordis-9005": ("AT", None),
    }  # fmt: skip
    assert harvest.projects == 3
    assert [(reject.line, reject.field) for reject in harvest.rejects] == [(10, "organisationID"), (9, "descriptions")]


def test_only_so_many_projects_describe_an_organisation(cordis: Path) -> None:
    """The newest; of two that began on one day, the one that brought more."""
    _, members = harvested(cordis_members, cordis, most=1)
    assert members["cordis-9001"].descriptions == {"en": "Ice & light. Photonics on ice"}


def test_programmes_lie_side_by_side(cordis: Path, tmp_path: Path) -> None:
    """An organisation of two programmes is one member."""
    table(
        tmp_path / "cordis" / "h2020" / "project.csv",
        PROJECT_COLUMNS,
        [{"id": "5", "title": "Even older", "startDate": "2014"}],
    )
    table(
        tmp_path / "cordis" / "h2020" / "organization.csv",
        ORGANISATION_COLUMNS,
        [{**ORGANISATIONS[3], "projectID": "5"}],
    )
    _, members = harvested(cordis_members, cordis)
    assert members["cordis-9002"].descriptions["en"].endswith("Cheaply.\n\nEven older.")


P = "Projet.Partenaire."
ANR_PROJECTS = [
    {"Projet.Code_Decision": "ANR-21-CE05-0001", "Projet.Titre.Francais": "Glace et lumière", "Projet.Titre.Anglais": "Ice and light", "Projet.Resume.Francais": "Photonique sur glace.", "Projet.Resume.Anglais": "Photonics on ice.", "Projet.T0 scientifique": "2022-01-01"},
    {"Projet.Code_Decision": "ANR-11-0002", "Projet.Titre.Francais": "Neige", "Projet.Resume.Francais": "Radars à neige.", "AAP.Edition": "2011"},
]  # fmt: skip
ANR_PARTNERS = [
    {"Projet.Code_Decision": "ANR-21-CE05-0001", f"{P}Nom_organisme": "Université  de Névache", f"{P}Categorie_organisme": "Université", f"{P}Adresse.Ville": "Névache", f"{P}Adresse.Pays": "France", f"{P}Responsable_scientifique.Nom": "Dupont"},
    {"Projet.Code_Decision": "ANR-11-0002", f"{P}Nom_organisme": "UNIVERSITE DE NEVACHE", f"{P}Adresse.Pays": "France", f"{P}Responsable_scientifique.Nom": "Durand"},
    {"Projet.Code_Decision": "ANR-11-0002", f"{P}Nom_organisme": "Névé Capteurs", f"{P}Categorie_organisme": "PME (petite et moyenne entreprise)", f"{P}Adresse.Pays": "Suisse"},
    {"Projet.Code_Decision": "ANR-11-0002", f"{P}Nom_organisme": "Hôpital des Neiges", f"{P}Categorie_organisme": "Hôpital / Santé", f"{P}Adresse.Pays": "Atlantide"},
    {"Projet.Code_Decision": "ANR-11-0002", f"{P}Nom_organisme": ""},
]  # fmt: skip


@pytest.fixture
def anr(tmp_path: Path) -> Path:
    table(
        tmp_path / "anr" / "anr-2010-projets.csv",
        list(dict.fromkeys(key for row in ANR_PROJECTS for key in row)),
        ANR_PROJECTS,
    )
    table(
        tmp_path / "anr" / "anr-2010-partenaires.csv",
        list(dict.fromkeys(key for row in ANR_PARTNERS for key in row)),
        ANR_PARTNERS,
    )
    return tmp_path / "anr"


def test_anr_partners_become_members(anr: Path) -> None:
    """In both languages where there are both; spellings of one name are one member; nobody's name is kept."""
    harvest, members = harvested(anr_members, anr)
    assert members == {
        "anr-universite-de-nevache-fr": Member(
            "anr-universite-de-nevache-fr", "Université de Névache",
            {"fr": "Glace et lumière. Photonique sur glace.\n\nNeige. Radars à neige.", "en": "Ice and light. Photonics on ice."},
            country="FR", city="Névache", kind="university", extra={"projects": 2}),
        "anr-neve-capteurs-ch": Member(
            "anr-neve-capteurs-ch", "Névé Capteurs", {"fr": "Neige. Radars à neige."}, country="CH", kind="sme", extra={"projects": 1}),
        "anr-hopital-des-neiges": Member(
            "anr-hopital-des-neiges", "Hôpital des Neiges", {"fr": "Neige. Radars à neige."}, extra={"projects": 1}),
    }  # fmt: skip
    assert [(reject.line, reject.reason) for reject in harvest.rejects] == [(6, "is missing")]
    text = (anr.parent / "members.jsonl").read_text(encoding="utf-8")
    assert "Dupont" not in text
    assert all(json.loads(line)["descriptions"] for line in text.splitlines())


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (["id", "title", "startDate"], r'has no column objective; .* its columns are: "id", "title", "startDate"'),
        (["id"], "has no column title, objective, startDate"),
    ],
)
def test_a_missing_column_is_named(cordis: Path, columns: list[str], message: str) -> None:
    """With those found; and nothing is written."""
    table(cordis / "project.csv", columns, PROJECTS)
    with pytest.raises(SourceError, match=message):
        cordis_members(cordis, cordis / "members.jsonl", 10, Silent())
    assert sorted(path.name for path in cordis.iterdir()) == ["organization.csv", "project.csv"]


def test_missing_files_are_named(cordis: Path, anr: Path, tmp_path: Path) -> None:
    """The wrong folder says what should be there, and an output without its folder is refused."""
    with pytest.raises(SourceError, match=r"does not hold project\.csv and organization\.csv"):
        cordis_members(anr, tmp_path / "x.jsonl", 10, Silent())
    with pytest.raises(
        SourceError, match=r"expected a file of projects with Projet\.Titre\.Francais .* columns found: \"projectID\""
    ):
        anr_members(cordis, tmp_path / "x.jsonl", 10, Silent())
    with pytest.raises(SourceError, match=r"cannot write .*: No such file or directory"):
        cordis_members(cordis, tmp_path / "none" / "x.jsonl", 10, Silent())


def test_nothing_is_written_of_files_that_do_not_belong_together(cordis: Path) -> None:
    """Where no participant has a project, the members file there was stays as it is."""
    table(cordis / "project.csv", PROJECT_COLUMNS, [{"id": "7", "title": "Else"}])
    output = cordis.parent / "members.jsonl"
    output.write_text("before", encoding="utf-8")
    with pytest.raises(SourceError, match="no organisation could be made a member"):
        cordis_members(cordis, output, 10, Silent())
    assert output.read_text(encoding="utf-8") == "before"
    assert sorted(path.name for path in cordis.parent.iterdir()) == ["cordis", "members.jsonl"]
