"""What control requests have in common: the platform, the body, and how an event is to be delivered."""

from typing import Any, TypeVar

from flask import current_app, request
from pydantic import BaseModel, ConfigDict, Field

from local.line_platform.doings import Done, How
from local.line_platform.platform import Platform, Stand
from local.line_platform.webhooks import Wishes

PATIENCE = 10.0  # seconds beyond the delay that a waiting request gives an event


class Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Doing(Asked):
    delay: float | None = Field(None, ge=0)  # seconds before the first delivery
    repeat: int | None = Field(None, ge=0)  # further deliveries of the same event
    after: float | tuple[float, float] | None = None  # seconds between them, or from and to
    at: int | None = None  # the event's timestamp, epoch milliseconds
    wait: bool = True  # for the answer to the first delivery
    mode: str = "active"

    def how(self) -> How:
        after = (self.after, self.after) if isinstance(self.after, float) else self.after
        return How(self.at, self.mode, Wishes(self.delay, self.repeat, after))

    def answer(self, done: Done) -> dict[str, Any]:
        """{event, message_id, status, error, took_ms}: status null while the webhook has no answer."""
        line = platform()
        if self.wait and not line.settings.hold:
            done.delivery.done.wait((self.delay or line.settings.delay[1]) + PATIENCE)
        posting = done.delivery.posting
        return {
            "event": done.event["webhookEventId"],
            "message_id": done.message_id,
            "status": None if posting is None else posting.status,
            "error": None if posting is None else posting.error,
            "took_ms": None if posting is None else round(posting.took_ms, 1),
        }


Kind = TypeVar("Kind", bound=Asked)


def platform() -> Platform:
    stand: Stand = current_app.extensions["line_platform"]
    return stand.platform


def body(kind: type[Kind]) -> Kind:
    return kind.model_validate(request.get_json(silent=True, force=True) or {})


def number(name: str, default: int) -> int:
    written = request.args.get(name, "")
    return int(written) if written.lstrip("-").isdecimal() else default


def patience() -> float:
    """Seconds that a long poll may wait: `?timeout=`, at most 60."""
    written = request.args.get("timeout", "0")
    return min(60.0, float(written)) if written.replace(".", "", 1).isdecimal() else 0.0
