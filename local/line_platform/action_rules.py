"""What LINE asks of actions beyond the SDK's models."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import regex

from local.line_platform import limits
from local.line_platform.walk import Complaint, Place, Rule

ONLY_IN_QUICK_REPLIES = {"CameraAction", "CameraRollAction", "LocationAction"}
PICKER_FORMATS = {"date": "%Y-%m-%d", "time": "%H:%M", "datetime": "%Y-%m-%dT%H:%M"}
PICKER_LEAST = {"date": "1900-01-01", "time": "00:00", "datetime": "1900-01-01T00:00"}
PICKER_MOST = {"date": "2100-12-31", "time": "23:59", "datetime": "2100-12-31T23:59"}
PICKER_LETTERS = {"date": 10, "time": 5, "datetime": 16}


def length(place: str, words: str, least: int, most: int) -> Iterator[Complaint]:
    """LINE counts UTF-16 units."""
    if least and not words:
        yield Complaint(place, "May not be empty")
    elif limits.utf16(words) > most:
        yield Complaint(place, f"Length must be between {least} and {most}")


def graphemes(words: str) -> int:
    return len(regex.findall(r"\X", words))


def uri(place: str, written: str, schemes: tuple[str, ...] = limits.URI_SCHEMES) -> Iterator[Complaint]:
    yield from length(place, written, 1, limits.URI_LENGTH)
    scheme = regex.match(r"([A-Za-z][A-Za-z0-9+.-]*):", written)
    if written and (scheme is None or scheme[1].lower() not in schemes):
        yield Complaint(place, f"invalid uri scheme: use one of {', '.join(schemes)}")


def picture(place: str, written: str) -> Iterator[Complaint]:
    yield from length(place, written, 1, limits.URL_LENGTH)
    if not written.startswith("https://"):
        yield Complaint(place, "invalid uri scheme: pictures must be https")


def label(action: dict[str, Any], place: Place) -> Iterator[Complaint]:
    """A label is needed wherever the action is drawn as a button; how long it may be depends on the button."""
    parent = place.above[-1] if place.above else ""
    most = {
        "FlexButton": limits.FLEX_BUTTON_LABEL_GRAPHEMES,
        "ImageCarouselColumn": limits.IMAGE_CAROUSEL_LABEL_GRAPHEMES,
    }.get(parent, limits.LABEL_GRAPHEMES)
    drawn = parent in {"QuickReplyItem", "FlexButton", "ConfirmTemplate"} or (
        parent in {"ButtonsTemplate", "CarouselColumn"} and not place.path.endswith("defaultAction")
    )
    written = action.get("label")
    if drawn and not written:
        yield Complaint(place.child("label"), "May not be empty")
    elif written is not None and graphemes(written) > most:
        yield Complaint(place.child("label"), f"Length must be between {int(drawn)} and {most}")


def postback(action: dict[str, Any], place: Place) -> Iterator[Complaint]:
    yield from label(action, place)
    yield from length(place.child("data"), action.get("data") or "", 1, limits.POSTBACK_DATA)
    for name in ("displayText", "text", "fillInText"):
        if action.get(name) is not None:
            yield from length(place.child(name), action[name], 1, limits.DISPLAY_TEXT)
    if action.get("displayText") is not None and action.get("text") is not None:
        yield Complaint(place.child("text"), "displayText and text may not be used together")
    if action.get("fillInText") is not None and action.get("inputOption") != "openKeyboard":
        yield Complaint(place.child("fillInText"), "needs inputOption openKeyboard")


def message(action: dict[str, Any], place: Place) -> Iterator[Complaint]:
    yield from label(action, place)
    yield from length(place.child("text"), action.get("text") or "", 1, limits.DISPLAY_TEXT)


def open_uri(action: dict[str, Any], place: Place) -> Iterator[Complaint]:
    yield from label(action, place)
    yield from uri(place.child("uri"), action.get("uri") or "")


def picker(action: dict[str, Any], place: Place) -> Iterator[Complaint]:
    yield from label(action, place)
    yield from length(place.child("data"), action.get("data") or "", 1, limits.POSTBACK_DATA)
    mode = action.get("mode")
    if mode is None:
        yield Complaint(place.child("mode"), "must be specified")
        return
    times = {"min": PICKER_LEAST[mode], "max": PICKER_MOST[mode]}
    for name in ("initial", "min", "max"):
        written = action.get(name)
        if written is None:
            continue
        # LINE writes the day and the hour with a lower-case t as well.
        plain = written.replace("t", "T")
        if not _is_time(plain, mode) or not PICKER_LEAST[mode] <= plain <= PICKER_MOST[mode]:
            yield Complaint(place.child(name), f"must be between {PICKER_LEAST[mode]} and {PICKER_MOST[mode]}, no zone")
            return
        times[name] = plain
    if times["min"] >= times["max"]:
        yield Complaint(place.child("min"), "must be before max")
    elif "initial" in times and not times["min"] <= times["initial"] <= times["max"]:
        yield Complaint(place.child("initial"), "must be between min and max")


def _is_time(written: str, mode: str) -> bool:
    try:
        datetime.strptime(written, PICKER_FORMATS[mode])
    except ValueError:
        return False
    return len(written) == PICKER_LETTERS[mode]


def clipboard(action: dict[str, Any], place: Place) -> Iterator[Complaint]:
    yield from label(action, place)


def quick_only(action: dict[str, Any], place: Place) -> Iterator[Complaint]:
    yield from label(action, place)
    if not place.above or place.above[-1] != "QuickReplyItem":
        yield Complaint(place.child("type"), "may be used in quick replies only")


RULES: dict[str, Rule] = {
    "PostbackAction": postback,
    "MessageAction": message,
    "URIAction": open_uri,
    "DatetimePickerAction": picker,
    "ClipboardAction": clipboard,
    **dict.fromkeys(ONLY_IN_QUICK_REPLIES, quick_only),
}
