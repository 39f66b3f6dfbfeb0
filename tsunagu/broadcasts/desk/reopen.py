"""Opening a definition again in the form that gives it."""

from collections.abc import Mapping, Sequence
from typing import Any

from tsunagu.audiences.form import fields_of
from tsunagu.broadcasts.desk.form import BUTTONS
from tsunagu.web.forms import Form


def of_definition(given: Mapping[str, Any]) -> Form:
    """The form that would give it; `given` as `Definition.written` has it. Raises NotForTheForm."""
    fields = _Fields()
    fields.put("title", given["title"])
    fields.put("kind", given.get("kind", "news"))
    fields.typed |= fields_of(given.get("audience") or {})
    if given.get("remind"):
        fields.put("remind", "true")
    if given.get("over_minutes"):
        fields.put("over_minutes", given["over_minutes"])
    for number, part in enumerate(given["messages"]):
        fields.message(f"messages.{number}", part)
    when, limit = given["when"], given.get("not_after")
    if isinstance(when, Mapping):
        fields.put("start", "repeat")
        fields.repeat(when)
    else:
        fields.put("start", "now" if when == "now" else "at")
        if when != "now":
            fields.put("when", _minute(when))
    if limit:
        fields.put(*("not_after.wait", limit) if isinstance(when, Mapping) else ("not_after", _minute(limit)))
    return Form(fields.typed)


def _minute(written: str) -> str:
    """As a browser's own field for a time holds it."""
    return written.replace(" ", "T")[:16]


class _Fields:
    def __init__(self) -> None:
        self.typed: dict[str, Sequence[str]] = {}

    def put(self, name: str, *values: object) -> None:
        self.typed[name] = tuple(map(str, values))

    def texts(self, name: str, texts: Mapping[str, str]) -> None:
        for language, text in texts.items():
            self.put(f"{name}.{language}", text)

    def repeat(self, given: Mapping[str, Any]) -> None:
        every, on = given["every"], [str(each) for each in given.get("on") or ()]
        self.put("when.every", every)
        self.put("when.at", str(given["at"])[:5])
        if every == "week":
            self.put("when.weekdays", *on)
        else:
            self.put("when.days", " ".join(each for each in on if each.isdecimal()))
            self.put("when.last", *[each for each in on if each == "last"])
            self.put("when.nth", *[each for each in on if " " in each])
        for name in ("from", "until", "holidays"):
            if value := given.get(name):
                self.put(f"when.{name}", value)
        self.put("when.except", " ".join(map(str, given.get("except") or ())))

    def message(self, at: str, part: Mapping[str, Any]) -> None:
        if text := part.get("text"):
            self.put(f"{at}.is", "text")
            self.texts(f"{at}.text", text)
        elif image := part.get("image"):
            self.put(f"{at}.is", "image")
            self.texts(f"{at}.image", {name: url for name, url in image.items() if url})
        else:
            card = part["card"]
            self.put(f"{at}.is", "card")
            self.texts(f"{at}.card.title", card["title"])
            self.texts(f"{at}.card.body", card.get("body") or {})
            if card.get("image"):
                self.put(f"{at}.card.image", card["image"])
            for number, button in enumerate(card.get("buttons") or ()):
                self.button(f"{at}.card.buttons.{number}", button)

    def button(self, at: str, button: Mapping[str, Any]) -> None:
        does = next(name for name in BUTTONS if button.get(name))
        self.put(f"{at}.is", does)
        self.texts(f"{at}.label", button["label"])
        if does == "say":
            self.texts(f"{at}.say", button["say"])
        else:
            self.put(f"{at}.{does}", button[does])
