"""The report pages as an analyst meets them."""

import re
from datetime import date, timedelta
from urllib.parse import parse_qsl, urlencode

import flask
import markupsafe
import polars as pl
import pytest
from flask.testing import FlaskClient
from google.cloud import firestore
from selenium.webdriver import Chrome

from local.browser import chromium, resize
from tests.tsunagu.browser import violations
from tests.tsunagu.office import Office, served
from tests.tsunagu.surveys.everykind import definition, rows
from tests.tsunagu.surveys.invented import LONG, invite, put
from tests.tsunagu.surveys.report import naive
from tsunagu.surveys.definition import Definition
from tsunagu.surveys.report.count import Counted, report
from tsunagu.surveys.report.pages import TEXTS_SHOWN
from tsunagu.surveys.rules import State
from tsunagu.web.filters import number, percent

SURVEY = definition()
HOSTILE = [
    "<script>alert(1)</script><img src=x onerror='a()'>",
    "=1+1|cmd",
    "\u202eabc\u202c مياه",
    "a\x01\x1b[31m\x7fb",
    "{{ 7*7 }}{% raw %}",
    "長" * 5_000,
]


def page(analyst: FlaskClient, query: str = "", id: str = SURVEY.id) -> str:
    answer = analyst.get(f"/surveys/{id}?{query}")
    assert 200 == answer.status_code, answer.headers.get("Location", answer.text[:3000])
    return answer.text


def tables(text: str) -> dict[str, list[list[str]]]:
    """Question → the rows of its first table: label, count, percent, and whatever comes next."""
    sections = re.findall(r'data-question="(\w+)".*?>(.*?)</section>', text, re.S)
    found = {}
    for id, section in sections:
        table = re.search(r'<table class="shares">.*?<tbody>(.*?)</tbody>', section, re.S)
        lines = re.findall(r"<tr>(.*?)</tr>", table.group(1), re.S) if table else []
        found[id] = [
            [cell.strip() for cell in re.findall(r'<(?:th scope="row"|td[^>]*)>(.*?)(?: <span.*?)?</t', line, re.S)]
            for line in lines
        ]
    return found


def shown(counted: Counted) -> list[tuple[str, str, str]]:
    return [(str(markupsafe.escape(row.label[0])), number(row.count), percent(row.percent)) for row in counted.rows]


def figure(text: str) -> dict[str, str]:
    return dict(re.findall(r'data-figure="(\w+)">([\d,.%—]+)', text))


def logged(browser: Chrome) -> list[dict[str, str]]:
    lines: list[dict[str, str]] = browser.get_log("browser")  # type: ignore[no-untyped-call]
    return lines


def test_the_list_shows_each_survey_with_its_state_and_answers(analyst: FlaskClient, db: firestore.Client) -> None:
    put(db, definition(id="draft"), rows(definition(id="draft"), 0), State.DRAFT)
    put(db, definition(id="open"), rows(definition(id="open"), 7))
    put(db, definition(id="closed"), rows(definition(id="closed"), 1200), State.CLOSED)
    text = analyst.get("/").text
    found = re.findall(r'href="/surveys/(\w+)".*?class="state \w*">(\S+).*?回答数">([\d,]+)<', text, re.S)
    assert {("draft", "下書き", "0"), ("open", "受付中", "7"), ("closed", "締切", "1,200")} == set(found)


def test_without_surveys_the_list_says_so(analyst: FlaskClient) -> None:
    assert "アンケートはまだありません" in analyst.get("/").text


@pytest.mark.parametrize("many", [0, 3, 300])
def test_the_page_shows_the_counted_figures(analyst: FlaskClient, db: firestore.Client, many: int) -> None:
    frame = rows(SURVEY, many)
    put(db, SURVEY, frame)
    invite(db, SURVEY.id, 900)
    invite(db, "another", 77)
    text = page(analyst)
    figures = report(SURVEY, frame, 900)
    assert {
        "answered": f"{figures.answered}",
        "rate": percent(figures.rate),
        "finished": f"{figures.finished}",
    } == figure(text)
    found = tables(text)
    for counted in figures.questions:
        expected = shown(counted) if counted.base else []
        assert expected == [tuple(line[:3]) for line in found[counted.question.id]]
        bars = re.findall(rf'id="c-{counted.number}-(\w+)-title"', text)
        assert (["wide", "narrow"] if counted.rows and counted.base else []) == bars


QUERIES = [
    "ward=chuo&ward=kita",
    "from=2026-11-03&to=2026-11-09&a.use=often&a.use=other",
    "min.content=3&s.born=given&s.born=skipped",
    "has.more=公園",
]


@pytest.mark.parametrize("query", QUERIES)
def test_a_filter_in_the_address_is_what_the_page_counts(
    analyst: FlaskClient, db: firestore.Client, query: str
) -> None:
    frame = rows(SURVEY, 300)
    put(db, SURVEY, frame)
    invite(db, SURVEY.id, 900)
    text = page(analyst, query)
    kept = naive.meant(frame.to_dicts(), parse_qsl(query), SURVEY)
    figures = report(SURVEY, frame.filter(pl.col("key").is_in([row["key"] for row in kept])), None)
    assert 0 < figures.answered < frame.height
    assert {"answered": f"{figures.answered}", "rate": "—", "finished": f"{figures.finished}"} == figure(text)
    found = tables(text)
    for counted in figures.questions:
        if counted.question.type not in ("number", "date", "time", "datetime"):
            assert shown(counted) == [tuple(line[:3]) for line in found[counted.question.id]]
    assert "絞り込み中は計算できません" in text
    chips = re.findall(r'<a href="([^"]+)" aria-label="この条件をはずす', text)
    left = [parse_qsl(markupsafe.Markup(chip).unescape().partition("?")[2]) for chip in chips]
    given = parse_qsl(query)
    assert all(len(pairs) < len(given) for pairs in left)
    assert len({name for name, _ in given} - {"to"}) == len(left)


def test_two_groups_stand_side_by_side(analyst: FlaskClient, db: firestore.Client) -> None:
    frame = rows(SURVEY, 300)
    put(db, SURVEY, frame)
    text = page(analyst, "ward=chuo&vs.ward=kita")
    ours, theirs = (report(SURVEY, frame.filter(ward=ward), None) for ward in ("chuo", "kita"))
    found = tables(text)
    for one, other in zip(ours.questions, theirs.questions, strict=True):
        if one.question.type in ("single", "multiple", "scale", "ward"):
            expected = [(*a, *b[1:]) for a, b in zip(shown(one), shown(other), strict=True)]
            assert expected == [(*line[:3], *line[4:6]) for line in found[one.question.id]]
            apart = [(a.percent or 0) - (b.percent or 0) for a, b in zip(one.rows, other.rows, strict=True)]
            assert [f"{points:+.1f}" for points in apart] == [line[7] for line in found[one.question.id]]
    assert "グループA" in text and "グループB" in text


def test_a_cross_tabulation_is_on_the_page_with_all_its_bases(analyst: FlaskClient, db: firestore.Client) -> None:
    frame = rows(SURVEY, 300)
    put(db, SURVEY, frame)
    text = page(analyst, "cross=use&cross=ward")
    table = re.search(r'<table class="cross">.*?</table>', text, re.S)
    assert table is not None
    cells = re.findall(r"<b>([\d,]+)</b>", table.group())
    both = frame.filter(pl.col("a_use").is_not_null())
    often = both.filter(a_use="often", ward="chuo").height
    assert (f"{often}", f"{both.height}") == (cells[0], cells[-1])
    of_row = often / both.filter(a_use="often").height * 100
    of_column = often / both.filter(ward="chuo").height * 100
    for share in (f"行 {of_row:.1f}%", f"列 {of_column:.1f}%", f"全 {often / both.height * 100:.1f}%"):
        assert share in table.group()


def test_the_empty_fields_of_the_form_do_not_stay_in_the_address(analyst: FlaskClient, db: firestore.Client) -> None:
    put(db, SURVEY, rows(SURVEY, 3))
    answer = analyst.get(f"/surveys/{SURVEY.id}?ward=kita&from=&to=&ward=chuo&cross=&cross=&has.more=")
    assert (302, f"/surveys/{SURVEY.id}?ward=chuo&ward=kita") == (answer.status_code, answer.headers["Location"])


@pytest.mark.parametrize(
    "query", ["ward=nowhere", "min.age=x", "cross=ward", "a.gone=1", "nothing=%3Cb%3E", "edition=x"]
)
@pytest.mark.parametrize("place", ["", "/words/more", "/pictures/photo"])
def test_a_filter_that_cannot_be_read_is_a_sentence_and_400(
    analyst: FlaskClient, db: firestore.Client, query: str, place: str
) -> None:
    put(db, SURVEY, rows(SURVEY, 3))
    answer = analyst.get(f"/surveys/{SURVEY.id}{place}?{query}")
    assert 400 == answer.status_code
    assert "この条件では集計できません" in answer.text and "<b>" not in answer.text


def test_a_cross_tabulation_of_too_many_cells_is_refused(analyst: FlaskClient, db: firestore.Client) -> None:
    options = [{"id": f"o{number}", "text": {"ja": f"{number}"}} for number in range(13)]
    questions = [{"id": f"q{n}", "type": "single", "text": {"ja": "?"}, "options": options} for n in range(2)]
    wide = {"id": "age", "type": "date", "text": {"ja": "?"}}
    survey = Definition.model_validate({"id": "many", "title": {"ja": "多い"}, "questions": [*questions, wide]})
    days = [date(2026, 1, 1) + timedelta(days=30 * number) for number in range(40)]
    frame = rows(survey, 60).head(40).with_columns(a_age=pl.Series(days))
    put(db, survey, frame.head(36))
    page(analyst, "cross=q0&cross=age", "many")
    answer = analyst.get("/surveys/many?cross=q0&cross=q1&cross=age")
    assert 400 == answer.status_code and "表が大きすぎます" in answer.text


def test_where_nobody_was_invited_the_rate_is_not_made_up(analyst: FlaskClient, db: firestore.Client) -> None:
    put(db, SURVEY, rows(SURVEY, 3))
    text = page(analyst)
    assert 'data-figure="rate">—<' in text and "招待の配信がない" in text


def test_a_survey_without_answers_says_so_and_so_does_a_filter(analyst: FlaskClient, db: firestore.Client) -> None:
    put(db, SURVEY, rows(SURVEY, 0))
    assert "まだ回答がありません" in page(analyst)
    put(db, definition(id="three"), rows(SURVEY, 3))
    assert "この条件に当てはまる回答はありません" in page(analyst, "edition=9", "three")


def test_words_of_residents_are_shown_as_words_and_whole(analyst: FlaskClient, db: firestore.Client) -> None:
    frame = rows(SURVEY, 60).head(len(HOSTILE))
    frame = frame.with_columns(a_more=pl.Series(HOSTILE), o_use=pl.Series(HOSTILE), a_use=pl.lit("other"))
    put(db, SURVEY, frame.with_columns(s_more=pl.lit(0, pl.Int8), s_use=pl.lit(0, pl.Int8)))
    for text in (page(analyst), analyst.get(f"/surveys/{SURVEY.id}/words/more").text):
        assert "<script>" not in text and "<img src=x" not in text
        for words in HOSTILE:
            assert str(markupsafe.escape(words)) in text


def test_many_texts_are_cut_and_said_to_be(analyst: FlaskClient, db: firestore.Client) -> None:
    put(db, SURVEY, rows(SURVEY, 300))
    text = page(analyst)
    section = text[text.index('data-question="more"') :]
    given = report(SURVEY, rows(SURVEY, 300), None).questions[-1].given
    assert given > TEXTS_SHOWN == len(re.findall(r"<li>", section.partition("<ol>")[2].partition("</ol>")[0]))
    assert f"{given}件のうち{TEXTS_SHOWN}件" in section


def test_questions_of_equal_wording_and_labels_of_300_characters_are_told_apart(
    analyst: FlaskClient, db: firestore.Client
) -> None:
    label = (LONG * 5)[:300]
    alike = [
        {
            "id": id,
            "type": "multiple",
            "text": {"ja": "どれですか"},
            "options": [{"id": "a", "text": {"ja": label}}, {"id": "b", "text": {"ja": label}}],
        }
        for id in ("one", "two")
    ]
    survey = Definition.model_validate({"id": "alike", "title": {"ja": "同じ"}, "questions": alike})
    frame = rows(survey, 90)
    put(db, survey, frame)
    found = tables(page(analyst, id="alike"))
    for counted in report(survey, frame, None).questions:
        assert [(label, f"{row.count}") for row in counted.rows] == [
            (line[0], line[1]) for line in found[counted.question.id]
        ]


@pytest.mark.parametrize("path", ["nothing", "..", "__x__", "%2e%2e", "a", "A" * 200])
@pytest.mark.parametrize("place", ["", "/words/more", "/pictures/photo"])
def test_a_survey_that_is_not_there_is_not_found(analyst: FlaskClient, path: str, place: str) -> None:
    assert 404 == analyst.get(f"/surveys/{path}{place}").status_code


def test_photos_are_listed_and_a_text_is_no_photo(analyst: FlaskClient, db: firestore.Client) -> None:
    frame = rows(SURVEY, 40)
    put(db, SURVEY, frame)
    text = analyst.get(f"/surveys/{SURVEY.id}/pictures/photo?ward=chuo").text
    assert f"写真 {frame.filter(ward='chuo')['a_photo'].count()}枚" in text
    assert 404 == analyst.get(f"/surveys/{SURVEY.id}/pictures/more").status_code
    assert 404 == analyst.get(f"/surveys/{SURVEY.id}/words/photo").status_code


@pytest.mark.parametrize("word", ["visitor", "editor"])
def test_without_the_role_there_is_nothing(staff: Office, app: flask.Flask, db: firestore.Client, word: str) -> None:
    put(db, SURVEY, rows(SURVEY, 3))
    for place in ("", "/words/more", "/pictures/photo"):
        answer = staff.as_(word, app).get(f"/surveys/{SURVEY.id}{place}")
        assert (403, False) == (answer.status_code, "every-kind" in answer.text)


def test_pages_are_accessible_and_fit_a_phone(staff: Office, app: flask.Flask, db: firestore.Client) -> None:
    put(db, SURVEY, rows(SURVEY, 300))
    beside = urlencode([("ward", "chuo"), ("vs.ward", "kita"), ("cross", "use"), ("cross", "why")])
    paths = ["/", f"/surveys/{SURVEY.id}?{beside}", f"/surveys/{SURVEY.id}/words/more?find=公園", "/nothing"]
    with served(app, staff.token("analyst")) as url, chromium() as browser:
        browser.set_script_timeout(120)
        for path in paths:
            resize(browser, 1280)
            browser.get(url + path)
            assert [] == violations(browser), path
            for width in (1280, 360):
                resize(browser, width)
                assert width >= browser.execute_script("return document.documentElement.scrollWidth"), (path, width)
        complaints = [line["message"] for line in logged(browser) if "/nothing" not in line["message"]]
        assert [] == complaints, "the pages' own security policy stops nothing of theirs"
