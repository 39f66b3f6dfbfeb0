"""Every event of LINE's, and what may be wrong with one: a field gone, or of another type.

Source: LINE Developers, Messaging API reference, "Webhook event objects".
"""

import copy
from collections.abc import Iterator
from typing import Any

Event = dict[str, Any]
Path = tuple[str | int, ...]

MESSAGES: dict[str, Event] = {
    "text": {
        "text": "こんにちは @all (love)",
        "quoteToken": "q3Plxr4AgKd",
        "quotedMessageId": "468789577898262530",
        "emojis": [{"index": 14, "length": 6, "productId": "5ac1bfd5040ab15980c9b435", "emojiId": "001"}],
        "mention": {
            "mentionees": [{"index": 6, "length": 4, "type": "user", "userId": "U" + "1" * 32, "isSelf": True}]
        },
    },
    "image": {"contentProvider": {"type": "line"}, "imageSet": {"id": "E005D41A7288F41B65", "index": 1, "total": 2}},
    "video": {"duration": 60000, "contentProvider": {"type": "external", "originalContentUrl": "https://a.example/v"}},
    "audio": {"duration": 60000, "contentProvider": {"type": "line"}},
    "file": {"fileName": "file.txt", "fileSize": 2138},
    "location": {"title": "my location", "address": "熊本市中央区手取本町1-1", "latitude": 32.8, "longitude": 130.7},
    "sticker": {"packageId": "446", "stickerId": "1988", "stickerResourceType": "STATIC", "keywords": ["cony"]},
}
OTHERS: dict[str, Event] = {
    "messageEdited": {"message": {"id": "444573844083572737", "type": "text", "text": "直しました"}},
    "unsend": {"unsend": {"messageId": "325708"}},
    "follow": {"follow": {"isUnblocked": False}},
    "unfollow": {},
    "join": {},
    "leave": {},
    "memberJoined": {"joined": {"members": [{"type": "user", "userId": "U" + "2" * 32}]}},
    "memberLeft": {"left": {"members": [{"type": "user", "userId": "U" + "2" * 32}]}},
    "accountLink": {"link": {"result": "ok", "nonce": "xxxxxxxxxxxxxxx"}},
    "beacon": {"beacon": {"hwid": "d41d8cd98f", "type": "enter", "dm": "1234567890abcdef"}},
    "videoPlayComplete": {"videoPlayComplete": {"trackingId": "track-id"}},
    "membership": {"membership": {"type": "joined", "membershipId": 3189}},
    "module": {"module": {"type": "attached", "botId": "U" + "3" * 32, "scopes": ["message:send"]}},
    "activated": {"chatControl": {"expireAt": 1462629479859}},
    "deactivated": {},
    "botSuspended": {},
    "botResumed": {},
    "delivery": {
        "delivery": {"data": "15034552939884E28681A7D668CEA94C147C716C0EC9DFE8B80B44EF3B57F6BD0602366BC3menu01"}
    },
    "nothingKnown": {"nothingKnown": {"a": [1, {"b": None}]}},
}
POSTBACKS = (
    "residents/settings", "residents/go?step=ward", "residents/choose?step=ward&v=chuo", "residents/stop",
    "residents/choose?step=topics&v=health&on=1", "surveys/list", "surveys/start?s=words",
    "surveys/answer?s=words&q=how&v=1", "surveys/pick?s=words&q=day", "elsewhere/what?x=%ff%00",
)  # fmt: skip
WORDS = ("設定", "アンケート", "停止", "再開", "ヘルプ", "中央区")
INSTEAD: tuple[Any, ...] = (
    None, True, 7, 10**400, "", "x" * 50_000, "\ud83d", "__x__", [None], {"a": {"b": []}},
)  # fmt: skip


def every_kind() -> Iterator[Event]:
    """One of each, as it is whole, without source, id and time."""
    for kind, fields in MESSAGES.items():
        yield {"type": "message", "message": {"id": "468789577898262529", "type": kind, **fields}}
    for words in WORDS:
        yield {"type": "message", "message": {"id": "468789577898262529", "type": "text", "text": words}}
    for data in POSTBACKS:
        yield {"type": "postback", "postback": {"data": data, "params": {"date": "2026-11-22"}}}
    for kind, fields in OTHERS.items():
        yield {"type": kind, **fields}


def whole(kind: Event, user: str) -> Event:
    return {
        **kind,
        "webhookEventId": "01HZZZZZZZZZZZZZZZZZZZZZZZ",
        "timestamp": 1_795_000_000_000,
        "mode": "active",
        "replyToken": "nHuyWiB7yP5Zw52FIkcQobQuGDXCTA",
        "source": {"type": "user", "userId": user},
        "deliveryContext": {"isRedelivery": False},
    }


def spoilt(event: Event) -> Iterator[Event]:
    """The event with each of its fields in turn gone, or replaced by a value of each other type."""
    for path in list(paths(event)):
        *above, last = path
        for value in INSTEAD:
            changed = copy.deepcopy(event)
            part = changed
            for step in above:
                part = part[step]  # type: ignore[index]
            part[last] = value  # type: ignore[index]
            yield changed
        changed = copy.deepcopy(event)
        part = changed
        for step in above:
            part = part[step]  # type: ignore[index]
        del part[last]  # type: ignore[arg-type]
        yield changed


def paths(part: Any, here: Path = ()) -> Iterator[Path]:
    steps = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for step, inner in steps:
        yield (*here, step)
        yield from paths(inner, (*here, step))
