"""Messages in LINE's JSON: what we send, and LINE's limits told in the words of whoever writes a message.

Source of the limits: LINE Developers, Messaging API reference, "Message objects", "Action objects", "Flex Message".
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import regex

from tsunagu.line.postback import POSTBACK_LIMIT, Postback

Message = dict[str, Any]

MESSAGES_LIMIT = 5  # messages in one request
TEXT_LIMIT = 5_000  # UTF-16 units
ALT_LIMIT = 1_500  # UTF-16 units
QUICK_LIMIT = 13  # quick replies
LABEL_LIMIT = 20  # graphemes on a quick reply or a template's button
FLEX_LABEL_LIMIT = 40  # graphemes on a button of a Flex card
SHOWN_LIMIT = 300  # characters of a postback's displayText, or of a message a button sends
URI_LIMIT = 1_000
IMAGE_URL_LIMIT = 2_000
BUBBLE_LIMIT = 30_000  # bytes of one Flex bubble
BLUE = "#0017C1"  # the Digital Agency's primary blue, 11.9:1 on white


def utf16(words: str) -> int:
    """Length as LINE counts it: most emoji are two units."""
    return len(words.encode("utf-16-le", "surrogatepass")) // 2


def units(number: int) -> str:
    return f"{number:,} UTF-16 unit{'' if number == 1 else 's'}"


def graphemes(words: str) -> int:
    """Length as a person counts it."""
    return len(regex.findall(r"\X", words))


def shortened(words: str, limit: int) -> str:
    """The first `limit` graphemes, the last of them an ellipsis where something was cut."""
    parts = regex.findall(r"\X", words)
    return words if len(parts) <= limit else "".join(parts[: limit - 1]) + "…"


def cut(words: str, limit: int) -> str:
    """At most `limit` UTF-16 units, of which some graphemes take many; whole ones, unless the first alone is longer."""
    if utf16(words) <= limit:
        return words
    kept = ""
    for part in regex.findall(r"\X", words[:limit]):
        if utf16(kept + part) >= limit:
            break
        kept += part
    return f"{kept or words[: limit // 2 - 1]}…"


@dataclass(frozen=True)
class Button:
    """One thing to tap: a postback (shown in the chat as `shown` or the label), a link, a phone number, words sent as
    the resident's own, or a date to pick (`date` holds mode, initial, min, max where known; a postback brings it back).

    `opens`: what of the phone it opens to send from, `camera`, `cameraRoll` or `location`; among quick replies only.
    """

    label: str
    postback: Postback | None = None
    uri: str | None = None
    message: str | None = None
    date: dict[str, str] | None = None
    shown: str | None = None
    main: bool = False
    opens: str | None = None

    def action(self) -> dict[str, Any]:
        if self.opens is not None:
            return {"type": self.opens, "label": self.label}
        if self.date is not None:
            assert self.postback is not None
            return {
                "type": "datetimepicker",
                "label": self.label,
                "data": self.postback.write(),
                "mode": "date",
                **self.date,
            }
        if self.postback is not None:
            return {
                "type": "postback",
                "label": self.label,
                "data": self.postback.write(),
                "displayText": self.shown or self.label,
            }
        if self.uri is not None:
            return {"type": "uri", "label": self.label, "uri": self.uri}
        return {"type": "message", "label": self.label, "text": self.message or self.label}


def text(words: str, quick: Sequence[Button] = ()) -> Message:
    return with_quick({"type": "text", "text": words}, quick)


def image(url: str, preview: str | None = None) -> Message:
    return {"type": "image", "originalContentUrl": url, "previewImageUrl": preview or url}


def card(
    title: str,
    body: str = "",
    *,
    picture: str | None = None,
    buttons: Sequence[Button] = (),
    quick: Sequence[Button] = (),
    alt: str | None = None,
) -> Message:
    """A Flex bubble: picture, title, text, buttons one below the other. `alt` is what a notification shows."""
    lines = [{"type": "text", "text": title, "weight": "bold", "size": "lg", "wrap": True}]
    if body:
        lines.append({"type": "text", "text": body, "wrap": True, "size": "md", "color": "#333333", "margin": "md"})
    bubble: dict[str, Any] = {
        "type": "bubble",
        "body": {"type": "box", "layout": "vertical", "contents": lines},
    }
    if picture:
        bubble["hero"] = {
            "type": "image",
            "url": picture,
            "size": "full",
            "aspectRatio": "20:13",
            "aspectMode": "cover",
        }
    if buttons:
        bubble["footer"] = {
            "type": "box",
            "layout": "vertical",
            "spacing": "sm",
            "contents": [_flex_button(button) for button in buttons],
        }
    message = {"type": "flex", "altText": shortened(alt or title, 400), "contents": bubble}
    return with_quick(message, quick)


def _flex_button(button: Button) -> dict[str, Any]:
    look = {"style": "primary", "color": BLUE} if button.main else {"style": "secondary"}
    return {"type": "button", "action": button.action(), "height": "sm", **look}


def with_quick(message: Message, quick: Sequence[Button]) -> Message:
    """The message with buttons below the last bubble, which vanish once the resident goes on."""
    if not quick:
        return message
    items = [{"type": "action", "action": button.action()} for button in quick]
    return {**message, "quickReply": {"items": items}}


def faults(messages: Sequence[Message]) -> list[str]:
    """What LINE would refuse, one sentence each, naming the message (1 is the first); empty when all is well."""
    found = []
    if not 1 <= len(messages) <= MESSAGES_LIMIT:
        found.append(f"{len(messages)} messages; LINE takes 1 to {MESSAGES_LIMIT} at a time")
    for number, message in enumerate(messages, 1):
        found += [f"message {number}: {fault}" for fault in _faults_of(message)]
    return found


def _faults_of(message: Message) -> Iterator[str]:
    match message.get("type"):
        case "text":
            yield from _length("the text", message["text"], TEXT_LIMIT)
        case "image":
            yield from _https("the image", message["originalContentUrl"])
            yield from _https("the preview", message["previewImageUrl"])
        case "flex":
            yield from _length("the text of the notification", message["altText"], ALT_LIMIT)
            size = len(json.dumps(message["contents"], ensure_ascii=False).encode())
            if size > BUBBLE_LIMIT:
                yield f"the card takes {size:,} bytes, {size - BUBBLE_LIMIT:,} too many"
            yield from _faults_of_flex(message["contents"])
    quick = message.get("quickReply", {}).get("items", [])
    if len(quick) > QUICK_LIMIT:
        yield f"{len(quick)} quick replies, {len(quick) - QUICK_LIMIT} too many"
    for item in quick:
        yield from _faults_of_action(item["action"], LABEL_LIMIT)


def _faults_of_flex(part: dict[str, Any]) -> Iterator[str]:
    match part.get("type"):
        case "text" if not part["text"]:
            yield "a text of the card is empty"
        case "image":
            yield from _https("the picture of the card", part["url"])
        case "button":
            yield from _faults_of_action(part["action"], FLEX_LABEL_LIMIT)
    for child in [part[name] for name in ("hero", "body", "footer") if name in part] + part.get("contents", []):
        yield from _faults_of_flex(child)


def _faults_of_action(action: dict[str, Any], label_limit: int) -> Iterator[str]:
    label = action["label"]
    if not 1 <= graphemes(label) <= label_limit:
        yield f"the button 「{label}」 has {graphemes(label)} characters on it; 1 to {label_limit} fit"
    match action["type"]:
        case "postback" | "datetimepicker" if len(action["data"]) > POSTBACK_LIMIT:
            yield f"the button 「{label}」 carries {len(action['data'])} characters; {POSTBACK_LIMIT} fit"
        case "uri":
            uri = action["uri"]
            if not uri.startswith(("http://", "https://", "line://", "tel:")):
                yield f"the link of 「{label}」 must begin with https:// or tel:"
            elif len(uri) > URI_LIMIT:
                yield f"the link of 「{label}」 is {len(uri) - URI_LIMIT} characters too long"
    shown = action.get("displayText") or (action.get("text") if action["type"] == "message" else None)
    if shown is not None and utf16(shown) > SHOWN_LIMIT:
        yield f"what 「{label}」 says is {units(utf16(shown) - SHOWN_LIMIT)} too long"


def _length(what: str, words: str, limit: int) -> Iterator[str]:
    if not words:
        yield f"{what} is empty"
    elif utf16(words) > limit:
        yield f"{what} is {units(utf16(words) - limit)} too long ({limit:,} fit)"


def _https(what: str, url: str) -> Iterator[str]:
    if not url.startswith("https://"):
        yield f"{what} must be an https:// address"
    elif len(url) > IMAGE_URL_LIMIT:
        yield f"the address of {what} is {len(url) - IMAGE_URL_LIMIT} characters too long"
