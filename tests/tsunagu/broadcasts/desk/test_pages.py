"""The console's list of broadcasts, the page of each, and its home."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from google.cloud import firestore

from tests.tsunagu.broadcasts.desk.consoles import NOW, Console, console
from tests.tsunagu.broadcasts.world import World, schedule
from tsunagu.broadcasts.delivery import ledger
from tsunagu.broadcasts.desk.wording import ENDS, STATES
from tsunagu.broadcasts.rules import State, Totals
from tsunagu.broadcasts.store import chunks_of
from tsunagu.cloud.outcomes import Delivery, Rejected, recorder
from tsunagu.web.home import NEWEST


@pytest.fixture
def desk(db: firestore.Client) -> Iterator[Console]:
    with console(db) as made:
        yield made


@pytest.fixture
def editor(desk: Console) -> FlaskClient:
    return desk.as_("editor")


def put(db: firestore.Client, id: str, state: State = State.SENT, **changes: Any) -> None:
    totals = Totals(accepted=1200, refused=3, withdrawn=5, expired=0, stopped=7, erased=1, failed=2)
    document = {
        "title": f"お知らせ {id}",
        "kind": "news",
        "state": state.value,
        "when": NOW,
        "by": "editor@city.example",
        "to": {"wards": ["chuo", "kita"], "topics": ["childcare"], "districts": [], "languages": ["en"]},
        "messages": {"ja": '[{"type": "text", "text": "こんにちは"}]'},
        "version_for": {"ja": "ja", "ja-easy": "ja", "en": "ja"},
        "survey": None,
        "open": state in (State.FREEZING, State.SENDING, State.PAUSED),
        "attempt": "a1",
        "audience": 1218,
        "audience_by_language": {"ja": 1200, "en": 18},
        "totals": totals.to_document(),
    }
    db.collection("broadcasts").document(id).set(document | changes)


def test_the_list_has_every_broadcast_the_latest_first(editor: FlaskClient, db: firestore.Client) -> None:
    for number, state in enumerate(State):
        put(db, f"b{number}", state, when=NOW + timedelta(hours=number))
    page = editor.get("/broadcasts").text
    found = re.findall(r'href="/broadcasts/(b\d)".*?class="state \w*">(\S+)', page, re.S)
    assert [(f"b{number}", STATES[state][0]) for number, state in reversed(list(enumerate(State)))] == found
    only = re.findall(r'href="/broadcasts/(b\d)"', editor.get("/broadcasts?state=paused").text)
    assert [f"b{list(State).index(State.PAUSED)}"] == only


def test_a_long_list_has_pages_and_a_series_its_occurrences(editor: FlaskClient, db: firestore.Client) -> None:
    for number in range(53):
        put(db, f"b{number:02}", when=NOW + timedelta(hours=number), series="s" if number < 2 else None)
    rows = r'href="/broadcasts/(b\d\d)"'
    first, second = (re.findall(rows, editor.get(f"/broadcasts?from={start}").text) for start in (0, 50))
    assert (50, ["b02", "b01", "b00"]) == (len(first), second)
    assert ["b01", "b00"] == re.findall(rows, editor.get("/broadcasts?series=s").text)


def test_what_waits_for_approval_is_on_top_for_those_who_approve(desk: Console, db: firestore.Client) -> None:
    put(db, "late", State.WAITING, submitted_at=NOW)
    put(db, "early", State.WAITING, submitted_at=NOW - timedelta(hours=1), kind="life_safety")
    pages = {word: desk.as_(word).get("/broadcasts").text for word in ("approver", "editor")}
    assert {"approver": True, "editor": False} == {
        word: "承認を待っている配信が2件" in page for word, page in pages.items()
    }
    assert ["early", "late"] == re.findall(r'href="/broadcasts/(early|late)"', pages["approver"].partition("<table")[0])


def test_home_leads_those_who_approve_to_what_waits(desk: Console, db: firestore.Client) -> None:
    def led(word: str) -> list[tuple[str, str]]:
        return re.findall(r'<a href="([^"]+)">(承認を待っている\S+)', desk.as_(word).get("/").text)

    assert [] == led("approver")
    put(db, "b1", State.WAITING, open=True)
    assert [("/broadcasts/b1", "承認を待っている配信があります（1件）")] == led("approver")
    assert [] == led("editor")
    put(db, "b2", State.WAITING, open=True)
    assert [("/broadcasts?state=waiting", "承認を待っている配信があります（2件）")] == led("approver")


def test_the_list_tells_how_many_had_it_while_it_goes_on(editor: FlaskClient, db: firestore.Client) -> None:
    for state in (State.SENDING, State.PAUSED, State.SCHEDULED):
        put(db, state.value, state, totals=None)
        chunks = chunks_of(db, state.value, "a1")
        for number, counts in enumerate((Totals(accepted=700), Totals(accepted=34, refused=2))):
            chunks.document(str(number)).set({"open": True, "lease": None, "counts": counts.to_document()})
    put(db, "sent")
    table = editor.get("/broadcasts").text.partition("<tbody>")[2]
    rows = re.findall(r'href="/broadcasts/(\w+)">.*?data-label="受付">(\S+)</td>', table, re.S)
    assert {"sending": "734", "paused": "734", "scheduled": "—", "sent": "1,200"} == dict(rows)


def test_a_failed_one_says_what_to_do_next_and_waits_for_no_figures(editor: FlaskClient, db: firestore.Client) -> None:
    nobody, few = Totals(refused=1218).to_document(), Totals(accepted=1210, refused=8).to_document()
    put(db, "b1", State.FAILED, failed_with="Invalid action", totals=nobody)
    put(db, "b2", State.FAILED, failed_with="Invalid action", totals=few)
    unfrozen: dict[str, Any] = {"audience": 0, "attempt": None, "totals": Totals().to_document()}
    put(db, "b3", State.FAILED, failed_with="the uploaded list 'a' has expired", **unfrozen)
    pages = {id: editor.get(f"/broadcasts/{id}").text for id in ("b1", "b2", "b3")}
    told = {id: re.findall(r'<div class="tell bad">.*?</div>', page, re.S)[0] for id, page in pages.items()}
    next_step = "この配信を複製し、直してから、もう一度承認を依頼してください"
    assert {"b1": True, "b2": False, "b3": True} == {id: next_step in words for id, words in told.items()}
    assert "すでに受け取った人が1,210人います" in told["b2"]
    assert "対象を確定できず" in told["b3"] and "名簿「a」は期限が切れました" in told["b3"]
    assert {"b1": False, "b2": True, "b3": False} == {id: "開いた人" in page for id, page in pages.items()}


def test_a_page_shows_what_became_of_everyone(editor: FlaskClient, db: firestore.Client) -> None:
    put(db, "b1")
    page = editor.get("/broadcasts/b1").text
    rows = dict(re.findall(r'<th scope="row">(\S+) <span.*?</th><td class="num">([\d,]+)</td>', page))
    counts = ["1,200", "3", "5", "0", "7", "1", "2"]
    assert dict(zip([label for label, _ in ENDS.values()], counts, strict=True)) == rows
    assert re.findall(r'data-figure="audience">([\d,]+)', page) == re.findall(r'data-figure="total">([\d,]+)', page)
    for words in ("中央区または北区にお住まい", "「子育て・教育」を選", "こんにちは"):
        assert words in page


def test_what_line_does_not_tell_is_not_made_up(editor: FlaskClient, db: firestore.Client) -> None:
    told = {
        "at": NOW,
        "counted": True,
        "opened": 640,
        "clicked": None,
        "unfollowed": None,
        "offered": {"survey_started": 9},
    }
    times: dict[str, Any] = {
        "due_at": NOW,
        "first_accepted_at": NOW + timedelta(seconds=1.5),
        "last_accepted_at": NOW + timedelta(seconds=8),
    }
    put(db, "b1", statistics=told, spent={"reads": 1000, "writes": 100}, **times)
    put(db, "b2")
    figures = r'data-figure="(\w+)">([^<]+)'
    assert {
        "opened": "640人", "clicked": "20人未満", "unfollowed": "まだ分かりません", "survey_started": "9人",
    }.items() <= dict(re.findall(figures, editor.get("/broadcasts/b1").text)).items()  # fmt: skip
    assert "1.5秒" in editor.get("/broadcasts/b1").text and "$0.00" in editor.get("/broadcasts/b1").text
    assert "まだ分かりません" == dict(re.findall(figures, editor.get("/broadcasts/b2").text))["opened"]


def test_what_is_not_known_yet_is_not_made_up(editor: FlaskClient, db: firestore.Client) -> None:
    nothing: dict[str, Any] = {"audience": None, "audience_by_language": {}, "totals": None, "attempt": None}
    put(db, "b1", State.SCHEDULED, to={}, **nothing)
    page = editor.get("/broadcasts/b1").text
    assert 'data-figure="audience">0' in page and "いまの人数。まだ確定していません" in page and "すべての方" in page
    put(db, "b2", State.FREEZING, **nothing)
    page = editor.get("/broadcasts/b2").text
    assert 'data-figure="audience">—' in page and "対象の人を確定しています" in page


def test_its_life_is_told_from_the_audit(desk: Console, world: World, db: firestore.Client) -> None:
    world.people(3)
    world.move_in()
    broadcast = schedule(db, desk.read("title: a\nkind: life_safety\nwhen: now\nmessages: [{text: {ja: b}}]"), NOW)
    world.now = NOW
    world.run(broadcast)
    page = desk.as_("analyst").get(f"/broadcasts/{broadcast}").text
    steps = re.findall(r'<li class="\w*">(\S+) <span', page)
    assert ["下書きを書いた", "承認を依頼した", "承認した"] == steps[:3]
    assert {"対象を確定した", "台帳を封印した", "終わった"} <= set(steps[3:])
    downloaded = desk.as_("analyst").get(f"/broadcasts/{broadcast}/ledger.csv")
    assert (200, ledger.csv(db, broadcast)) == (downloaded.status_code, downloaded.data)
    noted = [
        (line.get("who"), line.get("did")) for line in db.collection("audit").stream() if line.get("what") == broadcast
    ]
    assert ("analyst@city.example", "broadcast.download") in noted


@pytest.mark.parametrize("id", ["nothing", "..", "__x__", "あ", "A" * 200])
def test_a_broadcast_that_is_not_there_is_not_found(editor: FlaskClient, id: str) -> None:
    paths = [f"/broadcasts/{id}{room}" for room in ("", "/edit", "/progress", "/ledger.csv", "/withdraw")]
    assert {404} == {editor.get(path).status_code for path in paths}


def test_home_shows_figures_and_the_newest_of_what_was_rejected(editor: FlaskClient, db: firestore.Client) -> None:
    assert "すべて処理されています" in editor.get("/").text
    record = recorder(db)
    for number in range(NEWEST + 2):
        record(Delivery(f"m{number}", b"secret", {"kind": "message"}, NOW), Rejected(f"reason {number}"))
    page = editor.get("/").text
    assert "730,000" in page and "中央区 <b>12</b>" in page
    assert [f"reason {number}" for number in range(NEWEST + 1, 1, -1)] == re.findall(r"reason \d+", page)
    assert "secret" not in page


def test_visitors_see_none_of_it(desk: Console, db: firestore.Client) -> None:
    put(db, "b1")
    for path in ("/", "/broadcasts", "/broadcasts/b1", "/broadcasts/b1/ledger.csv", "/broadcasts/new", "/audiences"):
        assert 403 == desk.as_("visitor").get(path).status_code


def test_a_page_tells_how_long_it_is_spread_and_how_far_that_has_come(
    editor: FlaskClient, db: firestore.Client
) -> None:
    put(db, "b1", State.SCHEDULED, over_minutes=30, due_at=NOW)
    assert "30分かけて送る（2026年11月5日 9:33ごろまで）" in editor.get("/broadcasts/b1").text
    going = {"ends": [1, 2, 3], "gone": 2, "next_at": NOW}
    put(db, "b2", State.SENDING, over_minutes=30, spread=going, totals=None, chunks=3)
    page = editor.get("/broadcasts/b2/progress").text
    assert ["2"] == re.findall(r'data-figure="minutes">(\d+)</b>／3分', page)


def test_a_page_tells_that_it_is_a_reminder_and_why_it_cannot_be_counted(
    editor: FlaskClient, db: firestore.Client
) -> None:
    put(db, "b1", State.DRAFT, survey="kosodate-2026", remind=True)
    page = editor.get("/broadcasts/b1").text
    assert "アンケート「子育てアンケート」に招待され、まだ回答を終えていない人（催促）" in page
    assert "人数を数えられません。アンケート「kosodate-2026」への招待で" in page
