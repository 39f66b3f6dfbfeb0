"""One resident's answer to one question, put together from events in whatever order they arrive.

Of two words on one question the later event wins (its timestamp, then its id), so any order and any repetition of
the same events ends in the same answer. The options of a multiple question are switched one by one, each by that rule,
and so is what "other" means to the resident, which outlives a change of mind but counts only where "other" is chosen.
"""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from enum import StrEnum
from typing import Any

from tsunagu.surveys.definition import Asking, Multiple, Single

Value = str | int | float | list[str] | dict[str, Any]  # a location: {"words": str, "lat": float, "lon": float}
Stamp = tuple[int, str]  # milliseconds and id of an event


class Kind(StrEnum):
    OPEN = "open"  # options switched, not yet decided
    GIVEN = "given"
    SKIPPED = "skipped"
    DECLINED = "declined"  # would rather not say, which is an answer
    GONE = "gone"  # the resident took the message back


class Misfit(StrEnum):
    """Why some options of a multiple question cannot be decided for."""

    NONE = "none"
    FEW = "few"
    MANY = "many"
    ALONE = "alone"  # one goes with no other


@dataclass(frozen=True)
class Said:
    """`message` is the id of a typed message, by which it can be taken back; `other`: what "other" means to them."""

    value: Value
    message: str | None = None
    other: str | None = None


@dataclass(frozen=True)
class Switched:
    option: str
    on: bool


@dataclass(frozen=True)
class Decided:
    pass


@dataclass(frozen=True)
class Skipped:
    pass


@dataclass(frozen=True)
class Declined:
    pass


@dataclass(frozen=True)
class Described:
    """What "other" means to them, once it is chosen; None: they go without."""

    words: str | None
    message: str | None = None


@dataclass(frozen=True)
class TakenBack:
    """`described`: the message only said what "other" means."""

    message: str
    described: bool = False


Word = Said | Switched | Decided | Skipped | Declined | Described | TakenBack


@dataclass(frozen=True)
class Switch:
    on: bool
    at: int
    event: str
    message: str | None = None


@dataclass(frozen=True)
class Own:
    """The words that go with "other", if any: also while another option is chosen."""

    words: str | None
    at: int
    event: str
    message: str | None = None


@dataclass(frozen=True)
class Answer:
    """`at` and `event` are of the word that holds; `first` is when the question was first answered (0: not yet).

    `other`: the words that count; `own`: the last that were said, None when never.
    """

    kind: Kind = Kind.OPEN
    value: Value | None = None
    at: int = 0
    event: str = ""
    first: int = 0
    message: str | None = None
    options: Mapping[str, Switch] = field(default_factory=dict)
    other: str | None = None
    own: Own | None = None

    def holds(self) -> bool:
        """Whether the question needs no more asking; a decision for options that do not fit does not count as one."""
        return self.kind in (Kind.SKIPPED, Kind.DECLINED) or (self.kind == Kind.GIVEN and self.value not in (None, []))

    def chosen(self) -> set[str]:
        return {option for option, switch in self.options.items() if switch.on}

    def write(self) -> dict[str, Any]:
        return {**asdict(self), "kind": self.kind.value}

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "Answer":
        options = {option: Switch(**switch) for option, switch in data.get("options", {}).items()}
        own = Own(**data["own"]) if data.get("own") else None
        known = {each.name: data[each.name] for each in fields(cls) if each.name in data}
        return cls(**{**known, "kind": Kind(data["kind"]), "options": options, "own": own})


def heard(question: Asking, before: Answer | None, stamp: Stamp, word: Word) -> Answer:
    """The answer with one more word in it, which changes nothing where a later one stands already."""
    answer = before or Answer()
    at, event = stamp
    match word:
        case Switched(option, on):
            answer = replace(answer, options=_switched(answer.options, _wanted(question, option, on), stamp, None))
        case Said(value, message, other):
            if isinstance(question, Multiple) and isinstance(value, list):
                wanted = {option.id: option.id in value for option in question.options}
                answer = replace(answer, options=_switched(answer.options, wanted, stamp, message))
            if other is not None:
                answer = _described(answer, Own(other, at, event, message))
            answer = _settled(answer, Answer(Kind.GIVEN, value, at, event, at, message))
        case Decided():
            answer = _settled(answer, Answer(Kind.GIVEN, None, at, event, at))
        case Skipped():
            answer = _settled(answer, Answer(Kind.SKIPPED, None, at, event, at))
        case Declined():
            answer = _settled(answer, Answer(Kind.DECLINED, None, at, event, at))
        case Described(words, message):
            answer = _described(answer, Own(words, at, event, message))
        case TakenBack(message, described):
            if other_of(question) is not None:
                answer = _described(answer, Own(None, at, event, message))
            if isinstance(question, Multiple) and not described:
                wanted = {option.id: False for option in question.options}
                answer = replace(answer, options=_switched(answer.options, wanted, stamp, message))
            if not described:
                answer = _settled(answer, Answer(Kind.GONE, None, at, event, at, message))
    return _made_up(question, answer)


def taken_back(question: Asking, before: Answer, message: str) -> Answer:
    """What is left when the resident unsends `message`: nothing of it; an answer given otherwise stays."""
    parts: list[Answer | Switch] = [before, *before.options.values()]
    said = next((part for part in parts if part.message == message), None)
    if said is not None:
        return heard(question, before, (said.at, said.event), TakenBack(message))
    if before.own is not None and before.own.message == message:
        return heard(question, before, (before.own.at, before.own.event), TakenBack(message, described=True))
    return before


def misfit(question: Multiple, chosen: Collection[str]) -> Misfit | None:
    """`least` and `most` are not asked of an option that goes with no other."""
    if not chosen:
        return Misfit.NONE
    if any(option.exclusive and option.id in chosen for option in question.options):
        return Misfit.ALONE if len(chosen) > 1 else None
    if len(chosen) < (question.least or 1):
        return Misfit.FEW
    return Misfit.MANY if question.most is not None and len(chosen) > question.most else None


def other_of(question: Asking) -> str | None:
    """The id of the option whose words are asked for."""
    options = question.options if isinstance(question, Single | Multiple) else []
    return next((option.id for option in options if option.other), None)


def means_other(question: Asking, answer: Answer | None) -> bool:
    """Whether "other" is (among) what was answered."""
    if answer is None or answer.kind != Kind.GIVEN or (other := other_of(question)) is None:
        return False
    return answer.value == other or (isinstance(answer.value, list) and other in answer.value)


def _made_up(question: Asking, answer: Answer) -> Answer:
    """With what follows from the whole: the options decided for, and the words that count."""
    if isinstance(question, Multiple) and answer.kind == Kind.GIVEN:
        chosen = answer.chosen()
        fits = misfit(question, chosen) is None
        answer = replace(answer, value=[option.id for option in question.options if fits and option.id in chosen])
    counts = answer.own is not None and means_other(question, answer)
    return replace(answer, other=answer.own.words if answer.own is not None and counts else None)


def _settled(before: Answer, word: Answer) -> Answer:
    # What was taken back must stay so when its own message comes again.
    later = (word.at, word.event, word.kind == Kind.GONE) > (before.at, before.event, before.kind == Kind.GONE)
    held = word if later else before
    first = min((at for at in (before.first, word.first) if at), default=0)
    return replace(held, first=first, options=before.options, own=before.own)


def _described(answer: Answer, own: Own) -> Answer:
    before = answer.own
    if before is None or (before.at, before.event, before.words is None) < (own.at, own.event, own.words is None):
        return replace(answer, own=own)
    return answer


def _wanted(question: Asking, option: str, on: bool) -> dict[str, bool]:
    """What else changes with an option: one that goes with no other switches them off, and they it."""
    if not on or not isinstance(question, Multiple):
        return {option: on}
    alone = {each.id for each in question.options if each.exclusive}
    off = [each.id for each in question.options if each.id in alone or option in alone]
    return {**dict.fromkeys(off, False), option: True}


def _switched(
    options: Mapping[str, Switch], wanted: Mapping[str, bool], stamp: Stamp, message: str | None
) -> dict[str, Switch]:
    switches = dict(options)
    for option, on in wanted.items():
        before = switches.get(option)
        if before is None or (before.at, before.event, not before.on) < (*stamp, not on):
            switches[option] = Switch(on, *stamp, message)
    return switches
