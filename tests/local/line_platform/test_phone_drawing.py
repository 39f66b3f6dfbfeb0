"""How the phone page draws LINE's messages."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from selenium.webdriver.common.by import By

from tests.local.line_platform.drive import ROOT, City, Line, bubble, flex, postback, quick, text
from tests.local.line_platform.page import Page

MEDIA = "https://media.tsunagu.example/"
RAIN, CHILDREN = f"{MEDIA}rain.png", f"{MEDIA}children.png"
MARKUP = '<img src=x onerror="document.title=1"><b>太字</b>'


@pytest.fixture
def pictures(line: Line) -> Iterator[str]:
    """An address under which every picture is the same one, as an imagemap's has no file name."""
    picture = Path(ROOT / "local/line_platform/static/media/rain.png").read_bytes()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "image/png")
            self.send_header("content-length", str(len(picture)))
            self.end_headers()
            self.wfile.write(picture)

        def log_message(self, format: str, *args: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    at = f"http://127.0.0.1:{server.server_port}/"
    line.tell("/settings", {"media": {MEDIA: "/static/media/", "https://maps.tsunagu.example/": at}})
    yield "https://maps.tsunagu.example/"
    server.shutdown()
    server.server_close()


def sent(line: Line, page: Page, *messages: dict[str, Any]) -> str:
    user = line.resident()
    answered = line.push(user, *messages)
    assert 200 == answered.status_code, answered.text
    page.open(f"#{user}")
    page.find(".entry")
    return user


def template(**more: Any) -> dict[str, Any]:
    return {"type": "template", "altText": "選ぶ", "template": more}


def test_a_picture_is_enlarged_and_put_away(page: Page, line: Line) -> None:
    sent(line, page, {"type": "image", "originalContentUrl": CHILDREN, "previewImageUrl": RAIN})
    page.tap(".photo-button")
    assert f"{line.url}/static/media/children.png" == page.find(".enlarged img").get_attribute("src")
    page.tap(".close")
    page.until(lambda: not page.browser.find_elements(By.CSS_SELECTOR, ".enlarged"))


def test_what_is_not_played_says_so(page: Page, line: Line) -> None:
    sent(
        line, page,
        {"type": "video", "originalContentUrl": f"{MEDIA}v.mp4", "previewImageUrl": RAIN},
        {"type": "audio", "originalContentUrl": f"{MEDIA}a.m4a", "duration": 72_000},
        {"type": "sticker", "packageId": "446", "stickerId": "1988"},
        {"type": "location", "title": "避難所", "address": "つなぐ市", "latitude": 32.8, "longitude": 130.7},
    )  # fmt: skip
    said = page.texts(".stood-in, .place")
    assert ["動画（ここでは再生しません）", "音声 1:12（ここでは再生しません）", "スタンプ 446 / 1988", "避難所"] == [
        next(part for part in words.split("\n") if part not in ("▶", "🙂")) for words in said
    ]


def test_areas_of_an_imagemap_lie_where_line_puts_them_and_are_tapped(
    page: Page, line: Line, city: City, pictures: str
) -> None:
    areas = [
        {"type": "message", "label": "北の避難所", "text": "北", "area": {"x": 0, "y": 0, "width": 520, "height": 260}},
        {"type": "uri", "linkUri": "https://city.example/", "area": {"x": 520, "y": 260, "width": 520, "height": 260}},
    ]
    size = {"width": 1040, "height": 520}
    sent(
        line,
        page,
        {
            "type": "imagemap",
            "baseUrl": f"{pictures}map",
            "altText": "避難所の地図",
            "baseSize": size,
            "actions": areas,
        },
    )
    whole = page.find(".imagemap")
    assert ("避難所の地図", ["北の避難所", "https://city.example/"]) == (
        whole.accessible_name,
        page.names(".imagemap .area"),
    )
    outer, inner = whole.rect, page.browser.find_elements(By.CSS_SELECTOR, ".imagemap .area")[1].rect
    shares = [(inner[side] - outer[side]) / outer[length] for side, length in (("x", "width"), ("y", "height"))]
    shares += [inner[length] / outer[length] for length in ("width", "height")]
    assert pytest.approx([0.5] * 4, abs=0.01) == shares
    page.until(
        lambda: 520 == page.browser.execute_script("return document.querySelector('.imagemap img').naturalWidth")
    )
    page.tap(".imagemap .area")
    page.find(".city .balloon", "「北」ですね")
    assert ["北"] == [event["message"]["text"] for event in city.events()]


def test_the_four_templates_are_drawn_and_tapped(page: Page, line: Line, city: City) -> None:
    column = {"title": "予定", "text": "くわしく", "thumbnailImageUrl": RAIN}
    whole = column | {"defaultAction": postback("全体", "whole"), "actions": [postback("ボタン", "buttons")]}
    sent(
        line, page,
        template(type="buttons", **whole),
        template(type="confirm", text="無事ですか", actions=[postback("はい", "confirm"), postback("いいえ", "no")]),
        template(type="carousel", columns=[column | {"actions": [postback("札", "carousel")]}] * 2),
        template(type="image_carousel", columns=[{"imageUrl": CHILDREN, "action": postback("絵", "pictured")}] * 2),
    )  # fmt: skip
    for css, words in (
        (".template-button", "ボタン"),
        (".template-button", "はい"),
        (".template-button", "札"),
        (".pictured", "絵"),
    ):
        page.tap(css, words)
    page.tap(".template-top.tappable .template-words")
    page.until(lambda: 5 == len(city.events()))
    assert ["buttons", "confirm", "carousel", "pictured", "whole"] == [
        event["postback"]["data"] for event in city.events()
    ]


def test_markup_in_messages_names_and_labels_is_shown_as_text(page: Page, line: Line, city: City) -> None:
    button = {"type": "button", "action": postback("<b>ボタン</b>", "b")}
    user = line.resident(name=MARKUP)
    line.push(
        user, text(MARKUP), flex(bubble({"type": "text", "text": MARKUP}, button), alt=MARKUP),
        template(type="confirm", text=MARKUP, actions=[postback("<i>1</i>"), postback("<i>2</i>")]),
        {"type": "location", "title": MARKUP, "address": MARKUP, "latitude": 1, "longitude": 1},
        text("最後", quickReply=quick(postback("<u>札</u>"))),
    )  # fmt: skip
    line.tell(f"/residents/{user}/say", {"text": MARKUP})
    line.tell(f"/residents/{user}/location", {"latitude": 1, "longitude": 1, "title": MARKUP})
    page.open(f"?phones=2#{user}")
    page.until(lambda: 2 == len([words for words in page.texts(".balloon") if words == MARKUP]))
    page.open(f"#{user}")
    page.find(".person-name", MARKUP)
    page.find(".template-button", "<i>1</i>")
    page.find(".resident .place", MARKUP)
    assert [] == page.browser.find_elements(
        By.CSS_SELECTOR, ".talk b, .talk i:not(.dots i), .talk u, [onerror], .people b"
    )
    assert "つなぐ" in page.browser.title


def test_words_in_english_are_marked_as_such(page: Page, line: Line) -> None:
    sent(
        line,
        page,
        text("Are you safe? 🙂"),
        text("無事ですか"),
        text("Êtes-vous en sécurité ?"),
        flex(bubble({"type": "text", "text": "Ward"})),
    )
    spoken = page.browser.find_elements(By.CSS_SELECTOR, ".talk .balloon, .flex-text")
    assert ["en", "", "", "en"] == [each.get_attribute("lang") for each in spoken]
