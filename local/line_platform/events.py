"""Webhook events as LINE writes them."""

from typing import Any

from local.line_platform import ids
from local.line_platform.limits import utf16

Event = dict[str, Any]


def user(user_id: str) -> dict[str, str]:
    return {"type": "user", "userId": user_id}


def group(group_id: str, user_id: str | None = None) -> dict[str, str]:
    source = {"type": "group", "groupId": group_id}
    return source if user_id is None else source | {"userId": user_id}


def event(kind: str, at: int, source: dict[str, str] | None, replyable: bool, mode: str = "active") -> Event:
    """What all events share. `replyable` ones carry a reply token, unless the channel is on standby."""
    made: Event = {"type": kind, "mode": mode, "timestamp": at}
    if source is not None:
        made["source"] = source
    made |= {"webhookEventId": ids.event_id(at), "deliveryContext": {"isRedelivery": False}}
    if replyable and mode == "active":
        made["replyToken"] = ids.reply_token()
    return made


def text(message_id: str, words: str, mention_units: tuple[int, int] | None = None) -> dict[str, Any]:
    message: dict[str, Any] = {"id": message_id, "type": "text", "quoteToken": ids.quote_token(), "text": words}
    if mention_units is not None:
        index, length = mention_units
        message["mention"] = {"mentionees": [{"index": index, "length": length, "type": "user", "isSelf": True}]}
    return message


def location(message_id: str, place: dict[str, Any]) -> dict[str, Any]:
    """`place` has latitude and longitude, and title and address where the resident's phone knows them."""
    return {"id": message_id, "type": "location"} | {name: value for name, value in place.items() if value is not None}


def image(message_id: str) -> dict[str, Any]:
    provider = {"type": "line"}
    return {"id": message_id, "type": "image", "quoteToken": ids.quote_token(), "contentProvider": provider}


def mention_of(account: str, words: str) -> tuple[int, int] | None:
    """Where a group message names the account, in UTF-16 units."""
    name = f"@{account}"
    start = words.find(name)
    return None if start < 0 else (utf16(words[:start]), utf16(name))


def postback(data: str, params: dict[str, str] | None) -> dict[str, Any]:
    return {"data": data} if params is None else {"data": data, "params": params}
