"""The entry of write_export: one job, from the lease to a file that is named when it is whole.

A worker may die anywhere: nobody reads an object before the document names it, and once the lease is over the next
delivery begins again. Two at once do no harm: the first whole file is the job's, the other goes.
"""

import hashlib
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl
from uuid import uuid4
from zoneinfo import ZoneInfo

from google.api_core.exceptions import Aborted, DeadlineExceeded, RetryError, ServiceUnavailable
from google.cloud import firestore

from tsunagu.cloud.outcomes import Rejected, TryAgain
from tsunagu.cloud.storage import Bucket
from tsunagu.residents.city import city
from tsunagu.surveys.report.look import look
from tsunagu.surveys.take import jobs
from tsunagu.surveys.take.jobs import Job, State
from tsunagu.surveys.take.kinds import Kind

LEASE = timedelta(seconds=90)  # longer than a writer is ever silent
EVERY = timedelta(seconds=2)  # how often the page is told how far it is
AT_MOST = timedelta(minutes=8)  # of one writing; write_export may take nine
ATTEMPTS = 5  # workers that may die of one job
GROUND = (TryAgain, Aborted, DeadlineExceeded, RetryError, ServiceUnavailable)  # Firestore or Storage, which pass

TOO_LONG = (
    "8分以内に作り終わりませんでした。条件で絞り込むか、CSVを選んでください。"
    " It was not finished within 8 minutes. Please use filters, or choose CSV."
)
TOO_OFTEN = (
    f"{ATTEMPTS}回試しましたが、途中で止まりました。記録しましたので、担当者にお知らせください。"
    f" It stopped on the way {ATTEMPTS} times. This has been recorded; please tell whoever runs the system."
)
NO_SURVEY = "このアンケートはありません。 There is no such survey."
NO_KIND = "この形式はありません。 There is no such form."


@dataclass(frozen=True)
class Means:
    db: firestore.Client
    bucket: Bucket
    clock: Callable[[], datetime]
    zone: ZoneInfo
    kinds: Mapping[str, Kind]


class _Over(Exception):
    """Nobody waits for it any more: it was cancelled, has expired, or another's file was whole first."""


def write(means: Means, id: str) -> str:
    """Gives a word for the log. Raises Rejected for a job that is not there, and TryAgain."""
    if not jobs.ID.fullmatch(id):
        raise Rejected("the message names no export")
    owner = uuid4().hex
    job = _taken(means, id, owner)
    if isinstance(job, str):
        return job
    try:
        return _written(means, job, _Pen(means, job, owner, means.clock()))
    except _Over:
        return "over"
    except Rejected as error:
        return _failed(means, id, owner, error.reason)
    except GROUND as error:
        # That is no fault of the job's.
        _let_go(means, job, owner, attempts=job.attempts - 1)
        raise TryAgain("the ground shakes under an export") from error
    except Exception:
        _let_go(means, job, owner, attempts=job.attempts)
        raise


def _taken(means: Means, id: str, owner: str) -> Job | str:
    """The job under a lease of ours, or a word why not."""

    def change(transaction: firestore.Transaction, job: Job) -> Job | str:
        now, ref = means.clock(), jobs.reference(means.db, id)
        if not job.state.may_become(State.WRITING):
            return f"{job.state.value} already"
        if job.is_held(now):
            return "held by another"
        if job.attempts >= ATTEMPTS:
            transaction.update(ref, jobs.become(State.FAILED, now, why=TOO_OFTEN))
            return "failed"
        lease = {"owner": owner, "until": now + LEASE}
        attempts = job.attempts + 1
        transaction.update(ref, {"state": State.WRITING.value, "lease": lease, "attempts": attempts, "done": 0})
        return replace(job, attempts=attempts)

    return jobs.changed(means.db, id, change)


@dataclass
class _Pen:
    """How a writer tells how far it is: which renews the lease, moves the bar, and may stop the writer."""

    means: Means
    job: Job
    owner: str
    began: datetime
    told_at: datetime | None = field(default=None)

    def told(self, done: int, of: int) -> None:
        """Raises _Over; Rejected when it takes too long."""
        now = self.means.clock()
        if now - self.began > AT_MOST:
            raise Rejected(TOO_LONG)
        if self.told_at is not None and now - self.told_at < EVERY:
            return
        self.told_at = now
        self.say(now, {"done": done, "of": of})

    def say(self, now: datetime, what: Mapping[str, object]) -> None:
        def change(transaction: firestore.Transaction, job: Job) -> None:
            if job.state is not State.WRITING:
                raise _Over
            # Whoever holds it now tells: a bar that two move goes back and forth.
            if job.lease is not None and job.lease["owner"] == self.owner:
                lease = {"owner": self.owner, "until": now + LEASE}
                transaction.update(jobs.reference(self.means.db, self.job.id), {**what, "lease": lease})

        jobs.changed(self.means.db, self.job.id, change)


def _written(means: Means, job: Job, pen: _Pen) -> str:
    kind = means.kinds.get(job.kind)
    if kind is None:
        raise Rejected(NO_KIND)
    pairs, as_of = parse_qsl(job.filter, keep_blank_values=True), means.clock()
    found = look(means.db, job.survey, pairs, city(), means.zone, as_of)
    if found is None:
        raise Rejected(NO_SURVEY)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"export.{kind.ending}"
        taken = kind.write(path, found, as_of.astimezone(means.zone), pen.told)
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        object = f"{jobs.FOLDER}/{job.id}/{pen.owner}.{kind.ending}"
        whole = {
            "object": object,
            "bytes": path.stat().st_size,
            "sha256": digest,
            "responses": taken.responses,
            "replaced": taken.replaced,
            "as_of": as_of,
        }
        pen.say(means.clock(), {})
        means.bucket.keep(object, path, kind.content_type)
    try:
        _name(means, job.id, whole)
    except _Over:
        means.bucket.delete([object])
        raise
    return "written"


def _name(means: Means, id: str, whole: Mapping[str, object]) -> None:
    """Only now there is a file: the first that is whole."""

    def change(transaction: firestore.Transaction, job: Job) -> None:
        now = means.clock()
        if job.state is not State.WRITING:
            raise _Over
        ready = jobs.become(State.READY, now, **whole, until=now + jobs.KEPT)
        transaction.update(jobs.reference(means.db, id), ready)

    jobs.changed(means.db, id, change)


def _failed(means: Means, id: str, owner: str, why: str) -> str:
    def change(transaction: firestore.Transaction, job: Job) -> str:
        taken_over = job.lease is None or job.lease["owner"] != owner
        if taken_over or not job.state.may_become(State.FAILED):
            return "over"
        transaction.update(jobs.reference(means.db, id), jobs.become(State.FAILED, means.clock(), why=why))
        return "failed"

    return jobs.changed(means.db, id, change)


def _let_go(means: Means, job: Job, owner: str, attempts: int) -> None:
    """So that the next delivery need not wait for the lease to end."""

    def change(transaction: firestore.Transaction, now: Job) -> None:
        if now.lease is not None and now.lease["owner"] == owner:
            change = {"lease": None, "attempts": attempts}
            transaction.update(jobs.reference(means.db, job.id), change)

    jobs.changed(means.db, job.id, change)
