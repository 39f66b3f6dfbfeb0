"""Days and times as people type them."""

from datetime import date
from typing import Any

import pytest

from tests.tsunagu.surveys.kosodate import definition
from tsunagu.surveys.ask.reading import read
from tsunagu.surveys.ask.unclear import Unclear
from tsunagu.surveys.definition import Date, DateTime, Time

SURVEY = definition()
CLOCK = Time(id="t", type="time", text={"ja": "時刻"})
MOMENT = DateTime(id="m", type="datetime", text={"ja": "日時"})
TODAY = date(2026, 10, 30)


def question(id: str) -> Any:
    return SURVEY.question(id)


@pytest.mark.parametrize(
    "typed",
    [
        "2026/11/3",
        "２０２６／１１／０３",
        "2026-11-03",
        "2026年11月3日",
        "2026.11.3",
        "20261103",
        "令和8年11月3日",
        "2026年 11月 3日です",
    ],
)
def test_a_day(typed: str) -> None:
    assert "2026-11-03" == read(question("born"), typed)


def test_the_first_year_of_an_era() -> None:
    assert "2019-05-01" == read(question("born"), "令和元年5月1日")
    assert "1964-10-10" == read(question("born"), "昭和39年10月10日")


def test_a_day_without_its_year_is_taken_where_only_one_year_is_possible() -> None:
    assert Unclear("year", {"month": 11, "day": 3}) == read(question("born"), "11月3日")
    assert Unclear("year", {"month": 11, "day": 3}) == read(question("born"), "11/3")
    bounded = Date.model_validate(
        {"id": "d", "type": "date", "text": {"ja": "日"}, "min": "2026-10-01", "max": "2027-03-31"}
    )
    assert "2026-11-03" == read(bounded, "11月3日")
    assert "2027-02-01" == read(bounded, "2/1")
    assert Unclear("year", {"month": 2, "day": 29}) == read(bounded, "2/29")
    assert Unclear("early", {"min": "2026/10/1"}) == read(bounded, "2026/9/30")
    assert Unclear("late", {"max": "2027/3/31"}) == read(bounded, "2027/4/1")


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("あした", "date"),
        ("2026/2/30", "no_such_day"),
        ("2026/13/1", "no_such_day"),
        ("1/1/1/1", "date"),
        ("0001/1/1", "no_such_day"),
        ("2026年11月3日か4日", "date"),
        ("2026年11月3日〜5日", "date"),
        ("2026/11/3～5", "date"),
        ("2026年11月3日以外", "date"),
        ("2026年11月3日から5日", "date"),
        ("11月2-4日", "date"),
    ],
)
def test_no_day(typed: str, key: str) -> None:
    assert Unclear(key) == read(question("born"), typed)


@pytest.mark.parametrize(
    ("typed", "time"),
    [
        ("14:30", "14:30"),
        ("１４：３０", "14:30"),
        ("9:30", "09:30"),
        ("14時半", "14:30"),
        ("14時半ごろです", "14:30"),
        ("14時30分", "14:30"),
        ("十四時", "14:00"),
        ("九時半", "09:30"),
        ("午後2時", "14:00"),
        ("午後2時15分", "14:15"),
        ("夕方5時", "17:00"),
        ("朝9時", "09:00"),
        ("午前0時", "00:00"),
        ("午前12時", "00:00"),
        ("午後12時", "12:00"),
        ("午後14時", "14:00"),
        ("正午", "12:00"),
        ("2pm", "14:00"),
        ("2:30 p.m.", "14:30"),
        ("9 a.m.", "09:00"),
        ("8:30 pm.", "20:30"),
        ("8:30 p.m", "20:30"),
        ("今朝8時", "08:00"),
        ("9時（午前）", "09:00"),
        ("8時(午後)", "20:00"),
        ("20:00(夜)", "20:00"),
        ("17:00 夕方", "17:00"),
        ("12時（昼）", "12:00"),
        ("午前中 10時", "10:00"),
        ("朝は9時", "09:00"),
        ("朝食後の8時", "08:00"),
        ("夕食は19時", "19:00"),
        ("夜は19時", "19:00"),
        ("I am free at 9:30", "09:30"),
        ("9時から", "09:00"),
        ("0930", "09:30"),
        ("9", "09:00"),
    ],
)
def test_a_time(typed: str, time: str) -> None:
    assert time == read(CLOCK, typed)


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("あとで", "time"),
        ("9時か10時", "time"),
        ("夜8時", "time"),
        ("昼1時", "time"),
        ("晩の8時", "time"),
        ("今晩8時", "time"),
        ("夕8時", "time"),
        ("昼過ぎの2時", "time"),
        ("夜遅く11時", "time"),
        ("9〜10時", "time"),
        ("9から10時", "time"),
        ("9ー10時", "time"),
        ("9–10時", "time"),
        ("25時", "no_such_time"),
        ("24:00", "no_such_time"),
        ("14:75", "no_such_time"),
        ("9975", "no_such_time"),
        ("", "time"),
    ],
)
def test_no_time(typed: str, key: str) -> None:
    assert Unclear(key) == read(CLOCK, typed)


def test_a_time_within_what_the_question_allows() -> None:
    hours = CLOCK.model_copy(update={"min": "09:00", "max": "17:00"})
    assert ["09:00", "17:00"] == [read(hours, typed) for typed in ("9時", "午後5時")]
    assert Unclear("early_time", {"min": "09:00"}) == read(hours, "8:59")
    assert Unclear("late_time", {"max": "17:00"}) == read(hours, "17:01")


@pytest.mark.parametrize(
    ("typed", "moment"),
    [
        ("11月3日 14:00", "2026-11-03T14:00"),
        ("11月3日14時半", "2026-11-03T14:30"),
        ("11月3日(火) 14:00", "2026-11-03T14:00"),
        ("１１／３　９：３０", "2026-11-03T09:30"),
        ("2026/11/3 14時", "2026-11-03T14:00"),
        ("2026-11-03T14:00", "2026-11-03T14:00"),
        ("令和8年11月3日 午後2時", "2026-11-03T14:00"),
        ("十一月三日 午後二時", "2026-11-03T14:00"),
        ("11/3 8:30 pm.", "2026-11-03T20:30"),
        ("11/3、14:00", "2026-11-03T14:00"),
        ("2026/11/3、9:30", "2026-11-03T09:30"),
        ("11/3, 14:00", "2026-11-03T14:00"),
        ("2026-11-03,09:30", "2026-11-03T09:30"),
        ("11/3、午後2時", "2026-11-03T14:00"),
        ("11/3・14時", "2026-11-03T14:00"),
        ("1月5日 10:00", "2027-01-05T10:00"),
        ("9月1日 10:00", "2026-09-01T10:00"),
    ],
)
def test_a_moment_whose_day_has_no_year_lies_near_today(typed: str, moment: str) -> None:
    assert moment == read(MOMENT, typed, today=TODAY)


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("11月3日", "moment"),
        ("14:00", "moment"),
        ("あした 9時", "moment"),
        ("2月29日 9時", "no_such_day"),
        ("2026/11/31 9:00", "no_such_day"),
        ("11月3日 25:00", "no_such_time"),
        ("11月3日 9時か10時", "moment"),
        ("11/3か11/4 9:00", "moment"),
        ("11月3日か4日 9:00", "moment"),
        ("11月3日 夜遅く8時", "moment"),
    ],
)
def test_no_moment(typed: str, key: str) -> None:
    assert Unclear(key) == read(MOMENT, typed, today=TODAY)


def test_a_moment_within_what_the_question_allows() -> None:
    bounded = MOMENT.model_copy(update={"min": "2026-12-01T09:00", "max": "2027-03-31T17:00"})
    assert "2027-02-01T09:00" == read(bounded, "2月1日 9時", today=TODAY)
    assert Unclear("early_moment", {"min": "2026/12/1 09:00"}) == read(bounded, "12/1 8:59", today=TODAY)
    assert Unclear("late_moment", {"max": "2027/3/31 17:00"}) == read(bounded, "2027/3/31 17:01", today=TODAY)
    later = MOMENT.model_copy(update={"min": "2027-01-01T00:00"})
    assert "2027-10-29T09:00" == read(later, "10月29日 9時", today=TODAY)
