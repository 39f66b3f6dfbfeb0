"""A series: each time it is due, one broadcast of its own is made of it, and it moves on to its next time.

Both happen in one transaction: however often the clock ticks, each occurrence is made once. One that was missed is made
late; its own "not after" has passed by then, and it expires where everybody sees it, instead of going out a day later.
"""

from datetime import datetime, timedelta
from typing import Any

from google.cloud.firestore import Client, Transaction

from tsunagu.broadcasts.life.house import House
from tsunagu.broadcasts.repeat import Repeat
from tsunagu.broadcasts.rules import ITSELF, State, Totals
from tsunagu.broadcasts.store import Broadcast, of_snapshot, reference, with_work
from tsunagu.cloud.firestore import in_transaction
from tsunagu.cloud.logs import logger
from tsunagu.staff.store import audit_with


def rule_of(series: Broadcast) -> Repeat:
    assert series.repeat is not None
    return Repeat.model_validate(series.repeat["rule"])


def lasts(series: Broadcast) -> timedelta:
    """How long after its time an occurrence may still go out."""
    assert series.repeat is not None
    return timedelta(minutes=series.repeat["minutes"])


def due_series(db: Client, now: datetime, house: House) -> list[str]:
    """The occurrences made by this, of every series; trouble with one does not hold up the next."""
    made: list[str] = []
    trouble: Exception | None = None
    for broadcast in with_work(db):
        try:
            made += occurrences_due(db, broadcast, now, house)
        except Exception as error:
            logger().error("a series could not go on", broadcast=broadcast.id, error=error)
            trouble = trouble or error
    if trouble is not None:
        raise trouble
    return made


def occurrences_due(db: Client, series: Broadcast, now: datetime, house: House) -> list[str]:
    """Those of one series; none when it is no series, or not due."""
    made = []
    if _is_due(series, now):
        while occurrence := in_transaction(db, lambda transaction: _occur(db, transaction, series.id, now, house)):
            made.append(occurrence)
    return made


def _is_due(series: Broadcast, now: datetime) -> bool:
    return series.repeat is not None and series.state is State.SCHEDULED and series.when <= now


def _occur(db: Client, transaction: Transaction, id: str, now: datetime, house: House) -> str | None:
    """Make the occurrence whose time has come."""
    snapshot = reference(db, id).get(transaction=transaction)
    series = of_snapshot(snapshot)
    if series is None or not _is_due(series, now):
        return None
    day = series.when.astimezone(house.zone).date()
    occurrence = _free(db, transaction, f"{id}-{day:%Y%m%d}")
    following = rule_of(series).next_after(series.when, house.zone)
    own: dict[str, Any] = {
        "when": series.when,
        "due_at": series.when,
        "not_after": series.when + lasts(series),
        "repeat": None,
    }
    own |= {"series": id, "occurrence": day.isoformat()}
    transaction.create(reference(db, occurrence), {**(snapshot.to_dict() or {}), **own})
    transaction.update(reference(db, id), {"when": following} if following else _over(now))
    audit_with(transaction, db, ITSELF, "broadcast.occur", occurrence, now)
    return occurrence


def _free(db: Client, transaction: Transaction, name: str) -> str:
    """The name, or with a number where a writer has given it to something else."""
    number, found = 1, name
    while reference(db, found).get(["state"], transaction=transaction).exists:
        number += 1
        found = f"{name}-{number}"
    return found


def _over(now: datetime) -> dict[str, Any]:
    """A series sent nothing itself."""
    nobody = {"audience": 0, "totals": Totals().to_document()}
    return {"state": State.SENT.value, "open": False, "ended_at": now, **nobody}
