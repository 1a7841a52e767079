"""Mappings: from the columns of an export to fields of members."""

import json
import re
from pathlib import Path

import pytest

from indexer.members import read_members
from search import SourceError
from search.types import Member
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
COLUMNS = '[columns]\nid = "No"\nname = "Nom"\ndescriptions.fr = "Texte"\n'


def block(language: str) -> str:
    """The example of docs/sources.md in a language."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return str(found)


def test_the_documented_example_works(tmp_path: Path) -> None:
    """The French Excel export and its mapping make the two members that the page promises; the contact is left out."""
    (tmp_path / "export.csv").write_bytes(block("csv").replace("\n", "\r\n").encode("windows-1252"))
    (tmp_path / "export.toml").write_text(block("toml"), encoding="utf-8")
    found = read_members([tmp_path / "export.csv"])
    text = 'Capteurs de neige\n\nNous concevons des radars "neige" basse consommation.\r\nProduction à Grenoble.'
    assert found.members == (
        Member("minalogic-0012", "Névé Capteurs", {"fr": text}, clusters=("Minalogic",), country="FR", kind="sme", employees=38, sectors=("Photonique", "Capteurs")),
        Member("minalogic-0013", "Institut Belledonne", {"en": "Trace gas analysis."}, clusters=("Minalogic",), country="CH", kind="research", employees=120),
    )  # fmt: skip
    assert found.rejects == ()


def source(tmp_path: Path, mapping: str, table: str = "No;Nom;Texte\n1;A;a\n") -> Path:
    (tmp_path / "a.csv").write_text(table, encoding="utf-8")
    (tmp_path / "a.toml").write_text(mapping, encoding="utf-8")
    return tmp_path / "a.csv"


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ("[columns]\nRaison sociale = 1", "is not TOML: .*put names in quotation marks"),
        ("[colums]\nid = 'No'", 'unknown key "colums"; expected columns, extra, constant, values'),
        ("[columns]\nid = 'No'\nnme = 'Nom'", r'has "nme" under \[columns\]; expected id, name, clusters'),
        ("[columns]\nid = 'No'\ndescriptions.french = 'Nom'", r'has "descriptions.french" under \[columns\]'),
        ("[columns]\nid = 'No'\nname = 'Nom'", "names no column for descriptions"),
        ("[columns]\nid = []\nname = 'Nom'\ndescriptions.fr = 'Texte'", 'names nothing for "id"'),
        (COLUMNS + 'kind = "Genre"', r'names "Genre", which .*a.csv does not have; its columns are: "No", "Nom", "Texte"'),
        (COLUMNS + "[extra]\ncity = 'Nom'", r'has "city" under \[extra\]; put it under \[columns\]'),
        (COLUMNS + "[separators]\ncity = ','", r'has "city" under \[separators\]; expected clusters, sectors'),
        (COLUMNS + "[values.kind]\nPME = 1.5", "for values.kind.PME"),
        ("delimiter = 'x'\n" + COLUMNS, "for delimiter"),
        ("header = 3\n" + COLUMNS, "is empty; expected a line with the names"),
    ],
)  # fmt: skip
def test_a_mapping_with_a_mistake_is_refused(tmp_path: Path, mapping: str, message: str) -> None:
    """In one line that says what there is or may be."""
    with pytest.raises(SourceError, match=message) as refused:
        read_members([source(tmp_path, mapping)])
    assert "\n" not in str(refused.value)


def test_where_mappings_are_looked_for(tmp_path: Path) -> None:
    """Beside the source by its name, else mapping.toml of its folder; the one given holds for all."""
    path = source(tmp_path, "id_prefix = 'own-'\n" + COLUMNS)
    (tmp_path / "mapping.toml").write_text("id_prefix = 'shared-'\n" + COLUMNS, encoding="utf-8")
    (tmp_path / "given.toml").write_text("id_prefix = 'given-'\n" + COLUMNS, encoding="utf-8")
    (tmp_path / "b.csv").write_text("No;Nom;Texte\n2;B;b\n", encoding="utf-8")
    assert [member.id for member in read_members([tmp_path]).members] == ["own-1", "shared-2"]
    given = read_members([tmp_path], mapping=tmp_path / "given.toml")
    assert [member.id for member in given.members] == ["given-1", "given-2"]
    with pytest.raises(SourceError, match=r"cannot read the mapping .*none\.toml"):
        read_members([path], mapping=tmp_path / "none.toml")


def test_titles_above_the_header_and_columns_of_one_name(tmp_path: Path) -> None:
    """`header` names the line; the second column of a name has a number, and spelling is forgiving."""
    columns = '[columns]\nid = "no"\nname = "NOM"\ndescriptions.fr = "texte"\ndescriptions.en = "Texte (2)"\n[extra]\nsiret = "SIRET"\n'
    table = 'Liste 2026\n\nNo;"Nom\n ";Texte;Texte;SIRET;Tél.\n1;A;a;b;123;06\n'
    (found,) = read_members([source(tmp_path, "header = 3\n" + columns, table)]).members
    assert found == Member("1", "A", {"fr": "a", "en": "b"}, extra={"siret": "123"})


def test_values_are_translated_before_they_are_checked(tmp_path: Path) -> None:
    """Without regard to case; what the table does not have goes on as it is, and is rejected with advice."""
    mapping = (
        COLUMNS
        + 'kind = "Genre"\nemployees = "Taille"\n[values.kind]\n"pme" = "sme"\n"N/A" = ""\n[values.employees]\n"10 à 49" = 30\n'
    )
    table = "No;Nom;Texte;Genre;Taille\n1;A;a;PME;10 à 49\n2;B;b;n/a;7\n3;C;c;Startup;\n4;D;d;Ferme;\n"
    found = read_members([source(tmp_path, mapping, table)])
    assert [(m.id, m.kind, m.employees) for m in found.members] == [
        ("1", "sme", 30),
        ("2", None, 7),
        ("3", "startup", None),
    ]
    (reject,) = found.rejects
    assert (reject.line, reject.field, reject.value) == (5, "kind", '"ferme"')
    assert "[values.kind]" in reject.advice


def test_json_is_mapped_by_path(tmp_path: Path) -> None:
    """Names with dots reach into objects; a name that no object has is refused."""
    records = {
        "data": [
            {"No": 7, "org": {"Nom": "A"}, "Texte": "a", "tags": ["x", "y"]},
            {"No": 8, "org": {"Nom": "B"}, "Texte": "b"},
        ]
    }
    (tmp_path / "a.json").write_text(json.dumps(records), encoding="utf-8")
    mapping = 'records = "data"\n[columns]\nid = "No"\nname = "org.Nom"\ndescriptions.fr = "Texte"\nsectors = "tags"\n'
    (tmp_path / "a.toml").write_text(mapping, encoding="utf-8")
    assert read_members([tmp_path / "a.json"]).members == (
        Member("7", "A", {"fr": "a"}, sectors=("x", "y")),
        Member("8", "B", {"fr": "b"}),
    )
    (tmp_path / "a.toml").write_text(mapping + 'city = "Ville"\n', encoding="utf-8")
    with pytest.raises(SourceError, match=r'names "Ville", which .* does not have; its columns are: "No", "org.Nom"'):
        read_members([tmp_path / "a.json"])


def test_constants_complete_files_with_the_names_of_fields(tmp_path: Path) -> None:
    """A mapping need not name columns."""
    (tmp_path / "mapping.toml").write_text('[constant]\nclusters = ["Minalogic"]\ncountry = "FR"\n', encoding="utf-8")
    (tmp_path / "a.jsonl").write_text(
        '{"id": "1", "name": "A", "descriptions": {"fr": "a"}, "clusters": ["BCS"], "country": "NL", "siret": 3}\n'
        '{"id": "2", "name": "B", "descriptions": {"fr": "b"}}\n',
        encoding="utf-8",
    )
    assert read_members([tmp_path / "a.jsonl"]).members == (
        Member("1", "A", {"fr": "a"}, clusters=("Minalogic", "BCS"), country="NL", extra={"siret": 3}),
        Member("2", "B", {"fr": "b"}, clusters=("Minalogic",), country="FR"),
    )
