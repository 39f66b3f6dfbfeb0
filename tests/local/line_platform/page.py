"""A driver for the phone page, and the city it talks with."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver import ActionChains, Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from tests.local.line_platform.drive import Line, bubble, flex, postback, quick, text

PATIENCE = 20  # seconds
DATE = {"type": "datetimepicker", "label": "日付", "data": "birth", "mode": "date", "initial": "2001-02-03"}


class Page:
    def __init__(self, browser: Chrome, url: str) -> None:
        self.browser = browser
        self.url = url

    def open(self, path: str) -> None:
        """A fresh page: going from one hash to another would keep the old one."""
        self.browser.get("about:blank")
        self.browser.get(f"{self.url}/{path}")

    def find(self, css: str, words: str = "", within: WebElement | None = None) -> WebElement:
        """The one shown that has these words, once it is there."""

        def look(browser: Any) -> WebElement | None:
            found = [each for each in (within or browser).find_elements(By.CSS_SELECTOR, css) if each.is_displayed()]
            return next((each for each in found if words in each.text), None)

        shown = self._waiting().until(look)
        assert shown is not None
        return shown

    def tap(self, css: str, words: str = "", within: WebElement | None = None) -> None:
        # Drawing again may replace what was just found.
        for _ in range(3):
            with suppress(StaleElementReferenceException):
                self.find(css, words, within).click()
                return
        raise AssertionError(f"{css} does not stay")

    def until(self, holds: Callable[[], bool]) -> None:
        self._waiting().until(lambda _: holds())

    def still(self) -> None:
        """Waits until nothing moves: what is half faded in has other colours."""
        self.until(lambda: self.browser.execute_script("return document.getAnimations().length === 0"))

    def texts(self, css: str) -> list[str]:
        return [each.text for each in self.browser.find_elements(By.CSS_SELECTOR, css) if each.is_displayed()]

    def names(self, css: str) -> list[str]:
        return [each.accessible_name for each in self.browser.find_elements(By.CSS_SELECTOR, css)]

    def press(self, *keys: str) -> None:
        ActionChains(self.browser).send_keys(*keys).perform()

    def tab_to(self, css: str, words: str = "") -> WebElement:
        """With the Tab key alone; fails where the keyboard does not get there."""
        for _ in range(80):
            focused = self.browser.switch_to.active_element
            with suppress(StaleElementReferenceException):
                there: bool = self.browser.execute_script("return arguments[0].matches(arguments[1])", focused, css)
                if there and words in focused.text:
                    return focused
            self.press(Keys.TAB)
        raise AssertionError(f"Tab does not reach {css} {words}")

    def severe(self) -> list[str]:
        log = self.browser.get_log("browser")  # type: ignore[no-untyped-call]
        return [entry["message"] for entry in log if entry["level"] == "SEVERE"]

    def _waiting(self) -> WebDriverWait[Chrome]:
        return WebDriverWait(self.browser, PATIENCE, 0.05, ignored_exceptions=(StaleElementReferenceException,))


def answers(line: Line) -> Callable[[dict[str, Any]], int]:
    """What a city does that answers every event with the messages of a registration."""

    def answer(body: dict[str, Any]) -> int:
        for event in body["events"]:
            if "replyToken" in event:
                messages = _answer(event)
                replied = line.api("/message/reply", {"replyToken": event["replyToken"], "messages": messages})
                assert 200 == replied.status_code, replied.text
        return 200

    return answer


def _answer(event: dict[str, Any]) -> list[dict[str, Any]]:
    data = event.get("postback", {}).get("data", "")
    if event["type"] == "follow":
        return [text("ようこそ", quickReply=quick(postback("日本語", "lang=ja", displayText="日本語にする")))]
    if data == "lang=ja":
        button = {"type": "button", "style": "primary", "action": postback("中央区", "ward=chuo")}
        return [flex(bubble({"type": "text", "text": "お住まいの区"}, button))]
    if data == "ward=chuo":
        return [text("誕生日は？", quickReply=quick(DATE, {"type": "message", "label": "言わない", "text": "ひみつ"}))]
    if event["type"] == "postback":
        return [text("・".join(event["postback"].get("params", {"": data}).values()) + "ですね")]
    message = event["message"]
    return [text(f"「{message.get('text') or message.get('title') or message['type']}」ですね <b>")]
