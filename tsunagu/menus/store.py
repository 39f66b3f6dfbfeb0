"""`menus/now`: which menus are prepared at LINE, and which of them are shown."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from google.cloud.firestore import Client, DocumentReference, Transaction

from tsunagu.cloud.firestore import in_transaction
from tsunagu.cloud.outcomes import Rejected
from tsunagu.menus.rules import Mode

MENUS = "menus"

Ids = Mapping[str, Mapping[str, str]]
"""mode → language → LINE's id of the menu"""


@dataclass(frozen=True)
class Now:
    """`batch`: LINE's id of the request that moved those with a menu of their own, where one request did."""

    mode: Mode
    ids: Ids
    at: datetime
    by: str
    batch: str | None = None

    def shows_as(self, other: "Now | None") -> bool:
        return other is not None and (self.mode, self.ids) == (other.mode, other.ids)


def get(db: Client) -> Now | None:
    """None: no menu was ever deployed."""
    return _read(db)


def prepare(db: Client, ids: Ids, at: datetime, by: str) -> Now:
    """From now on these menus are shown, in the mode that holds."""

    def body(transaction: Transaction) -> Now:
        before = _read(db, transaction)
        return _write(db, transaction, Now(before.mode if before else Mode.ORDINARY, ids, at, by))

    return in_transaction(db, body)


def switch(db: Client, mode: Mode, at: datetime, by: str) -> Now:
    """From now on this mode holds. Raises Rejected where nothing is deployed."""

    def body(transaction: Transaction) -> Now:
        before = _read(db, transaction)
        if before is None:
            raise Rejected("no menu is deployed yet: run `tsunagu menu deploy` first")
        return _write(db, transaction, replace(before, mode=mode, at=at, by=by, batch=None))

    return in_transaction(db, body)


def moved(db: Client, batch: str) -> None:
    _reference(db).update({"batch": batch})


def _read(db: Client, transaction: Transaction | None = None) -> Now | None:
    document = _reference(db).get(transaction=transaction).to_dict()
    return Now(**{**document, "mode": Mode(document["mode"])}) if document else None


def _write(db: Client, transaction: Transaction, now: Now) -> Now:
    content = {"mode": now.mode.value, "ids": now.ids, "at": now.at, "by": now.by, "batch": now.batch}
    transaction.set(_reference(db), content)
    return now


def _reference(db: Client) -> DocumentReference:
    return db.collection(MENUS).document("now")
