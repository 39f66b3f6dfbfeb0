"""Settings, faults, the clock, a new beginning."""

from typing import Any

from flask import Blueprint, current_app, request
from pydantic import Field, ValidationError

from local.line_platform.control.asked import Asked, body, platform
from local.line_platform.faults import Fault, Kind
from local.line_platform.limits import RATES
from local.line_platform.platform import Stand

control = Blueprint("control_settings", __name__, url_prefix="/control")


class NewFault(Asked):
    endpoint: str = "*"
    kind: Kind
    probability: float = Field(1.0, ge=0, le=1)
    count: int | None = Field(None, ge=1)
    status: int = Field(500, ge=400, le=599)
    seconds: float | None = Field(None, ge=0)
    cut: bool = False
    accepted: bool = False
    message: str | None = None
    user: str | None = None
    words: str | None = None


class Buckets(Asked):
    capacity: float | None = Field(None, ge=1)
    rates: dict[str, float] = Field(default_factory=dict)


class ClockAhead(Asked):
    ahead: float


USUAL_SECONDS = {Kind.HANG: 30.0, Kind.SLOW: 1.0}


@control.get("/settings")
def settings() -> dict[str, Any]:
    """→ every setting, with its value."""
    line = platform()
    limits = {"capacity": line.buckets.capacity, "rates": line.buckets.rates}
    return line.settings.model_dump() | {"buckets": limits, "clock_ahead": line.clock.ahead}


@control.post("/settings")
def change() -> dict[str, Any] | tuple[dict[str, Any], int]:
    """Any of {webhook, account_name, verified, redelivery, redelivery_after: [s…], repeat_probability,
    repeat_after: [from, to], delay_probability, delay: [from, to], quota, quota_used, hold, random_seed,
    media: {prefix: address}} → all settings. random_seed starts the chances anew.
    """
    line = platform()
    given = request.get_json(silent=True, force=True) or {}
    if not isinstance(given, dict):
        return {"message": "an object is needed"}, 400
    unknown = given.keys() - type(line.settings).model_fields.keys()
    if unknown:
        return {"message": f"unknown settings: {', '.join(sorted(unknown))}"}, 400
    with line.lock:
        # All or nothing: a fault in one setting leaves the others as they were.
        type(line.settings).model_validate(line.settings.model_dump() | given)
        for name, value in given.items():
            setattr(line.settings, name, value)
        if "random_seed" in given:
            line.webhooks.chance.seed(line.settings.random_seed)
        line.chats.touch()
    return settings()


@control.post("/buckets")
def buckets() -> dict[str, Any]:
    """{capacity: null, rates: {multicast: 200}} : requests a second for each endpoint; all buckets start full. →
    all settings."""
    asked = body(Buckets)
    unknown = asked.rates.keys() - RATES.keys()
    if unknown:
        raise ValidationError.from_exception_data(
            "buckets", [{"type": "value_error", "loc": ("rates",), "input": asked.rates, "ctx": {"error": "unknown"}}]
        )
    platform().buckets.change(asked.rates, asked.capacity)
    _tell_the_page()
    return settings()


@control.post("/faults")
def order() -> dict[str, Any]:
    """{endpoint: "*", kind, probability: 1, count: null, status: 500, seconds, cut: false, accepted: false,
    message, user, words}

    kind: before (nothing is accepted, then status or a cut connection), after (accepted, then status or a cut
    connection), hang (no answer for `seconds`, 30, then the connection is cut; accepted first if `accepted`), slow
    (`seconds` late, 1, then normal), status (nothing accepted; 429 has LINE's rate text unless `message` says
    otherwise). `user`: only requests that name this id: with multicast, status and 400 an id for which LINE refuses a
    whole request; `words`: only those that hold these words. endpoint: reply push multicast validate profile quota
    consumption followers info loading content units insight. → {id}.
    """
    asked = body(NewFault)
    given = asked.model_dump() | {"id": 0}
    given["seconds"] = USUAL_SECONDS.get(asked.kind, 0.0) if asked.seconds is None else asked.seconds
    ordered = platform().faults.order(Fault(**given))
    _tell_the_page()
    return {"id": ordered.id}


@control.get("/faults")
def faults() -> dict[str, Any]:
    """→ {faults: [{id, …, hits}]}."""
    return {"faults": [dict(fault.__dict__) for fault in platform().faults.ordered]}


@control.delete("/faults")
@control.delete("/faults/<int:fault>")
def cancel(fault: int | None = None) -> dict[str, Any]:
    """Cancels one fault or all. → {cancelled}."""
    cancelled = platform().faults.cancel(fault)
    _tell_the_page()
    return {"cancelled": cancelled}


def _tell_the_page() -> None:
    line = platform()
    with line.lock:
        line.chats.touch()


@control.post("/clock")
def clock() -> dict[str, Any]:
    """{ahead} : seconds that the platform's clock is ahead of the machine's (reply tokens, retry keys, timestamps).
    → {now}."""
    line = platform()
    with line.lock:
        line.clock.ahead = body(ClockAhead).ahead
        line.chats.touch()
    return {"now": line.clock.now()}


@control.post("/reset")
def reset() -> dict[str, Any]:
    """{} : forgets everybody and everything; settings are again those of the command line. → {}."""
    stand: Stand = current_app.extensions["line_platform"]
    stand.reset()
    return {}


@control.get("/health")
def health() -> dict[str, Any]:
    """→ {ok: true} once the platform answers."""
    return {"ok": True}
