"""お知らせ on a resident's phone: what was sent of late to people like them, to be read again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.cloud.firestore import Client

from local.phones import Entry, actions_of, words_of
from local.stand_in import StandIn
from tests.tsunagu.broadcasts.world import World
from tests.tsunagu.conftest import Talk
from tsunagu.audiences.upload import delete, upload
from tsunagu.broadcasts import store
from tsunagu.broadcasts.chat import BroadcastChat
from tsunagu.broadcasts.life.withdraw import withdraw
from tsunagu.broadcasts.rules import State
from tsunagu.chat import handle
from tsunagu.chat.catalogue import LANGUAGES
from tsunagu.chat.handle import Chat
from tsunagu.line.client import Line
from tsunagu.line.messages import faults
from tsunagu.residents import chat as residents
from tsunagu.residents import store as residents_store
from tsunagu.residents.rules import Resident

NEWS = """
id: {id}
title: {title}
kind: {kind}
when: now
audience: {to}
messages:
  - text: {{ja: "{id}です", en: "This is {id}\\nand more"}}
  - card: {{title: {{ja: カード, en: A card}}, buttons: [{{label: {{ja: アンケート}}, survey: kosodate-2026}}]}}
"""


@pytest.fixture
def chat(db: Client, platform: StandIn) -> Chat:
    return Chat(
        db=db,
        line=Line(platform.channel_access_token, platform.url),
        hearings=[
            residents.following,
            BroadcastChat().words_and_buttons,
            residents.words_and_buttons,
            residents.otherwise,
        ],
        in_groups=[],
        erasers=[residents_store.erase, handle.erase],
    )


class Newsroom:
    """Broadcasts that went out to whoever there was; `world.now` is when the next one does."""

    def __init__(self, world: World) -> None:
        self.world = world
        world.now = datetime.now(UTC) - timedelta(hours=2)

    def send(self, id: str, title: str = "お知らせ", kind: str = "news", to: str = "{}") -> str:
        broadcast = self.world.write(NEWS.format(id=id, title=title, kind=kind, to=to))
        assert State.SENT == self.world.run(broadcast).state
        self.world.now += timedelta(minutes=1)
        return broadcast


@pytest.fixture
def newsroom(db: Client, platform: StandIn) -> Newsroom:
    return Newsroom(World(db, platform))


def settle(talk: Talk, **chosen: Any) -> None:
    """They follow, and have chosen so."""
    talk.follow()
    resident = replace(Resident(**chosen), version=1)
    for reference, content in residents_store.documents_of(talk.chat._db, talk.phone.user, resident):
        reference.set(content)


def titles(said: list[Entry]) -> list[str]:
    """The titles in a list of news, without their numbers."""
    assert 1 == len(said)
    lines = words_of(said[0]["message"]).splitlines()
    return [line.partition(". ")[2] for line in lines if line[:1].isdigit() and ". " in line]


def test_the_latest_news_is_listed_with_its_date_and_read_again_as_it_was_sent(talk: Talk, newsroom: Newsroom) -> None:
    settle(talk)
    newsroom.world.now = datetime.now(UTC).replace(hour=23, minute=7) - timedelta(days=3)
    day = newsroom.world.now + timedelta(hours=9)
    newsroom.send("first", "最初のお知らせ")
    newsroom.send("second", "次のお知らせ")
    said = talk.say("お知らせ")
    assert ["次のお知らせ", "最初のお知らせ"] == titles(said)
    assert f"{day.month}月{day.day}日 8:07" in words_of(said[0]["message"])
    assert "お知らせ（2件）" == said[0]["message"]["altText"]
    read = talk.tap("2番を読む")
    assert newsroom.world.get("first").messages["ja"] == [entry["message"] for entry in read]
    assert "firstです" == read[0]["message"]["text"]


@pytest.mark.parametrize("words", ["お知らせ", "おしらせ", "お知（し）らせ", "ニュース", "News", " ＮＥＷＳ"])
def test_it_is_asked_for_by_word(words: str, talk: Talk, newsroom: Newsroom) -> None:
    settle(talk)
    newsroom.send("one", "ひとつ")
    assert ["ひとつ"] == titles(talk.say(words))


def tap_menu(talk: Talk, data: str) -> list[Entry]:
    """An area of the rich menu, whose postback is `data`."""
    return talk.hear(talk.phone.phones.control("POST", f"/residents/{talk.phone.user}/tap", {"data": data}))


def test_the_menu_for_disasters_asks_for_what_may_save_lives_alone(talk: Talk, newsroom: Newsroom) -> None:
    settle(talk)
    newsroom.send("flood", "避難してください", "life_safety")
    newsroom.send("concert", "音楽会")
    assert ["音楽会", "避難してください"] == titles(tap_menu(talk, "broadcasts/news"))
    assert "【緊急】" in talk.last_words()
    for said in (tap_menu(talk, "broadcasts/news?kind=life_safety"), talk.say("緊急のお知らせ")):
        assert ["避難してください"] == titles(said)
    assert ["音楽会", "避難してください"] == titles(talk.tap("すべてのお知らせ"))


def test_everyone_sees_what_is_for_their_area_topics_and_language(talk: Talk, newsroom: Newsroom) -> None:
    settle(talk, wards=("chuo",), topics=("refuse",), language="en")
    newsroom.send("of-all")
    newsroom.send("of-ward", to="{wards: [chuo, kita]}")
    newsroom.send("of-other-ward", to="{wards: [kita]}")
    newsroom.send("of-topic", to="{topics: [refuse]}")
    newsroom.send("of-other-topic", to="{topics: [health]}")
    newsroom.send("of-language", to="{languages: [en]}")
    newsroom.send("of-other-language", to="{languages: [ja]}")
    seen = ["This is of-language", "This is of-topic", "This is of-ward", "This is of-all"]
    assert seen == titles(talk.say("news"))


def test_what_may_save_a_life_is_shown_whatever_the_topics_and_to_who_named_no_ward(
    talk: Talk, newsroom: Newsroom
) -> None:
    settle(talk)
    newsroom.send("kita-flood", "北区", "life_safety", "{wards: [kita], topics: [health]}")
    assert ["北区"] == titles(talk.say("お知らせ"))
    settle_again = replace(Resident(wards=("chuo",)), version=2)
    for reference, content in residents_store.documents_of(newsroom.world.db, talk.phone.user, settle_again):
        reference.set(content)
    assert "お知らせはありません" in talk.say("お知らせ")[0]["message"]["text"]


def test_whoever_is_on_a_list_sees_what_was_sent_to_it_as_long_as_that_can_be_told(
    talk: Talk, newsroom: Newsroom
) -> None:
    settle(talk, tags=("volunteer",))
    db, now, others = newsroom.world.db, newsroom.world.now, f"U{'0' * 32}"
    for name, user in (("ours", talk.phone.user), ("others", others)):
        upload(db, name, name, user.encode(), "editor@city.example", now)
    newsroom.send("of-list", "名簿", to="{lists: [ours], tags: [volunteer]}")
    newsroom.send("of-other-list", "ほかの名簿", to="{lists: [others]}")
    newsroom.send("of-neither", "名簿にない人", to="{not: {lists: [ours]}}")
    assert ["名簿"] == titles(talk.say("お知らせ"))
    delete(db, "ours", "editor@city.example", now)
    assert "お知らせはありません" in talk.say("お知らせ")[0]["message"]["text"]


def test_who_stopped_messages_may_still_ask_for_them(talk: Talk, newsroom: Newsroom) -> None:
    settle(talk, quiet=True)
    newsroom.send("one", "ひとつ")
    assert ["ひとつ"] == titles(talk.say("お知らせ"))


def test_those_who_read_another_version_see_how_it_begins_in_place_of_the_title(talk: Talk, newsroom: Newsroom) -> None:
    settle(talk, language="en")
    newsroom.send("one", "日本語の題")
    assert ["This is one"] == titles(talk.say("news"))
    assert ["This is one\nand more", "A card"] == [
        entry["message"].get("text") or entry["message"]["altText"] for entry in talk.tap("Read 1")
    ]


def test_a_reminder_is_no_news(talk: Talk, newsroom: Newsroom) -> None:
    settle(talk)
    newsroom.send("invitation", "お願い")
    newsroom.send("reminder", "まだの方へ")
    store.reference(newsroom.world.db, "reminder").update({"remind": True, "survey": "kosodate"})
    assert ["お願い"] == titles(talk.say("お知らせ"))


def test_where_there_is_no_news_it_says_so_kindly(talk: Talk) -> None:
    settle(talk)
    assert "新しいお知らせは、このトークに届きます" in talk.say("お知らせ")[0]["message"]["text"]
    urgent = tap_menu(talk, "broadcasts/news?kind=life_safety")[0]["message"]["text"]
    assert "お知らせを待たずに避難してください" in urgent
    assert "119" in urgent


def test_no_more_than_the_five_latest_are_shown(talk: Talk, newsroom: Newsroom) -> None:
    settle(talk)
    for number in range(7):
        newsroom.send(f"number-{number}", f"{number}番目")
    said = talk.say("お知らせ")
    assert ["6番目", "5番目", "4番目", "3番目", "2番目"] == titles(said)
    assert "number-2です" == talk.tap("5番を読む")[0]["message"]["text"]


def test_what_was_withdrawn_failed_or_has_not_gone_out_is_not_shown(talk: Talk, newsroom: Newsroom) -> None:
    world = newsroom.world
    settle(talk)
    world.people(1)
    world.move_in()
    newsroom.send("sent", "送った")
    newsroom.send("failed", "届かなかった")
    store.reference(world.db, "failed").update({"state": State.FAILED.value})
    sending, withdrawn = (
        world.write(NEWS.format(id=id, title=title, kind="news", to="{}"))
        for id, title in (("sending", "送っている"), ("withdrawn", "やめた"))
    )
    world.tick()
    withdraw(world.db, withdrawn, "editor@city.example", world.now)
    world.write(NEWS.format(id="scheduled", title="これから", kind="news", to="{}"))
    assert State.SENDING == world.get(sending).state
    assert ["送っている", "送った"] == titles(talk.say("お知らせ"))


def test_a_button_for_what_was_withdrawn_since_or_is_a_month_old_or_never_was_is_explained(
    talk: Talk, newsroom: Newsroom
) -> None:
    settle(talk)
    newsroom.send("wrong")
    talk.say("お知らせ")
    store.reference(newsroom.world.db, "wrong").update({"state": State.WITHDRAWN.value})
    assert "読むことができません" in talk.tap("1番を読む")[0]["message"]["text"]
    newsroom.world.now = datetime.now(UTC) - timedelta(days=31)
    newsroom.send("old")
    assert "お知らせはありません" in talk.say("お知らせ")[0]["message"]["text"]
    for id in ("old", "nothing-such", "", "a/b", "..", "%", "__x__", "あ"):
        assert "読むことができません" in tap_menu(talk, f"broadcasts/read?id={id}")[0]["message"]["text"], id


@pytest.mark.parametrize(
    "title", ["<b>{title}</b> & 100% {0}", "\u202eあべこべ", "😀" * 50, "=1+1", "**太字** \\n `x`", "長" * 100]
)
def test_a_title_is_shown_as_it_was_written(title: str, talk: Talk, newsroom: Newsroom) -> None:
    settle(talk)
    newsroom.send("odd", "題")
    store.reference(newsroom.world.db, "odd").update({"title": title})
    said = talk.say("お知らせ")
    assert [title] == titles(said)
    assert [] == faults([said[0]["message"]])


@pytest.mark.parametrize("language", LANGUAGES)
def test_line_takes_the_list_in_every_language(language: str, talk: Talk, newsroom: Newsroom) -> None:
    settle(talk, language=language)
    assert [] == faults([entry["message"] for entry in talk.say("お知らせ")])
    for number in range(5):
        newsroom.send(f"number-{number}", "題" * 100, "life_safety")
    said = tap_menu(talk, "broadcasts/news?kind=life_safety")
    assert [] == faults([entry["message"] for entry in said])
    assert 6 == len(list(actions_of(said[0]["message"])))


def test_an_event_from_before_an_erasure_is_not_answered(talk: Talk, newsroom: Newsroom) -> None:
    settle(talk)
    late = talk.phone.say("お知らせ")
    talk.say("消去")
    talk.tap("すべて消す")
    assert [] == talk.hear(late)
