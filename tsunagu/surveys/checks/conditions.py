"""Whether a condition (`when`) speaks of what there is: earlier questions with their options, steps and ranges.

Whether it can hold on any way to its question is for `reach` to say.
"""

from collections.abc import Collection, Iterator

from pydantic import TypeAdapter, ValidationError

from tsunagu.chat.catalogue import LANGUAGES
from tsunagu.cloud.definitions import Place, Problem
from tsunagu.surveys.conditions import MOST_DEEP, Bound, OfAnswer, OfAttribute, depth, named
from tsunagu.surveys.definition import (
    Asking,
    Clock,
    Date,
    DateTime,
    Day,
    Definition,
    District,
    Moment,
    Multiple,
    Notice,
    Number,
    Scale,
    Single,
    Time,
    Ward,
)

PICKED = {
    Date: (TypeAdapter[object](Day), "a date such as '2026-11-01'"),
    Time: (TypeAdapter[object](Clock), "a time of day such as '09:30'"),
    DateTime: (TypeAdapter[object](Moment), "a date and time such as '2026-11-01T09:00'"),
}


def problems(definition: Definition) -> Iterator[Problem]:
    for place, claim, index in claims(definition):
        if isinstance(claim, OfAttribute):
            if claim.attribute == "language":
                yield from strangers(place, claim.is_, LANGUAGES, "languages")
            continue
        earlier = {question.id: question for question in definition.questions[:index]}
        question = earlier.get(claim.answer)
        if isinstance(question, Notice):
            yield (*place, "answer"), f"`{claim.answer}` is a notice: nothing is answered there"
        elif question is not None:
            yield from _of(claim, question, place)
        elif any(later.id == claim.answer for later in definition.questions[index:]):
            yield (*place, "answer"), f"`{claim.answer}` does not come earlier: its answer is not known by then"
        else:
            yield (*place, "answer"), f"`{claim.answer}` is no question's id"
    for index, asked in enumerate(definition.questions):
        if asked.when is not None and depth(asked.when) > MOST_DEEP:
            says = f"has conditions inside one another, {depth(asked.when)} deep; at most {MOST_DEEP} are taken"
            yield ("questions", index, "when"), says


def claims(definition: Definition) -> Iterator[tuple[Place, OfAnswer | OfAttribute, int]]:
    """Every claim of every condition with its place, and the index of the question that is asked under it."""
    for index, question in enumerate(definition.questions):
        if question.when is not None:
            for place, claim in named(question.when, ("questions", index, "when")):
                yield place, claim, index


def strangers(place: Place, names: Collection[str | int], known: Collection[str], group: str) -> Iterator[Problem]:
    """Names that are not among the city's `group`; `place` is that of the claim."""
    for number, name in enumerate(names):
        if name not in known:
            yield (*place, "is", number), f"`{name}` is not one of the city's {group}{shown(known)}"


def shown(known: Collection[str]) -> str:
    return f" (known: {', '.join(sorted(known))})" if len(known) <= 20 else ""


def ends(question: Asking) -> tuple[Bound | None, Bound | None]:
    """The least and the greatest that can be answered, as an answer is stored."""
    match question:
        case Scale() | Number():
            return question.min, question.max
        case Date():
            return str(question.min or "1900-01-01"), str(question.max or "2100-12-31")
        case Time():
            return question.min or "00:00", question.max or "23:59"
        case DateTime():
            return question.min or "1900-01-01T00:00", question.max or "2100-12-31T23:59"
    return None, None


def _of(claim: OfAnswer, question: Asking, place: Place) -> Iterator[Problem]:
    if claim.was is not None:
        for number, was in enumerate(claim.was):
            if was == "skipped" and question.required:
                yield (*place, "was", number), f"`{question.id}` cannot be skipped: it has no `required: false`"
            if was == "declined" and not question.decline:
                yield (*place, "was", number), f"`{question.id}` cannot be declined: it has no `decline: true`"
    elif claim.is_ is not None:
        yield from _one_of(claim.is_, question, place)
    elif isinstance(question, Scale | Number | Date | Time | DateTime):
        yield from _between(claim, question, place)
    else:
        yield place, f"`{question.id}` has no `from` and `to`: {_instead(question)}"


def _one_of(names: list[str | int], question: Asking, place: Place) -> Iterator[Problem]:
    match question:
        case Single() | Multiple():
            known = [option.id for option in question.options]
            for number, name in enumerate(names):
                if isinstance(name, int):
                    yield (*place, "is", number), f"must be text, as the ids of options are: put it in quotes, '{name}'"
                elif name not in known:
                    yield (*place, "is", number), f"`{name}` is no option of `{question.id}`{shown(known)}"
        case Scale():
            for number, name in enumerate(names):
                if not isinstance(name, int) or not question.min <= name <= question.max:
                    says = f"must be a step of `{question.id}`, {question.min} to {question.max}, not {name!r}"
                    yield (*place, "is", number), says
        case Ward() | District():
            for number, name in enumerate(names):
                if isinstance(name, int):
                    yield (*place, "is", number), f"must be text: put it in quotes, '{name}'"
        case _:
            yield (*place, "is"), f"goes with options, steps, wards and districts only: {_instead(question)}"


def _instead(question: Asking) -> str:
    match question:
        case Single() | Multiple() | Ward() | District():
            return "say `is: […]` or `was: […]`"
        case Number() | Date() | Time() | DateTime():
            return "say `from:` and `to:`, or `was: […]`"
    return "say `was: […]`"


def _between(claim: OfAnswer, question: Asking, place: Place) -> Iterator[Problem]:
    given = {name: bound for name, bound in (("from", claim.from_), ("to", claim.to)) if bound is not None}
    wrong = False
    for name, bound in given.items():
        if says := _no_bound(bound, question):
            yield (*place, name), f"must be {says}, not {bound!r}"
            wrong = True
    if wrong:
        return
    low, high = ends(question)
    if len(given) == 2 and _above(claim.from_, claim.to):
        yield (*place, "to"), "must not be below `from`: no answer is between them"
    elif _above(claim.from_, high):
        yield (*place, "from"), f"no answer to `{question.id}` is so great: the greatest is {_read(high)}"
    elif _above(low, claim.to):
        yield (*place, "to"), f"no answer to `{question.id}` is so small: the least is {_read(low)}"


def _no_bound(bound: Bound, question: Asking) -> str:
    if isinstance(question, Scale | Number):
        return "" if isinstance(bound, float) else "a number"
    form, means = PICKED[type(question)]
    try:
        form.validate_python(bound)
    except ValidationError:
        return means
    return ""


def _above(low: Bound | None, high: Bound | None) -> bool:
    return low is not None and high is not None and low > high  # type: ignore[operator]


def _read(bound: Bound | None) -> str:
    return f"{bound:g}" if isinstance(bound, int | float) else str(bound)
