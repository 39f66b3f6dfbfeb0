"""Accepts messages: reply tokens, retry keys, quota, and what the platform then delivers."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from local.line_platform import ids
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


@dataclass(frozen=True)
class Asked:
    """A request that is well-formed. `digest` tells its body from others, however it is written."""

    body: dict[str, Any]
    key: UUID | None
    digest: bytes


def reply(platform: Platform, call: Call, asked: Asked) -> Answer:
    with platform.lock:
        token = asked.body["replyToken"]
        fault = platform.tokens.fault(token, platform.clock.now())
        if fault is not None:
            call.notes.append(fault)
            return refuse(400, "Invalid reply token")
        chat = platform.tokens.use(token)
        call.to = [chat]
        return _deliver(platform, call, [chat], platform.friends.reachable([chat]), asked.body["messages"])


def push(platform: Platform, call: Call, asked: Asked) -> Answer:
    with platform.lock:
        to = asked.body["to"]
        repeated = _repeated(platform, call, asked)
        if repeated is not None:
            return repeated
        if to not in platform.chats.groups and platform.friends.number(to) is None:
            call.notes.append("no such user or group")
            return refuse(400, NO_SUCH_USER)
        return _counted(platform, call, [to], asked)


def multicast(platform: Platform, call: Call, asked: Asked) -> Answer:
    with platform.lock:
        to = asked.body["to"]
        repeated = _repeated(platform, call, asked)
        if repeated is not None:
            return repeated
        if len(set(to)) < len(to):
            call.notes.append("an id is named twice")
        return _counted(platform, call, to, asked)


def _repeated(platform: Platform, call: Call, asked: Asked) -> Answer | None:
    known = None if asked.key is None else platform.keys.find(asked.key, platform.clock.now())
    if known is None:
        return None
    if (known.endpoint, known.digest) != (call.endpoint, asked.digest):
        call.notes.append("a retry key came again with another request")
        return refuse(400, "The retry key was accepted before with another request")
    answer = refuse(409, "The retry key is already accepted")
    answer.body |= known.answer
    answer.headers["x-line-accepted-request-id"] = known.request_id
    return answer


def _counted(platform: Platform, call: Call, to: list[str], asked: Asked) -> Answer:
    """Delivers what counts towards the monthly quota; a refused request uses no retry key up."""
    settings, groups, now = platform.settings, platform.chats.groups, platform.clock.now()
    numbers = platform.friends.reachable(to)
    reached = len(numbers) + sum(len(groups[chat].members) for chat in to if chat in groups)
    if settings.quota is not None and settings.quota_used + reached > settings.quota:
        return refuse(429, MONTHLY_LIMIT)
    settings.quota_used += reached
    if call.unit is not None and not platform.units.use(call.unit, now):
        # LINE sends all the same, and tells nobody.
        call.notes.append("the month has no room for another aggregation unit: it was not assigned")
    answer = _deliver(platform, call, to, numbers, asked.body["messages"])
    if asked.key is not None:
        platform.keys.keep(asked.key, Accepted(call.endpoint, asked.digest, call.request_id, now, answer.body))
    return answer


def _deliver(
    platform: Platform, call: Call, to: list[str], numbers: list[int], messages: list[dict[str, Any]]
) -> Answer:
    call.accepted_at = platform.clock.exact()
    call.messages = messages
    call.message_ids = [ids.message_id() for _ in messages]
    platform.chats.deliver(call, to, numbers)
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
