"""`exports`: what is remembered of a download, and who may still fetch it."""

from datetime import timedelta

import pytest
from google.cloud import firestore

from tests.tsunagu.surveys.invented import definition, put, rows
from tests.tsunagu.surveys.take.exported import ANALYST, NOW, Work
from tsunagu.cloud.outcomes import Rejected
from tsunagu.staff.store import AUDIT
from tsunagu.surveys.take import jobs
from tsunagu.surveys.take.jobs import State, Wish

SURVEY = "kosodate-2026"


def audit(db: firestore.Client) -> list[tuple[str, str, str]]:
    lines = sorted((line.to_dict() or {} for line in db.collection(AUDIT).stream()), key=lambda line: str(line["at"]))
    return [(line["who"], line["did"], line["what"]) for line in lines]


@pytest.fixture
def ready(work: Work) -> str:
    """A job whose file is there, of twelve responses."""
    put(work.db, definition(), rows(definition(), 12))
    id = work.ask(SURVEY)
    work.write(id)
    return id


def test_every_state_goes_on_to_an_end_and_no_end_goes_on() -> None:
    ends = {State.SENT, State.FAILED, State.CANCELLED, State.EXPIRED}
    assert ends == {state for state in State if not state.is_open}
    assert set() == {end for end in ends for other in State if end.may_become(other)}
    for state in set(State) - ends:
        assert True is any(state.may_become(end) for end in ends)


def test_a_form_that_is_sent_twice_is_one_job(work: Work) -> None:
    id = jobs.new_id()
    wish = Wish(SURVEY, "csv", "ward=chuo", ANALYST)
    first = jobs.ask(work.db, id, wish, NOW)
    again = jobs.ask(work.db, id, wish, NOW + timedelta(seconds=1))
    assert (first, [first]) == (again, jobs.of_survey(work.db, SURVEY))
    assert [(ANALYST, "export.ask", f"{SURVEY}: csv, ward=chuo")] == audit(work.db)


def test_more_filters_than_an_address_holds_are_refused(work: Work) -> None:
    with pytest.raises(Rejected, match="too many filters"):
        jobs.ask(work.db, jobs.new_id(), Wish(SURVEY, "csv", "x" * 5_000, ANALYST), NOW)
    assert [] == jobs.of_survey(work.db, SURVEY)


def test_what_was_sent_at_once_is_remembered_too(work: Work) -> None:
    jobs.noted(work.db, Wish(SURVEY, "csv", "", ANALYST), 7, 2, NOW)
    (job,) = jobs.of_survey(work.db, SURVEY)
    assert (State.SENT, 7, 2, ANALYST) == (job.state, job.responses, job.replaced, job.taken[0]["who"])
    assert [(ANALYST, "survey.download", f"{SURVEY}: csv, 7 responses")] == audit(work.db)
    assert [] == jobs.open_ones(work.db)


def test_who_fetches_a_file_is_written_down_each_time(work: Work, ready: str) -> None:
    for number, who in enumerate(["admin@city.example", ANALYST, "admin@city.example"]):
        jobs.fetched(work.db, ready, who, NOW + timedelta(minutes=number))
    taken = [(each["who"], each["at"] - NOW) for each in work.job(ready).taken]
    minutes = [timedelta(minutes=number) for number in range(3)]
    assert list(zip(["admin@city.example", ANALYST, "admin@city.example"], minutes, strict=True)) == taken
    assert 3 == sum(did == "survey.download" for _, did, _ in audit(work.db))
    assert f"{SURVEY}: csv, 12 responses" == audit(work.db)[-1][2]


def test_of_one_file_the_latest_who_took_it_are_remembered(work: Work, ready: str) -> None:
    many = [{"who": str(number), "at": NOW} for number in range(jobs.TAKEN_LIMIT)]
    jobs.reference(work.db, ready).update({"taken": many})
    jobs.fetched(work.db, ready, ANALYST, NOW)
    taken = [each["who"] for each in work.job(ready).taken]
    assert (jobs.TAKEN_LIMIT, "1", ANALYST) == (len(taken), taken[0], taken[-1])


def test_a_file_is_there_for_seven_days_and_no_longer(work: Work, ready: str) -> None:
    jobs.fetched(work.db, ready, ANALYST, NOW + timedelta(days=7, seconds=-1))
    with pytest.raises(Rejected, match="no longer there"):
        jobs.fetched(work.db, ready, ANALYST, NOW + timedelta(days=7))
    assert 1 == len(work.job(ready).taken)


def test_what_is_not_written_yet_cannot_be_fetched(work: Work) -> None:
    id = work.ask(SURVEY)
    with pytest.raises(Rejected):
        jobs.fetched(work.db, id, ANALYST, NOW)
    assert [] == [did for _, did, _ in audit(work.db) if did == "survey.download"]


def test_who_cancels_is_written_down_and_what_has_ended_stays_as_it_is(work: Work, ready: str) -> None:
    waiting = work.ask(SURVEY)
    assert True is jobs.cancel(work.db, waiting, "admin@city.example", NOW)
    assert False is jobs.cancel(work.db, waiting, "admin@city.example", NOW)
    assert False is jobs.cancel(work.db, ready, "admin@city.example", NOW)
    assert (State.CANCELLED, State.READY) == (work.job(waiting).state, work.job(ready).state)
    assert [("admin@city.example", "export.cancel", f"{SURVEY}: csv")] == [
        line for line in audit(work.db) if line[1] == "export.cancel"
    ]


def test_surveys_do_not_see_each_other_s_downloads(work: Work) -> None:
    ids = [work.ask(SURVEY), work.ask("another-one")]
    work.later(minutes=1)
    ids.append(work.ask(SURVEY))
    assert [ids[2], ids[0]] == [job.id for job in jobs.of_survey(work.db, SURVEY)]
