"""Faults to order: what a test wants to go wrong, where, and how often."""

import json
import random
from dataclasses import dataclass
from enum import StrEnum
from threading import Lock


class Kind(StrEnum):
    BEFORE = "before"  # broken before the request is accepted
    AFTER = "after"  # accepted, and then no good answer
    HANG = "hang"  # no answer at all
    SLOW = "slow"  # a late answer, nothing else wrong
    STATUS = "status"  # refused with a status of choice


@dataclass
class Fault:
    """`endpoint` "*" means every one; `count` None means without end."""

    id: int
    endpoint: str
    kind: Kind
    probability: float = 1.0
    count: int | None = None
    status: int = 500
    seconds: float = 0.0
    cut: bool = False  # break the connection in place of an answer
    accepted: bool = False  # whether a hanging request is accepted first
    message: str | None = None
    user: str | None = None  # only requests that name this recipient
    words: str | None = None  # only requests that hold these words
    hits: int = 0

    def meets(self, body: bytes) -> bool:
        if self.user is not None and self.user.encode() not in body:
            return False
        # JSON may write a letter as itself or as its number.
        return self.words is None or any(
            json.dumps(self.words, ensure_ascii=ascii)[1:-1].encode() in body for ascii in (True, False)
        )


class Faults:
    def __init__(self, seed: int = 0) -> None:
        self._lock = Lock()
        self._chance = random.Random(seed)
        self._last = 0
        self.ordered: list[Fault] = []

    def order(self, fault: Fault) -> Fault:
        with self._lock:
            self._last += 1
            fault.id = self._last
            self.ordered.append(fault)
            return fault

    def cancel(self, fault_id: int | None = None) -> int:
        with self._lock:
            kept = [fault for fault in self.ordered if fault_id is not None and fault.id != fault_id]
            cancelled = len(self.ordered) - len(kept)
            self.ordered = kept
            return cancelled

    def draw(self, endpoint: str, body: bytes) -> Fault | None:
        """The first fault that strikes this request."""
        if not self.ordered:
            return None
        with self._lock:
            for fault in self.ordered:
                if fault.endpoint not in ("*", endpoint) or (fault.count is not None and fault.hits >= fault.count):
                    continue
                if not fault.meets(body):
                    continue
                if self._chance.random() < fault.probability:
                    fault.hits += 1
                    return fault
        return None
