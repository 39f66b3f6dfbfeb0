"""When a series goes out: a rule in the city's calendar. Pure; python-dateutil knows recurrence, holidays Japan's days.

    {at: "09:00", every: day}
    {at: "09:00", every: week, on: [mon, thu], holidays: skip}
    {at: "09:00", every: month, on: [1, last, 2nd tue, last fri], from: 2026-12-01, until: 2027-03-31}

A month that lacks a day (31) or a fifth weekday is passed over.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from enum import StrEnum
from functools import cache
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from dateutil import rrule
from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from tsunagu.broadcasts.content import Strict

WEEKDAYS = {"mon": rrule.MO, "tue": rrule.TU, "wed": rrule.WE, "thu": rrule.TH, "fri": rrule.FR}
WEEKDAYS |= {"sat": rrule.SA, "sun": rrule.SU}
PLACES = {"1st": 1, "2nd": 2, "3rd": 3, "4th": 4, "5th": 5, "last": -1}
LAST = "last"  # day of the month
DAYS = (*range(1, 32), LAST)
NTH = re.compile(rf"({'|'.join(PLACES)}) ({'|'.join(WEEKDAYS)})")
EXCEPT_LIMIT = 400  # dates, more than a year has


class Every(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Holidays(StrEnum):
    SKIP = "skip"
    SEND = "send"


def _time(written: Any) -> time:
    if isinstance(written, time):
        return written
    if not isinstance(written, str) or not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", written):
        raise ValueError(f"must be a time of the day such as 09:00, not {written!r}")
    return time.fromisoformat(written)


def _date(written: Any) -> date:
    if isinstance(written, date) and not isinstance(written, datetime):
        return written
    if not isinstance(written, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", written):
        raise ValueError(f"must be a date such as 2026-12-01, not {written!r}")
    try:
        return date.fromisoformat(written)
    except ValueError as error:
        raise ValueError(f"{written}: {error}") from error


Day = Annotated[date, BeforeValidator(_date)]


class Repeat(Strict):
    """`from`, `until` and `except` are days, both ends inclusive; `holidays` are Japan's, their substitutes too."""

    at: Annotated[time, BeforeValidator(_time)]
    every: Every
    on: Annotated[tuple[int | str, ...], Field(validate_default=True)] = ()
    from_: Annotated[Day | None, Field(alias="from")] = None
    until: Day | None = None
    except_: Annotated[tuple[Day, ...], Field(alias="except", max_length=EXCEPT_LIMIT)] = ()
    holidays: Holidays = Holidays.SEND

    @field_validator("on", mode="before")
    @classmethod
    def _known(cls, written: Any, info: ValidationInfo) -> tuple[int | str, ...]:
        named = tuple(written) if isinstance(written, list | tuple) else (written,)
        match info.data.get("every"):
            case Every.DAY if named:
                raise ValueError("every day has no `on`: leave it out")
            case Every.WEEK:
                _all(named, WEEKDAYS, "days of the week such as [mon, thu]")
            case Every.MONTH:
                named = tuple(_number(each) for each in named)
                known = [each for each in named if isinstance(each, str) and NTH.fullmatch(each)]
                _all(named, {*DAYS, *known}, "days of the month such as [1, 15, last, 2nd tue, last fri]")
        return named

    @field_validator("on")
    @classmethod
    def _each_once(cls, named: tuple[int | str, ...]) -> tuple[int | str, ...]:
        return tuple(dict.fromkeys(named))

    @field_validator("until")
    @classmethod
    def _ends_after_it_begins(cls, until: date | None, info: ValidationInfo) -> date | None:
        begins = info.data.get("from_")
        if until is not None and begins is not None and until < begins:
            raise ValueError(f"ends on {until}, before it begins on {begins}")
        return until

    def dates(self, since: date) -> Iterator[date]:
        """The days on which it goes out, from that day on."""
        first = max(since, self.from_ or since)
        for moment in self._calendar(datetime.combine(first, time.min)):
            day = moment.date()
            if self.until is not None and day > self.until:
                return
            if day not in self.except_ and not (self.holidays is Holidays.SKIP and is_holiday(day)):
                yield day

    def occurrences(self, after: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        """Those after that moment, the next first, in UTC: one a day at most, whatever the zone's clocks do."""
        for day in self.dates(after.astimezone(zone).date()):
            moment = datetime.combine(day, self.at, zone).astimezone(UTC)
            if moment > after:
                yield moment

    def next_after(self, moment: datetime, zone: ZoneInfo) -> datetime | None:
        return next(self.occurrences(moment, zone), None)

    def to_document(self) -> dict[str, Any]:
        return {**self.model_dump(mode="json", by_alias=True, exclude_none=True), "at": f"{self.at:%H:%M}"}

    def _calendar(self, first: datetime) -> rrule.rruleset:
        """A day that two parts of `on` name is in it once."""
        calendar = rrule.rruleset()
        if self.every is Every.DAY:
            calendar.rrule(rrule.rrule(rrule.DAILY, dtstart=first))
        if self.every is Every.WEEK:
            calendar.rrule(rrule.rrule(rrule.WEEKLY, dtstart=first, byweekday=[WEEKDAYS[str(day)] for day in self.on]))
        if days := [-1 if day == LAST else int(day) for day in self.on if self.every is Every.MONTH and day in DAYS]:
            calendar.rrule(rrule.rrule(rrule.MONTHLY, dtstart=first, bymonthday=days))
        if nth := [found for day in self.on if self.every is Every.MONTH and (found := NTH.fullmatch(str(day)))]:
            weekdays = [WEEKDAYS[one[2]](PLACES[one[1]]) for one in nth]
            calendar.rrule(rrule.rrule(rrule.MONTHLY, dtstart=first, byweekday=weekdays))
        return calendar


def is_holiday(day: date) -> bool:
    return day in _holidays()


@cache
def _holidays() -> Mapping[Any, str]:
    import holidays  # 0.1 s, which no cold start pays without need

    found: Mapping[Any, str] = holidays.country_holidays("JP")
    return found


def _number(written: Any) -> Any:
    return int(written) if isinstance(written, str) and written.isdecimal() else written


def _all(named: tuple[Any, ...], known: Any, such_as: str) -> None:
    strange = [each for each in named if isinstance(each, bool) or not isinstance(each, int | str) or each not in known]
    if strange or not named:
        raise ValueError(f"must be {such_as}" + (f", not {', '.join(map(repr, strange))}" if strange else ""))
