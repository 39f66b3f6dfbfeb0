"""What people did with what was sent under an aggregation unit, as LINE tells it."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import requests

from local.line_platform.units import JAPAN
from tests.local.line_platform.drive import Line, text

KEY = "123e4567-e89b-12d3-a456-426614174000"
HOUR = 60 * 60
DAY = 24 * HOUR


@pytest.fixture
def news(line: Line) -> Line:
    """Something was sent under the unit `news`."""
    body = {"to": [line.resident()], "messages": [text("a")], "customAggregationUnits": ["news"]}
    assert 200 == line.api("/message/multicast", body).status_code
    return line


def ask(line: Line, first: int = 0, last: int = 0, unit: str = "news") -> requests.Response:
    """`first` and `last` in days from today, in Japan."""
    days = [datetime.now(JAPAN).date() + timedelta(days=ahead) for ahead in (first, last)]
    query = f"customAggregationUnit={unit}&from={days[0]:%Y%m%d}&to={days[1]:%Y%m%d}"
    return line.api(f"/insight/message/event/aggregation?{query}")


def opened(line: Line, first: int = 0, last: int = 0, unit: str = "news") -> Any:
    return ask(line, first, last, unit).json()["overview"]["uniqueImpression"]


def test_what_people_did_adds_up_by_unit_and_is_told_for_the_days_asked_for(news: Line) -> None:
    news.tell("/opens", {"unit": "news", "opened": 30, "clicked": 20})
    news.tell("/opens", {"unit": "news", "opened": 10})
    news.tell("/clock", {"ahead": DAY})
    news.tell("/opens", {"unit": "news", "opened": 25})
    assert [40, 25, 65, None] == [opened(news, *days) for days in ((0, 0), (1, 1), (0, 1), (-1, -1))]
    assert (None, 20) == (opened(news, unit="News"), ask(news).json()["overview"]["uniqueClick"])


@pytest.mark.parametrize(("people", "told"), [(19, None), (20, 20)])
def test_what_fewer_than_twenty_did_is_null(news: Line, people: int, told: int | None) -> None:
    news.tell("/opens", {"unit": "news", "opened": people, "clicked": people})
    answer = ask(news).json()
    assert (told, told) == (answer["overview"]["uniqueImpression"], answer["overview"]["uniqueClick"])
    (bubble,) = answer["messages"]
    assert (1, told, told) == (bubble["seq"], bubble["impression"], bubble["uniqueImpression"])


def test_where_there_is_nothing_to_tell_the_lists_are_empty(news: Line) -> None:
    nothing = dict.fromkeys(("uniqueImpression", "uniqueClick", "uniqueMediaPlayed", "uniqueMediaPlayed100Percent"))
    assert {"overview": nothing, "messages": [], "clicks": []} == ask(news).json()


def test_what_is_done_more_than_two_weeks_after_a_send_is_not_counted(news: Line) -> None:
    news.tell("/clock", {"ahead": 14 * DAY - 60})
    news.tell("/opens", {"unit": "news", "opened": 20})
    news.tell("/clock", {"ahead": 14 * DAY + 60})
    news.tell("/opens", {"unit": "news", "opened": 20}, status=409)
    assert 20 == opened(news, 0, 14)


def test_nothing_is_counted_for_a_unit_that_was_never_sent(news: Line) -> None:
    news.tell("/opens", {"unit": "News", "opened": 20}, status=409)


def test_sixty_questions_an_hour_are_answered_the_wrong_ones_counted_too(news: Line) -> None:
    statuses = [ask(news).status_code for _ in range(59)]
    assert [200] * 59 + [400] == [*statuses, ask(news, unit="").status_code]
    refused = ask(news)
    assert 429 == refused.status_code
    assert "rate limit" in refused.json()["message"]
    assert 200 == news.api("/message/aggregation/info").status_code
    news.tell("/clock", {"ahead": HOUR + 1})
    assert 200 == ask(news).status_code


@pytest.mark.parametrize(("first", "last", "status"), [(0, 0, 200), (-30, 0, 200), (-31, 0, 400), (0, -1, 400)])
def test_the_last_day_is_up_to_thirty_after_the_first(news: Line, first: int, last: int, status: int) -> None:
    assert status == ask(news, first, last).status_code


@pytest.mark.parametrize("query", [
    "from=20260301&to=20260301",
    "customAggregationUnit=news&from=20260301",
    "customAggregationUnit=news&from=2026-03-01&to=20260301",
    "customAggregationUnit=news&from=20260230&to=20260301",
    f"customAggregationUnit={'n' * 31}&from=20260301&to=20260301",
])  # fmt: skip
def test_a_question_that_says_too_little_is_400(news: Line, query: str) -> None:
    assert 400 == news.api(f"/insight/message/event/aggregation?{query}").status_code


@pytest.mark.parametrize(
    "path", ["/message/aggregation/info", "/message/aggregation/list", "/insight/message/event/aggregation"]
)
def test_questions_take_no_retry_key(line: Line, path: str) -> None:
    assert "retry key" in line.api(path, key=KEY).json()["message"]
