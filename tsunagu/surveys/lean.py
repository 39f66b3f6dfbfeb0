"""Rows as they are counted: a byte in place of every word, so that a million of them are asked anything in no time.

| column | type | holds |
|---|---|---|
| `edition` | Int16 | |
| `ward`, `district`, `age_band`, `language`, `waits_at` | Enum | ids |
| `began` | Int32 | minutes since 1970; where only its end is known, of an imported one, that |
| `finished`, `took` | Boolean, Int32 | seconds from beginning to end; null: not finished |
| `a_{question}` | Enum | an option, a step, a ward, a district; or a name in `SAYS`; null: blank |
| `m_{question}:{options}` | UInt16 … | of a multiple question: a bit for each option, in the order of the name |
| `v_{question}` | by kind | a number, a date; minutes of the day, or since 1970 |
| `o_{question}` | Boolean | whether there are words with the option `other` |

An Enum begins with what the definition and the city know, in their order; what else is in the rows comes after it.
Pure.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import polars as pl

from tsunagu.chat.catalogue import LANGUAGES
from tsunagu.residents.city import City
from tsunagu.surveys.definition import (
    Asking,
    Date,
    DateTime,
    Definition,
    District,
    Multiple,
    Number,
    Scale,
    Single,
    Time,
    Ward,
)
from tsunagu.surveys.rows import Said, has_other

GIVEN, SKIPPED, DECLINED, NOT_ASKED = SAYS = ("-given", "-skipped", "-declined", "-not_asked")  # no option's id
ATTRIBUTES = ("ward", "district", "age_band", "language")
# The columns of packed rows that say something of the respondent, and are made lean whatever was asked.
OF_RESPONDENT = ("edition", *ATTRIBUTES, "started_at", "finished_at", "waits_at")
_SAID = {Said.GIVEN: GIVEN, Said.SKIPPED: SKIPPED, Said.DECLINED: DECLINED, Said.NOT_ASKED: NOT_ASKED}
_MINUTES = "%Y-%m-%dT%H:%M"


def lean(
    definition: Definition, city: City, rows: pl.DataFrame, questions: Collection[str] | None = None
) -> pl.DataFrame:
    """A row for each of `rows` (`rows.pack_schema`), in the same order; with the columns of these questions, or all."""
    known: dict[str, Iterable[str]] = {
        "ward": [ward.id for ward in city.wards],
        "district": [district.id for district in city.districts],
        "age_band": [band.id for band in city.age_bands],
        "language": LANGUAGES,
        "waits_at": [question.id for question in definition.asked],
    }
    begun, ended = pl.col("started_at"), pl.col("finished_at")
    asked = [question for question in definition.asked if questions is None or question.id in questions]
    columns = [
        rows["edition"],
        *(_enum(rows[name], ids) for name, ids in known.items()),
        *rows.select(
            began=(begun.fill_null(ended).dt.epoch("s") // 60).cast(pl.Int32),
            finished=ended.is_not_null(),
            took=(ended - begun).dt.total_seconds().clip(0, 2**31 - 1).cast(pl.Int32),
        ),
        *(column for question in asked for column in _of(question, city, rows)),
    ]
    return pl.DataFrame(columns)


def united(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """All their rows, copied only where they differ; what one of them does not know, of an earlier edition, is null or
    false there."""
    if all(frame.schema == frames[0].schema for frame in frames):
        return pl.concat([frame for frame in frames if frame.height] or frames[:1], rechunk=False)
    frames = _same_bits(frames)
    kinds: dict[str, pl.DataType] = {}
    for frame in frames:
        for name, kind in frame.schema.items():
            kinds[name] = _wider(kinds.get(name, kind), kind)
    alike = [frame.select(_as(frame, name, kind) for name, kind in kinds.items()) for frame in frames]
    return pl.concat(alike, rechunk=False)


def several(frame: pl.DataFrame, question: str) -> tuple[str, list[str]]:
    """The column of a multiple question, and the options that its bits stand for, the lowest first."""
    name = next(name for name in frame.columns if name.startswith(f"m_{question}:"))
    return name, name.partition(":")[2].split(",")


def not_asked(editions: Sequence[Definition]) -> list[pl.Expr]:
    """What makes of lean rows that have not all the questions rows that have: as `editions.not_asked` does of packed
    ones."""
    asking: dict[str, list[int]] = {}
    for number, edition in enumerate(editions, 1):
        for question in edition.asked:
            asking.setdefault(question.id, []).append(number)
    return [
        pl.when(pl.col("edition").fill_null(1).is_in(numbers))
        .then(pl.col(f"a_{id}"))
        .otherwise(pl.lit(NOT_ASKED))
        .alias(f"a_{id}")
        for id, numbers in asking.items()
        if len(numbers) < len(editions)
    ]


def is_choice(question: Asking) -> bool:
    """Whether one value of few is the answer."""
    return isinstance(question, Single | Scale | Ward | District)


def options(question: Asking, city: City) -> list[str]:
    """What may be chosen, as far as the definition and the city know."""
    match question:
        case Single() | Multiple():
            return [option.id for option in question.options]
        case Scale():
            return [str(step) for step in range(question.min, question.max + 1)]
        case Ward():
            return [ward.id for ward in city.wards]
        case District():
            return [district.id for district in city.districts]
    return []


def _of(question: Asking, city: City, rows: pl.DataFrame) -> Iterator[pl.Series]:
    answers, said = rows[f"a_{question.id}"], rows[f"s_{question.id}"]
    chosen = None
    if is_choice(question):
        chosen = answers.cast(pl.String)
    says = said.replace_strict(_SAID, default=None, return_dtype=pl.String)
    if chosen is not None:
        says = says.zip_with(said != Said.GIVEN, chosen) if len(says) else says
    yield _enum(says.alias(f"a_{question.id}"), [*options(question, city), *SAYS])
    match question:
        case Multiple():
            found = answers.explode().drop_nulls().unique().to_list()
            known = options(question, city)
            names = [*known, *sorted(set(found) - set(known))]
            chose = (answers.list.contains(option).fill_null(False) for option in names)
            yield _bits([(one, bit) for bit, one in enumerate(chose)], len(names)).alias(_bits_name(question.id, names))
        case Number() | Date():
            yield answers.alias(f"v_{question.id}")
        case Time():
            hours, minutes = answers.str.slice(0, 2).cast(pl.Int16), answers.str.slice(3, 2).cast(pl.Int16)
            yield (hours * 60 + minutes).alias(f"v_{question.id}")
        case DateTime():
            moments = answers.str.to_datetime(_MINUTES, time_unit="ms")
            yield (moments.dt.epoch("s") // 60).cast(pl.Int32).alias(f"v_{question.id}")
    if has_other(question):
        yield rows[f"o_{question.id}"].is_not_null().alias(f"o_{question.id}")


def _enum(words: pl.Series, known: Iterable[str]) -> pl.Series:
    known = list(known)
    coded = words.cast(pl.Enum(known), strict=False)
    if coded.null_count() == words.null_count():
        return coded
    strangers = words.filter(coded.is_null()).drop_nulls().unique().sort().to_list()
    return words.cast(pl.Enum([*known, *strangers]))


def _bits(flags: Sequence[tuple[pl.Series, int]], number: int) -> pl.Series:
    """Each flag in its place of a number that has room for so many."""
    kind = pl.UInt16 if number <= 16 else pl.UInt32 if number <= 32 else pl.UInt64
    parts = (pl.lit(flag).cast(kind) * 2**bit for flag, bit in flags)
    return pl.select(pl.sum_horizontal(pl.lit(0, kind), *parts).cast(kind).alias("bits"))["bits"]


def _bits_name(question: str, names: Sequence[str]) -> str:
    return f"m_{question}:{','.join(names)}"


def _same_bits(frames: Sequence[pl.DataFrame]) -> list[pl.DataFrame]:
    """With the same bits for the same options; none are set of a question that a frame does not know."""
    names: dict[str, list[str]] = {}
    for frame in frames:
        for question in (name[2:].partition(":")[0] for name in frame.columns if name.startswith("m_")):
            known = names.setdefault(question, [])
            known += [option for option in several(frame, question)[1] if option not in known]
    return [_with_bits(frame, names) for frame in frames]


def _with_bits(frame: pl.DataFrame, names: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    for question, wanted in names.items():
        name = _bits_name(question, wanted)
        if name in frame.columns:
            continue
        flags: list[tuple[pl.Series, int]] = [(pl.Series([False]).new_from_index(0, frame.height), 0)]
        if any(each.startswith(f"m_{question}:") for each in frame.columns):
            column, there = several(frame, question)
            flags += [((frame[column] & 2**bit) != 0, wanted.index(option)) for bit, option in enumerate(there)]
            frame = frame.drop(column)
        frame = frame.with_columns(_bits(flags, len(wanted)).alias(name))
    return frame


def _wider(one: pl.DataType, other: pl.DataType) -> pl.DataType:
    if not (isinstance(one, pl.Enum) and isinstance(other, pl.Enum)) or one == other:
        return one
    return pl.Enum([*dict.fromkeys([*one.categories, *other.categories])])


def _as(frame: pl.DataFrame, name: str, kind: pl.DataType) -> pl.Expr:
    if name not in frame.columns:
        return pl.lit(False if kind == pl.Boolean else None, dtype=kind).alias(name)
    return pl.col(name).cast(kind)
