"""What residents do. Every route takes, beside its own, {delay, repeat, after, at, wait, mode} and answers
{event, message_id, status, error, took_ms}: the event's id and what the webhook answered (nulls with wait: false)."""

import base64
from typing import Annotated, Any

from flask import Blueprint, Response, abort
from pydantic import BeforeValidator, Field

from local.line_platform import doings
from local.line_platform.contents import Content, State
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


class Location(Doing):
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    title: str | None = Field(None, max_length=100)
    address: str | None = Field(None, max_length=100)


def _decoded(written: object) -> bytes:
    if not isinstance(written, str):
        raise ValueError("base64 is needed")
    return base64.b64decode(written, validate=True)


class Picture(Doing):
    picture: Annotated[bytes, BeforeValidator(_decoded)] = Field(min_length=1)
    kind: str = Field("image/jpeg", pattern=r"image/(jpeg|png|gif|webp)")
    state: State = State.READY


class ContentState(Asked):
    state: State


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


@control.post("/residents/<user>/location")
def location(user: str) -> dict[str, Any]:
    """{latitude, longitude, title: null, address: null} : a location."""
    asked = body(Location)
    place = {"title": asked.title, "address": asked.address, "latitude": asked.latitude, "longitude": asked.longitude}
    return asked.answer(doings.send_location(platform(), user, place, asked.how()))


@control.post("/residents/<user>/picture")
def picture(user: str) -> dict[str, Any]:
    """{picture: base64, kind: "image/jpeg", state: "ready"} : a picture. The city fetches it at LINE's
    /v2/bot/message/{message_id}/content; preparing answers 202 there, gone 410."""
    asked = body(Picture)
    content = Content(asked.picture, asked.kind, asked.state)
    return asked.answer(doings.send_picture(platform(), user, content, asked.how()))


@control.get("/contents/<message_id>")
def content(message_id: str) -> Response:
    """→ the picture itself, as the phone that sent it shows it, whatever its state."""
    line = platform()
    with line.lock:
        kept = line.contents.get(message_id)
    if kept is None or not kept.raw:
        abort(404)
    return Response(kept.raw, content_type=kept.kind, headers={"x-content-type-options": "nosniff"})


@control.post("/contents/<message_id>")
def set_state(message_id: str) -> dict[str, Any]:
    """{state: ready|preparing|gone} : what the city gets of this picture from now on. → {state}."""
    asked = body(ContentState)
    line = platform()
    with line.lock:
        kept = line.contents.get(message_id)
        if kept is None:
            abort(404)
        if not kept.raw:
            raise doings.Impossible("the picture was taken back")
        kept.state = asked.state
    return {"state": kept.state}


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
