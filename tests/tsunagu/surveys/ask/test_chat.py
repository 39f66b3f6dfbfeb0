"""Residents answering a survey, over the stand-in platform and on Firestore's emulator."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.cloud import firestore

from local.phones import actions_of, words_of
from tests.tsunagu.conftest import Talk
from tests.tsunagu.surveys.asking import Asked, begin, survey_of
from tests.tsunagu.surveys.kosodate import definition
from tsunagu.chat.turn import CONVERSATIONS
from tsunagu.line.messages import Message
from tsunagu.packs.read import read
from tsunagu.residents import store as residents_store
from tsunagu.residents.rules import Resident
from tsunagu.surveys import store
from tsunagu.surveys.answers import Kind
from tsunagu.surveys.rules import State


@pytest.fixture
def asked(db: firestore.Client) -> Asked:
    survey = definition()
    begin(db, survey)
    return Asked(db, survey)


def labels(message: Message) -> list[str]:
    return [str(action["label"]) for action in actions_of(message)]


def question_in(said: list[Message]) -> str:
    """The alternative text of the last message: (3/8) and the question."""
    return str(said[-1].get("altText", said[-1].get("text")))


def settle(db: firestore.Client, user: str, **chosen: Any) -> None:
    resident = replace(Resident(**chosen), version=1)
    for reference, content in residents_store.documents_of(db, user, resident):
        reference.set(content)


def test_a_survey_is_found_answered_and_summed_up_on_the_phone(talk: Talk, db: firestore.Client) -> None:
    intro, thanks = {"ja": "ご協力ください", "en": "Please"}, {"ja": "助かりました", "en": "Thanks"}
    begin(db, definition(intro=intro, thanks=thanks, closes="2099-12-01T17:00"))
    talk.follow()
    said = talk.say("アンケート")
    shown = words_of(said[-1]["message"])
    assert all(words in shown for words in ("子育て", "質問は最大5問です", "12月1日（火）17:00 まで"))
    said = talk.tap("はじめる")
    assert ["ご協力ください", True] == [said[0]["message"]["text"], "とちゅうでやめても" in said[1]["message"]["text"]]
    assert "(1/5) 使いますか" == said[-1]["message"]["altText"]
    talk.tap("はい")
    talk.tap("☐ 公園")
    talk.tap("☐ プール")
    assert "☑ 公園" in labels(talk.phone.received()[-1]["message"])
    talk.tap("決定")
    talk.tap("4")
    talk.say("三人です")
    said = talk.hear(talk.phone.tap("日付を選ぶ", date="2024-02-29"))
    assert "助かりました" in said[0]["message"]["text"]
    summary = words_of(said[-1]["message"])
    assert all(words in summary for words in ("はい", "公園 / プール", "4", "3人", "2024/2/29"))
    [row] = read(store.responses_shelf(db, survey_of(db, definition()))).to_dicts()
    assert ("a", ["park", "pool"], 4, 3.0, "2024-02-29", None) == (
        row["a_uses"],
        row["a_places"],
        row["a_content"],
        row["a_people"],
        f"{row['a_born']}",
        row["a_why"],
    )
    assert row["finished_at"] is not None


def test_what_is_tapped_reads_naturally_in_the_chat(talk: Talk, db: firestore.Client) -> None:
    begin(db, definition())
    talk.follow()
    talk.say("アンケート")
    for label in ("はじめる", "はい", "☐ 公園", "☑ 公園"):
        talk.tap(label)
    own = [entry for entry in talk.phone.entries() if entry["by"] == "resident"]
    assert ["はじめる", "はい", "「公園」を選ぶ", "「公園」をやめる"] == [
        entry["message"]["text"] for entry in own if entry["message"]["text"] != "アンケート"
    ]


def test_it_can_be_left_and_taken_up_again(asked: Asked) -> None:
    asked.tap("start")
    asked.tap("answer", q="uses", v="b")
    said = asked.tap("later")
    assert ["つづきから答える"] == labels(said[0])
    said = asked.hear(asked.words("アンケート"))
    assert ["つづきから答える"] == labels(said[-1])
    said = asked.tap("start")
    assert "つづきから" in said[0]["text"]
    assert "(2/4) なぜですか" == question_in(said)


def test_any_answer_can_be_corrected_and_the_path_follows(asked: Asked) -> None:
    for event in (("start", {}), ("answer", {"q": "uses", "v": "b"}), ("skip", {"q": "why"})):
        asked.tap(event[0], **event[1])
    asked.say("2")
    said = asked.tap("skip", q="born")
    assert "ありがとう" in said[0]["text"]
    assert 4 == labels(said[-1]).count("直す")
    said = asked.tap("correct", q="uses")
    assert "いまの回答：いいえ" in words_of(said[-1])
    assert "(2/5) どこですか" == question_in(asked.tap("answer", q="uses", v="a"))
    asked.tap("switch", q="places", o="pool", on="1")
    assert "(3/5) 満足度" == question_in(asked.tap("decide", q="places"))
    said = asked.tap("answer", q="content", v="5")
    assert "「子育て」あなたの回答" == question_in(said)
    assert "なぜですか" not in words_of(said[-1])
    said = asked.tap("correct", q="content")
    assert "回答を直しました" in asked.tap("answer", q="content", v="1")[0]["text"]
    assert "a" == asked.values()["uses"]
    assert 1 == asked.values()["content"]


def test_the_question_before_can_be_gone_back_to(asked: Asked) -> None:
    asked.tap("start")
    said = asked.tap("answer", q="uses", v="b")
    assert "前の質問" in labels(said[-1])
    said = asked.tap("back", q="why")
    assert "(1/4) 使いますか" == question_in(said)
    assert "前の質問" not in labels(said[-1])
    assert "(2/4) なぜですか" == question_in(asked.tap("answer", q="uses", v="b"))


@pytest.mark.parametrize(
    ("typed", "says"),
    [("わからない", "数字が分かりませんでした"), ("0", "1 以上"), ("21", "20 以下"), ("2か3", "ひとつだけ")],
)
def test_what_does_not_fit_gets_a_helpful_sentence_and_the_question_again(asked: Asked, typed: str, says: str) -> None:
    asked.tap("start")
    asked.tap("answer", q="uses", v="b")
    asked.say("スキップ")
    said = asked.say(typed)
    assert says in said[0]["text"]
    assert "(3/4) 何人ですか" == question_in(said)
    assert "people" not in asked.values()


def test_words_that_work_at_any_time_do_not_lose_the_question(talk: Talk, db: firestore.Client) -> None:
    begin(db, definition())
    talk.follow()
    talk.say("アンケート")
    talk.tap("はじめる")
    talk.say("ヘルプ")
    assert "(2/4) なぜですか" == talk.say("いいえ")[-1]["message"]["altText"]


def test_a_sticker_is_no_answer(asked: Asked) -> None:
    asked.tap("start")
    said = asked.hear(asked.event("message", text=None, message_id="9"))
    assert "スタンプ・位置情報などではお答えいただけません" in said[0]["text"]
    assert "(1/5) 使いますか" == question_in(said)


def test_choices_can_be_typed_too(asked: Asked) -> None:
    asked.tap("start")
    asked.say("1")
    asked.say("公園、プール")
    asked.say("４")
    assert {"uses": "a", "places": ["park", "pool"], "content": 4} == asked.values()


def test_a_required_question_cannot_be_skipped_nor_decided_without_a_choice(asked: Asked) -> None:
    asked.tap("start")
    said = asked.tap("skip", q="uses")
    assert "スキップできません" in said[0]["text"]
    assert "(1/5) 使いますか" == question_in(said)
    asked.tap("answer", q="uses", v="a")
    said = asked.tap("decide", q="places")
    assert "ひとつ以上選んで" in said[0]["text"]
    assert {"uses": "a"} == asked.values()


def test_an_older_button_does_not_override_a_newer_answer_and_the_open_question_is_asked_again(asked: Asked) -> None:
    asked.tap("start")
    late = asked.button("answer", q="uses", v="b")
    asked.tap("answer", q="uses", v="a")
    said = asked.hear(late, now=asked.clock + timedelta(minutes=1))
    assert "(2/5) どこですか" == question_in(said)
    assert {"uses": "a"} == asked.values()


def test_a_later_tap_on_an_old_card_corrects_and_the_open_question_stays(asked: Asked) -> None:
    asked.tap("start")
    asked.tap("answer", q="uses", v="a")
    asked.tap("switch", q="places", o="park", on="1")
    asked.tap("decide", q="places")
    said = asked.tap("switch", q="places", o="pool", on="1")
    assert "「どこですか」の回答を受け取りました" in said[0]["text"]
    assert "(3/5) 満足度" == question_in(said)
    assert ["park", "pool"] == asked.values()["places"]


def test_two_taps_in_a_row_that_lead_to_different_branches_end_on_the_later_one(asked: Asked) -> None:
    asked.tap("start")
    first, second = asked.button("answer", q="uses", v="b"), asked.button("answer", q="uses", v="a")
    assert "なぜですか" in question_in(asked.hear(first, now=asked.clock + timedelta(seconds=10)))
    # The second was tapped before the question of the first one's branch could be seen.
    said = asked.hear(second, now=asked.clock + timedelta(seconds=20))
    assert "(2/5) どこですか" == question_in(said)
    assert {"uses": "a"} == asked.values()


def test_a_late_button_does_not_call_back_somebody_who_is_asked_something_else(asked: Asked) -> None:
    asked.tap("start")
    late = asked.button("answer", q="uses", v="a")
    asked.db.collection(CONVERSATIONS).document(asked.user).set(
        {"asked": [{"at": int(asked.clock.timestamp() * 1000) + 500, "question": "residents/ward"}]}
    )
    said = asked.hear(late, now=asked.clock + timedelta(minutes=1))
    assert ["つづきから答える"] == labels(said[0])
    assert {"uses": "a"} == asked.values()
    conversation = asked.db.collection(CONVERSATIONS).document(asked.user).get().to_dict()
    assert "residents/ward" == (conversation or {})["asked"][-1]["question"]


def test_a_text_belongs_to_the_question_that_was_open_when_it_was_typed(asked: Asked) -> None:
    asked.tap("start")
    asked.tap("answer", q="uses", v="b")
    late = asked.words("遠いから")
    asked.tap("skip", q="why")
    said = asked.hear(late, now=asked.clock + timedelta(seconds=30))
    assert "(3/4) 何人ですか" == question_in(said)
    assert {"uses": "b", "why": None} == asked.values()
    asked.say("3")
    assert 3 == asked.values()["people"]


@pytest.mark.parametrize("overtakes", [False, True])
def test_a_message_that_is_unsent_takes_its_answer_with_it(asked: Asked, overtakes: bool) -> None:
    asked.tap("start")
    asked.tap("answer", q="uses", v="b")
    text = asked.words("遠いから")
    unsend = asked.unsend(text)
    if overtakes:
        asked.hear(unsend)
        assert [] == asked.hear(text)
    else:
        asked.hear(text)
        said = asked.hear(unsend)
        assert ["この質問に答える"] == labels(said[0])
    response = asked.response()
    assert response is not None
    assert Kind.GONE == response.answers["why"].kind
    assert {"uses": "b"} == asked.values()
    assert "遠いから" not in str(store.documents_of(asked.db, survey_of(asked.db, asked.definition), "r", response))


def test_a_message_unsent_after_a_later_answer_leaves_that_answer(asked: Asked) -> None:
    asked.tap("start")
    asked.tap("answer", q="uses", v="b")
    text = asked.words("遠いから")
    asked.hear(text)
    asked.tap("correct", q="why")
    asked.say("高いから")
    assert [] == asked.hear(asked.unsend(text))
    assert "高いから" == asked.values()["why"]


def test_it_says_when_it_is_closed_or_not_begun_or_done(asked: Asked, db: firestore.Client) -> None:
    store.put(db, definition("draft"))
    said = Asked(db, definition("draft")).tap("start")
    assert "まだ始まっていません" in said[0]["text"]
    asked.tap("start")
    asked.tap("answer", q="uses", v="b")
    store.become(db, asked.definition.id, State.CLOSED, asked.clock)
    said = asked.tap("answer", q="why", v="x")
    assert "締め切りました" in said[0]["text"]
    assert {"uses": "b"} == asked.values()
    assert "ありません" in asked.hear(asked.words("アンケート"))[0]["text"]


def test_after_the_closing_time_nothing_is_taken_even_before_the_clock_has_come_round(db: firestore.Client) -> None:
    survey = definition(closes="2026-11-10T12:00")  # in Tokyo: 03:00 UTC, when the tests begin
    begin(db, survey)
    early = Asked(db, survey, clock=datetime(2026, 11, 10, 2, 59, tzinfo=UTC))
    assert "(1/5) 使いますか" == question_in(early.tap("start"))
    late = Asked(db, survey, number=2)
    assert "締め切りました" in late.tap("start")[0]["text"]


def test_only_those_in_the_audience_are_asked(db: firestore.Client) -> None:
    survey = definition(audience={"wards": ["chuo"]})
    begin(db, survey)
    inside, outside = Asked(db, survey, number=1), Asked(db, survey, number=2)
    settle(db, inside.user, wards=("chuo",), districts=("sekidai",), age_band="30s", language="en")
    settle(db, outside.user, wards=("kita",))
    assert "ありません" in outside.hear(outside.words("アンケート"))[0]["text"]
    assert "対象の地域" in outside.tap("start")[0]["text"]
    assert "対象の地域" in outside.tap("answer", q="uses", v="a")[0]["text"]
    assert outside.response() is None
    inside.tap("start")
    settle(db, inside.user, wards=("kita",))
    inside.tap("answer", q="uses", v="a")
    response = inside.response()
    assert response is not None
    assert ("chuo", "sekidai", "30s", "en") == (response.ward, response.district, response.age_band, response.language)


@pytest.mark.parametrize(
    ("verb", "fields"),
    [
        ("answer", {"q": "uses", "v": "z"}),
        ("answer", {"q": "gone", "v": "a"}),
        ("answer", {"q": "content", "v": "9"}),
        ("switch", {"q": "uses", "o": "a", "on": "1"}),
        ("pick", {"q": "people"}),
        ("no_such_verb", {"q": "uses"}),
        ("answer", {}),
    ],
)
def test_a_button_that_fits_nothing_is_explained(asked: Asked, verb: str, fields: dict[str, str]) -> None:
    asked.tap("start")
    said = asked.tap(verb, **fields)
    assert "もう使えません" in said[0]["text"]
    assert "(1/5) 使いますか" == question_in(said)
    assert {} == asked.values()


@pytest.mark.parametrize("id", ["", "nowhere", "a/b", "kosodate/responses/x"])
def test_a_button_of_no_survey_is_explained(asked: Asked, id: str) -> None:
    said = asked.tap("start", s=id)
    assert "見つかりませんでした" in said[0]["text"]


def test_an_event_from_before_an_erasure_brings_nothing_back(talk: Talk, db: firestore.Client) -> None:
    begin(db, definition())
    talk.follow()
    talk.say("アンケート")
    talk.tap("はじめる")
    late = talk.phone.tap("はい")
    talk.say("消去")
    talk.tap("すべて消す")
    talk.hear(late)
    survey = survey_of(db, definition())
    assert [] == list(store.responses(db, survey))
    assert 0 == read(store.responses_shelf(db, survey)).height


def test_no_id_of_an_event_message_or_user_is_in_a_response(asked: Asked) -> None:
    asked.tap("start")
    asked.tap("answer", q="uses", v="b")
    text = asked.words("遠いから")
    asked.hear(text)
    written = str(list(store.responses(asked.db, survey_of(asked.db, asked.definition))))
    assert all(id not in written for id in (asked.user, text.id, str(text.message_id)))
