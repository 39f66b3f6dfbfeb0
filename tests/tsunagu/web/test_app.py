"""The shell of every staff page: its door, its headers, its words when something is wrong."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import flask
import pytest
from flask.testing import FlaskClient
from google.cloud import firestore

import tsunagu.web
from local.staff import AUDIENCE
from tests.tsunagu.office import Office, office
from tsunagu.cloud.identity import Verifier
from tsunagu.cloud.outcomes import Rejected, TryAgain
from tsunagu.staff.access import Door
from tsunagu.staff.rules import Deed
from tsunagu.web.app import HEADERS, Pages, can, make_app, member

CITY = ZoneInfo("Asia/Tokyo")


@pytest.fixture
def staff(db: firestore.Client) -> Iterator[Office]:
    with office(db) as found:
        yield found


def app_of(door: Door) -> flask.Flask:
    blueprint = flask.Blueprint("some", __name__)

    @blueprint.get("/")
    def first() -> str:
        return flask.render_template_string("{% extends 'base.html' %}{% block main %}hello{% endblock %}")

    @blueprint.post("/change")
    def change() -> str:
        return member().email

    @blueprint.get("/bug")
    def bug() -> str:
        raise ValueError("花子さんの回答")

    @blueprint.get("/busy")
    def busy() -> str:
        raise TryAgain("contention")

    @blueprint.get("/rejected")
    def rejected() -> str:
        raise Rejected("こうしてください")

    return make_app(("試験", "Test"), [Pages(blueprint, Deed.SEE_REPORTS)], door, CITY)


@pytest.fixture
def analyst(staff: Office) -> FlaskClient:
    return staff.as_("analyst", app_of(staff.door))


def test_a_member_sees_the_page_with_their_name(analyst: FlaskClient) -> None:
    answer = analyst.get("/")
    assert (200, True, True) == (answer.status_code, "hello" in answer.text, "分析者" in answer.text)


@pytest.mark.parametrize("path", ["/", "/bug", "/nothing", "/change"])
@pytest.mark.parametrize("word", ["visitor", "editor"])
def test_without_the_role_nothing_is_shown_not_even_what_exists(staff: Office, path: str, word: str) -> None:
    answer = staff.as_(word, app_of(staff.door)).get(path)
    assert 403 == answer.status_code
    assert "この画面を見るには" in answer.text and "admin@city.example" in answer.text
    assert "hello" not in answer.text


def test_the_plain_header_of_iap_alone_is_worth_nothing(staff: Office) -> None:
    headers = {
        "X-Goog-Authenticated-User-Email": "accounts.google.com:admin@city.example",
        "X-Goog-Authenticated-User-Id": "accounts.google.com:1",
    }
    answer = app_of(staff.door).test_client().get("/", headers=headers)
    assert 403 == answer.status_code
    assert "どなたか確認できませんでした" in answer.text and "admin@city.example" not in answer.text


def test_without_an_audience_everybody_is_refused(staff: Office, db: firestore.Client) -> None:
    assert 403 == staff.as_("admin", app_of(Door(Verifier(""), db))).get("/").status_code


def test_while_keys_cannot_be_fetched_the_page_says_wait(staff: Office, db: firestore.Client) -> None:
    door = Door(Verifier(AUDIENCE, "http://127.0.0.1:9/keys"), db)
    answer = staff.as_("admin", app_of(door)).get("/")
    assert (503, True) == (answer.status_code, "混み合っています" in answer.text)


@pytest.mark.parametrize("path", ["/", "/nothing", "/bug", "/assets/tsunagu.css"])
def test_every_answer_is_hardened(analyst: FlaskClient, path: str) -> None:
    answer = analyst.get(path)
    assert HEADERS == {name: answer.headers[name] for name in HEADERS}
    assert "unsafe" not in answer.headers["Content-Security-Policy"]


def test_pages_are_not_kept_and_files_are(analyst: FlaskClient) -> None:
    assert "no-store" == analyst.get("/").headers["Cache-Control"]
    assert "immutable" in analyst.get("/assets/tsunagu.css").headers["Cache-Control"]
    assert "no-store" == analyst.get("/assets/nothing.css").headers["Cache-Control"]


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/nothing", 404, "見つかりませんでした"),
        ("/bug", 500, "こちらの不具合です"),
        ("/busy", 503, "混み合っています"),
        ("/rejected", 422, "こうしてください"),
        ("/change", 405, "この操作はできません"),
    ],
)
def test_what_goes_wrong_is_said_in_a_sentence(analyst: FlaskClient, path: str, status: int, says: str) -> None:
    answer = analyst.get(path)
    assert (status, True) == (answer.status_code, says in answer.text)


def test_a_bug_does_not_show_or_log_what_residents_wrote(
    analyst: FlaskClient, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = analyst.get("/bug")
    assert "花子" not in answer.text + "".join(capsys.readouterr())


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Origin": "http://localhost"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}, 403),
        ({"Origin": "https://elsewhere.example"}, 403),
        ({"Origin": "null"}, 403),
        ({}, 403),
    ],
)
def test_only_our_own_pages_change_anything(analyst: FlaskClient, headers: dict[str, str], status: int) -> None:
    assert status == analyst.post("/change", headers=headers).status_code


def test_a_page_may_ask_those_who_change_something_for_more(staff: Office) -> None:
    blueprint = flask.Blueprint("some", __name__)

    @blueprint.route("/", methods=["GET", "POST"])
    def first() -> str:
        return "yes" if can("WRITE_BROADCASTS") else "no"

    @blueprint.post("/approve")
    def approve() -> str:
        return ""

    asks = {"some.approve": Deed.APPROVE_BROADCASTS}
    rooms = Pages(blueprint, Deed.SEE_BROADCASTS, change=Deed.WRITE_BROADCASTS, asks=asks)
    app = make_app(("試験", "Test"), [rooms], staff.door, CITY)
    own = {"Sec-Fetch-Site": "same-origin"}
    answers = {
        word: [client.get("/").text, *(client.post(path, headers=own).status_code for path in ("/", "/approve"))]
        for word in ("analyst", "editor", "approver")
        for client in [staff.as_(word, app)]
    }
    assert {"analyst": ["no", 403, 403], "editor": ["yes", 200, 403], "approver": ["yes", 200, 200]} == answers


def test_what_is_asked_for_by_a_wrong_name_does_not_start(staff: Office) -> None:
    rooms = Pages(flask.Blueprint("some", __name__), Deed.SEE_REPORTS, asks={"some.aprove": Deed.APPROVE_BROADCASTS})
    with pytest.raises(ValueError, match=r"no page is called some\.aprove"):
        make_app(("試験", "Test"), [rooms], staff.door, CITY)


def test_the_shell_uses_no_inline_script_or_style() -> None:
    root = Path(tsunagu.web.__file__).parents[1]
    for template in root.rglob("templates/**/*.*"):
        words = template.read_text(encoding="utf-8")
        assert "<script>" not in words and " style=" not in words and " onclick=" not in words, template


def test_the_design_tokens_are_in_place() -> None:
    tokens = Path(tsunagu.web.__file__).parent / "static/vendor/design-tokens.css"
    assert tokens.exists(), "run `make setup` (npm ci, npm run vendor)"
    used = (tokens.parents[1] / "tsunagu.css").read_text(encoding="utf-8")
    assert "--color-primitive-blue-900" in used and "--color-primitive-blue-900:" in tokens.read_text(encoding="utf-8")


def test_times_are_shown_as_the_city_reads_them(staff: Office) -> None:
    app = app_of(staff.door)
    moment = datetime(2026, 11, 5, 0, 3, tzinfo=UTC)
    assert "2026年11月5日 9:03" == app.jinja_env.filters["when"](moment)
