"""The form of filters on the page: what can be chosen, and what is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tsunagu.residents.city import City
from tsunagu.surveys.definition import Asking, Definition, Multiple
from tsunagu.surveys.lean import ATTRIBUTES, is_choice, options
from tsunagu.surveys.report.count import WHAT_WAS_SAID, both, labels
from tsunagu.surveys.report.curves import NOBODY_KNOWS, TRAITS, UNKNOWN, trait_labels
from tsunagu.surveys.report.filters import BESIDE, Filter, Pairs, View, can_be_crossed
from tsunagu.surveys.report.shares import Both
from tsunagu.surveys.report.terms import Measured
from tsunagu.surveys.rows import has_words

SHOWN = 30  # characters of a question in a menu
_INPUTS = {"scale": "number", "number": "number", "date": "date", "time": "time", "datetime": "datetime-local"}


@dataclass(frozen=True)
class Choice:
    value: str
    label: Both
    chosen: bool


@dataclass(frozen=True)
class Boxes:
    """Some of a name's values may be ticked."""

    name: str
    label: Both
    choices: tuple[Choice, ...]

    @property
    def used(self) -> bool:
        return any(choice.chosen for choice in self.choices)


@dataclass(frozen=True)
class Input:
    name: str
    label: Both
    type: str
    value: str


@dataclass(frozen=True)
class Asked:
    """What can be asked of one question's answers."""

    number: int
    label: Both
    boxes: tuple[Boxes, ...]
    inputs: tuple[Input, ...]

    @property
    def used(self) -> bool:
        return any(boxes.used for boxes in self.boxes) or any(each.value for each in self.inputs)


@dataclass(frozen=True)
class Group:
    """The fields of one group; `prefix` is `vs.` of the second."""

    prefix: str
    traits: tuple[Boxes, ...]
    inputs: tuple[Input, ...]
    asked: tuple[Asked, ...]


@dataclass(frozen=True)
class Chip:
    """One condition in words, and the address without it."""

    label: Both
    without: Pairs


def groups(view: View, definition: Definition, city: City, editions: int, tags: Sequence[str]) -> tuple[Group, ...]:
    """`editions`: how many there are; `tags`: those that are given to some text."""
    return (
        _group("", view.group, definition, city, editions, tags),
        _group(f"{BESIDE}.", view.beside or Filter(), definition, city, editions, tags),
    )


def crossable(definition: Definition, view: View) -> list[list[Choice]]:
    """Three menus of what can be crossed, with what is."""
    known = [(id, TRAITS[id]) for id in ATTRIBUTES]
    for number, question in enumerate(definition.asked, start=1):
        if can_be_crossed(question):
            japanese, english = both(question.text)
            id = f"q.{question.id}" if question.id in ATTRIBUTES else question.id
            known.append((id, (f"問{number} {_cut(japanese)}", f"Q{number} {_cut(english)}" if english else "")))
    chosen = [*view.cross, "", "", ""][:3]
    return [[Choice(id, label, id == each) for id, label in known] for each in chosen]


def chips(view: View, city: City) -> tuple[list[Chip], list[Chip]]:
    """Of both groups."""
    ours = [
        Chip(term.described(city), replace(view, group=view.group.without(term)).write()) for term in view.group.terms
    ]
    beside = view.beside or Filter()
    theirs = [Chip(term.described(city), replace(view, beside=beside.without(term)).write()) for term in beside.terms]
    return ours, theirs


@dataclass(frozen=True)
class _Fields:
    """Names begin with the prefix; `pairs`: what is chosen, without it."""

    prefix: str
    pairs: Pairs

    def boxes(self, name: str, label: Both, known: Sequence[tuple[str, Both]]) -> Boxes:
        choices = (Choice(value, says, (name, value) in self.pairs) for value, says in known)
        return Boxes(self.prefix + name, label, tuple(choices))

    def input(self, name: str, label: Both, type: str) -> Input:
        value = next((value for named, value in self.pairs if named == name), "")
        return Input(self.prefix + name, label, type, value)

    def asked(self, number: int, question: Asking, city: City) -> Asked:
        boxes, inputs = [], []
        if is_choice(question) or isinstance(question, Multiple):
            named = labels(question, city)
            known = [(value, named[value]) for value in options(question, city)]
            boxes.append(self.boxes(f"a.{question.id}", ("回答", "Answer"), known))
        if isinstance(question, Measured):
            type = _INPUTS[question.type]
            inputs += [
                self.input(f"min.{question.id}", ("いくつから", "from"), type),
                self.input(f"max.{question.id}", ("いくつまで", "to"), type),
            ]
        if has_words(question):
            inputs.append(self.input(f"has.{question.id}", ("この言葉を含む", "contains"), "search"))
        says = [(code, label) for code, label in WHAT_WAS_SAID.items() if _may_be(question, code)]
        boxes.append(self.boxes(f"s.{question.id}", ("答えたかどうか", "Whether answered"), says))
        return Asked(number, both(question.text), tuple(boxes), tuple(inputs))


def _group(
    prefix: str, chosen: Filter, definition: Definition, city: City, editions: int, tags: Sequence[str]
) -> Group:
    fields = _Fields(prefix, chosen.write())
    traits = [fields.boxes(name, TRAITS[name], _values(name, city)) for name in ATTRIBUTES]
    if editions > 1:
        known = [(str(number), (f"第{number}版", f"edition {number}")) for number in range(1, editions + 1)]
        traits.append(fields.boxes("edition", ("アンケートの版", "Edition"), known))
    if tags:
        traits.append(fields.boxes("tag", ("タグ", "Tag"), [(tag, (tag, "")) for tag in tags]))
    days = (
        fields.input("from", ("回答を始めた日：この日から", "Begun from"), "date"),
        fields.input("to", ("この日まで", "to"), "date"),
    )
    asked = (fields.asked(number, question, city) for number, question in enumerate(definition.asked, start=1))
    return Group(prefix, tuple(traits), days, tuple(asked))


def _values(name: str, city: City) -> list[tuple[str, Both]]:
    known = list(trait_labels(name, city).items())
    return known if name == "language" else [*known, (UNKNOWN, NOBODY_KNOWS)]


def _may_be(question: Asking, code: str) -> bool:
    return (code != "skipped" or not question.required) and (code != "declined" or question.decline)


def _cut(words: str) -> str:
    words = " ".join(words.split())
    return words if len(words) <= SHOWN else words[: SHOWN - 1] + "…"
