"""How the answers came in: who answered, when, for how long, in which language, and where they stopped. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import polars as pl

from tsunagu.chat.catalogue import LANGUAGES
from tsunagu.residents.city import Choice, City
from tsunagu.surveys.definition import Asking, Definition
from tsunagu.surveys.report.shares import Both, Row, both, percent, row
from tsunagu.surveys.report.tally import Tally
from tsunagu.web.filters import LANGUAGE_NAMES

MOST = 92  # days on one curve, and weeks on one: beyond that months
EVERYBODY = ""  # no language
UNKNOWN = "-"  # the code of who has no ward, no age band
NOBODY_KNOWS: Both = ("不明", "unknown")
TRAITS: dict[str, Both] = {
    "ward": ("区", "Ward"),
    "district": ("校区", "School district"),
    "age_band": ("年代", "Age band"),
    "language": ("言語", "Language"),
}
LANGUAGE_LABELS: dict[str, Both] = {
    language: (LANGUAGE_NAMES[language], {"ja": "Japanese", "ja-easy": "Easy Japanese"}.get(language, ""))
    for language in LANGUAGES
}


@dataclass(frozen=True)
class Days:
    """One point of the curve: those who began in that day, week or month, and how many of them finished."""

    start: date
    label: Both
    began: int
    finished: int


@dataclass(frozen=True)
class Stop:
    """Who stopped at a question, of all respondents; `by_language` in the order of `Curves.languages`."""

    question: Asking
    row: Row
    by_language: tuple[int, ...]


@dataclass(frozen=True)
class Spoken:
    """Respondents of one language; `row` is of all respondents, `finished_percent` of those of the language."""

    row: Row
    finished: int
    finished_percent: float | None
    median_seconds: float | None


@dataclass(frozen=True)
class Curves:
    """`hours`: of the day, 24 counts; None, as `median_seconds`, where it is known on which day only."""

    unit: Literal["day", "week", "month"]
    days: tuple[Days, ...]
    hours: tuple[int, ...] | None
    median_seconds: float | None
    stops: tuple[Stop, ...]
    languages: tuple[Spoken, ...]


@dataclass(frozen=True)
class Trait:
    """What is known of the respondents: ward, district, age band. Base: all respondents; the unknown ones come last."""

    id: str
    label: Both
    rows: tuple[Row, ...]


def curves(definition: Definition, tally: Tally, moments: bool) -> Curves:
    """`moments`: whether it is known when somebody answered, not only on which day."""
    by_hour = _by_hour(tally)
    groups = {language: tally.group("language", language) for language in LANGUAGES}
    medians = tally.medians("took", {EVERYBODY: tally.inside, **groups}) if moments else {}
    unit, days = _days(by_hour)
    return Curves(
        unit=unit,
        days=days,
        hours=_hours(by_hour) if moments else None,
        median_seconds=medians.get(EVERYBODY),
        stops=_stops(definition, tally),
        languages=_languages(tally, medians),
    )


def traits(tally: Tally, city: City) -> tuple[Trait, ...]:
    return tuple(
        Trait(id, TRAITS[id], tuple(_trait_rows(id, trait_labels(id, city), tally)))
        for id in ("ward", "district", "age_band")
    )


def trait_labels(id: str, city: City) -> dict[str, Both]:
    """Of the values of a ward, district, age band or language, by their ids."""
    if id == "language":
        return LANGUAGE_LABELS
    choices: dict[str, list[Choice]] = {
        "ward": list(city.wards),
        "district": list(city.districts),
        "age_band": list(city.age_bands),
    }
    return {choice.id: both(choice.name) for choice in choices[id]}


def _trait_rows(id: str, named: dict[str, Both], tally: Tally) -> list[Row]:
    counts = tally.counts(id)
    known = [*named, *sorted(code for code in counts if code is not None and code not in named)]
    if id == "district":
        known = [code for code in known if counts.get(code)]
    rows = [row(named.get(code, (code, "")), code, counts.get(code, 0), tally.n) for code in known]
    return [*rows, row(NOBODY_KNOWS, UNKNOWN, counts.get(None, 0), tally.n)]


def _by_hour(tally: Tally) -> list[tuple[int, int, int]]:
    """Hours of the city's wall clock since 1970, with those who began in them and how many of these finished."""
    begun = pl.DataFrame([tally.among(tally.sheet.hours), tally.values("finished")])
    table = begun.drop_nulls("hour").group_by("hour").agg(pl.len(), pl.col("finished").sum().alias("ends")).sort("hour")
    return table.rows()


def _days(by_hour: Sequence[tuple[int, int, int]]) -> tuple[Literal["day", "week", "month"], tuple[Days, ...]]:
    if not by_hour:
        return "day", ()
    counts: dict[date, tuple[int, int]] = {}
    first, last = _date(by_hour[0][0]), _date(by_hour[-1][0])
    unit: Literal["day", "week", "month"] = "day"
    if (last - first).days >= MOST:
        unit = "week" if (last - first).days < MOST * 7 else "month"
    for hour, began, finished in by_hour:
        start = _start(_date(hour), unit)
        before = counts.get(start, (0, 0))
        counts[start] = (before[0] + began, before[1] + finished)
    points = []
    start = _start(first, unit)
    while start <= last:
        points.append(Days(start, _named(start, unit), *counts.get(start, (0, 0))))
        start = _start(start + timedelta(days={"day": 1, "week": 7, "month": 31}[unit]), unit)
    return unit, tuple(points)


def _start(day: date, unit: str) -> date:
    if unit == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if unit == "month" else day


def _named(start: date, unit: str) -> Both:
    if unit == "month":
        return f"{start.year}年{start.month}月", f"{start:%B %Y}"
    day = f"{start.year}年{start.month}月{start.day}日"
    return (f"{day}からの週", f"week of {start:%d %b %Y}") if unit == "week" else (day, f"{start:%d %b %Y}")


def _hours(by_hour: Sequence[tuple[int, int, int]]) -> tuple[int, ...]:
    counts = [0] * 24
    for hour, began, _ in by_hour:
        counts[hour % 24] += began
    return tuple(counts)


def _date(hour: int) -> date:
    return date(1970, 1, 1) + timedelta(days=hour // 24)


def _stops(definition: Definition, tally: Tally) -> tuple[Stop, ...]:
    stopped = tally.counts("waits_at")
    if not any(count for code, count in stopped.items() if code is not None):
        return ()
    waiting = tally.waiting().group_by("waits_at", "language").len()
    by_language = {(question, language): count for question, language, count in waiting.iter_rows()}
    return tuple(
        Stop(
            question,
            row(both(question.text), question.id, stopped.get(question.id, 0), tally.n),
            tuple(by_language.get((question.id, language), 0) for language in LANGUAGES),
        )
        for question in definition.asked
    )


def _languages(tally: Tally, medians: Mapping[str, float | None]) -> tuple[Spoken, ...]:
    found = []
    for language in LANGUAGES:
        count = tally.counts("language").get(language, 0)
        finished = int((tally.group("language", language) & tally.sheet.frame["finished"]).sum()) if count else 0
        label = row(LANGUAGE_LABELS[language], language, count, tally.n)
        found.append(Spoken(label, finished, percent(finished, count), medians.get(language)))
    return tuple(found)
