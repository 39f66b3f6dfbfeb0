"""The conditions that a filter is made of. Each knows its part of the address, which rows it holds for, and its words.

`holds` asks lean rows (`surveys.lean`); what only the words can tell is asked of the rows as they are packed (`keeps`).
Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from tsunagu.residents.city import City
from tsunagu.surveys.definition import Asking, Date, DateTime, Multiple, Number, Scale, Time
from tsunagu.surveys.lean import DECLINED, NOT_ASKED, SKIPPED, several
from tsunagu.surveys.report.count import WHAT_WAS_SAID, labels
from tsunagu.surveys.report.curves import NOBODY_KNOWS, TRAITS, UNKNOWN, trait_labels
from tsunagu.surveys.report.shares import Both, both
from tsunagu.surveys.report.words import has_all, terms
from tsunagu.surveys.rows import has_other

Pair = tuple[str, str]
Tagged = Mapping[str, frozenset[str]]  # tag → respondents
SHOWN = 40  # characters of a question's text in a description
_SAID = {"skipped": SKIPPED, "declined": DECLINED, "not_asked": NOT_ASKED}


@dataclass(frozen=True)
class Attribute:
    """Ward, district, age band or language is one of these; `UNKNOWN`: there is none."""

    name: str
    values: tuple[str, ...]

    def pairs(self) -> list[Pair]:
        return [(self.name, value) for value in self.values]

    def holds(self, frame: pl.DataFrame, zone: ZoneInfo) -> pl.Expr:
        found = _is_one_of(frame, self.name, self.values)
        return found | pl.col(self.name).is_null() if UNKNOWN in self.values else found

    def described(self, city: City) -> Both:
        named = trait_labels(self.name, city) | {UNKNOWN: NOBODY_KNOWS}
        return _line(TRAITS[self.name], [named.get(value, (value, "")) for value in self.values])


@dataclass(frozen=True)
class Period:
    """Begun on these days of the city, the first and the last one included."""

    since: date | None
    until: date | None

    def pairs(self) -> list[Pair]:
        days = (("from", self.since), ("to", self.until))
        return [(name, day.isoformat()) for name, day in days if day]

    def holds(self, frame: pl.DataFrame, zone: ZoneInfo) -> pl.Expr:
        held = pl.lit(True)
        if self.since:
            held &= pl.col("began") >= _minute(self.since, zone)
        if self.until:
            held &= pl.col("began") < _minute(self.until + timedelta(days=1), zone)
        return held

    def described(self, city: City) -> Both:
        since, until = (day.isoformat() if day else "" for day in (self.since, self.until))
        return f"回答を始めた日：{since}〜{until}", f"Begun: {since} – {until}"


@dataclass(frozen=True)
class Edition:
    numbers: tuple[int, ...]

    def pairs(self) -> list[Pair]:
        return [("edition", str(number)) for number in self.numbers]

    def holds(self, frame: pl.DataFrame, zone: ZoneInfo) -> pl.Expr:
        return pl.col("edition").is_in(list(self.numbers))

    def described(self, city: City) -> Both:
        numbers = [(str(number), "") for number in self.numbers]
        return _line(("アンケートの版", "Edition"), numbers)


@dataclass(frozen=True)
class Chosen:
    """The answer is, or holds, one of these."""

    number: int
    question: Asking
    values: tuple[str, ...]

    def pairs(self) -> list[Pair]:
        return [(f"a.{self.question.id}", value) for value in self.values]

    def holds(self, frame: pl.DataFrame, zone: ZoneInfo) -> pl.Expr:
        if not isinstance(self.question, Multiple):
            return _is_one_of(frame, f"a_{self.question.id}", self.values)
        column, options = several(frame, self.question.id)
        wanted = sum(2**bit for bit, option in enumerate(options) if option in self.values)
        held: pl.Expr = pl.col(column) & wanted != 0
        return held

    def described(self, city: City) -> Both:
        named = labels(self.question, city)
        return _line(_called(self.number, self.question), [named.get(value, (value, "")) for value in self.values])


@dataclass(frozen=True)
class Spoke:
    """Whether there is an answer: one of given, skipped, declined, not_asked, blank."""

    number: int
    question: Asking
    values: tuple[str, ...]

    def pairs(self) -> list[Pair]:
        return [(f"s.{self.question.id}", value) for value in self.values]

    def holds(self, frame: pl.DataFrame, zone: ZoneInfo) -> pl.Expr:
        name = f"a_{self.question.id}"
        held = _is_one_of(frame, name, [_SAID[value] for value in self.values if value in _SAID])
        if "given" in self.values:
            held |= ~_is_one_of(frame, name, list(_SAID.values())) & pl.col(name).is_not_null()
        return held | pl.col(name).is_null() if "blank" in self.values else held

    def described(self, city: City) -> Both:
        return _line(_called(self.number, self.question), [WHAT_WAS_SAID[value] for value in self.values])


Measured = Scale | Number | Date | Time | DateTime


@dataclass(frozen=True)
class Between:
    """The answer lies between, both ends included; `least` and `most` as `measure` reads them, one may be empty."""

    number: int
    question: Measured
    least: str
    most: str

    def pairs(self) -> list[Pair]:
        ends = ((f"min.{self.question.id}", self.least), (f"max.{self.question.id}", self.most))
        return [(name, value) for name, value in ends if value]

    def holds(self, frame: pl.DataFrame, zone: ZoneInfo) -> pl.Expr:
        if isinstance(self.question, Scale):
            low, high = float(self.least or "-inf"), float(self.most or "inf")
            steps = range(self.question.min, self.question.max + 1)
            return _is_one_of(frame, f"a_{self.question.id}", [str(step) for step in steps if low <= step <= high])
        value = pl.col(f"v_{self.question.id}")
        held = value.is_not_null()
        if self.least:
            held &= value >= measure(self.question, self.least)
        return held & (value <= measure(self.question, self.most)) if self.most else held

    def described(self, city: City) -> Both:
        ja, en = _called(self.number, self.question)
        return f"{ja}：{self.least}〜{self.most}", f"{en}: {self.least} – {self.most}"


@dataclass(frozen=True)
class Words:
    """All words of each search are in the text, in the words with "other", or in those of a place."""

    number: int
    question: Asking
    searches: tuple[str, ...]

    def pairs(self) -> list[Pair]:
        return [(f"has.{self.question.id}", search) for search in self.searches]

    def keeps(self, rows: pl.DataFrame, tagged: Tagged) -> pl.Series:
        sought = [term for search in self.searches for term in terms(search)]
        column = words_column(self.question)
        # Of a million rows few have words, and many of these the same.
        words = rows[column].drop_nulls().unique().to_list()
        return rows[column].is_in([each for each in words if has_all(each, sought)]).fill_null(False)

    def described(self, city: City) -> Both:
        ja, en = _called(self.number, self.question)
        searches = "」「".join(self.searches)
        return f"{ja}：「{searches}」を含む", f"{en}: contains “{'”, “'.join(self.searches)}”"


@dataclass(frozen=True)
class Tags:
    """The staff gave one of an answer's texts one of these tags."""

    tags: tuple[str, ...]

    def pairs(self) -> list[Pair]:
        return [("tag", tag) for tag in self.tags]

    def keeps(self, rows: pl.DataFrame, tagged: Tagged) -> pl.Series:
        keys = frozenset[str]().union(*(tagged.get(tag, frozenset()) for tag in self.tags))
        return rows["key"].is_in(list(keys))

    def described(self, city: City) -> Both:
        return _line(("タグ", "Tag"), [(tag, "") for tag in self.tags])


OfLean = Attribute | Period | Edition | Chosen | Spoke | Between
OfRows = Words | Tags


def words_column(question: Asking) -> str:
    """The column of the packed rows with what somebody wrote."""
    return f"o_{question.id}" if has_other(question) else f"a_{question.id}"


def measure(question: Measured, typed: str) -> float | date:
    """What a lean row has for it. Raises ValueError."""
    match question:
        case Date():
            return date.fromisoformat(typed)
        case Time():
            at = time.fromisoformat(typed)
            return at.hour * 60 + at.minute
        case DateTime():
            since = datetime.fromisoformat(typed).replace(tzinfo=None) - datetime(1970, 1, 1)
            return since // timedelta(minutes=1)
    found = float(typed)
    if not abs(found) < float("inf"):
        raise ValueError("not finite")
    return found


def _is_one_of(frame: pl.DataFrame, column: str, values: Sequence[str]) -> pl.Expr:
    """False where there is none; what the column has never held is no value of it."""
    kind = frame.schema[column]
    known = set(kind.categories.to_list()) if isinstance(kind, pl.Enum) else set()
    found = [value for value in values if value in known]
    return pl.col(column).is_in(found).fill_null(False) if found else pl.lit(False)


def _minute(day: date, zone: ZoneInfo) -> int:
    return int(datetime.combine(day, time(), zone).timestamp()) // 60


def _called(number: int, question: Asking) -> Both:
    def cut(words: str) -> str:
        words = " ".join(words.split())
        return words if len(words) <= SHOWN else words[: SHOWN - 1] + "…"

    japanese, english = both(question.text)
    return f"問{number}「{cut(japanese)}」", f"Q{number} “{cut(english or japanese)}”"


def _line(called: Both, values: Sequence[Both]) -> Both:
    english = ", ".join(english or japanese for japanese, english in values)
    return f"{called[0]}：{'、'.join(japanese for japanese, _ in values)}", f"{called[1]}: {english}"
