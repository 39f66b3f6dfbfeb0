"""One event being heard, inside one Firestore transaction: what a subject may read, write, say and ask."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from google.cloud import firestore
from google.cloud.firestore import DocumentReference, DocumentSnapshot

from tsunagu.line.events import Event
from tsunagu.line.messages import MESSAGES_LIMIT, Message

CONVERSATIONS = "conversations"
CLAIMS = "handled_events"
KEPT = timedelta(days=90)  # an idle conversation is forgotten
ASKED_LIMIT = 40  # questions remembered with the time each was opened
TEXTS_LIMIT = 100  # text messages remembered with the question each answered; LINE lets people unsend for a day

Snapshot = DocumentSnapshot[DocumentReference]


@dataclass
class Conversation:
    """Where a chat stands: `conversations/{userId}`.

    `asked` holds (epoch ms, question or None) in the order of asking; `texts` which question a message answered;
    `unsent` the messages taken back, so that one that arrives after its own unsend is not stored.
    """

    asked: list[tuple[int, str | None]] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    unsent: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, document: dict[str, Any] | None) -> "Conversation":
        kept = document or {}
        return cls(
            asked=[(entry["at"], entry["question"]) for entry in kept.get("asked", [])],
            texts={entry["message"]: entry["question"] for entry in kept.get("texts", [])},
            unsent=list(kept.get("unsent", [])),
        )

    def document(self, now: datetime) -> dict[str, Any]:
        return {
            "asked": [{"at": at, "question": question} for at, question in self.asked[-ASKED_LIMIT:]],
            "texts": [{"message": m, "question": q} for m, q in list(self.texts.items())[-TEXTS_LIMIT:]],
            "unsent": self.unsent[-TEXTS_LIMIT:],
            "expires": now + KEPT,
        }

    def open_at(self, at: int) -> str | None:
        """The question that was open at epoch milliseconds `at`."""
        for asked_at, question in reversed(self.asked):
            if asked_at <= at:
                return question
        return None


class Turn:
    """Reads may be made at any time; writes are buffered and reach the transaction at the end."""

    def __init__(
        self, db: firestore.Client, transaction: firestore.Transaction, event: Event, user: str, now: datetime
    ) -> None:
        self.db = db
        self.event = event
        self.user = user
        self.now = now
        self.said: list[Message] = []
        self.erases = False
        self.changes_menu = False
        self.about: set[str] = set()  # of what that may have to be forgotten the answer speaks, such as a survey
        self._transaction = transaction
        self._read: dict[str, Snapshot] = {}
        self._writes: list[Callable[[], None]] = []
        self._conversation: Conversation | None = None
        self._conversation_changed = False

    # What is there

    def read(self, reference: DocumentReference) -> Snapshot:
        if reference.path not in self._read:
            self.has(reference.get(transaction=self._transaction))
        return self._read[reference.path]

    def has(self, found: Snapshot) -> None:
        """It was read already, in this very transaction."""
        self._read[found.reference.path] = found

    @property
    def conversation(self) -> Conversation:
        if self._conversation is None:
            self._conversation = Conversation.read(self.read(self._conversation_reference).to_dict())
        return self._conversation

    @property
    def open_now(self) -> str | None:
        return self.conversation.asked[-1][1] if self.conversation.asked else None

    @property
    def open_then(self) -> str | None:
        """The question that was open when this event happened: a text belongs to it, however late it comes."""
        return self.conversation.open_at(self.event.at)

    def belongs(self, message_id: str) -> str | None:
        """The question that an earlier text message answered."""
        return self.conversation.texts.get(message_id)

    @property
    def was_unsent(self) -> bool:
        """Whether this event's message was already taken back: its unsend overtook it."""
        return self.event.message_id in self.conversation.unsent

    # What is done

    def set(self, reference: DocumentReference, data: dict[str, Any]) -> None:
        self._writes.append(lambda: self._transaction.set(reference, data))

    def update(self, reference: DocumentReference, data: dict[str, Any]) -> None:
        self._writes.append(lambda: self._transaction.update(reference, data))

    def delete(self, reference: DocumentReference) -> None:
        self._writes.append(lambda: self._transaction.delete(reference))

    def create(self, reference: DocumentReference, data: dict[str, Any]) -> None:
        self._writes.append(lambda: self._transaction.create(reference, data))

    def say(self, *messages: Message) -> None:
        """Owed to the resident as the answer to this event."""
        self.said += messages
        if len(self.said) > MESSAGES_LIMIT:
            raise ValueError(f"{len(self.said)} messages in one answer")

    def ask(self, question: str, *messages: Message) -> None:
        """Say, and have `question` open from now on. Asked by our clock: it opens when it is shown, not when the
        answer before it was given, so that two texts typed in a row both belong to the question that was seen."""
        self.say(*messages)
        self._stands_at(question)

    def close(self) -> None:
        """Nothing is being asked any more."""
        if self.open_now is not None:
            self._stands_at(None)

    def keep(self, question: str) -> None:
        """Remember which question this event's text message answered, in case it is unsent."""
        if self.event.message_id is not None:
            self.conversation.texts[self.event.message_id] = question
            self._conversation_changed = True

    def unsend(self, message_id: str) -> None:
        """Remember that a message was taken back, and forget what it answered."""
        self.conversation.texts.pop(message_id, None)
        self.conversation.unsent.append(message_id)
        self._conversation_changed = True

    def erase(self) -> None:
        """After the commit, every subject erases this user; the answer is given when that is done."""
        self.erases = True

    def show_menu(self) -> None:
        """Owed before the answer: the rich menu of the language that this user has by then."""
        self.changes_menu = True

    def finish(self) -> None:
        """Hand all writes to the transaction; nothing may be read after this."""
        for write in self._writes:
            write()
        if self._conversation_changed and not self.erases:
            self._transaction.set(self._conversation_reference, self.conversation.document(self.now))

    @property
    def _conversation_reference(self) -> DocumentReference:
        return self.db.collection(CONVERSATIONS).document(self.user)

    def _stands_at(self, question: str | None) -> None:
        self.conversation.asked.append((int(self.now.timestamp() * 1000), question))
        self._conversation_changed = True


Hearing = Callable[[Turn], bool]
"""Hears one event: True when it was for this one, and then nobody else is asked."""
