"""What residents do. Every route takes, beside its own, {delay, repeat, after, at, wait, mode} and answers
{event, message_id, status, error, took_ms}: the event's id and what the webhook answered (nulls with wait: false)."""

from typing import Any

from flask import Blueprint, abort
from pydantic import Field

from local.line_platform import doings
from local.line_platform.control.asked import Asked, Doing, body, patience, platform
from local.line_platform.webhooks import signature

control = Blueprint("control_doings", __name__, url_prefix="/control")


class Say(Doing):
    text: str = Field(min_length=1)


class Tap(Doing):
    data: str = Field(min_length=1)
    label: str | None = None
    displayText: str | None = None
    params: dict[str, str] | None = None


class Unsend(Doing):
    message_id: str


class Join(Doing):
    members: list[str] = Field(min_length=1)
    name: str = "グループ"


class GroupSay(Say):
    user: str


class GroupTap(Tap):
    user: str


class GroupUnsend(Unsend):
    user: str


class Raw(Doing):
    event: dict[str, Any] | None = None
    events: list[dict[str, Any]] | None = None


class RawBody(Asked):
    body: str
    signature: str | None = None
    signed: bool = True


class Again(Asked):
    delay: float = Field(0.0, ge=0)
    redelivery: bool = True


class Release(Asked):
    order: list[int] | None = None
    together: bool = False


@control.post("/residents/<user>/follow")
def follow(user: str) -> dict[str, Any]:
    """{} : adds the account as a friend; after a block, unblocks it (isUnblocked true)."""
    asked = body(Doing)
    return asked.answer(doings.follow(platform(), user, asked.how()))


@control.post("/residents/<user>/unblock")
def unblock(user: str) -> dict[str, Any]:
    """{} : the same as follow after a block."""
    return follow(user)


@control.post("/residents/<user>/block")
def block(user: str) -> dict[str, Any]:
    """{} : blocks the account; what is sent to the resident from now on still gets 200, and does not arrive."""
    asked = body(Doing)
    return asked.answer(doings.block(platform(), user, asked.how()))


@control.post("/residents/<user>/say")
def say(user: str) -> dict[str, Any]:
    """{text} : a text message."""
    asked = body(Say)
    return asked.answer(doings.say(platform(), user, asked.text, asked.how()))


@control.post("/residents/<user>/tap")
def tap(user: str) -> dict[str, Any]:
    """{data, displayText: null, label: null, params: null} : a postback, as a button sends it. Only displayText is
    shown."""
    asked = body(Tap)
    return asked.answer(doings.tap(platform(), user, asked.data, asked.params, asked.displayText, asked.how()))


@control.post("/residents/<user>/unsend")
def unsend(user: str) -> dict[str, Any]:
    """{message_id} : takes back one of the resident's own messages."""
    asked = body(Unsend)
    return asked.answer(doings.unsend(platform(), user, asked.message_id, asked.how()))


@control.post("/groups")
def join() -> dict[str, Any]:
    """{members: [id…], name} : a group that the account is invited to and joins. Answers also {group}."""
    asked = body(Join)
    group, done = doings.join(platform(), asked.members, asked.name, asked.how())
    return asked.answer(done) | {"group": group.id}


@control.post("/groups/<group>/say")
def say_in_group(group: str) -> dict[str, Any]:
    """{user, text} : a text message in a group. "@" and the account's name in the text is a mention."""
    asked = body(GroupSay)
    return asked.answer(doings.say(platform(), asked.user, asked.text, asked.how(), group))


@control.post("/groups/<group>/tap")
def tap_in_group(group: str) -> dict[str, Any]:
    """{user, data, displayText: null, label: null, params: null} : a postback in a group."""
    asked = body(GroupTap)
    done = doings.tap(platform(), asked.user, asked.data, asked.params, asked.displayText, asked.how(), group)
    return asked.answer(done)


@control.post("/groups/<group>/unsend")
def unsend_in_group(group: str) -> dict[str, Any]:
    """{user, message_id} : takes back a message in a group."""
    asked = body(GroupUnsend)
    return asked.answer(doings.unsend(platform(), asked.user, asked.message_id, asked.how(), group))


@control.post("/groups/<group>/leave")
def leave(group: str) -> dict[str, Any]:
    """{} : the account is removed from the group."""
    asked = body(Doing)
    return asked.answer(doings.leave(platform(), group, asked.how()))


@control.post("/events")
def raw_event() -> dict[str, Any]:
    """{event: {...}} or {events: [...]} : events of the test's own making, several in one webhook. webhookEventId,
    timestamp, mode and deliveryContext are filled in where missing; a replyToken given here can be replied to."""
    asked = body(Raw)
    if asked.event is not None:
        return asked.answer(doings.raw(platform(), asked.event, asked.how()))
    return asked.answer(doings.together(platform(), asked.events or [], asked.how()))


@control.post("/webhook")
def raw_body() -> dict[str, Any]:
    """{body, signature: null, signed: true} : posts these very bytes, with the right signature, the one given, or
    none. → {status, error, took_ms}."""
    asked = body(RawBody)
    line = platform()
    raw = asked.body.encode()
    signed = (asked.signature or signature(line.channel_secret, raw)) if asked.signed else None
    posting = line.webhooks.post_raw(raw, signed, [], False)
    return {"status": posting.status, "error": posting.error, "took_ms": round(posting.took_ms, 1)}


@control.get("/events/<event>")
def event(event: str) -> dict[str, Any]:
    """→ the event as it was sent first."""
    known = platform().events.get(event)
    if known is None:
        abort(404)
    return known


@control.post("/events/<event>/repeat")
def repeat(event: str) -> dict[str, Any]:
    """{delay: 0, redelivery: true} : delivers an event once more. → {event}."""
    asked = body(Again)
    line = platform()
    known = line.events.get(event)
    if known is None:
        abort(404)
    line.webhooks.again(known, asked.delay, asked.redelivery)
    return {"event": event}


@control.get("/held")
def held() -> dict[str, Any]:
    """→ {events: [event…]} kept back since the setting `hold` was switched on, in the order they came."""
    line = platform()
    with line.lock:
        return {"events": [event for event, _, _ in line.webhooks.held]}


@control.post("/release")
def release() -> dict[str, Any]:
    """{order: null, together: false} : sends what was held, one after another, each waiting for the answer to the
    one before. `order` lists positions of /control/held (those left out are dropped). → {released}."""
    asked = body(Release)
    line = platform()
    return {"released": line.webhooks.release(asked.order, asked.together)}


@control.get("/pending")
def pending() -> dict[str, Any]:
    """→ {pending}: deliveries due or under way. ?timeout=30 waits until there are none."""
    return {"pending": platform().webhooks.timetable.wait_idle(patience())}
