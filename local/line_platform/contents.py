"""Pictures that residents sent: kept for whoever fetches them from LINE's data host."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    READY = "ready"
    PREPARING = "preparing"  # LINE answers 202: ask again later
    GONE = "gone"  # LINE answers 410: it keeps nothing for long


@dataclass
class Content:
    raw: bytes
    kind: str  # media type
    state: State = State.READY
