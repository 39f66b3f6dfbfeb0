"""One event: claim, effect and the answer owed in one transaction; then the answer is paid.

A claim is `handled_events/{webhookEventId}`. Whoever finds one with an answer still owed goes on where another stopped.
"""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from google.cloud import firestore
from google.cloud.firestore import DELETE_FIELD, DocumentReference, FieldFilter

from tsunagu.chat.pay import Owed, Payer, ShowMenu
from tsunagu.chat.turn import CLAIMS, CONVERSATIONS, Hearing, Turn
from tsunagu.cloud.firestore import in_transaction
from tsunagu.line.client import Line
from tsunagu.line.events import Event

KEPT = timedelta(days=14)  # longer than LINE redelivers and Pub/Sub keeps
REPLY_TOKEN_IS_FRESH = timedelta(seconds=50)  # LINE takes it for a minute after each delivery of the webhook …
EVENT_IS_FRESH = timedelta(minutes=19)  # … but not 20 minutes after the event

DocumentOf = Callable[[firestore.Client, str], DocumentReference]
"""A user's document that nearly every event needs: it is read together with the claim."""
Erase = Callable[[firestore.Client, str, datetime], None]


class Chat:
    """The conversation of a city: who hears, in order, and who erases."""

    def __init__(
        self,
        db: firestore.Client,
        line: Line,
        hearings: Sequence[Hearing],
        in_groups: Sequence[Hearing],
        erasers: Sequence[Erase],
        show_menu: ShowMenu | None = None,
        reads: Sequence[DocumentOf] = (),
    ) -> None:
        self._db = db
        self._payer = Payer(db, line, show_menu)
        self._hearings = hearings
        self._in_groups = in_groups
        self._erasers = erasers
        self._reads = reads

    def handle(self, event: Event, received_at: datetime, now: datetime) -> str:
        """Effect once, answer once. `received_at`: when the webhook took this delivery. Returns a word for the log."""
        if event.mode == "standby" or (event.user is None and event.group is None):
            return "ignored"
        owed = in_transaction(self._db, lambda transaction: self._claim(transaction, event, received_at, now))
        if isinstance(owed, str):
            return owed
        if owed.ends_an_erasure and owed.user is not None:
            for erase_from in self._erasers:
                erase_from(self._db, owed.user, now)
        return self._payer.pay(owed, now)

    def _at_hand(self, user: str) -> list[DocumentReference]:
        return [self._db.collection(CONVERSATIONS).document(user), *(of(self._db, user) for of in self._reads)]

    def _claim(
        self, transaction: firestore.Transaction, event: Event, received_at: datetime, now: datetime
    ) -> Owed | str:
        reference = self._db.collection(CLAIMS).document(event.id)
        at_hand = [] if event.group or event.user is None else self._at_hand(event.user)
        found = {one.reference.path: one for one in self._db.get_all([reference, *at_hand], transaction=transaction)}
        token_until = min(received_at + REPLY_TOKEN_IS_FRESH, _time(event.at) + EVENT_IS_FRESH)
        if (claim := found.pop(reference.path).to_dict()) is not None:
            if "owed" not in claim:
                return "repeated"
            claim["owed"] |= {"reply_token": event.reply_token, "token_until": token_until, "others": True}
            transaction.update(reference, {"owed.others": True})
            return Owed.read(reference, claim)

        turn = Turn(self._db, transaction, event, event.user or "", now)
        for snapshot in found.values():
            turn.has(snapshot)
        if not any(hear(turn) for hear in (self._in_groups if event.group else self._hearings)):
            return "ignored"
        turn.finish()
        claim = {"user": None if event.group else event.user, "at": now, "expires": now + KEPT}
        if turn.said or turn.erases or turn.changes_menu:
            claim["owed"] = {
                # One text: as maps, a card is some hundred fields, and most of what writing the claim costs.
                "messages": json.dumps(turn.said, ensure_ascii=False),
                "reply_token": event.reply_token,
                "token_until": token_until,
                "erases": turn.erases,
                "menu": turn.changes_menu,
                "others": False,
                "about": sorted(turn.about),
            }
        transaction.create(reference, claim)
        return Owed.read(reference, claim) if "owed" in claim else "done"


def erase(db: firestore.Client, user: str, now: datetime) -> None:
    """The chat's own part of an erasure: where the conversation stood, and whose the claims were.

    A claim stays, so that a late repetition has no effect, but no longer says whose it was nor what was said. One that
    still owes the news of an erasure needs both until it is paid.
    """
    db.collection(CONVERSATIONS).document(user).delete()
    of_user = db.collection(CLAIMS).where(filter=FieldFilter("user", "==", user))
    for snapshot in of_user.select(["owed.erases"]).stream():
        if not (snapshot.to_dict() or {}).get("owed", {}).get("erases"):
            snapshot.reference.update({"user": DELETE_FIELD, "owed": DELETE_FIELD})


def _time(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
