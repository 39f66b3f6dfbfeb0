"""Freezing an audience: who belongs to it now, cut into chunks that no later change can move.

An audience of a city takes more than one commit. So the chunks go under a new attempt, and one last write on the
broadcast names that attempt; nothing is announced before it. An attempt that did not come so far counts for nothing:
when its lease has run out it is swept, and another begins.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from uuid import uuid4

import polars as pl
from google.cloud.firestore import Client, Transaction

from tsunagu.broadcasts.audience import DECIDES
from tsunagu.broadcasts.rules import State
from tsunagu.broadcasts.slices import CHUNK_LIMIT
from tsunagu.broadcasts.store import KEPT_AT_MOST, Broadcast, chunks_of, of_snapshot, reference, sweep
from tsunagu.cloud.firestore import in_transaction
from tsunagu.packs.lists import numbered
from tsunagu.packs.read import read
from tsunagu.residents.store import residents_shelf

LEASE = timedelta(seconds=60)  # far more than 730,000 residents take
Clock = Callable[[], datetime]


def freeze(db: Client, broadcast: str, clock: Clock, chunk_limit: int = CHUNK_LIMIT) -> Broadcast | None:
    """Freeze it if that is due; gives it as frozen, or None where somebody else does that or nothing is due."""
    claimed = _claim(db, broadcast, clock())
    if claimed is None:
        return None
    found, attempt = claimed
    if found.freezing is not None:
        sweep(db, broadcast, found.freezing["attempt"])
    # Before the roster is read: whoever stops hearing from now on is left out when a slice is tried first.
    frozen_at = clock()
    roster = numbered(read(residents_shelf(db), DECIDES))
    audience = roster.rows.filter(found.to.of(found.kind, roster)).select("key", "language")
    expires = frozen_at + KEPT_AT_MOST
    chunks_of(db, broadcast, attempt).parent.set({"begun_at": frozen_at, "expires": expires})
    chunks = 0
    for version, ids in _by_version(audience, found.version_for):
        for start in range(0, len(ids), chunk_limit):
            part = ids[start : start + chunk_limit]
            chunks_of(db, broadcast, attempt).document(str(chunks)).create(
                {
                    "version": version,
                    "n": len(part),
                    "ids": b"".join(part),
                    # Enough to know where somebody must be sought who erases themselves, too little to know them by.
                    "from": part[0][:2],
                    "to": part[-1][:2],
                    "open": True,
                    "lease": None,
                    "next_try": None,
                    "slices": {},
                    "forget": [],
                    "expires": expires,
                }
            )
            chunks += 1
    by_language = dict(audience.group_by("language").len().iter_rows())
    if not _name(db, broadcast, attempt, frozen_at, chunks, by_language):
        sweep(db, broadcast, attempt)
        return None
    return of_snapshot(reference(db, broadcast).get())


def _claim(db: Client, broadcast: str, now: datetime) -> tuple[Broadcast, str] | None:
    attempt = uuid4().hex

    def body(transaction: Transaction) -> tuple[Broadcast, str] | None:
        found = of_snapshot(reference(db, broadcast).get(transaction=transaction))
        if found is None or not is_due(found, now):
            return None
        transaction.update(
            reference(db, broadcast),
            {
                "state": State.FREEZING.value,
                "freezing": {"attempt": attempt, "until": now + LEASE},
                "holds_ids": True,
            },
        )
        return found, attempt

    return in_transaction(db, body)


def is_due(broadcast: Broadcast, now: datetime) -> bool:
    match broadcast.state:
        case State.SCHEDULED:
            return broadcast.when <= now
        case State.FREEZING:
            return broadcast.freezing is None or bool(broadcast.freezing["until"] <= now)
    return False


def _by_version(audience: pl.DataFrame, version_for: Mapping[str, str]) -> list[tuple[str, list[bytes]]]:
    """The sorted ids of everyone who gets each version; an unknown language reads what Japanese readers do."""
    version = pl.col("language").replace_strict(version_for, default=version_for["ja"], return_dtype=pl.String)
    parts = audience.select("key", version=version).partition_by("version", as_dict=True)
    return sorted((str(name), part["key"].sort().to_list()) for (name,), part in parts.items())


def _name(
    db: Client, broadcast: str, attempt: str, frozen_at: datetime, chunks: int, by_language: dict[str, int]
) -> bool:
    """The last write: from here on this attempt is the audience. False when it was withdrawn or taken over."""

    def body(transaction: Transaction) -> bool:
        found = of_snapshot(reference(db, broadcast).get(transaction=transaction))
        if found is None or found.state is not State.FREEZING:
            return False
        if found.freezing is None or found.freezing["attempt"] != attempt:
            return False
        transaction.update(
            reference(db, broadcast),
            {
                "state": State.SENDING.value,
                "freezing": None,
                "attempt": attempt,
                "frozen_at": frozen_at,
                "chunks": chunks,
                "audience": sum(by_language.values()),
                "audience_by_language": by_language,
            },
        )
        return True

    return in_transaction(db, body)
