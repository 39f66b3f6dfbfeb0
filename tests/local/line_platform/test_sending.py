"""Tokens, rates, quota, retry keys, and who receives what."""

import json
import uuid

import pytest

from tests.local.line_platform.drive import Line, text

KEY = "123e4567-e89b-12d3-a456-426614174000"
DAY = 24 * 60 * 60


@pytest.mark.parametrize("path", ["/info", "/message/quota", "/message/quota/consumption", "/followers/ids"])
def test_a_request_without_the_right_token_is_401(line: Line, path: str) -> None:
    assert 200 == line.api(path).status_code
    refused = line.api(path, token="another")
    assert 401 == refused.status_code
    assert "Authentication failed" in refused.json()["message"]


def test_an_unauthorised_body_does_not_disturb_the_connection(line: Line) -> None:
    user = line.resident()
    body = {"to": user, "messages": [text("a")]}
    assert 401 == line.api("/message/push", body, token="another").status_code
    assert 200 == line.api("/message/push", body).status_code
    assert ["a"] == line.said(user)


def test_every_answer_has_a_request_id(line: Line) -> None:
    answers = [
        line.api("/info"),
        line.api("/info", token="x"),
        line.push("U" + "0" * 32, text("")),
        line.api("/profile/U"),
    ]
    ids = {answer.headers["x-line-request-id"] for answer in answers}
    assert 4 == len(ids)


def test_the_bucket_lets_its_capacity_through_and_then_answers_429(line: Line) -> None:
    line.tell("/buckets", {"capacity": 20, "rates": {"multicast": 0.001}})
    body = {"to": [line.resident()], "messages": [text("a")]}
    statuses = [line.api("/message/multicast", body).status_code for _ in range(21)]
    assert [200] * 20 + [429] == statuses
    assert "rate limit" in line.api("/message/multicast", body).json()["message"]
    assert 200 == line.api("/info").status_code


def test_twenty_requests_are_the_usual_capacity_and_the_rates_are_lines(line: Line) -> None:
    line.tell("/reset")
    buckets = line.look("/settings")["buckets"]
    assert 20 == buckets["capacity"]
    assert (200, 2000, 2000, 100) == tuple(buckets["rates"][name] for name in ("multicast", "push", "reply", "loading"))


def test_a_429_uses_no_retry_key_up(line: Line) -> None:
    user = line.resident()
    line.tell("/buckets", {"capacity": 1, "rates": {"push": 0.001}})
    assert 200 == line.push(user, text("a")).status_code
    assert 429 == line.push(user, text("b"), key=KEY).status_code
    line.tell("/buckets", {"capacity": 20, "rates": {"push": 2000}})
    assert 200 == line.push(user, text("b"), key=KEY).status_code


def test_a_key_is_accepted_once_and_then_409_with_the_first_request_id(line: Line) -> None:
    user = line.resident()
    first = line.push(user, text("a"), key=KEY)
    again = line.push(user, text("a"), key=KEY)
    assert (200, 409) == (first.status_code, again.status_code)
    assert first.headers["x-line-request-id"] == again.headers["x-line-accepted-request-id"]
    assert first.json()["sentMessages"] == again.json()["sentMessages"]
    assert ["a"] == line.said(user)


def test_a_key_holds_for_a_day_and_no_longer(line: Line) -> None:
    user = line.resident()
    line.push(user, text("a"), key=KEY)
    line.tell("/clock", {"ahead": DAY - 60})
    assert 409 == line.push(user, text("a"), key=KEY).status_code
    line.tell("/clock", {"ahead": DAY + 1})
    assert 200 == line.push(user, text("a"), key=KEY).status_code
    assert ["a", "a"] == line.said(user)


def test_a_key_with_another_body_is_400_and_noted(line: Line) -> None:
    first, second = line.resident(), line.resident()
    messages = [text("a")]
    assert 200 == line.api("/message/multicast", {"to": [first], "messages": messages}, KEY).status_code
    assert 400 == line.api("/message/multicast", {"to": [first, second], "messages": messages}, KEY).status_code
    assert ["a retry key came again with another request"] == line.look("/requests")["requests"][-1]["notes"]
    assert [] == line.said(second)


def test_the_same_body_may_be_written_in_another_way_and_other_ids_are_another_body(line: Line) -> None:
    users = [line.resident() for _ in range(2)]
    body = {"to": users, "messages": [text("あ")], "customAggregationUnits": ["a"], "notificationDisabled": False}
    assert 200 == line.api("/message/multicast", body, KEY).status_code
    turned = json.dumps(dict(reversed(body.items())), ensure_ascii=False, indent=1).encode()
    assert 409 == line.api("/message/multicast", key=KEY, raw=turned).status_code
    others: list[dict[str, object]] = [
        {"to": users[::-1]}, {"to": users[:1]}, {"messages": [text("い")]}, {"notificationDisabled": True},
        {"customAggregationUnits": ["b"]},
    ]  # fmt: skip
    assert [400] * 5 == [line.api("/message/multicast", body | other, KEY).status_code for other in others]
    assert [["あ"], ["あ"]] == [line.said(user) for user in users]


@pytest.mark.parametrize("key", ["1", "123e4567e89b12d3a456426614174000", "{" + KEY + "}", ""])
def test_a_key_that_is_no_uuid_is_400(line: Line, key: str) -> None:
    assert 400 == line.push(line.resident(), text("a"), key=key).status_code


@pytest.mark.parametrize("path", ["/info", "/message/quota", "/followers/ids"])
def test_a_key_on_another_endpoint_is_400(line: Line, path: str) -> None:
    assert 400 == line.api(path, key=KEY).status_code


def test_a_key_on_a_reply_is_400_and_uses_no_token_up(line: Line) -> None:
    event = {"type": "message", "replyToken": "t" * 32, "source": {"type": "user", "userId": line.resident()}}
    line.tell("/events", {"event": event})
    body = {"replyToken": "t" * 32, "messages": [text("a")]}
    assert 400 == line.api("/message/reply", body, KEY).status_code
    assert 200 == line.api("/message/reply", body).status_code


def test_a_blocked_resident_gets_200_and_no_message(line: Line) -> None:
    friend, blocker = line.resident(), line.resident()
    line.tell(f"/residents/{blocker}/block")
    assert 200 == line.push(blocker, text("a")).status_code
    assert 200 == line.api("/message/multicast", {"to": [friend, blocker], "messages": [text("b")]}).status_code
    assert (["b"], []) == (line.said(friend), line.said(blocker))
    assert {friend: 1} == line.look("/deliveries")
    assert 404 == line.api(f"/profile/{blocker}").status_code


def test_an_id_that_never_existed_is_400_in_a_push_and_passed_over_in_a_multicast(line: Line) -> None:
    nobody = "U" + "0" * 32
    refused = line.push(nobody, text("a"))
    assert (400, "Failed to send messages") == (refused.status_code, refused.json()["message"])
    assert 200 == line.api("/message/multicast", {"to": [nobody], "messages": [text("a")]}).status_code


def test_the_quota_is_counted_in_people_and_its_429_says_so(line: Line) -> None:
    users = [line.resident() for _ in range(3)]
    assert {"type": "none"} == line.api("/message/quota").json()
    line.tell("/settings", {"quota": 4})
    assert {"type": "limited", "value": 4} == line.api("/message/quota").json()
    body = {"to": users, "messages": [text("a"), text("b")]}
    assert 200 == line.api("/message/multicast", body, KEY).status_code
    assert {"totalUsage": 3} == line.api("/message/quota/consumption").json()
    refused = line.api("/message/multicast", body, str(uuid.uuid4()))
    assert (429, "You have reached your monthly limit.") == (refused.status_code, refused.json()["message"])
    assert 409 == line.api("/message/multicast", body, KEY).status_code
    assert 200 == line.push(users[0], text("c")).status_code
    assert 429 == line.push(users[0], text("d")).status_code


def test_a_profile_is_that_of_the_resident(line: Line) -> None:
    user = line.resident(name="住民 太郎", language="en")
    assert {"userId": user, "displayName": "住民 太郎", "language": "en"} == line.api(f"/profile/{user}").json()
    assert "language" not in line.api(f"/profile/{line.resident(language=None)}").json()


def test_followers_come_in_pages(line: Line) -> None:
    users = [line.resident() for _ in range(3)]
    first = line.api("/followers/ids?limit=2").json()
    rest = line.api(f"/followers/ids?limit=2&start={first['next']}").json()
    assert (users[:2], {"userIds": users[2:]}) == (first["userIds"], rest)
    assert 400 == line.api("/followers/ids?limit=1001").status_code


def test_the_token_of_a_page_is_good_for_a_day(line: Line) -> None:
    users = [line.resident() for _ in range(2)]
    token = line.api("/followers/ids?limit=1").json()["next"]
    assert 400 == line.api(f"/followers/ids?start=A{token}").status_code
    line.tell("/clock", {"ahead": 86_399})
    assert {"userIds": users[1:]} == line.api(f"/followers/ids?start={token}").json()
    line.tell("/clock", {"ahead": 86_401})
    assert 400 == line.api(f"/followers/ids?start={token}").status_code


def test_followers_are_listed_to_verified_accounts_only(line: Line) -> None:
    line.tell("/settings", {"verified": False})
    assert 403 == line.api("/followers/ids").status_code
