"""Each limit on a message: what passes, and the first that does not."""

from typing import Any

import pytest

from tests.local.line_platform.drive import Line, bubble, flex, postback, quick, text

Message = dict[str, Any]


def uri(address: str) -> Message:
    return {"type": "uri", "label": "見る", "uri": address}


def picker(**more: str) -> Message:
    return text(
        "いつ", quickReply=quick({"type": "datetimepicker", "label": "選ぶ", "data": "d", "mode": "date", **more})
    )


def words(**more: Any) -> Message:
    return flex(bubble({"type": "text", "text": "あ", **more}))


def button(action: Message, **more: Any) -> Message:
    return flex(bubble({"type": "button", "action": action, **more}))


def template(**more: Any) -> Message:
    return {"type": "template", "altText": "選ぶ", "template": {"text": "どうしますか", **more}}


def image(address: str) -> Message:
    return {"type": "image", "originalContentUrl": address, "previewImageUrl": address}


def heavy(size: int) -> Message:
    """A bubble of exactly so many bytes of JSON."""
    empty = '{"type":"bubble","body":{"type":"box","layout":"vertical","contents":[{"type":"text","text":""}]}}'
    return bubble({"type": "text", "text": "a" * (size - len(empty))})


def carousel(count: int) -> Message:
    return flex({"type": "carousel", "contents": [bubble(text("あ"))] * count})


def actions(kind: str, count: int) -> Message:
    return template(type=kind, actions=[postback(str(number)) for number in range(count)])


def columns(count: int) -> Message:
    column = {"text": "あ", "actions": [postback()]}
    return {"type": "template", "altText": "あ", "template": {"type": "carousel", "columns": [column] * count}}


def chips(count: int) -> Message:
    return text("あ", quickReply=quick(*[postback(str(number)) for number in range(count)]))


def chip(action: Message) -> Message:
    return text("あ", quickReply=quick(action))


def video(preview: str) -> Message:
    return {"type": "video", "originalContentUrl": "https://a.example/b.mp4", "previewImageUrl": preview}


def audio(duration: int) -> Message:
    return {"type": "audio", "originalContentUrl": "https://a.example/b.m4a", "duration": duration}


def location(**more: Any) -> Message:
    return {"type": "location", "title": "橋", "address": "北区", "latitude": 32.8, "longitude": 130.7, **more}


def imagemap(width: int = 1040, x: int = 0, **more: Any) -> Message:
    area = {"x": x, "y": 0, "width": 520, "height": 520}
    actions = [{"type": "message", "text": "北", "area": area, **more}]
    about = {"baseUrl": "https://a.example/b", "altText": "地図", "baseSize": {"width": width, "height": 520}}
    return {"type": "imagemap", "actions": actions, **about}


FAMILY = "👨‍👩‍👧‍👦"  # one grapheme of eleven UTF-16 units

LIMITS: dict[str, tuple[Message, Message, str]] = {
    "text length": (text("a" * 5000), text("a" * 5001), "messages[0].text"),
    "text length in UTF-16 units": (text("🌸" * 2500), text("🌸" * 2500 + "a"), "messages[0].text"),
    "text not empty": (text("a"), text(""), "messages[0].text"),
    "text not blank": (text(" a "), text(" \n"), "messages[0].text"),
    "text is text": (text("1"), {"type": "text", "text": 1}, "messages[0].text"),
    "text is there": (text("1"), {"type": "text"}, "messages[0].text"),
    "known type": (text("1"), {"type": "letter", "text": "1"}, "messages[0].type"),
    "no unknown property": (text("1"), text("1", colour="red"), "messages[0].colour"),
    "no unknown property deep in flex": (words(size="sm"), words(fontSize="sm"),
                                         "messages[0].contents.body.contents[0].fontSize"),
    "alt text length": (flex(bubble(text("あ")), "a" * 1500), flex(bubble(text("あ")), "a" * 1501),
                        "messages[0].altText"),
    "alt text not empty": (flex(bubble(text("あ")), "a"), flex(bubble(text("あ")), ""), "messages[0].altText"),
    "alt text of a template": (actions("buttons", 1), actions("buttons", 1) | {"altText": ""}, "messages[0].altText"),
    "bubble bytes": (flex(heavy(30 * 1024)), flex(heavy(30 * 1024 + 1)), "messages[0].contents"),
    "bubble not empty": (flex(bubble(text("あ"))), flex({"type": "bubble"}), "messages[0].contents"),
    "carousel bubbles": (carousel(12), carousel(13), "messages[0].contents.contents"),
    "carousel bytes": (flex({"type": "carousel", "contents": [heavy(25_000)] * 2}),
                       flex({"type": "carousel", "contents": [heavy(25_700)] * 2}), "messages[0].contents"),
    "flex text": (words(), words(text=""), "messages[0].contents.body.contents[0].text"),
    "flex colour": (words(color="#12ab3456"), words(color="red"), "messages[0].contents.body.contents[0].color"),
    "flex size": (words(size="20px"), words(size="huge"), "messages[0].contents.body.contents[0].size"),
    "flex enum": (words(weight="bold"), words(weight="heavy"), "messages[0].contents.body.contents[0].weight"),
    "flex margin": (words(margin="md"), words(margin="2em"), "messages[0].contents.body.contents[0].margin"),
    "flex button label": (button(postback(FAMILY * 20 + "あ" * 20)), button(postback("あ" * 41)),
                          "messages[0].contents.body.contents[0].action.label"),
    "flex button has a label": (button(postback("あ")), button({"type": "postback", "data": "d"}),
                                "messages[0].contents.body.contents[0].action.label"),
    "flex picture": (flex(bubble({"type": "image", "url": "https://a.example/b.png"})),
                     flex(bubble({"type": "image", "url": "http://a.example/b.png"})),
                     "messages[0].contents.body.contents[0].url"),
    "icons in baseline boxes only": (
        flex(bubble({"type": "box", "layout": "baseline", "contents": [{"type": "icon", "url": "https://a.example/i"}]})),
        flex(bubble({"type": "icon", "url": "https://a.example/i"})), "messages[0].contents.body.contents[0]"),
    "picture is https": (image("https://a.example/b.jpg"), image("http://a.example/b.jpg"),
                         "messages[0].originalContentUrl"),
    "picture address": (image("https://a.example/".ljust(2000, "b")), image("https://a.example/".ljust(2001, "b")),
                        "messages[0].originalContentUrl"),
    "quick replies": (chips(13), chips(14), "messages[0].quickReply.items"),
    "quick replies not empty": (chips(1), chips(0), "messages[0].quickReply.items"),
    "label": (chip(postback("あ" * 20)), chip(postback("あ" * 21)), "messages[0].quickReply.items[0].action.label"),
    "label in graphemes": (chip(postback(FAMILY * 20)), chip(postback(FAMILY * 21)),
                           "messages[0].quickReply.items[0].action.label"),
    "postback data": (chip(postback(data="d" * 300)), chip(postback(data="d" * 301)),
                      "messages[0].quickReply.items[0].action.data"),
    "postback data not empty": (chip(postback(data="d")), chip(postback(data="")),
                                "messages[0].quickReply.items[0].action.data"),
    "display text": (chip(postback(displayText="a" * 300)), chip(postback(displayText="a" * 301)),
                     "messages[0].quickReply.items[0].action.displayText"),
    "message action": (chip({"type": "message", "label": "a", "text": "a" * 300}),
                       chip({"type": "message", "label": "a", "text": "a" * 301}),
                       "messages[0].quickReply.items[0].action.text"),
    "uri length": (button(uri("https://a.example/".ljust(1000, "b"))),
                   button(uri("https://a.example/".ljust(1001, "b"))),
                   "messages[0].contents.body.contents[0].action.uri"),
    "uri scheme": (button(uri("tel:119")), button(uri("mailto:a@b.example")),
                   "messages[0].contents.body.contents[0].action.uri"),
    "uri has a scheme": (button(uri("line://nv/location")), button(uri("a.example/b")),
                         "messages[0].contents.body.contents[0].action.uri"),
    "picker bounds": (picker(min="1900-01-01", max="2100-12-31"), picker(max="2101-01-01"),
                      "messages[0].quickReply.items[0].action.max"),
    "picker has no zone": (picker(mode="datetime", initial="2026-11-22T10:00"),
                           picker(mode="datetime", initial="2026-11-22T10:00+09:00"),
                           "messages[0].quickReply.items[0].action.initial"),
    "picker order": (picker(min="2026-01-01", max="2026-01-02"), picker(min="2026-01-02", max="2026-01-02"),
                     "messages[0].quickReply.items[0].action.min"),
    "buttons": (actions("buttons", 4), actions("buttons", 5), "messages[0].template.actions"),
    "confirm": (actions("confirm", 2), actions("confirm", 3), "messages[0].template.actions"),
    "confirm needs two": (actions("confirm", 2), actions("confirm", 1), "messages[0].template.actions"),
    "video's picture is https": (video("https://a.example/b.jpg"), video("http://a.example/b.jpg"),
                                 "messages[0].previewImageUrl"),
    "audio lasts": (audio(1), audio(0), "messages[0].duration"),
    "location title": (location(title="あ" * 100), location(title="あ" * 101), "messages[0].title"),
    "location latitude": (location(latitude=-90), location(latitude=-90.1), "messages[0].latitude"),
    "imagemap width": (imagemap(), imagemap(1041), "messages[0].baseSize.width"),
    "imagemap area": (imagemap(x=520), imagemap(x=521), "messages[0].actions[0].area.width"),
    "imagemap words": (imagemap(text="a" * 400), imagemap(text="a" * 401), "messages[0].actions[0].text"),
    "template columns": (columns(10), columns(11), "messages[0].template.columns"),
}  # fmt: skip


@pytest.mark.parametrize("name", LIMITS)
def test_a_message_within_a_limit_is_accepted_and_one_beyond_it_is_not(line: Line, name: str) -> None:
    within, beyond, where = LIMITS[name]
    user = line.resident()
    accepted = line.push(user, within)
    assert 200 == accepted.status_code, accepted.text
    refused = line.push(user, beyond)
    assert 400 == refused.status_code
    details = refused.json()["details"]
    assert where in [each["property"] for each in details], details
    assert f"The request body has {len(details)} error(s)" == refused.json()["message"]
    assert 1 == line.look(f"/residents/{user}")["delivered"]


@pytest.mark.parametrize(("count", "status"), [(0, 400), (1, 200), (5, 200), (6, 400)])
def test_a_request_has_one_to_five_messages(line: Line, count: int, status: int) -> None:
    assert status == line.push(line.resident(), *[text("a")] * count).status_code


@pytest.mark.parametrize(("count", "status"), [(0, 400), (1, 200), (500, 200), (501, 400)])
def test_a_multicast_names_one_to_five_hundred_ids(line: Line, count: int, status: int) -> None:
    users = [f"U{number:032x}" for number in range(count)]
    assert status == line.api("/message/multicast", {"to": users, "messages": [text("a")]}).status_code


@pytest.mark.parametrize("user", [
    "", "U123", "u" + "0" * 32, "U" + "G" * 32, 5, None,
    f"U{'0' * 32},U{'1' * 32}", f"U{'0' * 32}\n", "U" + "\ud800" * 32,
])  # fmt: skip
def test_what_is_no_user_id_is_refused_whole(line: Line, user: object) -> None:
    friend = line.resident()
    answer = line.api("/message/multicast", {"to": [friend, user], "messages": [text("a")]})
    assert (400, "to[1]") == (answer.status_code, answer.json()["details"][0]["property"])
    assert [] == line.said(friend)


def test_a_body_of_two_megabytes_is_read_and_a_larger_one_is_not(line: Line) -> None:
    body = f'{{"to":"{line.resident()}","messages":[{{"type":"text","text":"a"}}]}}'.encode()
    size = 2 * 1024 * 1024
    assert 200 == line.api("/message/push", raw=body.ljust(size)).status_code
    assert 413 == line.api("/message/push", raw=body.ljust(size + 1)).status_code
    assert 200 == line.api("/message/push", raw=body).status_code


@pytest.mark.parametrize("unit", ["drill_2026", "a" * 30])
def test_an_aggregation_unit_is_accepted(line: Line, unit: str) -> None:
    body = {"to": [line.resident()], "messages": [text("a")], "customAggregationUnits": [unit]}
    assert 200 == line.api("/message/multicast", body).status_code


@pytest.mark.parametrize("units", [["a" * 31], ["drill-2026"], ["a", "b"], [""]])
def test_a_wrong_aggregation_unit_is_refused(line: Line, units: list[str]) -> None:
    body = {"to": [line.resident()], "messages": [text("a")], "customAggregationUnits": units}
    assert 400 == line.api("/message/multicast", body).status_code


@pytest.mark.parametrize("kind", ["reply", "push", "multicast", "narrowcast", "broadcast"])
def test_messages_can_be_checked_without_being_sent(line: Line, kind: str) -> None:
    user = line.resident()
    assert (200, {}) == (
        (asked := line.api(f"/message/validate/{kind}", {"messages": [text("a")]})).status_code,
        asked.json(),
    )
    refused = line.api(f"/message/validate/{kind}", {"messages": [text("a"), text("")]})
    assert (400, "messages[1].text") == (refused.status_code, refused.json()["details"][0]["property"])
    assert [] == line.said(user)


@pytest.mark.parametrize(("body", "status"), [
    ({"messages": []}, 400),
    ({"messages": [text("a")] * 5}, 200),
    ({"messages": [text("a")] * 6}, 400),
    ({"messages": [text("a")], "to": "U" + "0" * 32}, 400),
    ({}, 400),
])  # fmt: skip
def test_what_is_checked_is_one_to_five_messages_and_nothing_else(line: Line, body: Message, status: int) -> None:
    assert status == line.api("/message/validate/multicast", body).status_code


def test_checking_takes_no_retry_key_has_its_own_pace_and_knows_five_kinds(line: Line) -> None:
    body = {"messages": [text("a")]}
    assert 400 == line.api("/message/validate/push", body, "123e4567-e89b-12d3-a456-426614174000").status_code
    assert 404 == line.api("/message/validate/letter", body).status_code
    line.tell("/buckets", {"capacity": 1, "rates": {"multicast": 0.001, "validate": 0.001}})
    assert 200 == line.api("/message/multicast", {**body, "to": [line.resident()]}).status_code
    assert [200, 429] == [line.api("/message/validate/multicast", body).status_code for _ in range(2)]


@pytest.mark.parametrize(("raw", "kind", "status"), [
    (b"{", "application/json", 400),
    (b"[]", "application/json", 400),
    (b"{}", "application/json; charset=utf-8", 400),
    (b"to=U", "application/x-www-form-urlencoded", 415),
])  # fmt: skip
def test_what_is_not_json_is_refused(line: Line, raw: bytes, kind: str, status: int) -> None:
    assert status == line.api("/message/push", raw=raw, kind=kind).status_code


@pytest.mark.parametrize(("seconds", "status"), [(4, 400), (5, 202), (7, 400), (60, 202), (65, 400)])
def test_the_loading_animation_takes_five_to_sixty_seconds_in_fives(line: Line, seconds: int, status: int) -> None:
    body = {"chatId": line.resident(), "loadingSeconds": seconds}
    assert status == line.api("/chat/loading/start", body).status_code
