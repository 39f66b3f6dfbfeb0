"""Pictures and locations that residents send, and what the city gets when it fetches a picture."""

import base64

import pytest

from local.phones import NothingToTap, Phone, Phones
from tests.local.line_platform.drive import City, Line, png, postback, quick, text

PICTURE = png(4, 3)


@pytest.fixture
def phone(line: Line, city: City) -> Phone:
    return Phone(Phones(line.url), line.resident())


def content(line: Line, message: str) -> tuple[int, bytes]:
    got = line.api(f"/message/{message}/content")
    return got.status_code, got.content


def test_a_picture_is_announced_without_its_bytes_and_fetched_by_its_id(line: Line, city: City, phone: Phone) -> None:
    sent = phone.send_picture(PICTURE, "image/png")["message_id"]
    (event,) = city.events()
    assert (sent, "image", {"type": "line"}) == tuple(
        event["message"][name] for name in ("id", "type", "contentProvider")
    )
    assert (200, PICTURE) == content(line, sent)
    assert "image/png" == line.api(f"/message/{sent}/content").headers["content-type"]
    assert 401 == line.api(f"/message/{sent}/content", token="another").status_code
    assert 404 == content(line, "123")[0]


def test_a_picture_that_is_not_ready_yet_is_202_and_one_that_is_gone_410(line: Line, phone: Phone) -> None:
    sent = phone.send_picture(PICTURE, "image/png", state="preparing")["message_id"]
    assert 202 == content(line, sent)[0]
    line.tell(f"/contents/{sent}", {"state": "ready"})
    assert (200, PICTURE) == content(line, sent)
    line.tell(f"/contents/{sent}", {"state": "gone"})
    assert 410 == content(line, sent)[0]
    line.tell(f"/contents/{sent}", {"state": "lost"}, status=400)
    line.tell("/contents/123", {"state": "ready"}, status=404)


def test_a_picture_taken_back_is_gone_for_good(line: Line, phone: Phone) -> None:
    sent = phone.send_picture(PICTURE, "image/png")["message_id"]
    phone.unsend(sent)
    assert 410 == content(line, sent)[0]
    line.tell(f"/contents/{sent}", {"state": "ready"}, status=409)
    assert 404 == line.http.get(f"{line.url}/control/contents/{sent}", timeout=30).status_code


def test_what_is_no_picture_is_not_sent(line: Line, city: City, phone: Phone) -> None:
    picture = base64.b64encode(PICTURE).decode()
    for wrong in ({"picture": "%"}, {"picture": ""}, {"picture": picture, "kind": "text/html"}, {}):
        line.tell(f"/residents/{phone.user}/picture", wrong, status=400)
    assert [] == city.events()


def test_a_location_carries_what_the_phone_knows_of_it(line: Line, city: City, phone: Phone) -> None:
    phone.send_location("橋のたもと", "つなぐ市北区", 32.85, 130.75)
    phone.send_location(None, None, -90, 180)
    first, second = (event["message"] for event in city.events())
    assert ("location", "橋のたもと", "つなぐ市北区", 32.85, 130.75) == tuple(
        first[name] for name in ("type", "title", "address", "latitude", "longitude")
    )
    assert {"id", "type", "latitude", "longitude"} == second.keys()
    line.tell(f"/residents/{phone.user}/location", {"latitude": 91, "longitude": 0}, status=400)


def test_who_does_not_follow_sends_nothing(line: Line, city: City, phone: Phone) -> None:
    phone.block()
    line.tell(f"/residents/{phone.user}/location", {"latitude": 1, "longitude": 1}, status=409)
    line.tell(f"/residents/{phone.user}/picture", {"picture": base64.b64encode(PICTURE).decode()}, status=409)


def test_fetching_has_faults_like_every_request(line: Line, phone: Phone) -> None:
    sent = phone.send_picture(PICTURE, "image/png")["message_id"]
    line.tell("/faults", {"endpoint": "content", "kind": "status", "status": 500, "count": 1})
    assert [500, 200] == [content(line, sent)[0] for _ in range(2)]


def test_the_driver_picks_dates_and_taps_the_menu(line: Line, city: City, phone: Phone) -> None:
    picker = {"type": "datetimepicker", "label": "いつ", "data": "d", "mode": "datetime"}
    line.push(phone.user, text("?", quickReply=quick(picker)))
    phone.pick_date("いつ", "2026-01-31T08:30")
    assert phone.menu() is None
    area = {"bounds": {"x": 0, "y": 0, "width": 1200, "height": 800}, "action": postback("設定", "settings")}
    about = {"size": {"width": 1200, "height": 800}, "selected": True, "name": "m", "chatBarText": "m", "areas": [area]}
    made = line.api("/richmenu", about).json()["richMenuId"]
    line.api(f"/richmenu/{made}/content", raw=png(1200, 800), kind="image/png")
    line.api(f"/user/all/richmenu/{made}", {})
    phone.tap_menu("設定")
    with pytest.raises(NothingToTap, match=r"ヘルプ.*設定"):
        phone.tap_menu("ヘルプ")
    first, second = (event["postback"] for event in city.events())
    assert [{"data": "d", "params": {"datetime": "2026-01-31T08:30"}}, {"data": "settings"}] == [first, second]
