"""What holds of every broadcast: its kinds, its states, and how its totals are counted. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any

IDS_KEPT = timedelta(hours=48)  # frozen ids, after the broadcast has ended
SENT_WITHIN = timedelta(days=3)  # of its freeze: who stops is known for four days, whom it is for for seven
APPROVAL_ABOVE = 1_000  # people, where the city does not say otherwise
ITSELF = "tsunagu"  # who did it, in the audit, where nobody did
LATE = timedelta(hours=2)  # what is later than this is not sent of itself: the day it spoke of may be over
QUOTA, BY_LINE = "quota", "LINE"  # why, and by whom, it is paused when the month's messages are used up
UNIT_LIMIT = 30  # characters of a name that LINE counts under, [A-Za-z0-9_]


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
    EXPIRED = "expired"  # its "not after" passed, or its audience was frozen too long ago
    FAILED = "failed"  # LINE took it for nobody

    def may_become(self, other: "State") -> bool:
        return other in MOVES[self]

    @property
    def label(self) -> tuple[str, str]:
        """In Japanese and in English."""
        return _LABELS[self]


_LABELS = {
    State.DRAFT: ("下書き", "a draft"),
    State.WAITING: ("承認待ち", "waiting for approval"),
    State.SCHEDULED: ("予約済み", "scheduled"),
    State.FREEZING: ("対象を確定中", "having its audience fixed"),
    State.SENDING: ("配信中", "being sent"),
    State.PAUSED: ("一時停止中", "paused"),
    State.SENT: ("配信済み", "sent"),
    State.WITHDRAWN: ("取りやめ", "withdrawn"),
    State.EXPIRED: ("期限切れ", "expired"),
    State.FAILED: ("失敗", "failed"),
}

MOVES: Mapping[State, frozenset[State]] = {
    State.DRAFT: frozenset({State.WAITING, State.SCHEDULED, State.WITHDRAWN}),
    State.WAITING: frozenset({State.DRAFT, State.SCHEDULED, State.WITHDRAWN, State.EXPIRED}),
    # SENT: a series after its last occurrence.
    State.SCHEDULED: frozenset({State.FREEZING, State.SENT, State.WITHDRAWN, State.EXPIRED}),
    State.FREEZING: frozenset({State.FREEZING, State.SENDING, State.WITHDRAWN, State.EXPIRED, State.FAILED}),
    State.SENDING: frozenset({State.PAUSED, State.SENT, State.WITHDRAWN, State.EXPIRED, State.FAILED}),
    # SENT: what was under way when it was paused was all that was left.
    State.PAUSED: frozenset({State.SENDING, State.SENT, State.WITHDRAWN, State.EXPIRED, State.FAILED}),
    State.SENT: frozenset(),
    State.WITHDRAWN: frozenset(),
    State.EXPIRED: frozenset(),
    State.FAILED: frozenset(),
}


def needs_approval(kind: Kind, size: int, above: int = APPROVAL_ABOVE) -> str | None:
    """Why somebody other than its writer must approve it; None where nobody has to. `size` is in people."""
    if kind is Kind.LIFE_SAFETY:
        return "it is about saving lives"
    return f"it goes to {size:,} people, more than {above:,}" if size > above else None


def unit_of(broadcast: str) -> str:
    """Under what name LINE counts who opened it: the broadcast's id, cut where LINE's limit asks for it."""
    name = re.sub(r"[^A-Za-z0-9_]", "_", broadcast)
    if len(name) <= UNIT_LIMIT:
        return name
    return f"{name[: UNIT_LIMIT - 9]}_{sha256(broadcast.encode()).hexdigest()[:8]}"


def ends_hearing(kind: Kind, why: str) -> bool:
    """Whether somebody who since `blocked`, `stopped` or `erased` is left out: stopping keeps what may save a life."""
    return not (kind is Kind.LIFE_SAFETY and why == "stopped")


NOT_SENT = ("withdrawn", "expired", "stopped", "erased", "failed")  # the reasons, as `Totals` counts them


@dataclass(frozen=True)
class Totals:
    """People, by what became of the message to them."""

    accepted: int = 0
    refused: int = 0
    withdrawn: int = 0
    expired: int = 0
    stopped: int = 0
    erased: int = 0
    failed: int = 0  # LINE had refused the message itself, so they were not tried

    def __add__(self, other: "Totals") -> "Totals":
        return Totals(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))

    def everyone(self) -> int:
        return sum(getattr(self, each.name) for each in fields(self))

    def to_document(self) -> dict[str, Any]:
        not_sent = {name: getattr(self, name) for name in NOT_SENT}
        return {"accepted": self.accepted, "refused": self.refused, "not_sent": not_sent}

    @classmethod
    def of_document(cls, document: Mapping[str, Any]) -> "Totals":
        return cls(document["accepted"], document["refused"], **document["not_sent"])


def ending(audience: int, found: Totals, past: bool = False) -> State | None:
    """What a broadcast becomes whose chunks are all done; None while somebody of the audience is unaccounted for.

    `past`: its "not after" has passed.
    """
    if found.everyone() != audience:
        return None
    if past and found.expired:
        return State.EXPIRED
    return State.FAILED if found.refused + found.expired and not found.accepted else State.SENT
