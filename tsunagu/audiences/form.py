"""An audience as boxes to tick: what was ticked as an expression, and back. It knows one `not`, and no all or any."""

from collections.abc import Mapping, Sequence
from typing import Any

from google.cloud.firestore import Client

from tsunagu.audiences import store
from tsunagu.residents.city import city
from tsunagu.web.filters import LANGUAGE_NAMES
from tsunagu.web.forms import Form

BOXES = ("wards", "districts", "topics", "languages", "age_bands", "lists")
AT = "audience"
PLACES = rf"{AT}(\.not)?(\.({'|'.join(BOXES)}|tags|saved|followed(\.(from|to))?))?"  # as a regular expression


class NotForTheForm(Exception):
    """Says more than boxes can show; it is edited as YAML."""


def audience(form: Form, at: str = AT) -> dict[str, Any]:
    """As a definition has it."""
    given: dict[str, Any] = {name: list(form.typed[f"{at}.{name}"]) for name in BOXES if form.typed.get(f"{at}.{name}")}
    if tags := form.words(f"{at}.tags"):
        given["tags"] = tags
    if followed := form.texts(f"{at}.followed", ("from", "to")):
        given["followed"] = followed
    given |= form.said(f"{at}.saved")
    if at == AT and (others := audience(form, f"{AT}.not")):
        given["not"] = others
    return given


def fields_of(given: Mapping[str, Any], at: str = AT) -> dict[str, Sequence[str]]:
    """The fields that would give it. Raises NotForTheForm."""
    fields: dict[str, Sequence[str]] = {}
    for name, value in given.items():
        if name in BOXES:
            fields[f"{at}.{name}"] = tuple(value)
        elif name == "tags":
            fields[f"{at}.tags"] = (" ".join(value),)
        elif name == "followed":
            fields |= {f"{at}.followed.{end}": (day,) for end, day in value.items()}
        elif name == "saved":
            fields[f"{at}.saved"] = (value,)
        elif name == "not" and at == AT:
            fields |= fields_of(value, f"{AT}.not")
        else:
            raise NotForTheForm
    return fields


def choices(db: Client) -> dict[str, Any]:
    """What may be ticked: ids and what staff call them."""
    known = city()
    return {
        "wards": [(each.id, each.label("ja")) for each in known.wards],
        "districts": [
            (ward.label("ja"), [(each.id, each.label("ja")) for each in known.districts if each.ward == ward.id])
            for ward in known.wards
        ],
        "topics": [(each.id, each.label("ja")) for each in known.topics],
        "languages": list(LANGUAGE_NAMES.items()),
        "age_bands": [(each.id, each.label("ja")) for each in known.age_bands],
        "lists": [(each.name, each.title) for each in store.lists(db)],
        "saved": [(each.name, each.title) for each in store.saved(db)],
    }
