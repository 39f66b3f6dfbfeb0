"""Calls to LINE through line-bot-sdk, each with a time limit; an answer is always a `Sent`, never an exception.

Bodies go as plain dictionaries: the SDK's models cost four times the CPU and drop what they do not know in silence.
What we send is checked when it is written (`messages.faults`).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from linebot.v3.messaging import ApiClient, Configuration
from linebot.v3.messaging.exceptions import ApiException
from urllib3.exceptions import HTTPError

from tsunagu.line.messages import Message
from tsunagu.line.outcomes import Outcome, outcome_of

TIMEOUT = (3, 10)  # seconds to connect, to read; the SDK's own default is for ever


@dataclass(frozen=True)
class Sent:
    """`detail` is LINE's own words about a request it did not take; `answer` its JSON, if any."""

    outcome: Outcome
    status: int | None
    request_id: str
    detail: str
    answer: Mapping[str, Any]


class Line:
    """One channel. May be shared by threads."""

    def __init__(self, token: str, api_url: str) -> None:
        self._api = ApiClient(Configuration(host=api_url.rstrip("/"), access_token=token))

    def multicast(self, users: Sequence[str], messages: Sequence[Message], retry_key: UUID) -> Sent:
        return self.call("POST", "/v2/bot/message/multicast", {"to": list(users), "messages": messages}, retry_key)

    def push(self, user: str, messages: Sequence[Message], retry_key: UUID) -> Sent:
        return self.call("POST", "/v2/bot/message/push", {"to": user, "messages": messages}, retry_key)

    def reply(self, token: str, messages: Sequence[Message]) -> Sent:
        """Takes no retry key: after UNKNOWN it may have been delivered."""
        return self.call("POST", "/v2/bot/message/reply", {"replyToken": token, "messages": messages})

    def quota_is_used_up(self) -> bool:
        """Asks LINE whether a 429 is about the month's messages; False where LINE does not say."""
        quota = self.call("GET", "/v2/bot/message/quota").answer
        if quota.get("type") != "limited":
            return False
        used = self.call("GET", "/v2/bot/message/quota/consumption").answer.get("totalUsage", 0)
        return int(used) >= int(quota.get("value", 0))

    def call(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, retry_key: UUID | None = None
    ) -> Sent:
        headers = {"Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if retry_key is not None:
            headers["X-Line-Retry-Key"] = str(retry_key)
        try:
            response = self._api.call_api(
                path, method, header_params=headers, body=body, response_types_map={}, _request_timeout=TIMEOUT
            )
            status, answered, text = response.status_code, response.headers, response.raw_data
        except ApiException as error:
            status, answered, text = error.status or 0, error.headers or {}, error.body or ""
        except (HTTPError, OSError) as error:
            return Sent(Outcome.UNKNOWN, None, "", type(error).__name__, {})
        try:
            answer = json.loads(text)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            answer = {}
        outcome = outcome_of(status, text)
        accepted_before = answered.get("x-line-accepted-request-id") if status == 409 else None
        return Sent(
            outcome,
            status,
            accepted_before or answered.get("x-line-request-id") or "",
            "" if outcome is Outcome.ACCEPTED else _words(answer) or text[:300],
            answer,
        )


def _words(answer: Mapping[str, Any]) -> str:
    details = [f"{detail.get('property', '')}: {detail.get('message', '')}" for detail in answer.get("details") or []]
    return " ".join([str(answer.get("message", "")), *details]).strip()
