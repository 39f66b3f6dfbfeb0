"""How often a channel may ask: token buckets, one for each endpoint, and what LINE counts by the hour."""

import time
from collections import deque
from dataclasses import dataclass, field
from threading import Lock

HOUR = 60 * 60 * 1000  # milliseconds


@dataclass
class Bucket:
    rate: float  # tokens a second
    capacity: float
    tokens: float = field(init=False)
    filled_at: float = field(init=False)

    def __post_init__(self) -> None:
        self.tokens = self.capacity
        self.filled_at = time.monotonic()

    def take(self) -> bool:
        now = time.monotonic()
        self.tokens = min(self.capacity, self.tokens + (now - self.filled_at) * self.rate)
        self.filled_at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


class Buckets:
    def __init__(self, rates: dict[str, float], capacity: float) -> None:
        self.lock = Lock()
        self.rates = dict(rates)
        self.capacity = capacity
        self._fill()

    def _fill(self) -> None:
        self._buckets = {name: Bucket(rate, self.capacity) for name, rate in self.rates.items()}

    def change(self, rates: dict[str, float] | None = None, capacity: float | None = None) -> None:
        """Sets new rates or a new capacity; every bucket starts full again."""
        with self.lock:
            self.rates |= rates or {}
            self.capacity = self.capacity if capacity is None else capacity
            self._fill()

    def take(self, endpoint: str) -> bool:
        with self.lock:
            return self._buckets[endpoint].take()


class Hourly:
    """So many in any hour of the platform's clock."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._taken: deque[int] = deque()

    def take(self, now: int) -> bool:
        while self._taken and self._taken[0] <= now - HOUR:
            self._taken.popleft()
        if len(self._taken) >= self.most:
            return False
        self._taken.append(now)
        return True
