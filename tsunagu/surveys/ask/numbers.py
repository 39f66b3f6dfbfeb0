"""Numbers as people type them: full and half width alike, 「3人」, 「三人」, 「1万2千」."""

import re
from collections.abc import Iterator

from tsunagu.surveys.ask.unclear import Unclear, folded
from tsunagu.surveys.ask.wording import shown
from tsunagu.surveys.definition import Number, Scale

MOST = 1e15  # beyond this a float no longer holds every whole number
NOTHING = {"なし", "ない", "いない", "いません", "ありません", "ゼロ", "none", "zero"}
DIGITS = {**{digit: value for value, digit in enumerate("〇一二三四五六七八九")}, "零": 0}
TENS = {"十": 10, "百": 100, "千": 1000}
MYRIADS = {"万": 10_000, "億": 100_000_000}
NUMERAL = re.compile(r"[-+]?\d+(?:,\d{3})*(?:\.\d+)?(?:[百千万億]+(?:\d+(?:\.\d+)?)?)*")
_KANJI = "".join([*DIGITS, *TENS, *MYRIADS])
KANJI_NUMERAL = re.compile(rf"(?:約|およそ|だいたい)?([{_KANJI}]+)[^\d.{_KANJI}]{{0,6}}")
_NOT = "(?:ない|ません|なかった)"
# 一人もいない, 1度もありません
NOBODY = re.compile(rf"[1一][人つ名度回個台匹件]も(?:い|あり|おり)?{_NOT}(?:です|でした)?[。.!]?")
# Of what stands right behind the numeral: 3ではない, 10回も行かない, 3人以外. Elsewhere in the words a denial is of
# something else (5 問題ない, すみません3人です), and 3回しか行かない is 3.
DENIED = re.compile(rf"[\d{_KANJI}][^\d(:]{{0,3}}?(?:(?:では|じゃ)(?:ない|ありません)|(?<!か)も\S{{0,6}}{_NOT}|以外$)")


def number(question: Number, words: str) -> int | float | Unclear:
    found = list(_amounts(words))
    if not found:
        return Unclear("number")
    if len(found) > 1:
        return Unclear("many_numbers")
    value = found[0]
    if question.min is not None and value < question.min:
        return Unclear("below", {"min": shown(question.min)})
    if question.max is not None and value > question.max:
        return Unclear("above", {"max": shown(question.max)})
    if abs(value) > MOST:
        return Unclear("number")
    return int(value) if value.is_integer() else value


def step(question: Scale, words: str) -> int | Unclear:
    for labels, value in ((question.labels.min, question.min), (question.labels.max, question.max)):
        if labels and folded(words) in {folded(label) for label in labels.values()}:
            return value
    found = list(_amounts(words))
    if len(found) == 1 and found[0].is_integer() and question.min <= found[0] <= question.max:
        return int(found[0])
    return Unclear("scale", {"min": question.min, "max": question.max})


def amount(numeral: str) -> float:
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


def _amounts(words: str) -> Iterator[float]:
    # Two numbers with a space or a line between them are two: without it they would be read as one.
    typed = folded(re.sub(r"(?<=\d)\s+(?=\d)", "、", words)).replace("マイナス", "-").replace("−", "-")
    if typed in NOTHING or NOBODY.fullmatch(typed):
        yield 0.0
    elif DENIED.search(typed):
        return
    elif numerals := NUMERAL.findall(typed):
        yield from map(amount, numerals)
    elif kanji := KANJI_NUMERAL.fullmatch(typed):
        yield amount(kanji[1])
