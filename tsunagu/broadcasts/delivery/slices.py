"""How a chunk is cut into slices, and what is written down of each. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid5

from tsunagu.broadcasts.rules import Totals

ID_BYTES = 16  # of a LINE user id without its "U"
ERASED_ID = bytes(ID_BYTES)
CHUNK_LIMIT = 20_000  # ids frozen in one document, 320 KB of Firestore's 1 MiB
SLICE_LIMIT = 500  # user ids LINE takes in one multicast
SLICES_LIMIT = 1_500  # of one chunk, 450 KB as they are written down: then refused slices are not halved any more
RETRY_WITHIN = timedelta(hours=24) - timedelta(minutes=5)  # LINE forgets a retry key after 24 h, then sends again

NAMESPACE = UUID("6f0c2f0e-3f6b-5a86-9c0c-5f5a1c7d2b11")  # ours alone; changing it would send again what is in flight


def retry_key(broadcast: str, attempt: str, chunk: int, name: str) -> UUID:
    """The same at every try of a slice, and of no other slice: LINE takes each key once."""
    return uuid5(NAMESPACE, f"{broadcast}/{attempt}/{chunk}/{name}")


def name_of(positions: range) -> str:
    """A slice is called by the positions in its chunk that it begins with and ends before, such as `500-1000`."""
    return f"{positions.start}-{positions.stop}"


def positions_in(name: str) -> range:
    start, _, stop = name.partition("-")
    return range(int(start), int(stop))


def slices_of(n: int) -> list[str]:
    """The names of the slices into which a chunk of `n` ids is cut."""
    return [name_of(range(start, min(start + SLICE_LIMIT, n))) for start in range(0, n, SLICE_LIMIT)]


def halves_of(name: str) -> list[str]:
    """A slice of two ids or more, cut in two."""
    positions = positions_in(name)
    middle = positions.start + len(positions) // 2
    return [name_of(range(positions.start, middle)), name_of(range(middle, positions.stop))]


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
    SPLIT = "split"  # refused, and given up for its halves: it is never sent again
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    FAILED = "failed"


@dataclass(frozen=True)
class Slice:
    """What is written down of one slice, from just before its first try on.

    `left_out` maps a position in the chunk to "stopped" or "erased"; with the frozen ids it fixes every try's body.
    """

    sent: int  # ids in the body
    first_try: datetime
    left_out: Mapping[str, str] = field(default_factory=dict)
    end: End | None = None
    spared: bool = False  # of every try so far LINE said, by its rate or the month's quota, that nobody got it
    digest: str = ""  # of the ids in the body, for the ledger: the ids themselves are kept for two days only
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


def begun(
    ids: bytes, name: str, left_out: Mapping[str, str], now: datetime, end: End | None = None, detail: str = ""
) -> Slice:
    """A slice as it is written down just before its first try, or when it is settled without one."""
    keys = [id_at(ids, at) for at in positions_in(name) if str(at) not in left_out]
    digest = sha256(b"".join(keys)).hexdigest()
    return Slice(len(keys), now, dict(left_out), end, digest=digest, detail=detail)


def untried(n: int, slices: Mapping[str, Slice]) -> list[str]:
    """The names of what is still to be begun of a chunk of `n` ids, by their positions: of a split slice its halves."""
    found, seen = [], slices_of(n)[::-1]
    while seen:
        name = seen.pop()
        if name not in slices:
            found.append(name)
        elif slices[name].end is End.SPLIT:
            seen += halves_of(name)[::-1]
    return found


def totals(slices: Iterable[Slice]) -> Totals:
    """Counted from the slices each time, so that nothing is counted twice."""
    counted = Totals()
    for each in slices:
        if each.end is not None and each.end is not End.SPLIT:
            whys = list(each.left_out.values())
            left_out = Totals(stopped=whys.count("stopped"), erased=whys.count("erased"))
            counted += left_out + Totals(**{each.end.value: each.sent})
    return counted
