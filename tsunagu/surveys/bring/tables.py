"""The tables of a survey that may be published: questions of choices, each by nothing or by one thing known of the
respondents, over all who responded.

Beside its answers a table counts who gave none (無回答) and whom the question was not put to (非該当), so that its
columns add up to the same totals in every table. Pure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from tsunagu.chat.catalogue import LANGUAGES
from tsunagu.cloud.definitions import Place, Problem
from tsunagu.residents.city import City
from tsunagu.surveys.definition import Definition, District, Multiple, Scale, Single, Ward
from tsunagu.surveys.lean import options
from tsunagu.surveys.rows import Said

By = Literal["ward", "age_band", "language"]
Publishable = Single | Multiple | Scale | Ward | District
EVERYBODY, TOTAL = "", ""  # the row and the column of totals
NO_ANSWER, NOT_ASKED, UNKNOWN = "NO_ANSWER", "NOT_ASKED", "UNKNOWN"  # ids are in small letters
FEW = 5


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Wish(_Strict):
    question: str
    by: By | None = None


class Plan(_Strict):
    """All that is published, at once: `tables: [{question: uses}, {question: uses, by: ward}]`.

    `few`: numbers below it are hidden; `zero`: zeros are, too.
    """

    few: Annotated[int, Field(strict=True, ge=2, le=100)] = FEW
    zero: StrictBool = False
    tables: Annotated[list[Wish], Field(min_length=1)]


@dataclass(frozen=True)
class Table:
    """`rows` and `columns` are codes; the first column is TOTAL, the only one where `by` is empty."""

    question: Publishable
    by: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]


def everything(definition: Definition) -> list[Wish]:
    """Where nobody has chosen: every question that can be, by itself, by ward and by age band."""
    ways: tuple[By | None, ...] = (None, "ward", "age_band")
    asked = [question for question in definition.asked if isinstance(question, Publishable)]
    return [Wish(question=question.id, by=by) for question in asked for by in ways]


def problems(plan: Plan, definition: Definition) -> Iterator[Problem]:
    known = [question.id for question in definition.asked if isinstance(question, Publishable)]
    for number, wish in enumerate(plan.tables):
        place: Place = ("tables", number)
        question = definition.question(wish.question)
        if question is None:
            yield (*place, "question"), f"`{wish.question}` is no question of {definition.id} ({', '.join(known)})"
        elif question.id not in known:
            yield (*place, "question"), f"`{wish.question}` is a {question.type}: only choices and scales are published"
        if wish in plan.tables[:number]:
            yield place, "is in the list already"


def tables(wishes: Sequence[Wish], definition: Definition, frame: pl.DataFrame, city: City) -> list[Table]:
    """In the order of the wishes; `frame` is packed rows."""
    made = []
    for wish in wishes:
        question = definition.question(wish.question)
        assert isinstance(question, Publishable)
        not_asked = (frame[f"s_{question.id}"] == Said.NOT_ASKED).any()
        answers = frame[f"a_{question.id}"].drop_nulls()
        met = answers.explode().drop_nulls() if isinstance(question, Multiple) else answers
        rows = _in_order(options(question, city), met)
        columns = _in_order(_values(wish.by, city), frame[wish.by].fill_null(UNKNOWN)) if wish.by else []
        made.append(
            Table(
                question,
                wish.by or "",
                (*rows, NO_ANSWER, *([NOT_ASKED] if not_asked else [])),
                (TOTAL, *columns),
            )
        )
    return made


def _in_order(known: Sequence[str], met: pl.Series) -> list[str]:
    """What is known, and then what the answers hold beyond that."""
    return [*known, *sorted(set(met.unique().cast(pl.String)) - set(known))]


def _values(by: By, city: City) -> list[str]:
    match by:
        case "ward":
            return [ward.id for ward in city.wards]
        case "age_band":
            return [band.id for band in city.age_bands]
        case "language":
            return list(LANGUAGES)
