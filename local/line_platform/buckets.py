"""Token buckets: one for each endpoint, as LINE limits a channel."""

import time
from dataclasses import dataclass, field
from threading import Lock


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
