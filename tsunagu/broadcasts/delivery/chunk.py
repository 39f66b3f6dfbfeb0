"""One chunk in the hands of one worker: taken under a lease, changed only as it was last seen.

Every write stands on the document's `update_time`, so that of two workers who both think they hold a chunk one loses,
and an erasure in between is seen before the next word is written.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from google.api_core.exceptions import Aborted, FailedPrecondition, NotFound
from google.cloud.firestore import Client, DocumentReference, Transaction

from tsunagu.broadcasts.delivery.cost import Spent
from tsunagu.broadcasts.delivery.slices import End, Slice, id_at, positions_in, totals, untried, zeroed
from tsunagu.broadcasts.store import Snapshot
from tsunagu.cloud.firestore import in_transaction
from tsunagu.cloud.outcomes import TryAgain

LEASE = timedelta(seconds=20)  # longer than one request to LINE may take, its connecting three times included
RENEW_BELOW = timedelta(seconds=15)
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
    """`slices` by name; `forget` are positions of erased people in a slice whose body must not change yet."""

    ref: DocumentReference
    owner: str
    clock: Callable[[], datetime]
    version: str = ""
    n: int = 0
    ids: bytes = b""
    slices: dict[str, Slice] = field(default_factory=dict)
    forget: frozenset[int] = frozenset()
    waits: int = 0
    spent: Spent = field(default_factory=Spent)
    lease_until: datetime | None = None
    update_time: Any = None

    def untried(self) -> list[str]:
        """Those that were never begun: nobody of them can have been sent to."""
        return untried(self.n, self.slices)

    def unsettled(self) -> list[str]:
        """Those that were tried and may or may not have been taken, in the order of their positions."""
        found = [name for name, one in self.slices.items() if one.end is None]
        return sorted(found, key=lambda name: positions_in(name).start)

    def users(self, name: str) -> list[str]:
        """Whom the body of a slice names, the same at every try."""
        left_out = self.slices[name].left_out
        return [f"U{id_at(self.ids, at).hex()}" for at in positions_in(name) if str(at) not in left_out]

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
            self.spent += Spent(writes=1)
            self.take(fields)
            self.lease_until = until
            return
        raise TryAgain("Firestore: contention on a chunk")

    def hold(self) -> None:
        """Renew the lease when the next request to LINE might outlast it."""
        if self.lease_until is None or self.lease_until - self.clock() < RENEW_BELOW:
            self.change(lambda _: {})

    def record(self, make: Callable[["Chunk"], Mapping[str, Slice]]) -> None:
        """Write down slices, begun or settled; who is to be forgotten becomes zeros where no body needs them."""

        def fields(chunk: "Chunk") -> dict[str, Any]:
            changed = make(chunk)
            after = {**chunk.slices, **changed}
            written = slices_as_fields(changed) | {"counts": totals(after.values()).to_document()}
            if any(one.end is End.ACCEPTED for one in changed.values()):
                written["waits"] = 0
            settled = {name for name, one in changed.items() if one.end not in (None, End.SPLIT)}
            due = {at for name in settled for at in positions_in(name) if at in chunk.forget}
            erased = {int(at) for one in changed.values() for at, why in one.left_out.items() if why == "erased"}
            if due or any(id_at(chunk.ids, at).strip(b"\0") for at in erased):
                # Somebody may have erased themselves while the chunk was being frozen, too.
                written["ids"] = zeroed(chunk.ids, due | erased)
            if due:
                written["forget"] = sorted(chunk.forget - due)
            return written

        self.change(fields)

    def wait(self, until: datetime, reason: str) -> None:
        """Let go of it; run_due_work announces it then, unless it is paused."""
        self.change(lambda chunk: self._let_go() | {"next_try": until, "waits": chunk.waits + 1, "waits_for": reason})

    def done(self) -> None:
        self.change(lambda chunk: self._let_go() | {"open": False, "waits_for": None})

    def _let_go(self) -> dict[str, Any]:
        # This write itself is one more.
        return {"lease": None, "next_try": None, "spent": (self.spent + Spent(writes=1)).to_document()}

    def look_again(self) -> None:
        snapshot = self.ref.get()
        self.spent += Spent(reads=1)
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
        whole = {name: Slice.of_document(one) for name, one in data.get("slices", {}).items()}
        single = {
            name.removeprefix("slices.`").removesuffix("`"): Slice.of_document(one)
            for name, one in data.items()
            if name.startswith("slices.`")
        }
        self.slices = self.slices | whole | single


def message_of(broadcast: str, attempt: str, n: int) -> bytes:
    """What is told of a chunk through Pub/Sub."""
    return json.dumps({"broadcast": broadcast, "attempt": attempt, "chunk": n}).encode()


def slices_as_fields(slices: Mapping[str, Slice]) -> dict[str, Any]:
    return {f"slices.`{name}`": one.to_document() for name, one in slices.items()}


def take_chunk(db: Client, ref: DocumentReference, owner: str, clock: Callable[[], datetime]) -> Chunk | Refusal:
    """Lease it, if it is there, has work left, nobody holds it, and its time has come."""
    before = Spent()

    def body(transaction: Transaction) -> Refusal | None:
        nonlocal before
        snapshot, now = ref.get(transaction=transaction), clock()
        refusal = why_not(snapshot, now)
        if refusal is None:
            before = Spent.of_document((snapshot.to_dict() or {}).get("spent"))
            transaction.update(ref, {"lease": {"owner": owner, "until": now + LEASE}})
        return refusal

    refusal = in_transaction(db, body)
    if refusal is not None:
        return refusal
    chunk = Chunk(ref, owner, clock, spent=before + Spent(reads=1, writes=1))
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
