"""What else may be done while a question of a survey is open: it is not lost by it."""

from datetime import UTC, datetime

from google.cloud import firestore

from tests.tsunagu.conftest import Talk
from tests.tsunagu.surveys.asking import begin
from tests.tsunagu.surveys.kosodate import definition
from tsunagu.surveys import store
from tsunagu.surveys.rules import State


def test_news_may_be_read_while_a_question_is_open(talk: Talk, db: firestore.Client) -> None:
    begin(db, definition())
    talk.follow()
    talk.say("アンケート")
    for label in ("はじめる", "いいえ"):
        talk.tap(label)
    assert "お知らせはありません" in talk.say("お知らせ")[-1]["message"]["text"]
    assert "(3/4) 何人ですか" == talk.say("遠いから")[-1]["message"]["altText"]


def test_a_tap_on_the_menus_strip_asks_the_open_question_again_in_the_new_language(
    talk: Talk, db: firestore.Client, menus: dict[str, str]
) -> None:
    begin(db, definition())
    talk.follow()
    talk.say("アンケート")
    for label in ("はじめる", "いいえ"):
        talk.tap(label)
    said = talk.tap_strip("en")
    assert ["We will write to you in English from now on.", "(2/4) Why not?"] == [
        entry["message"].get("text") or entry["message"]["altText"] for entry in said
    ]
    assert "(3/4) How many?" == talk.say("too far away")[-1]["message"]["altText"]


def test_a_tap_on_the_menus_strip_does_not_call_back_who_has_left_a_survey_or_found_it_closed(
    talk: Talk, db: firestore.Client, menus: dict[str, str]
) -> None:
    begin(db, definition())
    talk.follow()
    talk.say("アンケート")
    talk.tap("はじめる")
    talk.tap("あとで")
    assert 1 == len(talk.tap_strip("en"))
    talk.say("survey")
    talk.tap("Start")
    store.become(db, "kosodate", State.CLOSED, datetime.now(UTC))
    assert 1 == len(talk.tap_strip("ja"))
