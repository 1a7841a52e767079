"""The page that composes a consortium, as sent."""

import html
import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import QueryParams

from search import Searcher, open_index
from search.consortium import WeightedNeed
from service.app import create_app
from service.live import Live
from service.pages.asked import PARAMETERS, Asked
from service.security import SecuritySettings
from tests.conftest import SMALL, Build, FakeEncoder, member
from tests.test_needs import CALL
from tests.test_page import HOSTILE

MAIL = member("mail", en="Zymurgy, write to jean@acme.example for more.")


@pytest.fixture
def client(build: Build, tmp_path: Path) -> TestClient:
    build([*SMALL, MAIL, {**member("h", en=f"Sensors {HOSTILE}"), "name": HOSTILE}])
    return TestClient(
        create_app(Live(open_index(tmp_path / "store", encoder=FakeEncoder())), SecuritySettings(burst=1000))
    )


def seats(page: str) -> list[str]:
    """Ids of the members in the consortium, in order."""
    return re.findall(r'name="lock" value="([^"]*)"', page)


def test_the_page_asks_for_a_call(client: TestClient) -> None:
    """In both languages; every page leads to it, and a member's page leads to a consortium around it."""
    assert "Paste a whole call text" in client.get("/consortium?ui=en").text
    assert "Collez le texte entier" in client.get("/consortium", headers={"accept-language": "fr"}).text
    assert '<a href="/consortium">Consortium</a>' in client.get("/", headers={"accept-language": "fr"}).text
    assert 'href="/consortium?ours=beta&amp;ui=fr"' in client.get("/members/beta?ui=fr").text
    around = client.get("/consortium?ours=beta&ui=fr").text
    assert "Autour de Beta" in around
    assert '<input type="hidden" name="ours" value="beta">' in around


def test_a_call_becomes_needs_and_members(client: TestClient) -> None:
    """The needs found can be edited, and the address of the other language asks for the same."""
    page = html.unescape(client.get("/consortium", params={"q": CALL, "ui": "fr"}).text)
    needs = re.findall(r'name="need" rows="2" maxlength="2000" lang="fr">([^<]*)<', page)
    assert len(needs) == page.count('<li id="need-') > 1
    assert all(need in CALL for need in needs)
    (other,) = re.findall(r'<a href="([^"]*)" lang="en"', page)
    query = QueryParams(other.partition("?")[2])
    assert query.getlist("need") == needs
    assert query["ui"] == "en"
    assert "What the call needs, and who covers it" in client.get(other).text


def test_who_is_in_says_why(client: TestClient) -> None:
    """The need it covers, its own words with their language, what nobody covers, and who could take its place."""
    needs = {"need": ["des capteurs", "batteries", "gewgaws"], "weight": ["2", "1", "1"], "covers": "20", "ui": "en"}
    page = client.get("/consortium", params=needs).text
    assert "weighs 2" in page
    assert "Nobody covers this." in page
    for member_id in seats(page):
        assert f'name="ours" value="{member_id}"' in page
        assert f'name="ban" value="{member_id}"' in page
    assert 'Covers <a href="#need-1">' in page
    assert re.search(r'<blockquote lang="(fr|en)">', page)


def test_members_are_kept_in_left_out_and_swapped(client: TestClient) -> None:
    """Locked and our own are in, those left out are named beside the result, and a swap does both."""
    page = client.get("/consortium?need=sensors&lock=zeta&ours=gamma&ban=alpha&ui=en").text
    assert seats(page)[:2] == ["gamma", "zeta"]
    assert "alpha" not in seats(page)
    assert "<small>(yours)</small>" in page
    assert "<small>(wanted by you)</small>" in page
    assert re.search(r'name="ban" value="alpha" checked> <span>Alpha<', page)
    swapped = client.get("/consortium", params={"need": "sensors", "swap": "alpha\tepsilon", "lock": "alpha"}).text
    assert "epsilon" in seats(swapped)
    assert "alpha" not in seats(swapped)


def test_rules_are_shown_with_their_source(client: TestClient) -> None:
    """Outcomes, questions, source and date; or what stands in the way."""
    page = client.get("/consortium?need=sensors&profile=horizon-europe&ui=fr").text
    assert page.count("<strong>Respectée</strong>") == 2
    assert "Nécessaire pour : Des membres d&#39;au moins trois pays différents" in page
    assert "Les trois entités juridiques sont-elles indépendantes" in page
    assert "état au 12 mai 2021" in page
    impossible = client.get("/consortium?need=sensors&profile=horizon-europe&country=FR&ui=en").text
    assert "No consortium can keep these rules" in impossible
    assert "(at best 1)" in impossible
    assert seats(impossible) == []


def test_needs_are_edited_in_a_form(client: TestClient) -> None:
    """Emptied needs go, joined ones become one with the larger weight."""
    sent = {"need": ["sensors", "", "cows", "batteries"], "weight": ["1", "1", "2,5", "x"], "join": ["2"]}
    page = html.unescape(client.get("/consortium", params=sent).text)
    assert re.findall(r'lang="..">([^<]+)</textarea>', page) == ["sensors cows", "batteries"]
    assert re.findall(r'name="weight" [^>]*value="([^"]*)"', page) == ["2.5", "1", "1"]


def test_what_people_wrote_is_text(client: TestClient) -> None:
    """Markup is shown, never run; addresses are masked; nothing of the page itself is script or style."""
    page = client.get(
        "/consortium",
        params={"need": [f"sensors {HOSTILE}", "zymurgy"], "lock": ["h", "mail"], "ban": HOSTILE, "covers": "1"},
    )
    assert "<script>" not in page.text
    assert "&lt;script&gt;" in page.text
    assert "style=" not in page.text
    assert "jean@" not in page.text
    assert "j***@acme.example" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ({"q": "x" * 40_000}, "too long"),
        ({"q": "a\0b"}, "cannot be read"),
        ({"need": ["x"] * 30}, "at most 24 needs"),
        ({"need": "x" * 3_000}, "at most 24 needs"),
    ],
)
def test_what_cannot_be_composed_is_explained(
    client: TestClient, sent: dict[str, str | list[str]], message: str
) -> None:
    """With status 422, in the language of the page."""
    answer = client.get("/consortium", params={**sent, "ui": "en"})
    assert answer.status_code == 422
    assert message in answer.text


def test_members_that_have_gone(client: TestClient) -> None:
    """They are named, and the rest is composed without them."""
    page = client.get("/consortium?need=sensors&lock=nobody&ui=en")
    assert page.status_code == 200
    assert "No longer in the index: nobody" in page.text


@pytest.mark.parametrize(
    "broken",
    ["size=0", "size=x", "size=999", "sme_min=-1", "profile=../x", "join=x", "weight=nan", "swap=x", "covers=200"],
)
def test_broken_addresses_are_read_as_far_as_they_go(client: TestClient, broken: str) -> None:
    """What cannot be understood is left out."""
    assert client.get(f"/consortium?need=sensors&{broken}").status_code == 200


IDS = st.sampled_from(["alpha", "beta", "gamma", "nobody", ""])
VALUES = {
    "need": st.text(max_size=20),
    "weight": st.sampled_from(["1", "0.5", "x"]),
    "join": st.sampled_from("012"),
    "swap": st.just("alpha\tbeta"),
}


@given(
    st.lists(
        st.sampled_from(PARAMETERS).flatmap(
            lambda name: st.tuples(
                st.just(name),
                VALUES.get(
                    name, IDS if name in ("ours", "lock", "ban") else st.sampled_from(["", "1", "3", "eurostars", "FR"])
                ),
            )
        ),
        max_size=30,
    )
)
def test_an_address_asks_for_the_same_again(parameters: list[tuple[str, str]]) -> None:
    """What is read from any address, written as an address and read again is the same."""
    asked = Asked.read(parameters, known())
    again = Asked.read(asked.parameters(), known())
    assert again.query == asked.query
    assert again.gone == ()
    assert not {*asked.query.ours, *asked.query.locked} & set(asked.query.banned)


def known() -> Searcher:
    """Stands in for a searcher of which only the members are asked for."""
    from search import Member, UnknownMember

    class Known:
        def member(self, member_id: str) -> Member:
            if member_id == "nobody":
                raise UnknownMember(member_id)
            return Member(member_id, member_id, {})

    return Known()  # type: ignore[return-value]


def test_two_needs_alike_stay_two() -> None:
    """Needs are not made one because they say the same."""
    asked = Asked.read([("need", "a"), ("weight", "1"), ("need", "a"), ("weight", "2")], known())
    assert asked.query.needs == (WeightedNeed("a"), WeightedNeed("a", 2))
