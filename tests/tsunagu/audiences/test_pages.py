"""The console's pages of saved audiences and uploaded lists."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import flask
import polars as pl
import pytest
from flask.testing import FlaskClient
from google.cloud import firestore

from tests.tsunagu.office import Office, office
from tsunagu.audiences import store
from tsunagu.audiences.pages import pages
from tsunagu.audiences.roster import RosterKeeper
from tsunagu.packs.fill import fill
from tsunagu.residents.store import ROSTER_SCHEMA, residents_shelf
from tsunagu.web.app import make_app

CITY = ZoneInfo("Asia/Tokyo")
NOW = datetime(2026, 11, 5, tzinfo=UTC)


@pytest.fixture
def staff(db: firestore.Client) -> Iterator[Office]:
    with office(db) as found:
        yield found


@pytest.fixture
def app(staff: Office, db: firestore.Client) -> flask.Flask:
    return make_app(("管理画面", "Console"), [pages(db, RosterKeeper(db, CITY))], staff.door, CITY)


@pytest.fixture
def editor(staff: Office, app: flask.Flask) -> FlaskClient:
    client = staff.as_("editor", app)
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    return client


def save(editor: FlaskClient, at: str = "new", **typed: Any) -> Any:
    return editor.post(f"/audiences/{at}", data={"title": "子育て", "name": "kids", "do": "save", **typed})


def test_what_is_ticked_is_saved_and_opens_again(editor: FlaskClient, db: firestore.Client) -> None:
    typed: dict[str, Any] = {"audience.topics": ["childcare"], "audience.not.wards": ["kita"]}
    assert 303 == save(editor, **typed).status_code
    found = store.get(db, "kids")
    assert found is not None
    assert {"topics": ["childcare"], "not": {"wards": ["kita"]}} == found.audience.to_document()
    assert "「子育て・教育」を選んだ方（北区にお住まいの方を除く）" in editor.get("/audiences").text
    page = editor.get("/audiences/saved/kids").text
    ticked = re.findall(r'name="(audience[\w.]*)" value="(\w+)" checked', page)
    assert [("audience.topics", "childcare"), ("audience.not.wards", "kita")] == ticked


def test_who_was_slower_is_told(editor: FlaskClient, db: firestore.Client) -> None:
    assert [303, 422] == [save(editor).status_code, save(editor).status_code]
    assert 303 == save(editor, "saved/kids", version="1", title="一").status_code
    late = save(editor, "saved/kids", version="1", title="二")
    assert (422, True, True) == (late.status_code, "ほかの人が保存しました" in late.text, 'value="二"' in late.text)


@pytest.mark.parametrize(
    ("typed", "field", "says"),
    [
        ({"title": " "}, "title", "必ず入れてください"),
        ({"audience.wards": ["nowhere"]}, "audience.wards", "市の一覧にありません"),
        ({"audience.not.saved": "nothing"}, "audience.not.saved", "ありません"),
        (
            {"yaml": "wards: [中央区]"},
            "yaml",
            "1行目 wards[0]：「中央区」は市の一覧にありません。もしかして「chuo」（中央区）",
        ),
        ({"yaml": "any: []"}, "yaml", ""),
        ({"yaml": "wards: ["}, "yaml", ""),
    ],
)
def test_a_fault_is_said_at_its_field(
    typed: dict[str, Any], field: str, says: str, editor: FlaskClient, db: firestore.Client
) -> None:
    answer = save(editor, **typed)
    found = re.findall(r'<p class="fault" id="([^"]*?)\.fault1">(.*?)[<]', answer.text)
    assert (422, [field]) == (answer.status_code, [name for name, _ in found])
    assert says in found[0][1]
    assert [] == store.saved(db)


def test_an_expression_that_boxes_cannot_show_opens_as_yaml(editor: FlaskClient) -> None:
    assert 303 == save(editor, yaml="any: [{wards: [chuo]}, {topics: [refuse]}]").status_code
    page = editor.get("/audiences/saved/kids").text
    assert '<textarea id="yaml"' in page and "any:" in page


def test_the_size_is_counted_while_it_is_ticked(editor: FlaskClient, db: firestore.Client) -> None:
    row = {"version": 1, "following": True, "quiet": False, "wards": ["kita"], "districts": [], "topics": []}
    row |= {"tags": [], "language": "ja", "age_band": None, "since": NOW}
    fill(residents_shelf(db), pl.DataFrame([row | {"key": bytes([n] * 16)} for n in range(3)], schema=ROSTER_SCHEMA))
    sizes = [editor.post("/audiences/size", data={"audience.wards": [ward]}).text for ward in ("kita", "minami")]
    assert ["3", "0"] == [re.findall(r'data-figure="size">(\d+)', size)[0] for size in sizes]


def upload(editor: FlaskClient, content: bytes, **typed: str) -> Any:
    return editor.post("/audiences/lists", data={"list-title": "受講者", **typed, "file": (BytesIO(content), "a.csv")})


def test_an_upload_counts_the_good_lines_and_lists_the_others(editor: FlaskClient, db: firestore.Client) -> None:
    good = "\r\n".join(f"U{n:032x}" for n in range(5))
    answer = upload(editor, f"user\r\n{good}\r\nU12\r\n{good}\r\n".encode(), list="course")
    junk = re.findall(r"<li>(\d+)行目", answer.text)
    assert (200, ["1", "7"], True) == (answer.status_code, junk, "5人" in answer.text)
    assert [("course", "受講者", 5)] == [(each.name, each.title, each.count) for each in store.lists(db)]
    assert 303 == editor.post("/audiences/lists/course/delete").status_code
    assert [] == store.lists(db)


def test_an_upload_says_under_which_name_it_is_kept(editor: FlaskClient, db: firestore.Client) -> None:
    for typed in ({"list": "course"}, {}):
        found = re.findall(r"<code>(\S+)</code> です", upload(editor, b"U" + b"0" * 32, **typed).text)
        assert found == [each.name for each in store.lists(db) if each.name in found]
        assert "course" in found or found[0].startswith("list-")


@pytest.mark.parametrize(
    ("content", "typed", "says"),
    [
        (b"nobody\n", {}, "ユーザーIDが一つもありません"),
        (b"U" + b"0" * 32, {"list": "Not A Name"}, "短い名前「Not A Name」は使えません"),
    ],
)
def test_a_refused_upload_is_a_sentence_and_its_title_stays(
    content: bytes, typed: dict[str, str], says: str, editor: FlaskClient, db: firestore.Client
) -> None:
    answer = upload(editor, content, **typed)
    assert (422, True, True) == (answer.status_code, says in answer.text, 'value="受講者"' in answer.text)
    assert [] == store.lists(db)


def test_without_a_file_and_with_too_large_a_one_nothing_is_kept(editor: FlaskClient, db: firestore.Client) -> None:
    assert 422 == editor.post("/audiences/lists", data={"list-title": "a"}).status_code
    assert 413 == upload(editor, b"U" * (10 * 1024 * 1024 + 1)).status_code
    assert [] == store.lists(db)


def test_what_another_audience_is_made_of_stays(editor: FlaskClient, db: firestore.Client) -> None:
    assert 303 == save(editor).status_code
    more: dict[str, Any] = {"name": "more", "audience.saved": "kids"}
    assert 303 == save(editor, **more).status_code
    refused = editor.post("/audiences/saved/kids/delete")
    assert (422, True) == (refused.status_code, "先にそちらを直してください" in refused.text)
    assert 303 == editor.post("/audiences/saved/more/delete").status_code
    assert ["kids"] == [each.name for each in store.saved(db)]


def test_those_who_only_look_are_offered_no_change(staff: Office, app: flask.Flask, editor: FlaskClient) -> None:
    assert 303 == save(editor).status_code
    page = staff.as_("analyst", app).get("/audiences").text
    assert ("子育て" in page, "<form" in page) == (True, False)
    assert 403 == staff.as_("analyst", app).get("/audiences/new").status_code
