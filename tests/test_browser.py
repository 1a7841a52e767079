"""The pages in a browser: keyboard, phone, print, screen reader, with and without JavaScript."""

import os
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qsl, urlencode, urlsplit

import openpyxl
import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from fastapi import FastAPI
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, expect, sync_playwright

from indexer.run import index_members
from search import open_index
from search.store import Store
from service.app import create_app
from service.live import Live
from service.memory import open_memory
from service.security import SecuritySettings
from service.security.keyfile import Scope, add_key
from tests.conftest import ANY, SMALL, FakeEncoder, member, write_lines
from tests.test_needs import CALL

HOSTILE = '"><img src=x onerror=alert(1)><script>alert(2)</script>'
MEMBERS = [
    *SMALL,
    *(member(f"m{i:02d}", en=f"Sensors number {i}.", country="FR", kind="sme") for i in range(8)),
    member("two", fr="Capteurs de gaz.\n\nBatteries.", en="Gas sensors.", website="https://two.example/", city="Lyon"),
    {**member("h", en=f"Sensors {HOSTILE}", sectors=[HOSTILE], clusters=[HOSTILE]), "name": HOSTILE},
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A small directory, served."""
    folder = tmp_path_factory.mktemp("browser")
    store = Store(folder / "store")
    index_members([write_lines(folder / "members.jsonl", MEMBERS)], store, lambda *_: FakeEncoder(), ANY)
    with served(create_app(Live(open_index(store.path, encoder=FakeEncoder())))) as address:
        yield address


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """The address of an application, while it is needed."""
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, log_level="warning"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The Chromium of this machine. Where there is none the tests are skipped, but not in CI."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        message = "no Chromium on this machine; the pages are not tested in a browser"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox"] if os.geteuid() == 0 else []
        )
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser, address: str) -> Iterator[BrowserContext]:
    """A visitor whose browser speaks English."""
    context = browser.new_context(base_url=address, locale="en-GB")
    context.set_default_timeout(5_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def ask(topic: str, **more: object) -> str:
    return "/?" + urlencode({"q": topic, **more}, doseq=True)


PAGES = {
    "home": "/",
    "results": ask("capteurs", ui="fr"),
    "filtered": ask("sensors", country=["FR", "BE"], unlike="zeta"),
    "needs": ask(CALL, ui="fr"),
    "nobody": ask("zymurgy"),
    "nothing": ask("sensors", country="XX"),
    "refused": ask("a\0b"),
    "too strict": ask("sensors", min_relevance="1"),
    "member": "/members/two?q=sensors",
    "shortlist": "/shortlist?" + urlencode({"q": "sensors", "only": ["beta", "two"]}, doseq=True),
    "empty shortlist": "/shortlist",
    "error": "/members/nobody",
    "call": "/consortium?ours=two",
    "consortium": "/consortium?" + urlencode({"q": CALL, "ui": "fr", "profile": "eurostars"}),
    "members": "/consortium?"
    + urlencode({"need": ["sensors", "cows", "zymurgy"], "lock": "h", "ban": "alpha"}, doseq=True),
    "impossible": "/consortium?need=sensors&profile=horizon-europe&country=FR",
    "day": "/matchday?ui=fr",
}


@pytest.mark.parametrize(
    ("scheme", "names"), [("light", [*PAGES]), ("dark", ["home", "filtered", "member", "nobody", "members"])]
)
def test_axe_finds_no_serious_problem(page: Page, scheme: Literal["light", "dark"], names: list[str]) -> None:
    """Names, contrasts, roles and structure of every page and state."""
    page.emulate_media(color_scheme=scheme)
    found = []
    for name in names:
        page.goto(PAGES[name])
        found += [(name, *problem) for problem in serious(page)]
    assert found == []


def test_a_planned_day_is_for_everybody(page: Page) -> None:
    """A day planned, and one refused, have no serious problem for axe and scroll sideways on no phone: only the timetable does, by itself."""
    found = []
    for name, needs in (("planned", [f"buyer {n},sensors" for n in range(8)]), ("refused", ["only a buyer"])):
        page.set_viewport_size({"width": 1280, "height": 800})
        page.goto("/matchday?ui=en")
        page.get_by_label("Needs", exact=True).fill("\n".join(["buyer,need", *needs]))
        page.get_by_label("Wishes", exact=True).fill("wish,buyer,member\nnever,buyer 0,h\nmust,buyer 0,h")
        page.get_by_label("Relevance").fill("0")
        for kind in page.locator("input[name=kind]").all():
            kind.check()
        page.get_by_role("button", name="Plan the day").click()
        expect(page.locator(".day-grid" if name == "planned" else ".refused")).to_be_visible(timeout=30_000)
        results = Axe().run(page).response["violations"]
        found += [(name, v["id"], v["nodes"][0]["html"]) for v in results if v["impact"] in ("serious", "critical")]
        for width in (390, 320):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
    assert found == []


def test_nothing_is_wider_than_a_phone(page: Page) -> None:
    """No page scrolls sideways, on a small phone either."""
    for name, path in PAGES.items():
        page.set_viewport_size({"width": 390, "height": 800})
        page.goto(path)
        for width in (390, 320):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)


def test_pages_load_from_here_alone_and_run_nothing_else(page: Page, address: str) -> None:
    """Every request goes to the service, nothing breaks the content policy, and what members and visitors wrote does not run."""
    requests: list[str] = []
    complaints: list[str] = []

    def asked(dialog: Dialog) -> None:
        complaints.append(dialog.message)
        dialog.dismiss()

    def logged(message: ConsoleMessage) -> None:
        if "status of 4" not in message.text:
            complaints.append(message.text)

    page.on("request", lambda request: requests.append(request.url))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", asked)
    page.on("console", logged)
    hostile = [ask(HOSTILE, country=HOSTILE, like=HOSTILE), "/members/h", "/shortlist?" + urlencode({"only": HOSTILE})]
    for path in [*PAGES.values(), ask("sensors", cluster=HOSTILE), *hostile]:
        page.goto(path)
    assert complaints == []
    assert all(url.startswith(address) for url in requests)
    assert any(url.endswith("/static/page.js") for url in requests)


def test_a_search_by_keyboard(page: Page) -> None:
    """The first Tab reaches a link to the content; Ctrl+Enter in the box asks; a reason unfolds with Enter."""
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.get_by_label("What do you need a partner for?").fill("capteurs")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", level=2, name="Beta")).to_be_visible()
    beta = page.get_by_role("article", name="Beta")
    expect(beta.locator("mark")).to_have_text(["capteurs"])
    beta.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(beta.get_by_text("Words in common with your topic: capteurs.")).to_be_visible()


def test_the_browser_chooses_the_language_and_the_visitor_switches(browser: Browser, address: str) -> None:
    """A French browser reads French; the switch keeps the question."""
    with browser.new_context(base_url=address, locale="fr-FR") as context:
        page = context.new_page()
        page.goto(ask("capteurs"))
        expect(page.get_by_role("button", name="Trouver des partenaires")).to_be_visible()
        page.get_by_role("link", name="English").click()
        expect(page.get_by_label("What do you need a partner for?")).to_have_value("capteurs")
        expect(page.locator("html")).to_have_attribute("lang", "en")


def test_without_javascript(browser: Browser, address: str) -> None:
    """Asking, filtering, turning pages, reading about a member and coming back need none; buttons that would need it are not shown."""
    with browser.new_context(base_url=address, locale="en-GB", java_script_enabled=False) as context:
        page = context.new_page()
        page.goto("/")
        page.get_by_label("What do you need a partner for?").fill("sensors")
        page.get_by_role("button", name="Find partners").click()
        page.get_by_role("checkbox", name="France").check()
        page.get_by_role("button", name="Apply").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("11 members ranked")
        page.get_by_role("link", name="Next").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("11 to 11 of 11 members ranked")
        expect(page.get_by_role("button", name="Keep")).to_have_count(0)
        page.locator("article h2 a").click()
        page.get_by_role("link", name="Back to the results").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("11 to 11 of 11 members ranked")
        page.get_by_role("link", name="Remove: France").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("16 members ranked")


def test_a_consortium_without_javascript(browser: Browser, address: str) -> None:
    """Needs are joined, weighed and added, members required and left out, by a form alone."""
    with browser.new_context(base_url=address, locale="en-GB", java_script_enabled=False) as context:
        page = context.new_page()
        page.goto("/consortium?" + urlencode({"need": ["sensors", "cows"], "covers": 5}, doseq=True))
        page.get_by_text("Edit the needs").click()
        page.get_by_label("Join with need 1").check()
        page.get_by_label("Weight of need 1").fill("3")
        page.get_by_label("Another need").fill("batteries")
        page.get_by_role("checkbox", name="Leave out").first.check()
        left_out = page.locator("input[name=ban]").first.get_attribute("value")
        page.locator(".edit").get_by_role("button", name="Compose again").click()
        expect(page.locator("#need-1")).to_contain_text("sensors cows")
        expect(page.locator("#need-1")).to_contain_text("weighs 3")
        expect(page.locator("#need-2")).to_contain_text("batteries")
        expect(page.locator(f"aside input[name=ban][value='{left_out}']")).to_be_checked()
        assert left_out not in [box.get_attribute("value") for box in page.locator("input[name=lock]").all()]


def test_a_shortlist_is_kept(page: Page, context: BrowserContext) -> None:
    """Members kept on different pages are there after a reload and in another tab, with the topic; one is taken out, then all."""
    page.goto(ask("capteurs"))
    page.get_by_role("button", name="Keep : Beta").click()
    page.goto("/members/two")
    page.get_by_role("button", name="Keep : Two").click()
    expect(page.get_by_role("button", name="Kept : Two")).to_have_attribute("aria-pressed", "true")
    other = context.new_page()
    other.goto("/")
    other.get_by_role("link", name="Shortlist 2").click()
    expect(other.get_by_role("article")).to_have_count(2)
    expect(other.locator(".asked")).to_contain_text("capteurs")
    other.get_by_role("button", name="Kept : Beta").click()
    expect(other.get_by_role("article")).to_have_count(1)
    expect(page.locator("#shortlist-link .count")).to_have_text("1")
    other.get_by_role("button", name="Empty the shortlist").click()
    expect(other.get_by_role("heading", level=1)).to_have_text("Shortlist")
    expect(other.get_by_text("Nothing kept yet.")).to_be_visible()


def test_someone_elses_shortlist_is_only_shown(page: Page) -> None:
    """Opening a shared address keeps nothing; what one keeps from it is one's own."""
    page.goto("/shortlist?only=beta&only=two")
    expect(page.get_by_role("article")).to_have_count(2)
    expect(page.locator("#shortlist-link .count")).to_be_hidden()
    page.get_by_role("button", name="Keep : Two").click()
    expect(page.get_by_role("article")).to_have_count(2)
    page.goto("/shortlist")
    expect(page.get_by_role("article")).to_have_count(1)


@pytest.mark.parametrize("stored", ["{", "[]", "null", '{"ids": "alpha"}', '{"ids": [1, null], "topic": 5}'])
def test_a_broken_shortlist_is_empty(page: Page, stored: str) -> None:
    """Whatever else wrote to the browser's storage, the page stands."""
    page.goto("/")
    page.evaluate("stored => localStorage.setItem('passerelle.shortlist', stored)", stored)
    page.goto("/shortlist")
    expect(page.get_by_text("Nothing kept yet.")).to_be_visible()
    page.goto(ask("capteurs"))
    page.get_by_role("button", name="Keep : Beta").click()
    expect(page.locator("#shortlist-link .count")).to_have_text("1")


def test_a_printed_shortlist(page: Page) -> None:
    """On paper: the topic, the members, their words and websites; nothing to press."""
    page.goto(PAGES["shortlist"])
    expect(page.get_by_role("button", name="Print")).to_be_visible()
    page.emulate_media(media="print")
    for shown in (page.get_by_text("two.example"), page.locator(".asked"), page.get_by_text("Nous fabriquons")):
        expect(shown).to_be_visible()
    for pressed in page.locator("button, form, nav, .button").all():
        expect(pressed).to_be_hidden()


def test_a_slow_answer_is_announced(page: Page) -> None:
    """Once asked, the button says so, to a screen reader too, and a second press asks nothing; coming back, all is as before."""
    page.goto("/")
    submit = "() => document.forms[0].dispatchEvent(new SubmitEvent('submit', { cancelable: true, bubbles: true }))"
    assert page.evaluate(submit) is True
    expect(page.get_by_role("button", name="Searching…")).to_be_visible()
    expect(page.locator("#said")).to_have_text("Searching…")
    assert page.evaluate(submit) is False
    page.evaluate("() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    expect(page.get_by_role("button", name="Find partners")).to_be_visible()
    expect(page.locator("#said")).to_be_empty()
    assert page.evaluate(submit) is True


def test_a_very_slow_answer_is_explained(page: Page) -> None:
    """After some seconds the page says that the search goes on, whether a form or a link began it; coming back, all is as before."""
    page.clock.install()
    page.goto(ask("sensors"))
    page.evaluate("() => addEventListener('click', (event) => event.preventDefault())")  # nothing is ever answered
    page.get_by_role("article", name="M01").get_by_role("link", name="More like this").click()
    expect(page.get_by_role("button", name="Searching…").first).to_be_visible()
    expect(page.locator(".slow")).to_be_hidden()
    page.clock.run_for(5_000)
    expect(page.locator(".slow")).to_have_text("Still searching: a long text takes more time.")
    page.evaluate("() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    expect(page.locator(".slow")).to_be_hidden()


def test_settings(page: Page) -> None:
    """A minimum of relevance, a country and a member left out, by keyboard and pointer; the address holds what was chosen and no more."""
    page.goto(ask("sensors"))
    page.get_by_text("More settings").click()
    page.get_by_label("Leave out a country").select_option("Belgium")
    page.get_by_label("Order").select_option("some variety")
    page.get_by_role("button", name="Apply").click()
    applied = page.get_by_role("list", name="Applied to this search").get_by_role("link")
    expect(applied).to_have_text(["some variety ×", "not in Belgium ×"])
    assert sorted(parse_qsl(urlsplit(page.url).query)) == [
        ("diversity", "0.3"),
        ("exclude_country", "BE"),
        ("q", "sensors"),
    ]
    page.get_by_role("article", name="M01").get_by_role("link", name="Leave out").click()
    expect(page.get_by_role("article", name="M01")).to_have_count(0)
    page.get_by_role("link", name="Remove: without M01").click()
    page.get_by_role("link", name="Remove: some variety").click()
    expect(applied).to_have_text(["not in Belgium ×"])


def test_a_closed_page_is_opened_with_a_key(browser: Browser, tmp_path: Path) -> None:
    """A page that needs a key is styled and accessible, refuses a wrong one, and leads with a right one to what was asked for."""
    folder = tmp_path / "store"
    index_members([write_lines(tmp_path / "m.jsonl", MEMBERS)], Store(folder), lambda *_: FakeEncoder(), ANY)
    secret = add_key(tmp_path / "keys.json", "lou", [Scope.SEARCH])
    settings = SecuritySettings(tmp_path / "keys.json", anonymous="nothing")
    live = Live(open_index(folder, encoder=FakeEncoder()))
    with served(create_app(live, settings)) as closed, browser.new_context(base_url=closed, locale="en-GB") as context:
        page = context.new_page()
        page.set_viewport_size({"width": 390, "height": 800})
        page.goto(ask("capteurs"))
        expect(page.get_by_role("heading", name="A key opens this page")).to_be_visible()
        assert page.evaluate("getComputedStyle(document.querySelector('.topic')).borderTopWidth") == "4px"
        page.get_by_label("Key", exact=True).fill("wrong")
        page.get_by_role("button", name="Open").click()
        expect(page.get_by_role("alert")).to_contain_text("This key is not valid")
        assert serious(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.get_by_label("Key", exact=True).fill(secret)
        page.keyboard.press("Enter")
        expect(page.get_by_role("article", name="Beta")).to_be_visible()
        assert page.url == closed + ask("capteurs")
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", name="A key opens this page")).to_be_visible()


def test_what_a_visitor_keeps(browser: Browser, tmp_path: Path) -> None:
    """Asked for a key on the way to the memory; then judging, keeping, and deleting again, readable in both languages and on a phone."""
    folder = tmp_path / "store"
    index_members([write_lines(tmp_path / "m.jsonl", MEMBERS)], Store(folder), lambda *_: FakeEncoder(), ANY)
    secret = add_key(tmp_path / "keys.json", "lou", [Scope.SEARCH])
    memory = open_memory(str(tmp_path / "memory.sqlite"))
    app = create_app(Live(open_index(folder, encoder=FakeEncoder())), SecuritySettings(tmp_path / "keys.json"), memory)
    with served(app) as address, browser.new_context(base_url=address, locale="en-GB") as context:
        page = context.new_page()
        page.goto("/memory")
        assert serious(page) == []
        page.get_by_label("Key", exact=True).fill(secret)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="What is kept for you")).to_be_visible()
        assert serious(page) == []
        page.goto(ask("capteurs"))
        page.get_by_role("article", name="Beta").get_by_role("button", name="Right for us").click()
        expect(page.get_by_role("button", name="Right for us : Beta")).to_have_attribute("aria-pressed", "true")
        assert serious(page) == []
        page.get_by_role("button", name="Save this topic").click()
        with page.expect_download() as download:
            page.get_by_role("link", name="Save all of it as a file").click()
        assert download.value.suggested_filename == "passerelle-memory.json"
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            for ui in ("en", "fr"):
                page.goto(f"/memory?ui={ui}")
                assert serious(page) == [], (scheme, ui)
        for width in (390, 320):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.get_by_role("checkbox").check()
        page.get_by_role("button", name="Tout supprimer").click()
        expect(page.get_by_text("Rien pour l'instant.")).to_be_visible()


def serious(page: Page) -> list[tuple[str, str]]:
    """What axe finds on a page that hinders people: the rule, and where."""
    found = Axe().run(page).response["violations"]
    return [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in ("serious", "critical")]


def test_needs_lead_to_those_who_answer_them(page: Page) -> None:
    """Each need of a call text links to the matches that answer it, and each of those to its needs."""
    page.goto(PAGES["needs"])
    links = page.locator(".needs .met a")
    for link in links.all():
        target = link.get_attribute("href")
        expect(page.locator(f"{target} article h2")).to_have_text(link.inner_text())
    expect(page.locator(".needs li")).not_to_have_count(0)


def test_steering(page: Page) -> None:
    """More like one, not the kind of another: both are shown by name, and taken back one by one."""
    page.goto(ask("sensors"))
    page.get_by_role("article", name="M01").get_by_role("link", name="More like this").click()
    page.get_by_role("article", name="M03").get_by_role("link", name="Not this kind").click()
    applied = page.get_by_role("list", name="Applied to this search").get_by_role("link")
    expect(applied).to_have_text(["like M01 ×", "not like M03 ×"])
    page.get_by_label("What do you need a partner for?").fill("sensors of gas")
    page.get_by_role("button", name="Find partners").click()
    expect(applied).to_have_count(2)
    page.get_by_role("link", name="Remove: not like M03").click()
    expect(applied).to_have_text(["like M01 ×"])


def test_a_shortlist_leaves_as_a_workbook(page: Page) -> None:
    """The members kept, and nobody else, ranked for their topic."""
    page.goto(PAGES["shortlist"])
    with page.expect_download() as download:
        page.get_by_role("link", name="Export to Excel").click()
    rows = [*openpyxl.load_workbook(BytesIO(download.value.path().read_bytes())).active.iter_rows(values_only=True)]
    shown = page.locator("article h2").all_inner_texts()
    assert [row[2] for row in rows[2:]] == shown
    assert sorted(shown) == ["Beta", "Two"]
