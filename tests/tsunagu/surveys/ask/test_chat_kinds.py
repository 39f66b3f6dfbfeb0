"""Each kind of question, asked and answered in the chat."""

from typing import Any

import pytest
from google.cloud import firestore

from local.phones import actions_of, words_of
from tests.tsunagu.surveys import everykind
from tests.tsunagu.surveys.asking import Asked, begin, survey_of
from tsunagu.line.messages import Message
from tsunagu.packs.read import read
from tsunagu.surveys import store
from tsunagu.surveys.answers import Kind
from tsunagu.surveys.definition import Definition


def labels(message: Message) -> list[str]:
    return [str(action["label"]) for action in actions_of(message)]


def asks(said: list[Message]) -> str:
    """The question that is open after it."""
    last = said[-1]
    return str(last["altText"]).partition(") ")[2] if last["type"] == "flex" else str(last["text"])


@pytest.fixture
def asked(db: firestore.Client) -> Asked:
    return one(db, everykind.definition())


def one(db: firestore.Client, survey: Definition) -> Asked:
    begin(db, survey)
    asked = Asked(db, survey)
    asked.tap("start")
    return asked


def alone(db: firestore.Client, **question: Any) -> Asked:
    """A survey with this question and a text after it."""
    questions = [
        {"id": "q", "text": {"ja": "問"}, **question},
        {"id": "end", "type": "text", "text": {"ja": "最後"}, "required": False},
    ]
    return one(db, Definition.model_validate({"id": "alone", "title": {"ja": "題"}, "questions": questions}))


def test_every_kind_from_the_first_to_the_last(asked: Asked) -> None:
    asked.tap("answer", q="use", v="other")
    asked.say("週に一度だけ")
    asked.tap("switch", q="why", o="near", on="1")
    asked.tap("decide", q="why")
    asked.tap("answer", q="content", v="3")
    asked.tap("decline", q="nps")
    asked.pick("born", date="1990-05-06")
    asked.say("14時半")
    asked.pick("visit", datetime="2026-12-01T09:30")
    said = asked.tap("answer", q="ward", v="kita")
    assert ("校区", "清水") == (asks(said), labels(said[-1])[0])
    asked.say("楡木")
    asked.send_place(32.80321, 130.70789, "熊本市役所 手取本町1-1")
    asked.tap("skip", q="photo")
    said = asked.say("ありがとう")
    assert "ありがとうございました" in said[0]["text"]
    shown = words_of(said[-1]).splitlines()
    assert [
        "「すべての種類」あなたの回答",
        *("1. 使いますか", "その他（週に一度だけ）"),
        *("2. 「その他（週に一度だけ）」の理由", "近い"),
        *("3. 満足度", "3"),
        *("4. すすめますか", "答えたくない"),
        *("5. 誕生日", "1990/5/6"),
        *("6. 何時ごろ", "14:30"),
        *("7. 来庁日時", "2026/12/1 09:30"),
        *("8. 区", "北区"),
        *("9. 校区", "楡木"),
        *("10. 場所", "熊本市役所 手取本町1-1"),
        *("11. 写真", "スキップ"),
        *("12. ご意見", "ありがとう"),
    ] == shown
    survey = survey_of(asked.db, asked.definition)
    (row,) = read(store.responses_shelf(asked.db, survey)).to_dicts()
    assert ("other", "週に一度だけ", ["near"], 2) == (row["a_use"], row["o_use"], row["a_why"], row["s_nps"])
    assert ("14:30", "2026-12-01T09:30", "kita", "nirenoki") == tuple(
        row[f"a_{id}"] for id in ("when", "visit", "ward", "district")
    )
    assert ("熊本市役所 手取本町1-1", 32.80321, 130.70789) == (row["a_place"], row["lat_place"], row["lon_place"])
    assert row["finished_at"] is not None


def test_a_notice_is_said_in_front_of_the_next_question_and_only_once(db: firestore.Client) -> None:
    begin(db, everykind.definition())
    asked = Asked(db, everykind.definition())
    said = asked.tap("start")
    assert ("はじめに", "使いますか") == (said[-2]["text"], asks(said))
    assert ["どの選択肢か分かりませんでした"] == [message["text"].partition("。")[0] for message in asked.say("9")[:-1]]


def test_a_notice_at_the_end_comes_before_the_thanks(db: firestore.Client) -> None:
    questions: list[dict[str, Any]] = [
        {"id": "q", "type": "text", "text": {"ja": "問"}},
        {"id": "n", "type": "notice", "text": {"ja": "「{q}」を承りました"}},
    ]
    written = {"id": "alone", "title": {"ja": "題"}, "thanks": {"ja": "助かりました"}, "questions": questions}
    said = one(db, Definition.model_validate(written)).say("{n}{q}")
    assert "「{n}{q}」を承りました" == said[0]["text"]
    assert said[1]["text"].startswith("助かりました")


def test_what_was_answered_earlier_stands_in_later_texts(asked: Asked) -> None:
    assert "「よく使う」の理由" == asks(asked.tap("answer", q="use", v="often"))
    asked.tap("decline", q="use")
    said = asked.tap("correct", q="why")
    assert "「（未回答）」の理由" == asks(said)


def test_who_chooses_other_is_asked_what_it_means_and_may_go_without(asked: Asked) -> None:
    said = asked.tap("answer", q="use", v="other")
    assert "「その他」とはどんなことか" in said[0]["text"]
    assert ["書かずに進む", "選び直す"] == labels(said[0])
    assert "「その他」の理由" == asks(asked.tap("wordless", q="use"))
    assert "other" == asked.values()["use"]


def test_other_on_an_old_card_is_asked_about_once_the_open_question_is_answered(asked: Asked) -> None:
    asked.tap("answer", q="use", v="often")
    said = asked.tap("answer", q="use", v="other")
    assert "「その他」の理由" == asks(said)
    assert "「使いますか」の回答を受け取りました" in said[0]["text"]
    assert "「その他」とはどんなことか" in asked.tap("skip", q="why")[-1]["text"]
    assert "満足度" == asks(asked.say("駅前"))
    response = asked.response()
    assert response is not None
    assert "駅前" == response.answers["use"].other


def test_the_words_for_other_can_be_changed_left_or_deleted(asked: Asked) -> None:
    asked.tap("answer", q="use", v="other")
    asked.say("駅前")
    asked.tap("correct", q="use")
    said = asked.tap("answer", q="use", v="other")
    assert "いまの回答：駅前" in said[0]["text"]
    assert ["このまま進む", "書いたことを消す", "選び直す"] == labels(said[0])
    for leave, words in (("onward", "駅前"), ("スキップ", "駅前"), ("川", "川"), ("wordless", None)):
        asked.tap("correct", q="use")
        asked.tap("answer", q="use", v="other")
        said = asked.tap(leave, q="use") if leave in ("onward", "wordless") else asked.say(leave)
        response = asked.response()
        assert response is not None
        assert words == response.answers["use"].other
        assert asks(said) == (f"「その他（{words}）」の理由" if words else "「その他」の理由")


def test_words_that_are_no_option_are_other(asked: Asked) -> None:
    said = asked.say("散歩の途中に寄る")
    assert "「その他（散歩の途中に寄る）」の理由" == asks(said)
    assert "満足度" == asks(asked.say("近い、静か"))
    response = asked.response()
    assert response is not None
    assert (["near", "other"], "静か") == (response.answers["why"].value, response.answers["why"].other)


def test_a_multiple_question_asks_for_the_words_when_it_is_decided(asked: Asked) -> None:
    asked.tap("answer", q="use", v="often")
    asked.tap("switch", q="why", o="other", on="1")
    said = asked.tap("decide", q="why")
    assert "「その他」とはどんなことか" in said[0]["text"]
    assert "満足度" == asks(asked.say("静か"))


def test_other_at_the_last_question_is_thanked_for_only_after_its_words(db: firestore.Client) -> None:
    options = [{"id": "a", "text": {"ja": "A"}}, {"id": "o", "text": {"ja": "その他"}, "other": True}]
    asked = one(
        db,
        Definition.model_validate(
            {
                "id": "alone",
                "title": {"ja": "題"},
                "questions": [{"id": "q", "type": "single", "text": {"ja": "問"}, "options": options}],
            }
        ),
    )
    asked.tap("answer", q="q", v="o")
    assert "「その他」とはどんなことか" in asked.tap("start")[0]["text"]
    said = asked.say("別のこと")
    assert "ご回答ありがとうございました" in said[0]["text"]
    assert "「その他」とはどんなことか" in asked.tap("answer", q="q", v="o")[0]["text"]
    assert "回答を直しました" in asked.say("また別のこと")[0]["text"]


def test_an_option_that_goes_with_no_other_switches_them_off_and_they_it(asked: Asked) -> None:
    asked.tap("answer", q="use", v="often")
    asked.tap("switch", q="why", o="near", on="1")
    said = asked.tap("switch", q="why", o="none", on="1")
    assert ["☐ 近い", "☐ 安い", "☑ ない", "☐ その他"] == labels(said[-1])[:4]
    said = asked.tap("switch", q="why", o="cheap", on="1")
    assert ["☐ 近い", "☑ 安い", "☐ ない", "☐ その他"] == labels(said[-1])[:4]
    assert "「ない」は、ほかの選択肢といっしょには選べません" in words_of(said[-1])
    assert "いっしょには選べない" in asked.say("近い、ない")[0]["text"]


def test_too_many_or_too_few_cannot_be_decided_for(db: firestore.Client) -> None:
    options = [{"id": id, "text": {"ja": id}} for id in "abcd"]
    asked = alone(db, type="multiple", options=options, least=2, most=3)
    asked.tap("switch", q="q", o="a", on="1")
    said = asked.tap("decide", q="q")
    assert ("2つ以上選んでから", "問") == (said[0]["text"][:9], asks(said))
    for option in "bcd":
        asked.tap("switch", q="q", o=option, on="1")
    assert "選べるのは3つまでです" in asked.tap("decide", q="q")[0]["text"]
    assert {} == asked.values()
    asked.tap("switch", q="q", o="d", on="0")
    assert "最後" == asks(asked.tap("decide", q="q"))
    # A tap on the old card makes too many of them, and the question is open again.
    said = asked.tap("switch", q="q", o="d", on="1")
    assert ("選べるのは3つまで", "問") == (said[0]["text"][:9], asks(said))
    assert {} == asked.values()
    asked.tap("switch", q="q", o="a", on="0")
    asked.tap("decide", q="q")
    assert {"q": ["b", "c", "d"]} == asked.values()


def test_typed_numbers_are_those_of_the_order_that_was_shown(db: firestore.Client) -> None:
    options = [{"id": f"o{n}", "text": {"ja": f"選択{n}"}} for n in range(8)]
    shown = set()
    for number in range(1, 5):
        asked = Asked(db, Definition.model_validate(SHUFFLED | {"questions": [{**FIRST, "options": options}]}), number)
        if number == 1:
            begin(db, asked.definition)
        card = asked.tap("start")[-1]
        lines = [line for line in words_of(card).splitlines() if line[1:3] == ". "]
        assert [f"選択{n}" for n in range(8)] == sorted(line[3:] for line in lines)
        asked.say("3")
        assert f"3. 選択{asked.values()['q'][1:]}" == lines[2]
        assert lines == [line for line in words_of(asked.tap("correct", q="q")[-1]).splitlines() if line[1:3] == ". "]
        shown.add(tuple(lines))
    assert 1 < len(shown)


SHUFFLED: dict[str, Any] = {"id": "shuffled", "title": {"ja": "題"}}
FIRST: dict[str, Any] = {"id": "q", "type": "single", "text": {"ja": "問"}, "shuffle": True}


def test_a_district_is_found_over_pages_and_other_wards(asked: Asked) -> None:
    asked.tap("answer", q="use", v="never")
    asked.tap("skip", q="born")
    asked.say("9時")
    asked.tap("skip", q="visit")
    said = asked.tap("answer", q="ward", v="chuo")
    assert ["碩台", "白川"] == labels(said[-1])[:2]
    assert ["白山", "出水"] == labels(asked.tap("page", q="district", w="chuo", p="1")[-1])[:2]
    said = asked.tap("page", q="district", w="-")
    assert ["中央区", "東区", "西区", "南区", "北区"] == labels(said[-1])[:5]
    said = asked.tap("page", q="district", w="kita")
    assert "清水" == labels(said[-1])[0]
    for odd in ("", "x", "-1", "9" * 400):
        assert asks(asked.tap("page", q="district", w="nowhere", p=odd)) == "校区"
    said = asked.say("よし")
    assert ("似た名前の校区", ["芳野", "日吉", "日吉東", "吉松"]) == (said[0]["text"][:7], labels(said[-1])[:4])
    asked.tap("answer", q="district", v="hiyoshi")
    assert "hiyoshi" == asked.values()["district"]


def test_a_place_without_a_name_reads_as_its_degrees(db: firestore.Client) -> None:
    asked = alone(db, type="location")
    asked.send_place(-32.123456789, 130.5)
    assert {"words": "", "lat": -32.123457, "lon": 130.5} == asked.values()["q"]
    assert "いまの回答：-32.12346, 130.50000" in words_of(asked.tap("correct", q="q")[-1])


@pytest.mark.parametrize("overtakes", [False, True])
def test_a_place_that_is_unsent_is_gone(db: firestore.Client, overtakes: bool) -> None:
    asked = alone(db, type="location")
    event = asked.place(32.8, 130.7, "自宅")
    for each in (asked.unsend(event), event) if overtakes else (event, asked.unsend(event)):
        asked.hear(each)
    response = asked.response()
    assert response is not None
    assert (Kind.GONE, None) == (response.answers["q"].kind, response.answers["q"].value)
    assert "自宅" not in str(response)


@pytest.mark.parametrize("overtakes", [False, True])
def test_words_for_other_that_are_unsent_are_gone_and_the_choice_stays(asked: Asked, overtakes: bool) -> None:
    asked.tap("answer", q="use", v="other")
    event = asked.words("わたしの秘密")
    for each in (asked.unsend(event), event) if overtakes else (event, asked.unsend(event)):
        asked.hear(each)
    response = asked.response()
    assert response is not None
    assert ("other", None) == (response.answers["use"].value, response.answers["use"].other)
    assert "わたしの秘密" not in str(response)


def test_a_message_that_was_no_answer_takes_nothing_with_it_when_its_unsend_comes_first(db: firestore.Client) -> None:
    asked = alone(db, type="number")
    asked.say("3")
    asked.tap("correct", q="q")
    event = asked.words("たくさん")
    asked.hear(asked.unsend(event))
    asked.hear(event)
    assert 3 == asked.values()["q"]
