"""What the surveys hear: buttons and the word アンケート, answers that were sent, messages taken back."""

from datetime import datetime
from zoneinfo import ZoneInfo

from google.cloud import firestore

import tsunagu.residents.store
from tsunagu.chat.turn import Turn
from tsunagu.residents.city import as_typed
from tsunagu.residents.rules import Resident
from tsunagu.surveys.ask.paper import SUBJECT, Named
from tsunagu.surveys.ask.photos import Photos
from tsunagu.surveys.ask.talk import Talk
from tsunagu.surveys.erase import NOWHERE, erase

WORDS = {as_typed(word) for word in ("アンケート", "アンケート一覧", "調査", "survey", "surveys")}


class SurveyChat:
    """`photos`: None where there is no private bucket, and no photo can be taken."""

    def __init__(self, respondent_secret: str, city_timezone: str = "Asia/Tokyo", photos: Photos | None = None) -> None:
        self._secret = respondent_secret
        self._city = ZoneInfo(city_timezone)
        self._photos = photos

    def erase(self, db: firestore.Client, user: str, now: datetime) -> None:
        erase(db, self._secret, user, now, self._photos or NOWHERE)

    def take_back(self, turn: Turn) -> bool:
        """unsend of a message that answered a question of ours: nothing of it stays."""
        message = turn.event.unsent
        named = Named.read(turn.belongs(message)) if turn.event.kind == "unsend" and message else None
        if message is None or named is None:
            return False
        turn.unsend(message)
        if (talk := self._talk(turn)) is not None:
            talk.take_back(named, message)
        return True

    def words_and_buttons(self, turn: Turn) -> bool:
        """What works at any time, whatever else is being asked."""
        event = turn.event
        button = event.postback if event.kind == "postback" else None
        if button is not None and button.path.startswith(SUBJECT):
            if (talk := self._talk(turn)) is not None:
                talk.tapped(button)
            return True
        if event.kind == "message" and event.text is not None and as_typed(event.text) in WORDS:
            if (talk := self._talk(turn)) is not None:
                talk.show_all()
            return True
        return False

    def answer(self, turn: Turn) -> bool:
        """A message that answers the question that was open when it was sent."""
        named = Named.read(turn.open_then)
        if turn.event.kind != "message" or named is None:
            return False
        if (talk := self._talk(turn)) is not None:
            talk.sent(named)
        return True

    def ask_again(self, turn: Turn, resident: Resident) -> bool:
        """What is open now once more, as this resident reads it; False: none of ours is."""
        named = Named.read(turn.open_now)
        return named is not None and self._as(turn, resident).ask_again(named.survey)

    def _talk(self, turn: Turn) -> Talk | None:
        """None for an event from before its sender's erasure."""
        resident = tsunagu.residents.store.read(turn, turn.user)
        if resident is None and tsunagu.residents.store.was_erased_after(turn, turn.event.at):
            return None
        return self._as(turn, resident or Resident(since=turn.now))

    def _as(self, turn: Turn, resident: Resident) -> Talk:
        return Talk(self._secret, self._city, turn, resident, self._photos)
