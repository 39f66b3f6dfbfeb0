"""The console's pages of broadcasts in a browser: accessible, as wide as a phone, and alive while they are open."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from time import monotonic, sleep
from typing import Any

import pytest
from google.cloud import firestore
from selenium.webdriver import Chrome

from local.browser import chromium, resize
from tests.tsunagu.broadcasts.desk.consoles import NOW, TEXT, Console, console
from tests.tsunagu.broadcasts.desk.test_pages import put
from tests.tsunagu.broadcasts.test_invited import INVITATION, REMINDER
from tests.tsunagu.broadcasts.world import World
from tests.tsunagu.browser import violations
from tests.tsunagu.office import served
from tsunagu.broadcasts import testers
from tsunagu.broadcasts.rules import State
from tsunagu.cloud.outcomes import Delivery, Rejected, recorder

PATIENCE = 20.0  # seconds; a page asks every two
ALL_DIFFERENT = (State.DRAFT, State.WAITING, State.SENDING, State.PAUSED, State.FAILED)
LONG = "【重要】断水にともなう給水所のご案内と、応急給水袋の配布場所・時間、給水車の巡回ルートのお知らせ" * 2
CARD = {"messages.1.is": "card", "messages.1.card.title.ja": LONG[:60], "messages.1.card.buttons.0.is": "say"}
EVERYTHING = {**TEXT, **CARD, "title": LONG[:100], "messages.2.is": "image", "start": "repeat", "when.every": "month"}


@pytest.fixture(scope="module")
def browser() -> Iterator[Chrome]:
    with chromium() as running:
        yield running


@pytest.fixture
def desk(db: firestore.Client, world: World) -> Iterator[Console]:
    world.people(5)
    world.people(2, wards=("kita",))
    world.move_in()
    with console(db) as made:
        yield made


def wait_for(browser: Chrome, script: str, wanted: object) -> None:
    last, until = None, monotonic() + PATIENCE
    while monotonic() < until:
        last = browser.execute_script(script)
        if last == wanted:
            return
        sleep(0.1)
    raise AssertionError(f"{wanted!r}, not {last!r}: {script}")


def figure(name: str) -> str:
    return f"return document.querySelector('[data-figure=\"{name}\"]')?.textContent"


def errors(browser: Chrome) -> list[Any]:
    return [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]  # type: ignore[no-untyped-call]


@pytest.fixture
def open_as(desk: Console, browser: Chrome) -> Iterator[Callable[[str, str], None]]:
    with ExitStack() as stack:
        urls: dict[str, str] = {}

        def open_(word: str, path: str) -> None:
            if word not in urls:
                urls[word] = stack.enter_context(served(desk.app, desk.office.token(word)))
            browser.get(urls[word] + path)

        errors(browser)  # of the test before
        yield open_


def test_pages_are_accessible_and_fit_a_phone(
    desk: Console, browser: Chrome, open_as: Callable[[str, str], None], db: firestore.Client
) -> None:
    for state in State:
        extra: dict[str, Any] = {
            "failed_with": "LINE's words",
            "emergency": "川があふれる",
            "kind": "life_safety",
            "title": LONG,
        }
        put(db, state.value, state, paused={"by": "LINE", "at": NOW, "why": "quota"}, **extra)
    recorder(db)(Delivery("m", b"", {"kind": "message"}, NOW), Rejected("a reason of some length, as reasons are"))
    fields = {"name": "花子", "email": "approver@city.example", "at": NOW, "by": "x"}
    db.collection(testers.TESTERS).document("U" + "a" * 32).set(fields)
    wide = ["/broadcasts", "/broadcasts/sent", "/broadcasts/new"]
    narrow = ["", "broadcasts", *(f"broadcasts/{state.value}" for state in ALL_DIFFERENT), "broadcasts/paused/withdraw"]
    narrow += ["broadcasts/new", "broadcasts/new/yaml", "broadcasts/testers", "audiences", "audiences/new"]
    for width, paths in ((1280, wide), (360, [f"/{path}" for path in narrow])):
        resize(browser, width)
        for path in paths:
            open_as("approver", path)
            assert [] == violations(browser), (path, width)
            assert width >= browser.execute_script("return document.documentElement.scrollWidth"), (path, width)
    open_as("visitor", "/broadcasts")
    assert [] == violations(browser)


def test_a_form_full_of_faults_is_accessible_and_enter_only_checks_it(
    desk: Console, browser: Chrome, open_as: Callable[[str, str], None], db: firestore.Client
) -> None:
    resize(browser, 360)
    open_as("editor", "/broadcasts/new")
    for wish, made in (("add:card", "1.is"), ("button:1:say", "1.card.buttons.0.is"), ("add:image", "2.is")):
        browser.find_element("css selector", f'button[value="{wish}"]').click()
        wait_for(browser, f"return document.getElementsByName('messages.{made}').length", 1)
    browser.find_element("css selector", 'input[value="repeat"]').click()
    browser.find_element("name", "title").send_keys("\n")
    wait_for(browser, "return document.querySelectorAll('#faults li').length > 4", True)
    assert [] == violations(browser)
    assert 360 >= browser.execute_script("return document.documentElement.scrollWidth")
    browser.find_element("css selector", "#faults a").click()
    wait_for(browser, "return document.activeElement.id", "title")
    assert [] == list(db.collection("broadcasts").stream())


def test_the_size_follows_what_is_ticked(desk: Console, browser: Chrome, open_as: Callable[[str, str], None]) -> None:
    resize(browser, 1280)
    open_as("editor", "/broadcasts/new")
    wait_for(browser, figure("size"), "7")
    browser.find_element("css selector", 'input[name="audience.wards"][value="kita"]').click()
    wait_for(browser, figure("size"), "2")
    browser.find_element("css selector", 'input[name="audience.wards"][value="kita"]').click()
    browser.find_element("css selector", 'input[name="audience.wards"][value="minami"]').click()
    wait_for(browser, "return document.querySelector('#size .fault')?.textContent.slice(0, 3)", "0人で")
    assert [] == errors(browser)


def test_the_size_follows_whether_and_of_what_it_is_a_reminder(
    desk: Console, world: World, browser: Chrome, open_as: Callable[[str, str], None]
) -> None:
    world.run(world.write(INVITATION.format(id="invitation", ward="chuo")))
    reminder = REMINDER.format(id="reminder", ward="chuo").replace("{wards: [chuo]}", "{}")
    assert 303 == desk.as_("editor").post("/broadcasts/new/yaml", data={"yaml": reminder, "do": "save"}).status_code
    resize(browser, 1280)
    open_as("editor", "/broadcasts/reminder/edit")
    for people in ("5", "7", "5"):
        wait_for(browser, figure("size"), people)
        browser.find_element("name", "remind").click()
    browser.find_element("name", "remind").click()
    browser.find_element("css selector", "input[name$='.survey']").send_keys("-x")
    wait_for(browser, "return document.querySelector('#size .fault')?.textContent.includes('kosodate-x')", True)
    assert [] == violations(browser)
    assert [] == errors(browser)


def test_progress_moves_while_the_page_is_open_and_the_end_shows_the_result(
    desk: Console, browser: Chrome, open_as: Callable[[str, str], None], db: firestore.Client
) -> None:
    put(db, "b1", State.SENDING, totals=None, chunks=1, audience=1000)
    chunk = db.document("broadcasts/b1/freezes/a1/chunks/0")
    nobody = dict.fromkeys(("withdrawn", "expired", "stopped", "erased", "failed"), 0)
    counts = {"accepted": 500, "refused": 0, "not_sent": nobody}
    chunk.set({"open": True, "counts": counts, "lease": None, "waits_for": None})
    open_as("editor", "/broadcasts/b1")
    wait_for(browser, figure("accepted"), "500")
    chunk.update({"counts": {**counts, "accepted": 800}})
    wait_for(browser, figure("accepted"), "800")
    wait_for(browser, "return document.querySelector('progress').value", 800)
    put(db, "b1", State.SENT)
    wait_for(browser, figure("total"), "1,218")
    assert [] == errors(browser)
