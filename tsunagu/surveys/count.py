"""What a survey's answers come to. The page, the downloads and the command line all show this and nothing else.

Pure: it takes the packed frame (`rules.pack_schema`), in which only answers on each respondent's path stand.
"""

from dataclasses import dataclass

import polars as pl

from tsunagu.chat.catalogue import in_language
from tsunagu.surveys import bins
from tsunagu.surveys.definition import Date, Definition, Multiple, Number, Question, Scale, Single, Text

Both = tuple[str, str]  # in Japanese, and in English where there is any


@dataclass(frozen=True)
class Row:
    """`percent` is of the question's base; None where the base is empty. `code` is the option's id or the step."""

    label: Both
    count: int
    percent: float | None
    code: str = ""


@dataclass(frozen=True)
class Summary:
    mean: float
    median: float
    lowest: float
    highest: float


@dataclass(frozen=True)
class Counted:
    """One question. `given` + `skipped` + `unasked` are all who responded.

    `unasked`: their path did not lead here, or they have not come so far. `texts`: in no telling order.
    """

    number: int
    question: Question
    given: int
    skipped: int
    unasked: int
    rows: tuple[Row, ...]
    base: int
    base_is: Both
    summary: Summary | None = None
    texts: tuple[str, ...] = ()

    @property
    def label(self) -> Both:
        return both(self.question.text)


@dataclass(frozen=True)
class Report:
    """`invited`: the audience of the broadcasts that invited, None when nobody was."""

    definition: Definition
    answered: int
    finished: int
    invited: int | None
    questions: tuple[Counted, ...]

    @property
    def rate(self) -> float | None:
        """In percent. None when nobody was invited, or when more answered than were: some found it by themselves, and
        nobody can say how many."""
        return percent(self.answered, self.invited or 0) if self.answered <= (self.invited or 0) else None

    @property
    def finished_rate(self) -> float | None:
        return percent(self.finished, self.answered)


def report(definition: Definition, frame: pl.DataFrame, invited: int | None) -> Report:
    """Every figure of a survey; `frame` holds a row a respondent, in any order."""
    # Pseudonyms are random to the eye: their order is stable and tells nothing about when somebody answered.
    ordered = frame.sort("key")
    return Report(
        definition=definition,
        answered=frame.height,
        finished=_true(frame["finished_at"].is_not_null()),
        invited=invited,
        questions=tuple(_counted(number, ordered, each) for number, each in enumerate(definition.questions, start=1)),
    )


def both(texts: dict[str, str]) -> Both:
    japanese = in_language(texts, "ja")
    return japanese, texts.get("en", "") if texts.get("en") != japanese else ""


def percent(part: int, whole: int) -> float | None:
    return part / whole * 100 if whole else None


def _counted(number: int, frame: pl.DataFrame, question: Question) -> Counted:
    answers = frame[f"a_{question.id}"].drop_nulls()
    given, skipped = len(answers), _true(frame[f"s_{question.id}"])
    unasked = frame.height - given - skipped
    base, base_is = given, ("この質問に答えた人", "those who answered this question")
    if isinstance(question, Text):
        base, base_is = frame.height, ("回答者全員", "all respondents")
    return Counted(
        number=number,
        question=question,
        given=given,
        skipped=skipped,
        unasked=unasked,
        rows=tuple(
            Row(label, count, percent(count, base), code)
            for label, code, count in _rows(question, answers, given, skipped, unasked)
        ),
        base=base,
        base_is=base_is,
        summary=_summary(answers) if isinstance(question, Scale | Number) and given else None,
        texts=tuple(answers.to_list()) if isinstance(question, Text) else (),
    )


def _rows(
    question: Question, answers: pl.Series, given: int, skipped: int, unasked: int
) -> list[tuple[Both, str, int]]:
    match question:
        case Single() | Multiple():
            counts = _values(answers.explode() if isinstance(question, Multiple) else answers)
            return [(both(option.text), option.id, counts.get(option.id, 0)) for option in question.options]
        case Scale():
            counts = _values(answers)
            return [
                (_step(question, step), str(step), counts.get(step, 0))
                for step in range(question.min, question.max + 1)
            ]
        case Number():
            return [((japanese, english), "", count) for japanese, english, count in bins.of_numbers(answers.to_list())]
        case Date():
            return [((japanese, english), "", count) for japanese, english, count in bins.of_dates(answers.to_list())]
        case Text():
            return [
                (("回答あり", "Answered"), "", given),
                (("スキップ", "Skipped"), "", skipped),
                (("未回答", "Not reached"), "", unasked),
            ]


def _step(question: Scale, step: int) -> Both:
    ends = {question.min: question.labels.min, question.max: question.labels.max}
    named = ends.get(step)
    if not named:
        return str(step), ""
    japanese, english = both(named)
    return f"{step}（{japanese}）", f"{step} ({english})" if english else ""


def _values(answers: pl.Series) -> dict[str | int, int]:
    table = answers.drop_nulls().value_counts()
    return dict(zip(table.to_series(0).to_list(), table["count"].to_list(), strict=True))


def _summary(answers: pl.Series) -> Summary:
    numbers = answers.cast(pl.Float64)
    mean, median, lowest, highest = numbers.mean(), numbers.median(), numbers.min(), numbers.max()
    return Summary(*(float(value) for value in (mean, median, lowest, highest)))  # type: ignore[arg-type]


def _true(series: pl.Series) -> int:
    return int(series.sum() or 0)
