"""One event: claim, effect and the answer owed in one transaction; then the answer is paid.

A claim is `handled_events/{webhookEventId}`. Whoever finds one with an answer still owed pays it: by reply token while
that is fresh, else by push under a retry key made from the event's id. A reply token works once, so of several who
pay at the same time LINE takes one. See docs/decisions for the one gap that is left.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from google.api_core.exceptions import FailedPrecondition, NotFound
from google.cloud import firestore
from google.cloud.firestore import DELETE_FIELD, DocumentReference

from tsunagu.chat.turn import CONVERSATIONS, Hearing, Snapshot, Turn
from tsunagu.cloud.firestore import in_transaction
from tsunagu.cloud.outcomes import Rejected
from tsunagu.line.client import Line, Sent
from tsunagu.line.events import Event
from tsunagu.line.outcomes import Outcome

CLAIMS = "handled_events"
KEPT = timedelta(days=14)  # longer than LINE redelivers and Pub/Sub keeps
REPLY_TOKEN_IS_FRESH = timedelta(seconds=50)  # LINE takes it for a minute after each delivery of the webhook …
EVENT_IS_FRESH = timedelta(minutes=19)  # … but not 20 minutes after the event
TAKEN_OVER = timedelta(seconds=90)  # for so long one run_due_work has a debt to itself
PAUSES = (0.3, 1.0)  # seconds between tries while LINE does not answer
NEXT_TRY = {
    Outcome.SLOW_DOWN: timedelta(seconds=15),
    Outcome.UNKNOWN: timedelta(seconds=30),
    Outcome.OVER_QUOTA: timedelta(hours=1),
}

Erase = Callable[[firestore.Client, str, datetime], None]


@dataclass(frozen=True)
class Owed:
    """An answer not yet known to have reached LINE."""

    claim: DocumentReference
    event_id: str
    messages: list[dict[str, Any]]
    user: str | None
    reply_token: str | None
    token_until: datetime
    erases: bool
    may_be_in_other_hands: bool  # someone else may have tried to pay before, or be trying now


class Chat:
    """The conversation of a city: who hears, in order, and who erases."""

    def __init__(
        self,
        db: firestore.Client,
        line: Line,
        hearings: Sequence[Hearing],
        in_groups: Sequence[Hearing],
        erasers: Sequence[Erase],
    ) -> None:
        self._db = db
        self._line = line
        self._hearings = hearings
        self._in_groups = in_groups
        self._erasers = erasers

    def handle(self, event: Event, received_at: datetime, now: datetime) -> str:
        """Effect once, answer once. `received_at`: when the webhook took this delivery. Returns a word for the log."""
        if event.mode == "standby" or (event.user is None and event.group is None):
            return "ignored"
        owed = in_transaction(self._db, lambda transaction: self._claim(transaction, event, received_at, now))
        if isinstance(owed, str):
            return owed
        return self._pay(owed, now)

    def pay_what_is_owed(self, now: datetime) -> int:
        """For run_due_work: pay answers that had to wait for LINE. Returns how many were looked at.

        Only those carry `next_try`: an answer whose handler died is paid by Pub/Sub's own redelivery.
        """
        waiting = self._db.collection(CLAIMS).where(filter=firestore.FieldFilter("owed.next_try", "<=", now)).limit(500)
        looked_at = 0
        for snapshot in waiting.stream():
            if self._take_over(snapshot, now):
                self._pay(_owed(snapshot.reference, snapshot.to_dict() or {}), now)
            looked_at += 1
        return looked_at

    def _claim(
        self, transaction: firestore.Transaction, event: Event, received_at: datetime, now: datetime
    ) -> Owed | str:
        reference = self._db.collection(CLAIMS).document(event.id)
        snapshot = reference.get(transaction=transaction)
        token_until = min(received_at + REPLY_TOKEN_IS_FRESH, _time(event.at) + EVENT_IS_FRESH)
        if snapshot.exists:
            claim = snapshot.to_dict() or {}
            if "owed" not in claim:
                return "repeated"
            claim["owed"] |= {"reply_token": event.reply_token, "token_until": token_until, "others": True}
            transaction.update(reference, {"owed.others": True})
            return _owed(reference, claim)

        turn = Turn(self._db, transaction, event, event.user or "", now)
        if not any(hear(turn) for hear in (self._in_groups if event.group else self._hearings)):
            return "ignored"
        turn.finish()
        claim = {"user": None if event.group else event.user, "at": now, "expires": now + KEPT}
        if turn.said or turn.erases:
            claim["owed"] = {
                "messages": turn.said,
                "reply_token": event.reply_token,
                "token_until": token_until,
                "erases": turn.erases,
                "others": False,
            }
        transaction.create(reference, claim)
        return _owed(reference, claim) if "owed" in claim else "done"

    def _take_over(self, snapshot: Snapshot, now: datetime) -> bool:
        """Of several who see the same debt one takes it: the others' write meets a newer update time."""
        try:
            snapshot.reference.update(
                {"owed.others": True, "owed.next_try": now + TAKEN_OVER},
                option=self._db.write_option(last_update_time=snapshot.update_time),
            )
        except (FailedPrecondition, NotFound):
            return False
        return True

    def _pay(self, owed: Owed, now: datetime) -> str:
        if owed.erases and owed.user is not None:
            for erase in self._erasers:
                erase(self._db, owed.user, now)
            _forget_claims(self._db, owed.user, but=owed.claim.id)
        if not owed.messages:
            self._paid(owed)
            return "done"
        sent = self._reply(owed, now) if owed.reply_token and now < owed.token_until else None
        if sent is None:
            if owed.user is None:
                self._paid(owed)
                return "too late to answer a group"
            sent = self._repeated(lambda: self._line.push(str(owed.user), owed.messages, retry_key(owed.event_id)))
        if sent.outcome in NEXT_TRY:
            owed.claim.update({"owed.next_try": now + NEXT_TRY[sent.outcome]})
            return f"answer waits: {sent.outcome}"
        self._paid(owed)
        if sent.outcome is Outcome.REFUSED:
            raise Rejected(f"LINE refused an answer: {sent.status} {sent.detail[:200]}")
        return "answered"

    def _reply(self, owed: Owed, now: datetime) -> Sent | None:
        """None: the token is dead and nobody has used it, so the answer has to be pushed."""
        tries = 0

        def once() -> Sent:
            nonlocal tries
            tries += 1
            return self._line.reply(str(owed.reply_token), owed.messages)

        sent = self._repeated(once)
        if sent.outcome is Outcome.REFUSED and "invalid reply token" in sent.detail.lower():
            if owed.may_be_in_other_hands or tries > 1 or self._others_came(owed):
                return Sent(Outcome.ACCEPTED, sent.status, sent.request_id, "", {})
            return None
        return sent

    def _others_came(self, owed: Owed) -> bool:
        claim = owed.claim.get().to_dict() or {}
        return "owed" not in claim or bool(claim["owed"]["others"])

    def _repeated(self, call: Callable[[], Sent]) -> Sent:
        sent = call()
        for pause in PAUSES:
            if sent.outcome not in (Outcome.UNKNOWN, Outcome.SLOW_DOWN):
                break
            time.sleep(pause)
            sent = call()
        return sent

    def _paid(self, owed: Owed) -> None:
        change: dict[str, Any] = {"owed": DELETE_FIELD}
        if owed.erases:
            change["user"] = DELETE_FIELD
        try:
            owed.claim.update(change)
        except NotFound:  # expired meanwhile: what it guarded is long over
            return


def retry_key(event_id: str) -> Any:
    return uuid5(NAMESPACE_URL, f"tsunagu:handled_events/{event_id}")


def erase(db: firestore.Client, user: str, now: datetime) -> None:
    """The chat's own part of an erasure: where the conversation stood."""
    db.collection(CONVERSATIONS).document(user).delete()


def _forget_claims(db: firestore.Client, user: str, but: str) -> None:
    """A claim stays, so that a late repetition has no effect, but no longer says whose it was nor what was said."""
    of_user = db.collection(CLAIMS).where(filter=firestore.FieldFilter("user", "==", user))
    for snapshot in of_user.select([]).stream():
        if snapshot.id != but:
            snapshot.reference.update({"user": DELETE_FIELD, "owed": DELETE_FIELD})


def _owed(reference: DocumentReference, claim: dict[str, Any]) -> Owed:
    owed = claim["owed"]
    return Owed(
        claim=reference,
        event_id=reference.id,
        messages=owed["messages"],
        user=claim.get("user"),
        reply_token=owed["reply_token"],
        token_until=owed["token_until"],
        erases=owed["erases"],
        may_be_in_other_hands=owed["others"],
    )


def _time(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
