"""Retry keys: a send is accepted once for each key and 24 hours."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from local.line_platform.limits import RETRY_KEY_MS

ENDPOINTS = frozenset({"push", "multicast"})  # the others of LINE's that take a key are not offered here


@dataclass(frozen=True)
class Accepted:
    endpoint: str
    digest: bytes  # of the request's body
    request_id: str
    at: int
    answer: dict[str, Any]


class RetryKeys:
    def __init__(self) -> None:
        self._accepted: dict[UUID, Accepted] = {}

    def find(self, key: UUID, now: int) -> Accepted | None:
        known = self._accepted.get(key)
        if known is None or now - known.at >= RETRY_KEY_MS:
            return None
        return known

    def keep(self, key: UUID, accepted: Accepted) -> None:
        self._accepted[key] = accepted


def parse(written: str) -> UUID | None:
    """A UUID in its usual 36 letters, or None."""
    try:
        key = UUID(written)
    except ValueError:
        return None
    return key if str(key) == written.lower() else None
