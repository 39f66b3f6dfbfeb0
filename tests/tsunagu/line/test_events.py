import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsunagu.line.events import Event, Place, parse
from tsunagu.line.postback import Postback

USER = "U" + "0123456789abcdef" * 2
TEXT: dict[str, Any] = {
    "type": "message",
    "webhookEventId": "01HZZZ",
    "timestamp": 1_700_000_000_000,
    "mode": "active",
    "source": {"type": "user", "userId": USER},
    "replyToken": "r",
    "deliveryContext": {"isRedelivery": True},
    "message": {"id": "9", "type": "text", "text": "こんにちは"},
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def test_a_text_message_is_read() -> None:
    assert Event(
        id="01HZZZ",
        kind="message",
        at=1_700_000_000_000,
        user=USER,
        reply_token="r",
        message_id="9",
        text="こんにちは",
        params={},
    ) == parse(json.dumps(TEXT).encode())


def test_a_date_picked_comes_with_its_button() -> None:
    event = parse(
        json.dumps(
            TEXT
            | {"type": "postback", "message": None, "postback": {"data": "a/b?c=d", "params": {"date": "2026-01-02"}}}
        ).encode()
    )
    assert event is not None
    assert Postback("a/b", {"c": "d"}) == event.postback
    assert {"date": "2026-01-02"} == event.params


def sent(**message: Any) -> Event:
    event = parse(json.dumps(TEXT | {"message": {"id": "9", **message}}).encode())
    assert event is not None
    return event


def test_a_place_is_read_with_what_the_phone_calls_it() -> None:
    where = {"latitude": 32.8031, "longitude": 130.7079}
    named = sent(type="location", title="市役所", address="熊本市中央区", **where)
    assert Place(32.8031, 130.7079, "市役所 熊本市中央区") == named.place
    assert Place(32.8031, 130.7079) == sent(type="location", title=None, address=7, **where).place
    assert Place(-90.0, 180.0) == sent(type="location", latitude=-90, longitude=180).place


@pytest.mark.parametrize("degrees", [None, "32.8", True, 90.01, -91, 1e400, float("nan"), [], 10**400])
def test_what_lies_nowhere_is_no_place(degrees: object) -> None:
    assert None is sent(type="location", latitude=degrees, longitude=130.7).place


def test_a_picture_is_one_that_line_keeps() -> None:
    assert sent(type="image", contentProvider={"type": "line"}).picture
    for kind, provider in (("image", {"type": "external"}), ("image", None), ("video", {"type": "line"})):
        assert not sent(type=kind, contentProvider=provider).picture


@given(st.sampled_from([*sorted(TEXT), "postback", "unsend", "follow"]), JSON)
def test_any_field_of_any_type_is_read_or_passed_over(name: str, value: object) -> None:
    event = parse(json.dumps(TEXT | {name: value}).encode())
    assert event is None or isinstance(event.at, int)


@given(st.binary())
def test_what_is_no_event_is_none(data: bytes) -> None:
    assert parse(data) is None


def test_half_a_surrogate_pair_becomes_a_replacement_character() -> None:
    data = json.dumps(TEXT).replace('"\\u3053', '"\\ud83d\\u3053')
    event = parse(data.encode())
    assert event is not None
    assert "\ufffdこんにちは" == event.text


def test_ids_that_are_no_ids_of_line_are_nobodys() -> None:
    for user in ("", "U123", USER.upper(), USER + "0", USER[:-1] + "/", 7):
        event = parse(json.dumps(TEXT | {"source": {"userId": user}}).encode())
        assert event is not None
        assert event.user is None
    assert parse(json.dumps(TEXT | {"webhookEventId": "a/b"}).encode()) is None
