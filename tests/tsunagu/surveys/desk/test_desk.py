"""Surveys in the console: written, looked at, opened, paused, revised and closed, by those who may."""

import io
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from google.cloud import firestore

from tests.tsunagu.surveys.asking import begin, survey_of
from tests.tsunagu.surveys.desk.at_desks import NOW, ZONE, Console, console, hidden, text_of, text_on, told
from tests.tsunagu.surveys.kosodate import QUESTIONS, definition
from tsunagu.broadcasts.rules import ITSELF
from tsunagu.cloud.definitions import loads
from tsunagu.staff import store as staff
from tsunagu.surveys import store
from tsunagu.surveys.definition import Definition
from tsunagu.surveys.desk.wording import DEEDS, DONE, STATES
from tsunagu.surveys.life.revise import revise
from tsunagu.surveys.moves import Verb
from tsunagu.surveys.rules import State

MORE = {"id": "more", "type": "text", "text": {"ja": "ご意見", "en": "Anything?"}, "required": False}
SECOND = definition(questions=[*QUESTIONS[:-1], MORE])


@pytest.fixture
def desk(db: firestore.Client) -> Iterator[Console]:
    with console(db) as made:
        yield made


@pytest.fixture
def editor(desk: Console) -> FlaskClient:
    return desk.as_("editor")


def audit(db: firestore.Client) -> list[tuple[str, str]]:
    lines = [line.to_dict() or {} for line in db.collection("audit").stream()]
    lines.sort(key=lambda line: (line["at"], line["did"]))
    return [(line["who"], line["did"]) for line in lines if line["did"].startswith("survey.")]


def write(editor: FlaskClient, address: str, wanted: Definition, **more: str) -> str:
    """Checked first, as the page wants it; then saved. Gives the page that is shown then."""
    form = {**hidden(editor.get(address).text), "yaml": text_of(wanted), "do": "check"}
    checked = editor.post(address, data=form)
    assert 200 == checked.status_code, told(checked.text)
    form = {**hidden(checked.text), "yaml": text_on(checked.text), "do": "save", **more}
    return editor.post(address, data=form, follow_redirects=True).text


def test_a_draft_is_checked_previewed_saved_and_opened(editor: FlaskClient, db: firestore.Client) -> None:
    checked = editor.post("/surveys/_new", data={"yaml": text_of(definition()), "do": "check"}).text
    assert "このまま保存できます。まだ保存していません" in told(checked)
    for words in ("使いますか", "公園", "一人に尋ねるのは、多くて5問です", "次は <code>why</code>"):
        assert words in checked
    assert store.get(db, "kosodate") is None
    page = write(editor, "/surveys/_new", definition())
    assert DONE["draft"][0] in told(page)
    assert (State.DRAFT, False) == ((found := survey_of(db, definition())).state, found.ready)
    page = editor.post("/surveys/kosodate/open", data=hidden(page), follow_redirects=True).text
    assert DONE["open"][0] in told(page)
    assert State.OPEN == survey_of(db, definition()).state
    assert [("editor@city.example", "survey.draft"), ("editor@city.example", "survey.open")] == audit(db)


def test_every_fault_has_its_line_and_nothing_typed_is_lost(editor: FlaskClient, db: firestore.Client) -> None:
    wrong = text_of(definition()).replace("id: kosodate", "id: Kosodate!").replace("max: 5", "max: 500")
    answer = editor.post("/surveys/_new", data={"yaml": wrong, "do": "save"})
    assert 422 == answer.status_code
    assert "<b>1行目</b>" in told(answer.text) and "<code>id</code>" in told(answer.text)
    assert wrong == text_on(answer.text)
    assert [] == audit(db)


def test_what_was_not_checked_as_it_stands_is_not_saved(editor: FlaskClient, db: firestore.Client) -> None:
    checked = editor.post("/surveys/_new", data={"yaml": text_of(definition()), "do": "check"}).text
    other = text_of(definition(title={"ja": "別の題", "en": "Another"}))
    again = editor.post("/surveys/_new", data={**hidden(checked), "yaml": other, "do": "save"})
    assert "まだ保存していません" in told(again.text)
    assert store.get(db, "kosodate") is None


def test_a_file_is_taken_instead_of_the_text(editor: FlaskClient) -> None:
    file = (io.BytesIO(text_of(definition()).encode("utf-8-sig")), "survey.yaml")
    checked = editor.post("/surveys/_new", data={"yaml": "", "do": "check", "file": file}).text
    assert text_of(definition()) == text_on(checked)
    no_text = (io.BytesIO(b"\x83\x41"), "survey.yaml")
    answer = editor.post("/surveys/_new", data={"yaml": "", "do": "check", "file": no_text})
    assert (422, True) == (answer.status_code, "このファイルはUTF-8の文章ではありません" in answer.text)


def test_a_draft_is_written_anew_but_not_over_somebody_else_s(editor: FlaskClient, db: firestore.Client) -> None:
    write(editor, "/surveys/_new", definition())
    before = hidden(editor.get("/surveys/kosodate/edit").text)
    better = definition(title={"ja": "よりよい題", "en": "Better"})
    assert "よりよい題" in write(editor, "/surveys/kosodate/edit", better)
    form = {"yaml": text_of(definition()), "do": "save", "checked": store.digest(definition()), "seen": before["seen"]}
    answer = editor.post("/surveys/kosodate/edit", data=form)
    assert (422, True) == (answer.status_code, "見ていた間に書き直されました" in told(answer.text))
    assert text_of(definition()) == text_on(answer.text)
    assert better == survey_of(db, definition()).definition
    taken = editor.post("/surveys/_new", data={**form, "seen": ""})
    assert (422, True) == (taken.status_code, "すでにあります" in told(taken.text))
    other = {**form, "yaml": text_of(definition("other")), "checked": store.digest(definition("other"))}
    assert "must stay `kosodate`" in editor.post("/surveys/kosodate/edit", data=other).text


def test_a_draft_whose_day_lies_ahead_is_left_to_the_clock(editor: FlaskClient, db: firestore.Client) -> None:
    page = write(editor, "/surveys/_new", definition(opens="2026-12-01T09:00"))
    assert "受付を予約する" in page
    page = editor.post("/surveys/kosodate/open", data=hidden(page), follow_redirects=True).text
    assert DONE["waits"][0] in told(page)
    assert "2026年12月1日 9:00 に、自動で受付を始めます" in page
    assert (State.DRAFT, True) == ((found := survey_of(db, definition())).state, found.ready)


def test_a_revision_shows_what_changes_before_it_is_made(editor: FlaskClient, db: firestore.Client) -> None:
    begin(db, definition())
    checked = editor.post("/surveys/kosodate/revise", data={"yaml": text_of(SECOND), "do": "check", "seen": "1"}).text
    assert "このまま第2版にできます" in told(checked)
    for words in ("質問を追加", "ご意見", "質問を削除", "誕生日"):
        assert words in checked
    assert 1 == survey_of(db, definition()).edition
    page = write(editor, "/surveys/kosodate/revise", SECOND)
    assert DONE["revise"][0] in told(page)
    found = survey_of(db, definition())
    assert (2, [definition(), SECOND]) == (found.edition, store.editions(db, found))
    assert "第1版：6問" in page and "第2版：6問（いま尋ねている版）" in page


def test_who_changes_words_is_told_that_answers_are_counted_together(editor: FlaskClient, db: firestore.Client) -> None:
    begin(db, definition())
    reworded = [{**QUESTIONS[0], "text": {"ja": "別の問い", "en": "?"}}, *QUESTIONS[1:]]
    for other, warned in ((definition(questions=reworded), True), (SECOND, False)):
        checked = editor.post("/surveys/kosodate/revise", data={"yaml": text_of(other), "do": "check"}).text
        assert warned == ("意味が変わるときは別のIDを付けてください" in checked)


def test_a_revision_that_changes_nothing_or_too_much_is_refused(editor: FlaskClient, db: firestore.Client) -> None:
    begin(db, definition())
    same = editor.post("/surveys/kosodate/revise", data={"yaml": text_of(definition()), "do": "check"}).text
    assert "何も変わりません" in told(same)
    named = definition(anonymity="named")
    assert 422 == editor.post("/surveys/kosodate/revise", data={"yaml": text_of(named), "do": "check"}).status_code
    seen = {"seen": "1", "checked": store.digest(SECOND), "yaml": text_of(SECOND), "do": "save"}
    revise(db, definition(closes="2026-12-24T17:00"), 1, "another", NOW, ZONE)
    answer = editor.post("/surveys/kosodate/revise", data=seen)
    assert (422, True) == (answer.status_code, "見ていた間に書き直されました" in told(answer.text))
    assert 2 == survey_of(db, definition()).edition


def test_a_life_by_hand_with_a_question_before_the_end(editor: FlaskClient, db: firestore.Client) -> None:
    begin(db, definition(anonymity="anonymous"))
    for verb in (Verb.PAUSE, Verb.RESUME):
        page = editor.post(f"/surveys/kosodate/{verb.value}", follow_redirects=True).text
        assert DONE[verb.value][0] in told(page)
        assert verb.makes == survey_of(db, definition()).state
    asked = editor.get("/surveys/kosodate/close").text
    assert "二度と受付を始められません" in asked and "だれの回答か分からない形に変えます" in asked
    assert State.OPEN == survey_of(db, definition()).state
    for verb in (Verb.CLOSE, Verb.ARCHIVE, Verb.UNARCHIVE):
        page = editor.post(f"/surveys/kosodate/{verb.value}", follow_redirects=True).text
        assert DONE[verb.value][0] in told(page)
        assert verb.makes == survey_of(db, definition()).state
    answer = editor.post("/surveys/kosodate/resume")
    assert (422, True) == (answer.status_code, "別の ID で新しく作ってください" in told(answer.text))
    staff.audit(db, "editor@city.example", "survey.publish", "kosodate", NOW, "9 tables")
    staff.audit(db, "analyst@city.example", "survey.download", "kosodate: csv, ward=chuo, 150 responses", NOW)
    page = editor.get("/surveys/kosodate").text
    for deed in ("pause", "resume", "close", "archive", "unarchive", "publish"):
        assert DEEDS[f"survey.{deed}"][0] in page
    # What an analyst filtered by, and how many there were, is not for everybody who sees the survey.
    assert "9 tables" in page and "150 responses" not in page


def test_what_the_clock_paused_can_be_kept_so(editor: FlaskClient, db: firestore.Client) -> None:
    begin(db, definition())
    store.become(db, "kosodate", State.PAUSED, NOW)
    page = editor.get("/surveys/kosodate").text
    assert "自動で止まっています" in page and "期間が過ぎても止めておく" in page
    assert ITSELF not in page.replace("tsunagu.css", "")
    page = editor.post("/surveys/kosodate/pause", follow_redirects=True).text
    assert "editor@city.example が止めました" in page


def test_the_list_shows_every_survey_but_the_archived_with_its_state(editor: FlaskClient, db: firestore.Client) -> None:
    assert "アンケートはまだありません" in editor.get("/surveys").text
    for state in State:
        store.put(db, definition(f"is-{state.value}"))
        store.reference(db, f"is-{state.value}").update({"state": state.value, "full": ["ward:chuo"]})
    page = editor.get("/surveys").text
    assert {state.value for state in State if f"is-{state.value}" in page} == {"draft", "open", "paused", "closed"}
    assert all(label[0] in page for label in STATES.values())
    archived = editor.get("/surveys?state=archived").text
    assert "is-archived" in archived and "is-open" not in archived
    assert "定員に達した枠 1" in archived


def test_quotas_and_whom_it_is_for_are_told(editor: FlaskClient, db: firestore.Client) -> None:
    store.put(db, definition(quotas=[{"by": "ward", "most": {"chuo": 5}}], audience={"wards": ["chuo", "kita"]}))
    page = editor.get("/surveys/kosodate").text
    assert "区　中央区" in page and "中央区・北区" in page


def test_a_copy_begins_without_an_id(editor: FlaskClient, db: firestore.Client) -> None:
    begin(db, definition())
    text = text_on(editor.get("/surveys/_new?from=kosodate").text)
    assert definition() == loads(f"id: kosodate\n{text}", Definition)
    assert "pauses" not in text and text.startswith("title:\n  ja: 子育て\n  en: Child care\n")
    assert 404 == editor.get("/surveys/_new?from=nowhere").status_code


def test_whoever_may_not_write_sees_and_changes_nothing(desk: Console, db: firestore.Client) -> None:
    begin(db, definition())
    analyst = desk.as_("analyst")
    page = analyst.get("/surveys/kosodate").text
    assert "使いますか" in page and "改訂する" not in page and "<form" not in page
    for address in ("/surveys/_new", "/surveys/kosodate/edit", "/surveys/kosodate/revise", "/surveys/kosodate/close"):
        assert 403 == analyst.get(address).status_code
        assert 403 == analyst.post(address, data={"yaml": text_of(SECOND)}).status_code
    for verb in Verb:
        assert 403 == analyst.post(f"/surveys/kosodate/{verb.value}").status_code
    elsewhere = desk.office.as_("editor", desk.app)
    assert 403 == elsewhere.post("/surveys/kosodate/close", headers={"Sec-Fetch-Site": "cross-site"}).status_code
    assert (State.OPEN, 1) == ((found := survey_of(db, definition())).state, found.edition)


def test_a_page_for_another_state_leads_back_to_the_survey(editor: FlaskClient, db: firestore.Client) -> None:
    begin(db, definition())
    assert "/surveys/kosodate" == editor.get("/surveys/kosodate/edit").location
    store.become(db, "kosodate", State.CLOSED, NOW)
    assert "/surveys/kosodate" == editor.get("/surveys/kosodate/revise").location
    for address in ("/surveys/nowhere", "/surveys/No%2Fwhere", "/surveys/nowhere/edit"):
        assert 404 == editor.get(address).status_code
