"""What typed words mean as an answer, in the shape that a button would have given, or what is unclear about them."""

import re
import unicodedata
from collections.abc import Collection, Sequence
from datetime import date

from tsunagu.line.messages import TEXT_LIMIT, utf16
from tsunagu.residents.city import city
from tsunagu.surveys.answers import Value, misfit
from tsunagu.surveys.ask import numbers, times
from tsunagu.surveys.ask.unclear import Unclear, folded
from tsunagu.surveys.ask.wording import shown
from tsunagu.surveys.definition import (
    Asking,
    Date,
    DateTime,
    District,
    Location,
    Multiple,
    Number,
    Option,
    Photo,
    Scale,
    Single,
    Text,
    Time,
    Ward,
)

FURIGANA = re.compile(r"([一-鿿々〆ヶ]+)（([ぁ-ゖー]+)）")


def read(question: Asking, words: str, ward: str | None = None, today: date | None = None) -> Value | Unclear:
    """`question` as the resident sees it, so that a typed number means the choice shown under it. `ward`: theirs."""
    if utf16(words) > TEXT_LIMIT:
        return too_long(words, question.max_length if isinstance(question, Text) else TEXT_LIMIT)
    match question:
        case Single():
            return option_called(question.options, words) or Unclear("option", {"count": len(question.options)})
        case Multiple():
            return _options(question, words)
        case Scale():
            return numbers.step(question, words)
        case Number():
            return numbers.number(question, words)
        case Text():
            return _text(question, words)
        case Date():
            return times.day(question, words)
        case Time():
            return times.time_of_day(question, words)
        case DateTime():
            return times.moment(question, words, today)
        case Ward():
            return _ward(words)
        case District():
            return _district(words, ward)
        case Location():
            return Unclear("location")
        case Photo():
            return Unclear("photo")


def option_called(options: Sequence[Option], words: str) -> str | None:
    typed = folded(words)
    for option in options:
        if typed in _readings(option.text):
            return option.id
    numbered = re.fullmatch(r"(\d{1,2})(?:番目?|つ目|\.)?", typed)
    if numbered and 1 <= int(numbered[1]) <= len(options):
        return options[int(numbered[1]) - 1].id
    return None


def _readings(text: dict[str, str]) -> set[str]:
    """How a label may be typed: 「行（い）く」 also as 「行く」 and 「いく」."""
    return {
        folded(label)
        for words in text.values()
        for label in (words, FURIGANA.sub(r"\1", words), FURIGANA.sub(r"\2", words))
    }


def tidy(words: str) -> str:
    return words.replace("\r\n", "\n").replace("\0", "").strip()


def too_long(words: str, most: int) -> Unclear:
    return Unclear("long", {"most": shown(most), "has": shown(utf16(words))})


def _options(question: Multiple, words: str) -> Value | Unclear:
    options = question.options
    # A label may itself hold a comma or a と, so the coarser reading comes first.
    for separator in (r"[\n;]+", r"[,、・/\s;]+", r"[,、・/\s;]+|と|and"):
        parts = [part for part in re.split(separator, unicodedata.normalize("NFKC", words)) if part]
        found = {option_called(options, part) for part in parts}
        if found and None not in found:
            chosen = [option.id for option in options if option.id in found]
            return unfit(question, chosen) or chosen
    return Unclear("options", {"count": len(options)})


def unfit(question: Multiple, chosen: Collection[str]) -> Unclear | None:
    """What to say of options that cannot be decided for."""
    wrong = misfit(question, chosen)
    return Unclear(wrong.value, {"least": question.least or 1, "most": question.most}) if wrong else None


def _text(question: Text, words: str) -> Value | Unclear:
    said = tidy(words)
    if not said:
        return Unclear("empty")
    if utf16(said) > question.max_length:
        return too_long(said, question.max_length)
    if utf16(said) < question.min_length:
        return Unclear("short", {"least": shown(question.min_length), "has": shown(utf16(said))})
    return said


def _ward(words: str) -> Value | Unclear:
    typed = {folded(words), folded(f"{words}区"), folded(f"{words}く")}
    found = [ward.id for ward in city().wards if ward.is_called(words) or not typed.isdisjoint(_readings(ward.name))]
    return found[0] if len(found) == 1 else Unclear("ward")


def _district(words: str, ward: str | None) -> Value | Unclear:
    """In their own ward, or else anywhere."""
    named = [district for district in city().districts if district.is_called(words)]
    found = [each for each in named if each.ward == ward] or named
    if not found:
        found = city().find_districts(words, [ward] if ward else []) or city().find_districts(words, [])
    if len(found) == 1:
        return found[0].id
    return Unclear("districts", places=tuple(each.id for each in found)) if found else Unclear("district")
