"""The city's chat without functions or Pub/Sub in between: what a phone does is handled here, its answer is shown."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from google.cloud import firestore

from local.phones import Entry, Phone, Phones
from local.stand_in import StandIn
from local.stand_in import line_platform as stand_in
from tsunagu.chat import handle
from tsunagu.chat.handle import Chat
from tsunagu.line.client import Line
from tsunagu.line.events import Event, parse
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
    return Chat(
        db=db,
        line=Line(platform.channel_access_token, platform.url),
        hearings=[
            residents.following,
            residents.take_back,
            residents.words_and_buttons,
            residents.answer,
            residents.otherwise,
        ],
        in_groups=[residents.in_group],
        erasers=[store.erase, handle.erase],
    )


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

    def last_words(self) -> str:
        return self.phone.words()[-1]


@pytest.fixture
def talk(phones: Phones, chat: Chat) -> Talk:
    return Talk(phones.add(1)[0], chat)
