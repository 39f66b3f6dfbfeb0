"""The clock: jobs that nobody works on are announced again, and everything ends."""

from datetime import timedelta

import pytest

from local import processes
from tests.tsunagu.surveys.invented import definition, put, rows
from tests.tsunagu.surveys.take.announced import Announced
from tests.tsunagu.surveys.take.exported import Killed, Work
from tsunagu.cloud.pubsub import NotPublished, Publisher
from tsunagu.surveys.take import jobs, write
from tsunagu.surveys.take.due import PATIENCE, due
from tsunagu.surveys.take.jobs import State

SURVEY = "kosodate-2026"


def test_a_job_that_nobody_heard_of_is_announced_again(work: Work, announced: Announced) -> None:
    ids = sorted(work.ask(SURVEY) for _ in range(2))
    assert 0 == due(work.db, announced.publisher, work.now)
    work.now += PATIENCE
    assert 2 == due(work.db, announced.publisher, work.now)
    assert ids == announced.next(2)
    # Then it is given time again.
    assert 0 == due(work.db, announced.publisher, work.now + timedelta(seconds=59))
    assert 2 == due(work.db, announced.publisher, work.now + PATIENCE)


def test_a_job_whose_worker_died_is_announced_once_its_lease_is_over(work: Work, announced: Announced) -> None:
    put(work.db, definition(), rows(definition(), 3))
    id = work.ask(SURVEY)

    def die(done: int) -> None:
        raise Killed

    work.meanwhile = die
    with pytest.raises(Killed):
        work.write(id)
    assert 0 == due(work.db, announced.publisher, work.now + write.LEASE - timedelta(seconds=1))
    work.now += write.LEASE
    assert 1 == due(work.db, announced.publisher, work.now)
    assert [id] == announced.next(1)
    work.meanwhile = lambda done: None
    assert "written" == work.write(id)
    assert 0 == due(work.db, announced.publisher, work.now + timedelta(days=1))


def test_files_and_wishes_end_after_seven_days(work: Work, announced: Announced) -> None:
    put(work.db, definition(), rows(definition(), 3))
    ready, waiting = work.ask(SURVEY), work.ask(SURVEY)
    work.write(ready)
    due(work.db, announced.publisher, work.now + jobs.KEPT - timedelta(seconds=1))
    assert (State.READY, State.WAITING) == (work.job(ready).state, work.job(waiting).state)
    due(work.db, announced.publisher, work.now + jobs.KEPT)
    assert (State.EXPIRED, State.EXPIRED) == (work.job(ready).state, work.job(waiting).state)
    assert [] == jobs.open_ones(work.db)
    # What it was, and when it was made, stays to be read.
    assert (3, work.now) == (work.job(ready).responses, work.job(ready).ended_at)


def test_a_pub_sub_that_is_away_is_tried_at_the_next_tick(
    work: Work, announced: Announced, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = work.ask(SURVEY)
    work.now += PATIENCE
    with monkeypatch.context() as away:
        away.setenv("PUBSUB_EMULATOR_HOST", f"127.0.0.1:{processes.free_port()}")
        with pytest.raises(NotPublished):
            due(work.db, Publisher("nowhere", timeout=0.2), work.now)
    assert 1 == due(work.db, announced.publisher, work.now)
    assert [id] == announced.next(1)
