"""E-mail addresses in what members wrote."""

import json
import time
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from hypothesis import assume, given
from hypothesis import strategies as st

from search import open_index
from service.answers import answer_json, member_json
from service.app import create_app
from service.live import Live
from service.security import SecuritySettings
from service.security.emails import mask_emails, masked_member, masked_shortlist
from service.security.keyfile import Scope, add_key
from tests.conftest import Build, FakeEncoder, member

ADDRESS = "jeanne.dupont@acme.example"
MASKED = "j" + "*" * 12 + "@acme.example"
OTHER = [member("beta", en="Dairy cows.", country="FR")]


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Écrire à jean.dupont@acme.fr.", "Écrire à j**********@acme.fr."),
        ("mailto:info@acme.fr, tél. 04", "mailto:i***@acme.fr, tél. 04"),
        ("<jd@a.acme.co.uk> j@x.eu", "<**@a.acme.co.uk> *@x.eu"),
        ("rene\u0301@acme.fr", "r****@acme.fr"),
        ("jean @ acme.fr", "j*** @ acme.fr"),
        ("jean＠acme.fr", "j***＠acme.fr"),
        ("jean (at) acme.fr", "j*** (at) acme.fr"),
        ("jean[at]acme[dot]fr", "j***[at]acme[dot]fr"),
        ("jean {arobase} acme (point) fr", "j*** {arobase} acme (point) fr"),
        ("jean at acme dot fr", "j*** at acme dot fr"),
        ("https://x.example/?to=jean%40acme.fr", "https://x.example/?to=j***%40acme.fr"),
        ("jean&#64;acme.fr", "j***&#64;acme.fr"),
        ('"jean dupont"@acme.fr', '"j**********"@acme.fr'),
        ("ann@acme.fr;bob@acme.fr", "a**@acme.fr;b**@acme.fr"),
        ("𝔸nna@acme.fr", "𝔸***@acme.fr"),
    ],
)
def test_addresses_are_masked(text: str, masked: str) -> None:
    """As people write them, for people or for machines."""
    assert mask_emails(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "10 W @ 3.3 V, laser @ 1064.5 nm",
        "suivez-nous : @acme.fr",
        "follow us @acme.example",
        "https://social.example/@acme.fr",
        "sensors at one point in time",
        "visit us at acme.fr",
        "C#, R&D, a@b",
        "",
    ],
)
def test_what_is_no_address_stays(text: str) -> None:
    """Operating points, names in networks, sentences with "at"."""
    assert mask_emails(text) == text


@given(st.text(), st.emails(), st.text())
def test_no_address_survives_and_nothing_moves(before: str, address: str, after: str) -> None:
    """Whatever stands around it, an address goes, and every other character but those of its like stays in its place."""
    local = address.rpartition("@")[0]
    assume(not local.endswith("/") and local[1:].strip("*"))
    text = f"{before} {address} {after}"
    masked = mask_emails(text)
    assert address not in masked
    assert len(masked) == len(text)
    assert all(new in (old, "*") for old, new in zip(text, masked, strict=True))
    assert mask_emails(masked) == masked


@given(st.text(alphabet="a@.*(t) \n\"'%40&#;/=é＠dot", max_size=60))
def test_any_text_keeps_its_length(text: str) -> None:
    """Offsets stay valid for hostile texts too, and masking twice is masking once."""
    masked = mask_emails(text)
    assert len(masked) == len(text)
    assert mask_emails(masked) == masked


@pytest.mark.parametrize("piece", ["a", "@", "a@", "@a.", "a.", "%40a", " at a", '"', "a@a.aa", "(at)", "/=", "@a.a"])
def test_time_grows_with_the_text_alone(piece: str) -> None:
    """A text made to be slow is not: 200,000 characters take less than a second."""
    started = time.perf_counter()
    mask_emails(piece * (200_000 // len(piece)))
    assert time.perf_counter() - started < 1


@pytest.fixture
def client(build: Build, tmp_path: Path) -> TestClient:
    acme = member(
        "acme",
        en=f"Low-power sensors. Write to {ADDRESS} about sensors.\n\nMore sensors: {ADDRESS}",
        city=f"Lyon {ADDRESS}",
        website=f"https://acme.example/?to={ADDRESS}",
        contact={"people": [ADDRESS, 3], ADDRESS: True},
    )
    build([{**acme, "name": f"Acme {ADDRESS}"}, *OTHER])
    settings = SecuritySettings(tmp_path / "keys.json", anonymous="search")
    return TestClient(create_app(Live(open_index(tmp_path / "store", encoder=FakeEncoder())), settings))


@pytest.mark.parametrize(
    "path", ["/v1/search?q=sensors", "/v1/members/acme", "/v1/members/beta/similar", "/?q=sensors"]
)
def test_anonymous_callers_get_no_address(client: TestClient, path: str) -> None:
    """Neither in texts, names, towns, links nor unknown keys; by API or page."""
    answer = client.get(path)
    assert answer.status_code == 200
    assert ADDRESS not in answer.text
    assert MASKED in answer.text


def test_places_in_a_masked_answer_hold(client: TestClient) -> None:
    """Evidence stands at start:end of the masked description, and marks are those of the whole answer."""
    match = client.get("/v1/search?q=sensors").json()["matches"][0]
    assert match["member"]["id"] == "acme"
    assert match["member"]["contact"] == {"people": [MASKED, 3], MASKED: True}
    assert match["evidence"]
    for evidence in match["evidence"]:
        description = match["member"]["descriptions"][evidence["description"]]
        assert description[evidence["start"] : evidence["end"]] == evidence["text"]
        assert {evidence["text"][start:end] for start, end in evidence["marks"]} == {"sensors"}


def test_a_key_gets_addresses_whole(client: TestClient, tmp_path: Path) -> None:
    """Whoever has a key is known, and is told who to write to."""
    key = add_key(tmp_path / "keys.json", "staff", [Scope.SEARCH])
    answer = client.get("/v1/search?q=sensors", headers={"authorization": f"Bearer {key}"})
    assert MASKED not in answer.text
    assert answer.json()["matches"][0]["member"]["contact"]["people"] == [ADDRESS, 3]


def test_evidence_cut_within_an_address(build: Build, tmp_path: Path) -> None:
    """What is quoted is quoted from the masked text, so half an address does not show either."""
    from dataclasses import replace

    build([member("acme", en=f"Sensors. {ADDRESS}"), *OTHER])
    shortlist = open_index(tmp_path / "store", encoder=FakeEncoder()).search("sensors", k=1)
    evidence = shortlist[0].evidence[0]
    cut = replace(evidence, text=f"Sensors. {ADDRESS}"[:22], start=0, end=22, marks=())
    half = replace(shortlist, matches=(replace(shortlist[0], evidence=(cut,)),))
    assert masked_shortlist(half)[0].evidence[0].text == f"Sensors. {MASKED}"[:22]


def test_masked_unless_told_otherwise(build: Build, tmp_path: Path) -> None:
    """Who builds an answer and forgets to say for whom builds one for everybody."""
    build([member("acme", en=f"Sensors. {ADDRESS}"), *OTHER])
    searcher = open_index(tmp_path / "store", encoder=FakeEncoder())
    found = searcher.search("sensors")
    assert ADDRESS.encode() not in answer_json(found)
    assert ADDRESS.encode() in answer_json(found, masked=False)
    acme = searcher.member("acme")
    assert ADDRESS.encode() not in member_json(acme)
    assert json.loads(member_json(acme, masked=False))["descriptions"]["en"].endswith(ADDRESS)
    assert masked_member(masked_member(acme)) == masked_member(acme)
