"""Where a walk through LINE's list of followers stands: `imports/followers`, held under a lease by one at a time.

All times are Firestore's: an operator's own machine may be minutes wrong.
"""

import secrets
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from google.cloud import firestore
from google.cloud.firestore import DocumentReference, DocumentSnapshot, Transaction

from tsunagu.cloud.firestore import in_transaction
from tsunagu.cloud.outcomes import Rejected

IMPORTS = "imports"
LEASE = timedelta(minutes=1)  # as long as the next one has to wait after a kill
RENEW_AFTER = 20.0  # seconds
TOKEN_KEPT = timedelta(hours=23)  # LINE takes the token of a page for 24 hours

Counts = Counter[str]
Snapshot = DocumentSnapshot[DocumentReference]


class Walk:
    """`begun_at`: the stamp of all that it decides. `next`: LINE's token of the page to read, None for the first.

    `counts`: what became of those on the pages behind it.
    """

    begun_at: datetime
    next: str | None
    counts: Counts

    def __init__(self, db: firestore.Client) -> None:
        """Takes up the last one where it stopped less than a day ago. Raises Rejected while that is under way."""
        self._db = db
        self._reference: DocumentReference = db.collection(IMPORTS).document("followers")
        self._owner = secrets.token_hex(8)
        self._write(self._taken)

    def begin_again(self) -> None:
        """From the first page, as a new walk."""
        self._write(lambda document, now: _new(now))

    def came_to(self, following: str | None, counts: Counts) -> None:
        """A page is done; `following` None: it was the last."""

        def fields(document: dict[str, Any], now: datetime) -> dict[str, Any]:
            moment = {"ended_at": now} if following is None else {"next_at": now}
            return {"next": following, "counts": dict(self.counts + counts)} | moment

        self._write(self._only_if_held(fields))

    def hold(self) -> None:
        """Renews the lease when it is time. Raises Rejected when another has taken over."""
        if time.monotonic() - self._written > RENEW_AFTER:
            self._write(self._only_if_held(lambda document, now: {}))

    def let_go(self) -> None:
        def body(transaction: Transaction) -> None:
            if self._holds(self._reference.get(transaction=transaction).to_dict() or {}):
                transaction.update(self._reference, {"lease": None})

        in_transaction(self._db, body)

    def _taken(self, document: dict[str, Any], now: datetime) -> dict[str, Any]:
        lease = document.get("lease")
        if lease is not None and lease["until"] > now:
            raise Rejected(
                "an import is under way, or was killed less than a minute ago; after"
                f" {lease['until'].astimezone():%H:%M:%S} this can go on where that stopped"
            )
        token_at = document.get("next_at") or document.get("begun_at")
        if token_at is None or document["ended_at"] is not None or now - token_at > TOKEN_KEPT:
            return _new(now)
        return document

    def _only_if_held(
        self, fields: Callable[[dict[str, Any], datetime], dict[str, Any]]
    ) -> Callable[[dict[str, Any], datetime], dict[str, Any]]:
        def held(document: dict[str, Any], now: datetime) -> dict[str, Any]:
            if not self._holds(document):
                raise Rejected("another import has taken over from this one")
            return document | fields(document, now)

        return held

    def _holds(self, document: dict[str, Any]) -> bool:
        return (document.get("lease") or {}).get("owner") == self._owner

    def _write(self, changed: Callable[[dict[str, Any], datetime], dict[str, Any]]) -> None:
        """One transaction, under a new lease; this then is as it was written."""

        def body(transaction: Transaction) -> dict[str, Any]:
            snapshot: Snapshot = self._reference.get(transaction=transaction)
            now = moment_of(snapshot)
            document = changed(snapshot.to_dict() or {}, now)
            document["lease"] = {"owner": self._owner, "until": now + LEASE}
            transaction.set(self._reference, document)
            return document

        document = in_transaction(self._db, body)
        self._written = time.monotonic()
        self.begun_at, self.next, self.counts = document["begun_at"], document["next"], Counter(document["counts"])


def moment_of(snapshot: Snapshot) -> datetime:
    """When Firestore was read, in microseconds as Firestore keeps them."""
    read = snapshot.read_time
    return datetime.fromtimestamp(read.timestamp(), UTC)


def _new(now: datetime) -> dict[str, Any]:
    return {"begun_at": now, "next": None, "next_at": None, "counts": {}, "ended_at": None}
