"""The console's pages of surveys in a browser: accessible, and as wide as a phone."""

from collections.abc import Iterator
from typing import Any

import pytest
from google.cloud import firestore
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.expected_conditions import presence_of_element_located as located
from selenium.webdriver.support.expected_conditions import url_contains
from selenium.webdriver.support.wait import WebDriverWait

from local.browser import chromium, resize
from tests.tsunagu.browser import violations
from tests.tsunagu.office import served
from tests.tsunagu.surveys import everykind
from tests.tsunagu.surveys.asking import begin
from tests.tsunagu.surveys.desk.at_desks import NOW, ZONE, console, text_of
from tsunagu.surveys import store
from tsunagu.surveys.definition import Definition
from tsunagu.surveys.life.revise import revise
from tsunagu.surveys.rules import State

PATIENCE = 30.0  # seconds
LONG = "子育て支援の拠点や一時預かり、病児保育など、市の子育て支援についてのアンケート（就学前のお子さんのいる世帯）"
QUOTAS = [{"by": "ward", "most": {"chuo": 200, "kita": 100}}, {"by": "age_band", "most": {"20s": 50}}]
FIRST = everykind.definition("every-kind", quotas=QUOTAS)
SECOND = Definition.model_validate({**FIRST.written(), "title": {"ja": LONG, "en": "Child care"}})


@pytest.fixture(scope="module")
def browser() -> Iterator[Chrome]:
    with chromium() as running:
        yield running


def seen(browser: Chrome, address: str) -> list[Any]:
    """Opens it wide and narrow; what is wrong with it."""
    found: list[Any] = []
    browser.get(address)
    for width in (1400, 375):
        resize(browser, width)
        found += violations(browser)
        wide = browser.execute_script("return document.documentElement.scrollWidth")
        found += [f"{address} is {wide} wide on {width}"] if wide > width else []
    return found


def test_pages_are_accessible_and_fit_a_phone(browser: Chrome, db: firestore.Client) -> None:
    begin(db, FIRST)
    revise(db, SECOND, 1, "editor@city.example", NOW, ZONE)
    for state in State:
        store.put(db, everykind.definition(f"is-{state.value}"))
        store.reference(db, f"is-{state.value}").update({"state": state.value})
    with console(db) as desk, served(desk.app, desk.office.token("editor")) as url:
        addresses = ["/surveys", "/surveys/_new", "/surveys/every-kind", "/surveys/every-kind/close"]
        addresses += ["/surveys/is-draft/edit", "/surveys/every-kind/revise?x"]
        addresses += [f"/surveys/is-{state.value}" for state in State]
        assert [] == [wrong for address in addresses for wrong in seen(browser, url + address)]


def test_a_revision_is_checked_and_made_with_two_presses(browser: Chrome, db: firestore.Client) -> None:
    begin(db, FIRST)
    with console(db) as desk, served(desk.app, desk.office.token("editor")) as url:
        browser.get(f"{url}/surveys/every-kind/revise")
        typed = browser.find_element(By.ID, "yaml")
        typed.clear()
        browser.execute_script("arguments[0].value = arguments[1]", typed, text_of(SECOND))
        browser.find_element(By.CSS_SELECTOR, "button[value=check]").click()
        changes = WebDriverWait(browser, PATIENCE).until(located((By.CSS_SELECTOR, "section[aria-labelledby=changes]")))
        assert LONG in changes.text
        assert [] == violations(browser)
        browser.find_element(By.CSS_SELECTOR, "button[value=save]").click()
        WebDriverWait(browser, PATIENCE).until(url_contains("done=revise"))
        assert LONG == browser.find_element(By.TAG_NAME, "h1").text
        assert "第2版" in browser.find_element(By.CSS_SELECTOR, ".facts").text
