"""Chats as a phone shows them. Those nobody looks at or writes in are not kept, but read off the record when needed."""

from array import array
from dataclasses import dataclass, field
from threading import Condition, RLock
from typing import Any, Literal

from local.line_platform.friends import FOLLOWING, Friends
from local.line_platform.record import Call, Record

By = Literal["city", "resident", "notice"]


@dataclass
class Entry:
    n: int
    at: int
    by: By
    how: str  # reply, push, multicast; say, tap; follow, block, unblock, join
    message: dict[str, Any] | None  # LINE's message object
    message_id: str | None = None
    user: str | None = None  # the speaker, in a group
    event: str | None = None
    key: str | None = None
    request_id: str | None = None
    unsent: bool = False

    def as_json(self) -> dict[str, Any]:
        return dict(self.__dict__)


@dataclass
class Chat:
    """`version` grows with every change, so that a page knows when to draw again."""

    id: str
    entries: list[Entry] = field(default_factory=list)
    version: int = 1
    read: int = 0
    loading_until: int = 0

    def add(self, at: int, by: By, how: str, message: dict[str, Any] | None, **more: Any) -> Entry:
        entry = Entry(len(self.entries) + 1, at, by, how, message, **more)
        self.entries.append(entry)
        self.version += 1
        return entry


@dataclass
class Group:
    id: str
    name: str
    members: list[str]


class Chats:
    """`lock` is the platform's one lock: it also guards friends, record, keys and tokens. `changed` tells of changes in
    chats; `watched` tells the phone page of everything, so that a broadcast wakes nobody who waits for a message."""

    def __init__(self, friends: Friends, record: Record) -> None:
        self.lock = RLock()
        self.changed = Condition(self.lock)
        self.watched = Condition(self.lock)
        self.friends = friends
        self.record = record
        self.groups: dict[str, Group] = {}
        self.version = 1
        self._open: dict[str, Chat] = {}

    def open(self, chat_id: str) -> Chat:
        chat = self._open.get(chat_id)
        if chat is None:
            chat = self._open[chat_id] = Chat(chat_id)
            number = self.friends.number(chat_id)
            if number is not None and self.friends.delivered[number]:
                for call in self.record.calls:
                    if number in call.delivered:
                        for _ in range(call.delivered.count(number)):
                            self._write(chat, call)
        return chat

    def opened(self) -> dict[str, Chat]:
        return self._open

    def touch(self, chat: Chat | None = None) -> None:
        if chat is not None:
            chat.version += 1
        self.version += 1
        self.changed.notify_all()
        self.watched.notify_all()

    def deliver(self, call: Call, to: list[str], numbers: list[int]) -> None:
        """Puts an accepted send into the chats of those who follow: `numbers`, of the ids that it named."""
        counts = self.friends.delivered
        for number in numbers:
            counts[number] += 1
        call.delivered = array("I", numbers)
        chats = [chat_id for chat_id in to if chat_id in self._open or chat_id in self.groups]
        seen = [chat_id for chat_id in chats if self.friends.state(chat_id) in (None, FOLLOWING)]
        for chat_id in seen:
            chat = self.open(chat_id)
            chat.loading_until = 0
            self._write(chat, call)
        if seen or len(to) == 1:
            self.touch()

    def _write(self, chat: Chat, call: Call) -> None:
        for message, message_id in zip(call.messages, call.message_ids, strict=True):
            chat.add(
                call.at,
                "city",
                call.endpoint,
                message,
                message_id=message_id,
                key=call.key,
                request_id=call.request_id,
            )
