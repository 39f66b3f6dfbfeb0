"""Broadcasts in Firestore.

    broadcasts/{id}                                what was written, its schedule, its state, its totals
    broadcasts/{id}/freezes/{attempt}              {begun_at, expires}: one try at freezing the audience
    broadcasts/{id}/freezes/{attempt}/chunks/{n}   frozen ids, lease, what became of each slice
    broadcasts/{id}/invited/{attempt}-{n}          whom it invited to a survey (invited.py)

A broadcast is `open` while there is work left on it, `holds_ids` while frozen ids of it may exist, and `keeps_invited`
while those that it invited may be kept. Queries ask for one of these three, for `survey`, `frozen_at` or `look_at`;
every other field must be exempt from indexing, above all `messages`, `source`, `ids` and `slices`. Time to live:
`expires` of freezes, of chunks and of those invited.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from google.cloud.firestore import Client, CollectionReference, DocumentReference, DocumentSnapshot, FieldFilter, Query

from tsunagu.audiences.rules import Audience
from tsunagu.broadcasts.rules import SENT_WITHIN, Kind, State, Totals
from tsunagu.line.messages import Message

BROADCASTS = "broadcasts"
KEPT_AT_MOST = timedelta(days=7)  # frozen ids of a broadcast that never ends
NO_WARD = "-"  # for those who named none: Firestore has no fields without a name
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
    # Its life, before it goes out.
    version: int = 1  # how often its writers wrote it; fixed once it has left DRAFT
    writers: tuple[str, ...] = ()
    at_once: bool = False  # `when` is the moment in which nobody has to do anything more
    due_at: datetime | None = None  # that moment, or `when`
    not_after: datetime | None = None
    needs_approval: str | None = None  # why
    submitted_by: str | None = None
    submitted_at: datetime | None = None
    approved_by: str | None = None
    approved_at: datetime | None = None
    emergency: str | None = None  # why its approver did not wait for somebody else
    sent_back: Mapping[str, Any] | None = None  # {"by", "at", "why"}
    repeat: Mapping[str, Any] | None = None  # a series: each time it is due, one broadcast of its own is made of it
    series: str | None = None
    occurrence: str | None = None  # its date in the series
    source: str = ""  # the definition as JSON
    remind: bool = False  # only to those who were invited to its survey and have not finished it
    over_minutes: int | None = None  # it is sent evenly over so many
    # While and after it goes out.
    spread: Mapping[str, Any] | None = None  # how far it is let go (delivery/spread.py)
    paused: Mapping[str, Any] | None = None  # {"by", "at", "why"}; by "LINE" when the month's messages are used up
    proved: tuple[str, ...] = ()  # versions of which LINE has taken a slice
    failed_with: str = ""  # LINE's words
    no_ward: int = 0  # of the audience, who named no ward and is in it for that
    audience_by_ward: Mapping[str, int] = field(default_factory=dict)
    unit: str | None = None  # the name that LINE counts it under
    first_accepted_at: datetime | None = None
    last_accepted_at: datetime | None = None
    statistics: Mapping[str, Any] = field(default_factory=dict)
    look_at: datetime | None = None  # when its statistics are due next
    spent: Mapping[str, Any] | None = None

    @property
    def went_out(self) -> bool:
        """To some, or is on its way: what was withdrawn or failed is nobody's to read."""
        return self.state in (State.SENDING, State.SENT)

    @property
    def reminds_of(self) -> str | None:
        """The survey."""
        return self.survey if self.remind else None

    @property
    def sent_until(self) -> datetime | None:
        """From then on it goes to nobody else; None: not settled yet."""
        too_old = None if self.frozen_at is None else self.frozen_at + SENT_WITHIN
        return min((end for end in (self.not_after, too_old) if end is not None), default=None)


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
        version=data.get("version", 1),
        writers=tuple(data.get("writers", [data["by"]])),
        at_once=data.get("at_once", False),
        due_at=data.get("due_at"),
        not_after=data.get("not_after"),
        needs_approval=data.get("needs_approval"),
        submitted_by=data.get("submitted_by"),
        submitted_at=data.get("submitted_at"),
        approved_by=data.get("approved_by"),
        approved_at=data.get("approved_at"),
        emergency=data.get("emergency"),
        sent_back=data.get("sent_back"),
        repeat=data.get("repeat"),
        series=data.get("series"),
        occurrence=data.get("occurrence"),
        source=data.get("source", ""),
        remind=data.get("remind", False),
        over_minutes=data.get("over_minutes"),
        spread=data.get("spread"),
        paused=data.get("paused"),
        proved=tuple(data.get("proved", ())),
        failed_with=data.get("failed_with", ""),
        no_ward=data.get("no_ward", 0),
        audience_by_ward={"" if w == NO_WARD else w: n for w, n in data.get("audience_by_ward", {}).items()},
        unit=data.get("unit"),
        first_accepted_at=data.get("first_accepted_at"),
        last_accepted_at=data.get("last_accepted_at"),
        statistics=data.get("statistics", {}),
        look_at=data.get("look_at"),
        spent=data.get("spent"),
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
