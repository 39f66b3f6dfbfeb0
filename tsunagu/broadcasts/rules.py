"""What holds of every broadcast: its states, whom it is for, how it is cut, and how its totals are counted. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid5

import polars as pl
from pydantic import BaseModel, ConfigDict

from tsunagu.packs.lists import Numbered

ID_BYTES = 16  # of a LINE user id without its "U"
ERASED_ID = bytes(ID_BYTES)
CHUNK_LIMIT = 20_000  # ids frozen in one document, 320 KB of Firestore's 1 MiB
SLICE_LIMIT = 500  # user ids LINE takes in one multicast
RETRY_WITHIN = timedelta(hours=24) - timedelta(minutes=5)  # LINE forgets a retry key after 24 h, then sends again
IDS_KEPT = timedelta(hours=48)  # frozen ids, after the broadcast has ended

NAMESPACE = UUID("6f0c2f0e-3f6b-5a86-9c0c-5f5a1c7d2b11")  # ours alone; changing it would send again what is in flight


class Kind(StrEnum):
    NEWS = "news"
    LIFE_SAFETY = "life_safety"


class State(StrEnum):
    SCHEDULED = "scheduled"
    FREEZING = "freezing"
    SENDING = "sending"
    SENT = "sent"
    WITHDRAWN = "withdrawn"
    FAILED = "failed"  # LINE took it for nobody

    def may_become(self, other: "State") -> bool:
        return other in MOVES[self]


MOVES: Mapping[State, frozenset[State]] = {
    State.SCHEDULED: frozenset({State.FREEZING, State.WITHDRAWN}),
    State.FREEZING: frozenset({State.FREEZING, State.SENDING, State.WITHDRAWN}),
    State.SENDING: frozenset({State.SENT, State.FAILED, State.WITHDRAWN}),
    State.SENT: frozenset(),
    State.WITHDRAWN: frozenset(),
    State.FAILED: frozenset(),
}


DECIDES = ("following", "quiet", "wards", "districts", "topics", "language")  # columns of the roster


class Audience(BaseModel):
    """Any of each group, all of the groups that are named; everyone when none is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    wards: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()

    def of(self, kind: Kind, roster: Numbered) -> pl.Expr:
        """Whether a row of the roster, its rows with `DECIDES`, belongs to it.

        What may save a life reaches those who want nothing else, whatever topics they chose, and those who named no
        ward: they may live in any.
        """
        urgent = kind is Kind.LIFE_SAFETY
        inside = self._meets(roster, "wards") & self._meets(roster, "districts")
        if urgent:
            inside = inside | roster.is_empty("wards")
        wanted = pl.lit(True) if urgent else ~pl.col("quiet") & self._meets(roster, "topics")
        reads = pl.col("language").is_in(self.languages) if self.languages else pl.lit(True)
        return (pl.col("following") & inside & wanted & reads).fill_null(False)

    def _meets(self, roster: Numbered, group: str) -> pl.Expr:
        named = getattr(self, group)
        return roster.has_any(group, named) if named else pl.lit(True)

    def is_for(
        self, kind: Kind, wards: Sequence[str], districts: Sequence[str], topics: Sequence[str], language: str
    ) -> bool:
        """`of` for one person who asks by themselves: quiet or not."""
        urgent = kind is Kind.LIFE_SAFETY
        inside = _named(self.wards, wards) and _named(self.districts, districts)
        wanted = urgent or _named(self.topics, topics)
        return ((urgent and not wards) or inside) and wanted and _named(self.languages, [language])


def _named(names: Sequence[str], theirs: Sequence[str]) -> bool:
    return not names or any(name in names for name in theirs)


def ends_hearing(kind: Kind, why: str) -> bool:
    """Whether somebody who since `blocked`, `stopped` or `erased` is left out: stopping keeps what may save a life."""
    return not (kind is Kind.LIFE_SAFETY and why == "stopped")


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


def totals(slices: Iterable[Slice]) -> Totals:
    """Counted from the slices each time, so that nothing is counted twice."""
    counted = Totals()
    for each in slices:
        if each.end is not None:
            whys = list(each.left_out.values())
            left_out = Totals(stopped=whys.count("stopped"), erased=whys.count("erased"))
            counted += left_out + Totals(**{each.end.value: each.sent})
    return counted


def ending(audience: int, found: Totals) -> State | None:
    """What a broadcast becomes whose chunks are all done; None while somebody of the audience is unaccounted for."""
    if found.everyone() != audience:
        return None
    return State.FAILED if found.refused + found.expired and not found.accepted else State.SENT
