"""The phone page in a real browser."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from local.browser import chromium
from tests.local.line_platform.drive import City, Line, bubble, flex, postback, quick, text


class Page:
    def __init__(self, browser: Chrome) -> None:
        self.browser = browser

    def find(self, css: str, words: str = "") -> WebElement:
        """The one shown that has these words, once it is there."""

        def look(browser: Any) -> WebElement | None:
            found = [each for each in browser.find_elements(By.CSS_SELECTOR, css) if each.is_displayed()]
            return next((each for each in found if words in each.text), None)

        shown = WebDriverWait(self.browser, 20, ignored_exceptions=(StaleElementReferenceException,)).until(look)
        assert shown is not None
        return shown

    def tap(self, css: str, words: str = "") -> None:
        # Drawing again may replace what was just found.
        for _ in range(3):
            with suppress(StaleElementReferenceException):
                self.find(css, words).click()
                return
        raise AssertionError(f"{css} does not stay")


@pytest.fixture(scope="module")
def browser() -> Iterator[Chrome]:
    with chromium() as running:
        yield running


@pytest.fixture
def page(browser: Chrome, line: Line, city: City) -> Page:
    """The page, and a city that answers every event with the messages of a registration."""

    def answer(body: dict[str, Any]) -> int:
        for event in body["events"]:
            if "replyToken" in event:
                messages = _answer(event)
                replied = line.api("/message/reply", {"replyToken": event["replyToken"], "messages": messages})
                assert 200 == replied.status_code, replied.text
        return 200

    city.answer = answer
    browser.get("about:blank")
    browser.get(line.url)
    return Page(browser)


def _answer(event: dict[str, Any]) -> list[dict[str, Any]]:
    data = event.get("postback", {}).get("data", "")
    if event["type"] == "follow":
        return [text("ようこそ", quickReply=quick(postback("日本語", "lang=ja", displayText="日本語にする")))]
    if data == "lang=ja":
        button = {"type": "button", "style": "primary", "action": postback("中央区", "ward=chuo")}
        return [flex(bubble({"type": "text", "text": "お住まいの区"}, button))]
    if data == "ward=chuo":
        date = {"type": "datetimepicker", "label": "日付", "data": "birth", "mode": "date", "initial": "2001-02-03"}
        return [text("誕生日は？", quickReply=quick(date, {"type": "message", "label": "言わない", "text": "ひみつ"}))]
    if data == "birth":
        return [text(event["postback"]["params"]["date"] + "ですね")]
    return [text(f"「{event['message']['text']}」ですね <b>")]


def test_a_resident_is_added_follows_and_taps_through_a_registration(page: Page, line: Line, city: City) -> None:
    page.tap("#add-button")
    page.tap("#follow")
    page.tap(".chip", "日本語")
    page.find(".resident .balloon", "日本語にする")
    page.tap(".flex-button", "中央区")
    page.tap(".chip", "日付")
    page.tap(".picker .strong")
    page.find(".city .balloon", "2001-02-03ですね")
    kinds = [(event["type"], event.get("postback", {}).get("data")) for event in city.events()]
    assert [("follow", None), ("postback", "lang=ja"), ("postback", "ward=chuo"), ("postback", "birth")] == kinds
    log = page.browser.get_log("browser")  # type: ignore[no-untyped-call]
    assert [] == [entry for entry in log if entry["level"] == "SEVERE"]


def test_words_are_typed_and_taken_back(page: Page, line: Line, city: City) -> None:
    user = line.resident()
    page.browser.get(f"{line.url}/#{user}")
    page.find("#words").send_keys("こんにちは", Keys.ENTER)
    page.find(".city .balloon", "「こんにちは」ですね <b>")
    page.browser.execute_script("document.querySelector('.unsend').focus()")
    page.tap(".unsend")
    page.find(".notice", "取り消しました")
    assert ["message", "unsend"] == [event["type"] for event in city.events()]


def test_the_account_is_blocked_and_unblocked(page: Page, line: Line, city: City) -> None:
    user = line.resident()
    page.browser.get(f"{line.url}/#{user}")
    page.tap("#block")
    page.tap("#unblock")
    page.find(".chip", "日本語")
    assert [("unfollow", None), ("follow", {"isUnblocked": True})] == [
        (event["type"], event.get("follow")) for event in city.events()
    ]


def test_a_broadcast_appears_by_itself_with_an_unread_mark_on_the_others(page: Page, line: Line) -> None:
    seen, other = line.resident(), line.resident()
    page.browser.get(f"{line.url}/#{seen}")
    page.find("#words")
    line.api("/message/multicast", {"to": [seen, other], "messages": [text("避難してください")]})
    page.find(".city .balloon", "避難してください")
    page.find(f'[data-chat="{other}"] .unread', "1")
    assert [] == page.browser.find_elements(By.CSS_SELECTOR, f'[data-chat="{seen}"] .unread')
