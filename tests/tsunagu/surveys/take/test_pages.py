"""What an analyst takes away: small files at once, large ones made first; and what nobody else may."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from urllib.parse import unquote

import flask
import pytest
from flask.testing import FlaskClient
from google.cloud import firestore
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait
from werkzeug.test import TestResponse

from local.browser import chromium
from tests.tsunagu.browser import violations
from tests.tsunagu.office import Office, office, served
from tests.tsunagu.surveys.invented import definition, put, rows
from tests.tsunagu.surveys.take.announced import Announced
from tests.tsunagu.surveys.take.exported import ANALYST, CITY, Work
from tsunagu.cloud.pubsub import Publisher
from tsunagu.staff.store import AUDIT
from tsunagu.surveys.report import pages as report_pages
from tsunagu.surveys.take import jobs
from tsunagu.surveys.take import pages as take_pages
from tsunagu.surveys.take.jobs import State
from tsunagu.surveys.take.pages import Desk
from tsunagu.web.app import make_app

HERE = "/surveys/kosodate-2026"
PEOPLE, FEW = 30, 20  # so many at once
OURS = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def staff(db: firestore.Client) -> Iterator[Office]:
    put(db, definition(), rows(definition(), PEOPLE))
    with office(db) as found:
        yield found


@pytest.fixture
def app(staff: Office, work: Work, announced: Announced) -> flask.Flask:
    desk = Desk(work.db, work.bucket, lambda: announced.publisher, lambda: work.now, CITY, work.kinds, {"csv": FEW})
    all_pages = [report_pages.pages(work.db, CITY), take_pages.pages(desk)]
    return make_app(("集計レポート", "Survey reports"), all_pages, staff.door, CITY)


@pytest.fixture
def analyst(staff: Office, app: flask.Flask) -> FlaskClient:
    return staff.as_("analyst", app)


def small(packed_ward: str = "chuo") -> str:
    """A filter that leaves few enough."""
    assert 0 < len(keys(packed_ward)) <= FEW
    return f"ward={packed_ward}"


def keys(ward: str = "") -> list[str]:
    found = rows(definition(), PEOPLE).iter_rows(named=True)
    return sorted(row["key"] for row in found if ward in ("", row["ward"]))


def lines(answer: TestResponse) -> list[str]:
    assert 200 == answer.status_code
    return sorted(answer.data.decode().split())


def ask(client: FlaskClient, query: str = "", **changed: str) -> TestResponse:
    """Press the button of the page."""
    page = client.get(f"{HERE}/downloads?{query}").text
    found = re.findall(r'<input type="hidden" name="(\w+)" value="(.*?)">', page)
    fields = {name: unescape(value) for name, value in found}
    return client.post(f"{HERE}/exports", data=fields | changed, headers=OURS)


def audit(db: firestore.Client) -> list[tuple[str, str, str]]:
    found = [line.to_dict() or {} for line in db.collection(AUDIT).stream()]
    taken = ("export.", "survey.download", "survey.photo")
    return sorted((line["who"], line["did"], line["what"]) for line in found if line["did"].startswith(taken))


def state(page: str) -> str:
    (found,) = re.findall(r'data-state="(\w+)"', page)
    return str(found)


def test_a_small_file_is_sent_at_once_and_remembered(analyst: FlaskClient, work: Work) -> None:
    page = analyst.get(f"{HERE}/downloads?{small()}").text
    assert True is (f'href="{HERE}/downloads/csv?{small()}"' in page)
    answer = analyst.get(f"{HERE}/downloads/csv?{small()}")
    number = len(keys("chuo"))
    assert keys("chuo") == lines(answer)
    assert "text/csv; charset=utf-8" == answer.content_type
    assert [(ANALYST, "survey.download", f"kosodate-2026: csv, ward=chuo, {number} responses")] == audit(work.db)
    (job,) = jobs.of_survey(work.db, "kosodate-2026")
    assert (State.SENT, "ward=chuo", number) == (job.state, job.filter, job.responses)


def test_a_file_has_a_name_that_every_system_takes(analyst: FlaskClient) -> None:
    said = analyst.get(f"{HERE}/downloads/csv?{small()}").headers["Content-Disposition"]
    plain, japanese = re.fullmatch(r"attachment; filename=\"(.+?)\"; filename\*=UTF-8''(.+)", said).groups()  # type: ignore[union-attr]
    assert ("kosodate-2026-csv-20261120.csv", "kosodate-2026_回答_20261120.csv") == (plain, unquote(japanese))
    assert True is japanese.isascii()


def test_how_many_characters_were_replaced_is_told(analyst: FlaskClient, work: Work) -> None:
    work.replaced = 12
    analyst.get(f"{HERE}/downloads/csv?{small()}")
    assert True is ("〓 12文字" in analyst.get(f"{HERE}/downloads").text)


def test_a_large_file_is_made_first_and_fetched_then(analyst: FlaskClient, work: Work, announced: Announced) -> None:
    answer = ask(analyst)
    assert (303, True) == (answer.status_code, answer.location.startswith(f"{HERE}/exports/"))
    id = answer.location.rpartition("/")[2]
    assert [id] == announced.next(1)
    page = analyst.get(answer.location).text
    assert ("waiting", True, True) == (state(page), "<progress" in page, 'http-equiv="refresh"' in page)
    assert "written" == work.write(id)
    page = analyst.get(answer.location).text
    assert ("ready", False, False) == (state(page), "<progress" in page, 'http-equiv="refresh"' in page)
    assert True is (f'href="{answer.location}/file"' in page and work.job(id).sha256[32:] in page)
    file = analyst.get(f"{answer.location}/file")
    assert keys() == lines(file)
    assert (True, "no-store") == (file.content_length is None, file.headers["Cache-Control"])
    assert [
        (ANALYST, "export.ask", "kosodate-2026: csv"),
        (ANALYST, "survey.download", f"kosodate-2026: csv, {PEOPLE} responses"),
    ] == audit(work.db)


def test_the_history_says_who_asked_and_who_took(
    analyst: FlaskClient, staff: Office, app: flask.Flask, work: Work
) -> None:
    address = ask(analyst).location
    work.write(address.rpartition("/")[2])
    work.later(hours=1)
    assert 200 == staff.as_("admin", app).get(f"{address}/file").status_code
    page = analyst.get(f"{HERE}/downloads").text
    history = page[page.index('id="history"') :]
    assert True is (f"{ANALYST}、2026年11月20日 12:00" in history)
    assert True is ("admin@city.example、2026年11月20日 13:00" in history)


def test_a_long_history_shows_the_newest_and_says_so(analyst: FlaskClient, work: Work) -> None:
    for _ in range(take_pages.SHOWN + 1):
        work.ask("kosodate-2026")
    page = analyst.get(f"{HERE}/downloads").text
    history = page[page.index('id="history"') :]
    assert (take_pages.SHOWN, True) == (history.count("<tr>") - 1, f"最新の{take_pages.SHOWN}件" in history)


def test_the_filters_of_the_page_go_along(analyst: FlaskClient, work: Work) -> None:
    query = "language=ja&language=ja-easy&language=en"
    address = ask(analyst, query).location
    job = work.job(address.rpartition("/")[2])
    assert 3 == job.filter.count("language=")
    work.write(job.id)
    assert keys() == lines(analyst.get(f"{address}/file"))
    for page in (analyst.get(address).text, analyst.get(f"{HERE}/downloads?{query}").text):
        assert True is ("やさしい日本語" in page)


def test_an_address_never_makes_a_job(analyst: FlaskClient, work: Work) -> None:
    answer = analyst.get(f"{HERE}/downloads/csv")
    assert (302, f"{HERE}/downloads#csv") == (answer.status_code, answer.location)
    assert [] == jobs.of_survey(work.db, "kosodate-2026")


def test_a_button_that_is_pressed_twice_makes_one_job(analyst: FlaskClient, work: Work) -> None:
    same = jobs.new_id()
    assert ask(analyst, job=same).location == ask(analyst, job=same).location
    assert [same] == [job.id for job in jobs.of_survey(work.db, "kosodate-2026")]


def test_the_page_asks_again_until_it_is_done(analyst: FlaskClient, work: Work) -> None:
    address = ask(analyst).location
    id = address.rpartition("/")[2]
    seen = []

    def look(done: int) -> None:
        work.later(seconds=2)
        page = analyst.get(f"{address}/progress").text
        bar = re.search(r'<progress id="far" max="(\d+)" value="(\d+)">', page)
        assert bar is not None
        seen.append((int(bar[1]), int(bar[2]), "hx-get=" in page))

    work.meanwhile = look
    work.write(id)
    assert [(PEOPLE, done - 1, True) for done in range(1, PEOPLE)] == seen[1:]
    assert False is ("hx-get=" in analyst.get(f"{address}/progress").text)


def test_what_is_cancelled_is_not_made(analyst: FlaskClient, work: Work) -> None:
    address = ask(analyst).location
    assert 303 == analyst.post(f"{address}/cancel", headers=OURS).status_code
    assert "cancelled" == state(analyst.get(address).text)
    assert "cancelled already" == work.write(address.rpartition("/")[2])
    assert 422 == analyst.get(f"{address}/file").status_code


def test_what_could_not_be_made_says_why(analyst: FlaskClient, work: Work) -> None:
    address = ask(analyst).location
    work.meanwhile = lambda done: work.later(minutes=5)
    work.write(address.rpartition("/")[2])
    page = analyst.get(address).text
    assert ("failed", True) == (state(page), "8分以内に作り終わりませんでした" in page)


def test_a_file_whose_time_is_over_is_refused_although_nobody_has_tidied_up(analyst: FlaskClient, work: Work) -> None:
    address = ask(analyst).location
    work.write(address.rpartition("/")[2])
    work.now += jobs.KEPT - timedelta(seconds=1)
    assert 200 == analyst.get(f"{address}/file").status_code
    work.later(seconds=1)
    assert 422 == analyst.get(f"{address}/file").status_code
    assert True is ("期限切れ" in analyst.get(address).text)


def test_a_file_that_storage_has_no_more_is_not_called_taken(analyst: FlaskClient, work: Work) -> None:
    address = ask(analyst).location
    id = address.rpartition("/")[2]
    work.write(id)
    work.bucket.delete([work.job(id).object])
    answer = analyst.get(f"{address}/file")
    assert (422, True) == (answer.status_code, "もうありません" in answer.text)
    assert () == work.job(id).taken


def test_a_pub_sub_that_is_away_leaves_it_to_the_clock(analyst: FlaskClient, work: Work, announced: Announced) -> None:
    announced.publisher = Publisher("no-such-project", timeout=0.5)
    assert 303 == ask(analyst).status_code
    assert [State.WAITING] == [job.state for job in jobs.of_survey(work.db, "kosodate-2026")]


@pytest.mark.parametrize("who", ["editor", "approver", "visitor"])
def test_answers_are_taken_by_analysts_and_administrators_alone(
    staff: Office, app: flask.Flask, analyst: FlaskClient, work: Work, who: str
) -> None:
    address = ask(analyst).location
    work.write(address.rpartition("/")[2])
    work.bucket.keep(f"surveys/kosodate-2026/{'a' * 26}.jpg", b"jpeg", "image/jpeg")
    before = audit(work.db)
    another = staff.as_(who, app)
    paths = [f"{HERE}/downloads", f"{HERE}/downloads/csv?{small()}", address, f"{address}/progress", f"{address}/file"]
    for path in (*paths, f"{HERE}/photos/{'a' * 26}.jpg"):
        assert 403 == another.get(path).status_code, path
    for path in (f"{HERE}/exports", f"{address}/cancel"):
        assert 403 == another.post(path, data={"kind": "csv", "job": jobs.new_id()}, headers=OURS).status_code, path
    assert before == audit(work.db)


def test_another_site_can_ask_for_nothing(analyst: FlaskClient, work: Work) -> None:
    form = {"kind": "csv", "job": jobs.new_id(), "filter": ""}
    assert 403 == analyst.post(f"{HERE}/exports", data=form, headers={"Sec-Fetch-Site": "cross-site"}).status_code
    assert [] == jobs.of_survey(work.db, "kosodate-2026")


def test_what_is_not_there_is_not_found(analyst: FlaskClient, work: Work) -> None:
    address = ask(analyst).location
    id = address.rpartition("/")[2]
    put(work.db, definition(id="another"), rows(definition(id="another"), 1))
    for path in (
        "/surveys/nothing/downloads",
        f"{HERE}/downloads/papyrus",
        f"{HERE}/exports/{'0' * 24}",
        f"{HERE}/exports/x",
        f"/surveys/another/exports/{id}",
        f"/surveys/another/exports/{id}/file",
        f"{HERE}/photos/{'c' * 26}.jpg",
        f"{HERE}/photos/..%2Fexports",
    ):
        assert 404 == analyst.get(path).status_code, path
    assert 400 == ask(analyst, job="mine").status_code
    assert 404 == ask(analyst, kind="papyrus").status_code


def test_a_filter_that_nobody_knows_is_refused_with_a_sentence(analyst: FlaskClient, work: Work) -> None:
    assert 422 == analyst.get(f"{HERE}/downloads?ward=atlantis").status_code
    assert 422 == ask(analyst, filter="ward=atlantis").status_code
    assert [] == jobs.of_survey(work.db, "kosodate-2026")


def test_a_photo_is_shown_to_analysts_and_each_look_is_in_the_audit(analyst: FlaskClient, work: Work) -> None:
    file = f"{'b' * 26}.jpg"
    work.bucket.keep(f"surveys/kosodate-2026/{file}", b"\xff\xd8 jpeg", "image/jpeg")
    answers = [analyst.get(f"{HERE}/photos/{file}") for _ in range(2)]
    assert [(b"\xff\xd8 jpeg", "image/jpeg", "no-store")] * 2 == [
        (answer.data, answer.content_type, answer.headers["Cache-Control"]) for answer in answers
    ]
    assert [(ANALYST, "survey.photo", f"kosodate-2026: {file}")] * 2 == audit(work.db)
    assert 404 == analyst.get(f"/surveys/another/photos/{file}").status_code


def test_a_browser_sees_the_file_appear_and_finds_its_way(
    app: flask.Flask, analyst: FlaskClient, staff: Office, work: Work
) -> None:
    address = ask(analyst).location
    with served(app, staff.token("analyst")) as url, chromium() as browser:
        browser.get(url + address)
        assert [] == violations(browser)
        work.write(address.rpartition("/")[2])
        WebDriverWait(browser, 60).until(lambda here: [a for a in here.find_elements(By.CSS_SELECTOR, "a.first")])
        assert 1 == len(browser.find_elements(By.CSS_SELECTOR, f'a.first[href$="{address}/file"]'))
        assert [] == violations(browser)
        browser.get(f"{url}{HERE}/downloads")
        assert [] == violations(browser)
