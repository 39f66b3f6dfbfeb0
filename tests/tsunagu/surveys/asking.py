"""A survey being answered on the emulator, event by event, without LINE in between."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from google.cloud import firestore

from tsunagu.chat.turn import Turn
from tsunagu.cloud.firestore import in_transaction
from tsunagu.line.events import Event, Place
from tsunagu.line.messages import Message, faults
from tsunagu.line.postback import Postback
from tsunagu.surveys import store
from tsunagu.surveys.ask.photos import Photos
from tsunagu.surveys.chat import SurveyChat
from tsunagu.surveys.definition import Definition
from tsunagu.surveys.rules import Response, State
from tsunagu.surveys.store import Survey

SECRET = "a secret of the city"
BEGAN = datetime(2026, 11, 10, 3, 0, tzinfo=UTC)


def begin(db: firestore.Client, definition: Definition, now: datetime = BEGAN) -> None:
    store.put(db, definition)
    store.become(db, definition.id, State.OPEN, now)


def survey_of(db: firestore.Client, definition: Definition) -> Survey:
    survey = store.get(db, definition.id)
    assert survey is not None
    return survey


@dataclass
class Asked:
    """One resident. Each event happens a second after the one before, and arrives at once unless told otherwise."""

    db: firestore.Client
    definition: Definition
    number: int = 1
    clock: datetime = BEGAN
    numbers: "count[int]" = field(default_factory=count)
    photos: Photos | None = None

    @property
    def user(self) -> str:
        return f"U{self.number:032x}"

    @property
    def chat(self) -> SurveyChat:
        return SurveyChat(SECRET, photos=self.photos)

    def event(self, kind: str = "postback", **more: Any) -> Event:
        self.clock += timedelta(seconds=1)
        number = next(self.numbers)
        at = int(self.clock.timestamp() * 1000)
        return Event(f"event-{self.number}-{number}", kind, at, user=self.user, reply_token="t", **more)

    def button(self, verb: str, **fields: str) -> Event:
        return self.event(postback=Postback(f"surveys/{verb}", {"s": self.definition.id, **fields}))

    def words(self, text: str | None) -> Event:
        return self.event("message", text=text, message_id=f"m{self.number}-{next(self.numbers)}")

    def message(self, **sent: Any) -> Event:
        """`picture=True`, or what is no words, place or picture: a sticker, say."""
        return self.event("message", **{"message_id": f"m{self.number}-{next(self.numbers)}", **sent})

    def unsend(self, text: Event) -> Event:
        return self.event("unsend", unsent=text.message_id)

    def hear(self, event: Event, now: datetime | None = None) -> list[Message]:
        """As the chat's kernel would: one transaction. Checks LINE's limits on what is said."""

        def body(transaction: firestore.Transaction) -> list[Message]:
            turn = Turn(self.db, transaction, event, self.user, now or self.clock)
            hearings = (self.chat.take_back, self.chat.words_and_buttons, self.chat.answer, _unsent)
            assert any(hear(turn) for hear in hearings), event
            turn.finish()
            return turn.said

        said = in_transaction(self.db, body)
        assert [] == (faults(said) if said else [])
        return said

    def tap(self, verb: str, **fields: str) -> list[Message]:
        return self.hear(self.button(verb, **fields))

    def say(self, text: str) -> list[Message]:
        return self.hear(self.words(text))

    def pick(self, q: str, **params: str) -> list[Message]:
        """What the phone's picker brings back."""
        button = Postback("surveys/pick", {"s": self.definition.id, "q": q})
        return self.hear(self.event(postback=button, params=params))

    def place(self, lat: float, lon: float, words: str = "") -> Event:
        return self.message(place=Place(lat, lon, words))

    def send_place(self, lat: float, lon: float, words: str = "") -> list[Message]:
        return self.hear(self.place(lat, lon, words))

    def response(self) -> Response | None:
        survey = survey_of(self.db, self.definition)
        assert survey.salt is not None
        name = store.pseudonym(SECRET, survey.salt, self.user)
        document = store.response_reference(self.db, survey, name).get().to_dict()
        return store.of_response(document) if document else None

    def values(self) -> dict[str, Any]:
        """What is answered, by question; skipped is None."""
        response = self.response()
        return {id: answer.value for id, answer in response.answers.items() if answer.holds()} if response else {}


def _unsent(turn: Turn) -> bool:
    if turn.event.unsent:
        turn.unsend(turn.event.unsent)
    return turn.event.unsent is not None
