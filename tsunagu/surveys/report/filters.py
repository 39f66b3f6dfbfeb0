"""Which responses are looked at, as an address says it: `?ward=chuo&a.q1=yes&vs.ward=kita&cross=q1&cross=ward`.

Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import and_
from zoneinfo import ZoneInfo

import polars as pl

from tsunagu.cloud.outcomes import Rejected
from tsunagu.residents.city import City
from tsunagu.surveys.definition import Asking, Date, DateTime, Definition, Multiple, Number, Time
from tsunagu.surveys.lean import ATTRIBUTES, is_choice, options
from tsunagu.surveys.report.count import WHAT_WAS_SAID
from tsunagu.surveys.report.curves import TRAITS, UNKNOWN, trait_labels
from tsunagu.surveys.report.shares import Both
from tsunagu.surveys.report.terms import (
    Attribute,
    Between,
    Chosen,
    Edition,
    Measured,
    OfLean,
    OfRows,
    Period,
    Spoke,
    Tagged,
    Tags,
    Words,
    measure,
)
from tsunagu.surveys.report.words import terms
from tsunagu.surveys.rows import has_words

Pairs = Sequence[tuple[str, str]]
BESIDE = "vs"
EVERYONE = "everyone"  # `vs=everyone`: beside all respondents
CROSS = "cross"
LONGEST = 200  # characters of a search, and of what a sentence repeats of an address
MOST_EDITION = 32_000


@dataclass(frozen=True)
class Filter:
    """All terms must hold; without any it is everybody. `of_rows` can only be asked of the rows as they are packed."""

    of_lean: tuple[OfLean, ...] = ()
    of_rows: tuple[OfRows, ...] = ()

    @classmethod
    def read(cls, pairs: Pairs, definition: Definition, city: City) -> "Filter":
        """Raises Rejected, with a sentence in Japanese and in English, for what is not known. Empty: not said."""
        return _Reader(definition, city, pairs).filter()

    def __bool__(self) -> bool:
        return bool(self.of_lean or self.of_rows)

    @property
    def terms(self) -> tuple[OfLean | OfRows, ...]:
        return (*self.of_lean, *self.of_rows)

    def without(self, term: OfLean | OfRows) -> "Filter":
        return Filter(
            tuple(each for each in self.of_lean if each != term), tuple(each for each in self.of_rows if each != term)
        )

    def write(self) -> list[tuple[str, str]]:
        """The same filter is always written alike."""
        return [pair for term in self.terms for pair in term.pairs()]

    @property
    def questions(self) -> set[str]:
        """Those that `of_lean` asks about."""
        return {term.question.id for term in self.of_lean if isinstance(term, Chosen | Spoke | Between)}

    def inside(self, frame: pl.DataFrame, zone: ZoneInfo) -> pl.Series | None:
        """Which of these lean rows are meant, as far as they can tell; None: all."""
        if not self.of_lean:
            return None
        held = reduce(and_, (term.holds(frame, zone) for term in self.of_lean))
        found = frame.select(inside=held.fill_null(False))["inside"]
        return found if len(found) == frame.height else found.new_from_index(0, frame.height)

    def keeps(self, rows: pl.DataFrame, tagged: Tagged) -> pl.Series:
        """For which rows, as they are packed, `of_rows` holds."""
        return reduce(and_, (term.keeps(rows, tagged) for term in self.of_rows))

    def described(self, definition: Definition, city: City) -> list[Both]:
        """A line for each term: ("区：中央区、東区", "Ward: Chuo Ward, Higashi Ward")."""
        return [term.described(city) for term in self.terms]


@dataclass(frozen=True)
class View:
    """A whole address: the group, the one beside it (None: there is none), and what is crossed (two or three ids)."""

    group: Filter
    beside: Filter | None = None
    cross: tuple[str, ...] = ()

    @classmethod
    def read(cls, pairs: Pairs, definition: Definition, city: City) -> "View":
        """Raises Rejected."""
        theirs = [(name.removeprefix(f"{BESIDE}."), value) for name, value in pairs if name.startswith(f"{BESIDE}.")]
        ours = [pair for pair in pairs if pair[0] not in (BESIDE, CROSS) and not pair[0].startswith(f"{BESIDE}.")]
        everyone = [value for name, value in pairs if name == BESIDE and value]
        if set(everyone) - {EVERYONE}:
            raise _refused(f"「{BESIDE}」に使えるのは{EVERYONE}だけです。", f"`{BESIDE}` can only be `{EVERYONE}`.")
        beside = Filter.read(theirs, definition, city)
        crossed = tuple(value for name, value in pairs if name == CROSS and value)
        return cls(
            Filter.read(ours, definition, city),
            beside if beside or everyone else None,
            _crossed(crossed, definition),
        )

    def write(self) -> list[tuple[str, str]]:
        theirs = [] if self.beside is None else [(f"{BESIDE}.{name}", value) for name, value in self.beside.write()]
        everyone = [(BESIDE, EVERYONE)] if self.beside is not None and not self.beside else []
        return [*self.group.write(), *theirs, *everyone, *((CROSS, id) for id in self.cross)]

    def swapped(self) -> "View":
        return View(self.beside or Filter(), self.group, self.cross)


class _Reader:
    def __init__(self, definition: Definition, city: City, pairs: Pairs) -> None:
        self._city = city
        self._numbers = {question.id: number for number, question in enumerate(definition.asked, start=1)}
        self._asked = {question.id: question for question in definition.asked}
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            if value.strip():
                self._values.setdefault(name, []).append(value.strip())

    def filter(self) -> Filter:
        of_lean: list[OfLean | None] = [*(self._attribute(name) for name in ATTRIBUTES), self._period()]
        of_lean += [self._editions()]
        of_rows: list[OfRows | None] = []
        for number, question in ((self._numbers[id], question) for id, question in self._asked.items()):
            of_lean += [self._chosen(number, question), self._spoke(number, question), self._between(number, question)]
            of_rows += [self._words(number, question)]
        of_rows += [self._tags()]
        if self._values:
            self._refuse(next(iter(self._values)))
        return Filter(tuple(term for term in of_lean if term), tuple(term for term in of_rows if term))

    def _taken(self, name: str) -> list[str]:
        return list(dict.fromkeys(self._values.pop(name, [])))

    def _one(self, name: str) -> str:
        found = self._taken(name)
        if len(found) > 1:
            raise _refused(f"「{name}」は一つだけ指定できます。", f"`{name}` can be given once only.")
        return found[0] if found else ""

    def _among(self, name: str, called: Both, known: Sequence[str]) -> tuple[str, ...]:
        found = self._taken(name)
        for value in found:
            if value not in known:
                raise _refused(
                    f"{called[0]}に「{_cut(value)}」はありません。使えるのは {'、'.join(known)} です。",
                    f"`{name}` cannot be `{_cut(value)}`; it can be one of {', '.join(known)}.",
                )
        return tuple(value for value in known if value in found)

    def _attribute(self, name: str) -> Attribute | None:
        known = [*trait_labels(name, self._city), *([UNKNOWN] if name != "language" else [])]
        values = self._among(name, TRAITS[name], known)
        return Attribute(name, values) if values else None

    def _period(self) -> Period | None:
        since, until = (self._day(name) for name in ("from", "to"))
        if since and until and until < since:
            raise _refused("「from」が「to」よりあとの日です。", "`from` is later than `to`.")
        return Period(since, until) if since or until else None

    def _day(self, name: str) -> date | None:
        value = self._one(name)
        try:
            found = date.fromisoformat(value) if value else None
        except ValueError:
            found = None
        if value and (found is None or not 1970 < found.year < 9999):
            raise _not_like(name, value, "2026-11-03")
        return found

    def _editions(self) -> Edition | None:
        found = self._taken("edition")
        for value in found:
            if not (value.isascii() and value.isdecimal() and 0 < int(value) < MOST_EDITION):
                raise _not_like("edition", value, "1")
        return Edition(tuple(sorted({int(value) for value in found}))) if found else None

    def _chosen(self, number: int, question: Asking) -> Chosen | None:
        if not (is_choice(question) or isinstance(question, Multiple)):
            return None
        called = (f"問{number}の回答", f"answer to question {number}")
        values = self._among(f"a.{question.id}", called, options(question, self._city))
        return Chosen(number, question, values) if values else None

    def _spoke(self, number: int, question: Asking) -> Spoke | None:
        called = (f"問{number}の状態", f"state of question {number}")
        values = self._among(f"s.{question.id}", called, list(WHAT_WAS_SAID))
        return Spoke(number, question, values) if values else None

    def _between(self, number: int, question: Asking) -> Between | None:
        if not isinstance(question, Measured):
            return None
        least, most = (self._end(f"{end}.{question.id}", question) for end in ("min", "max"))
        return Between(number, question, least, most) if least or most else None

    def _end(self, name: str, question: Measured) -> str:
        value = self._one(name)
        if value:
            try:
                measure(question, value)
            except (ValueError, OverflowError):
                raise _not_like(name, value, _SUCH_AS[question.type]) from None
        return value

    def _words(self, number: int, question: Asking) -> Words | None:
        if not has_words(question):
            return None
        found = [value for value in self._taken(f"has.{question.id}") if terms(value)]
        if any(len(value) > LONGEST for value in found):
            raise _refused(f"検索する言葉は{LONGEST}文字までです。", f"A search has at most {LONGEST} characters.")
        return Words(number, question, tuple(found)) if found else None

    def _tags(self) -> Tags | None:
        found = sorted(self._taken("tag"))
        return Tags(tuple(found)) if found else None

    def _refuse(self, name: str) -> None:
        before, dot, id = name.partition(".")
        if dot and before in ("a", "s", "min", "max", "has") and id not in self._asked:
            raise _refused(f"質問「{_cut(id)}」はありません。", f"There is no question `{_cut(id)}`.")
        if name in self._asked:
            raise _refused(
                f"「{name}」の回答で絞り込むには a.{name} と書きます。",
                f"To filter by the answer to `{name}`, write `a.{name}`.",
            )
        known = f"{', '.join(ATTRIBUTES)}, edition, from, to, tag, a.ID, s.ID, min.ID, max.ID, has.ID"
        raise _refused(
            f"「{_cut(name)}」という条件はありません。使えるのは {known}（IDは質問のID）です。",
            f"There is no filter `{_cut(name)}`; there are {known}, where ID is that of a question.",
        )


_SUCH_AS = {"scale": "3", "number": "3", "date": "2026-11-03", "time": "09:30", "datetime": "2026-11-03T09:30"}


def can_be_crossed(question: Asking) -> bool:
    return is_choice(question) or isinstance(question, Multiple | Number | Date | Time | DateTime)


def _crossed(ids: tuple[str, ...], definition: Definition) -> tuple[str, ...]:
    """A question of the same id as an attribute stands behind `q.`."""
    if not ids:
        return ()
    if len(ids) not in (2, 3):
        raise _refused("クロス集計は2つか3つの項目を選んでください。", "Choose two or three to cross.")
    if len(set(ids)) < len(ids):
        raise _refused("クロス集計には別々の項目を選んでください。", "Choose different ones to cross.")
    known = {question.id for question in definition.asked if can_be_crossed(question)}
    for id in ids:
        if id not in ATTRIBUTES and id.removeprefix("q.") not in known:
            can = ", ".join([*ATTRIBUTES, *sorted(known)])
            raise _refused(
                f"「{_cut(id)}」はクロス集計できません。できるのは {can} です。",
                f"`{_cut(id)}` cannot be crossed; there are {can}.",
            )
    return ids


def _not_like(name: str, value: str, such_as: str) -> Rejected:
    return _refused(
        f"「{name}」は {such_as} のように入れてください（いまは「{_cut(value)}」）。",
        f"`{name}` must be such as {such_as}, not `{_cut(value)}`.",
    )


def _refused(japanese: str, english: str) -> Rejected:
    return Rejected(f"{japanese} {english}")


def _cut(words: str) -> str:
    return words if len(words) <= LONGEST else words[:LONGEST] + "…"
