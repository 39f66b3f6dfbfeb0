"""The form's own buttons: another message, one less, one further up, a button for a card. Nothing typed is lost."""

import re
from collections.abc import Sequence
from dataclasses import replace

from tsunagu.broadcasts.desk.form import BUTTONS
from tsunagu.web.forms import Form, Typed, below

WISH = re.compile(rf"(add|up|down|remove|button|unbutton)(:(\d{{1,3}}|text|image|card|{'|'.join(BUTTONS)})){{1,2}}")


def changed(form: Form, wish: str) -> Form:
    """The form after a button of its own was pressed: `add:card`, `up:2`, `remove:0`, `button:1:tel`, `unbutton:1:0`.

    Anything else leaves it as it is.
    """
    if not WISH.fullmatch(wish):
        return form
    verb, *rest = wish.split(":")
    parts = below(form.typed, "messages")
    match verb, rest:
        case "add", [kind] if kind in ("text", "image", "card"):
            parts.append({"is": (kind,)})
        case _, [place, *more] if place.isdecimal() and int(place) < len(parts):
            _change_one(parts, verb, int(place), more)
    return replace(form, typed=_with_below(form.typed, "messages", parts))


def _change_one(parts: list[Typed], verb: str, place: int, more: Sequence[str]) -> None:
    buttons = below(parts[place], "card.buttons")
    match verb, more:
        case "remove", []:
            del parts[place]
        case (("up" | "down"), []):
            parts.insert(max(0, place + (-1 if verb == "up" else 1)), parts.pop(place))
        case "button", [does] if does in BUTTONS:
            parts[place] = _with_below(parts[place], "card.buttons", [*buttons, {"is": (does,)}])
        case "unbutton", [which] if which.isdecimal() and int(which) < len(buttons):
            del buttons[int(which)]
            parts[place] = _with_below(parts[place], "card.buttons", buttons)


def _with_below(fields: Typed, name: str, parts: Sequence[Typed]) -> Typed:
    kept = {key: values for key, values in fields.items() if not key.startswith(f"{name}.")}
    below = {f"{name}.{number}.{rest}": part[rest] for number, part in enumerate(parts) for rest in part}
    return kept | below
