"""What a survey's state allows, and the path through its questions that answers and conditions make.

Branching only goes forward, so every path ends. Answers off the path stay stored but are not counted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

from tsunagu.surveys.answers import Answer, Kind, Value
from tsunagu.surveys.conditions import All, Any_, Bound, Condition, Not, OfAnswer, OfAttribute
from tsunagu.surveys.definition import Asking, Audience, Definition, Notice, Question, Single

Attributes = Mapping[str, str | None]  # ward, district, age_band, language


class State(StrEnum):
    DRAFT = "draft"
    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"
    ARCHIVED = "archived"

    def may_become(self, other: "State") -> bool:
        return other in _MOVES[self]


_MOVES = {
    State.DRAFT: {State.OPEN, State.CLOSED},
    State.OPEN: {State.PAUSED, State.CLOSED},
    State.PAUSED: {State.OPEN, State.CLOSED},
    State.CLOSED: {State.ARCHIVED},
    State.ARCHIVED: {State.CLOSED},
}


@dataclass(frozen=True)
class Walk:
    """`passed`: the path as far as the answers tell it, notices included; `next`: its first question that waits.

    `onward`: where in the definition it may go on, by what else is to be answered; (number of questions,): it ends.
    """

    passed: tuple[Question, ...]
    next: Asking | None
    onward: tuple[int, ...]

    @property
    def asked(self) -> tuple[Asking, ...]:
        return tuple(question for question in self.passed if not isinstance(question, Notice))

    def before(self, question: Asking) -> Asking | None:
        """The one asked before `question`, which may be on the path or only about to be."""
        ids = [passed.id for passed in self.asked]
        at = ids.index(question.id) if question.id in ids else len(ids)
        return self.asked[at - 1] if at else None

    def notices_before(self, question: Asking | None) -> tuple[Notice, ...]:
        """The notices directly in front of `question` (None: of the end), which are said together with it."""
        ids = [passed.id for passed in self.passed]
        at = ids.index(question.id) if question and question.id in ids else len(ids)
        found: list[Notice] = []
        while at and isinstance(notice := self.passed[at - 1], Notice):
            found.insert(0, notice)
            at -= 1
        return tuple(found)


@dataclass(frozen=True)
class Brought:
    """Of a response that an import has brought: what its file said was not asked, and when it was finished, if it was.

    Nobody was led through these questions here, so that no path can tell.
    """

    not_asked: tuple[str, ...] = ()
    finished_at: datetime | None = None

    def walk(self, definition: Definition, answers: Mapping[str, Answer]) -> Walk:
        """All questions but those not asked; unfinished, it waits at the one after the last that is answered."""
        asked = [question for question in definition.asked if question.id not in self.not_asked]
        waiting: Asking | None = None
        if self.finished_at is None and asked:
            held = [at for at, question in enumerate(asked) if question.id in answers and answers[question.id].holds()]
            waiting = asked[min(held[-1] + 1, len(asked) - 1) if held else 0]
        return Walk(tuple(asked), waiting, (len(definition.questions),))


@dataclass(frozen=True)
class Response:
    """What one respondent said; ward and so on as they were when it was begun. Times are aware UTC.

    `edition`: of the definition, the one it was begun under and is answered under to the end. `user`: of a named one.
    """

    answers: Mapping[str, Answer] = field(default_factory=dict)
    ward: str | None = None
    district: str | None = None
    age_band: str | None = None
    language: str = "ja"
    started_at: datetime | None = None
    version: int = 0
    edition: int = 1
    user: str | None = None
    brought: Brought | None = None

    @property
    def attributes(self) -> Attributes:
        return {
            "ward": self.ward,
            "district": self.district,
            "age_band": self.age_band,
            "language": self.language,
        }

    def walk(self, definition: Definition) -> Walk:
        if self.brought is not None:
            return self.brought.walk(definition, self.answers)
        return path(definition, self.answers, self.attributes)

    def finished_at(self, definition: Definition, walk: Walk | None = None) -> datetime | None:
        """When the last question of the path was first answered; a correction does not change it."""
        if self.brought is not None:
            return self.brought.finished_at
        walk = walk or self.walk(definition)
        if walk.next is not None:
            return None
        answered = [self.answers[question.id].first for question in walk.asked]
        return datetime.fromtimestamp(max(answered) / 1000, UTC) if answered else self.started_at


@dataclass(frozen=True)
class Leads:
    """Where a question may lead, as places in the definition's questions; their number is the end.

    `options`: where the answer decides; `otherwise`: where it does not, or is none of them (skipped, say); `all`: of
    answers that can be given, in order. Where a name is of no later question, which `checks.definition` refuses, it is
    the end: every path ends.
    """

    otherwise: int
    options: Mapping[str, int]
    all: tuple[int, ...]

    def after(self, answer: Answer | None) -> int | None:
        """None: nobody can know before there is an answer."""
        if answer is None or not answer.holds():
            return self.all[0] if len(self.all) == 1 else None
        if self.options and answer.kind == Kind.GIVEN and isinstance(answer.value, str):
            return self.options.get(answer.value, self.otherwise)
        return self.otherwise


@lru_cache(maxsize=64)
def leads(definition: Definition) -> tuple[Leads, ...]:
    """Of each question."""
    places = {question.id: place for place, question in enumerate(definition.questions)}
    end = len(definition.questions)

    def of(index: int, question: Question) -> Leads:
        def to(name: str | None, otherwise: int) -> int:
            place = otherwise if name is None else places.get(name, end)
            return place if place > index else end

        otherwise = to(question.next, index + 1)
        if not isinstance(question, Single):
            return Leads(otherwise, {}, (otherwise,))
        options = {option.id: to(option.next, otherwise) for option in question.options}
        unsaid = () if question.required and not question.decline else (otherwise,)
        return Leads(otherwise, options, tuple(sorted({*options.values(), *unsaid})))

    return tuple(of(index, question) for index, question in enumerate(definition.questions))


def path(definition: Definition, answers: Mapping[str, Answer], attributes: Attributes) -> Walk:
    """A question without an answer (one taken back, say) hides what follows only where the way forks on it."""
    ways = leads(definition)
    passed: list[Question] = []
    seen: dict[str, Answer | None] = {}
    waiting: Asking | None = None
    index = 0
    while index < len(definition.questions):
        question = definition.questions[index]
        asked = question.when is None or holds(question.when, seen, attributes)
        if asked is None:
            break
        if not asked:
            index += 1
            continue
        passed.append(question)
        if isinstance(question, Notice):
            index += 1
            continue
        answer = answers.get(question.id)
        seen[question.id] = answer
        if answer is None or not answer.holds():
            waiting = waiting or question
        onward = ways[index].after(answer)
        if onward is None:
            return Walk(tuple(passed), waiting, ways[index].all)
        index = onward
    return Walk(tuple(passed), waiting, (index,))


def progress(
    definition: Definition, answers: Mapping[str, Answer], attributes: Attributes, question: Asking
) -> tuple[int, int]:
    """(3, 8): the third, of eight at most on the way that the answers have taken so far. Notices do not count."""
    walk = path(definition, answers, attributes)
    seen = {each.id: answers.get(each.id) for each in walk.asked}
    place = list(seen).index(question.id) + 1 if question.id in seen else len(seen)
    return place, len(seen) + _most(definition, seen, attributes, walk)


def length(definition: Definition, attributes: Attributes | None = None) -> int:
    """The most questions anybody may be asked, or anybody of whom this is known."""
    return _most(definition, {}, attributes, Walk((), None, (0,)))


def holds(condition: Condition, seen: Mapping[str, Answer | None], attributes: Attributes) -> bool | None:
    """`seen`: the questions asked so far on this path, with their answers; one not in it was not asked.

    None, unknown: it depends on a question that still waits for its answer.
    """
    match condition:
        case OfAttribute():
            return attributes.get(condition.attribute) in condition.is_
        case OfAnswer():
            return _answered(condition, seen)
        case All():
            found = [holds(part, seen, attributes) for part in condition.all]
            return False if False in found else None if None in found else True
        case Any_():
            found = [holds(part, seen, attributes) for part in condition.any]
            return True if True in found else None if None in found else False
        case Not():
            inner = holds(condition.not_, seen, attributes)
            return None if inner is None else not inner


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


def _answered(claim: OfAnswer, seen: Mapping[str, Answer | None]) -> bool | None:
    if claim.answer not in seen:
        return claim.was is not None and "not_asked" in claim.was
    answer = seen[claim.answer]
    if answer is None or not answer.holds():
        return None
    if claim.was is not None:
        return answer.kind.value in claim.was
    if answer.kind != Kind.GIVEN or answer.value is None:
        return False
    if claim.is_ is not None:
        given = answer.value if isinstance(answer.value, list) else [answer.value]
        return not {str(value) for value in given}.isdisjoint(str(value) for value in claim.is_)
    return _between(answer.value, claim.from_, claim.to)


def _between(value: Value, low: Bound | None, high: Bound | None) -> bool:
    """Numbers by their size; days and times, which are words, by their order in time."""

    def comes(first: Any, then: Any) -> bool:
        both_words = isinstance(first, str) and isinstance(then, str)
        both_numbers = isinstance(first, int | float) and isinstance(then, int | float)
        return (both_words or both_numbers) and bool(first <= then)

    return (low is None or comes(low, value)) and (high is None or comes(value, high))


def _most(definition: Definition, seen: Mapping[str, Answer | None], attributes: Attributes | None, walk: Walk) -> int:
    """How many questions are asked at most where `walk` may go on.

    What is asked only under a condition counts unless it is known not to hold; of attributes None nothing is known.
    """
    first = min(walk.onward)
    known = {**seen, **{question.id: None for question in definition.questions[first:]}}
    most = [0] * (len(definition.questions) + 1)
    for index in reversed(range(first, len(definition.questions))):
        question = definition.questions[index]
        asked = True
        if question.when is not None:
            holding = None if attributes is None else holds(question.when, known, attributes)
            most[index], asked = most[index + 1], holding is not False
        if asked:
            onward = max(most[to] for to in leads(definition)[index].all)
            most[index] = max(most[index], onward + (not isinstance(question, Notice)))
    return max(most[to] for to in walk.onward)
