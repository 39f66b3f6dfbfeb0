"""What LINE asks of messages and templates beyond the SDK's models."""

from collections.abc import Iterator
from typing import Any

from local.line_platform import action_rules, flex_rules, limits
from local.line_platform.action_rules import length, picture
from local.line_platform.walk import Complaint, Place, Rule


def text(part: dict[str, Any], place: Place) -> Iterator[Complaint]:
    yield from length(place.child("text"), part["text"], 1, limits.TEXT_UNITS)
    if part["text"] and not part["text"].strip():
        yield Complaint(place.child("text"), "May not be empty")


def image(part: dict[str, Any], place: Place) -> Iterator[Complaint]:
    yield from picture(place.child("originalContentUrl"), part["originalContentUrl"])
    yield from picture(place.child("previewImageUrl"), part["previewImageUrl"])


def video(part: dict[str, Any], place: Place) -> Iterator[Complaint]:
    yield from picture(place.child("originalContentUrl"), part["originalContentUrl"])
    yield from picture(place.child("previewImageUrl"), part["previewImageUrl"])


def audio(part: dict[str, Any], place: Place) -> Iterator[Complaint]:
    yield from picture(place.child("originalContentUrl"), part["originalContentUrl"])
    if part["duration"] < 1:
        yield Complaint(place.child("duration"), "must be 1 or more milliseconds")


def location(part: dict[str, Any], place: Place) -> Iterator[Complaint]:
    for name in ("title", "address"):
        yield from length(place.child(name), part[name], 1, limits.LOCATION_LETTERS)
    for name, most in (("latitude", 90), ("longitude", 180)):
        if not -most <= part[name] <= most:
            yield Complaint(place.child(name), f"must be between -{most} and {most}")


def imagemap(part: dict[str, Any], place: Place) -> Iterator[Complaint]:
    yield from picture(place.child("baseUrl"), part["baseUrl"])
    yield from length(place.child("altText"), part["altText"], 1, limits.ALT_TEXT_UNITS)
    if part["baseSize"]["width"] != limits.IMAGEMAP_WIDTH:
        yield Complaint(place.child("baseSize.width"), f"must be {limits.IMAGEMAP_WIDTH}")
    if part["baseSize"]["height"] < 1:
        yield Complaint(place.child("baseSize.height"), "must be 1 or more")
    for number, action in enumerate(part["actions"]):
        yield from _area(action["area"], f"{place.child('actions')}[{number}].area", part["baseSize"])


def _area(area: dict[str, int], where: str, whole: dict[str, int]) -> Iterator[Complaint]:
    for start, side in (("x", "width"), ("y", "height")):
        if area[start] < 0 or area[side] < 1 or area[start] + area[side] > whole[side]:
            yield Complaint(f"{where}.{side}", "the area must lie within baseSize")


def imagemap_words(part: dict[str, Any], place: Place) -> Iterator[Complaint]:
    yield from length(place.child("text"), part["text"], 1, limits.IMAGEMAP_TEXT)


def imagemap_link(part: dict[str, Any], place: Place) -> Iterator[Complaint]:
    yield from action_rules.uri(place.child("linkUri"), part["linkUri"])


def quick_reply(part: dict[str, Any], place: Place) -> Iterator[Complaint]:
    if not part.get("items"):
        yield Complaint(place.child("items"), f"Size must be between 1 and {limits.QUICK_REPLY_ITEMS}")


def quick_reply_item(part: dict[str, Any], place: Place) -> Iterator[Complaint]:
    if part.get("type", "action") != "action":
        yield Complaint(place.child("type"), "must be one of the following values: [action]")
    if part.get("action") is None:
        yield Complaint(place.child("action"), "must be specified")
    if part.get("imageUrl") is not None:
        yield from picture(place.child("imageUrl"), part["imageUrl"])


def template(part: dict[str, Any], place: Place) -> Iterator[Complaint]:
    yield from length(place.child("altText"), part["altText"], 1, limits.ALT_TEXT_UNITS)


def _card(part: dict[str, Any], place: Place, plain: int, decorated: int, actions: int) -> Iterator[Complaint]:
    rich = part.get("title") is not None or part.get("thumbnailImageUrl") is not None
    yield from length(place.child("text"), part["text"], 1, decorated if rich else plain)
    if part.get("title") is not None:
        yield from length(place.child("title"), part["title"], 1, 40)
    if part.get("thumbnailImageUrl") is not None:
        yield from picture(place.child("thumbnailImageUrl"), part["thumbnailImageUrl"])
    yield from flex_rules.colours(part, place, "imageBackgroundColor")
    if not 1 <= len(part["actions"]) <= actions:
        yield Complaint(place.child("actions"), f"Size must be between 1 and {actions}")


def buttons(part: dict[str, Any], place: Place) -> Iterator[Complaint]:
    yield from _card(part, place, plain=160, decorated=60, actions=limits.BUTTONS_ACTIONS)


def column(part: dict[str, Any], place: Place) -> Iterator[Complaint]:
    yield from _card(part, place, plain=120, decorated=60, actions=limits.CAROUSEL_ACTIONS)


def confirm(part: dict[str, Any], place: Place) -> Iterator[Complaint]:
    yield from length(place.child("text"), part["text"], 1, 240)
    if len(part["actions"]) != limits.CONFIRM_ACTIONS:
        yield Complaint(place.child("actions"), f"Size must be {limits.CONFIRM_ACTIONS}")


def carousel(part: dict[str, Any], place: Place) -> Iterator[Complaint]:
    columns = part["columns"]
    if not 1 <= len(columns) <= limits.CAROUSEL_COLUMNS:
        yield Complaint(place.child("columns"), f"Size must be between 1 and {limits.CAROUSEL_COLUMNS}")
    for name in ("title", "thumbnailImageUrl"):
        if len({item.get(name) is not None for item in columns}) > 1:
            yield Complaint(place.child("columns"), f"all columns or none must have {name}")
    if len({len(item.get("actions") or []) for item in columns}) > 1:
        yield Complaint(place.child("columns"), "all columns must have the same number of actions")


def image_carousel(part: dict[str, Any], place: Place) -> Iterator[Complaint]:
    if not 1 <= len(part["columns"]) <= limits.CAROUSEL_COLUMNS:
        yield Complaint(place.child("columns"), f"Size must be between 1 and {limits.CAROUSEL_COLUMNS}")
    for number, item in enumerate(part["columns"]):
        yield from picture(f"{place.child('columns')}[{number}].imageUrl", item["imageUrl"])


RULES: dict[str, Rule] = {
    **action_rules.RULES,
    **flex_rules.RULES,
    "TextMessage": text,
    "TextMessageV2": text,
    "ImageMessage": image,
    "VideoMessage": video,
    "AudioMessage": audio,
    "LocationMessage": location,
    "ImagemapMessage": imagemap,
    "MessageImagemapAction": imagemap_words,
    "URIImagemapAction": imagemap_link,
    "QuickReply": quick_reply,
    "QuickReplyItem": quick_reply_item,
    "TemplateMessage": template,
    "ButtonsTemplate": buttons,
    "CarouselColumn": column,
    "ConfirmTemplate": confirm,
    "CarouselTemplate": carousel,
    "ImageCarouselTemplate": image_carousel,
}
