"""Rich menus with LINE's limits, and what a phone shows of them."""

import struct
from typing import Any

import pytest
import requests

from tests.local.line_platform.drive import TOKEN, City, Line, postback

HOUR = 3600


def png(width: int = 2500, height: int = 1686, padding: int = 0) -> bytes:
    """The head of a picture, which is all that is looked at."""
    head = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + struct.pack(">II", width, height)
    return head + bytes(9 + padding)


def jpeg(width: int = 2500, height: int = 1686) -> bytes:
    segment = b"\xff\xe0" + struct.pack(">H", 4) + b"ab"
    return b"\xff\xd8" + segment + b"\xff\xc0" + struct.pack(">HBHH", 8, 8, height, width) + bytes(3)


def area(action: dict[str, Any] | None = None, **bounds: int) -> dict[str, Any]:
    usual = {"x": 0, "y": 0, "width": 1250, "height": 843}
    return {"bounds": usual | bounds, "action": action or postback("はい")}


def about(*areas: dict[str, Any], **more: Any) -> dict[str, Any]:
    menu = {"size": {"width": 2500, "height": 1686}, "selected": True, "name": "one", "chatBarText": "メニュー"}
    return menu | {"areas": list(areas) or [area()]} | more


def ask(line: Line, method: str, path: str, raw: bytes = b"", kind: str = "") -> requests.Response:
    headers = {"authorization": f"Bearer {TOKEN}"} | ({"content-type": kind} if kind else {})
    return requests.request(method, f"{line.url}/v2/bot{path}", data=raw, headers=headers, timeout=30)


def made(line: Line, *areas: dict[str, Any], drawn: bool = True) -> str:
    menu: str = line.api("/richmenu", about(*areas)).json()["richMenuId"]
    if drawn:
        assert 200 == ask(line, "POST", f"/richmenu/{menu}/content", png(), "image/png").status_code
    return menu


def named(line: Line, alias: str, menu: str) -> requests.Response:
    return line.api("/richmenu/alias", {"richMenuAliasId": alias, "richMenuId": menu})


def shown(line: Line, user: str) -> str | None:
    menu: dict[str, Any] | None = requests.get(f"{line.url}/control/residents/{user}/menu", timeout=30).json()
    return menu["richMenuId"] if menu else None


def switch(alias: str) -> dict[str, Any]:
    return {"type": "richmenuswitch", "richMenuAliasId": alias, "data": "language=en", "label": "English"}


@pytest.mark.parametrize(
    ("menu", "place"),
    [
        (about(chatBarText="あ" * 15), "chatBarText"),
        (about(chatBarText=""), "chatBarText"),
        (about(size={"width": 799, "height": 400}), "size.width"),
        (about(size={"width": 2501, "height": 1686}), "size.width"),
        (about(size={"width": 2500, "height": 1725}), "size.height"),
        (about(size={"width": 800, "height": 249}), "size.height"),
        (about(area(x=1251)), "areas[0].bounds"),
        (about(area(y=844)), "areas[0].bounds"),
        (about(*[area()] * 21), "areas"),
        (about(area(postback("あ" * 21))), "areas[0].action.label"),
        (about(area(postback(data="x" * 301))), "areas[0].action.data"),
        (about(area(switch("Ordinary"))), "areas[0].action.richMenuAliasId"),
        (about(area({"type": "uri", "uri": "ftp://a"})), "areas[0].action.uri"),
        (about(area({"type": "camera", "label": "a"})), "areas[0].action.type"),
        (about(colour="red"), "colour"),
        ({"name": "one"}, "size"),
    ],
)
def test_a_menu_line_would_not_take_is_refused_with_its_place(line: Line, menu: dict[str, Any], place: str) -> None:
    for path in ("/richmenu/validate", "/richmenu"):
        answer = line.api(path, menu)
        assert 400 == answer.status_code
        assert place in [detail["property"] for detail in answer.json()["details"]]
    assert {"richmenus": []} == line.api("/richmenu/list").json()


def test_validating_makes_nothing(line: Line) -> None:
    assert 200 == line.api("/richmenu/validate", about()).status_code
    assert {"richmenus": []} == line.api("/richmenu/list").json()


def test_a_menu_is_kept_as_it_was_sent(line: Line) -> None:
    menu = made(line)
    assert {"richMenuId": menu, **about()} == line.api(f"/richmenu/{menu}").json()
    assert [menu] == [one["richMenuId"] for one in line.api("/richmenu/list").json()["richmenus"]]


@pytest.mark.parametrize(
    ("raw", "kind", "status"),
    [
        (png(), "image/png", 200),
        (jpeg(), "image/jpeg", 200),
        (png(800, 250), "image/png", 200),
        (jpeg(), "image/png", 400),
        (png(), "image/gif", 400),
        (b"", "image/png", 400),
        (b"\xff\xd8\xff\xe0", "image/jpeg", 400),
        (png(799, 500), "image/png", 400),
        (png(2500, 1725), "image/png", 400),
        (png(padding=1024 * 1024), "image/png", 400),
    ],
)
def test_a_picture_is_as_line_takes_it(line: Line, raw: bytes, kind: str, status: int) -> None:
    menu = made(line, drawn=False)
    assert status == ask(line, "POST", f"/richmenu/{menu}/content", raw, kind).status_code
    stored = ask(line, "GET", f"/richmenu/{menu}/content")
    assert ((200, raw) if status == 200 else (404, stored.content)) == (stored.status_code, stored.content)


def test_a_picture_is_never_replaced(line: Line) -> None:
    menu = made(line)
    assert 400 == ask(line, "POST", f"/richmenu/{menu}/content", jpeg(), "image/jpeg").status_code
    assert png() == ask(line, "GET", f"/richmenu/{menu}/content").content


def test_a_menu_without_a_picture_is_shown_to_nobody(line: Line) -> None:
    menu, user = made(line, drawn=False), line.resident()
    for path in (f"/user/all/richmenu/{menu}", f"/user/{user}/richmenu/{menu}"):
        assert 400 == ask(line, "POST", path).status_code
    assert 400 == line.api("/richmenu/bulk/link", {"richMenuId": menu, "userIds": [user]}).status_code
    assert 400 == named(line, "one", menu).status_code
    assert None is shown(line, user)


def test_what_somebody_is_linked_to_outranks_the_default(line: Line) -> None:
    default, own, user = made(line), made(line), line.resident()
    ask(line, "POST", f"/user/all/richmenu/{default}")
    assert default == shown(line, user)
    ask(line, "POST", f"/user/{user}/richmenu/{own}")
    assert own == shown(line, user)
    assert {"richMenuId": own} == line.api(f"/user/{user}/richmenu").json()
    ask(line, "DELETE", f"/user/{user}/richmenu")
    assert default == shown(line, user)
    assert 404 == line.api(f"/user/{user}/richmenu").status_code
    ask(line, "DELETE", "/user/all/richmenu")
    assert None is shown(line, user)


def test_who_does_not_follow_sees_no_menu(line: Line) -> None:
    ask(line, "POST", f"/user/all/richmenu/{made(line)}")
    assert None is shown(line, line.resident(following=False))


def test_many_are_linked_at_once_and_strangers_passed_over(line: Line) -> None:
    menu = made(line)
    users = [line.resident() for _ in range(3)]
    body = {"richMenuId": menu, "userIds": [*users, "U" + "0" * 32]}
    assert 202 == line.api("/richmenu/bulk/link", body).status_code
    assert [menu] * 3 == [shown(line, user) for user in users]
    assert 202 == line.api("/richmenu/bulk/unlink", {"userIds": users[:2]}).status_code
    assert [None, None, menu] == [shown(line, user) for user in users]
    for wrong in ([], ["U1"], ["U" + "0" * 32] * 501):
        assert 400 == line.api("/richmenu/bulk/link", {"richMenuId": menu, "userIds": wrong}).status_code


def test_a_batch_moves_everybody_at_once_and_nobody_twice(line: Line) -> None:
    menus = [made(line) for _ in range(3)]
    users = [line.resident() for _ in range(3)]
    for user, menu in zip(users, menus, strict=True):
        ask(line, "POST", f"/user/{user}/richmenu/{menu}")
    moves = [{"type": "link", "from": menus[n], "to": menus[(n + 1) % 3]} for n in (0, 1)]
    taken = line.api("/richmenu/batch", {"operations": [*moves, {"type": "unlink", "from": menus[2]}]})
    assert 202 == taken.status_code
    assert [menus[1], menus[2], None] == [shown(line, user) for user in users]
    progress = line.api(f"/richmenu/progress/batch?requestId={taken.headers['x-line-request-id']}").json()
    assert "succeeded" == progress["phase"]
    assert 404 == line.api("/richmenu/progress/batch?requestId=another").status_code


def test_line_takes_three_batches_and_a_hundred_changes_an_hour(line: Line) -> None:
    menu = made(line)
    move = {"operations": [{"type": "link", "from": menu, "to": menu}]}
    assert [202, 202, 202, 429] == [line.api("/richmenu/batch", move).status_code for _ in range(4)]
    for _ in range(49):
        assert 200 == ask(line, "DELETE", f"/richmenu/{made(line, drawn=False)}").status_code
    assert [200, 429] == [line.api("/richmenu", about()).status_code for _ in range(2)]
    assert 429 == ask(line, "DELETE", f"/richmenu/{menu}").status_code
    line.tell("/clock", {"ahead": HOUR})
    assert 202 == line.api("/richmenu/batch", move).status_code
    assert 200 == ask(line, "DELETE", f"/richmenu/{menu}").status_code


def test_the_list_is_read_ten_times_a_second(line: Line) -> None:
    line.tell("/buckets", {"capacity": 10})
    assert 429 in [line.api("/richmenu/list").status_code for _ in range(30)]


def test_aliases_are_made_changed_listed_and_deleted(line: Line) -> None:
    first, second = made(line), made(line)
    assert 200 == named(line, "one", first).status_code
    assert 400 == named(line, "one", second).status_code
    assert [400, 400] == [named(line, alias, first).status_code for alias in ("One", "a" * 33)]
    assert 400 == named(line, "two", "richmenu-none").status_code
    assert 200 == line.api("/richmenu/alias/one", {"richMenuId": second}).status_code
    assert 404 == line.api("/richmenu/alias/two", {"richMenuId": second}).status_code
    one = {"richMenuAliasId": "one", "richMenuId": second}
    assert {"aliases": [one]} == line.api("/richmenu/alias/list").json()
    assert one == line.api("/richmenu/alias/one").json()
    assert [200, 404] == [ask(line, "DELETE", "/richmenu/alias/one").status_code for _ in range(2)]


def test_a_deleted_menu_is_gone_from_every_phone(line: Line) -> None:
    default, own, user = made(line), made(line), line.resident()
    ask(line, "POST", f"/user/all/richmenu/{default}")
    ask(line, "POST", f"/user/{user}/richmenu/{own}")
    ask(line, "DELETE", f"/richmenu/{own}")
    assert default == shown(line, user)
    ask(line, "DELETE", f"/richmenu/{default}")
    assert None is shown(line, user)
    assert [404, 404] == [
        ask(line, "DELETE", f"/richmenu/{own}").status_code,
        ask(line, "POST", f"/user/{user}/richmenu/{own}").status_code,
    ]


def test_the_phone_is_told_all_it_draws(line: Line) -> None:
    menu, user = made(line), line.resident()
    ask(line, "POST", f"/user/all/richmenu/{menu}")
    seen = line.look(f"/residents/{user}/menu")
    assert {"richMenuId": menu, "image": f"/control/menus/{menu}/image", **about()} == seen
    picture = requests.get(line.url + seen["image"], timeout=30)
    assert ("image/png", png()) == (picture.headers["content-type"], picture.content)


def test_a_switch_changes_the_menu_and_tells_the_city(line: Line, city: City) -> None:
    there, user = made(line), line.resident()
    here = made(line, area(switch("there")), area(switch("nowhere"), x=1250))
    named(line, "there", there)
    ask(line, "POST", f"/user/all/richmenu/{here}")
    line.tell(f"/residents/{user}/menu/tap", {"area": 1})
    assert here == shown(line, user)
    line.tell(f"/residents/{user}/menu/tap", {"area": 0})
    assert there == shown(line, user)
    params = [
        {"newRichMenuAliasId": "nowhere", "status": "RICHMENU_ALIAS_ID_NOTFOUND"},
        {"newRichMenuAliasId": "there", "status": "SUCCESS"},
    ]
    assert [{"data": "language=en", "params": each} for each in params] == [e["postback"] for e in city.events()]


def test_other_areas_do_what_they_say(line: Line, city: City) -> None:
    user = line.resident()
    call = area({"type": "uri", "uri": "tel:119", "label": "119"})
    menu = made(
        line, area(postback("はい", "a=1", displayText="はい")), area({"type": "message", "text": "設定"}), call
    )
    ask(line, "POST", f"/user/all/richmenu/{menu}")
    for number in (0, 1):
        line.tell(f"/residents/{user}/menu/tap", {"area": number})
    assert ["postback", "message"] == [event["type"] for event in city.events()]
    opened = line.tell(f"/residents/{user}/menu/tap", {"area": 2})
    assert (None, "tel:119") == (opened["event"], opened["opens"])
    line.tell(f"/residents/{user}/menu/tap", {"area": 3}, status=409)


def test_no_request_takes_a_retry_key(line: Line) -> None:
    answer = line.api("/richmenu", about(), key="123e4567-e89b-12d3-a456-426614174000")
    assert 400 == answer.status_code
