"""Broadcasts in Firestore.

    broadcasts/{id}                                what was written, its schedule, its state, its totals
    broadcasts/{id}/freezes/{attempt}              {begun_at, expires}: one try at freezing the audience
    broadcasts/{id}/freezes/{attempt}/chunks/{n}   frozen ids, lease, what became of each slice

A broadcast is `open` while there is work left on it, and `holds_ids` while frozen ids of it may exist. Queries ask for
one of these two, for `survey`, or for `frozen_at`; every other field must be exempt from indexing, above all
`messages`, `source`, `ids` and `slices`. Time to live: `expires` of freezes and of chunks.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from google.cloud.firestore import Client, CollectionReference, DocumentReference, DocumentSnapshot, FieldFilter, Query

from tsunagu.broadcasts.audience import Audience
from tsunagu.broadcasts.rules import Kind, State, Totals
from tsunagu.line.messages import Message

BROADCASTS = "broadcasts"
KEPT_AT_MOST = timedelta(days=7)  # frozen ids of a broadcast that never ends
DELETES_AT_ONCE = 450  # Firestore takes 500 writes in one commit

Snapshot = DocumentSnapshot[DocumentReference]


@dataclass(frozen=True)
class Broadcast:
    """`when` is aware. `attempt`, `frozen_at`, `chunks` and `audience` are set by the last write of a freeze."""

    id: str
    title: str
    kind: Kind
    state: State
    when: datetime
    by: str
    to: Audience
    messages: Mapping[str, list[Message]]  # by version
    version_for: Mapping[str, str]  # by language
    survey: str | None
    open: bool
    freezing: Mapping[str, Any] | None  # {"attempt", "until"} of the freeze under way
    attempt: str | None
    frozen_at: datetime | None
    announced_at: datetime | None
    chunks: int
    audience: int | None
    audience_by_language: Mapping[str, int]
    totals: Totals | None
    ended_at: datetime | None

    @property
    def went_out(self) -> bool:
        """To some, or is on its way: what was withdrawn or failed is nobody's to read."""
        return self.state in (State.SENDING, State.SENT)


def reference(db: Client, broadcast: str) -> DocumentReference:
    return db.collection(BROADCASTS).document(broadcast)


def chunks_of(db: Client, broadcast: str, attempt: str) -> CollectionReference:
    chunks: CollectionReference = reference(db, broadcast).collection("freezes").document(attempt).collection("chunks")
    return chunks


def get(db: Client, broadcast: str) -> Broadcast | None:
    return of_snapshot(reference(db, broadcast).get())


def every(db: Client) -> list[Broadcast]:
    """All of them, the latest first."""
    found = [broadcast for broadcast in map(of_snapshot, db.collection(BROADCASTS).stream()) if broadcast]
    return sorted(found, key=lambda broadcast: broadcast.when, reverse=True)


def with_work(db: Client) -> list[Broadcast]:
    """Those on which there is work left, what may save a life first."""
    found = db.collection(BROADCASTS).where(filter=FieldFilter("open", "==", True)).stream()
    listed = [broadcast for broadcast in map(of_snapshot, found) if broadcast]
    return sorted(listed, key=lambda broadcast: (broadcast.kind is not Kind.LIFE_SAFETY, broadcast.when))


def holding_ids(db: Client) -> list[Broadcast]:
    found = db.collection(BROADCASTS).where(filter=FieldFilter("holds_ids", "==", True)).stream()
    return [broadcast for broadcast in map(of_snapshot, found) if broadcast]


def sent_since(db: Client, moment: datetime) -> Iterator[Broadcast]:
    """Those that went out since then or are going out, the latest first; read as far as they are asked for."""
    since = db.collection(BROADCASTS).where(filter=FieldFilter("frozen_at", ">=", moment))
    for snapshot in since.order_by("frozen_at", direction=Query.DESCENDING).stream():
        broadcast = of_snapshot(snapshot)
        if broadcast is not None and broadcast.went_out:
            yield broadcast


def of_snapshot(snapshot: Snapshot) -> Broadcast | None:
    data = snapshot.to_dict()
    if data is None:
        return None
    return Broadcast(
        id=snapshot.id,
        title=data["title"],
        kind=Kind(data["kind"]),
        state=State(data["state"]),
        when=data["when"],
        by=data["by"],
        to=Audience.model_validate(data["to"]),
        messages={version: json.loads(messages) for version, messages in data["messages"].items()},
        version_for=data["version_for"],
        survey=data["survey"],
        open=data["open"],
        freezing=data.get("freezing"),
        attempt=data.get("attempt"),
        frozen_at=data.get("frozen_at"),
        announced_at=data.get("announced_at"),
        chunks=data.get("chunks", 0),
        audience=data.get("audience"),
        audience_by_language=data.get("audience_by_language", {}),
        totals=Totals.of_document(data["totals"]) if data.get("totals") else None,
        ended_at=data.get("ended_at"),
    )


def freezes_of(db: Client, broadcast: str) -> list[str]:
    """Every attempt, also one that was abandoned."""
    return [attempt.id for attempt in reference(db, broadcast).collection("freezes").list_documents()]


def sweep(db: Client, broadcast: str, attempt: str) -> None:
    """Delete an attempt with all that it froze."""
    chunks = chunks_of(db, broadcast, attempt)
    found = [snapshot.reference for snapshot in chunks.select(["open"]).stream()]
    for start in range(0, len(found), DELETES_AT_ONCE):
        batch = db.batch()
        for chunk in found[start : start + DELETES_AT_ONCE]:
            batch.delete(chunk)
        batch.commit()
    reference(db, broadcast).collection("freezes").document(attempt).delete()
