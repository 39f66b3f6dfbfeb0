"""The columns of a download, the same in every format.

A question's columns begin with its id, so that questions and options of the same wording never collide; what is known
of the respondent begins in Japanese, so that no question's id can collide with it either. A blank cell: not asked (or
not reached). Who skipped has 1 in the column `ID-skipped`, which only questions that may be skipped have.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from zoneinfo import ZoneInfo

import polars as pl

from tsunagu.chat.catalogue import LANGUAGES
from tsunagu.residents.city import Choice, City
from tsunagu.surveys.count import Both, both
from tsunagu.surveys.definition import Date, Definition, Multiple, Number, Question, Scale, Single
from tsunagu.web.filters import LANGUAGE_NAMES

ASKED_NOT = ("空欄", "blank")
NOT_ASKED = ("聞かれていない、または、まだ答えていない", "not asked, or not answered so far")


class Kind(Enum):
    TEXT = "text"
    NUMBER = "number"
    DAY = "date"
    MOMENT = "date and time"


@dataclass(frozen=True)
class Column:
    """`values`: what stands in the cells, each with its meaning, for the codebook."""

    name: str
    kind: Kind
    cells: pl.Expr
    explains: Both
    question: Question | None = None
    values: tuple[tuple[str, Both], ...] = ()


def columns(definition: Definition, city: City, zone: ZoneInfo) -> list[Column]:
    return [
        *_respondent(definition, city, zone),
        *(column for question in definition.questions for column in _of(question)),
    ]


def table(frame: pl.DataFrame, wanted: Sequence[Column]) -> pl.DataFrame:
    """A row a response, in the stable order of their pseudonyms; one typed column each."""
    return frame.sort("key").select(column.cells.alias(column.name) for column in wanted)


def _respondent(definition: Definition, city: City, zone: ZoneInfo) -> list[Column]:
    def labels(choices: Sequence[Choice]) -> dict[str, str]:
        return {choice.id: choice.label("ja") for choice in choices}

    def chosen(name: str, field: str, explains: Both, known: dict[str, str]) -> Column:
        return Column(name, Kind.TEXT, pl.col(field).replace(known), explains)

    def moment(name: str, field: str, explains: Both) -> Column:
        there = pl.col(field).dt.convert_time_zone(zone.key)
        # Who may stay unknown must not be found by the minute of the answer.
        if definition.anonymous:
            return Column(name, Kind.DAY, there.dt.date(), explains)
        return Column(name, Kind.MOMENT, there.dt.replace_time_zone(None), explains)

    languages = {language: LANGUAGE_NAMES[language] for language in LANGUAGES}
    number = Column("番号 no", Kind.NUMBER, pl.int_range(1, pl.len() + 1), ("通し番号（匿名）", "running number"))
    pseudonym = Column("回答者 respondent", Kind.TEXT, pl.col("key"), ("このアンケートでの仮の番号", "pseudonym"))
    return [
        number if definition.anonymous else pseudonym,
        chosen("区 ward", "ward", ("回答を始めたときの区", "ward when begun"), labels(city.wards)),
        chosen("校区 district", "district", ("同じく校区", "school district when begun"), labels(city.districts)),
        chosen("年代 age_band", "age_band", ("同じく年代", "age band when begun"), labels(city.age_bands)),
        chosen("言語 language", "language", ("同じく言語", "language when begun"), languages),
        moment("開始 started_at", "started_at", ("回答を始めた日時", "begun, city time")),
        moment(
            "完了 finished_at",
            "finished_at",
            ("最後まで答えた日時。空欄は未完了", "finished, city time; blank: not yet"),
        ),
    ]


def _of(question: Question) -> list[Column]:
    words, answer = both(question.text), pl.col(f"a_{question.id}")
    found: list[Column] = []
    match question:
        case Single():
            labels = {option.id: both(option.text) for option in question.options}
            cells = answer.replace({id: label[0] for id, label in labels.items()})
            values = tuple((label[0], label) for label in labels.values())
            found = [_column(question, "", words, Kind.TEXT, cells, values)]
        case Multiple():
            for option in question.options:
                label = both(option.text)
                named = (f"{words[0]}：{label[0]}", f"{words[1]}: {label[1]}" if words[1] and label[1] else "")
                cells = answer.list.contains(option.id).cast(pl.Int64)
                found.append(_column(question, f".{option.id}", named, Kind.NUMBER, cells, _CHOSEN))
        case Scale():
            ends = ((question.min, question.labels.min), (question.max, question.labels.max))
            values = tuple((str(step), both(text)) for step, text in ends if text)
            found = [_column(question, "", words, Kind.NUMBER, answer, values)]
        case Number():
            found = [_column(question, "", words, Kind.NUMBER, answer)]
        case Date():
            found = [_column(question, "", words, Kind.DAY, answer)]
        case _:
            found = [_column(question, "", words, Kind.TEXT, answer)]
    if not question.required:
        skipped = pl.col(f"s_{question.id}").cast(pl.Int64)
        named = (f"{words[0]}：スキップ", f"{words[1]}: skipped" if words[1] else "")
        found.append(_column(question, "-skipped", named, Kind.NUMBER, skipped, _SKIPPED))
    return found


_CHOSEN = (("1", ("選んだ", "chosen")), ("0", ("選ばなかった", "not chosen")))
_SKIPPED = (("1", ("スキップした", "skipped")), ("0", ("答えた", "answered")))


def _column(
    question: Question, suffix: str, words: Both, kind: Kind, cells: pl.Expr, values: tuple[tuple[str, Both], ...] = ()
) -> Column:
    name = f"{question.id}{suffix} {' '.join(words[0].split())}"
    return Column(name, kind, cells, words, question, (*values, (ASKED_NOT[0], NOT_ASKED)))
