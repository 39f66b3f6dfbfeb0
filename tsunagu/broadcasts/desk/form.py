"""The form of a broadcast: what was typed becomes the very definition that a YAML file gives.

Two kinds of names are the form's own: `messages.0.is` says what a message is, and `start` how its time is given.
"""

import json
import re
from typing import Any

from tsunagu.audiences.form import PLACES as AUDIENCE
from tsunagu.audiences.form import audience
from tsunagu.chat.catalogue import LANGUAGES
from tsunagu.web.forms import Form

BUTTONS = ("uri", "tel", "survey", "say")
LANGUAGE = f"({'|'.join(LANGUAGES)})"
BUTTON = rf"buttons(\.\d+(\.(uri|tel|survey|(label|say)(\.{LANGUAGE})?))?)?"
MESSAGE = rf"text(\.{LANGUAGE})?|image(\.(url|preview))?|card(\.(image|(title|body)(\.{LANGUAGE})?|{BUTTON}))?"
MINUTES = re.compile(r"\d{1,6}")
WHEN = r"when(\.(every|on|at|from|until|except|holidays))?"
PLACES = re.compile(rf"title|kind|{WHEN}|not_after|over_minutes|remind|{AUDIENCE}|messages(\.\d+(\.({MESSAGE}))?)?")


def source(form: Form) -> str:
    """The definition as YAML; JSON is YAML, too."""
    return json.dumps(definition(form), ensure_ascii=False)


def definition(form: Form) -> dict[str, Any]:
    """What was left empty is left out, except where its lack is a fault to be told."""
    start = form.value("start")
    given: dict[str, Any] = {"title": form.value("title").strip(), "kind": form.value("kind")}
    given |= {"audience": audience(form), "messages": [_message(one) for one in form.items("messages")]}
    if form.value("remind"):
        given["remind"] = True
    if minutes := form.value("over_minutes").strip():
        given["over_minutes"] = int(minutes) if MINUTES.fullmatch(minutes) else minutes
    if start == "repeat":
        return given | {"when": _repeat(form)} | form.said("not_after.wait", "not_after")
    return given | {"when": form.value("when") if start == "at" else "now"} | form.said("not_after")


def _repeat(form: Form) -> dict[str, Any]:
    every = form.value("when.every")
    given: dict[str, Any] = {"at": form.value("when.at"), "every": every}
    on = list(form.typed.get("when.weekdays", ())) if every == "week" else []
    if every == "month":
        last = form.typed.get("when.last", ())
        on = [*form.words("when.days"), *last, *filter(None, form.typed.get("when.nth", ()))]
    if on:
        given["on"] = on
    given |= form.said("when.from") | form.said("when.until") | form.said("when.holidays")
    if without := form.words("when.except"):
        given["except"] = without
    return given


def _message(form: Form) -> dict[str, Any]:
    match form.value("is"):
        case "text":
            return {"text": form.texts("text", LANGUAGES)}
        case "image":
            return {"image": {"url": form.value("image.url").strip(), **form.said("image.preview", "preview")}}
        case "card":
            card: dict[str, Any] = {"title": form.texts("card.title", LANGUAGES)}
            if body := form.texts("card.body", LANGUAGES):
                card["body"] = body
            card |= form.said("card.image")
            if buttons := [_button(one) for one in form.items("card.buttons")]:
                card["buttons"] = buttons
            return {"card": card}
    return {}


def _button(form: Form) -> dict[str, Any]:
    does = form.value("is")
    button: dict[str, Any] = {"label": form.texts("label", LANGUAGES)}
    if does == "say":
        return button | {"say": form.texts("say", LANGUAGES)}
    return button | ({does: form.value(does).strip()} if does in BUTTONS else {})
