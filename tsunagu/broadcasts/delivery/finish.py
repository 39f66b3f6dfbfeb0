"""Finishing a broadcast whose chunks are all done: its totals, its sealed ledger and, if everyone is accounted for, its
end."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from google.cloud.firestore import Client, FieldFilter, Transaction

from tsunagu.broadcasts.delivery import ledger
from tsunagu.broadcasts.delivery.cost import Spent
from tsunagu.broadcasts.delivery.slices import End, Slice
from tsunagu.broadcasts.delivery.spread import Spread
from tsunagu.broadcasts.rules import IDS_KEPT, State, Totals, ending
from tsunagu.broadcasts.store import (
    DELETES_AT_ONCE,
    Broadcast,
    Snapshot,
    chunks_of,
    freezes_of,
    get,
    of_snapshot,
    reference,
    sweep,
)
from tsunagu.cloud.firestore import in_transaction
from tsunagu.cloud.logs import logger

LOOKED_AT = timedelta(minutes=15)  # after the end, its statistics for the first time
FIELDS = ("open", "counts", "slices", "version", "spent")  # of a chunk, without its ids


@dataclass(frozen=True)
class Progress:
    """Who had it already, how many have not been settled, and what some of these wait for."""

    totals: Totals
    left: int
    waits_for: tuple[str, ...] = ()


def progress(db: Client, broadcast: Broadcast) -> Progress:
    """How far it has come, also after its end; in people."""
    if broadcast.totals is not None or broadcast.attempt is None:
        totals = broadcast.totals or Totals()
        return Progress(totals, (broadcast.audience or 0) - totals.everyone())
    found = chunks_of(db, broadcast.id, broadcast.attempt).select(["open", "counts", "waits_for", "lease"]).stream()
    chunks = [chunk.to_dict() or {} for chunk in found]
    totals = sum((Totals.of_document(chunk["counts"]) for chunk in chunks if "counts" in chunk), Totals())
    waiting = {str(chunk["waits_for"]) for chunk in chunks if chunk["lease"] is None and chunk.get("waits_for")}
    return Progress(totals, (broadcast.audience or 0) - totals.everyone(), tuple(sorted(waiting)))


def finish(db: Client, broadcast: str, now: datetime) -> bool:
    """Whether it has ended by this."""
    found = get(db, broadcast)
    if found is None or not found.open or found.attempt is None:
        return False
    if found.spread is not None and not Spread.of_document(found.spread).is_through:
        return False
    chunks = chunks_of(db, broadcast, found.attempt)
    if any(chunks.where(filter=FieldFilter("open", "==", True)).select([]).limit(1).stream()):
        return False
    settled = list(chunks.select(FIELDS).stream())
    counted = sum((Totals.of_document(chunk.get("counts")) for chunk in settled), Totals())
    past = found.sent_until is not None and found.sent_until <= now
    end = ending(found.audience or 0, counted, past)
    if end is None:
        logger().error(
            "the totals do not account for the audience",
            broadcast=broadcast,
            audience=found.audience,
            accounted=counted.everyone(),
            outcome="not finished",
        )
        reference(db, broadcast).update({"totals": counted.to_document()})
        return False
    # Kept before the end, so that no broadcast has ended whose ledger is not whole.
    writes = ledger.write(db, found, settled)
    digest = ledger.digest_of(ledger.csv(db, broadcast))
    spent = sum((Spent.of_document((chunk.to_dict() or {}).get("spent")) for chunk in settled), Spent())
    # What the lines above read and wrote, and the two writes that end a chunk's time and the broadcast.
    spent += Spent(reads=2 * len(settled) + 3, writes=writes + len(settled) + 2)

    def body(transaction: Transaction) -> bool:
        latest = of_snapshot(reference(db, broadcast).get(transaction=transaction))
        if latest is None or not latest.open:
            return False
        change: dict[str, Any] = {
            "totals": counted.to_document(),
            "open": False,
            "ended_at": now,
            "spent": (spent + Spent.of_document(latest.spent)).to_document(),
            "look_at": now + LOOKED_AT if counted.accepted else None,
            **_times(settled),
        }
        if latest.state.may_become(end):
            change |= {"state": end.value, "paused": None}
            if end is State.FAILED:
                change |= {"failed_with": _words(settled), "failed_at": now}
        transaction.update(reference(db, broadcast), change)
        ledger.seal_ledger(db, transaction, broadcast, digest, now)
        return True

    if not in_transaction(db, body):
        return False
    for start in range(0, len(settled), DELETES_AT_ONCE):
        batch = db.batch()
        for chunk in settled[start : start + DELETES_AT_ONCE]:
            batch.update(chunk.reference, {"expires": now + IDS_KEPT})
        batch.commit()
    logger().info("broadcast ended", broadcast=broadcast, state=end.value, audience=found.audience)
    return True


def _slices(chunks: Sequence[Snapshot]) -> Iterator[Slice]:
    for chunk in chunks:
        yield from map(Slice.of_document, (chunk.get("slices") or {}).values())


def _times(chunks: Sequence[Snapshot]) -> dict[str, datetime | None]:
    """When LINE took the first slice, and when the last."""
    times = [one.last_try for one in _slices(chunks) if one.end is End.ACCEPTED and one.last_try is not None]
    return {"first_accepted_at": min(times, default=None), "last_accepted_at": max(times, default=None)}


def _words(chunks: Sequence[Snapshot]) -> str:
    """LINE's, of a slice that it refused."""
    return next((one.detail for one in _slices(chunks) if one.end is End.REFUSED), "")


def purge(db: Client, broadcast: str) -> None:
    """Every frozen id of a broadcast goes, also those of abandoned attempts; its totals and its ledger stay."""
    for attempt in freezes_of(db, broadcast):
        sweep(db, broadcast, attempt)
    reference(db, broadcast).update({"holds_ids": False})
