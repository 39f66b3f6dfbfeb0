"""What the clock does for exports: announce those that nobody works on, and end those whose time is over."""

import json
from datetime import datetime, timedelta

from google.cloud import firestore

from tsunagu.cloud.pubsub import EXPORTS, Publisher
from tsunagu.surveys.take import jobs
from tsunagu.surveys.take.jobs import Job, State

PATIENCE = timedelta(minutes=1)  # before a job is announced again that nobody has begun


def due(db: firestore.Client, publisher: Publisher, now: datetime) -> int:
    """For run_due_work, every tick. Returns how many were announced. Raises NotPublished."""
    waiting = []
    for job in jobs.open_ones(db):
        if job.until <= now:
            _expire(db, job, now)
        elif job.state is not State.READY and not job.is_held(now) and _is_forgotten(job, now):
            waiting.append(job.id)
    announce(db, publisher, waiting, now)
    return len(waiting)


def announce(db: firestore.Client, publisher: Publisher, ids: list[str], now: datetime) -> None:
    """Told twice does no harm: of two who come for a job one gets its lease. Raises NotPublished."""
    publisher.publish_all(EXPORTS, [(json.dumps({"job": id}).encode(), {"kind": "export"}) for id in ids])
    for id in ids:
        jobs.reference(db, id).update({"announced_at": now})


def _is_forgotten(job: Job, now: datetime) -> bool:
    return job.announced_at is None or job.announced_at + PATIENCE <= now


def _expire(db: firestore.Client, job: Job, now: datetime) -> None:
    def change(transaction: firestore.Transaction, found: Job) -> None:
        if found.state.may_become(State.EXPIRED) and found.until <= now:
            transaction.update(jobs.reference(db, job.id), jobs.become(State.EXPIRED, now))

    jobs.changed(db, job.id, change)
