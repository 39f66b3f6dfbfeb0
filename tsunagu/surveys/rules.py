"""The path through a survey that answers make, and the packed row of a response.

Branching only goes forward, so every path ends. Answers off the path stay stored but are not counted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

import polars as pl

from tsunagu.surveys.answers import Answer, Kind
from tsunagu.surveys.definition import Audience, Date, Definition, Multiple, Number, Question, Scale, Single, targets


class State(StrEnum):
    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"

    def may_become(self, other: "State") -> bool:
        return (self, other) in {(State.DRAFT, State.OPEN), (State.OPEN, State.CLOSED), (State.DRAFT, State.CLOSED)}


@dataclass(frozen=True)
class Walk:
    """`passed`: the path as far as the answers tell it; `next`: its first question without an answer."""

    passed: tuple[Question, ...]
    next: Question | None

    def before(self, question: Question) -> Question | None:
        """The one asked before `question`, which may be on the path or only about to be."""
        ids = [passed.id for passed in self.passed]
        at = ids.index(question.id) if question.id in ids else len(ids)
        return self.passed[at - 1] if at else None


@dataclass(frozen=True)
class Response:
    """What one respondent said; ward and so on as they were when it was begun. Times are aware UTC."""

    answers: Mapping[str, Answer] = field(default_factory=dict)
    ward: str | None = None
    district: str | None = None
    age_band: str | None = None
    language: str = "ja"
    started_at: datetime | None = None
    version: int = 0

    def finished_at(self, definition: Definition) -> datetime | None:
        """When the last question of the path was first answered; a correction does not change it."""
        walk = path(definition, self.answers)
        if walk.next is not None:
            return None
        return datetime.fromtimestamp(max(self.answers[question.id].first for question in walk.passed) / 1000, UTC)


def path(definition: Definition, answers: Mapping[str, Answer]) -> Walk:
    """A question without an answer (one taken back, say) hides what follows only where the way forks."""
    passed: list[Question] = []
    waiting: Question | None = None
    index = 0
    while index < len(definition.questions):
        question = definition.questions[index]
        passed.append(question)
        answer = answers.get(question.id)
        if answer is None or not answer.holds():
            waiting = waiting or question
        onward = _onward(definition, index, answer)
        if onward is None:
            break
        index = onward
    return Walk(tuple(passed), waiting)


def progress(definition: Definition, answers: Mapping[str, Answer], question: Question) -> tuple[int, int]:
    """(3, 8): the third, of eight at most on the way that the answers have taken so far."""
    passed = path(definition, answers).passed
    last = definition.questions.index(passed[-1])
    forks = _onward(definition, last, answers.get(passed[-1].id)) is None
    most = len(passed) - 1 + (_longest(definition)[last] if forks else 1)
    place = passed.index(question) if question in passed else len(passed) - 1
    return place + 1, most


def length(definition: Definition) -> int:
    """The most questions anybody may be asked."""
    return _longest(definition)[0]


def is_for(
    audience: Audience, wards: Sequence[str], districts: Sequence[str], topics: Sequence[str], language: str
) -> bool:
    """Whether one with these choices is asked: any of each group named, and all groups named."""
    groups: list[tuple[Sequence[str], Sequence[str]]] = [
        (audience.wards, wards),
        (audience.districts, districts),
        (audience.topics, topics),
        (audience.languages, [language]),
    ]
    return all(not wanted or not set(wanted).isdisjoint(has) for wanted, has in groups)


def pack_schema(definition: Definition) -> dict[str, pl.DataType]:
    """The columns of a packed response: `a_` and a question's id for the answer, `s_` for whether it was skipped."""
    moment = pl.Datetime("us", "UTC")
    schema: dict[str, pl.DataType] = {
        "key": pl.String(),
        "version": pl.Int64(),
        "ward": pl.String(),
        "district": pl.String(),
        "age_band": pl.String(),
        "language": pl.String(),
        "started_at": moment,
        "finished_at": moment,
    }
    for question in definition.questions:
        schema[f"a_{question.id}"] = _column(question)
        schema[f"s_{question.id}"] = pl.Boolean()
    return schema


def packed_row(definition: Definition, respondent: str, response: Response) -> dict[str, Any] | None:
    """None when nothing is answered (yet, or any more): such a response is not counted."""
    walk = path(definition, response.answers)
    row: dict[str, Any] = {name: None for name in pack_schema(definition)}
    answered = False
    for question in walk.passed:
        answer = response.answers.get(question.id)
        if answer is None or not answer.holds():
            continue
        answered = True
        row[f"s_{question.id}"] = answer.kind == Kind.SKIPPED
        if answer.kind == Kind.GIVEN:
            row[f"a_{question.id}"] = _cell(question, answer)
    return (
        {
            **row,
            "key": respondent,
            "version": response.version,
            "ward": response.ward,
            "district": response.district,
            "age_band": response.age_band,
            "language": response.language,
            "started_at": response.started_at,
            "finished_at": response.finished_at(definition),
        }
        if answered
        else None
    )


def _onward(definition: Definition, index: int, answer: Answer | None) -> int | None:
    question = definition.questions[index]
    leads = targets(definition, index)
    if isinstance(question, Single) and answer is not None and answer.holds():
        if answer.kind == Kind.SKIPPED:
            return leads[-1][1]
        return next(
            (to for option, (_, to) in zip(question.options, leads, strict=False) if option.id == answer.value), None
        )
    ways = {to for _, to in leads}
    return ways.pop() if len(ways) == 1 else None


def _longest(definition: Definition) -> list[int]:
    """For each question, how many are asked at most from it on, itself included; the end last."""
    counts = [0] * (len(definition.questions) + 1)
    for index in reversed(range(len(definition.questions))):
        counts[index] = 1 + max(counts[to] for _, to in targets(definition, index))
    return counts


def _column(question: Question) -> pl.DataType:
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


def _cell(question: Question, answer: Answer) -> Any:
    if isinstance(question, Number):
        return float(answer.value)  # type: ignore[arg-type]
    if isinstance(question, Date):
        return date.fromisoformat(str(answer.value))
    return answer.value
