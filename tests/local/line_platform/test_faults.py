"""Faults on request: what the caller sees and what the platform did."""

import json

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


def test_an_id_can_be_made_one_for_which_line_refuses_the_whole_request(line: Line) -> None:
    users = [line.resident() for _ in range(4)]
    words = "The property, to[0], in the request body is invalid"
    for poison in users[:2]:
        line.tell(
            "/faults", {"endpoint": "multicast", "kind": "status", "status": 400, "user": poison, "message": words}
        )
    for slice_ in (users, users[1:3]):
        refused = line.api("/message/multicast", {"to": slice_, "messages": [text("a")]}, KEY)
        assert (400, words) == (refused.status_code, refused.json()["message"])
    assert {} == line.look("/deliveries")
    assert 200 == line.api("/message/multicast", {"to": users[2:], "messages": [text("a")]}, KEY).status_code
    assert dict.fromkeys(users[2:], 1) == line.look("/deliveries")


@pytest.mark.parametrize("plain", [True, False])
def test_a_fault_may_concern_certain_words_however_they_are_written(line: Line, plain: bool) -> None:
    words = '避難「A」"至急"\n今'
    line.tell("/faults", {"kind": "status", "status": 403, "words": words})
    bodies = [{"to": line.resident(), "messages": [text(said)]} for said in (f"訓練{words}です", "避難")]
    raw = [json.dumps(body, ensure_ascii=not plain).encode() for body in bodies]
    assert [403, 200] == [line.api("/message/push", raw=each).status_code for each in raw]


def test_faults_can_be_listed_and_cancelled(line: Line) -> None:
    first = line.tell("/faults", {"kind": "before", "endpoint": "push"})["id"]
    line.tell("/faults", {"kind": "before", "endpoint": "reply"})
    line.http.delete(f"{line.url}/control/faults/{first}")
    assert ["reply"] == [fault["endpoint"] for fault in line.look("/faults")["faults"]]
    assert 200 == line.push(line.resident(), text("a")).status_code


def test_a_wrong_order_is_refused_with_the_place(line: Line) -> None:
    refused = line.tell("/faults", {"kind": "sometimes"}, status=400)
    assert "kind" == refused["details"][0]["property"]
