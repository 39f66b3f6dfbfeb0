"""What LINE asks of Flex messages beyond the SDK's models."""

import json
import re
from collections.abc import Iterator
from typing import Any

from local.line_platform import limits
from local.line_platform.action_rules import length, picture
from local.line_platform.walk import Complaint, Place, Rule

COLOUR = re.compile(r"#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{8})\Z")
PIXELS = re.compile(r"\d+(?:\.\d+)?px\Z")
PIXELS_OR_PART = re.compile(r"\d+(?:\.\d+)?(?:px|%)\Z")
RATIO = re.compile(r"([1-9]\d{0,5}):([1-9]\d{0,5})\Z")

SPACES = frozenset({"none", "xs", "sm", "md", "lg", "xl", "xxl"})
TEXT_SIZES = frozenset({"xxs", "xs", "sm", "md", "lg", "xl", "xxl", "3xl", "4xl", "5xl"})
IMAGE_SIZES = TEXT_SIZES | {"full"}
OFFSETS = ("offsetTop", "offsetBottom", "offsetStart", "offsetEnd")
PADDINGS = ("paddingAll", "paddingTop", "paddingBottom", "paddingStart", "paddingEnd")
BORDERS = frozenset({"none", "light", "normal", "medium", "semi-bold", "bold"})
BASELINE_CONTENTS = frozenset({"text", "icon", "filler"})


def colours(part: dict[str, Any], place: Place, *names: str) -> Iterator[Complaint]:
    for name in names:
        if part.get(name) is not None and not COLOUR.match(part[name]):
            yield Complaint(place.child(name), "invalid color: write #RRGGBB or #RRGGBBAA")


def lengths(
    part: dict[str, Any], place: Place, words: frozenset[str], *names: str, measure: re.Pattern[str] = PIXELS
) -> Iterator[Complaint]:
    for name in names:
        written = part.get(name)
        if written is not None and written not in words and not measure.match(written):
            allowed = ", ".join(sorted(words))
            yield Complaint(place.child(name), f"invalid value: use {allowed + ' or ' if allowed else ''}pixels")


def ratio(part: dict[str, Any], place: Place) -> Iterator[Complaint]:
    written = part.get("aspectRatio")
    if written is None:
        return
    sides = RATIO.match(written)
    if sides is None or int(sides[2]) > 3 * int(sides[1]):
        yield Complaint(place.child("aspectRatio"), "must be width:height, the height at most three widths")


def common(part: dict[str, Any], place: Place) -> Iterator[Complaint]:
    yield from lengths(part, place, SPACES, "margin")
    yield from lengths(part, place, SPACES, *OFFSETS, measure=PIXELS_OR_PART)
    if (part.get("flex") or 0) < 0:
        yield Complaint(place.child("flex"), "must be 0 or more")


def message(part: dict[str, Any], place: Place) -> Iterator[Complaint]:
    yield from length(place.child("altText"), part["altText"], 1, limits.ALT_TEXT_UNITS)


def bubble(part: dict[str, Any], place: Place) -> Iterator[Complaint]:
    if _bytes(part) > limits.FLEX_BUBBLE_BYTES:
        yield Complaint(place.path, f"a bubble must not exceed {limits.FLEX_BUBBLE_BYTES} bytes of JSON")
    if not any(part.get(name) for name in ("header", "hero", "body", "footer")):
        yield Complaint(place.path, "at least one block must be specified")
    if part.get("hero") is not None and part["hero"].get("type") not in {"box", "image", "video"}:
        yield Complaint(place.child("hero"), "must be a box, an image or a video")


def carousel(part: dict[str, Any], place: Place) -> Iterator[Complaint]:
    if not 1 <= len(part["contents"]) <= limits.FLEX_CAROUSEL_BUBBLES:
        yield Complaint(place.child("contents"), f"Size must be between 1 and {limits.FLEX_CAROUSEL_BUBBLES}")
    if _bytes(part) > limits.FLEX_CAROUSEL_BYTES:
        yield Complaint(place.path, f"a carousel must not exceed {limits.FLEX_CAROUSEL_BYTES} bytes of JSON")
    if len({item.get("size", "mega") for item in part["contents"]}) > 1:
        yield Complaint(place.child("contents"), "bubbles of one carousel must have the same size")


def box(part: dict[str, Any], place: Place) -> Iterator[Complaint]:
    yield from common(part, place)
    yield from colours(part, place, "backgroundColor", "borderColor")
    yield from lengths(part, place, SPACES, "spacing", "cornerRadius")
    yield from lengths(part, place, SPACES, *PADDINGS, measure=PIXELS_OR_PART)
    yield from lengths(part, place, BORDERS, "borderWidth")
    yield from lengths(
        part, place, frozenset(), "width", "maxWidth", "height", "maxHeight", measure=PIXELS_OR_PART
    )  # fmt: skip
    for number, item in enumerate(part["contents"]):
        where = f"{place.child('contents')}[{number}]"
        kind = item.get("type")
        if kind in {"span", "video"}:
            yield Complaint(where, f"{kind} may not be placed in a box")
        elif part["layout"] == "baseline" and kind not in BASELINE_CONTENTS:
            yield Complaint(where, f"{kind} may not be placed in a baseline box")
        elif part["layout"] != "baseline" and kind == "icon":
            yield Complaint(where, "icon may be placed in a baseline box only")


def text(part: dict[str, Any], place: Place) -> Iterator[Complaint]:
    yield from common(part, place)
    yield from colours(part, place, "color")
    yield from lengths(part, place, TEXT_SIZES, "size")
    if not part.get("text") and not part.get("contents"):
        yield Complaint(place.child("text"), "May not be empty")
    if (part.get("maxLines") or 0) < 0:
        yield Complaint(place.child("maxLines"), "must be 0 or more")


def span(part: dict[str, Any], place: Place) -> Iterator[Complaint]:
    yield from colours(part, place, "color")
    yield from lengths(part, place, TEXT_SIZES, "size")
    if not part.get("text"):
        yield Complaint(place.child("text"), "May not be empty")


def button(part: dict[str, Any], place: Place) -> Iterator[Complaint]:
    yield from common(part, place)
    yield from colours(part, place, "color")


def image(part: dict[str, Any], place: Place) -> Iterator[Complaint]:
    yield from common(part, place)
    yield from colours(part, place, "backgroundColor")
    yield from lengths(part, place, IMAGE_SIZES, "size", measure=PIXELS_OR_PART)
    yield from picture(place.child("url"), part["url"])
    yield from ratio(part, place)


def icon(part: dict[str, Any], place: Place) -> Iterator[Complaint]:
    yield from common(part, place)
    yield from lengths(part, place, TEXT_SIZES, "size")
    yield from picture(place.child("url"), part["url"])
    yield from ratio(part, place)


def video(part: dict[str, Any], place: Place) -> Iterator[Complaint]:
    yield from picture(place.child("url"), part["url"])
    yield from picture(place.child("previewUrl"), part["previewUrl"])


def separator(part: dict[str, Any], place: Place) -> Iterator[Complaint]:
    yield from lengths(part, place, SPACES, "margin")
    yield from colours(part, place, "color")


def block_style(part: dict[str, Any], place: Place) -> Iterator[Complaint]:
    yield from colours(part, place, "backgroundColor", "separatorColor")


def _bytes(part: dict[str, Any]) -> int:
    return len(json.dumps(part, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"))


RULES: dict[str, Rule] = {
    "FlexMessage": message,
    "FlexBubble": bubble,
    "FlexCarousel": carousel,
    "FlexBox": box,
    "FlexText": text,
    "FlexSpan": span,
    "FlexButton": button,
    "FlexImage": image,
    "FlexIcon": icon,
    "FlexVideo": video,
    "FlexSeparator": separator,
    "FlexBlockStyle": block_style,
}
