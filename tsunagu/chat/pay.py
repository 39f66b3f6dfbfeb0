"""Paying what is owed: the rich menu, then the answer, by reply token while that is fresh, else by push under a key of
the event's own. Neither waits for the other.

A reply token works once, so of several who pay at the same time LINE takes one. See docs/decisions for the one gap
that is left.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from google.api_core.exceptions import FailedPrecondition, NotFound
from google.cloud import firestore
from google.cloud.firestore import DELETE_FIELD, DocumentReference, FieldFilter

from tsunagu.chat.turn import CLAIMS, Snapshot
from tsunagu.cloud.firestore import in_transaction
from tsunagu.cloud.logs import logger
from tsunagu.cloud.outcomes import Rejected
from tsunagu.line.client import Line, Sent
from tsunagu.line.outcomes import Outcome

TAKEN_OVER = timedelta(seconds=90)  # for so long one run_due_work has a debt to itself
PAUSES = (0.3, 1.0)  # seconds between tries while LINE does not answer
AT_MOST = 500  # debts looked at in one tick
WAITS = "answer waits"
MENU_WAITS = "menu waits"
NEXT_TRY = {
    Outcome.SLOW_DOWN: timedelta(seconds=15),
    Outcome.UNKNOWN: timedelta(seconds=30),
    Outcome.OVER_QUOTA: timedelta(hours=1),
}

ShowMenu = Callable[[str], Sent | None]
"""Shows a user the rich menu that is theirs now, however often it is repeated; None: there was nothing to do."""


@dataclass(frozen=True)
class Owed:
    """An answer not yet known to have reached LINE."""

    claim: DocumentReference
    messages: list[dict[str, Any]]
    user: str | None
    reply_token: str | None
    token_until: datetime
    ends_an_erasure: bool  # the claim forgets whose it was once the answer is given
    menu: bool  # the user's rich menu has to change
    may_be_in_other_hands: bool  # someone else may have tried to pay before, or be trying now

    @classmethod
    def read(cls, claim: DocumentReference, document: dict[str, Any]) -> "Owed":
        owed = document["owed"]
        return cls(
            claim=claim,
            messages=json.loads(owed["messages"]),
            user=document.get("user"),
            reply_token=owed["reply_token"],
            token_until=owed["token_until"],
            ends_an_erasure=owed["erases"],
            menu=owed.get("menu", False),
            may_be_in_other_hands=owed["others"],
        )


def retry_key(event_id: str) -> UUID:
    """Under which an answer is pushed, by whoever pays it."""
    return uuid5(NAMESPACE_URL, f"tsunagu:handled_events/{event_id}")


class Payer:
    """May be shared by threads. `show_menu` None: a chat without rich menus."""

    def __init__(self, db: firestore.Client, line: Line, show_menu: ShowMenu | None = None) -> None:
        self._db = db
        self._line = line
        self._show_menu = show_menu

    def pay_what_waits(self, now: datetime) -> int:
        """For run_due_work: pay answers that had to wait for LINE. Returns how many were looked at; raises what was
        wrong with the first that could not be paid, once all have been tried.

        Only those carry `next_try`: an answer whose handler died is paid by Pub/Sub's own redelivery.
        """
        due = FieldFilter("owed.next_try", "<=", now)
        looked_at, menus_wait = 0, False
        trouble: Exception | None = None
        for snapshot in self._db.collection(CLAIMS).where(filter=due).limit(AT_MOST).stream():
            looked_at += 1
            try:
                outcome = self._pay_due(snapshot, now, menus_wait)
            except Rejected as rejected:
                logger().error("LINE refused an answer that had waited", event_id=snapshot.id, error=rejected)
                continue
            except Exception as error:  # whatever is wrong with one debt, it holds up no other
                logger().error("an answer could not be paid", event_id=snapshot.id, outcome="bug", error=error)
                trouble = trouble or error
                continue
            menus_wait = menus_wait or MENU_WAITS in outcome
            if outcome.startswith(WAITS):
                break  # LINE is still down: the others would fare no better, and the tick has other work
        if trouble is not None:
            raise trouble
        return looked_at

    def _pay_due(self, snapshot: Snapshot, now: datetime, menus_wait: bool) -> str:
        """A word for the log; empty where nothing was tried."""
        owed = Owed.read(snapshot.reference, snapshot.to_dict() or {})
        if (menus_wait and not owed.messages) or not self._take_over(snapshot, now):
            return ""
        return self.pay(owed, now)

    def pay(self, owed: Owed, now: datetime) -> str:
        """Returns a word for the log. Raises Rejected for an answer that LINE will never take."""
        menu_waits = self._menu(owed)
        sent = self._answer(owed, now) if owed.messages else None
        if sent is not None and sent.outcome in NEXT_TRY:
            self._wait(owed, {"menu": menu_waits is not None, "next_try": now + NEXT_TRY[sent.outcome]})
            return f"{WAITS}: {sent.outcome}"
        if menu_waits is not None:
            self._wait(owed, {"messages": "[]", "next_try": now + NEXT_TRY[menu_waits]})
        else:
            self._paid(owed)
        if sent is None:
            word = "too late to answer a group" if owed.messages else "done"
        elif sent.outcome is Outcome.REFUSED:
            raise Rejected(f"LINE refused an answer: {sent.status} {sent.properties}".rstrip())
        else:
            word = "answered"
        return word if menu_waits is None else f"{word}, {MENU_WAITS}: {menu_waits}"

    def _menu(self, owed: Owed) -> Outcome | None:
        """Why it has to wait; None: it need not. One try: the answer is not to be late for it."""
        sent = self._show_menu(owed.user) if owed.menu and owed.user and self._show_menu else None
        if sent is None:
            return None
        if sent.outcome is Outcome.REFUSED:
            logger().error("LINE refused to show a rich menu", event_id=owed.claim.id, status=sent.status)
        return sent.outcome if sent.outcome in NEXT_TRY else None

    def _answer(self, owed: Owed, now: datetime) -> Sent | None:
        """None: it came too late for a group, which cannot be pushed to."""
        sent = self._reply(owed) if owed.reply_token and now < owed.token_until else None
        if sent is None and owed.user is not None:
            key = retry_key(owed.claim.id)
            sent = self._repeated(lambda: self._line.push(str(owed.user), owed.messages, key))
        return sent

    def _wait(self, owed: Owed, change: dict[str, Any]) -> None:
        """Write down what is left to pay and when, unless somebody else has paid it all meanwhile."""

        def body(transaction: firestore.Transaction) -> None:
            claim = owed.claim.get(transaction=transaction).to_dict() or {}
            if "owed" in claim:
                transaction.update(owed.claim, {f"owed.{name}": value for name, value in change.items()})

        in_transaction(self._db, body)

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

    def _reply(self, owed: Owed) -> Sent | None:
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
        if owed.ends_an_erasure:
            change["user"] = DELETE_FIELD
        try:
            owed.claim.update(change)
        except NotFound:  # expired meanwhile: what it guarded is long over
            return
