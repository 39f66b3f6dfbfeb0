"""What holds of every broadcast: its kinds, its states, and how its totals are counted. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from enum import StrEnum
from typing import Any

IDS_KEPT = timedelta(hours=48)  # frozen ids, after the broadcast has ended


class Kind(StrEnum):
    NEWS = "news"
    LIFE_SAFETY = "life_safety"


class State(StrEnum):
    DRAFT = "draft"
    WAITING = "waiting"  # for somebody's approval
    SCHEDULED = "scheduled"
    FREEZING = "freezing"
    SENDING = "sending"
    PAUSED = "paused"
    SENT = "sent"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"  # its "not after" passed
    FAILED = "failed"  # LINE took it for nobody

    def may_become(self, other: "State") -> bool:
        return other in MOVES[self]


MOVES: Mapping[State, frozenset[State]] = {
    State.DRAFT: frozenset({State.WAITING, State.SCHEDULED, State.WITHDRAWN}),
    State.WAITING: frozenset({State.DRAFT, State.SCHEDULED, State.WITHDRAWN, State.EXPIRED}),
    State.SCHEDULED: frozenset({State.FREEZING, State.WITHDRAWN, State.EXPIRED}),
    State.FREEZING: frozenset({State.FREEZING, State.SENDING, State.WITHDRAWN, State.EXPIRED}),
    State.SENDING: frozenset({State.PAUSED, State.SENT, State.WITHDRAWN, State.EXPIRED, State.FAILED}),
    State.PAUSED: frozenset({State.SENDING, State.WITHDRAWN, State.EXPIRED, State.FAILED}),
    State.SENT: frozenset(),
    State.WITHDRAWN: frozenset(),
    State.EXPIRED: frozenset(),
    State.FAILED: frozenset(),
}


def ends_hearing(kind: Kind, why: str) -> bool:
    """Whether somebody who since `blocked`, `stopped` or `erased` is left out: stopping keeps what may save a life."""
    return not (kind is Kind.LIFE_SAFETY and why == "stopped")


@dataclass(frozen=True)
class Totals:
    """People, by what became of the message to them."""

    accepted: int = 0
    refused: int = 0
    withdrawn: int = 0
    expired: int = 0
    stopped: int = 0
    erased: int = 0

    def __add__(self, other: "Totals") -> "Totals":
        return Totals(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))

    def everyone(self) -> int:
        return sum(getattr(self, each.name) for each in fields(self))

    def to_document(self) -> dict[str, Any]:
        not_sent = {name: getattr(self, name) for name in ("withdrawn", "expired", "stopped", "erased")}
        return {"accepted": self.accepted, "refused": self.refused, "not_sent": not_sent}

    @classmethod
    def of_document(cls, document: Mapping[str, Any]) -> "Totals":
        return cls(document["accepted"], document["refused"], **document["not_sent"])


def ending(audience: int, found: Totals) -> State | None:
    """What a broadcast becomes whose chunks are all done; None while somebody of the audience is unaccounted for."""
    if found.everyone() != audience:
        return None
    return State.FAILED if found.refused + found.expired and not found.accepted else State.SENT
