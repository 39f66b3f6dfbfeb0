"""Accepts messages: reply tokens, retry keys, quota, and what the platform then delivers."""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from local.line_platform import ids, retry_keys
from local.line_platform.contents import State
from local.line_platform.friends import FOLLOWING, STRANGER
from local.line_platform.platform import Platform
from local.line_platform.record import Call
from local.line_platform.retry_keys import Accepted
from local.line_platform.walk import Complaint

RATE_LIMIT = "The API rate limit has been exceeded. Try again later."
MONTHLY_LIMIT = "You have reached your monthly limit."
NO_SUCH_USER = "Failed to send messages"


@dataclass
class Answer:
    status: int
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None  # in place of the body: a picture


def refuse(status: int, message: str, complaints: list[Complaint] | None = None) -> Answer:
    """An error in LINE's shape."""
    body: dict[str, Any] = {"message": message}
    if complaints:
        body["details"] = [{"message": each.message, "property": each.property} for each in complaints]
    return Answer(status, body)


def reply(platform: Platform, call: Call, body: dict[str, Any]) -> Answer:
    with platform.lock:
        now = platform.clock.now()
        fault = platform.tokens.fault(body["replyToken"], now)
        if fault is not None:
            call.notes.append(fault)
            return refuse(400, "Invalid reply token")
        chat = platform.tokens.use(body["replyToken"])
        call.to = [chat]
        return _deliver(platform, call, [chat], body["messages"])


def push(platform: Platform, call: Call, body: dict[str, Any], key: str | None) -> Answer:
    with platform.lock:
        to = body["to"]
        repeated = _repeated(platform, call, body, key)
        if repeated is not None:
            return repeated
        if to not in platform.chats.groups and platform.friends.number(to) is None:
            call.notes.append("no such user or group")
            return refuse(400, NO_SUCH_USER)
        return _counted(platform, call, [to], body, key)


def multicast(platform: Platform, call: Call, body: dict[str, Any], key: str | None) -> Answer:
    with platform.lock:
        repeated = _repeated(platform, call, body, key)
        if repeated is not None:
            return repeated
        if len(set(body["to"])) < len(body["to"]):
            call.notes.append("an id is named twice")
        return _counted(platform, call, body["to"], body, key)


def _digest(body: dict[str, Any]) -> bytes:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).digest()


def _repeated(platform: Platform, call: Call, body: dict[str, Any], key: str | None) -> Answer | None:
    uuid = None if key is None else retry_keys.parse(key)
    if uuid is None:
        return None
    known = platform.keys.find(uuid, platform.clock.now())
    if known is None:
        return None
    if (known.endpoint, known.digest) != (call.endpoint, _digest(body)):
        call.notes.append("a retry key came again with another request")
        return refuse(400, "The retry key was accepted before with another request")
    answer = refuse(409, "The retry key is already accepted")
    answer.body |= known.answer
    answer.headers["x-line-accepted-request-id"] = known.request_id
    return answer


def _counted(platform: Platform, call: Call, to: list[str], body: dict[str, Any], key: str | None) -> Answer:
    """Delivers what counts towards the monthly quota; a refused request uses no retry key up."""
    settings = platform.settings
    states = platform.friends.states
    reached = 0
    for chat in to:
        if chat in platform.chats.groups:
            reached += len(platform.chats.groups[chat].members)
        elif (number := platform.friends.number(chat)) is not None and states[number] == FOLLOWING:
            reached += 1
    if settings.quota is not None and settings.quota_used + reached > settings.quota:
        return refuse(429, MONTHLY_LIMIT)
    settings.quota_used += reached
    answer = _deliver(platform, call, to, body["messages"])
    uuid = None if key is None else retry_keys.parse(key)
    if uuid is not None:
        accepted = Accepted(call.endpoint, _digest(body), call.request_id, platform.clock.now(), answer.body)
        platform.keys.keep(uuid, accepted)
    return answer


def _deliver(platform: Platform, call: Call, to: list[str], messages: list[dict[str, Any]]) -> Answer:
    call.accepted = True
    call.messages = messages
    call.message_ids = [ids.message_id() for _ in messages]
    platform.chats.deliver(call, to)
    if call.endpoint == "multicast":
        return Answer(200, {})
    sent = [{"id": message_id, "quoteToken": ids.quote_token()} for message_id in call.message_ids]
    return Answer(200, {"sentMessages": sent})


def profile(platform: Platform, user: str) -> Answer:
    with platform.lock:
        number = platform.friends.number(user)
        if number is None or platform.friends.states[number] != FOLLOWING:
            return refuse(404, "Not found")
        known = platform.friends.profile(number)
        language = {} if known.language is None else {"language": known.language}
        return Answer(200, {"userId": user, "displayName": known.name, **language})


def content(platform: Platform, message_id: str) -> Answer:
    """A picture that a resident sent."""
    with platform.lock:
        kept = platform.contents.get(message_id)
        if kept is None:
            return refuse(404, "Not found")
        if kept.state is State.PREPARING:
            return Answer(202, {"message": "The content is being prepared"})
        if kept.state is State.GONE:
            return refuse(410, "The content is gone")
        return Answer(200, {}, {"content-type": kept.kind}, kept.raw)


def loading(platform: Platform, user: str, seconds: int) -> Answer:
    with platform.lock:
        if platform.friends.state(user) not in (None, STRANGER):
            chat = platform.chats.open(user)
            chat.loading_until = platform.clock.now() + seconds * 1000
            platform.chats.touch(chat)
        return Answer(202, {})
