"""Calls to LINE through line-bot-sdk, each with a time limit; an answer is always a `Sent`, never an exception.

Bodies go as plain dictionaries: the SDK's models cost four times the CPU and drop what they do not know in silence.
What we send is checked when it is written (`messages.faults`).
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from linebot.v3.messaging import ApiClient, Configuration
from linebot.v3.messaging.exceptions import ApiException
from urllib3.exceptions import HTTPError

from tsunagu.line.messages import Message
from tsunagu.line.outcomes import Outcome, outcome_of

PROPERTY = re.compile(r"[a-zA-Z]{1,40}(?:\[\d{1,3}\]|\.[a-zA-Z]{1,40}){0,20}")
NAMED = re.compile(r"The property, '([^']*)'")  # in LINE's words, where it gives no details
FOLLOWERS_LIMIT = 1_000  # ids LINE lists in one page
TIMEOUT = (3, 10)  # seconds to connect, to read; the SDK's own default is for ever


@dataclass(frozen=True)
class Sent:
    """`detail` is LINE's own words about a request it did not take; `answer` its JSON, if any. Both may quote whom the
    request named and what it said, so neither is ever logged."""

    outcome: Outcome
    status: int | None
    request_id: str
    detail: str
    answer: Mapping[str, Any]

    @property
    def properties(self) -> str:
        """Where in the request LINE found fault, such as `messages[0].text`: this may be logged."""
        named = [str(detail.get("property")) for detail in _details(self.answer)]
        named += NAMED.findall(str(self.answer.get("message", "")))
        return " ".join(name for name in named if PROPERTY.fullmatch(name))


class Line:
    """One channel. May be shared by threads; `connections` are kept for them, where more than the SDK's own number."""

    def __init__(self, token: str, api_url: str, connections: int = 0) -> None:
        configuration = Configuration(host=api_url.rstrip("/"), access_token=token)
        configuration.connection_pool_maxsize = max(connections, configuration.connection_pool_maxsize)
        self._api = ApiClient(configuration)

    def multicast(
        self, users: Sequence[str], messages: Sequence[Message], retry_key: UUID, unit: str | None = None
    ) -> Sent:
        """`unit`: the name under which LINE counts who opened it."""
        counted = {"customAggregationUnits": [unit]} if unit else {}
        body = {"to": list(users), "messages": messages, **counted}
        return self.call("POST", "/v2/bot/message/multicast", body, retry_key)

    def validate(self, messages: Sequence[Message]) -> Sent:
        """Whether LINE would take these messages in a multicast; nobody is sent to."""
        return self.call("POST", "/v2/bot/message/validate/multicast", {"messages": messages})

    def push(self, user: str, messages: Sequence[Message], retry_key: UUID) -> Sent:
        return self.call("POST", "/v2/bot/message/push", {"to": user, "messages": messages}, retry_key)

    def reply(self, token: str, messages: Sequence[Message]) -> Sent:
        """Takes no retry key: after UNKNOWN it may have been delivered."""
        return self.call("POST", "/v2/bot/message/reply", {"replyToken": token, "messages": messages})

    def follower_ids(self, start: str | None = None) -> Sent:
        """A page of friends, `userIds`, and the token of the `next` page, good for a day; 403: a city not verified."""
        query = {"limit": str(FOLLOWERS_LIMIT)} | ({"start": start} if start is not None else {})
        return self.call("GET", f"/v2/bot/followers/ids?{urlencode(query)}")

    def profile(self, user: str) -> Sent:
        """`language` is a BCP 47 tag, and only there where LINE may tell; 404: not, or no longer, a friend."""
        return self.call("GET", f"/v2/bot/profile/{user}")

    def quota_is_used_up(self) -> bool:
        """Asks LINE whether a 429 is about the month's messages; False where LINE does not say."""
        quota = self.call("GET", "/v2/bot/message/quota").answer
        if quota.get("type") != "limited":
            return False
        used = self.call("GET", "/v2/bot/message/quota/consumption").answer.get("totalUsage", 0)
        return int(used) >= int(quota.get("value", 0))

    def call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | bytes | None = None,
        retry_key: UUID | None = None,
        kind: str = "application/json",
    ) -> Sent:
        headers = {"Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = kind
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
    details = [f"{detail.get('property', '')}: {detail.get('message', '')}" for detail in _details(answer)]
    return " ".join([str(answer.get("message", "")), *details]).strip()


def _details(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    details = answer.get("details")
    return [detail for detail in details if isinstance(detail, dict)] if isinstance(details, list) else []
