"""Faults on request: what the caller sees and what the platform did."""

import pytest
import requests

from tests.local.line_platform.drive import Line, text

KEY = "123e4567-e89b-12d3-a456-426614174000"


def test_before_means_that_nothing_was_accepted(line: Line) -> None:
    user = line.resident()
    line.tell("/faults", {"endpoint": "push", "kind": "before", "count": 1})
    assert 500 == line.push(user, text("a"), key=KEY).status_code
    assert [] == line.said(user)
    assert 200 == line.push(user, text("a"), key=KEY).status_code


def test_after_means_that_it_was_and_the_same_key_says_so(line: Line) -> None:
    user = line.resident()
    line.tell("/faults", {"endpoint": "push", "kind": "after", "count": 1})
    assert 500 == line.push(user, text("a"), key=KEY).status_code
    assert ["a"] == line.said(user)
    assert 409 == line.push(user, text("a"), key=KEY).status_code
    assert ["a"] == line.said(user)


@pytest.mark.parametrize(("kind", "arrived"), [("before", []), ("after", ["a"])])
def test_a_cut_connection_gives_no_answer(line: Line, kind: str, arrived: list[str]) -> None:
    user = line.resident()
    line.tell("/faults", {"kind": kind, "cut": True, "count": 1})
    with pytest.raises(requests.ConnectionError):
        line.push(user, text("a"))
    assert arrived == line.said(user)
    assert [None] == [each["status"] for each in line.look("/requests")["requests"]]


@pytest.mark.parametrize(("accepted", "arrived"), [(False, []), (True, ["a"])])
def test_a_hanging_request_ends_without_an_answer(line: Line, accepted: bool, arrived: list[str]) -> None:
    user = line.resident()
    line.tell("/faults", {"kind": "hang", "seconds": 0.2, "accepted": accepted})
    with pytest.raises(requests.ConnectionError):
        line.push(user, text("a"))
    assert arrived == line.said(user)


def test_slow_is_late_and_otherwise_well(line: Line) -> None:
    user = line.resident()
    line.tell("/faults", {"kind": "slow", "seconds": 0.2})
    assert 200 == line.push(user, text("a")).status_code
    assert 200 <= line.look("/requests")["requests"][-1]["took_ms"]


def test_a_status_of_choice_is_answered_in_lines_shape(line: Line) -> None:
    user = line.resident()
    line.tell("/faults", {"endpoint": "push", "kind": "status", "status": 429})
    refused = line.push(user, text("a"))
    assert (429, "The API rate limit has been exceeded. Try again later.") == (
        refused.status_code,
        refused.json()["message"],
    )
    assert 200 == line.api("/info").status_code
    assert [] == line.said(user)


def test_a_fault_may_concern_one_recipient_and_chance_comes_from_a_seed(line: Line) -> None:
    one, other = line.resident(), line.resident()
    line.tell("/faults", {"kind": "status", "status": 403, "user": one})
    assert (403, 200) == (line.push(one, text("a")).status_code, line.push(other, text("a")).status_code)
    line.http.delete(f"{line.url}/control/faults")
    line.tell("/faults", {"kind": "before", "probability": 0.5})
    statuses = [line.push(other, text("a")).status_code for _ in range(40)]
    assert {200, 500} == set(statuses)


def test_faults_can_be_listed_and_cancelled(line: Line) -> None:
    first = line.tell("/faults", {"kind": "before", "endpoint": "push"})["id"]
    line.tell("/faults", {"kind": "before", "endpoint": "reply"})
    line.http.delete(f"{line.url}/control/faults/{first}")
    assert ["reply"] == [fault["endpoint"] for fault in line.look("/faults")["faults"]]
    assert 200 == line.push(line.resident(), text("a")).status_code


def test_a_wrong_order_is_refused_with_the_place(line: Line) -> None:
    refused = line.tell("/faults", {"kind": "sometimes"}, status=400)
    assert "kind" == refused["details"][0]["property"]
