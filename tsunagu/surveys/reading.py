"""What typed words mean as an answer: full and half width alike, 「3人」, 「三人」, 2026/11/3, 令和8年11月3日.

What cannot be understood is told by an entry of the catalogue, so that the resident learns what would be right.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from tsunagu.line.messages import utf16
from tsunagu.surveys.answers import Value
from tsunagu.surveys.definition import Date, Multiple, Number, Option, Question, Scale, Single, Text

MOST = 1e15  # beyond this a float no longer holds every whole number
NOTHING = {"なし", "ない", "いない", "いません", "ありません", "ゼロ", "none", "zero"}
ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925}
DIGITS = {**{digit: value for value, digit in enumerate("〇一二三四五六七八九")}, "零": 0}
TENS = {"十": 10, "百": 100, "千": 1000}
MYRIADS = {"万": 10_000, "億": 100_000_000}
NUMERAL = re.compile(r"[-+]?\d+(?:,\d{3})*(?:\.\d+)?(?:[百千万億]+(?:\d+(?:\.\d+)?)?)*")
KANJI_NUMERAL = re.compile(rf"(?:約|およそ|だいたい)?([{''.join([*DIGITS, *TENS, *MYRIADS])}]+)[^\d.]{{0,6}}")
FULL_DAY = re.compile(r"(?<!\d)(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})(?!\d)")
DAY_OF_ERA = re.compile(rf"({'|'.join(ERAS)})(元|\d{{1,2}})[-/.年](\d{{1,2}})[-/.月](\d{{1,2}})(?!\d)")
DAY_WITHOUT_YEAR = re.compile(r"(\d{1,2})[-/月](\d{1,2})日?(?:です)?")


@dataclass(frozen=True)
class Unclear:
    """`key` names an entry `unclear_…` of the catalogue, to be filled with `values`."""

    key: str
    values: dict[str, object] = field(default_factory=dict)


def read(question: Question, words: str) -> Value | Unclear:
    """An answer in the shape that a button would have given, or what is unclear about the words."""
    match question:
        case Single():
            return _option(question.options, words) or Unclear("option", {"count": len(question.options)})
        case Multiple():
            return _options(question.options, words)
        case Scale():
            return _step(question, words)
        case Number():
            return _number(question, words)
        case Text():
            return _text(question, words)
        case Date():
            return _day(question, words)


def folded(words: str) -> str:
    """Width, case and spaces are not told apart."""
    return "".join(unicodedata.normalize("NFKC", words).casefold().split())


def shown(number: float) -> str:
    return f"{int(number):,}" if float(number).is_integer() else f"{number:,}"


def shown_day(day: date) -> str:
    return f"{day.year}/{day.month}/{day.day}"


def _option(options: Sequence[Option], words: str) -> str | None:
    typed = folded(words)
    for option in options:
        if typed in {folded(label) for label in option.text.values()}:
            return option.id
    numbered = re.fullmatch(r"(\d{1,2})(?:番目?|つ目|\.)?", typed)
    if numbered and 1 <= int(numbered[1]) <= len(options):
        return options[int(numbered[1]) - 1].id
    return None


def _options(options: Sequence[Option], words: str) -> Value | Unclear:
    # A label may itself hold a comma or a と, so the coarser reading comes first.
    for separator in (r"[\n;]+", r"[,、・/\s;]+", r"[,、・/\s;]+|と|and"):
        parts = [part for part in re.split(separator, unicodedata.normalize("NFKC", words)) if part]
        found = {_option(options, part) for part in parts}
        if found and None not in found:
            return [option.id for option in options if option.id in found]
    return Unclear("options", {"count": len(options)})


def _step(question: Scale, words: str) -> Value | Unclear:
    for labels, value in ((question.labels.min, question.min), (question.labels.max, question.max)):
        if labels and folded(words) in {folded(label) for label in labels.values()}:
            return value
    amounts = list(_amounts(words))
    if len(amounts) == 1 and amounts[0].is_integer() and question.min <= amounts[0] <= question.max:
        return int(amounts[0])
    return Unclear("scale", {"min": question.min, "max": question.max})


def _number(question: Number, words: str) -> Value | Unclear:
    amounts = list(_amounts(words))
    if not amounts:
        return Unclear("number")
    if len(amounts) > 1:
        return Unclear("many_numbers")
    amount = amounts[0]
    if question.min is not None and amount < question.min:
        return Unclear("below", {"min": shown(question.min)})
    if question.max is not None and amount > question.max:
        return Unclear("above", {"max": shown(question.max)})
    if abs(amount) > MOST:
        return Unclear("number")
    return int(amount) if amount.is_integer() else amount


def _amounts(words: str) -> Iterator[float]:
    typed = folded(words).replace("マイナス", "-").replace("−", "-")
    if typed in NOTHING:
        yield 0.0
    elif numerals := NUMERAL.findall(typed):
        yield from map(_amount, numerals)
    elif kanji := KANJI_NUMERAL.fullmatch(typed):
        yield _amount(kanji[1])


def _amount(numeral: str) -> float:
    """`1,200`, `1万2千`, `三百二十`, `二〇`."""
    sign = -1.0 if numeral.startswith("-") else 1.0
    total = section = 0.0
    current: float | None = None
    for part in re.findall(r"\d[\d,]*(?:\.\d+)?|[^-+]", numeral):
        if part in DIGITS:
            current = (current or 0.0) * 10 + DIGITS[part]  # a float: too long a numeral is infinite, not a bug
        elif part in TENS:
            section += (1 if current is None else current) * TENS[part]
            current = None
        elif part in MYRIADS:
            total += ((section + (current or 0)) or 1) * MYRIADS[part]
            section, current = 0.0, None
        else:
            current = float(part.replace(",", ""))
    return sign * (total + section + (current or 0))


def _text(question: Text, words: str) -> Value | Unclear:
    said = words.replace("\r\n", "\n").replace("\0", "").strip()
    if not said:
        return Unclear("empty")
    if utf16(said) > question.max_length:
        return Unclear("long", {"most": shown(question.max_length), "has": shown(utf16(said))})
    return said


def _day(question: Date, words: str) -> Value | Unclear:
    days = list(_days(question, folded(words)))
    if len(days) != 1:
        return Unclear("date")
    if isinstance(days[0], Unclear):
        return days[0]
    try:
        day = date(*days[0])
    except ValueError:
        return Unclear("no_such_day")
    if not 1900 <= day.year <= 2100:
        return Unclear("no_such_day")
    if question.min is not None and day < question.min:
        return Unclear("early", {"min": shown_day(question.min)})
    if question.max is not None and day > question.max:
        return Unclear("late", {"max": shown_day(question.max)})
    return day.isoformat()


def _days(question: Date, typed: str) -> Iterator[tuple[int, int, int] | Unclear]:
    if compact := re.fullmatch(r"(\d{4})(\d\d)(\d\d)", typed):
        yield int(compact[1]), int(compact[2]), int(compact[3])
    elif alone := DAY_WITHOUT_YEAR.fullmatch(typed):
        month, day = int(alone[1]), int(alone[2])
        years = _years(question, month, day)
        yield (years[0], month, day) if len(years) == 1 else Unclear("year", {"month": month, "day": day})
    else:
        for year, month, day in FULL_DAY.findall(typed):
            yield int(year), int(month), int(day)
        for era, year, month, day in DAY_OF_ERA.findall(typed):
            yield ERAS[era] + (1 if year == "元" else int(year)), int(month), int(day)


def _years(question: Date, month: int, day: int) -> list[int]:
    """The years in which that day is one the question allows, where it allows only so many."""
    if question.min is None or question.max is None:
        return []
    found = []
    for year in range(question.min.year, question.max.year + 1):
        try:
            if question.min <= date(year, month, day) <= question.max:
                found.append(year)
        except ValueError:
            continue
    return found
