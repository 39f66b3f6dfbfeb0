"""What the surveys hear: buttons and the word アンケート, answers that were typed, messages taken back."""

from datetime import datetime
from zoneinfo import ZoneInfo

from google.cloud import firestore

import tsunagu.residents.store
from tsunagu.chat.turn import Turn
from tsunagu.residents.city import as_typed
from tsunagu.residents.rules import Resident
from tsunagu.surveys.erase import erase
from tsunagu.surveys.talk import SUBJECT, Talk, question_named

WORDS = {as_typed(word) for word in ("アンケート", "アンケート一覧", "調査", "survey", "surveys")}


class SurveyChat:
    def __init__(self, respondent_secret: str, city_timezone: str = "Asia/Tokyo") -> None:
        self._secret = respondent_secret
        self._city = ZoneInfo(city_timezone)

    def erase(self, db: firestore.Client, user: str, now: datetime) -> None:
        erase(db, self._secret, user, now)

    def take_back(self, turn: Turn) -> bool:
        """unsend of a message that answered a question of ours: nothing of it stays."""
        message = turn.event.unsent
        asked = question_named(turn.belongs(message)) if turn.event.kind == "unsend" and message else None
        if message is None or asked is None:
            return False
        turn.unsend(message)
        if (talk := self._talk(turn)) is not None:
            talk.take_back(*asked, message)
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
        """Words that answer the question that was open when they were typed."""
        asked = question_named(turn.open_then)
        if turn.event.kind != "message" or asked is None:
            return False
        if (talk := self._talk(turn)) is not None:
            talk.typed(*asked)
        return True

    def ask_again(self, turn: Turn, resident: Resident) -> bool:
        """The question that is open now once more, as this resident reads it; False: none of ours is."""
        asked = question_named(turn.open_now)
        return asked is not None and Talk(self._secret, self._city, turn, resident).ask_again(asked[0])

    def _talk(self, turn: Turn) -> Talk | None:
        """None for an event from before its sender's erasure."""
        resident = tsunagu.residents.store.read(turn, turn.user)
        if resident is None and tsunagu.residents.store.was_erased_after(turn, turn.event.at):
            return None
        return Talk(self._secret, self._city, turn, resident or Resident(since=turn.now))
