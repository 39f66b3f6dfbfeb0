"""What staff decide in the console: who may, what is refused with a sentence, who is said to have had it already."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from google.cloud import firestore

from local.stand_in import StandIn
from tests.tsunagu.broadcasts.desk.consoles import NOW, TEXT, Console, console, faults_of
from tests.tsunagu.broadcasts.test_invited import INVITATION, REMINDER
from tests.tsunagu.broadcasts.world import ZONE, World
from tsunagu.broadcasts import store, testers
from tsunagu.broadcasts.desk.pages import pages
from tsunagu.web.app import make_app

URGENT = {**TEXT, "kind": "life_safety"}
WRITING = [
    *(f"/broadcasts/{page}" for page in ("new", "new/yaml", "b/edit", "b/edit/yaml", "size")),
    *(f"/broadcasts/b/{deed}" for deed in ("submit", "pause", "resume", "withdraw", "test")),
    *(f"/broadcasts/testers/{deed}" for deed in ("code", "remove")),
    *(f"/audiences/{page}" for page in ("new", "size", "saved/a", "saved/a/delete", "lists", "lists/a/delete")),
]
APPROVING = ["/broadcasts/b/approve", "/broadcasts/b/send-back"]


@pytest.fixture
def desk(db: firestore.Client, platform: StandIn) -> Iterator[Console]:
    with console(db, platform.url, platform.channel_access_token) as made:
        yield made


@pytest.fixture
def three(world: World) -> None:
    world.people(3)
    world.move_in()


def written(by: FlaskClient, **typed: Any) -> str:
    """The address of a new draft."""
    answer = by.post("/broadcasts/new", data={**TEXT, **typed, "do": "save"})
    assert 303 == answer.status_code, faults_of(answer.text)
    return str(answer.headers["Location"].partition("?")[0])


def waiting(by: FlaskClient) -> str:
    address = written(by, **URGENT)
    assert 303 == by.post(f"{address}/submit").status_code
    return address


def state(desk: Console, address: str) -> str:
    found = store.get(desk.db, address.rpartition("/")[2])
    assert found is not None
    return found.state.value


def refusal(page: str) -> str:
    found = re.search(r'id="refused"><h2>(.*?)(?: <span|</h2>)', page)
    assert found is not None
    return found[1]


def test_every_change_is_refused_to_those_who_may_not(desk: Console) -> None:
    posts = {
        rule.rule.replace("<id>", "b").replace("<name>", "a")
        for rule in desk.app.url_map.iter_rules()
        if "POST" in (rule.methods or ())
    }
    assert {*WRITING, *APPROVING} == posts
    for word, paths in (("analyst", WRITING + APPROVING), ("visitor", WRITING + APPROVING), ("editor", APPROVING)):
        answers = [desk.as_(word).post(path) for path in paths]
        assert [(403, True)] * len(paths) == [(each.status_code, "役割が必要" in each.text) for each in answers], word
    assert {404, 422} >= {desk.as_("approver").post(path).status_code for path in APPROVING}


@pytest.mark.usefixtures("three")
def test_another_site_changes_nothing(desk: Console) -> None:
    address = waiting(desk.as_("editor"))
    client = desk.as_("approver")
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "cross-site"
    assert (403, "waiting") == (client.post(f"{address}/approve").status_code, state(desk, address))


@pytest.mark.usefixtures("three")
def test_news_to_few_is_scheduled_at_once_and_does_not_wait_for_the_tick(desk: Console) -> None:
    address = written(desk.as_("editor"))
    answer = desk.as_("editor").post(f"{address}/submit")
    assert (303, True, "scheduled") == (
        answer.status_code,
        "done=scheduled" in answer.headers["Location"],
        state(desk, address),
    )
    assert [NOW] == desk.told


@pytest.mark.usefixtures("three")
def test_what_may_save_a_life_waits_for_somebody_else(desk: Console) -> None:
    address = waiting(desk.as_("editor"))
    assert ("waiting", [], True) == (
        state(desk, address),
        desk.told,
        "命を守る情報です" in desk.as_("editor").get(address).text,
    )
    assert 303 == desk.as_("approver").post(f"{address}/approve").status_code
    assert ("scheduled", [NOW]) == (state(desk, address), desk.told)


def test_nobody_to_send_to_is_a_sentence(desk: Console) -> None:
    address = written(desk.as_("editor"))
    answer = desk.as_("editor").post(f"{address}/submit")
    assert (422, "draft") == (answer.status_code, state(desk, address))
    assert "一人もいません" in refusal(answer.text)


@pytest.mark.usefixtures("three")
def test_its_writer_does_not_approve_it_and_in_an_emergency_says_why(desk: Console) -> None:
    approver = desk.as_("approver")
    address = waiting(approver)
    refused = approver.post(f"{address}/approve")
    assert (422, True, "waiting") == (
        refused.status_code,
        "ほかの承認者" in refusal(refused.text),
        state(desk, address),
    )
    silent = approver.post(f"{address}/approve", data={"emergency": "1", "why": "  "})
    assert (422, ["emergency"], "waiting") == (silent.status_code, list(faults_of(silent.text)), state(desk, address))
    alone = approver.post(f"{address}/approve", data={"emergency": "1", "why": "川があふれる"})
    assert (303, "scheduled") == (alone.status_code, state(desk, address))
    page = approver.get(address).text
    assert '<li class="grave">' in page and '<span class="why">川があふれる</span>' in page


@pytest.mark.usefixtures("three")
def test_an_approver_approves_what_they_have_seen(desk: Console) -> None:
    address = waiting(desk.as_("editor"))
    late = desk.as_("approver").post(f"{address}/approve", data={"version": "7"})
    assert (422, True, "waiting") == (late.status_code, "書き直されました" in refusal(late.text), state(desk, address))


@pytest.mark.usefixtures("three")
def test_what_is_sent_back_says_what_to_mend(desk: Console) -> None:
    address = waiting(desk.as_("editor"))
    silent = desk.as_("approver").post(f"{address}/send-back")
    assert (422, ["send_back"]) == (silent.status_code, list(faults_of(silent.text)))
    assert 303 == desk.as_("approver").post(f"{address}/send-back", data={"why": "日付が違います"}).status_code
    assert ("draft", True) == (
        state(desk, address),
        "差し戻されました：日付が違います" in desk.as_("editor").get(address).text,
    )


NOT_SENT = ("withdrawn", "expired", "stopped", "erased", "failed")


def sending(desk: Console, world: World) -> str:
    """Its first slice of two is accepted, and then the city stands still."""
    world.people(600)
    world.move_in()
    address = written(desk.as_("editor"))
    assert 303 == desk.as_("editor").post(f"{address}/submit").status_code
    world.now = NOW
    world.tick()
    found = world.get(address.rpartition("/")[2])
    (chunk,) = list(store.chunks_of(desk.db, found.id, str(found.attempt)).stream())
    counts = {"accepted": 500, "refused": 0, "not_sent": dict.fromkeys(NOT_SENT, 0)}
    chunk.reference.update({"counts": counts, "waits_for": "LINE"})
    return address


def test_pausing_resuming_and_withdrawing_say_who_had_it_already(desk: Console, world: World) -> None:
    address, editor = sending(desk, world), desk.as_("editor")
    assert 303 == editor.post(f"{address}/pause", data={"why": "日付の誤り"}).status_code
    page = editor.get(address).text
    assert ["500", "100"] == re.findall(r'data-figure="(?:accepted|left)">([\d,]+)', page)
    assert "日付の誤り" in page and "LINEが混み合っています" in page
    assert "500" in re.findall(r'data-figure="accepted">([\d,]+)', editor.get(f"{address}/withdraw").text)
    before = len(desk.told)
    assert 303 == editor.post(f"{address}/resume").status_code
    assert ("sending", before + 1) == (state(desk, address), len(desk.told))
    assert 303 == editor.post(f"{address}/withdraw").status_code
    again = editor.post(f"{address}/withdraw")
    assert (422, "withdrawn", True) == (again.status_code, state(desk, address), "取りやめ" in refusal(again.text))
    assert "500" in re.findall(r'data-figure="accepted">([\d,]+)', editor.get(address).text)


@pytest.mark.usefixtures("three")
def test_withdrawing_what_nobody_had_says_so(desk: Console) -> None:
    address = waiting(desk.as_("editor"))
    assert "誰にも届いていません" in desk.as_("editor").get(f"{address}/withdraw").text
    assert (303, "withdrawn") == (desk.as_("editor").post(f"{address}/withdraw").status_code, state(desk, address))


def test_the_fragment_asks_for_itself_until_it_is_over(desk: Console, world: World) -> None:
    address = sending(desk, world)
    editor = desk.as_("editor")
    under_way = editor.get(f"{address}/progress?state=sending")
    assert ('hx-trigger="every 2s"' in under_way.text, None) == (True, under_way.headers.get("HX-Refresh"))
    assert 303 == editor.post(f"{address}/pause").status_code
    assert "true" == editor.get(f"{address}/progress?state=sending").headers["HX-Refresh"]


def test_a_test_goes_to_the_testers_that_were_chosen(desk: Console, world: World) -> None:
    user, other = world.people(2)
    world.move_in()
    for name, who in (("editor", user), ("approver", other)):
        fields = {"name": name, "email": f"{name}@city.example", "at": NOW, "by": "x"}
        desk.db.collection(testers.TESTERS).document(who).set(fields)
    editor, address = desk.as_("editor"), written(desk.as_("editor"))
    nobody = editor.post(f"{address}/test", data={"language": "en"})
    assert (422, ["test"]) == (nobody.status_code, list(faults_of(nobody.text)))
    sent = editor.post(f"{address}/test", data={"to": [user], "language": "en"})
    assert (303, True) == (sent.status_code, "done=tested" in sent.headers["Location"])
    gone = editor.post(f"{address}/test", data={"to": ["U" + "0" * 32]})
    assert (422, True) == (gone.status_code, "登録がありません" in refusal(gone.text))
    assert {user: 1} == world.control("GET", "deliveries?endpoint=push")


def test_a_phone_is_linked_by_a_code_and_let_go(desk: Console, world: World) -> None:
    editor = desk.as_("editor")
    page = editor.post("/broadcasts/testers/code").text
    (code,) = re.findall(r'data-figure="code">テスト登録 (\d{6})<', page)
    assert "editor@city.example" == desk.db.collection(testers.CODES).document(code).get().get("email")
    user = "U" + "a" * 32
    fields = {"name": "花子", "email": "editor@city.example", "at": NOW, "by": "x"}
    desk.db.collection(testers.TESTERS).document(user).set(fields)
    assert "花子（自分）" in editor.get("/broadcasts/testers").text
    assert 303 == editor.post("/broadcasts/testers/remove", data={"user": user}).status_code
    assert [] == testers.every(desk.db)


@pytest.mark.usefixtures("three")
def test_a_reminder_that_goes_to_nobody_is_refused_and_one_to_many_waits(desk: Console, world: World) -> None:
    reminder = REMINDER.format(id="reminder", ward="chuo")
    editor = desk.as_("editor")
    assert 303 == editor.post("/broadcasts/new/yaml", data={"yaml": reminder, "do": "save"}).status_code
    refused = editor.post("/broadcasts/reminder/submit")
    assert (422, "draft") == (refused.status_code, state(desk, "reminder"))
    assert "アンケート「kosodate」への招待で、この90日間に送り終えたものがない" in refusal(refused.text)
    world.run(world.write(INVITATION.format(id="invitation", ward="chuo")))
    # Who has finished is not known here, so all of them count.
    few = replace(desk.desk, house=replace(desk.desk.house, approval_above=2), finished=lambda survey: 3)
    page = make_app(("管理画面", "Console"), [pages(few)], desk.office.door, ZONE)
    client = desk.office.as_("editor", page)
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    assert 303 == client.post("/broadcasts/reminder/submit").status_code
    assert "waiting" == state(desk, "reminder")
