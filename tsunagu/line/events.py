"""LINE's webhook events as we need them, read tolerantly: new types, fields and values arrive unannounced.

Source: LINE Developers, "Webhook event objects".
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from tsunagu.line.postback import Postback

EVENT_ID = re.compile(r"(?!__)[A-Za-z0-9_-]{1,64}")  # a ULID in practice; it becomes a document's name
MESSAGE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")  # digits in practice; conversations remember a hundred of them
REPLY_TOKEN = re.compile(r"[\x21-\x7e]{1,256}")  # 32 characters in practice
USER_ID = re.compile(r"U[0-9a-f]{32}")
LAST_MILLISECOND = 32_503_680_000_000  # the year 3000


@dataclass(frozen=True)
class Place:
    """Degrees north and east; `words` are what the phone calls it, and may be empty. Never in a log."""

    lat: float
    lon: float
    words: str = ""


@dataclass(frozen=True)
class Event:
    """`at` is LINE's timestamp in epoch milliseconds; `text` is a resident's words and must never reach a log."""

    id: str
    kind: str
    at: int
    user: str | None = None
    group: str | None = None  # a group's or room's id; None when the chat is between one person and the city
    reply_token: str | None = None
    message_id: str | None = None
    text: str | None = None
    postback: Postback | None = None
    params: dict[str, str] | None = None  # what a date picker adds to a postback
    mode: str = "active"
    unsent: str | None = None  # the id of the message taken back
    place: Place | None = None  # a location that was sent
    picture: bool = False  # the message is a picture, which LINE keeps for us to fetch by `message_id`


def parse(data: bytes) -> Event | None:
    """The event in `data`, or None where there is not even an id, a type and a time."""
    try:
        raw = json.loads(data)
    except (ValueError, RecursionError):
        return None
    raw = _object(raw)
    identity, kind, at = raw.get("webhookEventId"), raw.get("type"), raw.get("timestamp")
    if not (isinstance(identity, str) and EVENT_ID.fullmatch(identity) and isinstance(kind, str)):
        return None
    # True is an int to Python.
    if type(at) is not int or not 0 <= at < LAST_MILLISECOND:
        return None
    source, message, postback = _object(raw.get("source")), _object(raw.get("message")), _object(raw.get("postback"))
    data_of_button = _text(postback.get("data"))
    return Event(
        id=identity,
        kind=kind,
        at=at,
        user=_like(USER_ID, source.get("userId")),
        group=_text(source.get("groupId")) or _text(source.get("roomId")),
        reply_token=_like(REPLY_TOKEN, raw.get("replyToken")),
        message_id=_like(MESSAGE_ID, message.get("id")),
        text=_text(message.get("text")) if message.get("type") == "text" else None,
        postback=Postback.read(data_of_button) if data_of_button is not None else None,
        params={name: words for name, value in _object(postback.get("params")).items() if (words := _text(value))},
        mode=_text(raw.get("mode")) or "active",
        unsent=_like(MESSAGE_ID, _object(raw.get("unsend")).get("messageId")),
        place=_place(message) if message.get("type") == "location" else None,
        picture=message.get("type") == "image" and _object(message.get("contentProvider")).get("type") == "line",
    )


def _place(message: dict[str, Any]) -> Place | None:
    lat, lon = _degrees(message.get("latitude"), 90), _degrees(message.get("longitude"), 180)
    if lat is None or lon is None:
        return None
    words = [_text(message.get(name)) or "" for name in ("title", "address")]
    return Place(lat, lon, " ".join(part for part in words if part))


def _degrees(value: object, most: int) -> float | None:
    # True is an int to Python; NaN lies between nothing.
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if -most <= value <= most else None


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    """JSON may hold half a surrogate pair, which neither Firestore nor UTF-8 can: it becomes U+FFFD."""
    if not isinstance(value, str):
        return None
    return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def is_user_id(words: str) -> bool:
    """A user id is `U` and 32 hexadecimal digits: 16 bytes, which is how rosters and chunks hold it."""
    return USER_ID.fullmatch(words) is not None


def _like(shape: re.Pattern[str], value: object) -> str | None:
    """What has not the shape that LINE's have is nobody's, and is never stored."""
    return value if isinstance(value, str) and shape.fullmatch(value) else None
