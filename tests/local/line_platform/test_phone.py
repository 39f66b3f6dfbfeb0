"""What a resident does on the phone page, in a real browser."""

from typing import Any

import requests
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.local.line_platform.drive import TOKEN, City, Line, postback, quick, text
from tests.local.line_platform.page import Page


def kinds(city: City) -> list[tuple[str, str | None]]:
    return [(event["type"], event.get("postback", {}).get("data")) for event in city.events()]


def messages(city: City) -> list[dict[str, Any]]:
    return [event["message"] for event in city.events() if event["type"] == "message"]


def test_a_resident_is_added_follows_and_taps_through_a_registration(page: Page, line: Line, city: City) -> None:
    page.open("")
    page.tap("#add-button")
    page.tap(".follow")
    page.tap(".chip", "日本語")
    page.find(".resident .balloon", "日本語にする")
    page.tap(".flex-button", "中央区")
    page.tap(".chip", "日付")
    page.tap(".picker .strong")
    page.find(".city .balloon", "2001-02-03ですね")
    assert [("follow", None), ("postback", "lang=ja"), ("postback", "ward=chuo"), ("postback", "birth")] == kinds(city)
    assert [] == page.severe()


def test_words_are_typed_and_taken_back(page: Page, line: Line, city: City) -> None:
    user = line.resident()
    page.open(f"#{user}")
    page.find(".words").send_keys("こんにちは", Keys.ENTER)
    page.find(".city .balloon", "「こんにちは」ですね <b>")
    page.browser.execute_script("document.querySelector('.unsend').focus()")
    page.tap(".unsend")
    page.find(".notice", "取り消しました")
    assert ["message", "unsend"] == [event["type"] for event in city.events()]


def test_the_account_is_blocked_and_unblocked(page: Page, line: Line, city: City) -> None:
    user = line.resident()
    page.open(f"#{user}")
    page.tap(".block")
    page.tap(".unblock")
    page.find(".chip", "日本語")
    assert [("unfollow", None), ("follow", {"isUnblocked": True})] == [
        (event["type"], event.get("follow")) for event in city.events()
    ]


def test_a_broadcast_appears_by_itself_with_an_unread_mark_on_the_others(page: Page, line: Line) -> None:
    seen, other = line.resident(), line.resident()
    page.open(f"#{seen}")
    page.find(".words")
    line.api("/message/multicast", {"to": [seen, other], "messages": [text("避難してください")]})
    page.find(".city .balloon", "避難してください")
    page.find(f'[data-chat="{other}"] .unread', "1")
    assert [] == page.browser.find_elements(By.CSS_SELECTOR, f'[data-chat="{seen}"] .unread')


def test_a_time_and_a_day_with_a_time_are_picked_as_line_writes_them(page: Page, line: Line, city: City) -> None:
    user = line.resident()
    page.open(f"#{user}")

    def picker(mode: str, **more: str) -> dict[str, str]:
        return {"type": "datetimepicker", "label": mode, "data": mode, "mode": mode, **more}

    for mode, times, picked in (
        ("time", {"initial": "08:30"}, "08:30"),
        ("datetime", {"initial": "2026-12-05t10:00", "max": "2026-12-31t23:59"}, "2026-12-05T10:00"),
        ("date", {"min": "2020-01-01", "max": "2020-12-31"}, "2020-12-31"),  # the present is too late
    ):
        line.push(user, text("いつ", quickReply=quick(picker(mode, **times))))
        page.tap(".chip", mode)
        page.tap(".picker .strong")
        page.find(".city .balloon", f"{picked}ですね")
    assert [{"time": "08:30"}, {"datetime": "2026-12-05T10:00"}, {"date": "2020-12-31"}] == [
        event["postback"]["params"] for event in city.events()
    ]


def test_a_day_outside_the_pickers_bounds_is_not_sent(page: Page, line: Line, city: City) -> None:
    user = line.resident()
    page.open(f"#{user}")
    bounds = {"initial": "2026-12-05", "min": "2026-12-01", "max": "2026-12-31"}
    line.push(
        user,
        text(
            "いつ", quickReply=quick({"type": "datetimepicker", "label": "日", "data": "d", "mode": "date", **bounds})
        ),
    )
    page.tap(".chip", "日")
    late = "document.querySelector('.picker input').value = '2027-01-01'"
    page.browser.execute_script(late)
    page.tap(".picker .strong")
    assert page.find(".picker input").is_displayed()
    assert [] == city.events()


def test_a_location_is_sent_from_an_example_and_changed_by_hand(page: Page, line: Line, city: City) -> None:
    user = line.resident()
    page.open(f"#{user}")
    page.tap(".attach")
    page.tap(".strong", "位置情報")
    page.find(".place-form [name=title]").clear()
    page.find(".place-form [name=title]").send_keys("橋のたもと")
    page.tap(".place-form .strong")
    page.find(".resident .place", "橋のたもと")
    page.find(".city .balloon", "「橋のたもと」ですね")
    (sent,) = messages(city)
    assert ("location", "橋のたもと", "つなぐ市中央区手取本町1-1", 32.8032, 130.7079) == tuple(
        sent[name] for name in ("type", "title", "address", "latitude", "longitude")
    )


def test_a_picture_is_sent_and_fetched_by_the_city(page: Page, line: Line, city: City, tmp_path: Any) -> None:
    user = line.resident()
    page.open(f"#{user}")
    line.push(
        user,
        text("写真を", quickReply=quick({"type": "cameraRoll", "label": "写真"}, {"type": "camera", "label": "撮る"})),
    )
    page.tap(".chip", "写真")
    page.tap(".sample", "川の水")
    page.find(".chosen", "川の水")
    page.tap(".picker .strong")
    page.find(".city .balloon", "「image」ですね")
    page.until(lambda: 0 < page.find(".resident .photo").size["width"])
    (sent,) = messages(city)
    got = requests.get(
        f"{line.url}/v2/bot/message/{sent['id']}/content", headers={"authorization": f"Bearer {TOKEN}"}, timeout=30
    )
    asked = requests.get(f"{line.url}/static/media/rain.png", timeout=30)
    assert (200, "image/png", asked.content) == (got.status_code, got.headers["content-type"], got.content)


def test_a_file_that_is_no_picture_is_refused_with_a_sentence(
    page: Page, line: Line, city: City, tmp_path: Any
) -> None:
    user = line.resident()
    page.open(f"#{user}")
    note = tmp_path / "note.txt"
    note.write_text("これは写真ではない")
    page.tap(".attach")
    page.tap(".strong", "写真")
    page.find("input[type=file]").send_keys(str(note))
    page.find(".toast", "JPEG、PNG、GIF、WebP")
    assert not page.find(".picker .strong").is_enabled()
    assert [] == city.events()


def test_three_phones_are_independent(page: Page, line: Line, city: City) -> None:
    users = [line.resident() for _ in range(3)]
    page.open("?phones=3")
    slots = [page.find(f".slot:nth-child({place})") for place in (1, 2, 3)]
    page.until(lambda: ",".join(users) in page.browser.current_url)
    page.find(".words", within=slots[1]).send_keys("二番目から", Keys.ENTER)
    page.find(".city .balloon", "「二番目から」ですね", within=slots[1])
    line.push(users[0], text("いつ", quickReply=quick({"type": "location", "label": "場所"}, postback("なし"))))
    page.tap(".chip", "場所", within=slots[0])
    page.find(".words", within=slots[2]).send_keys("三番目から", Keys.ENTER)
    page.find(".city .balloon", "「三番目から」ですね", within=slots[2])
    assert page.find(".place-form", within=slots[0]).is_displayed()
    assert [users[1], users[2]] == [event["source"]["userId"] for event in city.events()]
    assert ["1", "0", "0"] == [str(len(slot.find_elements(By.CSS_SELECTOR, ".dialog"))) for slot in slots]


def test_a_phone_among_several_is_given_to_somebody_else(page: Page, line: Line) -> None:
    first, second, third = (line.resident(name=name) for name in ("一郎", "二葉", "三太"))
    line.push(third, text("三太さんへ"))
    page.open(f"?phones=2#{first},{second}")
    slot = page.find(".slot:nth-child(2)")
    page.find("option", "三太（未読 1）", within=slot).click()
    page.find(".city .balloon", "三太さんへ", within=slot)
    page.tap(".one-more", within=slot)
    page.find(".follow", within=slot)
    assert page.browser.current_url.startswith(f"{line.url}/?phones=2#{first},U")


def test_a_narrow_page_shows_one_of_several_phones_at_a_time(page: Page, line: Line) -> None:
    users = [line.resident() for _ in range(2)]
    narrow = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    page.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", narrow)
    page.open(f"?phones=2#{','.join(users)}")
    assert page.find(".slot:nth-child(1)").is_displayed()
    page.tap("#which button", "端末 2")
    page.find(".slot:nth-child(2)")
    assert not page.browser.find_element(By.CSS_SELECTOR, ".slot:nth-child(1)").is_displayed()
    assert 390 == page.browser.execute_script("return document.documentElement.scrollWidth")
