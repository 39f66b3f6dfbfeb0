"""お知らせ: what was sent of late to people like the one who asks, to be read again."""

import re
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import tsunagu.residents.store
from tsunagu.audiences import store as audiences
from tsunagu.broadcasts import store, testers
from tsunagu.broadcasts.rules import Kind
from tsunagu.broadcasts.store import Broadcast
from tsunagu.chat.catalogue import DEFAULT_LANGUAGE, Catalogue
from tsunagu.chat.turn import Turn
from tsunagu.cloud.outcomes import Rejected
from tsunagu.line.messages import Button, Message, shortened, text, with_quick
from tsunagu.line.postback import Postback
from tsunagu.residents.city import as_typed, city
from tsunagu.residents.rules import Resident, row

TEXTS = Catalogue(Path(__file__).with_name("texts"))

SUBJECT = "broadcasts/"
SHOWN = 5
KEPT = timedelta(days=30)  # older news would mislead
ID = re.compile(r"[a-z0-9-]{1,64}")  # a button's words become a document's name
GREY = "#595959"  # 7:1 on white
RED = "#B00020"  # 7.3:1 on white

NEWS = ("お知らせ", "おしらせ", "お知（し）らせ", "お知らせ一覧", "ニュース", "news")
URGENT = ("緊急のお知らせ", "緊急（きんきゅう）の お知（し）らせ", "緊急", "urgent news", "emergency news")
WORDS: dict[str, Kind | None] = {as_typed(word): None for word in NEWS} | {
    as_typed(word): Kind.LIFE_SAFETY for word in URGENT
}


class BroadcastChat:
    def __init__(self, city_timezone: str = "Asia/Tokyo") -> None:
        self._zone = ZoneInfo(city_timezone)

    def words_and_buttons(self, turn: Turn) -> bool:
        """What works at any time; what is being asked stays open."""
        event = turn.event
        button = event.postback if event.kind == "postback" else None
        typed = as_typed(event.text) if event.kind == "message" and event.text is not None else None
        of_testers = testers.concerns(typed)
        if typed not in WORDS and not of_testers and (button is None or not button.path.startswith(SUBJECT)):
            return False
        resident = tsunagu.residents.store.read(turn, turn.user)
        if resident is None and tsunagu.residents.store.was_erased_after(turn, event.at):
            return True
        resident = resident or Resident(since=turn.now)
        if button is not None and button.path == f"{SUBJECT}read":
            turn.say(*_again(turn, resident.language, button.fields.get("id", "")))
        elif of_testers:
            key, values = testers.hear(turn, str(typed))
            turn.say(text(TEXTS.say(key, resident.language, **values)))
        elif button is not None:
            urgent = button.fields.get("kind") == Kind.LIFE_SAFETY
            turn.say(self._list(turn, resident, Kind.LIFE_SAFETY if urgent else None))
        else:
            turn.say(self._list(turn, resident, WORDS[str(typed)]))
        return True

    def _list(self, turn: Turn, resident: Resident, kind: Kind | None) -> Message:
        """`kind` None: of every kind."""
        language = resident.language
        sent = store.sent_since(turn.db, turn.now - KEPT)
        # A reminder says again what stands here already, and is not for everyone who reads this.
        mine = (each for each in sent if kind in (None, each.kind) and not each.remind)
        found = list(islice((each for each in mine if self._is_for(turn, resident, each)), SHOWN))
        key = "news" if kind is None else "urgent_news"
        other = Button(TEXTS.say("all_news", language), Postback(f"{SUBJECT}news"))
        quick = [] if kind is None else [other]
        if not found:
            return text(TEXTS.say(f"{key}_none", language), quick)
        title = TEXTS.say(key, language)
        rows = [
            part
            for number, each in enumerate(found, 1)
            for part in _row(number, each, self._moment(each, language), language)
        ]
        bubble = {"type": "bubble", "body": _box([_text(title, weight="bold", size="lg"), *rows])}
        alt = TEXTS.say("alt", language, title=title, count=len(found))
        return with_quick({"type": "flex", "altText": alt, "contents": bubble}, quick)

    def _is_for(self, turn: Turn, resident: Resident, broadcast: Broadcast) -> bool:
        """By what they chose until now, also of what was sent before; who asks by themselves may be quiet."""
        person = row(resident, city().ward_of) | {"following": True, "quiet": False}
        urgent, key = broadcast.kind is Kind.LIFE_SAFETY, tsunagu.residents.store.key_of(turn.user)
        try:
            to = audiences.expanded(turn.db, broadcast.to)
            return to.is_for(urgent, person, lambda name: audiences.holds(turn.db, name, key), self._zone)
        except Rejected:
            # A list that it needs has expired: nobody can tell any more.
            return False

    def _moment(self, broadcast: Broadcast, language: str) -> str:
        at = (broadcast.frozen_at or broadcast.when).astimezone(self._zone)
        month = TEXTS.say("months", language).split()[at.month - 1]
        return TEXTS.say("moment", language, month=month, day=at.day, time=f"{at.hour}:{at.minute:02}")


def _again(turn: Turn, language: str, broadcast: str) -> list[Message]:
    """Its messages as they were sent in this language."""
    found = store.get(turn.db, broadcast) if ID.fullmatch(broadcast) else None
    if found is None or not found.went_out or found.frozen_at is None or found.frozen_at < turn.now - KEPT:
        back = Button(TEXTS.say("all_news", language), Postback(f"{SUBJECT}news"))
        return [text(TEXTS.say("gone", language), [back])]
    return found.messages[_version(found, language)]


def _version(broadcast: Broadcast, language: str) -> str:
    return broadcast.version_for.get(language, broadcast.version_for[DEFAULT_LANGUAGE])


def _headline(broadcast: Broadcast, language: str) -> str:
    """Its title, which staff write in Japanese; to those who read another version, how that begins."""
    version = _version(broadcast, language)
    if version == _version(broadcast, DEFAULT_LANGUAGE):
        return broadcast.title
    words = [str(message.get("text") or message.get("altText") or "") for message in broadcast.messages[version]]
    lines = [line.strip() for said in words for line in said.splitlines() if line.strip()]
    return shortened(lines[0], 60) if lines else broadcast.title


def _row(number: int, broadcast: Broadcast, moment: str, language: str) -> list[dict[str, Any]]:
    urgent = broadcast.kind is Kind.LIFE_SAFETY
    when = TEXTS.say("urgent", language, moment=moment) if urgent else moment
    read = Button(TEXTS.say("read", language, number=number), Postback(f"{SUBJECT}read", {"id": broadcast.id}))
    return [
        {"type": "separator", "margin": "lg"},
        _text(when, size="sm", color=RED if urgent else GREY, margin="lg"),
        _text(f"{number}. {_headline(broadcast, language)}", weight="bold", size="md", margin="sm"),
        {"type": "button", "action": read.action(), "height": "sm", "style": "secondary", "margin": "md"},
    ]


def _box(contents: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "box", "layout": "vertical", "contents": contents}


def _text(words: str, **look: object) -> dict[str, Any]:
    return {"type": "text", "text": words, "wrap": True, **look}
