"""The city's chat without functions or Pub/Sub in between: what a phone does is handled here, its answer is shown."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from google.cloud import firestore

from local.phones import Entry, Phone, Phones
from local.stand_in import StandIn
from local.stand_in import line_platform as stand_in
from tsunagu.chat import handle
from tsunagu.chat.catalogue import LANGUAGES
from tsunagu.chat.handle import Chat
from tsunagu.line import rich_menus
from tsunagu.line.client import Line
from tsunagu.line.events import Event, parse
from tsunagu.line.postback import Postback
from tsunagu.menus import store as menus_store
from tsunagu.menus.link import show
from tsunagu.menus.rules import DEFAULT, Mode, alias_of
from tsunagu.residents import chat as residents
from tsunagu.residents import store


@pytest.fixture(scope="session")
def platform() -> Iterator[StandIn]:
    with stand_in() as running:
        yield running


@pytest.fixture
def phones(platform: StandIn) -> Phones:
    """A platform without residents, faults or memory."""
    phones = Phones(platform.url)
    phones.control("POST", "/reset", {})
    return phones


@pytest.fixture
def chat(db: firestore.Client, platform: StandIn) -> Chat:
    """The residents' part of the city's conversation."""
    line = Line(platform.channel_access_token, platform.url)
    return Chat(
        db=db,
        line=line,
        hearings=[
            residents.following,
            residents.take_back,
            residents.language_strip(ask_again=[]),
            residents.words_and_buttons,
            residents.answer,
            residents.otherwise,
        ],
        in_groups=[residents.in_group],
        erasers=[store.erase, handle.erase],
        show_menu=partial(show, db, line),
    )


@pytest.fixture
def menus(db: firestore.Client, phones: Phones, platform: StandIn) -> dict[str, str]:
    """Menus with nothing on them but the strip of languages, deployed. Returns alias → LINE's id of the menu."""
    line = Line(platform.channel_access_token, platform.url)
    picture = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR" + (800).to_bytes(4, "big") + (540).to_bytes(4, "big")
    made = {}
    for mode in Mode:
        areas = [
            {
                "bounds": {"x": 200 * place, "y": 0, "width": 200, "height": 540},
                "action": {
                    "type": "richmenuswitch",
                    "richMenuAliasId": alias_of(mode, language),
                    "data": Postback("residents/language", {"v": language}).write(),
                    "label": language,
                },
            }
            for place, language in enumerate(LANGUAGES)
        ]
        about = {"size": {"width": 800, "height": 540}, "selected": False, "chatBarText": "メニュー", "areas": areas}
        for alias in (alias_of(mode, language) for language in LANGUAGES):
            made[alias] = str(rich_menus.create(line, {**about, "name": alias}).answer["richMenuId"])
            rich_menus.upload(line, made[alias], picture)
            rich_menus.create_alias(line, alias, made[alias])
    rich_menus.set_default(line, made[alias_of(Mode.ORDINARY, DEFAULT)])
    ids = {mode.value: {language: made[alias_of(mode, language)] for language in LANGUAGES} for mode in Mode}
    menus_store.prepare(db, ids, datetime.now(UTC), "taro@city.example")
    return made


@dataclass
class Talk:
    """One resident in conversation."""

    phone: Phone
    chat: Chat

    def event(self, done: Any, **changed: Any) -> Event:
        """The event that a doing on the phone made, as LINE would have posted it."""
        raw = self.phone.phones.control("GET", f"/events/{done['event']}")
        event = parse(json.dumps({**raw, **changed}).encode())
        assert event is not None
        return event

    def hear(self, done: Any, **changed: Any) -> list[Entry]:
        """Handle it, and return what the phone shows then that it did not show before."""
        before = self.phone.latest()
        now = datetime.now(UTC)
        self.chat.handle(self.event(done, **changed), now, now)
        return [entry for entry in self.phone.received() if entry["n"] > before]

    def follow(self) -> list[Entry]:
        return self.hear(self.phone.follow())

    def say(self, words: str) -> list[Entry]:
        return self.hear(self.phone.say(words))

    def tap(self, label: str) -> list[Entry]:
        return self.hear(self.phone.tap(label))

    def tap_strip(self, language: str) -> list[Entry]:
        """On the rich menu."""
        area = {"area": LANGUAGES.index(language)}
        return self.hear(self.phone.phones.control("POST", f"/residents/{self.phone.user}/menu/tap", area))

    def menu(self) -> str | None:
        """LINE's id of the rich menu that the phone shows."""
        seen = self.phone.phones.control("GET", f"/residents/{self.phone.user}/menu")
        return str(seen["richMenuId"]) if seen else None

    def last_words(self) -> str:
        return self.phone.words()[-1]


@pytest.fixture
def talk(phones: Phones, chat: Chat) -> Talk:
    return Talk(phones.add(1)[0], chat)
