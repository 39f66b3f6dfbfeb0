"""Checks the body of a request: its shape by the SDK's models, and the limits those miss."""

import hashlib
import json
import re
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import Any

from linebot.v3.messaging.models import (
    MulticastRequest,
    PushMessageRequest,
    ReplyMessageRequest,
    ShowLoadingAnimationRequest,
    ValidateMessageRequest,
)
from pydantic.v1 import BaseModel

from local.line_platform import limits
from local.line_platform.message_rules import RULES
from local.line_platform.walk import Complaint, Place, walk

USER = re.compile(r"U[0-9a-f]{32}\Z")
USERS = re.compile(r"(?:U[0-9a-f]{32},)+")
USER_LETTERS = 34  # with the comma
CHAT = re.compile(r"[UCR][0-9a-f]{32}\Z")
UNIT = re.compile(r"[A-Za-z0-9_]{1,30}\Z")
MODELS: dict[str, type[BaseModel]] = {
    "reply": ReplyMessageRequest,
    "push": PushMessageRequest,
    "multicast": MulticastRequest,
    "loading": ShowLoadingAnimationRequest,
    "validate": ValidateMessageRequest,
}
REMEMBERED = 512


@dataclass(frozen=True)
class Checked:
    """All that is wrong with a body, and its digest, which is the same in whatever order its properties come."""

    complaints: list[Complaint]
    digest: bytes


class Checker:
    """A broadcast repeats its messages in every slice, so what was found about them is remembered."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._found: OrderedDict[bytes, list[Complaint]] = OrderedDict()

    def check(self, endpoint: str, body: dict[str, Any]) -> Checked:
        """The body of a request to `endpoint`."""
        to = body.get("to")
        if endpoint != "multicast" or not isinstance(to, list):
            return self._check(endpoint, body)
        # Five hundred ids through the model cost more than all the rest; they are checked here instead.
        rest = self._check(endpoint, body | {"to": ["U" + "0" * 32]})
        line = _one_line(to)
        if line is None or len(to) > limits.MULTICAST_IDS:
            return Checked([*_wrong_ids(to), *rest.complaints], rest.digest)
        return Checked(rest.complaints, hashlib.sha256(rest.digest + line.encode()).digest())

    def _check(self, endpoint: str, body: dict[str, Any]) -> Checked:
        written = json.dumps([endpoint, body], sort_keys=True).encode()
        digest = hashlib.sha256(written).digest()
        with self._lock:
            found = self._found.get(digest)
            if found is not None:
                self._found.move_to_end(digest)
        if found is None:
            found = [*walk(MODELS[endpoint], body, Place(""), RULES), *_envelope(endpoint, body)]
            with self._lock:
                self._found[digest] = found
                while len(self._found) > REMEMBERED:
                    self._found.popitem(last=False)
        return Checked(found, digest)


def _one_line(to: list[Any]) -> str | None:
    """All user ids in one line; None where one of them is none. One look at it takes a quarter of one at each id."""
    try:
        line = ",".join(to) + ","
    except TypeError:
        return None
    return line if len(line) == len(to) * USER_LETTERS and USERS.fullmatch(line) else None


def _wrong_ids(to: list[Any]) -> list[Complaint]:
    if not 1 <= len(to) <= limits.MULTICAST_IDS:
        return [Complaint("to", f"Size must be between 1 and {limits.MULTICAST_IDS}")]
    return [
        Complaint(f"to[{place}]", "invalid user id")
        for place, user in enumerate(to)
        if not (isinstance(user, str) and USER.match(user))
    ]


def _envelope(endpoint: str, body: dict[str, Any]) -> list[Complaint]:
    complaints = []
    if endpoint == "push" and isinstance(body.get("to"), str) and not CHAT.match(body["to"]):
        complaints.append(Complaint("to", "invalid user, group or room id"))
    if endpoint == "loading":
        if isinstance(body.get("chatId"), str) and not USER.match(body["chatId"]):
            complaints.append(Complaint("chatId", "invalid user id"))
        seconds = body.get("loadingSeconds")
        if isinstance(seconds, int) and seconds % 5:
            complaints.append(Complaint("loadingSeconds", "must be a multiple of 5"))
    units = body.get("customAggregationUnits")
    if isinstance(units, list):
        if len(units) > 1:
            complaints.append(Complaint("customAggregationUnits", "Size must be between 0 and 1"))
        complaints += [
            Complaint(f"customAggregationUnits[{place}]", "must be 1 to 30 letters, digits or underscores")
            for place, unit in enumerate(units)
            if not (isinstance(unit, str) and UNIT.match(unit))
        ]
    return complaints
