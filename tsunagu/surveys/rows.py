"""A response as it is packed: one row of typed columns, of which everything that is counted is made.

| column | type | holds |
|---|---|---|
| `key`, `version`, `edition` | String, Int64, Int16 | pseudonym; edition of the definition |
| `ward`, `district`, `age_band`, `language` | String | as they were when it was begun |
| `started_at`, `finished_at` | Datetime, UTC | `finished_at` null: not finished |
| `waits_at` | String | the id of the question it stopped at; null: finished |
| `user` | String | of a named survey only: LINE's user id |
| `a_{question}` | by kind, see `_answer` | the answer; null where there is none |
| `s_{question}` | Int8 | a `Said`; null: blank (on the way, not answered so far) |
| `o_{question}` | String | the words with the option `other`, for questions that have one |
| `lat_{question}`, `lon_{question}` | Float64 | of a location, degrees |

Pure.
"""

from datetime import date
from enum import IntEnum
from functools import lru_cache
from typing import Any

import polars as pl

from tsunagu.surveys.answers import Answer, Kind
from tsunagu.surveys.definition import (
    Anonymity,
    Asking,
    Date,
    Definition,
    Location,
    Multiple,
    Notice,
    Number,
    Scale,
    Single,
    Text,
)
from tsunagu.surveys.rules import Response

_MOMENT = pl.Datetime("us", "UTC")


class Said(IntEnum):
    GIVEN = 0
    SKIPPED = 1
    DECLINED = 2
    NOT_ASKED = 3  # the path led past it


def has_other(question: Asking) -> bool:
    return isinstance(question, Single | Multiple) and any(option.other for option in question.options)


def has_words(question: Asking) -> bool:
    """Whether residents may write something in their own words."""
    return isinstance(question, Text | Location) or has_other(question)


def pack_schema(definition: Definition) -> dict[str, pl.DataType]:
    schema: dict[str, pl.DataType] = {
        "key": pl.String(),
        "version": pl.Int64(),
        "edition": pl.Int16(),
        "ward": pl.String(),
        "district": pl.String(),
        "age_band": pl.String(),
        "language": pl.String(),
        "started_at": _MOMENT,
        "finished_at": _MOMENT,
        "waits_at": pl.String(),
    }
    if definition.anonymity == Anonymity.NAMED:
        schema["user"] = pl.String()
    for question in definition.asked:
        schema[f"a_{question.id}"] = _answer(question)
        schema[f"s_{question.id}"] = pl.Int8()
        if has_other(question):
            schema[f"o_{question.id}"] = pl.String()
        if isinstance(question, Location):
            schema[f"lat_{question.id}"] = schema[f"lon_{question.id}"] = pl.Float64()
    return schema


def packed_row(definition: Definition, respondent: str, response: Response) -> dict[str, Any] | None:
    """None when nothing is answered (yet, or any more): such a response is not counted."""
    walk = response.walk(definition)
    asked = {question.id for question in walk.asked}
    blank, questions = _blank(definition)
    row = dict(blank)
    nothing = True
    for index, question in questions:
        if question.id in asked:
            answer = response.answers.get(question.id)
            if answer is not None and answer.holds():
                nothing = False
                _fill(row, question, answer)
        elif index < walk.onward[0]:
            row[f"s_{question.id}"] = int(Said.NOT_ASKED)
    if nothing:
        return None
    row |= {
        "key": respondent,
        "version": response.version,
        "edition": response.edition,
        **response.attributes,
        "started_at": response.started_at,
        "finished_at": response.finished_at(definition, walk),
        "waits_at": walk.next.id if walk.next else None,
    }
    if "user" in row:
        row["user"] = response.user
    return row


@lru_cache(maxsize=64)
def _blank(definition: Definition) -> tuple[dict[str, Any], list[tuple[int, Asking]]]:
    """A row in which nothing is said, and the questions it has columns for, each with its place among all."""
    questions = [
        (index, question) for index, question in enumerate(definition.questions) if not isinstance(question, Notice)
    ]
    return dict.fromkeys(pack_schema(definition)), questions


def _answer(question: Asking) -> pl.DataType:
    """Options, wards and districts by their ids; a time `09:30`, a moment `2026-11-03T09:30`; a photo by its object's
    name in the private bucket; a location by the words that LINE gave with it, which may be empty."""
    match question:
        case Multiple():
            return pl.List(pl.String())
        case Scale():
            return pl.Int64()
        case Number():
            return pl.Float64()
        case Date():
            return pl.Date()
    return pl.String()


def _fill(row: dict[str, Any], question: Asking, answer: Answer) -> None:
    said = {Kind.SKIPPED: Said.SKIPPED, Kind.DECLINED: Said.DECLINED}.get(answer.kind, Said.GIVEN)
    row[f"s_{question.id}"] = int(said)
    if said is not Said.GIVEN:
        return
    row[f"a_{question.id}"] = _cell(question, answer)
    if has_other(question):
        row[f"o_{question.id}"] = answer.other
    if isinstance(question, Location) and isinstance(answer.value, dict):
        row[f"lat_{question.id}"] = float(answer.value["lat"])
        row[f"lon_{question.id}"] = float(answer.value["lon"])


def _cell(question: Asking, answer: Answer) -> Any:
    value = answer.value
    match question:
        case Number():
            return float(value)  # type: ignore[arg-type]
        case Date():
            return date.fromisoformat(str(value))
        case Location() if isinstance(value, dict):
            return str(value.get("words", ""))
    return value
