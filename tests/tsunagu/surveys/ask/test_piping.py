"""An earlier answer inside a text, whatever a resident may have written into it."""

from hypothesis import given
from hypothesis import strategies as st

from tests.tsunagu.surveys import everykind
from tsunagu.line.messages import utf16
from tsunagu.surveys.answers import Answer, Kind
from tsunagu.surveys.ask.piping import PIPED, piped, pipes
from tsunagu.surveys.ask.seen import TEXT_SEEN, seen
from tsunagu.surveys.rules import Response

SURVEY = everykind.definition()


def why(answer: Answer | None, language: str = "ja") -> str:
    answers = {"use": answer} if answer else {}
    asked = seen(SURVEY, Response(answers=answers), "r").question("why")
    assert asked is not None
    return asked.text[language]


def test_an_answer_reads_as_it_does_to_its_resident() -> None:
    given = Answer(Kind.GIVEN, "often", 1, "e", 1)
    assert ["「よく使う」の理由", "Why Often?"] == [why(given, language) for language in ("ja", "en")]
    assert "「その他（週に一度）」の理由" == why(Answer(Kind.GIVEN, "other", 1, "e", 1, other="週に一度"))


def test_what_is_not_answered_is_said_to_be_so() -> None:
    for answer in (None, Answer(Kind.DECLINED, None, 1, "e", 1), Answer(Kind.GONE, None, 1, "e", 1)):
        assert ["「（未回答）」の理由", "Why (not answered)?"] == [why(answer, language) for language in ("ja", "en")]


def test_the_words_of_a_resident_never_act_as_a_pipe() -> None:
    assert "{b} {a} x" == piped("{a} {b}", {"a": "{b} {a}", "b": "x"})
    assert "「その他（{why}{use}）」の理由" == why(Answer(Kind.GIVEN, "other", 1, "e", 1, other="{why}{use}"))


def test_they_are_short_on_one_line_and_turn_nothing_around_them() -> None:
    assert "「一行目 二行目 x」" == piped("「{a}」", {"a": "一行目\r\n二行目\u202e\u2067\x07 x\n"})
    assert "…" == piped("{a}", {"a": "\u202e\x00 \n"})
    assert f"{'長' * (PIPED - 1)}…" == piped("{a}", {"a": "長" * 5_000})
    long = Answer(Kind.GIVEN, "other", 1, "e", 1, other="👨‍👩‍👧‍👦" * 90)
    assert utf16(why(long)) <= TEXT_SEEN


def test_braces_that_name_no_question_stay_as_they_are() -> None:
    assert "{x} {} {A} {{a}" == piped("{x} {} {A} {{a}", {})
    assert ["use", "b_2"] == list(pipes("{use} {Use} {b_2} {} { a }"))


@given(st.text(), st.text())
def test_whatever_was_answered_it_is_never_empty_nor_long(text: str, answer: str) -> None:
    made = piped("{a}", {"a": answer})
    assert 1 <= utf16(made) <= PIPED
    assert piped(text.replace("{", ""), {"a": answer}) == text.replace("{", "")
