"""A codebook: which columns of a CSV file make which question of a survey that was held elsewhere, and what its codes
mean.

book = definitions.load(path, Codebook, check=lambda book: codebook_checks.problems(book, file, city))

It reads as a survey's definition does, with `column` and `code` beside what is asked. A cell that is empty is blank.
"""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, StrictBool, Tag

from tsunagu.cloud.definitions import Place
from tsunagu.surveys.bring.file import spoken
from tsunagu.surveys.conditions import Step
from tsunagu.surveys.definition import (
    Amount,
    Day,
    Definition,
    Id,
    Label,
    ScaleLabels,
    Section,
    SurveyId,
    Title,
    Unit,
    Words,
)


def _as_in_the_file(value: Any) -> Any:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _one_or_many(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else [value]


Code = Annotated[str, BeforeValidator(_as_in_the_file), AfterValidator(str.strip)]
Codes = Annotated[tuple[Code, ...], BeforeValidator(_one_or_many)]
Heading = Annotated[str, BeforeValidator(_as_in_the_file), AfterValidator(spoken)]
Column = Annotated[Heading, Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NoAnswer(_Strict):
    """Codes for no answer. What a question does not say itself, the codebook says for all."""

    blank: Codes | None = None
    skipped: Codes | None = None
    declined: Codes | None = None
    not_asked: Codes | None = None


NO_ANSWER = tuple(NoAnswer.model_fields)


class Option(_Strict):
    """`code`: what stands in the question's column; else the option's id, or its text in any language. `column`: of its
    own, where each option of a multiple question has one. `other`: the column with the words of who chose it; true:
    whatever stands in the question's column and is no code.
    """

    id: Id
    text: Label
    code: Codes | None = None
    column: Column | None = None
    other: StrictBool | Column = False


class _Question(NoAnswer):
    id: Id
    text: Words
    section: Id | None = None


class _InOneColumn(_Question):
    column: Column


class Single(_InOneColumn):
    type: Literal["single"]
    options: Annotated[list[Option], Field(min_length=2)]


class Multiple(_Question):
    """Either one `column`, with codes between `separator`s, or a column of 0 and 1 for each option."""

    type: Literal["multiple"]
    column: Column | None = None
    separator: Annotated[str, Field(min_length=1)] = ";"
    chosen: Codes = ("1",)
    not_chosen: Codes = ("0",)
    options: Annotated[list[Option], Field(min_length=2)]


class Scale(_InOneColumn):
    type: Literal["scale"]
    min: Step = 1
    max: Step = 5
    labels: ScaleLabels = ScaleLabels()
    nps: StrictBool = False
    codes: dict[str, Step] = {}


class Number(_InOneColumn):
    type: Literal["number"]
    min: Amount | None = None
    max: Amount | None = None
    unit: Unit | None = None


class Text(_InOneColumn):
    type: Literal["text"]


class Timed(_InOneColumn):
    """`format` as Python's strptime has it, such as `%Y/%m/%d`; else as in 2026-11-03, 09:30, 2026-11-03 09:30."""

    type: Literal["date", "time", "datetime"]
    format: str | None = None


class Place_(_InOneColumn):
    """`codes`: code → the city's id; else its ids and names."""

    type: Literal["ward", "district"]
    codes: dict[str, str] = {}


Question = Single | Multiple | Scale | Number | Text | Timed | Place_
KINDS = ("single", "multiple", "scale", "number", "text", "date", "time", "datetime", "ward", "district")


def _tag(value: Any) -> str:
    kind = value.get("type") if isinstance(value, dict) else getattr(value, "type", "")
    return f"<{ {'time': 'date', 'datetime': 'date', 'district': 'ward'}.get(kind, kind) if kind in KINDS else '' }>"


_AnyQuestion = Annotated[
    Annotated[Single, Tag("<single>")]
    | Annotated[Multiple, Tag("<multiple>")]
    | Annotated[Scale, Tag("<scale>")]
    | Annotated[Number, Tag("<number>")]
    | Annotated[Text, Tag("<text>")]
    | Annotated[Timed, Tag("<date>")]
    | Annotated[Place_, Tag("<ward>")],
    Discriminator(
        _tag, custom_error_type="question_type", custom_error_message=f"type must be one of {', '.join(KINDS)}"
    ),
]


class Attribute(_Strict):
    """What is known of the respondent. `codes`: code → the city's id; else the city's ids and names. `blank`: codes for
    unknown, beside the codebook's own for no answer.
    """

    column: Column
    codes: dict[str, str] = {}
    blank: Codes = ()


class Moment(_Strict):
    """`format` as Python's strptime has it; else as in 2026-11-03 09:30. Without a zone it is the city's clock."""

    column: Column
    format: str | None = None


ATTRIBUTES = ("ward", "district", "age_band", "language")


class Codebook(NoAnswer):
    """`key`: the column that tells respondents apart; else the number of the row does. `finished`: who has nothing
    there stopped on the way; `held`: the day all was handed in, where the file does not say when.
    """

    id: SurveyId
    title: Title
    intro: Words | None = None
    anonymity: Literal["anonymous", "confidential"] = "confidential"
    sections: list[Section] = []
    held: Day | None = None
    started: Moment | None = None
    finished: Moment | None = None
    key: Column | None = None
    ward: Attribute | None = None
    district: Attribute | None = None
    age_band: Attribute | None = None
    language: Attribute | None = None
    ignore: list[Heading] = []  # also the empty one that a row number or a last comma has
    questions: Annotated[list[_AnyQuestion], Field(min_length=1)]

    def no_answer(self, question: Question) -> dict[str, tuple[str, ...]]:
        """The codes that hold for this question, by what they mean."""
        found = {}
        for name in NO_ANSWER:
            own, common = getattr(question, name), getattr(self, name)
            found[name] = own if own is not None else common or ()
        return found

    def definition(self) -> Definition:
        """The survey as if it had been asked here; raises ValidationError, whose places are those of the codebook."""
        return Definition.model_validate(
            {
                **self.model_dump(include={"id", "title", "intro", "anonymity", "sections"}),
                "questions": [self._asked(question) for question in self.questions],
            }
        )

    def _asked(self, question: Question) -> dict[str, Any]:
        ours = {"column", "separator", "chosen", "not_chosen", "codes", "format", *NO_ANSWER}
        written = question.model_dump(exclude=ours, exclude_none=True)
        if isinstance(question, Single | Multiple):
            written["options"] = [
                {"id": option.id, "text": option.text, "other": bool(option.other)} for option in question.options
            ]
        return {**written, "required": False, "decline": bool(self.no_answer(question)["declined"])}

    def uses(self) -> Iterator[tuple[Place, str]]:
        """Every column it speaks of, with the place where it does."""
        if self.key is not None:
            yield ("key",), self.key
        for name in ("started", "finished", *ATTRIBUTES):
            found: Moment | Attribute | None = getattr(self, name)
            if found is not None:
                yield (name, "column"), found.column
        for index, question in enumerate(self.questions):
            if question.column is not None:
                yield ("questions", index, "column"), question.column
            if isinstance(question, Single | Multiple):
                for number, option in enumerate(question.options):
                    place: Place = ("questions", index, "options", number)
                    if option.column is not None:
                        yield (*place, "column"), option.column
                    if isinstance(option.other, str):
                        yield (*place, "other"), option.other
        for number, column in enumerate(self.ignore):
            yield ("ignore", number), column
