"""The console's pages of broadcasts, and its home."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import flask
import pytest
from flask.testing import FlaskClient
from google.cloud import firestore

from local.browser import chromium, resize
from tests.tsunagu.browser import violations
from tests.tsunagu.office import Office, office, served
from tsunagu.broadcasts.pages import ENDS, STATES, pages
from tsunagu.broadcasts.rules import State, Totals
from tsunagu.cloud.outcomes import Delivery, Rejected, recorder
from tsunagu.web import home
from tsunagu.web.app import make_app
from tsunagu.web.home import NEWEST, Figure

CITY = ZoneInfo("Asia/Tokyo")
NOW = datetime(2026, 11, 5, 0, 3, tzinfo=UTC)


@pytest.fixture
def staff(db: firestore.Client) -> Iterator[Office]:
    with office(db) as found:
        yield found


@pytest.fixture
def app(staff: Office, db: firestore.Client) -> flask.Flask:
    figures = [lambda: Figure(("友だち", "Residents"), 730_000, "人", parts=((("中央区", "Chuo"), 12),))]
    return make_app(("管理画面", "Console"), [home.pages(db, figures), pages(db)], staff.door, CITY)


@pytest.fixture
def editor(staff: Office, app: flask.Flask) -> FlaskClient:
    return staff.as_("editor", app)


def put(db: firestore.Client, id: str, state: State = State.SENT, **changes: Any) -> None:
    totals = Totals(accepted=1200, refused=3, withdrawn=5, expired=0, stopped=7, erased=1)
    document = {
        "title": f"お知らせ {id}",
        "kind": "news",
        "state": state.value,
        "when": NOW,
        "by": "editor@city.example",
        "to": {"wards": ["chuo", "kita"], "topics": ["childcare"], "districts": [], "languages": ["en"]},
        "messages": {"ja": "[]"},
        "version_for": {"ja": "ja"},
        "survey": None,
        "open": False,
        "audience": 1216,
        "audience_by_language": {"ja": 1200, "en": 16},
        "totals": totals.to_document(),
    }
    db.collection("broadcasts").document(id).set(document | changes)


def test_the_list_has_every_broadcast_the_latest_first(editor: FlaskClient, db: firestore.Client) -> None:
    for number, state in enumerate(State):
        put(db, f"b{number}", state, when=NOW + timedelta(hours=number))
    page = editor.get("/broadcasts").text
    found = re.findall(r'href="/broadcasts/(b\d)".*?class="state \w*">(\S+)', page, re.S)
    assert [(f"b{number}", STATES[state][0]) for number, state in reversed(list(enumerate(State)))] == found


def test_a_page_shows_what_became_of_everyone(editor: FlaskClient, db: firestore.Client) -> None:
    put(db, "b1")
    page = editor.get("/broadcasts/b1").text
    rows = dict(re.findall(r'<th scope="row">(\S+) <span.*?</th><td class="num">([\d,]+)</td>', page))
    counts = ["1,200", "3", "5", "0", "7", "1"]
    assert dict(zip([label for label, _ in ENDS.values()], counts, strict=True)) == rows
    assert re.findall(r'data-figure="audience">([\d,]+)', page) == re.findall(r'data-figure="total">([\d,]+)', page)
    for words in ("中央区、北区", "子育て・教育", "English"):
        assert words in page


def test_what_is_not_known_yet_is_not_made_up(editor: FlaskClient, db: firestore.Client) -> None:
    put(db, "b1", State.SCHEDULED, audience=None, audience_by_language={}, totals=None, to={})
    page = editor.get("/broadcasts/b1").text
    assert 'data-figure="audience">—' in page
    assert "まだ確定していません" in page and "すべての登録者" in page and "配信が終わると" in page


@pytest.mark.parametrize("id", ["nothing", "..", "__x__", "あ", "A" * 200])
def test_a_broadcast_that_is_not_there_is_not_found(editor: FlaskClient, id: str) -> None:
    assert 404 == editor.get(f"/broadcasts/{id}").status_code


def test_home_shows_figures_and_the_newest_of_what_was_rejected(editor: FlaskClient, db: firestore.Client) -> None:
    assert "すべて処理されています" in editor.get("/").text
    record = recorder(db)
    for number in range(NEWEST + 2):
        record(Delivery(f"m{number}", b"secret", {"kind": "message"}, NOW), Rejected(f"reason {number}"))
    page = editor.get("/").text
    assert "730,000" in page and "中央区 <b>12</b>" in page
    assert [f"reason {number}" for number in range(NEWEST + 1, 1, -1)] == re.findall(r"reason \d+", page)
    assert "secret" not in page


def test_visitors_see_none_of_it(staff: Office, app: flask.Flask, db: firestore.Client) -> None:
    put(db, "b1")
    for path in ("/", "/broadcasts", "/broadcasts/b1"):
        assert 403 == staff.as_("visitor", app).get(path).status_code


def test_pages_are_accessible_and_fit_a_phone(staff: Office, app: flask.Flask, db: firestore.Client) -> None:
    for number, state in enumerate(State):
        put(db, f"b{number}", state)
    recorder(db)(Delivery("m", b"", {"kind": "message"}, NOW), Rejected("a reason of some length, as reasons are"))
    with served(app, staff.token("editor")) as url, chromium() as browser:
        for width in (1280, 360):
            resize(browser, width)
            for path in ("/", "/broadcasts", "/broadcasts/b1"):
                browser.get(url + path)
                assert [] == violations(browser), (path, width)
                assert width >= browser.execute_script("return document.documentElement.scrollWidth"), (path, width)
    with served(app, staff.token("visitor")) as url, chromium() as browser:
        browser.get(url)
        assert [] == violations(browser)
