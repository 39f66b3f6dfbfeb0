"""The pace at which all workers together call LINE's multicast: places in time are taken from one document.

    pace/multicast    {next_at, rate, slowed_at, urgent_until}

Whoever is about to send takes as many places as it has requests, one behind the other at LINE's rate. So the workers
need not know of each other, and what may save a life goes first: while it takes places, nothing else is given any.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any

from google.api_core.exceptions import Aborted, AlreadyExists, FailedPrecondition, NotFound
from google.cloud.firestore import Client, DocumentReference

from tsunagu.cloud.outcomes import TryAgain

PACE = "pace"
RATE = 198.0  # multicasts a second: LINE takes 200 of one channel, and clocks differ a little
SLOWEST = 20.0
AT_ONCE = 10  # places that may lie in the past: LINE's bucket holds more, how many it does not say
SLOWER = 0.8  # of the rate, after LINE said that it was too fast
SLOWED_FOR = timedelta(seconds=0.5)  # requests refused together slow it down once
FASTER = 20.0  # a second each second, until the full rate
URGENT_KEEPS = timedelta(seconds=1)  # how long others wait after the last place that was urgent
RACES = 50  # writes lost in a row to other workers

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Pace:
    """As the document says. Times are aware; `rate` is requests a second at `slowed_at`."""

    next_at: datetime = LONG_AGO
    rate: float = RATE
    slowed_at: datetime = LONG_AGO
    urgent_until: datetime = LONG_AGO

    def rate_at(self, now: datetime) -> float:
        return min(RATE, self.rate + FASTER * max(0.0, (now - self.slowed_at).total_seconds()))

    def taken(self, places: int, urgent: bool, now: datetime) -> tuple["Pace", list[datetime]] | None:
        """The pace after so many places were taken, and their times; None where others go first."""
        if not urgent and self.urgent_until > now:
            return None
        between = timedelta(seconds=1 / self.rate_at(now))
        first = max(self.next_at, now - AT_ONCE * between)
        times = [first + number * between for number in range(places)]
        next_at = first + places * between
        urgent_until = max(self.urgent_until, next_at + URGENT_KEEPS) if urgent else self.urgent_until
        return Pace(next_at, self.rate, self.slowed_at, urgent_until), times

    def slower(self, now: datetime) -> "Pace":
        if self.slowed_at + SLOWED_FOR > now:
            return self
        rate = max(SLOWEST, self.rate_at(now) * SLOWER)
        return Pace(max(self.next_at, now), rate, now, self.urgent_until)


@dataclass
class Pacer:
    """One a process, shared by its threads."""

    db: Client
    clock: Callable[[], datetime]
    sleep: Callable[[float], None] = time.sleep
    _lock: Lock = field(default_factory=Lock)

    def take(self, places: int, urgent: bool) -> list[datetime] | None:
        """Times at which so many requests may go, in order; None while something urgent goes out. Raises TryAgain."""
        times: list[datetime] = []

        def change(pace: Pace) -> Pace | None:
            taken = pace.taken(places, urgent, self.clock())
            if taken is None:
                return None
            times[:] = taken[1]
            return taken[0]

        return times if self._change(change) else None

    def wait_for(self, at: datetime) -> None:
        seconds = (at - self.clock()).total_seconds()
        if seconds > 0:
            self.sleep(seconds)

    def slow_down(self) -> None:
        """LINE said that we were too fast."""

        def change(pace: Pace) -> Pace | None:
            slower = pace.slower(self.clock())
            return None if slower == pace else slower

        self._change(change)

    def _change(self, change: Callable[[Pace], Pace | None]) -> bool:
        """Whether there was anything to change; each write stands on the document as it was read."""
        with self._lock:
            for _ in range(RACES):
                snapshot = self._document().get()
                changed = change(_of(snapshot.to_dict()))
                if changed is None:
                    return False
                try:
                    if snapshot.exists:
                        option = self.db.write_option(last_update_time=snapshot.update_time)
                        self._document().update(vars(changed), option=option)
                    else:
                        self._document().create(vars(changed))
                except (Aborted, AlreadyExists, FailedPrecondition, NotFound):
                    continue
                return True
        raise TryAgain("Firestore: contention on the pace")

    def _document(self) -> DocumentReference:
        return self.db.collection(PACE).document("multicast")


def _of(document: Mapping[str, Any] | None) -> Pace:
    return Pace(**document) if document else Pace()
