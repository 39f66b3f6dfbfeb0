"""A form as it was typed. A field is named by its place in what it becomes, with dots (`messages.0.text.ja`), so that a
fault of that finds its field, and nothing typed is lost on the way."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tsunagu.cloud.definitions import Fault

Typed = Mapping[str, Sequence[str]]

UNSEEN = re.compile(r"[\u2028\u2029\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")  # no YAML may hold it
NUMBER = re.compile(r"message \d+: ")  # the place says it already
ANYWHERE = re.compile(r".*", re.S)
BETWEEN = re.compile(r"[\s,、，]+")


@dataclass(frozen=True)
class Form:
    """What was typed, several values where several boxes are ticked, and what is wrong: sentences by the field."""

    typed: Typed
    faults: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def value(self, name: str) -> str:
        return next(iter(self.typed.get(name, ())), "")

    def has(self, name: str, value: str) -> bool:
        return value in self.typed.get(name, ())

    def said(self, name: str, key: str = "") -> dict[str, str]:
        """The value under the last part of its name, or under `key`; nothing where the field was left empty."""
        value = self.value(name).strip()
        return {key or name.rpartition(".")[2]: value} if value else {}

    def texts(self, name: str, parts: Sequence[str]) -> dict[str, str]:
        """What is in `name`.part, of those parts that were filled in."""
        return {part: text for part in parts for text in self.said(f"{name}.{part}").values()}

    def words(self, name: str) -> list[str]:
        """Words with spaces or commas between them."""
        return [word for word in BETWEEN.split(self.value(name)) if word]

    def items(self, name: str) -> list["Form"]:
        """What stands below `name`.0, `name`.1 …, each as a form of its own."""
        return [Form(each) for each in below(self.typed, name)]

    def faulty(self, faults: Iterable[Fault], places: re.Pattern[str]) -> "Form":
        """With each fault at the nearest of the `places` that the form shows; at none: it is about the whole."""
        found: dict[str, list[str]] = {}
        for fault in faults:
            found.setdefault(place_of(fault.field, places), []).append(NUMBER.sub("", fault.says))
        return replace(self, faults=found)


def typed(form: Iterable[tuple[str, Sequence[str]]]) -> Form:
    """As a browser sends it: ends of lines as one character, and nothing that cannot be seen."""
    return Form({name: tuple(UNSEEN.sub("", value.replace("\r\n", "\n")) for value in values) for name, values in form})


def place_of(written: str, places: re.Pattern[str] = ANYWHERE) -> str:
    """`messages[0].card.title.ja` as a field's name, or the nearest above it that is one of the `places`."""
    place = re.sub(r"\[(\d+)\]", r".\1", written)
    while place and not places.fullmatch(place):
        place = place.rpartition(".")[0]
    return place


def below(fields: Typed, name: str) -> list[Typed]:
    """What is named `name`.0.…, `name`.1.…, without that; a gap between the numbers is closed."""
    found: dict[int, dict[str, Sequence[str]]] = {}
    for key, values in fields.items():
        number, _, rest = key.removeprefix(f"{name}.").partition(".")
        if key.startswith(f"{name}.") and re.fullmatch(r"[0-9]{1,3}", number) and rest:
            found.setdefault(int(number), {})[rest] = values
    return [found[number] for number in sorted(found)]
