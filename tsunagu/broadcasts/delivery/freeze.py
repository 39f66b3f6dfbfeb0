"""Freezing an audience: who belongs to it now, cut into chunks that no later change can move.

An audience of a city takes more than one commit. So the chunks go under a new attempt, and one last write on the
broadcast names that attempt; nothing is announced before it. An attempt that did not come so far counts for nothing:
when its lease has run out it is swept, and another begins.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any
from uuid import uuid4

import polars as pl
from google.cloud.firestore import Client, DocumentReference, Transaction

from tsunagu.audiences.roster import RosterKeeper, Size
from tsunagu.broadcasts import invited
from tsunagu.broadcasts.delivery.cost import Spent
from tsunagu.broadcasts.delivery.slices import CHUNK_LIMIT
from tsunagu.broadcasts.delivery.spread import Spread, in_minutes
from tsunagu.broadcasts.delivery.unit import claim_unit
from tsunagu.broadcasts.invited import Unfinished, invites, nobody_knows
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
    db: Client,
    broadcast: str,
    clock: Clock,
    keeper: RosterKeeper,
    house: House,
    chunk_limit: int = CHUNK_LIMIT,
    unfinished: Unfinished = nobody_knows,
) -> Broadcast | None:
    """Freeze it if that is due; gives it as frozen, or None where somebody else does that or nothing is due."""
    claimed = _claim(db, broadcast, clock(), house)
    if claimed is None:
        return None
    found, attempt = claimed
    try:
        return _freeze(db, found, attempt, clock, keeper, house, chunk_limit, unfinished)
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
    unfinished: Unfinished,
) -> Broadcast | None:
    began, broadcast = time.monotonic(), found.id
    for died in freezes_of(db, broadcast):
        if died != attempt:
            sweep(db, broadcast, died)
    if invites(found):
        invited.sweep(db, broadcast, lambda died: died != attempt)
    # Before the roster is read: whoever stops hearing from now on is left out when a slice is tried first.
    frozen_at = clock()
    urgent, roster = found.kind is Kind.LIFE_SAFETY, keeper.now()
    try:
        members, size = roster.taken(found.to, urgent, _among(db, found, frozen_at, unfinished))
    except Rejected as gone:
        # A list that it names is there no more. Without it this would be another audience, perhaps everyone.
        _fail(db, broadcast, gone.reason, clock())
        return None
    expires = frozen_at + KEPT_AT_MOST
    chunks_of(db, broadcast, attempt).parent.set({"begun_at": frozen_at, "expires": expires})
    parts = _parts(found, attempt, members, chunk_limit)
    chunks = [_chunk(db, found, attempt, number, part, expires) for number, part in enumerate(parts)]
    kept = list(invited.documents(db, broadcast, attempt, members["key"], frozen_at)) if invites(found) else []
    with ThreadPoolExecutor(WRITES_AT_ONCE, "freeze") as threads:
        # Nobody else writes under this attempt, and a write that the client repeats by itself is the same write.
        list(threads.map(lambda document: document[0].set(document[1]), [*chunks, *kept]))
    if kept:
        invited.without_the_erased(db, broadcast, frozen_at)
    seconds = time.monotonic() - began  # of a service with 1 GiB
    # The claim and the name read and write the broadcast, the name the month's units; packs are read as they are kept.
    writes = len(chunks) + len(kept) + 4
    spent = Spent(reads=roster.reads + 4, writes=writes, requests=1, vcpu_seconds=seconds, gib_seconds=seconds)
    spread = _spread(parts, frozen_at) if found.over_minutes and parts else None
    if not _name(db, found, attempt, frozen_at, len(chunks), size, spent, house, spread):
        sweep(db, broadcast, attempt)
        invited.sweep(db, broadcast, lambda lost: lost == attempt)
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
                "keeps_invited": invites(found),
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


@dataclass(frozen=True)
class _Part:
    """What goes into one chunk: sorted ids, and the edges between which somebody of them is sought."""

    version: str
    ids: list[bytes]
    edges: tuple[bytes, bytes]
    minute: int = 0


def _among(db: Client, broadcast: Broadcast, now: datetime, unfinished: Unfinished) -> pl.Series | None:
    """Whom a reminder may go to; None for anything else. Raises Rejected."""
    if not broadcast.remind:
        return None
    assert broadcast.survey is not None
    sieve = unfinished(db, broadcast.survey)
    return sieve(invited.invited(db, broadcast.survey, now))


def _parts(broadcast: Broadcast, attempt: str, members: pl.DataFrame, limit: int) -> list[_Part]:
    """Everyone once, by the version they get; an unknown language reads what Japanese readers do."""
    known = broadcast.version_for
    version = pl.col("language").replace_strict(known, default=known["ja"], return_dtype=pl.String)
    versions = members.select("key", version=version)
    if broadcast.over_minutes:
        return list(_by_minute(in_minutes(versions, attempt, broadcast.over_minutes), limit))
    return list(_by_version(versions, limit))


def _by_version(members: pl.DataFrame, limit: int) -> Iterator[_Part]:
    parts = members.partition_by("version", as_dict=True)
    for (name,), part in sorted(parts.items()):
        ids = part["key"].sort().to_list()
        for start in range(0, len(ids), limit):
            some = ids[start : start + limit]
            yield _Part(str(name), some, (some[0][:2], some[-1][:2]))


def _by_minute(members: pl.DataFrame, limit: int) -> Iterator[_Part]:
    for (minute, name), part in sorted(members.partition_by("minute", "version", as_dict=True).items()):
        for start in range(0, part.height, limit):
            some = part.slice(start, limit)
            edges = some["place"][0][:2], some["place"][-1][:2]
            yield _Part(str(name), some["key"].sort().to_list(), edges, int(minute))


def _spread(parts: Sequence[_Part], begins: datetime) -> Spread:
    counts = Counter(part.minute for part in parts)
    return Spread(tuple(accumulate(counts[minute] for minute in range(max(counts) + 1))), begins)


def _chunk(
    db: Client, broadcast: Broadcast, attempt: str, number: int, part: _Part, expires: datetime
) -> tuple[DocumentReference, dict[str, Any]]:
    return (
        chunks_of(db, broadcast.id, attempt).document(str(number)),
        {
            "version": part.version,
            "n": len(part.ids),
            "ids": b"".join(part.ids),
            # Enough to know where somebody must be sought who erases themselves, too little to know them by.
            "from": part.edges[0],
            "to": part.edges[1],
            "open": not broadcast.over_minutes,
            "lease": None,
            "next_try": None,
            "slices": {},
            "forget": [],
            "expires": expires,
        },
    )


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
    spread: Spread | None,
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
                "spread": spread.to_document() if spread else None,
                "spent": spent.to_document(),
            },
        )
        return True

    return in_transaction(db, body)
