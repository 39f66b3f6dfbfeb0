"""The report pages as an analyst meets them."""

import csv
import io
import re
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import flask
import polars as pl
import pytest
from flask.testing import FlaskClient
from google.cloud import firestore
from openpyxl import load_workbook
from selenium.webdriver import Chrome

from local.browser import chromium, resize
from tests.tsunagu.browser import violations
from tests.tsunagu.office import Office, office, served
from tests.tsunagu.surveys.invented import definition, invite, put, rows
from tsunagu.staff.store import AUDIT
from tsunagu.surveys.count import report
from tsunagu.surveys.pages import TEXTS_SHOWN, pages
from tsunagu.surveys.rules import State
from tsunagu.web.app import make_app
from tsunagu.web.filters import percent

CITY = ZoneInfo("Asia/Tokyo")


@pytest.fixture
def staff(db: firestore.Client) -> Iterator[Office]:
    with office(db) as found:
        yield found


@pytest.fixture
def app(staff: Office, db: firestore.Client) -> flask.Flask:
    return make_app(("集計レポート", "Survey reports"), [pages(db, CITY)], staff.door, CITY)


@pytest.fixture
def analyst(staff: Office, app: flask.Flask) -> FlaskClient:
    return staff.as_("analyst", app)


def tables(page: str) -> dict[str, list[tuple[str, str, str]]]:
    """Question → the rows of its table: label, count, percent."""
    sections = re.findall(r'data-question="(\w+)">(.*?)</section>', page, re.S)
    cell = r'\s*<td class="num">(.*?)</td>'
    row = re.compile(rf'<th scope="row">(.*?)(?: <span.*?)?</th>{cell}{cell}')
    return {id: row.findall(section) for id, section in sections}


def logged(browser: Chrome) -> list[dict[str, str]]:
    lines: list[dict[str, str]] = browser.get_log("browser")  # type: ignore[no-untyped-call]
    return lines


def audit(db: firestore.Client) -> list[tuple[str, str, str]]:
    lines = sorted((line.to_dict() or {} for line in db.collection(AUDIT).stream()), key=lambda line: str(line["at"]))
    return [(line["who"], line["did"], line["what"]) for line in lines if line["did"] != "staff.add"]


def test_the_list_shows_every_survey_with_its_state_and_answers(analyst: FlaskClient, db: firestore.Client) -> None:
    put(db, definition(id="draft"), rows(definition(id="draft"), 0), State.DRAFT)
    put(db, definition(id="open"), rows(definition(id="open"), 7))
    put(db, definition(id="closed"), rows(definition(id="closed"), 1200), State.CLOSED)
    page = analyst.get("/").text
    found = re.findall(r'href="/surveys/(\w+)".*?class="state \w*">(\S+).*?回答数">([\d,]+)<', page, re.S)
    assert {("draft", "下書き", "0"), ("open", "受付中", "7"), ("closed", "終了", "1,200")} == set(found)


def test_without_surveys_the_list_says_so(analyst: FlaskClient) -> None:
    assert "アンケートはまだありません" in analyst.get("/").text


@pytest.mark.parametrize("number", [0, 3, 300])
def test_the_page_shows_the_counted_figures(analyst: FlaskClient, db: firestore.Client, number: int) -> None:
    survey = definition()
    frame = rows(survey, number)
    put(db, survey, frame)
    invite(db, survey.id, 900)
    invite(db, "another", 77)
    page = analyst.get(f"/surveys/{survey.id}").text
    figures = report(survey, frame, 900)
    shown = dict(re.findall(r'data-figure="(\w+)">([\d,.%—]+)', page))
    assert {
        "answered": f"{figures.answered}",
        "rate": percent(figures.rate),
        "finished": f"{figures.finished}",
    } == shown
    for counted in figures.questions:
        expected = [(row.label[0], f"{row.count:,}", percent(row.percent)) for row in counted.rows if counted.base]
        assert expected == tables(page)[counted.question.id]
        bars = re.findall(rf'id="c-{counted.number}-(\w+)-title"', page)
        assert (["wide", "narrow"] if counted.base else []) == bars


def test_where_nobody_was_invited_the_rate_is_not_made_up(analyst: FlaskClient, db: firestore.Client) -> None:
    put(db, definition(), rows(definition(), 3))
    page = analyst.get("/surveys/kosodate-2026").text
    assert 'data-figure="rate">—<' in page and "招待の配信がない" in page


def test_a_survey_without_answers_says_so(analyst: FlaskClient, db: firestore.Client) -> None:
    put(db, definition(), rows(definition(), 0))
    assert "まだ回答がありません" in analyst.get("/surveys/kosodate-2026").text


def test_words_of_residents_are_shown_as_words(analyst: FlaskClient, db: firestore.Client) -> None:
    frame = rows(definition(), 1).with_columns(a_q7=pl.lit("<script>alert(1)</script>"))
    put(db, definition(), frame)
    page = analyst.get("/surveys/kosodate-2026").text
    assert "<script>" not in page and "&lt;script&gt;alert(1)" in page


def test_many_texts_are_cut_and_said_to_be(analyst: FlaskClient, db: firestore.Client) -> None:
    frame = rows(definition(), 900)
    put(db, definition(), frame)
    page = analyst.get("/surveys/kosodate-2026").text
    given = report(definition(), frame, None).questions[6].given
    assert given > TEXTS_SHOWN == len(re.findall(r"<li>(?!回答|スキップ|未回答)", page))
    assert f"{given}件のうち{TEXTS_SHOWN}件" in page


@pytest.mark.parametrize("path", ["nothing", "..", "__x__", "%2e%2e", "a", "A" * 200])
@pytest.mark.parametrize("file", ["", "/answers.csv", "/report.xlsx"])
def test_a_survey_that_is_not_there_is_not_found(analyst: FlaskClient, path: str, file: str) -> None:
    assert 404 == analyst.get(f"/surveys/{path}{file}").status_code


def test_downloads_equal_the_page_and_are_in_the_audit(analyst: FlaskClient, db: firestore.Client) -> None:
    survey = definition()
    put(db, survey, rows(survey, 120))
    page = tables(analyst.get(f"/surveys/{survey.id}").text)
    assert [] == audit(db)
    answer = analyst.get(f"/surveys/{survey.id}/answers.csv")
    cells = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))
    column = next(name for name in cells[0] if name.startswith("q1 "))
    assert [(label, str(sum(row[column] == label for row in cells))) for label, _, _ in page["q1"]] == [
        (label, count) for label, count, _ in page["q1"]
    ]
    answer = analyst.get(f"/surveys/{survey.id}/report.xlsx")
    figures = list(load_workbook(io.BytesIO(answer.data))["集計"].iter_rows(values_only=True))
    for label, count, _ in page["q2"]:
        assert int(count) in [row[1] for row in figures if str(row[0]).split(" / ")[0] == label]
    assert [
        ("analyst@city.example", "survey.download", "kosodate-2026: CSV, 120 responses"),
        ("analyst@city.example", "survey.download", "kosodate-2026: XLSX, 120 responses"),
    ] == audit(db)


def test_downloads_are_named_for_people_and_for_old_programs(analyst: FlaskClient, db: firestore.Client) -> None:
    put(db, definition(), rows(definition(), 3))
    for file, ending, kind in (
        ("answers.csv", "csv", "text/csv; charset=utf-8"),
        ("report.xlsx", "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ):
        answer = analyst.get(f"/surveys/kosodate-2026/{file}")
        assert kind == answer.headers["Content-Type"]
        plain = rf'filename="kosodate-2026-\d{{8}}\.{ending}"'
        japanese = rf"filename\*=UTF-8''kosodate-2026_%[\w%]+\.{ending}"
        assert re.fullmatch(f"attachment; {plain}; {japanese}", answer.headers["Content-Disposition"])


@pytest.mark.parametrize("word", ["visitor", "editor"])
def test_without_the_role_there_is_no_download_and_no_line_in_the_audit(
    staff: Office, app: flask.Flask, db: firestore.Client, word: str
) -> None:
    put(db, definition(), rows(definition(), 3))
    for file in ("", "/answers.csv", "/report.xlsx"):
        answer = staff.as_(word, app).get(f"/surveys/kosodate-2026{file}")
        assert (403, False) == (answer.status_code, "kosodate" in answer.text)
    assert [] == audit(db)


def test_pages_are_accessible_and_fit_a_phone(staff: Office, app: flask.Flask, db: firestore.Client) -> None:
    put(db, definition(), rows(definition(), 300))
    put(db, definition(id="empty"), rows(definition(id="empty"), 0))
    with served(app, staff.token("analyst")) as url, chromium() as browser:
        for width in (1280, 360):
            resize(browser, width)
            for path in ("/", "/surveys/kosodate-2026", "/surveys/empty", "/nothing"):
                browser.get(url + path)
                assert [] == violations(browser), (path, width)
                assert width >= browser.execute_script("return document.documentElement.scrollWidth"), (path, width)
        complaints = [line["message"] for line in logged(browser) if "/nothing" not in line["message"]]
        assert [] == complaints, "the pages' own security policy stops nothing of theirs"
