"""Residents in conversation with the city, over the stand-in platform and on Firestore's emulator."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from google.cloud import firestore

from local.phones import Phone, Phones, actions_of
from local.stand_in import StandIn
from tests.tsunagu.conftest import Talk
from tsunagu.chat import handle
from tsunagu.chat.catalogue import LANGUAGES
from tsunagu.chat.pay import Payer
from tsunagu.chat.turn import CLAIMS
from tsunagu.line import rich_menus
from tsunagu.line.client import Line
from tsunagu.line.messages import faults
from tsunagu.packs.read import read
from tsunagu.residents import chat as residents
from tsunagu.residents import store
from tsunagu.residents.city import city
from tsunagu.residents.rules import STEPS, Resident

REGISTRATION = ["日本語", "中央区", None, "ごみ・リサイクル", "健康・医療", "決定", "30代", "わかりました"]


def register(talk: Talk) -> None:
    talk.follow()
    for label in REGISTRATION:
        if label is None:
            talk.say("はるたけ")
        else:
            talk.tap(label)


def profile(db: firestore.Client, phone: Phone) -> Resident:
    resident = store.get(db, phone.user)
    assert resident is not None
    return resident


def roster_row(db: firestore.Client, phone: Phone) -> dict[str, Any] | None:
    rows = read(store.residents_shelf(db)).filter(pl.col("key") == store.key_of(phone.user)).to_dicts()
    return rows[0] if rows else None


def test_following_and_registering_fills_the_profile_and_the_roster(talk: Talk, db: firestore.Client) -> None:
    register(talk)
    resident = profile(db, talk.phone)
    assert resident.next_step() is None
    assert resident.consent is not None
    assert ("chuo",) == resident.wards
    row = roster_row(db, talk.phone)
    assert row is not None
    assert (["chuo"], ["harutake"], ["health", "refuse"], "ja", "30s", True) == (
        row["wards"],
        row["districts"],
        row["topics"],
        row["language"],
        row["age_band"],
        row["following"],
    )
    assert "区：中央区" in talk.last_words()
    assert "校区：春竹" in talk.last_words()


def test_the_language_that_was_chosen_is_spoken_from_then_on(talk: Talk) -> None:
    talk.follow()
    talk.tap("English")
    assert "Which ward do you live in?" == talk.last_words()
    talk.say("Higashi Ward")
    assert "Which school district" in talk.last_words()
    talk.say("kengun")
    assert "Choose the topics" in talk.last_words()


def test_any_step_can_be_left_and_taken_up_again(talk: Talk, db: firestore.Client) -> None:
    talk.follow()
    talk.tap("日本語")
    talk.say("ヘルプ")
    assert "このアカウントでできること" in talk.last_words()
    talk.say("設定")
    assert ["設定のとちゅうです。つづきからどうぞ。", "お住まいの区はどちらですか。"] == talk.phone.words()[-2:]
    talk.tap("西区")
    talk.tap("あとで")
    assert "topics" == profile(db, talk.phone).next_step()


def test_an_unexpected_message_gets_help_and_the_question_again(talk: Talk) -> None:
    talk.follow()
    talk.tap("日本語")
    said = [entry["message"] for entry in talk.say("ラーメンが食べたい")]
    assert ["うまく読み取れませんでした" in said[0]["text"], said[1]["text"]] == [True, "お住まいの区はどちらですか。"]
    sticker = talk.phone.phones.control(
        "POST",
        "/events",
        {
            "event": {
                "type": "message",
                "source": {"type": "user", "userId": talk.phone.user},
                "replyToken": "0123456789abcdef0123456789abcdef",
                "message": {"id": "77", "type": "sticker", "packageId": "1", "stickerId": "1"},
            }
        },
    )
    assert "お住まいの区はどちらですか。" == talk.hear(sticker)[-1]["message"]["text"]


def test_several_districts_are_offered_and_none_is_explained(talk: Talk, db: firestore.Client) -> None:
    talk.follow()
    talk.tap("日本語")
    talk.tap("東区")
    talk.say("たくま")
    offered = [action["label"] for action in actions_of(talk.phone.received()[-1]["message"])]
    assert ["託麻東", "託麻西", "託麻南", "託麻北", "あとで"] == offered
    talk.say("ないない")
    assert "見つかりませんでした" in talk.last_words()
    talk.say("たくまにし")
    assert ("takuma-nishi",) == profile(db, talk.phone).districts


def test_a_topic_button_tapped_twice_or_late_does_what_it_says(talk: Talk, db: firestore.Client) -> None:
    register(talk)
    talk.tap("分野を変える")
    on = talk.phone.tap("防災")
    talk.hear(on)
    talk.hear(talk.phone.tap("✓ 防災"))
    assert "disaster" not in profile(db, talk.phone).topics
    late = talk.event(on, webhookEventId="01LATE")
    talk.chat.handle(late, datetime.now(UTC), datetime.now(UTC))
    assert "disaster" not in profile(db, talk.phone).topics


def test_blocking_stops_and_coming_back_brings_the_choices_back(talk: Talk, db: firestore.Client) -> None:
    register(talk)
    before = datetime.now(UTC)
    assert [] == talk.hear(talk.phone.block())
    row = roster_row(db, talk.phone)
    assert row is not None and not row["following"]
    assert {store.stop_id(talk.phone.user): "blocked"} == store.stopped_since(db, before)
    talk.follow()
    assert "おかえりなさい" in talk.phone.words()[-2]
    assert "区：中央区" in talk.last_words()
    row = roster_row(db, talk.phone)
    assert row is not None and row["following"]
    assert {} == store.stopped_since(db, before)


def test_a_follow_that_comes_after_the_block_that_followed_it_changes_nothing(talk: Talk, db: firestore.Client) -> None:
    followed = talk.phone.follow()
    talk.hear(talk.phone.block())
    talk.hear(followed)
    assert not profile(db, talk.phone).following


def test_stop_leaves_only_what_saves_lives_until_resumed(talk: Talk, db: firestore.Client) -> None:
    register(talk)
    before = datetime.now(UTC)
    talk.say("停止")
    assert profile(db, talk.phone).quiet
    assert {store.stop_id(talk.phone.user): "stopped"} == store.stopped_since(db, before)
    talk.tap("お知らせを再開する")
    assert not profile(db, talk.phone).quiet
    assert {} == store.stopped_since(db, before)


def test_erasing_asks_once_and_then_leaves_nothing(talk: Talk, db: firestore.Client) -> None:
    register(talk)
    talk.say("消去")
    assert "すべて消します" in talk.last_words()
    talk.tap("やめる")
    assert profile(db, talk.phone).wards
    talk.say("消去")
    talk.tap("すべて消す")
    assert "あなたの情報をすべて消しました" in talk.last_words()
    assert store.get(db, talk.phone.user) is None
    assert roster_row(db, talk.phone) is None
    for collection in db.collections():
        for document in collection.stream():
            held = f"{document.id} {document.to_dict()}"
            assert collection.id == "roster_changes" or talk.phone.user not in held, document.reference.path


def test_an_event_from_before_the_erasure_does_not_bring_anyone_back(talk: Talk, db: firestore.Client) -> None:
    talk.follow()
    talk.tap("日本語")
    late = talk.phone.tap("中央区")
    talk.say("消去")
    talk.tap("すべて消す")
    assert [] == talk.hear(late)
    assert store.get(db, talk.phone.user) is None


def test_who_erased_themselves_can_begin_again(talk: Talk, db: firestore.Client) -> None:
    register(talk)
    talk.say("消去")
    talk.tap("すべて消す")
    talk.say("設定")
    talk.tap("English")
    assert "en" == profile(db, talk.phone).language
    row = roster_row(db, talk.phone)
    assert row is not None and "en" == row["language"]


def test_a_tap_on_the_strip_changes_picture_and_language_and_says_so_in_a_sentence(
    talk: Talk, db: firestore.Client, menus: dict[str, str]
) -> None:
    register(talk)
    said = talk.tap_strip("en")
    assert ["We will write to you in English from now on."] == [entry["message"]["text"] for entry in said]
    assert (menus["ordinary-en"], "en") == (talk.menu(), profile(db, talk.phone).language)
    row = roster_row(db, talk.phone)
    assert row is not None and "en" == row["language"]
    assert ["これからは日本語でお送りします。"] == [entry["message"]["text"] for entry in talk.tap_strip("ja")]
    assert menus["ordinary-ja"] == talk.menu()


def test_a_tap_on_the_strip_leaves_nobody_linked_to_the_japanese_menu(
    talk: Talk, platform: StandIn, menus: dict[str, str]
) -> None:
    """A switch to the menu for disasters is one request for all who are linked to none."""
    register(talk)
    talk.tap_strip("ja")
    line = Line(platform.channel_access_token, platform.url)
    rich_menus.set_default(line, menus["disaster-ja"])
    assert menus["disaster-ja"] == talk.menu()


@pytest.mark.parametrize(
    ("before", "asks"),
    [
        (["日本語"], "Which ward do you live in?"),
        (["日本語", "中央区"], "Which school district do you live in?"),
        (["日本語", "中央区", "あとで"], "Choose the topics you want news about"),
    ],
)
def test_a_tap_on_the_strip_asks_what_is_being_asked_again(
    before: list[str], asks: str, talk: Talk, menus: dict[str, str]
) -> None:
    talk.follow()
    for label in before:
        talk.tap(label)
    said = talk.tap_strip("en")
    assert 2 == len(said)
    assert asks in talk.last_words()


def test_a_tap_on_the_strip_answers_the_question_for_the_language(
    talk: Talk, db: firestore.Client, menus: dict[str, str]
) -> None:
    talk.follow()
    talk.tap_strip("en")
    assert "Which ward do you live in?" == talk.last_words()
    talk.say("Chuo Ward")
    assert ("chuo",) == profile(db, talk.phone).wards


def test_a_tap_on_the_strip_does_not_begin_a_registration_that_was_left(talk: Talk, menus: dict[str, str]) -> None:
    talk.follow()
    talk.say("消去")
    talk.tap("やめる")
    assert 1 == len(talk.tap_strip("en"))


def test_an_erasure_is_asked_about_again_in_the_new_language(talk: Talk, menus: dict[str, str]) -> None:
    register(talk)
    talk.say("消去")
    talk.tap_strip("en")
    talk.tap("Cancel")
    assert "Nothing was deleted." in talk.phone.words()[-2]


def test_of_two_taps_on_the_strip_the_later_stands_whichever_is_heard_last(
    talk: Talk, phones: Phones, db: firestore.Client, menus: dict[str, str]
) -> None:
    register(talk)
    first, second = (
        phones.control("POST", f"/residents/{talk.phone.user}/menu/tap", {"area": area}) for area in (2, 1)
    )
    talk.hear(second)
    said = talk.hear(first)
    assert "やさしい" in said[-1]["message"]["text"]
    assert (menus["ordinary-ja-easy"], "ja-easy") == (talk.menu(), profile(db, talk.phone).language)


def test_in_a_group_it_introduces_itself_once_and_keeps_quiet(talk: Talk) -> None:
    phones, now = talk.phone.phones, datetime.now(UTC)
    joined = phones.control("POST", "/groups", {"members": [talk.phone.user]})
    assert "answered" == talk.chat.handle(talk.event(joined), now, now)
    said = phones.control("POST", f"/groups/{joined['group']}/say", {"user": talk.phone.user, "text": "ヘルプ"})
    assert "ignored" == talk.chat.handle(talk.event(said), now, now)
    entries = phones.control("GET", f"/groups/{joined['group']}/chat")["entries"]
    assert 1 == len([entry for entry in entries if entry["by"] == "city"])


def everything_it_can_ask(language: str) -> list[list[dict[str, Any]]]:
    resident = Resident(language=language, topics=tuple(topic.id for topic in city().topics))
    asked = [[residents._ask_language(resident, residents.TEXTS.say("greeting", language, city="市" * 10))]]
    asked += [[residents._summary(resident)], [residents._help(resident)], [residents._ask_erase(resident)]]
    for step in STEPS:
        turn = Asked()
        residents._ask_step(turn, resident, step)  # type: ignore[arg-type]
        asked.append(turn.messages)
    for prefix in ("た", "い", "k"):
        turn = Asked()
        residents._find_district(turn, resident, prefix)  # type: ignore[arg-type]
        asked.append(turn.messages)
    return asked


class Asked:
    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    def ask(self, question: str, *messages: dict[str, Any]) -> None:
        self.messages += messages

    say = ask


@pytest.mark.parametrize("language", LANGUAGES)
def test_line_takes_every_question_in_every_language(language: str) -> None:
    for messages in everything_it_can_ask(language):
        assert [] == faults(messages)


def test_the_time_of_following_is_kept(talk: Talk, db: firestore.Client) -> None:
    talk.follow()
    since = profile(db, talk.phone).since
    assert since is not None and datetime.now(UTC) - since < timedelta(minutes=5)


def test_an_erasure_is_done_though_line_is_down_and_told_when_it_is_back(
    talk: Talk, phones: Phones, db: firestore.Client, platform: StandIn
) -> None:
    talk.follow()
    talk.tap("日本語")
    talk.say("消去")
    phones.control("POST", "/faults", {"endpoint": "*", "kind": "before", "status": 500})
    event = talk.event(talk.phone.tap("すべて消す"))
    now = datetime.now(UTC)
    assert "answer waits: unknown" == talk.chat.handle(event, now, now)
    assert store.get(db, talk.phone.user) is None
    phones.control("DELETE", "/faults")
    line = Line(platform.channel_access_token, platform.url)
    assert 1 == Payer(db, line).pay_what_waits(now + timedelta(seconds=70))
    assert "あなたの情報をすべて消しました" in talk.last_words()
    assert {"at", "expires"} == set(db.collection(CLAIMS).document(event.id).get().to_dict() or {})


def test_an_erasure_by_hand_reaches_the_claims_too_and_what_they_owe(talk: Talk, db: firestore.Client) -> None:
    register(talk)
    now = datetime.now(UTC)
    for erase in (store.erase, handle.erase):
        erase(db, talk.phone.user, now)
    for claim in db.collection(CLAIMS).stream():
        assert {"at", "expires"} == set(claim.to_dict() or {})
