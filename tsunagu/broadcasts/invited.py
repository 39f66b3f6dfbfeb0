"""Whom a broadcast invited to a survey: kept longer than its frozen ids, to remind those who have not finished.

    broadcasts/{id}/invited/{attempt}-{n}    up to 50,000 ids of 16 bytes, sorted; `expires` is a TTL

They are written before the last write of the freeze, and count with it. An invitation has invited its audience once it
has ended and LINE took it for somebody. Its ids go when the survey cannot be answered any more, after 90 days at most.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import polars as pl
from google.cloud.firestore import Client, CollectionReference, DocumentReference, FieldFilter, Transaction

from tsunagu.audiences.store import ID_BYTES, ids_in, place_of
from tsunagu.broadcasts.store import BROADCASTS, DELETES_AT_ONCE, Broadcast, Snapshot, of_snapshot, reference
from tsunagu.cloud.firestore import in_transaction
from tsunagu.cloud.outcomes import Rejected
from tsunagu.residents.store import stop_id, stopped_since

PART = 50_000  # ids: 800 KB of a document that ends at 1 MiB
KEPT = timedelta(days=90)
AGO = timedelta(minutes=10)  # that an erasure may have begun before its stop is written

Sieve = Callable[[pl.Series], pl.Series]
"""Of people, by their keys (Binary), those who have not finished a survey."""

Unfinished = Callable[[Client, str], Sieve]
"""The sieve for a survey; raises Rejected where nobody can be reminded of it."""

Finished = Callable[[str], int]
"""How many have finished a survey, whoever they are; raises Rejected where nobody can be reminded of it."""


def nobody_knows(db: Client, survey: str) -> Sieve:
    """Where no subject of the city tells who has finished."""
    raise Rejected(f"who has finished the survey '{survey}' is not known here: nobody can be reminded of it")


def invites(broadcast: Broadcast) -> bool:
    return broadcast.survey is not None and not broadcast.remind


def documents(
    db: Client, broadcast: str, attempt: str, keys: pl.Series, frozen_at: datetime
) -> Iterator[tuple[DocumentReference, dict[str, Any]]]:
    """Those that keep `keys` (Binary), the same however often they are written."""
    ids = keys.sort().to_list()
    for number, start in enumerate(range(0, len(ids), PART)):
        part = ids[start : start + PART]
        ends = {"from": part[0][:2], "to": part[-1][:2]}
        content = {"ids": b"".join(part), "n": len(part), **ends, "expires": frozen_at + KEPT}
        yield _parts(db, broadcast).document(f"{attempt}-{number}"), content


def without_the_erased(db: Client, broadcast: str, frozen_at: datetime) -> None:
    """Who erased themselves before a part was there was not found in it; who does so from here on is."""
    gone = {stop for stop, why in stopped_since(db, frozen_at - AGO).items() if why == "erased"}
    for part in _parts(db, broadcast).stream() if gone else ():
        for key in ids_in(part.get("ids")):
            if stop_id(f"U{key.hex()}") in gone:
                _take_out(db, part.reference, key)


def invited(db: Client, survey: str, now: datetime) -> pl.Series:
    """The keys (Binary) of all who were invited to it, each once. Raises Rejected where nobody was."""
    found = map(of_snapshot, db.collection(BROADCASTS).where(filter=FieldFilter("survey", "==", survey)).stream())
    keys = [
        pl.Series(ids_in(part.get("ids")), dtype=pl.Binary)
        for broadcast in found
        if broadcast is not None and _has_invited(broadcast)
        for part in _parts(db, broadcast.id).stream()
        if part.id.startswith(f"{broadcast.attempt}-") and part.get("expires") > now
    ]
    if not keys:
        raise Rejected(
            f"nobody can be reminded of the survey '{survey}': no invitation to it has gone out in the last"
            f" {KEPT.days} days"
        )
    return pl.concat(keys).unique()


def to_remind(db: Client, survey: str | None, finished: Finished, now: datetime) -> tuple[pl.Series | None, int]:
    """Among whom a reminder of it would go out now, at most, and how many have finished; (None, 0) for no reminder.

    Raises Rejected where nobody can be reminded.
    """
    return (None, 0) if survey is None else (invited(db, survey, now), finished(survey))


def holding(db: Client) -> list[Broadcast]:
    """Those that may keep whom they invited."""
    found = db.collection(BROADCASTS).where(filter=FieldFilter("keeps_invited", "==", True)).stream()
    return [broadcast for broadcast in map(of_snapshot, found) if broadcast]


def parts_with(db: Client, broadcast: str, key: bytes) -> Iterator[Snapshot]:
    """The parts, of any freeze, in which somebody is."""
    for part in _parts(db, broadcast).select(["from", "to"]).stream():
        if part.get("from") <= key[:2] <= part.get("to"):
            whole = part.reference.get()
            if whole.exists and place_of(whole.get("ids"), key) is not None:
                yield whole


def erase(db: Client, key: bytes) -> None:
    """Repeating it changes nothing."""
    for broadcast in holding(db):
        for part in parts_with(db, broadcast.id, key):
            _take_out(db, part.reference, key)


def sweep(db: Client, broadcast: str, of: Callable[[str], bool] = lambda attempt: True) -> None:
    """Delete what is kept of these freezes."""
    found = [part.reference for part in _parts(db, broadcast).select([]).stream() if of(part.id.partition("-")[0])]
    for start in range(0, len(found), DELETES_AT_ONCE):
        batch = db.batch()
        for part in found[start : start + DELETES_AT_ONCE]:
            batch.delete(part)
        batch.commit()


def forget_due(db: Client, now: datetime, is_over: Callable[[Client, str], bool]) -> None:
    """For run_due_work: what nobody can be reminded with any more goes. `is_over`: a survey will not be answered."""
    for broadcast in holding(db):
        if broadcast.ended_at is None or broadcast.survey is None:
            continue
        too_old = broadcast.frozen_at is not None and broadcast.frozen_at + KEPT <= now
        if too_old or not _has_invited(broadcast) or is_over(db, broadcast.survey):
            sweep(db, broadcast.id)
            reference(db, broadcast.id).update({"keeps_invited": False})


def _has_invited(broadcast: Broadcast) -> bool:
    ended = broadcast.ended_at is not None and broadcast.attempt is not None
    return invites(broadcast) and ended and broadcast.totals is not None and broadcast.totals.accepted > 0


def _take_out(db: Client, part: DocumentReference, key: bytes) -> None:
    def body(transaction: Transaction) -> None:
        there = part.get(transaction=transaction)
        ids = there.get("ids") if there.exists else b""
        place = place_of(ids, key)
        if place is not None:
            without = ids[:place] + ids[place + ID_BYTES :]
            transaction.update(part, {"ids": without, "n": len(without) // ID_BYTES})

    in_transaction(db, body)


def _parts(db: Client, broadcast: str) -> CollectionReference:
    parts: CollectionReference = reference(db, broadcast).collection("invited")
    return parts
