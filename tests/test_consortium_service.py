"""Consortia over HTTP and on the command line."""

import json
from pathlib import Path
from typing import get_args

import pytest
from fastapi.testclient import TestClient
from pydantic import BaseModel
from typer.testing import CliRunner

from search import open_index
from search.consortium import named_profile, profile_names
from service import cli
from service.app import create_app
from service.consortium import examples
from service.consortium.answers import CheckResponse, ConsortiumResponse, ProfilesResponse
from service.consortium.requests import CheckRequest, ConsortiumRequest, ProfileName
from service.live import Live
from service.security import SecuritySettings
from service.security.keyfile import Scope, add_key
from tests.conftest import SMALL, Build, FakeEncoder, member
from tests.test_needs import CALL

NEEDS = [{"text": "batteries"}, {"text": "sensors", "weight": 2}]


@pytest.fixture
def client(build: Build, tmp_path: Path) -> TestClient:
    build([*SMALL, member("mail", en="Zymurgy, write to jean@acme.example for more.")])
    return TestClient(create_app(Live(open_index(tmp_path / "store", encoder=FakeEncoder()))))


def test_a_consortium_is_composed(client: TestClient) -> None:
    """Needs with who serves them, seats with roles and quotes, rules with outcomes, questions in both languages."""
    answer = client.post(
        "/v1/consortium",
        json={"needs": NEEDS, "threshold": 0.12, "profile": "horizon-europe", "ours": ["zeta"], "banned": ["delta"]},
    ).json()
    assert [need["status"] for need in answer["needs"]] == ["covered", "covered"]
    assert [need["weight"] for need in answer["needs"]] == [1, 2]
    assert answer["needs"][0]["members"] == ["zeta"]
    ours = answer["seats"][0]
    assert (ours["member"]["id"], ours["origin"], ours["alternates"]) == ("zeta", "ours", [])
    assert ours["roles"][0]["evidence"]["text"] == "Batteries for buses."
    assert answer["of_ours"] == pytest.approx(answer["needs"][0]["relevance"] / 3, abs=1e-3)
    assert {seat["member"]["id"] for seat in answer["seats"]} == {"zeta", "alpha", "gamma", "beta"}
    assert {rule["status"] for rule in answer["rules"]} == {"holds"}
    assert all(question["fr"] and question["en"] for question in answer["questions"])


def test_nothing_is_composed_against_a_rule(client: TestClient) -> None:
    """The answer is 200, without seats, and names the rule that cannot hold."""
    asked = {"needs": NEEDS, "profile": "eurostars", "filters": {"country": ["FR"]}}
    answer = client.post("/v1/consortium", json=asked).json()
    assert answer["seats"] == []
    assert [(found["id"], found["reach"], found["at_least"]) for found in answer["obstacles"]] == [
        ("two-countries", 1, 2)
    ]


def test_a_call_text_will_do(client: TestClient) -> None:
    """Its needs are found and can be sent back, edited."""
    found = client.post("/v1/consortium", json={"call": CALL}).json()["needs"]
    split = client.post("/v1/search", json={"topic": CALL}).json()["needs"]
    assert [need["text"] for need in found] == [need["text"] for need in split]
    assert len(found) > 1
    again = client.post("/v1/consortium", json={"needs": [{"text": need["text"]} for need in found]}).json()
    assert [need["text"] for need in again["needs"]] == [need["text"] for need in found]


@pytest.mark.parametrize(
    ("model", "example"),
    [
        (ConsortiumRequest, examples.REQUEST),
        (ConsortiumResponse, examples.CONSORTIUM),
        (CheckRequest, examples.CHECK),
        (CheckResponse, examples.CHECKED),
        (ProfilesResponse, examples.PROFILES),
    ],
)
def test_what_the_description_shows_is_what_is_served(model: type[BaseModel], example: dict[str, object]) -> None:
    """Examples have every field of the answers, and no other."""
    assert model.model_config["json_schema_extra"]["examples"] == [example]  # type: ignore[index]
    shown = model.model_validate(example)
    is_request = model.__name__.endswith("Request")
    assert json.loads(shown.model_dump_json(exclude_unset=is_request)) == example


def test_a_list_is_checked(client: TestClient) -> None:
    """Each id once; what holds, what is broken, what is unknown, and of whom."""
    asked = {"members": ["alpha", "beta", "gamma", "alpha"], "profile": "horizon-europe"}
    answer = client.post("/v1/consortium/check", json=asked).json()
    assert (answer["status"], [rule["status"] for rule in answer["rules"]]) == ("holds", ["holds", "holds"])
    assert answer["rules"][0]["members"] == ["alpha", "beta", "gamma"]
    unclear = client.post("/v1/consortium/check", json={**asked, "members": ["alpha", "beta", "zeta"]}).json()
    assert (unclear["status"], unclear["rules"][0]["unknown"]) == ("unclear", ["zeta"])
    unknown = client.post("/v1/consortium/check", json={**asked, "members": ["nobody"]})
    assert (unknown.status_code, unknown.headers["content-type"]) == (404, "application/problem+json")


def test_profiles_name_their_sources(client: TestClient) -> None:
    """Each that comes with Passerelle can be asked for by its name, and says where its rules and lists come from, and when."""
    profiles = client.get("/v1/consortium/profiles").json()["profiles"]
    assert tuple(profile["name"] for profile in profiles) == profile_names() == get_args(ProfileName)
    assert all("http" in profile["source"] and profile["date"] > "2020" for profile in profiles)
    groups = {group["name"]: group for profile in profiles for group in profile["groups"]}
    assert len(groups["eu"]["codes"]) == 27
    assert "FR" not in groups["horizon-europe"]["codes"]


@pytest.mark.parametrize(
    ("asked", "status", "why"),
    [
        ({}, 422, "the topic is empty"),
        ({"needs": NEEDS, "size": 100}, 422, "size"),
        ({"needs": NEEDS, "profile": "../../etc/passwd"}, 422, "profile"),
        ({"needs": NEEDS * 20}, 422, "needs"),
        ({"needs": [{"text": "x", "weight": 0}]}, 422, "weight"),
        ({"needs": NEEDS, "locked": ["nobody"]}, 404, "no member has the id 'nobody'"),
    ],
)
def test_what_cannot_be_asked(client: TestClient, asked: dict[str, object], status: int, why: str) -> None:
    """A problem document says why."""
    refused = client.post("/v1/consortium", json=asked)
    assert (refused.status_code, refused.headers["content-type"]) == (status, "application/problem+json")
    assert why in refused.json()["detail"]


def test_addresses_are_masked(build: Build, tmp_path: Path) -> None:
    """For callers without a key, in members and in what is quoted; a key with the scope search is needed as for a search."""
    build([*SMALL, member("mail", en="Zymurgy, write to jean@acme.example for more.")])
    searcher = open_index(tmp_path / "store", encoder=FakeEncoder())
    keys = tmp_path / "keys.json"
    key = add_key(keys, "one", [Scope.SEARCH])
    asked = {"needs": [{"text": "zymurgy"}], "threshold": 0.01}
    for anonymous, headers, shown in (
        ("search", {}, "j***@acme.example"),
        ("page", {"Authorization": f"Bearer {key}"}, "jean@"),
    ):
        client = TestClient(create_app(Live(searcher), SecuritySettings(keys, anonymous)))  # type: ignore[arg-type]
        answer = client.post("/v1/consortium", json=asked, headers=headers)
        assert shown in json.dumps(answer.json()["seats"])
        assert shown in answer.json()["seats"][0]["roles"][0]["evidence"]["text"]
    assert client.post("/v1/consortium", json=asked).status_code == 401


def run(*arguments: object) -> tuple[int, str, str]:
    """Exit status, standard output and error of the command."""
    done = CliRunner().invoke(cli.app, list(map(str, arguments)), env={"COLUMNS": "160"})
    error = str(done.exception) if done.exception and not isinstance(done.exception, SystemExit) else ""
    return done.exit_code, done.stdout, error


@pytest.fixture
def store(demo_store: Path) -> Path:
    return demo_store


def test_the_command_prints_a_consortium(store: Path, tmp_path: Path) -> None:
    """Needs, members with their words, rules and questions; as JSON, the answer of the HTTP route."""
    needs = ["--need", "capteurs de gaz", "--need", "a collar that locates cattle", "--weight", "2"]
    status, shown, _ = run("consortium", "--store", store, *needs, "--profile", "horizon-europe")
    assert status == 0
    assert "need 1 (x2): capteurs de gaz  ->" in shown
    assert "holds    At least one member from a Member State" in shown
    assert "ask      Are the three legal entities independent" in shown
    status, printed, _ = run("consortium", "--store", store, *needs, "--size", 2, "--json")
    answer = json.loads(printed)
    client = TestClient(create_app(Live(open_index(store))))
    asked = {"needs": [{"text": needs[1], "weight": 2}, {"text": needs[3]}], "size": 2}
    served = client.post("/v1/consortium", json=asked).json()
    assert {**answer, "took_ms": 0} == {**served, "took_ms": 0}
    call = tmp_path / "call.txt"
    call.write_text("capteurs de gaz", encoding="utf-8")
    assert "need 1: capteurs de gaz" in run("consortium", call, "--store", store)[1]


def test_the_command_says_what_cannot_be(store: Path, tmp_path: Path) -> None:
    """One line on standard error and status 1, after what there is to see."""
    status, shown, error = run(
        "consortium", "--store", store, "--need", "sensors", "--country", "FR", "--profile", "horizon-europe"
    )
    assert (status, error) == (1, "no composition holds 1 of the rules; ask for less, or for more seats")
    assert "cannot hold: Members from at least three different countries" in shown
    assert "(needs at least 3, 1 can be had)" in shown
    assert run("consortium", tmp_path / "none.txt", "--store", store)[2].startswith("cannot read the call")
    assert run("consortium", "--store", store)[2].startswith("no call is given")
    (tmp_path / "large.txt").write_text("é" * 500_001, encoding="utf-8")
    assert "larger than 1,000,000 bytes" in run("consortium", tmp_path / "large.txt", "--store", store)[2]
    assert "not UTF-8 at byte 0" in run("consortium", broken(tmp_path), "--store", store)[2]
    assert run("consortium", "--store", store, "--need", "x", "--weight", 1, "--weight", 1)[2].startswith("2 weights")
    assert run("consortium", "a", "b", "--store", store)[2].startswith("2 calls are given")
    assert run("consortium", "--need", "x", "--profile", "nope", "--store", store)[2].startswith("no profile is named")


def broken(folder: Path) -> Path:
    (folder / "latin.txt").write_bytes("é".encode("latin-1"))
    return folder / "latin.txt"


def test_the_command_checks_a_list(store: Path) -> None:
    """Outcomes and questions; status 1 where a rule is broken."""
    ids = ["minalogic-balizeo", "me2c-almhorn", "midas-cooley-provenance"]
    status, shown, _ = run("consortium", "--check", *ids, "--profile", "horizon-europe", "--store", store)
    assert status == 0
    assert "holds    Members from at least three different countries" in shown
    assert "as of 2021-05-12" in shown
    status, printed, error = run(
        "consortium", "--check", *ids[:2], "--profile", "horizon-europe", "--store", store, "--json"
    )
    assert (status, json.loads(printed)["status"]) == (1, "broken")
    assert error == "these members break three-countries of horizon-europe; see above"
    assert run("consortium", "--check", "--store", store)[2].startswith("a check needs ids of members and --profile")


def test_a_clusters_own_profile(store: Path, tmp_path: Path) -> None:
    """The example in the documentation is one, and holds for the consortium composed with it."""
    own = Path(__file__).parents[1] / "docs" / "examples" / "cluster-profile.toml"
    needs = ["--need", "capteurs de gaz", "--need", "a collar that locates cattle"]
    status, printed, _ = run("consortium", "--store", store, *needs, "--profile", own, "--json")
    answer = json.loads(printed)
    assert status == 0
    assert [rule["status"] for rule in answer["rules"]] == ["holds"] * len(answer["rules"])
    assert any("Minalogic" in seat["member"]["clusters"] for seat in answer["seats"])
    assert len({cluster for seat in answer["seats"] for cluster in seat["member"]["clusters"]}) >= 2


RULE = 'id = "a"\nsays = {en = "x", fr = "y"}\nat_least = 1\n'
HEAD = 'title = {en = "x", fr = "y"}\nsource = "s"\ndate = 2026-01-01\n'


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a = ", "is not TOML"),
        (HEAD, r"write 1 to 30 \[\[rules\]\]"),
        (f"{HEAD}also = 1\n[[rules]]\n{RULE}", "'also' is not known here"),
        (f"{HEAD}[[rules]]\n{RULE}[[rules]]\n{RULE}", "two rules have the same id"),
        (f"{HEAD}[[rules]]\n{RULE}among.country = ['@mars']", "no group of countries is named @mars"),
        (f"{HEAD}[[rules]]\n{RULE}among.country = 'FR'", "write a list of texts"),
        (f"{HEAD}[[rules]]\n{RULE}distinct = 'town'", "distinct is 'town'"),
        (f"{HEAD}[[rules]]\n{RULE}at_most = -1", "at_most is '-1'"),
        (f"{HEAD}[[rules]]\n{RULE.replace('at_least = 1', '')}", "write at_least or at_most"),
        (f"{HEAD.replace('date = 2026-01-01', '')}[[rules]]\n{RULE}", "date is missing"),
        (f"{HEAD}[[rules]]\n{RULE.replace('fr', 'de')}", "says, fr: some text is needed"),
        (f"rules = 3\n{HEAD}", r"write 1 to 30 \[\[rules\]\]"),
        (f"rules = [3]\n{HEAD}", "rule 1: a table is needed"),
        (f"{HEAD}questions = 'x'\n[[rules]]\n{RULE}", "write at most 30"),
        ("#" * 100_001, "larger than 100,000 bytes"),
    ],
)
def test_profiles_that_cannot_be_read(tmp_path: Path, text: str, why: str) -> None:
    """One line that says where and what to write."""
    from search import InvalidQuery
    from search.consortium import read_profile

    path = tmp_path / "own.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidQuery, match=why):
        read_profile(path)


def test_a_profile_of_ones_own_is_read(tmp_path: Path) -> None:
    """As it is written; countries of groups are those of the list."""
    from search.consortium import read_profile

    path = tmp_path / "own.toml"
    path.write_text(
        f"{HEAD}[[rules]]\n{RULE}among.country = ['@eu', 'CH']\namong.cluster = ['Minalogic']\n", encoding="utf-8"
    )
    profile = read_profile(path)
    assert (profile.name, profile.date.isoformat(), [group.name for group in profile.groups]) == (
        "own",
        "2026-01-01",
        ["eu"],
    )
    countries = named_profile("horizon-europe").rules[1].countries
    assert countries is not None
    assert profile.rules[0].countries == countries | {"CH"}
    assert profile.rules[0].clusters == frozenset({"Minalogic"})
