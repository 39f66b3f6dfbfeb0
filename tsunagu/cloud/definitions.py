"""Definition files (YAML written by people), read so that every fault has its line, its field and what would be right.

    survey = load(path, Survey, check=lambda survey: survey.problems())

The model's own validators may need facts of the day: pass them as `context` (pydantic's `info.context`). What only
the whole can tell goes into `check`, which is asked once the model itself is sound: it returns pairs of a place
(`("questions", 2, "next")`) and a sentence. Values follow YAML 1.2, so that `No` and `09:00` stay words and
`0961234567` keeps its zero.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

Place = tuple[str | int, ...]
Problem = tuple[Place, str]
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Fault:
    """`line` counts from 1 (0: the file as a whole); `field` reads `questions[2].text.ja`."""

    line: int
    field: str
    says: str

    def __str__(self) -> str:
        return ": ".join(part for part in (f"line {self.line}" if self.line else "", self.field, self.says) if part)


class WrongFile(Exception):
    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


def load(
    path: Path | str, model: type[M], *, context: Any = None, check: Callable[[M], Iterable[Problem]] | None = None
) -> M:
    """Raises WrongFile with every fault, in the order of the lines."""
    try:
        text = Path(path).read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise WrongFile([Fault(0, "", f"{path} cannot be read: {error.strerror}")]) from error
    except UnicodeDecodeError as error:
        raise WrongFile([Fault(0, "", f"{path} is not UTF-8 text")]) from error
    return loads(text, model, context=context, check=check)


def loads(
    text: str, model: type[M], *, context: Any = None, check: Callable[[M], Iterable[Problem]] | None = None
) -> M:
    source = _Source(text)
    faults = list(source.faults)
    try:
        value = model.model_validate(source.data, context=context)
    except ValidationError as error:
        details = error.errors(include_url=False)
        faults += [source.fault(detail["loc"], _says(detail, model)) for detail in details]
    else:
        faults += [source.fault(place, says) for place, says in (check(value) if check else ())]
        if not faults:
            return value
    raise WrongFile(sorted(dict.fromkeys(faults), key=lambda fault: fault.line))


class _Yaml12(yaml.SafeLoader):
    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 (PyYAML's own shape)


for _tag, _pattern, _first in (
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("int", r"^[-+]?(?:0|[1-9][0-9]*)$", "-+0123456789"),
    ("float", r"^[-+]?(?:0|[1-9][0-9]*)\.[0-9]+$", "-+0123456789"),
    ("null", r"^(?:~|null|Null|NULL|)$", "~nN\0"),
):
    _Yaml12.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), [*_first.replace("\0", ""), ""])


class _Source:
    """The data of a YAML text, the line of every place in it, and what is wrong with the text itself."""

    def __init__(self, text: str) -> None:
        self.faults: list[Fault] = []
        self.lines: dict[Place, int] = {(): 1}
        self.data: Any = None
        self._seen: set[int] = set()
        try:
            loader = _Yaml12(text)
            node = loader.get_single_node()
            if node is None:
                raise WrongFile([Fault(0, "", "the file is empty")])
            self.data = self._walk(loader, node, ())
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            says = (
                f"this is not YAML: {error.problem or error.context} (are the indentation, colons and quotes right?"
                ' inside { } a text with ? , or { needs quotes: en: "Why?")'
            )
            raise WrongFile([Fault(mark.line + 1 if mark else 0, "", says)]) from error
        except yaml.YAMLError as error:
            raise WrongFile([Fault(0, "", f"this is not YAML: {error}")]) from error
        except RecursionError as error:
            raise WrongFile([Fault(0, "", "fields lie in one another too deep to be read")]) from error

    def _walk(self, loader: _Yaml12, node: yaml.Node, place: Place) -> Any:
        self.lines.setdefault(place, node.start_mark.line + 1)
        if id(node) in self._seen:
            says = "anchors and aliases (& and *) are not allowed: write the value out"
            raise WrongFile([Fault(self.lines[place], _written(place), says)])
        self._seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            return [self._walk(loader, item, (*place, index)) for index, item in enumerate(node.value)]
        if isinstance(node, yaml.MappingNode):
            mapping: dict[str, Any] = {}
            for key, item in node.value:
                if not isinstance(key, yaml.ScalarNode):
                    says = "a name before a colon must be one plain word"
                    raise WrongFile([Fault(key.start_mark.line + 1, _written(place), says)])
                below, line = (*place, key.value), key.start_mark.line + 1
                if key.value in mapping:
                    says = f"is written twice: first on line {self.lines[below]}; keep one"
                    self.faults.append(Fault(line, _written(below), says))
                    continue
                self.lines[below] = line
                mapping[key.value] = self._walk(loader, item, below)
            return mapping
        try:
            value = loader.construct_object(node, deep=True)
        except ValueError:  # a number of more digits than Python reads, or what is marked as what it is not
            value = node
        if value is not None and not isinstance(value, str | int | float):
            says = "cannot be read: write a shorter number, or without a mark such as !!timestamp"
            raise WrongFile([Fault(node.start_mark.line + 1, _written(place), says)])
        return value

    def fault(self, place: Place, says: str) -> Fault:
        """At the nearest place that the file has; steps that only the model knows (tags of unions) are left out."""
        known: Place = ()
        data = self.data
        for step in place:
            if (*known, step) in self.lines:
                data, known = data[step], (*known, step)
            elif step == place[-1] and isinstance(data, dict) and not str(step).startswith("<"):
                return Fault(self.lines[known], _written((*known, step)), says)
        return Fault(self.lines[known], _written(known), says)


def _written(place: Place) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place).removeprefix(".")


def _says(detail: ErrorDetails, model: type[BaseModel]) -> str:
    kind, context, given = detail["type"], detail.get("ctx", {}), detail["input"]
    match kind:
        case "missing":
            return "is required"
        case "extra_forbidden":
            fields = sorted({name for found in _models_at(model, detail["loc"][:-1]) for name in _fields_of(found)})
            close = get_close_matches(str(detail["loc"][-1]), fields, 1)
            meant = f"; did you mean `{close[0]}`?" if close else ""
            return f"is not known here{meant} (known: {', '.join(fields)})" if fields else "is not known here"
        case "value_error" | "assertion_error":
            return str(context["error"])
        case "string_type" if isinstance(given, bool | int | float):
            return f"must be text: put it in quotes, '{given}'"
        case "string_type":
            return "must be text"
        case "string_too_short" if not given:
            return "is required"
        case "string_too_short":
            return f"must have at least {context['min_length']:,} characters"
        case "string_too_long":
            over = len(given) - context["max_length"]
            return f"is {over:,} character{'' if over == 1 else 's'} too long ({context['max_length']:,} fit)"
        case "literal_error" | "enum":
            return f"must be {context['expected']}, not {given!r}"
        case "model_type" | "model_attributes_type" | "dict_type":
            return "must be fields with values (`name: value`)"
        case "list_type" | "tuple_type" | "set_type" | "frozen_set_type":
            return "must be a list ([a, b], or lines that start with `- `)"
        case "datetime_from_date_parsing" | "datetime_parsing" | "datetime_type":
            return f"must be a date and time such as 2026-11-01T09:00, not {given!r}"
        case "date_from_datetime_parsing" | "date_parsing" | "date_type":
            return f"must be a date such as 2026-11-01, not {given!r}"
        case "union_tag_invalid":
            return f"{context['discriminator']} must be one of {context['expected_tags']}, not '{context['tag']}'"
        case "union_tag_not_found":
            return f"needs {context['discriminator']}"
    # Of fields with values, or a list, nobody could see what is meant.
    shown = "" if isinstance(given, dict | list) else f", not {given!r}"[:80]
    return detail["msg"][:1].lower() + detail["msg"][1:] + shown


def _models_at(model: type[BaseModel], place: Place) -> list[type[BaseModel]]:
    here = [model]
    for step in place:
        below = [found for one in here if step in _fields_of(one) for found in _models_in(_fields_of(one)[str(step)])]
        here = below or here
    return here


def _fields_of(model: type[BaseModel]) -> dict[str, Any]:
    """What each is called in a file (`not`, where Python has to say `not_`), and its annotation."""
    return {found.alias or name: found.annotation for name, found in model.model_fields.items()}


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)
