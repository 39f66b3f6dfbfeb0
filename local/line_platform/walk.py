"""Walks a request with the SDK's own models: wrong types, values outside an enum, and properties a model would drop."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import linebot.v3.messaging.models as sdk
from pydantic.v1 import BaseModel
from pydantic.v1.fields import SHAPE_DICT, SHAPE_LIST, ModelField

Json = Any


@dataclass(frozen=True)
class Complaint:
    """One entry of `details` in LINE's errors."""

    property: str
    message: str


@dataclass(frozen=True)
class Place:
    """Where the walk stands: the path LINE would name and the models above, the nearest last."""

    path: str
    above: tuple[str, ...] = ()

    def child(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name


Rule = Callable[[dict[str, Any], Place], Iterator[Complaint]]


def walk(model: type[BaseModel], value: Json, place: Place, rules: dict[str, Rule]) -> Iterator[Complaint]:
    """Every complaint about `value` as `model`; `rules` add, by the model's name, what LINE asks beyond the models."""
    if not isinstance(value, dict):
        yield Complaint(place.path, "must be an object")
        return
    kind = _discriminated(model, value)
    if kind is None:
        allowed = ", ".join(sorted(_kinds(model)))
        yield Complaint(place.child("type"), f"must be one of the following values: [{allowed}]")
        return
    fields = {field.alias: field for field in kind.__fields__.values()}
    for name in value:
        if name not in fields:
            yield Complaint(place.child(name), "unknown property")
    complaints = 0
    for name, field in fields.items():
        given = value.get(name)
        if given is None:
            if field.required:
                yield Complaint(place.child(name), "must be specified")
                complaints += 1
            continue
        for complaint in _field(field, given, Place(place.child(name), (*place.above, kind.__name__)), rules):
            yield complaint
            complaints += 1
    # A rule may rely on the types the model asks for.
    if not complaints and (rule := rules.get(kind.__name__)) is not None:
        yield from rule(value, place)


def _field(field: ModelField, given: Json, place: Place, rules: dict[str, Rule]) -> Iterator[Complaint]:
    inner = field.type_
    if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
        _, errors = field.validate(given, {}, loc=place.path)
        if errors is not None:
            flat = errors if isinstance(errors, list) else [errors]
            first = flat[0]
            yield Complaint(place.path, str(getattr(first, "exc", first)))
    elif field.shape == SHAPE_LIST:
        yield from _list(field, given, place, rules)
    elif field.shape == SHAPE_DICT:
        if not isinstance(given, dict):
            yield Complaint(place.path, "must be an object")
            return
        for name, item in given.items():
            yield from walk(inner, item, Place(place.child(name), place.above), rules)
    else:
        yield from walk(inner, given, place, rules)


def _list(field: ModelField, given: Json, place: Place, rules: dict[str, Rule]) -> Iterator[Complaint]:
    if not isinstance(given, list):
        yield Complaint(place.path, "must be an array")
        return
    least, most = getattr(field.outer_type_, "min_items", None), getattr(field.outer_type_, "max_items", None)
    if (least is not None and len(given) < least) or (most is not None and len(given) > most):
        yield Complaint(place.path, f"Size must be between {least or 0} and {most}")
    for number, item in enumerate(given):
        yield from walk(field.type_, item, Place(f"{place.path}[{number}]", place.above), rules)


def _kinds(model: type[BaseModel]) -> dict[str, str]:
    named: dict[str, str] = getattr(model, f"_{model.__name__}__discriminator_value_class_map", {})
    return named


def _discriminated(model: type[BaseModel], value: dict[str, Any]) -> type[BaseModel] | None:
    kinds = _kinds(model)
    if not kinds:
        return model
    written = value.get("type")
    name = kinds.get(written) if isinstance(written, str) else None
    if name is None:
        return None
    found: type[BaseModel] = getattr(sdk, name)
    return found
