"""The answer of an idle city: from the webhook that LINE sends to the reply that LINE gets, one event at a time.

Both moments are the stand-in's own, to the millisecond. The bare chain publishes the body, Pub/Sub's emulator pushes
it, and the bare handler does nothing but reply.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median, quantiles

from local.bench.chains import side_by_side
from local.bench.events import settle, tap
from local.bench.figure import Figure, Tell, at_most, reported
from local.city import City
from local.phones import Phone

ASKED = 3.0
PATIENCE = 60.0  # seconds for one answer
REST = 0.05  # seconds after it: what the handler does once it has replied is not the next one's burden


@dataclass(frozen=True)
class Size:
    events: int = 240  # of each kind
    first: int = 20  # not counted: they make clients and connections


def measure(tell: Tell, size: Size = Size()) -> Iterator[Figure]:
    """One event of the real city, one of the bare one, in turn."""
    with side_by_side("receive_webhook", "handle_line_event", bare="chain") as (real, bare):
        streets = [Street(city, settle(city, 20)) for city in (real, bare)]
        for number in range(size.first):
            for street in streets:
                street.answer(number)
        waits: tuple[list[int], list[int]] = ([], [])
        for number in range(size.first, size.first + size.events):
            if number % 60 == 0:
                tell(f"event {number - size.first + 1} of {size.events}")
            for street, kept in zip(streets, waits, strict=True):
                kept.append(street.answer(number))
    for what, of in (("median", median), ("p95", p95)):
        took, bare_took = (of(kept) for kept in waits)
        yield reported(f"{what}, webhook in to reply out", took, "ms")
        yield reported(f"{what}, bare chain", bare_took, "ms")
        yield at_most(f"{what}, city / bare chain", took / bare_took, "ratio", ASKED)


def p95(waits: Sequence[int]) -> float:
    return quantiles(waits, n=20)[-1]


@dataclass(frozen=True)
class Street:
    """A few residents of a city who speak one after another."""

    city: City
    phones: Sequence[Phone]

    def answer(self, number: int) -> int:
        """Milliseconds until the answer to one tap. Raises RuntimeError when there is none."""
        phone = self.phones[number % len(self.phones)]
        control, since = phone.phones.control, phone.latest()
        sends, posts = self._last("requests"), self._last("webhooks")
        tap([phone], number // len(self.phones))
        if not phone.answer(since, timeout=PATIENCE):
            raise RuntimeError(f"no answer within {PATIENCE:.0f} seconds")
        time.sleep(REST)
        [posted] = control("GET", f"/webhooks?since={posts}")["webhooks"]
        replied = control("GET", f"/requests?since={sends}&endpoint=reply")["requests"][0]
        return int(replied["at"]) - int(posted["at"])

    def _last(self, what: str) -> int:
        found = self.phones[0].phones.control("GET", f"/{what}?since=1000000")
        return int(found["last"])
