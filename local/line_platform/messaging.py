"""The Messaging API under LINE's own paths."""

import contextlib
import hmac
import json
import socket
import time
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, current_app, request

from local.line_platform import ids, limits, page_tokens, retry_keys, sending
from local.line_platform.check import Checker
from local.line_platform.faults import Fault, Kind
from local.line_platform.platform import BOT_USER_ID, Platform, Stand
from local.line_platform.record import Call
from local.line_platform.sending import Answer, Asked, refuse

api = Blueprint("messaging", __name__, url_prefix="/v2/bot")
checker = Checker()

Deed = Callable[[Platform, Call, bytes], Answer]


def platform() -> Platform:
    stand: Stand = current_app.extensions["line_platform"]
    return stand.platform


def answer(endpoint: str, deed: Deed) -> Response:
    """One request from the bearer token to the record."""
    line = platform()
    begun = time.monotonic()
    with line.lock:
        call = line.record.new_call(line.clock.now(), endpoint, ids.request_id())
    made = _guarded(line, call, deed)
    with line.lock:
        call.took_ms = (time.monotonic() - begun) * 1000
        if made is not None:
            call.status = made.status
            if made.status >= 400:
                call.error = json.dumps(made.body, ensure_ascii=False)
        line.record.version += 1
        line.chats.watched.notify_all()
    if made is None:
        _cut_connection()
        made = Answer(500, {"message": "connection cut"})
    written = json.dumps(made.body, ensure_ascii=False) if made.raw is None else made.raw
    response = Response(written, made.status, content_type="application/json")
    response.headers["x-line-request-id"] = call.request_id
    response.headers.update(made.headers)
    return response


def _guarded(line: Platform, call: Call, deed: Deed) -> Answer | None:
    """The answer, or None where the connection is to break."""
    # A body left unread would be taken for the connection's next request.
    raw = request.get_data()
    call.key = request.headers.get("x-line-retry-key")
    if not hmac.compare_digest(
        request.headers.get("authorization", "").encode(), f"Bearer {line.access_token}".encode()
    ):
        return refuse(401, "Authentication failed. Confirm that the access token in the authorization header is valid.")
    if not line.buckets.take(call.endpoint):
        return refuse(429, sending.RATE_LIMIT)
    if len(raw) > limits.BODY_BYTES:
        return refuse(413, "Request exceeds the max size of 2MB")
    fault = line.faults.draw(call.endpoint, raw)
    if fault is None:
        return deed(line, call, raw)
    call.fault = fault.kind.value
    return _faulty(line, call, deed, raw, fault)


def _faulty(line: Platform, call: Call, deed: Deed, raw: bytes, fault: Fault) -> Answer | None:
    if fault.kind == Kind.AFTER or (fault.kind == Kind.HANG and fault.accepted):
        deed(line, call, raw)
    time.sleep(fault.seconds)
    if fault.kind == Kind.SLOW:
        return deed(line, call, raw)
    if fault.kind == Kind.HANG or fault.cut:
        return None
    usual = sending.RATE_LIMIT if fault.status == 429 else "Internal server error"
    return refuse(fault.status, fault.message or usual)


def _cut_connection() -> None:
    connection = request.environ.get("werkzeug.socket")
    if isinstance(connection, socket.socket):
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)


def _send(endpoint: str, accept: Callable[[Platform, Call, Asked], Answer]) -> Response:
    def deed(line: Platform, call: Call, raw: bytes) -> Answer:
        body = _body(raw)
        if isinstance(body, Answer):
            return body
        key = None if call.key is None else retry_keys.parse(call.key)
        if call.key is not None and endpoint not in retry_keys.ENDPOINTS:
            return refuse(400, "The retry key is not supported by this endpoint")
        if call.key is not None and key is None:
            return refuse(400, "The retry key is invalid: use a UUID")
        to = body.get("to")
        call.ids = len(to) if isinstance(to, list) else int(endpoint != "validate")
        call.to = [to] if isinstance(to, str) else []
        checked = checker.check(endpoint, body)
        if checked.complaints:
            return refuse(400, f"The request body has {len(checked.complaints)} error(s)", checked.complaints)
        call.unit = next(iter(body.get("customAggregationUnits") or []), None)
        return accept(line, call, Asked(body, key, checked.digest))

    return answer(endpoint, deed)


def _body(raw: bytes) -> dict[str, Any] | Answer:
    if request.mimetype != "application/json":
        return refuse(415, f"The content type, {request.mimetype or 'none'}, is not supported")
    try:
        body = json.loads(raw)
    except ValueError:
        return refuse(400, "The request body could not be parsed as JSON")
    return body if isinstance(body, dict) else refuse(400, "The request body must be an object")


@api.post("/message/reply")
def reply() -> Response:
    return _send("reply", sending.reply)


@api.post("/message/push")
def push() -> Response:
    return _send("push", sending.push)


@api.post("/message/multicast")
def multicast() -> Response:
    return _send("multicast", sending.multicast)


@api.post("/message/validate/<kind>")
def validate(kind: str) -> Response:
    """The messages of a request that is not made, with the checks of one that is."""
    if kind not in ("reply", "push", "multicast", "narrowcast", "broadcast"):
        return answer("validate", lambda line, call, raw: refuse(404, "Not found"))
    return _send("validate", lambda line, call, asked: Answer(200, {}))


@api.post("/chat/loading/start")
def loading() -> Response:
    def accept(line: Platform, call: Call, asked: Asked) -> Answer:
        return sending.loading(line, asked.body["chatId"], asked.body.get("loadingSeconds") or 20)

    return _send("loading", accept)


def read(endpoint: str, look: Callable[[Platform], Answer]) -> Response:
    """A request without a body."""

    def deed(line: Platform, call: Call, raw: bytes) -> Answer:
        if call.key is not None:
            return refuse(400, "The retry key is not supported by this endpoint")
        return look(line)

    return answer(endpoint, deed)


@api.get("/profile/<user>")
def profile(user: str) -> Response:
    return read("profile", lambda line: sending.profile(line, user))


@api.get("/message/<message_id>/content")
def content(message_id: str) -> Response:
    return read("content", lambda line: sending.content(line, message_id))


@api.get("/message/quota")
def quota() -> Response:
    def look(line: Platform) -> Answer:
        limit = line.settings.quota
        return Answer(200, {"type": "none"} if limit is None else {"type": "limited", "value": limit})

    return read("quota", look)


@api.get("/message/quota/consumption")
def consumption() -> Response:
    return read("consumption", lambda line: Answer(200, {"totalUsage": line.settings.quota_used}))


@api.get("/followers/ids")
def followers() -> Response:
    def look(line: Platform) -> Answer:
        limit, token = request.args.get("limit", "300"), request.args.get("start")
        if not line.settings.verified:
            return refuse(403, "Access to this API is not available for your account")
        with line.lock:
            now = line.clock.now()
            start = 0 if token is None else page_tokens.number_of(token, now)
            if start is None or not (limit.isdecimal() and 1 <= int(limit) <= 1000):
                return refuse(400, "Invalid limit or continuation token")
            users: list[str] = []
            for number, user in line.friends.following(start):
                if len(users) == int(limit):
                    return Answer(200, {"userIds": users, "next": page_tokens.token_of(number, now)})
                users.append(user)
            return Answer(200, {"userIds": users})

    return read("followers", look)


@api.get("/info")
def info() -> Response:
    def look(line: Platform) -> Answer:
        about = {"userId": BOT_USER_ID, "basicId": "@tsunagu", "displayName": line.settings.account_name}
        return Answer(200, about | {"chatMode": "bot", "markAsReadMode": "auto"})

    return read("info", look)
