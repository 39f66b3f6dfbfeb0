"""The rich menu under the chat."""

from collections.abc import Iterator

import pytest
from selenium.webdriver.common.by import By

from tests.local.line_platform.drive import City, Line, png, postback
from tests.local.line_platform.page import DATE, Page

SIZE = {"width": 1200, "height": 800}


def area(place: int, action: dict[str, str]) -> dict[str, object]:
    return {"bounds": {"x": 300 * place, "y": 0, "width": 300, "height": 800}, "action": action}


def menu(line: Line, name: str, *actions: dict[str, str], selected: bool = True) -> str:
    """Made and given its picture and an alias of its name."""
    about = {
        "size": SIZE, "selected": selected, "name": name, "chatBarText": name,
        "areas": [area(place, action) for place, action in enumerate(actions)],
    }  # fmt: skip
    made: str = line.api("/richmenu", about).json()["richMenuId"]
    assert 200 == line.api(f"/richmenu/{made}/content", raw=png(**SIZE), kind="image/png").status_code
    assert 200 == line.api("/richmenu/alias", {"richMenuAliasId": name, "richMenuId": made}).status_code
    return made


def for_all(line: Line, made: str) -> None:
    assert 200 == line.api(f"/user/all/richmenu/{made}", {}).status_code


@pytest.fixture
def user(line: Line) -> Iterator[str]:
    yield line.resident()


def test_the_menu_opens_and_closes_and_gives_way_to_the_keyboard(page: Page, line: Line, user: str) -> None:
    for_all(line, menu(line, "menu", postback("設定", "settings")))
    page.open(f"#{user}")
    page.find(".area")
    assert ("設定", "true") == (page.names(".menu .area")[0], page.find(".chat-bar").get_attribute("aria-expanded"))
    page.tap(".chat-bar", "menu")
    page.until(lambda: not page.texts(".menu .area"))
    assert "false" == page.find(".chat-bar").get_attribute("aria-expanded")
    page.tap(".keyboard")
    page.find(".words").send_keys("文字")
    page.tap(".to-menu")
    page.tap(".chat-bar")
    page.find(".menu .area")


def test_a_menu_that_is_not_selected_is_closed_at_first(page: Page, line: Line, user: str) -> None:
    for_all(line, menu(line, "menu", postback("設定", "settings"), selected=False))
    page.open(f"#{user}")
    assert "false" == page.find(".chat-bar").get_attribute("aria-expanded")
    assert not page.browser.find_element(By.CSS_SELECTOR, ".menu").is_displayed()


def test_areas_are_tapped_where_they_lie_in_the_picture(page: Page, line: Line, city: City, user: str) -> None:
    link = {"type": "uri", "label": "防災", "uri": "https://city.example/"}
    say = {"type": "message", "label": "言う", "text": "アンケート"}
    for_all(line, menu(line, "menu", postback("設定", "settings"), say, DATE, link))
    page.open(f"#{user}")
    page.tap(".menu .area:nth-of-type(1)")
    page.find(".city .balloon", "settingsですね")
    page.tap(".menu [aria-label='言う']")
    page.find(".city .balloon", "「アンケート」ですね")
    page.tap(".menu [aria-label='日付']")
    page.tap(".picker .strong")
    page.find(".city .balloon", "2001-02-03ですね")
    whole, second = page.find(".menu").rect, page.find(".menu [aria-label='言う']").rect
    assert [0.25, 0.25] == [
        round((second["x"] - whole["x"]) / whole["width"], 2),
        round(second["width"] / whole["width"], 2),
    ]
    assert "https://city.example/" == page.find(".menu a").get_attribute("href")


def test_a_switch_changes_the_menu_and_tells_the_city(page: Page, line: Line, city: City, user: str) -> None:
    def switch(label: str, alias: str) -> dict[str, str]:
        return {"type": "richmenuswitch", "label": label, "richMenuAliasId": alias, "data": f"to={alias}"}

    for_all(line, menu(line, "ja", postback("設定", "settings"), switch("English", "en")))
    menu(line, "en", postback("Settings", "settings"), switch("日本語", "ja"))
    page.open(f"#{user}")
    page.tap(".menu [aria-label='English']")
    page.find(".menu [aria-label='Settings']")
    assert "日本語" == page.browser.switch_to.active_element.accessible_name
    page.until(lambda: bool(city.events()))
    (event,) = city.events()
    assert {"data": "to=en", "params": {"newRichMenuAliasId": "en", "status": "SUCCESS"}} == event["postback"]


def test_the_menu_changes_while_somebody_looks(page: Page, line: Line, user: str) -> None:
    page.open(f"#{user}")
    page.find(".words")
    assert [] == page.texts(".chat-bar")
    for_all(line, menu(line, "ordinary", postback("設定", "settings")))
    page.find(".chat-bar", "ordinary")
    for_all(line, menu(line, "disaster", postback("避難所", "shelters")))
    page.find(".chat-bar", "disaster")
    assert ["避難所"] == page.names(".menu .area")
