"""Composing a broadcast in the console: the form and the YAML are one, and nothing typed is lost."""

import json
import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from google.cloud import firestore
from hypothesis import given
from hypothesis import strategies as st

from tests.tsunagu.broadcasts.desk.consoles import TEXT, Console, console, faults_of, values_of
from tests.tsunagu.broadcasts.world import World
from tsunagu.audiences.form import BOXES, audience, fields_of
from tsunagu.broadcasts.desk.form import definition
from tsunagu.broadcasts.desk.reopen import of_definition
from tsunagu.web.forms import Form

CARD = """
  - card:
      title: {ja: 給水所, ja-easy: 水（みず）, en: Water}
      body: {ja: "三か所で\\n配ります"}
      image: https://example.com/map.jpg
      buttons:
        - {label: {ja: 地図}, uri: "https://example.com/map"}
        - {label: {ja: 電話}, tel: 096-328-2111}
        - {label: {ja: 答える}, survey: kosodate-2026}
        - {label: {ja: 返信}, say: {ja: 手伝います, en: I can help}}
"""
SHORT = "title: a\nmessages: [{text: {ja: b}}]\n"
YAML = {
    "five messages to some": """
title: 断水のお知らせ
kind: life_safety
when: 2027-01-15T09:30
not_after: 2027-01-15T12:00
audience: {wards: [chuo, kita], districts: [sekidai], topics: [disaster], languages: [ja], age_bands: [20s, 30s],
  tags: [猫, inu], followed: {from: 2026-01-01, to: 2026-06-30}, not: {languages: [en], wards: [nishi]}}
messages:
  - text: {ja: "断水します\\n😀", en: No water}
  - image: {url: "https://example.com/a.jpg", preview: "https://example.com/b.jpg"}
  - text: {en: English only}
  - image: {url: "https://example.com/c.png"}
"""
    + CARD,
    "now, to everyone": SHORT + "when: now",
    "a reminder over half an hour": "title: a\nwhen: now\nremind: true\nover_minutes: 30\nmessages:" + CARD,
    "every day": SHORT + "when: {every: day, at: '07:00', from: 2027-01-01, until: 2027-02-01}",
    "every week": SHORT + "when: {every: week, at: '07:00', on: [mon, thu], holidays: skip}",
    "every month": SHORT
    + "not_after: 3h\n"
    + "when: {every: month, at: '07:05', on: [1, 15, last, 2nd tue, last fri], except: [2027-01-01, 2027-05-01]}",
}


@pytest.fixture
def desk(db: firestore.Client) -> Iterator[Console]:
    with console(db) as made:
        yield made


@pytest.fixture
def editor(desk: Console) -> FlaskClient:
    return desk.as_("editor")


def stored(db: firestore.Client) -> dict[str, Any]:
    (only,) = [snapshot.to_dict() or {} for snapshot in db.collection("broadcasts").stream()]
    return only


def boxes(form: Form) -> dict[str, list[str]]:
    """As a browser sends it."""
    return {name: list(values) for name, values in form.typed.items()}


def nothing_stored(db: firestore.Client) -> bool:
    return [] == list(db.collection("broadcasts").stream())


@pytest.mark.parametrize("name", YAML)
def test_the_form_stores_what_the_yaml_does(
    name: str, desk: Console, editor: FlaskClient, db: firestore.Client
) -> None:
    wanted = desk.read(YAML[name])
    form = of_definition(json.loads(wanted.written()))
    answer = editor.post("/broadcasts/new", data={**boxes(form), "do": "save"})
    assert (303, {}) == (answer.status_code, faults_of(answer.text))
    found = stored(db)
    assert json.loads(wanted.written()) == json.loads(found["source"])
    assert wanted.versions()[0] == {version: json.loads(text) for version, text in found["messages"].items()}
    assert ("draft", wanted.audience.to_document()) == (found["state"], found["to"])


IDS = st.lists(st.from_regex(r"[a-z0-9]{1,8}", fullmatch=True), min_size=1, max_size=3, unique=True)
GROUP = st.fixed_dictionaries({}, optional={name: IDS for name in (*BOXES, "tags")} | {"saved": st.just("s")})


@given(GROUP, GROUP)
def test_what_the_boxes_can_show_comes_back_as_it_was(whom: dict[str, Any], others: dict[str, Any]) -> None:
    wanted = whom | ({"not": others} if others else {})
    assert wanted == audience(Form(fields_of(wanted)))


def test_a_draft_opens_as_it_was_saved_and_is_saved_again(
    desk: Console, editor: FlaskClient, db: firestore.Client
) -> None:
    address = editor.post("/broadcasts/new", data={**TEXT, "do": "save"}).headers["Location"].partition("?")[0]
    page = editor.get(f"{address}/edit").text
    assert ("ごみの日", "明日です") == tuple(values_of(page)[name] for name in ("title", "messages.0.text.ja"))
    version = values_of(page)["version"]
    changed = {**TEXT, "messages.0.text.ja": "あさってです", "version": version, "do": "save"}
    assert 303 == editor.post(f"{address}/edit", data=changed).status_code
    assert {"ja": [{"type": "text", "text": "あさってです"}]} == {
        name: json.loads(text) for name, text in stored(db)["messages"].items()
    }
    late = editor.post(f"{address}/edit", data={**changed, "messages.0.text.ja": "しあさってです"})
    assert (422, True, "しあさってです") == (
        late.status_code,
        "書き直されました" in late.text,
        values_of(late.text)["messages.0.text.ja"],
    )


def test_a_copy_is_a_new_draft_with_the_same_words(editor: FlaskClient, desk: Console) -> None:
    address = editor.post("/broadcasts/new", data={**TEXT, "do": "save"}).headers["Location"].partition("?")[0]
    page = editor.get(f"/broadcasts/new?from={address.rpartition('/')[2]}").text
    assert ("明日です", None) == (values_of(page)["messages.0.text.ja"], values_of(page).get("version"))


LINK = {"messages.0.is": "card", "messages.0.card.title.ja": "題", "messages.0.card.buttons.0.is": "uri"}
LINK |= {"messages.0.card.buttons.0.label.ja": "開く", "messages.0.card.buttons.0.uri": "https://example.com"}
MONTHLY = {"start": "repeat", "when.every": "month", "when.at": "09:00", "when.days": "1"}
FAULTS: list[tuple[dict[str, Any], str, str]] = [
    ({"title": " "}, "title", "入れてください"),
    ({"title": "題" * 101}, "title", "100文字まで"),
    ({"kind": "rumour"}, "kind", ""),
    ({"over_minutes": "0"}, "over_minutes", "1〜1,440の数"),
    ({"over_minutes": "30分"}, "over_minutes", "1〜1,440の数"),
    ({"over_minutes": "30", "kind": "life_safety"}, "over_minutes", "一度に送ります"),
    ({"remind": "true"}, "remind", "ボタンがあるカードが必要"),
    ({"remind": "true", "kind": "life_safety"}, "remind", "お知らせ"),
    ({"messages.0.text.ja": ""}, "messages.0.text", "どれか一つの言語"),
    ({"messages.0.text.ja": "あ" * 5003}, "messages.0.text.ja", "3文字分長すぎます"),
    ({"messages.0.text.en": "😀" * 2501}, "messages.0.text.en", "2文字分長すぎます"),
    ({"messages.0.is": "image", "messages.0.image.url": "http://example.com/a.jpg"}, "messages.0.image.url", "https://"),
    ({"messages.0.is": "image", "messages.0.image.url": ""}, "messages.0.image.url", "画像を選ぶか、https://"),
    ({**LINK, "messages.0.card.title.ja": ""}, "messages.0.card.title", "どれか一つの言語"),
    ({**LINK, "messages.0.card.image": "ftp://example.com"}, "messages.0.card.image", "https://"),
    ({**LINK, "messages.0.card.buttons.0.uri": "example.com"}, "messages.0.card.buttons.0.uri", "https://"),
    ({**LINK, "messages.0.card.buttons.0.label.ja": "長" * 41}, "messages.0.card.buttons.0.label.ja", "今は41文字"),
    ({**LINK, "messages.0.card.buttons.0.is": "tel"}, "messages.0.card.buttons.0.tel", "電話番号"),
    ({**LINK, "messages.0.card.buttons.0.is": "survey"}, "messages.0.card.buttons.0.survey", "半角"),
    ({**LINK, "messages.0.card.buttons.0.is": "say"}, "messages.0.card.buttons.0.say", "どれか一つの言語"),
    ({f"messages.{n}.{what}": "text" for n in range(6) for what in ("is", "text.ja")}, "messages", "5通"),
    ({"start": "at", "when": ""}, "when", "日付と時刻"),
    ({"start": "at", "when": "2026-11-05T09:02"}, "when", "過ぎています"),
    ({"not_after": "2026-11-05T09:02"}, "not_after", "過ぎています"),
    ({"start": "at", "when": "2027-01-01T10:00", "not_after": "2027-01-01T09:00"}, "not_after", "あとにして"),
    ({**MONTHLY, "when.at": ""}, "when.at", "時刻を入れて"),
    ({**MONTHLY, "when.every": ""}, "when.every", "毎日・毎週・毎月"),
    ({**MONTHLY, "when.days": "32"}, "when.on", "32"),
    ({**MONTHLY, "when.days": ""}, "when.on", ""),
    ({**MONTHLY, "when.except": "元日"}, "when.except", "日付を入れて"),
    ({**MONTHLY, "when.from": "2027-02-01", "when.until": "2027-01-01"}, "when.until", "より前です"),
    ({**MONTHLY, "when.until": "2026-11-01"}, "when", "送る日がありません"),
    ({"audience.wards": ["nowhere"]}, "audience.wards", "市の一覧にありません"),
    ({"audience.not.districts": ["nowhere"]}, "audience.not.districts", "市の一覧にありません"),
    ({"audience.languages": ["fr"]}, "audience.languages", ""),
    ({"audience.tags": "長" * 31}, "audience.tags", "今は31文字"),
    ({"audience.lists": ["gone"]}, "audience.lists", "名簿はありません"),
    ({"audience.saved": "gone"}, "audience.saved", "保存した対象はありません"),
    ({"audience.followed.from": "2026-02-01", "audience.followed.to": "2026-01-01"}, "audience.followed", "より前です"),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "field", "says"), FAULTS)
def test_a_fault_is_said_at_its_field_and_nothing_typed_is_lost(
    typed: dict[str, Any], field: str, says: str, editor: FlaskClient, db: firestore.Client
) -> None:
    sent = {**TEXT, "messages.0.card.body.ja": "本文", **typed}
    answer = editor.post("/broadcasts/new", data={**sent, "do": "save"})
    found = faults_of(answer.text)
    assert (422, [field]) == (answer.status_code, list(found))
    (sentence,) = found[field]
    assert says in sentence and re.search(r"[ぁ-ん]", sentence), sentence
    assert f'<a href="#{field}">' in answer.text and f'id="{field}"' in answer.text
    shown = values_of(answer.text)
    kept = {name: value for name, value in sent.items() if name in shown}
    assert kept == {name: shown[name] for name in kept}
    assert set(sent) - set(shown) <= {"kind", "start", "messages.0.text.ja", "messages.0.card.body.ja", *typed}
    assert nothing_stored(db)


def test_every_fault_is_said_at_once(editor: FlaskClient) -> None:
    typed = {**TEXT, **LINK, "title": "", "start": "at", "when": "", "messages.0.card.buttons.0.uri": "x"}
    page = editor.post("/broadcasts/new", data={**typed, "do": "save"}).text
    assert ["title", "when", "messages.0.card.buttons.0.uri"] == re.findall(r'<li><a href="#([^"]+)"', page)


@pytest.mark.parametrize(
    "typed",
    [
        {},
        {
            "messages.0.is": "song",
            "messages.7.is": "",
            "messages.x.is": "text",
            "messages.0.card.buttons.0.is": "dance",
        },
        {
            "messages.0.is": "card",
            "messages.0.card.buttons.0.is": "dance",
            "version": "x",
            "kind": ["news", "life_safety"],
        },
        {
            "title": "\x00\x85\u2028題\ud800",
            "messages.0.is": "text",
            "messages.0.text.ja": "\x0b: - [{'\t",
            "do": "save",
        },
        {"audience.followed.from": "9" * 500, "start": "at", "when": "{}", "not_after": "[]", "do": "save"},
        {"start": "repeat", "when.every": "week", "when.weekdays": ["mon", "x"], "when.except": "- - -", "do": "save"},
    ],
)
def test_what_no_browser_sends_is_a_page_all_the_same(typed: dict[str, Any], editor: FlaskClient) -> None:
    sent = {
        name: value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
        for name, value in typed.items()
    }
    for path in ("/broadcasts/new", "/broadcasts/new/yaml", "/broadcasts/size"):
        assert editor.post(path, data=sent).status_code in (200, 422), path


@pytest.mark.parametrize("path", ["/broadcasts/new", "/broadcasts/new/yaml"])
def test_checking_says_that_what_has_no_audience_cannot_be_sent(path: str, editor: FlaskClient, world: World) -> None:
    def said(ward: str) -> str:
        text = SHORT + f"when: now\naudience: {{wards: [{ward}]}}"
        page = editor.post(path, data={**TEXT, "audience.wards": [ward], "yaml": text, "do": "check"}).text
        return str(re.findall(r'role="status">\s*<h2>(.*?)。', page)[0])

    world.people(1)
    world.move_in()
    assert ("このまま保存できます", "届ける相手が0人なので、このままでは送れません") == (said("chuo"), said("kita"))


def test_what_is_no_draft_any_more_does_not_open_as_a_form(editor: FlaskClient, db: firestore.Client) -> None:
    address = editor.post("/broadcasts/new", data={**TEXT, "do": "save"}).headers["Location"].partition("?")[0]
    db.collection("broadcasts").document(address.rpartition("/")[2]).update({"state": "sent"})
    for room in ("edit", "edit/yaml"):
        answer = editor.get(f"{address}/{room}")
        assert (303, f"{address}?refused=edit") == (answer.status_code, answer.headers["Location"])
        assert "下書きではないため、書き直せません" in editor.get(answer.headers["Location"]).text
    late = editor.post(f"{address}/edit", data={**TEXT, "messages.0.text.ja": "あさって", "version": "1", "do": "save"})
    assert (422, "あさって") == (late.status_code, values_of(late.text)["messages.0.text.ja"])


def test_checking_shows_what_phones_will_and_stores_nothing(
    editor: FlaskClient, db: firestore.Client, world: World
) -> None:
    world.people(1)
    world.move_in()
    page = editor.post("/broadcasts/new", data={**TEXT, "messages.0.text.en": "Tomorrow", "do": "check"}).text
    bubbles = re.findall(r'<p class="bubble">(.*?)</p>', page)
    assert (["明日です", "Tomorrow"], True) == (bubbles, "まだ保存していません" in page)
    assert nothing_stored(db)


def test_messages_and_buttons_come_and_go_without_a_word_lost(editor: FlaskClient) -> None:
    form: dict[str, Any] = {**TEXT}
    for wish in (
        "add:card",
        "button:1:tel",
        "button:1:uri",
        "up:1",
        "unbutton:0:0",
        "remove:9",
        "rubbish",
        "add:image",
    ):
        form = values_of(editor.post("/broadcasts/new", data={**form, "do": wish}).text) | {"kind": "news"}
    kinds = {name: value for name, value in form.items() if name.endswith(".is")}
    names = ("messages.0", "messages.0.card.buttons.0", "messages.1", "messages.2")
    assert {f"{name}.is": kind for name, kind in zip(names, ("card", "uri", "text", "image"), strict=True)} == kinds
    assert ("ごみの日", "明日です") == (form["title"], form["messages.1.text.ja"])


def test_yaml_with_faults_shows_each_with_its_line(editor: FlaskClient, db: firestore.Client) -> None:
    text = "title: a\nwhen: tomorrow\naudience: {wards: [nowhere]}\nmessages:\n  - text: {ja: ''}\n"
    page = editor.post("/broadcasts/new/yaml", data={"yaml": text, "do": "save"})
    found = re.findall(r"<b>(\d+)行目</b> (\S.*?) <code>([^<]*)</code>", page.text)
    assert [
        ("2", "送る時刻", "when"),
        ("3", "届ける相手・区 1", "audience.wards[0]"),
        ("5", "内容 1通目・文章・日本語", "messages[0].text.ja"),
    ] == found
    assert 422 == page.status_code
    assert text == values_of(page.text)["yaml"] + "\n" or text == values_of(page.text)["yaml"]
    assert nothing_stored(db)


def test_a_yaml_file_takes_the_whole_language_and_the_form_says_that_it_cannot(
    editor: FlaskClient, db: firestore.Client
) -> None:
    text = SHORT + "when: now\naudience: {any: [{wards: [chuo]}, {not: {topics: [refuse]}}]}"
    file = {"yaml": "", "file": (BytesIO(text.encode()), "a.yaml")}
    assert 422 == editor.post("/broadcasts/new/yaml", data={"yaml": text, "do": "form"}).status_code
    address = editor.post("/broadcasts/new/yaml", data={**file, "do": "save"}).headers["Location"].partition("?")[0]
    assert {"any": [{"wards": ["chuo"]}, {"not": {"topics": ["refuse"]}}]} == stored(db)["to"]
    assert f"{address}/edit/yaml" == editor.get(f"{address}/edit").headers["Location"]
    assert "any:" in editor.get(f"{address}/edit/yaml").text


def test_from_form_to_yaml_and_back_nothing_is_lost(editor: FlaskClient, desk: Console) -> None:
    wanted = of_definition(json.loads(desk.read(YAML["five messages to some"]).written()))
    page = editor.post("/broadcasts/new", data={**boxes(wanted), "do": "yaml"}).text
    again = editor.post("/broadcasts/new/yaml", data={"yaml": values_of(page)["yaml"], "do": "form"}).text
    shown = values_of(again)
    for name, (value, *_) in wanted.typed.items():
        assert shown.get(name, value) == value and unticked(again, name, value) is False, name
    assert definition(wanted)["title"] == shown["title"]


def unticked(page: str, name: str, value: str) -> bool:
    box = re.search(
        rf'<input type="(?:checkbox|radio)" name="{re.escape(name)}" value="{re.escape(value)}"( checked)?>', page
    )
    return box is not None and box[1] is None


@pytest.mark.parametrize(
    ("typed", "expression"),
    [
        ({}, {}),
        ({"audience.wards": ["chuo"]}, {"wards": ["chuo"]}),
        ({"audience.wards": ["chuo"], "kind": "life_safety"}, {"wards": ["chuo"]}),
        ({"audience.topics": ["refuse"]}, {"topics": ["refuse"]}),
        ({"audience.not.languages": ["en"]}, {"not": {"languages": ["en"]}}),
        ({"audience.wards": ["minami"]}, {"wards": ["minami"]}),
    ],
)  # fmt: skip
def test_the_live_size_is_the_rosters(
    typed: dict[str, Any], expression: dict[str, Any], desk: Console, editor: FlaskClient, world: World
) -> None:
    (
        world.people(5),
        world.people(3, "en", topics=["refuse"]),
        world.people(2, wards=()),
        world.people(4, wards=("kita",)),
    )
    world.people(1, quiet=True, topics=["refuse"])
    world.move_in()
    asked = desk.read(
        json.dumps({"title": "-", "when": "now", "messages": [{"text": {"ja": "-"}}], "audience": expression})
    )
    wanted = desk.desk.roster.now().size(asked.audience, typed.get("kind") == "life_safety")
    page = editor.post("/broadcasts/size", data=typed).text
    assert f"{wanted.total:,}" == re.findall(r'data-figure="size">([\d,]+)', page)[0]
    assert [str(wanted.no_ward)][: wanted.no_ward] == re.findall(r'data-figure="no-ward">([\d,]+)', page)
    assert (wanted.total == 0) == ("0人です" in page)
