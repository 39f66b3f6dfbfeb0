"""What became of a broadcast after it was sent: looked up when that is due, and kept, so that a page only reads it.

    broadcasts/{id}.statistics   at, counted, opened, clicked, unfollowed, offered
    broadcasts/{id}.look_at      when it is due next; None: never again

Finishing a broadcast sets the first `look_at`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from google.cloud.firestore import Client, FieldFilter, Transaction

from tsunagu.broadcasts.delivery.slices import ID_BYTES
from tsunagu.broadcasts.delivery.unit import names_counted
from tsunagu.broadcasts.store import BROADCASTS, Broadcast, chunks_of, of_snapshot, reference
from tsunagu.cloud.firestore import in_transaction
from tsunagu.cloud.logs import logger
from tsunagu.line import insight
from tsunagu.line.client import Line
from tsunagu.line.outcomes import Outcome
from tsunagu.residents.store import STOPS, stop_id

LOOKS = (  # after the end; people open most of what they open within a day
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=24, minutes=10),
    timedelta(days=3),
    timedelta(days=7),
    timedelta(days=14),
)
AT_ONCE = 3  # broadcasts in one tick; LINE takes 60 questions an hour
AGAIN = timedelta(minutes=15)  # after a look that came to nothing
UNFOLLOWED_WITHIN = timedelta(hours=24)
LATE_STOPS = timedelta(minutes=10)  # LINE tells of a block a little later

Offered = Callable[[Client, Broadcast], Mapping[str, int]]
"""Figures that another subject has about a broadcast, by name; {} where it has none, and then the last ones stand."""


@dataclass(frozen=True)
class Statistics:
    """People. `opened` and `clicked` as LINE tells them: None is fewer than 20 where it `counted`, and otherwise not
    known. `unfollowed`: of the audience, within 24 hours after the freeze; None: not known (yet)."""

    at: datetime | None = None
    counted: bool = False
    opened: int | None = None
    clicked: int | None = None
    unfollowed: int | None = None
    offered: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, broadcast: Broadcast) -> "Statistics":
        known = broadcast.statistics
        return cls(**{each.name: known[each.name] for each in fields(cls) if each.name in known})

    def to_document(self) -> dict[str, Any]:
        return {**vars(self), "offered": dict(self.offered)}


def click_to_first(broadcast: Broadcast) -> float | None:
    """Seconds from the moment nobody had to do anything more until LINE took the first slice."""
    return _seconds(broadcast, broadcast.first_accepted_at)


def click_to_last(broadcast: Broadcast) -> float | None:
    """… and the last."""
    return _seconds(broadcast, broadcast.last_accepted_at)


def _seconds(broadcast: Broadcast, accepted: datetime | None) -> float | None:
    return (accepted - (broadcast.due_at or broadcast.when)).total_seconds() if accepted is not None else None


def due_statistics(db: Client, line: Line, now: datetime, offered: Sequence[Offered], zone: ZoneInfo) -> None:
    """For run_due_work: look at those whose time has come, the longest waiting first. Trouble with one does
    not hold up the next, and is raised at last."""
    waiting = db.collection(BROADCASTS).where(filter=FieldFilter("look_at", "<=", now)).order_by("look_at")
    trouble: Exception | None = None
    for snapshot in list(waiting.limit(AT_ONCE).select([]).stream()):
        try:
            broadcast = _claim(db, snapshot.id, now)
            if broadcast is not None and not _look(db, line, broadcast, now, offered, zone):
                break
        except Exception as error:
            logger().error("the statistics could not be looked up", broadcast=snapshot.id, error=error)
            trouble = trouble or error
    if trouble is not None:
        raise trouble


def _claim(db: Client, broadcast: str, now: datetime) -> Broadcast | None:
    """None: another tick has it. Its turn comes again a little later, whatever becomes of this look."""

    def body(transaction: Transaction) -> Broadcast | None:
        found = of_snapshot(reference(db, broadcast).get(transaction=transaction))
        if found is None or found.look_at is None or found.look_at > now:
            return None
        transaction.update(reference(db, broadcast), {"look_at": now + AGAIN})
        return found

    return in_transaction(db, body)


def _look(
    db: Client, line: Line, broadcast: Broadcast, now: datetime, offered: Sequence[Offered], zone: ZoneInfo
) -> bool:
    """False: LINE wants to be asked later."""
    before = Statistics.of(broadcast)
    told = _told_by_line(db, line, broadcast, now, zone)
    if told is None:
        return False
    unfollowed = before.unfollowed if before.unfollowed is not None else _unfollowed(db, broadcast, now)
    also = {name: count for each in offered for name, count in each(db, broadcast).items()}
    found = Statistics(now, *told, unfollowed, {**before.offered, **also})
    reference(db, broadcast.id).update({"statistics": found.to_document(), "look_at": _next_look(broadcast, now)})
    return True


def _next_look(broadcast: Broadcast, now: datetime) -> datetime | None:
    ended_at = broadcast.ended_at or now
    return next((ended_at + after for after in LOOKS if ended_at + after > now), None)


def _told_by_line(
    db: Client, line: Line, broadcast: Broadcast, now: datetime, zone: ZoneInfo
) -> tuple[bool, int | None, int | None] | None:
    """Whether it counted, who opened, who clicked; None: ask later."""
    if broadcast.unit is None or broadcast.frozen_at is None:
        return False, None, None
    first, today = (moment.astimezone(zone).date() for moment in (broadcast.frozen_at, now))
    last = min(today, first + timedelta(days=insight.DAYS_LIMIT))
    asked = insight.figures(line, broadcast.unit, first, last)
    if not asked.outcome.is_final:
        return None
    if asked.outcome is Outcome.REFUSED:
        logger().error("LINE does not tell who opened a broadcast", broadcast=broadcast.id, status=asked.status)
        return False, None, None
    used = insight.names_used(line).answer.get("numOfCustomAggregationUnits")
    if isinstance(used, int):
        names_counted(db, used, now, zone)
    overview = asked.answer.get("overview") or {}
    return True, overview.get("uniqueImpression"), overview.get("uniqueClick")


def _unfollowed(db: Client, broadcast: Broadcast, now: datetime) -> int | None:
    """Of its audience, who blocked the account within a day; None before that, and once the frozen ids are gone."""
    if broadcast.attempt is None or broadcast.frozen_at is None:
        return None
    until = broadcast.frozen_at + UNFOLLOWED_WITHIN
    if now < until + LATE_STOPS:
        return None
    stops = db.collection(STOPS).where(filter=FieldFilter("at", ">=", broadcast.frozen_at))
    stops = stops.where(filter=FieldFilter("at", "<=", until))
    blocked = {stop.id for stop in stops.stream() if stop.get("why") == "blocked"}
    chunks, found = 0, 0
    for chunk in chunks_of(db, broadcast.id, broadcast.attempt).select(["ids"] if blocked else []).stream():
        chunks += 1
        ids = chunk.get("ids") if blocked else b""
        found += sum(stop_id(f"U{ids[at : at + ID_BYTES].hex()}") in blocked for at in range(0, len(ids), ID_BYTES))
    return found if chunks == broadcast.chunks else None
