"""Behind the scenes of the phone page: what goes wrong on purpose, and LINE's clock."""

import pytest
import requests

from tests.local.line_platform.drive import City, Line
from tests.local.line_platform.page import Page

DAY = 86_400


def fault(line: Line) -> dict[str, object]:
    (ordered,) = line.look("/faults")["faults"]
    return {name: ordered[name] for name in ("endpoint", "kind", "status", "cut", "probability")}


def switched(page: Page, words: str) -> str:
    return page.find(".switch", words).get_attribute("aria-checked") or ""


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("3秒遅れる", {"endpoint": "*", "kind": "slow", "status": 500, "cut": False, "probability": 1.0}),
        ("つながらない", {"endpoint": "*", "kind": "before", "status": 500, "cut": True, "probability": 1.0}),
        ("429", {"endpoint": "*", "kind": "status", "status": 429, "cut": False, "probability": 1.0}),
        ("2回に1回", {"endpoint": "*", "kind": "status", "status": 500, "cut": False, "probability": 0.5}),
        ("返事が届かない", {"endpoint": "*", "kind": "after", "status": 500, "cut": True, "probability": 1.0}),
    ],
)
def test_a_fault_is_switched_on_and_off(page: Page, line: Line, words: str, wanted: dict[str, object]) -> None:
    page.open("")
    page.tap("#trouble summary")
    page.tap(".switch", words)
    page.until(lambda: "true" == switched(page, words))
    assert wanted == fault(line)
    page.find("#alarm-words", "1 件")
    page.tap(".switch", words)
    page.until(lambda: "false" == switched(page, words))
    assert [] == line.look("/faults")["faults"]


def test_a_fault_for_certain_words_is_not_taken_for_the_switch(page: Page, line: Line) -> None:
    line.tell("/faults", {"kind": "status", "words": "訓練"})
    page.open("")
    page.tap("#trouble summary")
    page.find(".ordered li", "status")
    assert "false" == switched(page, "LINE が 500 を返す")


def test_one_click_ends_all_that_was_switched_on(page: Page, line: Line, city: City) -> None:
    line.resident()
    line.tell("/faults", {"kind": "status", "status": 503, "endpoint": "push", "count": 2})
    page.open("")
    page.tap("#trouble summary")
    for words in ("遅れて届く", "二度届く", "配信枠"):
        page.tap(".switch", words)
        page.until(lambda words=words: "true" == switched(page, words))  # type: ignore[misc]
    page.find(".ordered li", "status push 503")
    page.tap("#steps button", "1時間")
    page.find("#alarm-words", "障害・遅延 4 件・LINE の時計 ＋1時間")
    now = line.look("/settings")
    assert (1.0, 1.0, 0, 3600) == tuple(
        now[name] for name in ("delay_probability", "repeat_probability", "quota", "clock_ahead")
    )
    page.tap("#alarm-clear")
    page.until(lambda: not page.texts("#alarm-clear"))
    now = line.look("/settings")
    assert (0, 0, None, 0) == tuple(
        now[name] for name in ("delay_probability", "repeat_probability", "quota", "clock_ahead")
    )
    assert [] == line.look("/faults")["faults"]


def test_redelivery_is_lines_setting_and_no_trouble(page: Page, line: Line) -> None:
    page.open("")
    page.tap("#trouble summary")
    page.tap("#setting .switch")
    page.until(lambda: "true" == switched(page, "再送"))
    assert line.look("/settings")["redelivery"]
    assert [] == page.texts("#alarm-clear")


def test_lines_clock_is_moved_and_comes_back(page: Page, line: Line) -> None:
    page.open("")
    for words in ("1日", "1日", "1分"):
        page.tap("#steps button", words)
    page.find("#ahead", "＋2日1分")
    page.until(lambda: 2 * DAY + 60 == line.look("/settings")["clock_ahead"])
    told = requests.get(f"{line.url}/phone/state", timeout=30).json()["now"]
    shown = page.browser.execute_script("return Date.parse(document.querySelector('#time-now').dateTime)")
    assert 0 == round((shown - told) / 60_000)
    page.tap("#steps button", "現在に戻す")
    page.until(lambda: 0 == line.look("/settings")["clock_ahead"])
    page.until(lambda: not any(page.texts("#ahead")))


def test_the_wire_is_about_the_phone_that_is_used(page: Page, line: Line, city: City) -> None:
    users = [line.resident() for _ in range(2)]
    page.open(f"?phones=2#{','.join(users)}")
    page.tap("#opens-backstage")
    slots = [page.find(f".slot:nth-child({place})") for place in (1, 2)]
    page.find(".words", within=slots[1]).send_keys("あ\n")
    page.find(".wire .what", "返信")
    page.find("#wire-whose", "端末 2")
    page.find(".words", within=slots[0]).click()
    page.find("#wire-whose", "端末 1")
    page.find(".wire .none")
