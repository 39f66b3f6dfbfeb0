"""One chunk in the hands of one worker: taken under a lease, changed only as it was last seen.

Every write stands on the document's `update_time`, so that of two workers who both think they hold a chunk one loses,
and an erasure in between is seen before the next word is written.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from google.api_core.exceptions import Aborted, FailedPrecondition, NotFound
from google.cloud.firestore import Client, DocumentReference, Transaction

from tsunagu.broadcasts.slices import Slice, id_at, slices_of, totals, zeroed
from tsunagu.broadcasts.store import Snapshot
from tsunagu.cloud.firestore import in_transaction
from tsunagu.cloud.outcomes import TryAgain

LEASE = timedelta(seconds=30)  # longer than one request to LINE may take, its connecting three times included
RENEW_BELOW = timedelta(seconds=25)
RACES = 20  # writes lost in a row to others before Pub/Sub is asked to deliver again


class Refusal(StrEnum):
    """Why a chunk is not taken; each is a reason to acknowledge."""

    GONE = "abandoned"
    DONE = "done already"
    HELD = "held by another"
    WAITING = "waiting"


class Lost(Exception):
    """Another worker holds the chunk now, or it is gone."""


@dataclass
class Chunk:
    """`slices` by index; `forget` are positions of erased people in a slice whose body must not change yet."""

    ref: DocumentReference
    owner: str
    clock: Callable[[], datetime]
    version: str = ""
    n: int = 0
    ids: bytes = b""
    slices: dict[int, Slice] = field(default_factory=dict)
    forget: frozenset[int] = frozenset()
    waits: int = 0
    lease_until: datetime | None = None
    update_time: Any = None

    def ranges(self) -> list[range]:
        return list(slices_of(self.n))

    def next_slice(self) -> int | None:
        """One that was tried and not settled comes first: its key grows old, and a withdrawal waits for it."""
        tried = [index for index, one in self.slices.items() if one.end is None]
        return min(tried) if tried else next(iter(self.untried()), None)

    def untried(self) -> list[int]:
        return [index for index in range(len(self.ranges())) if index not in self.slices]

    def users(self, index: int) -> list[str]:
        """Whom the body of a slice names, the same at every try."""
        left_out = self.slices[index].left_out
        return [f"U{id_at(self.ids, at).hex()}" for at in self.ranges()[index] if str(at) not in left_out]

    def change(self, make: Callable[["Chunk"], dict[str, Any]]) -> None:
        """Write what `make` says of the chunk as it is, and hold it for another lease; raises Lost, TryAgain.

        `make` is asked again when somebody else has changed it meanwhile.
        """
        for _ in range(RACES):
            until = self.clock() + LEASE
            fields = {"lease": {"owner": self.owner, "until": until}} | make(self)
            option = self.ref._client.write_option(last_update_time=self.update_time)
            try:
                self.update_time = self.ref.update(fields, option=option).update_time
            except (Aborted, FailedPrecondition, NotFound):
                self.look_again()
                continue
            self.take(fields)
            self.lease_until = until
            return
        raise TryAgain("Firestore: contention on a chunk")

    def hold(self) -> None:
        """Renew the lease when the next request to LINE might outlast it."""
        if self.lease_until is None or self.lease_until - self.clock() < RENEW_BELOW:
            self.change(lambda _: {})

    def settle(self, settled: Mapping[int, Slice]) -> None:
        """Write down how slices ended; whoever waited in them to be forgotten now is."""

        def ended(chunk: "Chunk") -> dict[str, Any]:
            slices = {**chunk.slices, **settled}
            fields = slices_as_fields(settled) | {"counts": totals(slices.values()).to_document(), "next_try": None}
            due = [at for index in settled for at in chunk.ranges()[index] if at in chunk.forget]
            if due:
                fields |= {"ids": zeroed(chunk.ids, due), "forget": sorted(chunk.forget.difference(due))}
            return fields

        self.change(ended)

    def wait(self, until: datetime, reason: str) -> None:
        self.change(lambda chunk: {"lease": None, "next_try": until, "waits": chunk.waits + 1, "waits_for": reason})

    def done(self) -> None:
        self.change(
            lambda chunk: {
                "lease": None,
                "next_try": None,
                "open": False,
                "counts": totals(chunk.slices.values()).to_document(),
            }
        )

    def look_again(self) -> None:
        snapshot = self.ref.get()
        lease = snapshot.get("lease") if snapshot.exists else None
        if lease is None or lease["owner"] != self.owner:
            raise Lost
        self.take(snapshot.to_dict() or {})
        self.update_time = snapshot.update_time

    def take(self, data: Mapping[str, Any]) -> None:
        """The fields of a document, or those just written to it."""
        self.version, self.n = data.get("version", self.version), data.get("n", self.n)
        self.ids, self.waits = data.get("ids", self.ids), data.get("waits", self.waits)
        self.forget = frozenset(data.get("forget", self.forget))
        whole = {int(index): Slice.of_document(one) for index, one in data.get("slices", {}).items()}
        single = {
            int(name.removeprefix("slices.`").removesuffix("`")): Slice.of_document(one)
            for name, one in data.items()
            if name.startswith("slices.`")
        }
        self.slices = self.slices | whole | single


def slices_as_fields(slices: Mapping[int, Slice]) -> dict[str, Any]:
    return {f"slices.`{index}`": one.to_document() for index, one in slices.items()}


def take_chunk(db: Client, ref: DocumentReference, owner: str, clock: Callable[[], datetime]) -> Chunk | Refusal:
    """Lease it, if it is there, has work left, nobody holds it, and its time has come."""

    def body(transaction: Transaction) -> Refusal | None:
        snapshot, now = ref.get(transaction=transaction), clock()
        refusal = why_not(snapshot, now)
        if refusal is None:
            transaction.update(ref, {"lease": {"owner": owner, "until": now + LEASE}})
        return refusal

    refusal = in_transaction(db, body)
    if refusal is not None:
        return refusal
    chunk = Chunk(ref, owner, clock)
    try:
        chunk.look_again()
    except Lost:
        return Refusal.HELD
    return chunk


def why_not(snapshot: Snapshot, now: datetime) -> Refusal | None:
    data = snapshot.to_dict()
    if data is None:
        return Refusal.GONE
    if not data["open"]:
        return Refusal.DONE
    if data["lease"] is not None and data["lease"]["until"] > now:
        return Refusal.HELD
    if data["next_try"] is not None and data["next_try"] > now:
        return Refusal.WAITING
    return None
