"""Finishing a broadcast whose chunks are all done: its totals, and only if they account for everyone, its end."""

from datetime import datetime
from typing import Any

from google.cloud.firestore import Client, Transaction

from tsunagu.broadcasts.rules import IDS_KEPT, Totals, ending
from tsunagu.broadcasts.store import (
    DELETES_AT_ONCE,
    chunks_of,
    freezes_of,
    get,
    of_snapshot,
    reference,
    sweep,
)
from tsunagu.cloud.firestore import in_transaction
from tsunagu.cloud.logs import logger


def finish(db: Client, broadcast: str, now: datetime) -> bool:
    """Whether it has ended by this."""
    found = get(db, broadcast)
    if found is None or not found.open or found.attempt is None:
        return False
    chunks = list(chunks_of(db, broadcast, found.attempt).select(["open", "counts"]).stream())
    if len(chunks) != found.chunks or any(chunk.get("open") for chunk in chunks):
        return False
    counted = sum((Totals.of_document(chunk.get("counts")) for chunk in chunks), Totals())
    end = ending(found.audience or 0, counted)
    if end is None:
        logger().error(
            "the totals do not account for the audience",
            broadcast=broadcast,
            audience=found.audience,
            accounted=counted.everyone(),
            outcome="not finished",
        )

    def body(transaction: Transaction) -> bool:
        latest = of_snapshot(reference(db, broadcast).get(transaction=transaction))
        if latest is None or not latest.open:
            return False
        change: dict[str, Any] = {"totals": counted.to_document()}
        if end is not None:
            change |= {"open": False, "ended_at": now}
            if latest.state.may_become(end):
                change["state"] = end.value
        transaction.update(reference(db, broadcast), change)
        return end is not None

    if not in_transaction(db, body):
        return False
    for start in range(0, len(chunks), DELETES_AT_ONCE):
        batch = db.batch()
        for chunk in chunks[start : start + DELETES_AT_ONCE]:
            batch.update(chunk.reference, {"expires": now + IDS_KEPT})
        batch.commit()
    logger().info("broadcast ended", broadcast=broadcast, state=end.value if end else "", audience=found.audience)
    return True


def purge(db: Client, broadcast: str) -> None:
    """Every frozen id of a broadcast goes, also those of abandoned attempts; its totals stay."""
    for attempt in freezes_of(db, broadcast):
        sweep(db, broadcast, attempt)
    reference(db, broadcast).update({"holds_ids": False})
