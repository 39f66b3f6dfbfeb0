from tsunagu.line.messages import Button, Message, card, cut, faults, image, shortened, text, utf16
from tsunagu.line.postback import Postback


def only(message: Message) -> str:
    (fault,) = faults([message])
    return fault


def test_text_is_counted_in_utf16_units() -> None:
    assert 2 == utf16("🙂")
    assert [] == faults([text("あ" * 5_000)])
    assert "message 1: the text is 1 UTF-16 unit too long (5,000 fit)" == only(text("あ" * 4_999 + "🙂"))
    assert "message 1: the text is empty" == only(text(""))


def test_one_to_five_messages() -> None:
    assert [] == faults([text("a")] * 5)
    assert ["6 messages; LINE takes 1 to 5 at a time"] == faults([text("a")] * 6)
    assert ["0 messages; LINE takes 1 to 5 at a time"] == faults([])


def test_labels_are_counted_as_people_count() -> None:
    family = "👨‍👩‍👧"
    assert [] == faults([text("a", [Button(family * 20, message="x")])])
    assert "has 21 characters" in only(text("a", [Button(family * 21, message="x")]))
    assert [] == faults([card("a", buttons=[Button("い" * 40, message="x")])])
    assert "has 41 characters" in only(card("a", buttons=[Button("い" * 41, message="x")]))
    assert family + "…" == shortened(family * 3, 2)


def test_words_are_cut_by_units_between_what_people_see_as_letters() -> None:
    family = "👨‍👩‍👧"
    assert "あいう" == cut("あいう", 3)
    assert "あい…" == cut("あいうえ", 3)
    assert f"{family}…" == cut(family * 3, 10)
    assert utf16(cut("e" + "\u0301" * 50, 10)) <= 10


def test_a_quick_reply_may_open_what_the_phone_has() -> None:
    opening = [Button("a", opens=what) for what in ("camera", "cameraRoll", "location")]
    message = text("a", opening)
    assert [] == faults([message])
    assert [{"type": each.opens, "label": "a"} for each in opening] == [
        item["action"] for item in message["quickReply"]["items"]
    ]


def test_links_and_pictures_must_be_reachable() -> None:
    assert [] == faults([card("a", picture="https://city.example/a.png", buttons=[Button("t", uri="tel:0961234567")])])
    assert "must be an https:// address" in only(card("a", picture="http://city.example/a.png"))
    assert "must begin with https://" in only(card("a", buttons=[Button("t", uri="ftp://city.example")]))
    assert 2 == len(faults([image("http://city.example/a.png")]))


def test_quick_replies_end_at_thirteen() -> None:
    buttons = [Button(str(number), Postback("a")) for number in range(14)]
    assert [] == faults([text("a", buttons[:13])])
    assert "14 quick replies, 1 too many" in only(text("a", buttons))


def test_a_card_has_a_size() -> None:
    assert [] == faults([card("a", "い" * 9_000)])
    assert "too many" in only(card("a", "い" * 10_000))
