"""What `tsunagu survey check` says of LINE's limits."""

from typing import Any

from tests.tsunagu.surveys import everykind, kosodate
from tsunagu.surveys.ask.limits import line_problems
from tsunagu.surveys.definition import MOST_QUESTIONS, Definition

FITS = "comes with more notices than fit into LINE's five messages: shorten them, or ask in between"


def survey(*questions: dict[str, Any], **more: Any) -> Definition:
    return Definition.model_validate({"id": "long", "title": {"ja": "題"}, "questions": list(questions), **more})


def notice(number: int, length: int = 1_000, **more: Any) -> dict[str, Any]:
    return {"id": f"n{number}", "type": "notice", "text": {"ja": "注" * length}, **more}


def text(number: int, words: str = "q", **more: Any) -> dict[str, Any]:
    return {"id": f"q{number}", "type": "text", "text": {"ja": words}, "max_length": 5_000, **more}


def test_what_is_sound_has_none() -> None:
    assert [] == list(line_problems(everykind.definition()))
    assert [] == list(line_problems(kosodate.definition()))


def test_fifty_of_the_longest_questions_fit() -> None:
    words = "問" * 900 + "{q0}" * 20
    asked = [text(0), *(text(number, words) for number in range(1, MOST_QUESTIONS))]
    long = survey(*asked, intro={"ja": "序" * 1_000}, thanks={"ja": "謝" * 1_000})
    assert [] == list(line_problems(long))


def test_more_questions_or_options_than_line_has_room_for_are_told() -> None:
    """Not by the definition itself: of a survey that was held elsewhere they can be read here."""
    options = [{"id": f"o{number}", "text": {"ja": f"{number}"}} for number in range(14)]
    wide = {"id": "wide", "type": "multiple", "text": {"ja": "q"}, "options": options}
    asked = [text(number) for number in range(MOST_QUESTIONS)]
    assert [
        (("questions",), "are 51; at most 50 can be asked in LINE"),
        (("questions", 50, "options"), "are 14; LINE has buttons for at most 13"),
    ] == list(line_problems(survey(*asked, wide)))


def test_notices_in_front_of_a_question_must_fit_into_one_answer() -> None:
    few, many = [notice(number) for number in range(11)], [notice(number) for number in range(16)]
    assert [] == list(line_problems(survey(text(0), *few, text(1))))
    assert [(("questions", 17), FITS)] == list(line_problems(survey(text(0), *many, text(1))))
    # In front of the first come the intro, and what everybody is told.
    assert [] == list(line_problems(survey(*many[:15], text(1))))
    assert [(("questions", 15), FITS)] == list(line_problems(survey(*many[:15], text(1), intro={"ja": "序" * 1_000})))


def test_notices_that_come_together_where_a_question_between_them_is_not_asked() -> None:
    halves = [notice(number) for number in range(8)], [notice(number) for number in range(8, 16)]
    unless: dict[str, Any] = {"when": {"answer": "q0", "was": ["skipped"]}}
    apart = survey(text(0, required=False), *halves[0], text(1), *halves[1], text(2))
    together = survey(text(0, required=False), *halves[0], text(1, **unless), *halves[1], text(2))
    assert [] == list(line_problems(apart))
    assert [(("questions", 18), FITS)] == list(line_problems(together))


def test_notices_at_the_end_share_what_the_summary_leaves() -> None:
    asked = [text(number) for number in range(40)]
    assert [] == list(line_problems(survey(*asked, *(notice(number) for number in range(3)))))
    assert [(("questions", 44), FITS)] == list(
        line_problems(survey(*asked, *(notice(number) for number in range(5)), thanks={"ja": "謝" * 1_000}))
    )
