"""One resident's answer to one question, put together from events in whatever order they arrive.

Of two words on one question the later event wins (its timestamp, then its id), so any order and any repetition of
the same events ends in the same answer. The options of a multiple question are switched one by one, each by that rule.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from enum import StrEnum
from typing import Any

from tsunagu.surveys.definition import Multiple, Question

Value = str | int | float | list[str]
Stamp = tuple[int, str]  # milliseconds and id of an event


class Kind(StrEnum):
    OPEN = "open"  # options switched, not yet decided
    GIVEN = "given"
    SKIPPED = "skipped"
    GONE = "gone"  # the resident took the message back


@dataclass(frozen=True)
class Said:
    """`message` is the id of a typed message, by which it can be taken back."""

    value: Value
    message: str | None = None


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
class TakenBack:
    message: str


Word = Said | Switched | Decided | Skipped | TakenBack


@dataclass(frozen=True)
class Switch:
    on: bool
    at: int
    event: str
    message: str | None = None


@dataclass(frozen=True)
class Answer:
    """`at` and `event` are of the word that holds; `first` is when the question was first answered (0: not yet)."""

    kind: Kind = Kind.OPEN
    value: Value | None = None
    at: int = 0
    event: str = ""
    first: int = 0
    message: str | None = None
    options: Mapping[str, Switch] = field(default_factory=dict)

    def holds(self) -> bool:
        """Whether the question needs no more asking; a decision for none of the options does not count as one."""
        return self.kind == Kind.SKIPPED or (self.kind == Kind.GIVEN and self.value not in (None, []))

    def chosen(self) -> set[str]:
        return {option for option, switch in self.options.items() if switch.on}

    def write(self) -> dict[str, Any]:
        return {**asdict(self), "kind": self.kind.value}

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "Answer":
        options = {option: Switch(**switch) for option, switch in data.get("options", {}).items()}
        known = {each.name: data[each.name] for each in fields(cls) if each.name in data}
        return cls(**{**known, "kind": Kind(data["kind"]), "options": options})


def heard(question: Question, before: Answer | None, stamp: Stamp, word: Word) -> Answer:
    """The answer with one more word in it, which changes nothing where a later one stands already."""
    answer = before or Answer()
    at, event = stamp
    match word:
        case Switched(option, on):
            answer = replace(answer, options=_switched(answer.options, {option: on}, stamp, None))
        case Said(value, message):
            if isinstance(question, Multiple) and isinstance(value, list):
                wanted = {option.id: option.id in value for option in question.options}
                answer = replace(answer, options=_switched(answer.options, wanted, stamp, message))
            answer = _settled(answer, Answer(Kind.GIVEN, value, at, event, at, message))
        case Decided():
            answer = _settled(answer, Answer(Kind.GIVEN, None, at, event, at))
        case Skipped():
            answer = _settled(answer, Answer(Kind.SKIPPED, None, at, event, at))
        case TakenBack(message):
            if isinstance(question, Multiple):
                wanted = {option.id: False for option in question.options}
                answer = replace(answer, options=_switched(answer.options, wanted, stamp, message))
            answer = _settled(answer, Answer(Kind.GONE, None, at, event, at, message))
    if isinstance(question, Multiple) and answer.kind == Kind.GIVEN:
        chosen = answer.chosen()
        return replace(answer, value=[option.id for option in question.options if option.id in chosen])
    return answer


def taken_back(question: Question, before: Answer, message: str) -> Answer:
    """What is left when the resident unsends `message`: nothing of it; an answer given otherwise stays."""
    parts: list[Answer | Switch] = [before, *before.options.values()]
    said = next((part for part in parts if part.message == message), None)
    return heard(question, before, (said.at, said.event), TakenBack(message)) if said else before


def _settled(before: Answer, word: Answer) -> Answer:
    # What was taken back must stay so when its own message comes again.
    later = (word.at, word.event, word.kind == Kind.GONE) > (before.at, before.event, before.kind == Kind.GONE)
    held = word if later else before
    first = min((at for at in (before.first, word.first) if at), default=0)
    return replace(held, first=first, options=before.options)


def _switched(
    options: Mapping[str, Switch], wanted: Mapping[str, bool], stamp: Stamp, message: str | None
) -> dict[str, Switch]:
    switches = dict(options)
    for option, on in wanted.items():
        before = switches.get(option)
        if before is None or (before.at, before.event, not before.on) < (*stamp, not on):
            switches[option] = Switch(on, *stamp, message)
    return switches
