"""How a chunk is cut into slices, and what is written down of each. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid5

from tsunagu.broadcasts.rules import Totals

ID_BYTES = 16  # of a LINE user id without its "U"
ERASED_ID = bytes(ID_BYTES)
CHUNK_LIMIT = 20_000  # ids frozen in one document, 320 KB of Firestore's 1 MiB
SLICE_LIMIT = 500  # user ids LINE takes in one multicast
RETRY_WITHIN = timedelta(hours=24) - timedelta(minutes=5)  # LINE forgets a retry key after 24 h, then sends again

NAMESPACE = UUID("6f0c2f0e-3f6b-5a86-9c0c-5f5a1c7d2b11")  # ours alone; changing it would send again what is in flight


def retry_key(broadcast: str, attempt: str, chunk: int, index: int) -> UUID:
    """The same at every try of a slice, and of no other slice: LINE takes each key once."""
    return uuid5(NAMESPACE, f"{broadcast}/{attempt}/{chunk}/{index}")


def slices_of(n: int) -> Iterator[range]:
    """The positions in each slice of a chunk of `n`."""
    return (range(start, min(start + SLICE_LIMIT, n)) for start in range(0, n, SLICE_LIMIT))


def id_at(ids: bytes, position: int) -> bytes:
    return ids[position * ID_BYTES : (position + 1) * ID_BYTES]


def zeroed(ids: bytes, positions: Iterable[int]) -> bytes:
    """The same ids without those at `positions`: nobody's id is all zeros."""
    changed = bytearray(ids)
    for position in positions:
        changed[position * ID_BYTES : (position + 1) * ID_BYTES] = ERASED_ID
    return bytes(changed)


def positions_of(ids: bytes, wanted: bytes) -> list[int]:
    """Where an id is; a match across the border of two ids is none."""
    found, start = [], 0
    while (at := ids.find(wanted, start)) >= 0:
        if at % ID_BYTES == 0:
            found.append(at // ID_BYTES)
        start = at + 1
    return found


class End(StrEnum):
    """How a slice was settled."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Slice:
    """What is written down of one slice, from just before its first try on.

    `left_out` maps a position in the chunk to "stopped" or "erased"; with the frozen ids it fixes every try's body.
    """

    sent: int  # ids in the body
    first_try: datetime
    left_out: Mapping[str, str] = field(default_factory=dict)
    end: End | None = None
    last_try: datetime | None = None
    request_id: str = ""
    detail: str = ""  # LINE's words when it refused

    @classmethod
    def of_document(cls, document: Mapping[str, Any]) -> "Slice":
        known = {name: document[name] for name in (each.name for each in fields(cls)) if name in document}
        return cls(**known | {"end": End(document["end"]) if document.get("end") else None})

    def to_document(self) -> dict[str, Any]:
        return asdict(self) | {"end": self.end.value if self.end else None}

    def expires(self) -> datetime:
        return self.first_try + RETRY_WITHIN


def totals(slices: Iterable[Slice]) -> Totals:
    """Counted from the slices each time, so that nothing is counted twice."""
    counted = Totals()
    for each in slices:
        if each.end is not None:
            whys = list(each.left_out.values())
            left_out = Totals(stopped=whys.count("stopped"), erased=whys.count("erased"))
            counted += left_out + Totals(**{each.end.value: each.sent})
    return counted
