"""What the platform saw: requests, who received what, webhooks."""

from collections import Counter
from typing import Any

from flask import Blueprint, abort, request

from local.line_platform.control.asked import number, platform
from local.line_platform.platform import Platform
from local.line_platform.record import Call

control = Blueprint("control_record", __name__, url_prefix="/control")


def _calls(line: Platform) -> list[Call]:
    """Under the lock. ?since=SEQ leaves out what is no newer; ?endpoint=; ?key=."""
    endpoint, key = request.args.get("endpoint"), request.args.get("key")
    return [
        call
        for call in line.record.calls[number("since", 0) :]
        if endpoint in (None, call.endpoint) and key in (None, call.key)
    ]


@control.get("/requests")
def requests() -> dict[str, Any]:
    """Every request to the API. ?since=SEQ&endpoint=push&key=UUID&limit=10000
    → {last, requests: [{seq, at, endpoint, status, request_id, key, ids, delivered, accepted, fault, notes, error,
    took_ms}]}: ids is how many recipients were named, delivered how many it reached; notes say what LINE would
    not."""
    line = platform()
    with line.lock:
        found = _calls(line)[: number("limit", 10_000)]
        return {"last": len(line.record.calls), "requests": [call.summary() for call in found]}


@control.get("/record")
def record() -> dict[str, Any]:
    """Every accepted send. ?since=SEQ&endpoint=&key=&limit=1000&users=1
    → {last, sends: [{…as in /control/requests, messages, message_ids, users: [id…]}]}: users are those it reached
    (with users=0 they are left out)."""
    line = platform()
    users = number("users", 1)
    with line.lock:
        found = [call for call in _calls(line) if call.accepted][: number("limit", 1_000)]
        sends = []
        for call in found:
            send = call.summary() | {"messages": call.messages, "message_ids": call.message_ids, "to": list(call.to)}
            if users:
                send["users"] = [line.friends.users[place] for place in call.delivered]
            sends.append(send)
        return {"last": len(line.record.calls), "sends": sends}


@control.get("/deliveries")
def deliveries() -> dict[str, Any]:
    """How many sends reached each resident. ?since=SEQ&endpoint=multicast count only those
    → {user id: count} of residents reached at least once; with ?summary=1 → {residents, sends, by_count: {"1":
    42}}."""
    line = platform()
    with line.lock:
        if request.args.keys() & {"since", "endpoint", "key"}:
            counts: Counter[int] = Counter()
            for call in _calls(line):
                counts.update(call.delivered)
        else:
            counts = Counter({place: count for place, count in enumerate(line.friends.delivered) if count})
        if number("summary", 0):
            by_count = Counter(counts.values())
            return {
                "residents": len(counts),
                "sends": counts.total(),
                "by_count": {str(count): by_count[count] for count in sorted(by_count)},
            }
        return {line.friends.users[place]: count for place, count in counts.items()}


@control.get("/webhooks")
def webhooks() -> dict[str, Any]:
    """Every try to deliver a webhook. ?since=SEQ
    → {last, webhooks: [{seq, at, events, kinds, chats, redelivery, status, error, took_ms}]}."""
    line = platform()
    with line.lock:
        found = line.record.postings[number("since", 0) :]
        return {"last": len(line.record.postings), "webhooks": [posting.summary() for posting in found]}


@control.get("/requests/<int:seq>")
def one_request(seq: int) -> dict[str, Any]:
    """→ one request as in /control/record, whether accepted or not."""
    line = platform()
    with line.lock:
        if not 1 <= seq <= len(line.record.calls):
            abort(404)
        call = line.record.calls[seq - 1]
        return call.summary() | {"messages": call.messages, "message_ids": call.message_ids, "to": list(call.to)}
