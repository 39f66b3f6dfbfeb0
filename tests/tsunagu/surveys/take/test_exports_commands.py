"""`tsunagu survey exports`."""

from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from tests.tsunagu.surveys.invented import definition, put, rows
from tests.tsunagu.surveys.take.exported import Work
from tsunagu.cloud.outcomes import Rejected
from tsunagu.surveys.commands import app
from tsunagu.surveys.take import jobs
from tsunagu.surveys.take.jobs import Wish

SURVEY = "kosodate-2026"


def listed(survey: str = SURVEY) -> list[str]:
    result = CliRunner(env={"COLUMNS": "250"}).invoke(app, ["exports", survey])
    if result.exception is not None:
        raise result.exception
    return [line for line in result.stdout.splitlines() if "@" in line]


def test_who_took_what_is_listed_the_newest_first(work: Work) -> None:
    put(work.db, definition(), rows(definition(), 12))
    work.now = datetime.now(UTC)
    jobs.noted(work.db, Wish(SURVEY, "xlsx", "", "admin@city.example"), 12, 0, work.now)
    work.later(minutes=1)
    ready = work.ask(SURVEY, "ward=chuo")
    work.write(ready)
    jobs.fetched(work.db, ready, "hanako@city.example", work.now)
    work.later(minutes=1)
    work.ask(SURVEY, by="taro@city.example")
    waiting, there, sent = listed()
    assert (True, True) == ("taro@city.example" in waiting, "waiting" in waiting)
    for said in ("ward=chuo", "ready until", "hanako@city.example"):
        assert True is (said in there), there
    assert (True, True) == ("xlsx" in sent, "sent" in sent and " 12 " in sent)


def test_what_failed_says_why_and_what_is_written_how_far_it_is(work: Work) -> None:
    put(work.db, definition(), rows(definition(), 12))
    failed, writing, over = (work.ask(SURVEY) for _ in range(3))
    jobs.reference(work.db, failed).update({"state": "failed", "why": "時間切れ Too long"})
    jobs.reference(work.db, writing).update({"state": "writing", "done": 1_200, "of": 5_000})
    jobs.reference(work.db, over).update({"state": "ready", "until": work.now})
    said = "\n".join(listed())
    for word in ("failed: 時間切れ Too long", "writing, 1,200 of 5,000", "expired"):
        assert True is (word in said), said


def test_an_unknown_survey_is_a_sentence(work: Work) -> None:
    with pytest.raises(Rejected, match="nothing-here"):
        listed("nothing-here")
