"""`exports/{id}`: everything that staff took away from a survey. A small file was sent at once, and its document is
only the memory of that; a large one is a job, from the wish to the end of its file in the private bucket.
"""

import re
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from google.api_core.exceptions import AlreadyExists
from google.cloud import firestore
from google.cloud.firestore import DocumentReference, FieldFilter

from tsunagu.cloud.firestore import in_transaction
from tsunagu.cloud.outcomes import Rejected
from tsunagu.staff.store import audit_with

EXPORTS = "exports"
FOLDER = "exports"  # of the bucket
ID = re.compile(r"[0-9a-f]{24}")
KEPT = timedelta(days=7)  # a file; infra/ deletes it then
REMEMBERED = timedelta(days=400)  # who took what: a year and a month; the audit keeps it for good
TAKEN_LIMIT = 200  # the latest who fetched one file
FILTER_LIMIT = 4_000  # characters of an address

T = TypeVar("T")


class State(StrEnum):
    WAITING = "waiting"
    WRITING = "writing"
    READY = "ready"
    SENT = "sent"  # at once: there is no file
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"

    def may_become(self, other: "State") -> bool:
        return other in _MOVES.get(self, set())

    @property
    def is_open(self) -> bool:
        """Whether anything is left to happen, if only that it expires."""
        return self in _MOVES


_MOVES = {
    State.WAITING: {State.WRITING, State.FAILED, State.CANCELLED, State.EXPIRED},
    # Whoever takes a dead worker's job up writes it once more.
    State.WRITING: {State.WRITING, State.READY, State.FAILED, State.CANCELLED, State.EXPIRED},
    State.READY: {State.EXPIRED},
}


@dataclass(frozen=True)
class Wish:
    """`kind` is one of `kinds.KINDS`; `filter` an address's query, as `View.write` gives it; `by` an address."""

    survey: str
    kind: str
    filter: str
    by: str

    @property
    def what(self) -> str:
        """For the audit."""
        return f"{self.survey}: {self.kind}" + (f", {self.filter}" if self.filter else "")


@dataclass(frozen=True)
class Job(Wish):
    """`done` of `of`: responses or steps. `until`: the file's end, or that of waiting for it. `lease`: `owner`,
    `until`. `taken`: `who` and `at` of those who fetched it."""

    id: str
    state: State
    asked_at: datetime
    until: datetime
    done: int = 0
    of: int = 0
    attempts: int = 0
    lease: Mapping[str, Any] | None = None
    announced_at: datetime | None = None
    as_of: datetime | None = None
    ended_at: datetime | None = None
    responses: int | None = None
    replaced: int = 0
    object: str = ""
    bytes: int | None = None
    sha256: str = ""
    why: str = ""
    taken: tuple[Mapping[str, Any], ...] = ()

    def is_held(self, now: datetime) -> bool:
        return self.lease is not None and self.lease["until"] > now

    def may_be_fetched(self, now: datetime) -> bool:
        return self.state is State.READY and now < self.until


def new_id() -> str:
    return secrets.token_hex(12)


def reference(db: firestore.Client, id: str) -> DocumentReference:
    return db.collection(EXPORTS).document(id)


def ask(db: firestore.Client, id: str, wish: Wish, now: datetime) -> Job:
    """A job that waits. `id` is the page's that was sent: sent twice it is one job. Raises Rejected."""
    if len(wish.filter) > FILTER_LIMIT:
        raise Rejected("条件が多すぎます。減らしてください。 There are too many filters. Please use fewer.")
    fresh = _document(wish, State.WAITING, now) | {"announced_at": now, "until": now + KEPT, "done": 0, "of": 0}
    batch = db.batch()
    batch.create(reference(db, id), fresh | {"attempts": 0, "lease": None})
    audit_with(batch, db, wish.by, "export.ask", wish.what, now)
    with suppress(AlreadyExists):
        batch.commit()
    found = get(db, id)
    assert found is not None
    return found


def noted(db: firestore.Client, wish: Wish, responses: int, replaced: int, now: datetime) -> None:
    """Before a file is sent at once: the line in the audit and that in the history, both or neither."""
    sent = _document(wish, State.SENT, now) | {"until": now, "as_of": now, "ended_at": now}
    batch = db.batch()
    batch.create(
        reference(db, new_id()),
        sent | {"responses": responses, "replaced": replaced, "taken": [{"who": wish.by, "at": now}]},
    )
    audit_with(batch, db, wish.by, "survey.download", f"{wish.what}, {responses} responses", now)
    batch.commit()


def get(db: firestore.Client, id: str) -> Job | None:
    if not ID.fullmatch(id):
        return None
    snapshot = reference(db, id).get()
    return _job(id, snapshot.to_dict() or {}) if snapshot.exists else None


def of_survey(db: firestore.Client, survey: str) -> list[Job]:
    """The newest first."""
    found = db.collection(EXPORTS).where(filter=FieldFilter("survey", "==", survey))
    jobs = [_job(snapshot.id, snapshot.to_dict() or {}) for snapshot in found.stream()]
    return sorted(jobs, key=lambda job: job.asked_at, reverse=True)


def open_ones(db: firestore.Client) -> list[Job]:
    found = db.collection(EXPORTS).where(filter=FieldFilter("open", "==", True))
    return [_job(snapshot.id, snapshot.to_dict() or {}) for snapshot in found.stream()]


def cancel(db: firestore.Client, id: str, by: str, now: datetime) -> bool:
    """Whoever writes it finds out at its next word. False: it has ended already."""

    def change(transaction: firestore.Transaction, job: Job) -> bool:
        if not job.state.may_become(State.CANCELLED):
            return False
        transaction.update(reference(db, id), become(State.CANCELLED, now))
        audit_with(transaction, db, by, "export.cancel", job.what, now)
        return True

    return changed(db, id, change)


def fetched(db: firestore.Client, id: str, by: str, now: datetime) -> Job:
    """Before the file is sent: in the audit, and among those who took it. Raises Rejected where there is none."""

    def change(transaction: firestore.Transaction, job: Job) -> Job:
        if not job.may_be_fetched(now):
            raise Rejected(
                "このファイルはもうありません。もう一度作成してください。"
                " This file is no longer there. Please make it again."
            )
        taken = [*job.taken, {"who": by, "at": now}][-TAKEN_LIMIT:]
        transaction.update(reference(db, id), {"taken": taken})
        audit_with(transaction, db, by, "survey.download", f"{job.what}, {job.responses} responses", now)
        return job

    return changed(db, id, change)


def changed(db: firestore.Client, id: str, change: Callable[[firestore.Transaction, Job], T]) -> T:
    """What `change` gives, which sees the job as it is. Raises Rejected where there is none, TryAgain."""

    def body(transaction: firestore.Transaction) -> T:
        snapshot = reference(db, id).get(transaction=transaction)
        if not snapshot.exists:
            raise Rejected("there is no such export")
        return change(transaction, _job(id, snapshot.to_dict() or {}))

    return in_transaction(db, body)


def become(state: State, now: datetime, **more: object) -> dict[str, Any]:
    """The fields that change; nobody holds it then."""
    ended = {} if state in (State.WAITING, State.EXPIRED) else {"ended_at": now}
    return {"state": state.value, "open": state.is_open, "lease": None, **ended, **more}


def _document(wish: Wish, state: State, now: datetime) -> dict[str, Any]:
    about = {each.name: getattr(wish, each.name) for each in fields(Wish)}
    return {**about, "asked_at": now, "state": state.value, "open": state.is_open, "expires": now + REMEMBERED}


def _job(id: str, document: Mapping[str, Any]) -> Job:
    known = {each.name: document[each.name] for each in fields(Job) if each.name in document}
    return Job(**{**known, "id": id, "state": State(document["state"]), "taken": tuple(document.get("taken", ()))})
