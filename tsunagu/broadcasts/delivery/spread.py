"""Spreading a broadcast over minutes, so that what people reply does not come as a flood.

Every minute has chunks of its own. They are shut (nobody is told of them, and their `open` is False) until run_due_work
lets their minute go: one transaction opens them and counts the minute. What holds a broadcast, be it a pause, quiet
hours or a clock that stood still, moves all the minutes after it, so that what waited does not go out at once.

In which minute somebody is, is drawn from their id and the freeze: that favours nobody, and tells an erasure where to
look for them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

import polars as pl
from google.cloud.firestore import Client, Transaction

from tsunagu.broadcasts.delivery.chunk import message_of
from tsunagu.broadcasts.delivery.cost import Spent
from tsunagu.broadcasts.delivery.standing import OVER
from tsunagu.broadcasts.life.house import House, held_until
from tsunagu.broadcasts.rules import State
from tsunagu.broadcasts.store import Broadcast, chunks_of, of_snapshot, reference
from tsunagu.cloud.firestore import in_transaction

MINUTE = timedelta(minutes=1)
EARLY = timedelta(seconds=20)  # the clock ticks once a minute, sometimes a little sooner
BEHIND = MINUTE  # no more than this is made up for: a tick that was missed, not a pause
OPENED_AT_ONCE = 400  # chunks; Firestore takes 500 writes in one commit
PLACE_BYTES = 8


@dataclass(frozen=True)
class Spread:
    """`ends`: of each minute, how many chunks it and all before it have; `gone`: how many minutes were let go;
    `next_at`: when the next one is due."""

    ends: tuple[int, ...]
    next_at: datetime
    gone: int = 0

    @classmethod
    def of_document(cls, document: Mapping[str, Any]) -> "Spread":
        return cls(tuple(document["ends"]), document["next_at"], document["gone"])

    def to_document(self) -> dict[str, Any]:
        return {**vars(self), "ends": list(self.ends)}

    @property
    def opened(self) -> int:
        """How many chunks are, the first ones."""
        return self.ends[self.gone - 1] if self.gone else 0

    @property
    def is_through(self) -> bool:
        return self.gone == len(self.ends)

    def at(self, now: datetime) -> "Spread":
        """With every minute let go that has come."""
        gone, next_at = self.gone, max(self.next_at, now - BEHIND)
        while gone < len(self.ends) and next_at <= now + EARLY:
            gone, next_at = gone + 1, next_at + MINUTE
        return replace(self, gone=gone, next_at=next_at) if gone > self.gone else self

    def given_up(self) -> "Spread":
        """With all minutes let go, or as many as are opened at once."""
        gone = self.gone
        while gone < len(self.ends) and (gone == self.gone or self.ends[gone] - self.opened <= OPENED_AT_ONCE):
            gone += 1
        return replace(self, gone=gone)


def place_of(attempt: str, key: bytes) -> bytes:
    """Where in a freeze somebody stands: as good as random, and the same whoever asks."""
    return blake2b(key, key=attempt.encode(), digest_size=PLACE_BYTES).digest()


def sought_at(broadcast: Broadcast, attempt: str, key: bytes) -> bytes:
    """What lies between `from` and `to` of the chunk in which somebody is."""
    return (place_of(attempt, key) if broadcast.over_minutes else key)[:2]


def in_minutes(members: pl.DataFrame, attempt: str, minutes: int) -> pl.DataFrame:
    """Sorted by `place`, with the `minute` of each: in every minute as many, give or take one."""
    places = pl.Series("place", [place_of(attempt, key) for key in members["key"]], dtype=pl.Binary)
    minute = pl.int_range(pl.len()) * minutes // pl.len()
    return members.with_columns(places).sort("place").with_columns(minute=minute)


def let_go(db: Client, broadcast: Broadcast, now: datetime, house: House) -> list[int]:
    """Open the chunks of every minute that has come, of a broadcast that is over all; the numbers of those opened."""
    assert broadcast.attempt is not None and broadcast.spread is not None
    chunks, opened = chunks_of(db, broadcast.id, broadcast.attempt), list[int]()

    def body(transaction: Transaction) -> list[int]:
        found = of_snapshot(reference(db, broadcast.id).get(transaction=transaction))
        if found is None or found.attempt is None or found.spread is None:
            return []
        before = Spread.of_document(found.spread)
        after = _after(found, before, now, house)
        numbers = list(range(before.opened, after.opened))
        if after == before:
            return []
        published = sum(len(message_of(found.id, found.attempt, number)) for number in numbers)
        spent = Spent(reads=1, writes=len(numbers) + 1, published_bytes=published) + Spent.of_document(found.spent)
        change = {"spread": after.to_document(), "spent": spent.to_document()}
        transaction.update(reference(db, found.id), change | {"announced_at": found.announced_at or now})
        for number in numbers:
            transaction.update(chunks.document(str(number)), {"open": True})
        return numbers

    while numbers := in_transaction(db, body):
        opened += numbers
    return opened


def _after(found: Broadcast, spread: Spread, now: datetime, house: House) -> Spread:
    if found.state in OVER or (found.sent_until is not None and found.sent_until <= now):
        # Nobody is sent to any more: whose minute did not come is only to be accounted for.
        return spread.given_up()
    held = found.state is not State.SENDING or held_until(found, now, house) is not None
    return spread if held else spread.at(now)
