"""The columns of a download, the same in every format.

A question's columns begin with its id, so that questions and options of the same wording never collide; what is known
of the respondent begins in Japanese, so that no question's id can collide with it either. A blank cell says nothing:
why it is blank stands in the column `ID-code`, which every question has.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from zoneinfo import ZoneInfo

import polars as pl
import regex

from tsunagu.chat.catalogue import LANGUAGES
from tsunagu.residents.city import Choice, City
from tsunagu.surveys.definition import (
    Asking,
    Date,
    DateTime,
    Definition,
    District,
    Location,
    Multiple,
    Number,
    Photo,
    Scale,
    Single,
    Text,
    Ward,
)
from tsunagu.surveys.report.count import WHAT_WAS_SAID, Both, both
from tsunagu.surveys.rows import Said, pack_schema
from tsunagu.web.filters import LANGUAGE_NAMES

LONGEST = 60  # characters of a label in the name of a column; the codebook has it whole
NUMBER = "number"  # the running number; no pack has a column of this name

_CHOSEN = (("1", ("選んだ", "chosen")), ("0", ("選ばなかった", "not chosen")))
PHOTO = "写真あり"


class Cells(Enum):
    """`NAME`: one of `Column.values`, an id or a time of day; `WORDS`: anything at all; `AMOUNT`: with a fraction."""

    NAME = "words"
    WORDS = "free text"
    WHOLE = "whole number"
    AMOUNT = "number"
    DAY = "date"
    MOMENT = "date and time"


@dataclass(frozen=True)
class Column:
    """`values`: what stands in the cells, each with its meaning, for the codebook."""

    name: str
    kind: Cells
    cells: pl.Expr
    explains: Both
    question: Asking | None = None
    values: tuple[tuple[str, Both], ...] = ()


def columns(
    definition: Definition,
    city: City,
    zone: ZoneInfo,
    tagged: Mapping[str, Iterable[str]] | None = None,
    editions: Sequence[Definition] = (),
) -> list[Column]:
    """`definition`: the readable one of `editions`, which may be left out where there is but one. `tagged`: tag →
    respondents; without any there is no column for tags."""
    return [
        *_respondent(definition, city, zone),
        *_tags(tagged or {}),
        *(column for question in definition.asked for column in _of(question, city, editions)),
    ]


def numbered(frame: pl.DataFrame, first: int = 1) -> pl.DataFrame:
    """Packed rows as the cells of columns are made of them: with running numbers, from `first` on."""
    return frame.with_row_index(NUMBER, first)


def table(frame: pl.DataFrame, wanted: Sequence[Column], first: int = 1) -> pl.DataFrame:
    """A row a response, in the order of the packed frame; one typed column each."""
    return numbered(frame, first).select(column.cells.alias(column.name) for column in wanted)


def _respondent(definition: Definition, city: City, zone: ZoneInfo) -> list[Column]:
    def chosen(name: str, field: str, explains: Both, known: Mapping[str, Both]) -> Column:
        cells, values = _labelled(field, known)
        return Column(name, Cells.NAME, cells, explains, values=values)

    def moment(name: str, field: str, explains: Both) -> Column:
        there = _there(pl.col(field), zone)
        # Who may stay unknown must not be found by the minute of the answer.
        if definition.anonymous:
            return Column(name, Cells.DAY, there.dt.date(), explains)
        return Column(name, Cells.MOMENT, there, explains)

    languages = {language: (LANGUAGE_NAMES[language], language) for language in LANGUAGES}
    number = ("このファイルでの通し番号（匿名）", "running number in this file: anonymous")
    who = [
        Column("番号 no", Cells.WHOLE, pl.col(NUMBER), number)
        if definition.anonymous
        else Column("回答者 respondent", Cells.NAME, pl.col("key"), ("このアンケートでの仮の番号", "pseudonym"))
    ]
    if "user" in pack_schema(definition):
        explains = ("LINEのユーザーID（記名式）", "user id at LINE: a survey with names")
        who.append(Column("利用者 user", Cells.NAME, pl.col("user"), explains))
    return [
        *who,
        Column(
            "版 edition", Cells.WHOLE, pl.col("edition"), ("答えたときのアンケートの版", "edition that was answered")
        ),
        chosen("区 ward", "ward", ("回答を始めたときの区", "ward when begun"), _names(city.wards)),
        chosen("校区 district", "district", ("同じく校区", "school district when begun"), _names(city.districts)),
        chosen("年代 age_band", "age_band", ("同じく年代", "age band when begun"), _names(city.age_bands)),
        chosen("言語 language", "language", ("同じく言語", "language when begun"), languages),
        moment("開始 started_at", "started_at", ("回答を始めた日時", "begun, city time")),
        moment(
            "完了 finished_at", "finished_at", ("最後まで答えた日時。空欄は未完了", "finished, city time; blank: no")
        ),
        Column(
            "中断 waits_at",
            Cells.NAME,
            pl.col("waits_at"),
            ("答えるのをやめた質問のID。空欄は完了", "id of the question where they stopped; blank: finished"),
        ),
    ]


def _tags(tagged: Mapping[str, Iterable[str]]) -> list[Column]:
    tags: dict[str, list[str]] = {}
    for tag in sorted(tagged):
        for respondent in tagged[tag]:
            tags.setdefault(respondent, []).append(tag)
    if not tags:
        return []
    words = {respondent: "、".join(names) for respondent, names in tags.items()}
    cells = pl.col("key").replace_strict(words, default=None, return_dtype=pl.String)
    return [Column("タグ tags", Cells.WORDS, cells, ("職員が付けたタグ", "tags by the staff"))]


def _of(question: Asking, city: City, editions: Sequence[Definition]) -> list[Column]:
    words, answer = both(question.text), pl.col(f"a_{question.id}")
    found: list[Column] = []
    match question:
        case Single():
            cells, values = _labelled(f"a_{question.id}", {option.id: both(option.text) for option in question.options})
            found = [_column(question, "", words, Cells.NAME, cells, values)]
        case Multiple():
            for option in question.options:
                cells, values = _chosen(question, option.id, editions)
                named = both(option.text)
                explains = (f"{words[0]}：{named[0]}", f"{words[1]}: {named[1]}" if words[1] and named[1] else "")
                found.append(_column(question, f".{option.id}", named, Cells.WHOLE, cells, values, explains))
        case Scale():
            ends = ((question.min, question.labels.min), (question.max, question.labels.max))
            values = tuple((str(step), both(text)) for step, text in ends if text)
            found = [_column(question, "", words, Cells.WHOLE, answer, values)]
        case Number():
            found = [_column(question, "", words, Cells.AMOUNT, answer)]
        case Date():
            found = [_column(question, "", words, Cells.DAY, answer)]
        case DateTime():
            found = [_column(question, "", words, Cells.MOMENT, answer.str.to_datetime("%Y-%m-%dT%H:%M"))]
        case Ward() | District():
            known = _names(city.wards if isinstance(question, Ward) else city.districts)
            found = [_column(question, "", words, Cells.NAME, *_labelled(f"a_{question.id}", known))]
        case Photo():
            shown = ("写真そのものは集計レポートのページで見られます", "the photo itself is on the report's page")
            cells = pl.when(answer.is_not_null()).then(pl.lit(PHOTO))
            found = [_column(question, "", words, Cells.NAME, cells, ((PHOTO, shown),))]
        case Location():
            found = [
                _column(question, "", words, Cells.WORDS, answer),
                _column(question, "-lat", ("緯度", "latitude"), Cells.AMOUNT, pl.col(f"lat_{question.id}")),
                _column(question, "-lon", ("経度", "longitude"), Cells.AMOUNT, pl.col(f"lon_{question.id}")),
            ]
        case _:
            kind = Cells.WORDS if isinstance(question, Text) else Cells.NAME
            found = [_column(question, "", words, kind, answer)]
    other = next((option for option in getattr(question, "options", []) if option.other), None)
    if other is not None:
        named = both(other.text)
        explains = (f"「{named[0]}」を選んだ人の言葉", f"words with “{named[1]}”" if named[1] else "")
        found.append(_column(question, "-other", named, Cells.WORDS, pl.col(f"o_{question.id}"), explains=explains))
    return [*found, _code(question)]


def _chosen(
    question: Multiple, option: str, editions: Sequence[Definition]
) -> tuple[pl.Expr, tuple[tuple[str, Both], ...]]:
    """Of who answered an edition that did not offer the option nobody can say that they did not choose it."""
    cells = pl.col(f"a_{question.id}").list.contains(option).cast(pl.Int8)
    asked = {number: edition.question(question.id) for number, edition in enumerate(editions, start=1)}
    ids = {
        number: {each.id for each in found.options} for number, found in asked.items() if isinstance(found, Multiple)
    }
    offered = [number for number, known in ids.items() if option in known]
    if len(offered) == len(ids):
        return cells, _CHOSEN
    which = "・".join(map(str, offered))
    blank = f"空欄：第{which}版だけの選択肢で、選べなかった", f"blank: could be chosen in edition {which} only"
    return pl.when(pl.col("edition").fill_null(1).is_in(offered)).then(cells), (*_CHOSEN, ("", blank))


def _code(question: Asking) -> Column:
    names = [*(said.name.lower() for said in Said), "blank"]
    cells = pl.lit(pl.Series(names)).gather(pl.col(f"s_{question.id}").fill_null(len(Said)))
    values = tuple((name, WHAT_WAS_SAID[name]) for name in names)
    name, explains = ("状態", ""), ("答えがあるか、なければなぜか", "whether there is an answer, and if not why")
    return _column(question, "-code", name, Cells.NAME, cells, values, explains)


def _column(
    question: Asking,
    suffix: str,
    words: Both,
    kind: Cells,
    cells: pl.Expr,
    values: tuple[tuple[str, Both], ...] = (),
    explains: Both | None = None,
) -> Column:
    return Column(f"{question.id}{suffix} {short(words[0])}", kind, cells, explains or words, question, values)


def short(words: str, longest: int = LONGEST) -> str:
    """On one line, cut between what a reader takes for letters."""
    letters = regex.findall(r"\X", " ".join(words.split()))
    return "".join(letters if len(letters) <= longest else [*letters[: longest - 1], "…"])


def _there(moments: pl.Expr, zone: ZoneInfo) -> pl.Expr:
    """On the wall clock of the city."""
    shifts = {datetime(year, month, 1, tzinfo=zone).utcoffset() for year in range(1970, 2100) for month in range(1, 13)}
    if len(shifts) == 1:  # a tenth of the time that it takes to ask the zone of every moment
        return moments.dt.replace_time_zone(None) + shifts.pop()
    return moments.dt.convert_time_zone(zone.key).dt.replace_time_zone(None)


def _names(choices: Sequence[Choice]) -> dict[str, Both]:
    return {choice.id: both(choice.name) for choice in choices}


def _labelled(field: str, known: Mapping[str, Both]) -> tuple[pl.Expr, tuple[tuple[str, Both], ...]]:
    """Labels for ids, and what each means. Where two read the same, as when an edition has taken up words of an earlier
    one, they have their ids with them; an id that nothing is known of (any more) stays as it is."""
    times = Counter(label for label, _ in known.values())
    labels = {id: f"{label}（{id}）" if times[label] > 1 else label for id, (label, _) in known.items()}
    # A third of the time that it takes to look up every word.
    numbers = pl.col(field).cast(pl.Enum([*labels]), strict=False).to_physical()
    cells = pl.coalesce(pl.lit(pl.Series([*labels.values()], dtype=pl.String)).gather(numbers), pl.col(field))
    return cells, tuple((labels[id], meaning) for id, meaning in known.items())
