"""Freezing an audience: who belongs to it now, cut into chunks that no later change can move.

An audience of a city takes more than one commit. So the chunks go under a new attempt, and one last write on the
broadcast names that attempt; nothing is announced before it. An attempt that did not come so far counts for nothing:
when its lease has run out it is swept, and another begins.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import polars as pl
from google.cloud.firestore import Client, DocumentReference, Transaction

from tsunagu.audiences.roster import RosterKeeper, Size
from tsunagu.broadcasts.delivery.cost import Spent
from tsunagu.broadcasts.delivery.slices import CHUNK_LIMIT
from tsunagu.broadcasts.delivery.unit import claim_unit
from tsunagu.broadcasts.life.house import House, is_due
from tsunagu.broadcasts.life.step import Change, Declined, step
from tsunagu.broadcasts.life.withdraw import stopped
from tsunagu.broadcasts.rules import ITSELF, Kind, State
from tsunagu.broadcasts.store import (
    KEPT_AT_MOST,
    NO_WARD,
    Broadcast,
    chunks_of,
    freezes_of,
    of_snapshot,
    reference,
    sweep,
)
from tsunagu.cloud.firestore import in_transaction
from tsunagu.cloud.logs import logger
from tsunagu.cloud.outcomes import Rejected

LEASE = timedelta(seconds=60)  # far more than 730,000 residents take
WRITES_AT_ONCE = 4  # chunks are written side by side
Clock = Callable[[], datetime]


def freeze(
    db: Client, broadcast: str, clock: Clock, keeper: RosterKeeper, house: House, chunk_limit: int = CHUNK_LIMIT
) -> Broadcast | None:
    """Freeze it if that is due; gives it as frozen, or None where somebody else does that or nothing is due."""
    claimed = _claim(db, broadcast, clock(), house)
    if claimed is None:
        return None
    found, attempt = claimed
    try:
        return _freeze(db, found, attempt, clock, keeper, house, chunk_limit)
    except Exception:
        # The next try need not wait for the lease of this one: it may be urgent.
        _give_back(db, broadcast, attempt, clock())
        raise


def _freeze(
    db: Client,
    found: Broadcast,
    attempt: str,
    clock: Clock,
    keeper: RosterKeeper,
    house: House,
    chunk_limit: int,
) -> Broadcast | None:
    began, broadcast = time.monotonic(), found.id
    for died in freezes_of(db, broadcast):
        if died != attempt:
            sweep(db, broadcast, died)
    # Before the roster is read: whoever stops hearing from now on is left out when a slice is tried first.
    frozen_at = clock()
    urgent, roster = found.kind is Kind.LIFE_SAFETY, keeper.now()
    try:
        members, size = roster.taken(found.to, urgent)
    except Rejected as gone:
        # A list that it names is there no more. Without it this would be another audience, perhaps everyone.
        _fail(db, broadcast, gone.reason, clock())
        return None
    expires = frozen_at + KEPT_AT_MOST
    chunks_of(db, broadcast, attempt).parent.set({"begun_at": frozen_at, "expires": expires})
    chunks = list(_chunks(db, found, attempt, members, expires, chunk_limit))
    with ThreadPoolExecutor(WRITES_AT_ONCE, "freeze") as threads:
        # Nobody else writes under this attempt, and a write that the client repeats by itself is the same write.
        list(threads.map(lambda chunk: chunk[0].set(chunk[1]), chunks))
    seconds = time.monotonic() - began  # of a service with 1 GiB
    # The claim and the name read and write the broadcast, the name the month's units; packs are read as they are kept.
    spent = Spent(reads=roster.reads + 4, writes=len(chunks) + 4, requests=1, vcpu_seconds=seconds, gib_seconds=seconds)
    if not _name(db, found, attempt, frozen_at, len(chunks), size, spent, house):
        sweep(db, broadcast, attempt)
        return None
    return of_snapshot(reference(db, broadcast).get())


def _claim(db: Client, broadcast: str, now: datetime, house: House) -> tuple[Broadcast, str] | None:
    attempt = uuid4().hex

    def body(transaction: Transaction) -> tuple[Broadcast, str] | None:
        found = of_snapshot(reference(db, broadcast).get(transaction=transaction))
        if found is None or not may_begin(found, now, house):
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


def _give_back(db: Client, broadcast: str, attempt: str, now: datetime) -> None:
    def body(transaction: Transaction) -> None:
        found = of_snapshot(reference(db, broadcast).get(transaction=transaction))
        if found is not None and found.freezing is not None and found.freezing["attempt"] == attempt:
            transaction.update(reference(db, broadcast), {"freezing.until": now})

    in_transaction(db, body)


def may_begin(broadcast: Broadcast, now: datetime, house: House) -> bool:
    """Whether it is due, or whoever froze it has died."""
    if broadcast.state is State.FREEZING:
        return broadcast.freezing is None or bool(broadcast.freezing["until"] <= now)
    return is_due(broadcast, now, house)


def _chunks(
    db: Client, broadcast: Broadcast, attempt: str, members: pl.DataFrame, expires: datetime, limit: int
) -> Iterator[tuple[DocumentReference, dict[str, Any]]]:
    number = 0
    for version, ids in _by_version(members, broadcast.version_for):
        for start in range(0, len(ids), limit):
            part = ids[start : start + limit]
            yield (
                chunks_of(db, broadcast.id, attempt).document(str(number)),
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
                },
            )
            number += 1


def _by_version(members: pl.DataFrame, version_for: Mapping[str, str]) -> list[tuple[str, list[bytes]]]:
    """The sorted ids of everyone who gets each version; an unknown language reads what Japanese readers do."""
    version = pl.col("language").replace_strict(version_for, default=version_for["ja"], return_dtype=pl.String)
    parts = members.select("key", version=version).partition_by("version", as_dict=True)
    return sorted((str(name), part["key"].sort().to_list()) for (name,), part in parts.items())


def _fail(db: Client, broadcast: str, reason: str, now: datetime) -> None:
    def deed(found: Broadcast) -> tuple[str, State, Change]:
        return "broadcast.fail", State.FAILED, {"failed_with": reason, "failed_at": now, **stopped(found, now)}

    with suppress(Declined):  # withdrawn meanwhile
        step(db, broadcast, deed, ITSELF, now, reason)
    logger().error("an audience cannot be frozen", broadcast=broadcast, outcome="failed")


def _name(
    db: Client,
    broadcast: Broadcast,
    attempt: str,
    frozen_at: datetime,
    chunks: int,
    size: Size,
    spent: Spent,
    house: House,
) -> bool:
    """The last write: from here on this attempt is the audience. False when it was withdrawn or taken over."""

    def body(transaction: Transaction) -> bool:
        found = of_snapshot(reference(db, broadcast.id).get(transaction=transaction))
        if found is None or found.state is not State.FREEZING:
            return False
        if found.freezing is None or found.freezing["attempt"] != attempt:
            return False
        unit = claim_unit(db, transaction, broadcast.id, frozen_at, house.zone) if size.total else None
        transaction.update(
            reference(db, broadcast.id),
            {
                "state": State.SENDING.value,
                "freezing": None,
                "attempt": attempt,
                "frozen_at": frozen_at,
                "chunks": chunks,
                "audience": size.total,
                "audience_by_language": dict(size.by_language),
                "audience_by_ward": {ward or NO_WARD: count for ward, count in size.by_ward.items()},
                "no_ward": size.no_ward,
                "unit": unit,
                "spent": spent.to_document(),
            },
        )
        return True

    return in_transaction(db, body)
