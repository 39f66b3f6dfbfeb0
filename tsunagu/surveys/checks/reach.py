"""Which questions somebody can come to, by every way that jumps and conditions leave open, and the notices on the way.

All ways are walked at once. Who comes to a question is told apart only by what is true of the claims that conditions
make on what was answered before: a mask with a bit a claim, from which the claims that nothing asks for any more are
dropped. To judge one question, only the conditions that bear on it are followed (`_bearing`). It is exact, but for
attributes, each of which is taken as free of the others, and the wards and districts there are, of which one more than
the conditions name is supposed. Where a question would take more than MOST_STEPS, nothing is claimed of it.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from tsunagu.chat.catalogue import LANGUAGES
from tsunagu.cloud.definitions import Place, Problem
from tsunagu.surveys.answers import Answer, Kind
from tsunagu.surveys.checks.conditions import claims, ends
from tsunagu.surveys.conditions import All, Any_, Condition, Not, OfAnswer, OfAttribute
from tsunagu.surveys.definition import (
    MOST_AMOUNT,
    Asking,
    Date,
    DateTime,
    Definition,
    District,
    Multiple,
    Notice,
    Number,
    Question,
    Scale,
    Single,
    Time,
    Ward,
)
from tsunagu.surveys.rules import Attributes, holds, leads

MOST_STEPS = 50_000  # to find out who comes to one question: a tenth of a second
MOST_CHOICES = 5_000  # of one multiple question that conditions tell apart: the same
MOST_NOTICES = (
    2  # in a row: a reply of LINE's takes five messages, and the question, its head and thanks are among them
)


def problems(definition: Definition) -> Iterator[Problem]:
    """Of a definition whose ids, jumps and conditions are sound."""
    ways = Ways(definition)
    for index, question in enumerate(definition.questions):
        found = ways.to(index)
        if found is None:
            continue
        here: Place = ("questions", index)
        if not found:
            yield here, f"`{question.id}` can never be reached: every way before leads past it"
        elif question.when is not None and not any(ways.holds(question.when, mask) for mask in found):
            yield from _never(ways, question, question.when, list(found), (*here, "when"))
        elif isinstance(question, Notice) and ways.notices(index) > MOST_NOTICES:
            says = f"is one of more than {MOST_NOTICES} notices in a row: LINE sends no more messages at once"
            yield here, f"{says}; put them into one, or a question between"


def _never(
    ways: "Ways", question: Question, condition: Condition, masks: Sequence[int], place: Place
) -> Iterator[Problem]:
    """The smallest part of `condition` by which it cannot hold."""
    if isinstance(condition, All):
        for number, part in enumerate(condition.all):
            if not any(ways.holds(part, mask) for mask in masks):
                yield from _never(ways, question, part, masks, (*place, "all", number))
                return
        yield place, f"can never hold all at once on any way to `{question.id}`, which is therefore never asked"
    else:
        yield place, f"can never hold on any way to `{question.id}`, which is therefore never asked"


class _TooMany(Exception):
    pass


class Ways:
    """`definition` must be sound but for its ways; see the module for what is followed."""

    def __init__(self, definition: Definition) -> None:
        self.questions = definition.questions
        self.leads = leads(definition)
        self.claims: list[OfAnswer | OfAttribute] = []  # each once; its place is its bit
        self.bit: dict[int, int] = {}  # of a claim object, by its id()
        self.asks = [0] * len(self.questions)  # by question: the claims that its own condition makes
        self.about: dict[tuple[type, str], int] = {}  # by question or attribute: the claims on it
        for _, claim, index in claims(definition):
            if claim not in self.claims:
                self.claims.append(claim)
            bit = 1 << self.claims.index(claim)
            self.bit[id(claim)] = bit
            self.asks[index] |= bit
            what = (type(claim), claim.answer if isinstance(claim, OfAnswer) else claim.attribute)
            self.about[what] = self.about.get(what, 0) | bit
        self.unasked = [self._true(self._on(question, -1), {}) for question in self.questions]
        self.known: dict[tuple[int, int], set[tuple[int, int]]] = {}

    def holds(self, condition: Condition, mask: int) -> bool:
        match condition:
            case All():
                return all(self.holds(part, mask) for part in condition.all)
            case Any_():
                return any(self.holds(part, mask) for part in condition.any)
            case Not():
                return not self.holds(condition.not_, mask)
        return bool(mask & self.bit[id(condition)])

    def to(self, index: int) -> dict[int, int] | None:
        """Who may come to question `index`, before its own condition is asked; none: nobody; None: not found out."""
        try:
            return self._follow(index, {index})
        except _TooMany:
            return None

    def notices(self, index: int) -> int:
        """How many notices may come in a row, up to and with the one at `index`; 1 where that is not found out."""
        begin = index
        while begin and (isinstance(self.questions[begin - 1], Notice) or self.questions[begin - 1].when is not None):
            begin -= 1
        try:
            found = self._follow(index, set(range(begin, index + 1)))
        except _TooMany:
            return 1
        when = self.questions[index].when
        return 1 + max(row for mask, row in found.items() if when is None or self.holds(when, mask))

    def _bearing(self, index: int, roots: set[int]) -> set[int]:
        """The questions before `index` that must be followed to judge the conditions of `roots`: those that jump,
        those that conditions speak of, and those that their conditions speak of in turn."""
        jumping = {at for at in range(index) if self.leads[at].all != (at + 1,)}
        places = {question.id: at for at, question in enumerate(self.questions)}
        bearing: set[int] = set()
        fresh = roots | jumping
        while fresh:
            bearing |= fresh
            spoken = [self.claims[bit] for at in fresh for bit in _bits(self.asks[at])]
            fresh = {places[claim.answer] for claim in spoken if isinstance(claim, OfAnswer)} - bearing
        return bearing

    def _follow(self, index: int, roots: set[int]) -> dict[int, int]:
        """By mask, the longest row of notices directly before `index`."""
        bearing = self._bearing(index, roots)
        asks = [self.asks[at] if at in bearing else 0 for at in range(index + 1)]
        alive = [0] * (index + 2)  # the claims that are still asked for from there on
        for at in reversed(range(index + 1)):
            alive[at] = alive[at + 1] | asks[at]
        arriving: list[dict[int, int]] = [{} for _ in range(index + 1)]
        arriving[0] = dict.fromkeys(self._residents(alive[0]), 0)
        steps = 0
        for at, question in enumerate(self.questions[:index]):
            outcomes = self._outcomes(at, alive[0])
            for mask, row in arriving[at].items():
                if (steps := steps + len(outcomes)) > MOST_STEPS:
                    raise _TooMany
                asked = at not in bearing or question.when is None or self.holds(question.when, mask)
                if asked and isinstance(question, Notice):
                    row += 1
                elif asked and (at in bearing or question.when is None):
                    row = 0
                for known, to in outcomes if asked else [(self.unasked[at], at + 1)]:
                    if to <= index:
                        for passed in self.unasked[at + 1 : to]:
                            known |= passed
                        left = (mask | known) & alive[to]
                        arriving[to][left] = max(row, arriving[to].get(left, 0))
        return arriving[index]

    def _residents(self, alive: int) -> set[int]:
        """What may be true of a resident before anything is answered."""
        masks = {0}
        for attribute in ("ward", "district", "age_band", "language"):
            made = list(_bits(self.about.get((OfAttribute, attribute), 0) & alive))
            values: set[str | None] = {None, *(str(name) for bit in made for name in self.claims[bit].is_ or [])}
            if attribute == "language":
                values = set(LANGUAGES)
            known = {self._true(made, {}, {attribute: value}) for value in values}
            masks = {mask | more for mask in masks for more in known}
        return masks

    def _outcomes(self, at: int, alive: int) -> set[tuple[int, int]]:
        """What an answer makes true of the claims alive, and where it leads."""
        question = self.questions[at]
        if isinstance(question, Notice):
            return {(0, at + 1)}
        made = self._on(question, alive)
        name = (at, sum(1 << bit for bit in made))
        if name not in self.known:
            answers = [Answer(Kind.GIVEN, value) for value in _values(question, [self.claims[bit] for bit in made])]
            answers += [Answer(Kind.SKIPPED)] * (not question.required) + [Answer(Kind.DECLINED)] * question.decline
            self.known[name] = {
                (self._true(made, {question.id: answer}), self.leads[at].after(answer) or 0) for answer in answers
            }
        return self.known[name]

    def _on(self, question: Question, alive: int) -> list[int]:
        return list(_bits(self.about.get((OfAnswer, question.id), 0) & alive))

    def _true(self, made: list[int], seen: Mapping[str, Answer], attributes: Attributes | None = None) -> int:
        return sum(1 << bit for bit in made if holds(self.claims[bit], seen, attributes or {}))


def _bits(mask: int) -> Iterator[int]:
    while mask:
        yield (mask & -mask).bit_length() - 1
        mask &= mask - 1


def _values(question: Asking, made: Sequence[Any]) -> Iterator[Any]:
    """Enough answers that whatever can be true of the claims together is true of one of them."""
    match question:
        case Single():
            yield from (option.id for option in question.options)
        case Multiple():
            yield from _choices(question, made)
        case Scale():
            yield from range(question.min, question.max + 1)
        case Number() | Date() | Time() | DateTime():
            yield from _near(question, {bound for claim in made for bound in (claim.from_, claim.to)} - {None})
        case Ward() | District():
            yield from {"", *(name for claim in made for name in claim.is_ or [])}
        case _:
            yield ""


def _near(question: Number | Date | Time | DateTime, bounds: set[Any]) -> Iterator[Any]:
    """The ends of what can be answered, the bounds between them, and what lies next to each."""
    low, high = ends(question)
    least: Any = -MOST_AMOUNT if low is None else low
    most: Any = MOST_AMOUNT if high is None else high
    marks = sorted({least, most, *(bound for bound in bounds if least <= bound <= most)})
    yield from marks
    if isinstance(question, Number):
        yield from ((one + next) / 2 for one, next in pairwise(marks))
        return
    step = timedelta(days=1) if isinstance(question, Date) else timedelta(minutes=1)
    form = {Date: "%Y-%m-%d", Time: "%H:%M", DateTime: "%Y-%m-%dT%H:%M"}[type(question)]
    for mark in marks:
        for near in (datetime.strptime(mark, form) - step, datetime.strptime(mark, form) + step):
            if least <= near.strftime(form) <= most:
                yield near.strftime(form)


def _choices(question: Multiple, made: Sequence[Any]) -> Iterator[list[str]]:
    """Of the options that can be chosen together, one choice for each set of claims that it makes true."""
    yield from ([option.id] for option in question.options if option.exclusive)
    least, most = question.least or 1, question.most or len(question.options)
    found: dict[tuple[int, int], list[str]] = {(0, 0): []}
    for option in question.options:
        if not option.exclusive:
            true = sum(1 << number for number, claim in enumerate(made) if option.id in (claim.is_ or []))
            more = {(known | true, count + 1): [*chosen, option.id] for (known, count), chosen in found.items()}
            found = {**more, **found}
            if len(found) > MOST_CHOICES:
                raise _TooMany
    yield from (chosen for (_, count), chosen in found.items() if least <= count <= most)
