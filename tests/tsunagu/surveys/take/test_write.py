"""write_export: killed anywhere, delivered twice, two at once; a file is there whole or not at all."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from google.api_core.client_options import ClientOptions
from google.api_core.exceptions import ServiceUnavailable
from google.cloud import firestore, storage

from local import processes
from tests.tsunagu.surveys.invented import definition, put, rows
from tests.tsunagu.surveys.take.exported import Killed, Work
from tsunagu.cloud.outcomes import Rejected, TryAgain
from tsunagu.cloud.storage import Bucket
from tsunagu.surveys.take import jobs, write
from tsunagu.surveys.take.jobs import State

PEOPLE = 12
SURVEY = "kosodate-2026"


@pytest.fixture(autouse=True)
def keys(db: firestore.Client) -> list[str]:
    """Whose responses there are."""
    packed = rows(definition(), PEOPLE)
    put(db, definition(), packed)
    return sorted(packed["key"].to_list())


@pytest.fixture
def objects(project: str) -> Callable[[str], list[str]]:
    """The names of a job's objects."""
    client = storage.Client(project=project)
    return lambda id: [blob.name for blob in client.list_blobs("private", prefix=f"exports/{id}/")]


def lines(content: bytes) -> list[str]:
    return sorted(content.decode().split())


def test_a_job_becomes_a_file_that_says_what_is_in_it(work: Work, keys: list[str]) -> None:
    id = work.ask(SURVEY)
    assert (State.WAITING, None) == (work.job(id).state, work.job(id).bytes)
    assert "written" == work.write(id)
    job, content = work.job(id), work.file(id)
    assert keys == lines(content)
    assert (len(content), hashlib.sha256(content).hexdigest(), PEOPLE) == (job.bytes, job.sha256, job.responses)
    assert (State.READY, work.now, work.now + timedelta(days=7)) == (job.state, job.as_of, job.until)
    assert None is job.lease


def test_the_filters_of_the_page_are_those_of_the_file(work: Work) -> None:
    chuo = [row["key"] for row in rows(definition(), PEOPLE).iter_rows(named=True) if row["ward"] == "chuo"]
    assert 0 < len(chuo) < PEOPLE
    id = work.ask(SURVEY, filter="ward=chuo")
    work.write(id)
    assert sorted(chuo) == lines(work.file(id))


def test_the_page_sees_how_far_it_is(work: Work) -> None:
    id = work.ask(SURVEY)
    seen: list[tuple[int, int]] = []

    def look(done: int) -> None:
        seen.append((work.job(id).done, work.job(id).of))
        work.later(seconds=1)

    work.meanwhile = look
    work.write(id)
    # Every two seconds, and never backwards.
    assert [(0, 0), (0, PEOPLE), (0, PEOPLE), (2, PEOPLE), (2, PEOPLE), (4, PEOPLE)] == seen[:6]


@pytest.mark.parametrize("at", [0, 5, PEOPLE - 1])
def test_a_worker_that_is_killed_leaves_no_file_and_the_next_begins_again(
    work: Work, keys: list[str], objects: Callable[[str], list[str]], at: int
) -> None:
    id = work.ask(SURVEY)

    def die(done: int) -> None:
        if done == at:
            raise Killed

    work.meanwhile = die
    with pytest.raises(Killed):
        work.write(id)
    assert (State.WRITING, "", []) == (work.job(id).state, work.job(id).object, objects(id))
    seen: list[int] = []
    work.meanwhile = lambda done: seen.append(work.job(id).done)
    assert "held by another" == work.write(id)
    work.now += write.LEASE
    jobs.reference(work.db, id).update({"done": 7})
    assert "written" == work.write(id)
    assert (0, keys) == (seen[0], lines(work.file(id)))


class DiesAfterKeeping(Bucket):
    def keep(self, name: str, content: bytes | Path, kind: str) -> None:
        super().keep(name, content, kind)
        raise Killed


def test_a_file_that_nobody_named_can_be_fetched_by_nobody(
    work: Work, keys: list[str], project: str, objects: Callable[[str], list[str]]
) -> None:
    id, sound = work.ask(SURVEY), work.bucket
    work.bucket = DiesAfterKeeping(lambda: storage.Client(project=project), "private")
    with pytest.raises(Killed):
        work.write(id)
    assert (1, "", False) == (len(objects(id)), work.job(id).object, work.job(id).may_be_fetched(work.now))
    work.bucket = sound
    work.now += write.LEASE
    assert "written" == work.write(id)
    assert keys == lines(work.file(id))


def test_a_message_that_is_delivered_again_changes_nothing(work: Work, objects: Callable[[str], list[str]]) -> None:
    id = work.ask(SURVEY)
    words = [work.write(id) for _ in range(3)]
    assert ["written", "ready already", "ready already"] == words
    assert [work.job(id).object] == objects(id)


def test_who_works_keeps_others_away(work: Work) -> None:
    id = work.ask(SURVEY)
    words: list[str] = []

    def another(done: int) -> None:
        words.append(work.write(id) if done else "first")
        work.later(seconds=20)

    work.meanwhile = another
    assert "written" == work.write(id)
    assert {"first", "held by another"} == set(words)


@pytest.mark.parametrize("silent_at", [0, 6, PEOPLE - 1])
def test_of_two_who_write_at_once_the_first_whole_file_is_the_job_s(
    work: Work, keys: list[str], objects: Callable[[str], list[str]], silent_at: int
) -> None:
    """One is silent for longer than its lease, so that a second takes over and is faster."""
    id = work.ask(SURVEY)
    words: list[str] = []

    def fall_asleep(done: int) -> None:
        if done == silent_at and not words:
            work.now += write.LEASE
            words.append("asleep")
            words.append(work.write(id))

    work.meanwhile = fall_asleep
    assert "over" == work.write(id)
    assert ["asleep", "written"] == words
    assert (keys, [work.job(id).object]) == (lines(work.file(id)), objects(id))
    assert 2 == work.job(id).attempts


def test_what_is_cancelled_stops_at_its_next_word(work: Work, objects: Callable[[str], list[str]]) -> None:
    id = work.ask(SURVEY)
    reached: list[int] = []

    def cancel(done: int) -> None:
        reached.append(done)
        work.later(seconds=3)
        if done == 4:
            jobs.cancel(work.db, id, "admin@city.example", work.now)

    work.meanwhile = cancel
    assert "over" == work.write(id)
    assert (4, State.CANCELLED, []) == (reached[-1], work.job(id).state, objects(id))
    assert "cancelled already" == work.write(id)


def test_what_is_cancelled_at_the_last_moment_leaves_nothing(
    work: Work, project: str, objects: Callable[[str], list[str]]
) -> None:
    id = work.ask(SURVEY)

    class Cancels(Bucket):
        def keep(self, name: str, content: bytes | Path, kind: str) -> None:
            super().keep(name, content, kind)
            jobs.cancel(work.db, id, "admin@city.example", work.now)

    work.bucket = Cancels(lambda: storage.Client(project=project), "private")
    assert "over" == work.write(id)
    assert (State.CANCELLED, []) == (work.job(id).state, objects(id))


@pytest.mark.parametrize(
    ("survey", "filter", "kind", "says"),
    [
        ("nothing-here", "", "csv", "There is no such survey"),
        (SURVEY, "", "papyrus", "There is no such form"),
        (SURVEY, "ward=atlantis", "csv", "atlantis"),
    ],
)
def test_what_can_never_succeed_says_why(work: Work, survey: str, filter: str, kind: str, says: str) -> None:
    id = work.ask(survey, filter, kind)
    assert "failed" == work.write(id)
    job = work.job(id)
    assert (State.FAILED, True) == (job.state, says in job.why), job.why
    assert "failed already" == work.write(id)


def test_what_takes_too_long_ends_with_a_sentence(work: Work, objects: Callable[[str], list[str]]) -> None:
    id = work.ask(SURVEY)
    work.meanwhile = lambda done: work.later(minutes=1)
    assert "failed" == work.write(id)
    assert (State.FAILED, write.TOO_LONG, []) == (work.job(id).state, work.job(id).why, objects(id))


def test_who_slept_too_long_does_not_end_the_work_of_who_took_over(work: Work) -> None:
    id = work.ask(SURVEY)

    def sleeps(done: int) -> None:
        if done == 1:
            work.later(minutes=9)
            write._taken(work.means, id, "the other")

    work.meanwhile = sleeps
    assert "over" == work.write(id)
    job = work.job(id)
    assert State.WRITING is job.state and job.lease is not None
    assert "the other" == job.lease["owner"]


def test_a_bug_is_tried_again_and_not_for_ever(work: Work) -> None:
    def broken(done: int) -> None:
        raise ZeroDivisionError

    id = work.ask(SURVEY)
    work.meanwhile = broken
    for attempt in range(1, write.ATTEMPTS + 1):
        with pytest.raises(ZeroDivisionError):
            work.write(id)
        # Nobody has to wait for a lease to end.
        assert (State.WRITING, None, attempt) == (work.job(id).state, work.job(id).lease, work.job(id).attempts)
    assert "failed" == work.write(id)
    assert (State.FAILED, write.TOO_OFTEN) == (work.job(id).state, work.job(id).why)


def test_a_job_of_which_every_worker_dies_ends(work: Work) -> None:
    def die(done: int) -> None:
        raise Killed

    id = work.ask(SURVEY)
    work.meanwhile = die
    for _ in range(write.ATTEMPTS):
        with pytest.raises(Killed):
            work.write(id)
        work.now += write.LEASE
    assert "failed" == work.write(id)


def test_trouble_with_storage_is_no_fault_of_the_job_s(work: Work, keys: list[str]) -> None:
    sound = work.bucket
    away = ClientOptions(api_endpoint=f"http://127.0.0.1:{processes.free_port()}")
    work.bucket = Bucket(lambda: storage.Client(project="p", client_options=away), "private", patience=0.1)
    id = work.ask(SURVEY)
    for _ in range(write.ATTEMPTS + 2):
        with pytest.raises(TryAgain):
            work.write(id)
    assert (0, None, "") == (work.job(id).attempts, work.job(id).lease, work.job(id).object)
    work.bucket = sound
    assert "written" == work.write(id)
    assert keys == lines(work.file(id))


def test_trouble_with_firestore_is_no_fault_of_the_job_s(work: Work) -> None:
    def away(done: int) -> None:
        raise ServiceUnavailable("Firestore")  # type: ignore[no-untyped-call]

    id = work.ask(SURVEY)
    work.meanwhile = away
    for _ in range(write.ATTEMPTS + 2):
        with pytest.raises(TryAgain):
            work.write(id)
    assert (0, None, State.WRITING) == (work.job(id).attempts, work.job(id).lease, work.job(id).state)


@pytest.mark.parametrize("id", ["", "a/b", "0" * 24])
def test_a_message_that_names_nothing_is_rejected(work: Work, id: str) -> None:
    with pytest.raises(Rejected):
        work.write(id)
