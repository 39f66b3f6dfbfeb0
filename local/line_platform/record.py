"""What the platform remembers of the requests made to it and of the webhooks it sent."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Call:
    """One request to LINE's API, whatever became of it."""

    seq: int
    at: int  # epoch milliseconds
    endpoint: str
    request_id: str
    status: int | None = None  # None: no answer was given
    key: str | None = None
    ids: int = 0  # how many recipients it named
    unit: str | None = None  # the aggregation unit it named
    accepted_at: float | None = None  # epoch milliseconds by the machine's clock
    fault: str | None = None
    notes: list[str] = field(default_factory=list)
    to: Sequence[str] = ()  # recipients as named, only where few
    delivered: Sequence[int] = ()  # numbers of the residents it reached
    messages: list[dict[str, Any]] = field(default_factory=list)
    message_ids: list[str] = field(default_factory=list)
    error: str | None = None
    took_ms: float = 0.0

    @property
    def accepted(self) -> bool:
        return self.accepted_at is not None

    def summary(self) -> dict[str, Any]:
        return {
            "seq": self.seq,
            "at": self.at,
            "endpoint": self.endpoint,
            "status": self.status,
            "request_id": self.request_id,
            "key": self.key,
            "ids": self.ids,
            "delivered": len(self.delivered),
            "accepted": self.accepted,
            "fault": self.fault,
            "notes": self.notes,
            "error": self.error,
            "took_ms": round(self.took_ms, 1),
        }


@dataclass
class Posting:
    """One try to deliver a webhook."""

    seq: int
    at: int
    events: list[str]
    kinds: list[str]
    chats: list[str]  # user or group
    redelivery: bool
    status: int | None
    error: str | None
    took_ms: float

    def summary(self) -> dict[str, Any]:
        return {**self.__dict__, "took_ms": round(self.took_ms, 1)}


class Record:
    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.postings: list[Posting] = []
        self.version = 1  # grows with every change

    def new_call(self, at: int, endpoint: str, request_id: str) -> Call:
        call = Call(len(self.calls) + 1, at, endpoint, request_id)
        self.calls.append(call)
        self.version += 1
        return call

    def new_posting(self, at: int, events: list[dict[str, Any]], redelivery: bool) -> Posting:
        posting = Posting(
            seq=len(self.postings) + 1,
            at=at,
            events=[event.get("webhookEventId", "") for event in events],
            kinds=[event.get("type", "") for event in events],
            chats=[_chat(event.get("source") or {}) for event in events],
            redelivery=redelivery,
            status=None,
            error=None,
            took_ms=0.0,
        )
        self.postings.append(posting)
        self.version += 1
        return posting


def _chat(source: dict[str, Any]) -> str:
    return str(source.get("groupId") or source.get("userId") or "")
