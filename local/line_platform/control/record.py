"""What the platform saw: requests, who received what, webhooks."""

from array import array
from collections import Counter
from itertools import compress
from typing import Any

from flask import Blueprint, abort, request

from local.line_platform.control.asked import number, platform
from local.line_platform.friends import FOLLOWING
from local.line_platform.platform import Platform
from local.line_platform.record import Call
from local.line_platform.sending import RATE_LIMIT

control = Blueprint("control_record", __name__, url_prefix="/control")

FOLLOWS = bytes(state == FOLLOWING for state in range(256))


def _calls(line: Platform) -> list[Call]:
    """Under the lock. ?since=SEQ leaves out what is no newer; ?endpoint=; ?key=; ?unit=, an aggregation unit."""
    endpoint, key, unit = (request.args.get(name) for name in ("endpoint", "key", "unit"))
    return [
        call
        for call in line.record.calls[number("since", 0) :]
        if endpoint in (None, call.endpoint) and key in (None, call.key) and unit in (None, call.unit)
    ]


@control.get("/requests")
def requests() -> dict[str, Any]:
    """Every request to the API. ?since=SEQ&endpoint=push&key=UUID&unit=NAME&limit=10000
    → {last, requests: [{seq, at, endpoint, status, request_id, key, ids, delivered, accepted, fault, notes, error,
    took_ms}]}: ids is how many recipients were named, delivered how many it reached; notes say what LINE would
    not."""
    line = platform()
    with line.lock:
        found = _calls(line)[: number("limit", 10_000)]
        return {"last": len(line.record.calls), "requests": [call.summary() for call in found]}


@control.get("/record")
def record() -> dict[str, Any]:
    """Every accepted send. ?since=SEQ&endpoint=&key=&unit=&limit=1000&users=1
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
    """How many sends reached each resident. ?since=SEQ&endpoint=multicast&key=&unit= count only those
    → {user id: count} of residents reached at least once; with ?summary=1 → {residents, sends, by_count: {"1":
    42}}."""
    line = platform()
    with line.lock:
        if request.args.keys() & {"since", "endpoint", "key", "unit"}:
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


@control.get("/deliveries/summary")
def deliveries_in_short() -> dict[str, Any]:
    """Of those who follow now, how many were reached by no send, by one, by more. ?since=SEQ&endpoint=multicast
    &key=&unit= count only those
    → {missed, once, more, requests, accepted, rate_refused, first_accepted_at, last_accepted_at}: rate_refused are the
    requests that met an empty bucket, which were read no further and are known by no unit; the times are epoch
    milliseconds by the machine's clock, null where nothing was accepted."""
    line = platform()
    with line.lock:
        calls = _calls(line)
        reached = [call.delivered for call in calls]
        follows = line.friends.states.translate(FOLLOWS)
    counts = array("I", bytes(4 * len(follows)))
    for places in reached:
        for place in places:
            counts[place] += 1
    people = Counter(compress(counts, follows))
    times = [call.accepted_at for call in calls if call.accepted_at is not None]
    return {
        "missed": people[0],
        "once": people[1],
        "more": people.total() - people[0] - people[1],
        "requests": len(calls),
        "accepted": len(times),
        "rate_refused": sum(_met_an_empty_bucket(call) for call in calls),
        "first_accepted_at": min(times, default=None),
        "last_accepted_at": max(times, default=None),
    }


def _met_an_empty_bucket(call: Call) -> bool:
    return call.status == 429 and call.fault is None and RATE_LIMIT in (call.error or "")


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
