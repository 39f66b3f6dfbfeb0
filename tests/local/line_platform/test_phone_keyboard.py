"""The phone page without a mouse, and for those who hear it read out."""

from collections.abc import Iterator
from typing import Any

import pytest
from selenium.webdriver.common.keys import Keys

from tests.local.line_platform.drive import City, Line, bubble, flex, postback, quick, text
from tests.local.line_platform.page import DATE, Page
from tests.local.line_platform.test_phone_menu import for_all, menu
from tests.tsunagu.browser import violations

RAIN = "https://media.tsunagu.example/rain.png"


@pytest.fixture
def user(line: Line) -> Iterator[str]:
    yield line.resident()


def test_everything_a_resident_does_is_done_with_the_keyboard(page: Page, line: Line, city: City, user: str) -> None:
    page.open(f"#{user}")
    page.find(".words")
    page.tab_to(".words")
    page.press("やあ", Keys.ENTER)
    page.find(".city .balloon", "「やあ」ですね")
    line.push(user, flex(bubble({"type": "button", "action": postback("区", "lang=ja")})))
    page.find(".flex-button", "区")
    page.tab_to(".flex-button", "区")
    page.press(Keys.SPACE)
    page.find(".flex-button", "中央区")
    line.push(user, text("日付は", quickReply=quick(DATE)))
    page.find(".chip", "日付")
    page.tab_to(".chip", "日付")
    page.press(Keys.ENTER)
    page.tab_to(".picker .strong")
    page.press(Keys.ENTER)
    page.find(".city .balloon", "2001-02-03ですね")
    page.tab_to(".attach")
    page.press(Keys.ENTER)
    page.tab_to(".dialog .strong", "位置情報")
    page.press(Keys.SPACE)
    page.tab_to(".place-form .strong")
    page.press(Keys.ENTER)
    page.find(".city .balloon", "「つなぐ市役所」ですね")
    for_all(line, menu(line, "menu", postback("設定", "settings")))
    page.find(".chat-bar", "menu")
    page.tab_to(".chat-bar")
    page.press(Keys.SPACE)
    page.until(lambda: not page.texts(".menu .area"))
    page.press(Keys.ENTER)
    page.find(".menu .area")
    page.tab_to("#opens-backstage")
    page.tab_to(".menu .area")
    page.press(Keys.ENTER)
    page.find(".city .balloon", "settingsですね")
    page.tab_to("#opens-backstage")
    assert "true" == page.find("#opens-backstage").get_attribute("aria-expanded")
    page.tab_to("#steps button", "1時間")
    page.press(Keys.SPACE)
    page.find("#alarm-words", "＋1時間")
    assert ["message", "postback", "postback", "message", "postback"] == [event["type"] for event in city.events()]


def test_escape_closes_a_dialog_and_gives_the_focus_back(page: Page, line: Line, user: str) -> None:
    page.open(f"#{user}")
    page.find(".attach")
    page.tab_to(".attach")
    page.press(Keys.ENTER)
    page.find(".dialog")
    page.press(Keys.TAB, Keys.ESCAPE)
    page.until(lambda: not page.texts(".dialog"))
    assert "attach" in str(page.browser.switch_to.active_element.get_attribute("class"))
    page.tab_to("#steps button")
    page.press(Keys.ESCAPE)
    page.until(lambda: not page.texts(".backstage"))
    assert "opens-backstage" == page.browser.switch_to.active_element.get_attribute("id")


def test_what_lies_under_a_dialog_is_out_of_reach(page: Page, line: Line, user: str) -> None:
    page.open(f"#{user}")
    page.tap(".attach")
    page.find(".dialog")
    with pytest.raises(AssertionError, match="does not reach"):
        page.tab_to(".words")


def test_focus_is_seen_wherever_tab_goes(page: Page, line: Line, user: str) -> None:
    card = bubble({"type": "text", "text": "全体"})
    line.push(user, flex(card | {"action": postback("札", "whole")}), text("?", quickReply=quick(postback())))
    for_all(line, menu(line, "menu", postback("設定", "settings")))
    page.open(f"#{user}")
    page.find(".menu .area")
    unseen, met = [], set()
    for _ in range(45):
        page.press(Keys.TAB)
        name, outline = page.browser.execute_script(
            "const e = document.activeElement, s = getComputedStyle(e);"
            "return [e.id || e.className || e.tagName, s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2]"
        )
        met.add(name)
        if not outline and name != "BODY":
            unseen.append(name)
    assert [] == unseen
    assert {"talk", "chip", "area", "chat-bar", "cover", "opens-backstage"} <= met


def test_new_messages_are_read_out_and_old_ones_are_not(page: Page, line: Line, user: str) -> None:
    line.push(user, text("昔のこと"))
    page.open(f"#{user}")
    page.find(".balloon", "昔のこと")
    talk = page.find(".talk")
    page.until(lambda: "polite" == talk.get_attribute("aria-live"))
    assert ("log", "polite") == (talk.aria_role, talk.get_attribute("aria-live"))


def everything(line: Line, user: str) -> None:
    """One of each message, a menu and quick replies."""
    column: dict[str, Any] = {
        "title": "予定",
        "text": "くわしく",
        "thumbnailImageUrl": RAIN,
        "actions": [postback("見る")],
    }
    picture = {"type": "image", "originalContentUrl": RAIN, "previewImageUrl": RAIN}
    whole = column | {"type": "buttons", "defaultAction": postback("全体")}
    templates = [
        whole, {"type": "confirm", "text": "無事ですか", "actions": [postback(), postback("いいえ")]},
        {"type": "carousel", "columns": [column, column]},
        {"type": "image_carousel", "columns": [{"imageUrl": RAIN, "action": postback("絵")}] * 2},
    ]  # fmt: skip
    line.push(user, *({"type": "template", "altText": "選ぶ", "template": each} for each in templates), picture)
    area = {"type": "message", "label": "北", "text": "北", "area": {"x": 0, "y": 0, "width": 520, "height": 520}}
    size = {"width": 1040, "height": 520}
    card = bubble({"type": "text", "text": "全体"}, {"type": "button", "style": "primary", "action": postback("中")})
    line.push(
        user,
        {"type": "imagemap", "baseUrl": RAIN, "altText": "地図", "baseSize": size, "actions": [area]},
        {"type": "video", "originalContentUrl": RAIN, "previewImageUrl": RAIN},
        {"type": "audio", "originalContentUrl": RAIN, "duration": 1000},
        {"type": "sticker", "packageId": "1", "stickerId": "2"},
        flex({"type": "carousel", "contents": [card | {"action": postback("外")}, card]}),
    )
    line.tell(f"/residents/{user}/say", {"text": "はい https://city.example/"})
    line.tell(f"/residents/{user}/location", {"latitude": 32.8, "longitude": 130.7, "title": "橋"})
    line.push(
        user,
        text(
            "Choose", quickReply=quick(DATE, {"type": "location", "label": "場所"}, {"type": "camera", "label": "写真"})
        ),
    )
    for_all(line, menu(line, "menu", postback("設定", "settings"), postback("ヘルプ", "help")))


def test_axe_finds_nothing_wrong_with_one_phone_or_three(page: Page, line: Line, user: str) -> None:
    everything(line, user)
    page.open(f"#{user}")
    page.find(".menu .area")
    page.tap("#trouble summary")
    page.tap(".switch", "429")
    page.find(".ordered li")
    page.tap(".keyboard")
    page.still()
    assert [] == violations(page.browser)
    line.resident()
    page.open(f"?phones=3#{user}")
    page.find(".slot:nth-child(3)")
    page.find(".menu .area")
    page.still()
    assert [] == violations(page.browser)
    narrow = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    page.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", narrow)
    page.still()
    assert [] == violations(page.browser)


def test_axe_finds_nothing_wrong_with_any_dialog(page: Page, line: Line, user: str) -> None:
    picture = {"type": "image", "originalContentUrl": RAIN, "previewImageUrl": RAIN}
    items = quick(DATE, {"type": "location", "label": "場所"}, {"type": "camera", "label": "写真"})
    line.push(user, picture | {"quickReply": items})
    page.open(f"#{user}")
    for css, words in ((".chip", "日付"), (".chip", "場所"), (".chip", "写真"), (".attach", ""), (".photo-button", "")):
        page.tap(css, words)
        page.find(".dialog")
        page.still()
        assert [] == violations(page.browser), f"{css} {words}"
        page.press(Keys.ESCAPE)
        page.until(lambda: not page.texts(".dialog"))
