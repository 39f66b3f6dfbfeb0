"""Days and times as people type them: 2026/11/3, 令和8年11月3日, 「14時半」, 「午後2時」, 9:30, 「11月3日 14:00」."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date

from tsunagu.surveys.ask.numbers import amount
from tsunagu.surveys.ask.unclear import Unclear, folded
from tsunagu.surveys.ask.wording import shown_day, shown_moment
from tsunagu.surveys.definition import Date, DateTime, Time

FIRST, LAST = 1900, 2100  # years of LINE's date picker
ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925}
FULL_DAY = re.compile(r"(?<!\d)(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})(?!\d)")
DAY_OF_ERA = re.compile(rf"({'|'.join(ERAS)})(元|\d{{1,2}})[-/.年](\d{{1,2}})[-/.月](\d{{1,2}})(?!\d)")
DAY_WITHOUT_YEAR = re.compile(r"(?<![\d/年月-])(\d{1,2})[-/月](\d{1,2})(?![\d/-])")
KANJI = re.compile(r"[〇零一二三四五六七八九十]+(?=[時分年月日])")
MORNING = ("午前", "朝", "am", "a.m.")
AFTERNOON = ("午後", "夕方", "pm", "p.m.")
VAGUE = ("昼", "夜", "晩", "夜中", "深夜")  # 夜8時 is 20:00, 夜1時 is 1:00: rather asked again than taken wrongly
LATER = re.compile("[昼夕晩夜]|午後")  # elsewhere in the words: 夜遅く8時, 昼過ぎの2時
SEVERAL = "(?:[、,・かと〜~ー–—-]|から)"  # between the first of several and the next
SEVERAL_HOURS = re.compile(rf"(?<![\d/月.:-])\d{{1,2}} ?時? ?{SEVERAL} ?$")
SEVERAL_DAYS = re.compile(rf"日{SEVERAL}\d|\d(?:[、,・かと〜~ー–—]|から)\d|以外")
HALF_DAY = "|".join(re.escape(word) for word in (*MORNING, *AFTERNOON, *VAGUE))
CLOCK = re.compile(
    rf"(?:(?P<before>{HALF_DAY})中?[のはに]?)? ?(?<!\d)(?P<hour>\d{{1,2}})"
    rf"(?: ?: ?(?P<minute>\d\d)(?::\d\d)?| ?時 ?(?:(?P<minutes>\d{{1,2}}) ?分?|(?P<half>半))?| ?(?=[ap]\.?m))"
    rf"(?!\d)(?: ?\(?(?P<after>[ap]\.?m\.?|{HALF_DAY})\)?)?"
)


def day(question: Date, words: str) -> str | Unclear:
    found = _only_day(_plain(words), question.min, question.max, None)
    if isinstance(found, Unclear):
        return found
    if question.min is not None and found < question.min:
        return Unclear("early", {"min": shown_day(question.min)})
    if question.max is not None and found > question.max:
        return Unclear("late", {"max": shown_day(question.max)})
    return found.isoformat()


def time_of_day(question: Time, words: str) -> str | Unclear:
    typed = _plain(words)
    if compact := re.fullmatch(r"(\d{1,2})(\d\d)?", folded(typed)):
        found = _clock(int(compact[1]), int(compact[2] or 0))
    else:
        found = _only_clock(typed)[0]
    if isinstance(found, Unclear):
        return found
    if question.min is not None and found < question.min:
        return Unclear("early_time", {"min": question.min})
    if question.max is not None and found > question.max:
        return Unclear("late_time", {"max": question.max})
    return found


def moment(question: DateTime, words: str, today: date | None) -> str | Unclear:
    """`today`: the day in whose neighbourhood a day without its year is taken to lie."""
    clock, rest = _only_clock(_plain(words))
    low, high = (date.fromisoformat(end[:10]) if end else None for end in (question.min, question.max))
    on = _only_day(re.sub(r"(?<=\d)t", " ", rest), low, high, today)
    if isinstance(on, Unclear):
        return Unclear("moment") if on.key == "date" else on
    if isinstance(clock, Unclear):
        return Unclear("moment") if clock.key == "time" else clock
    found = f"{on.isoformat()}T{clock}"
    if question.min is not None and found < question.min:
        return Unclear("early_moment", {"min": shown_moment(question.min)})
    if question.max is not None and found > question.max:
        return Unclear("late_moment", {"max": shown_moment(question.max)})
    return found


def _plain(words: str) -> str:
    """One width, one case, one space at a time; 「十一月三日九時」 with digits."""
    typed = " ".join(unicodedata.normalize("NFKC", words).casefold().split())
    return KANJI.sub(lambda found: f"{amount(found[0]):.0f}", typed)


def _only_clock(typed: str) -> tuple[str | Unclear, str]:
    """The one time in the words, and what is left of them."""
    typed = typed.replace("正午", "12:00")
    found = list(CLOCK.finditer(typed))
    if len(found) != 1:
        return Unclear("time"), typed
    said = found[0]
    rest = f"{typed[: said.start()]} {typed[said.end() :]}"
    hour, minute = int(said["hour"]), int(said["minute"] or said["minutes"] or (30 if said["half"] else 0))
    if (hour <= 12 and LATER.search(rest)) or SEVERAL_HOURS.search(typed[: said.start()]):
        return Unclear("time"), typed
    half_day = said["before"] or (said["after"] or "").replace(".", "")
    if half_day in VAGUE and hour <= 12 and (half_day, hour) != ("昼", 12):
        return Unclear("time"), typed
    if half_day in MORNING and hour == 12:
        hour = 0
    elif half_day in AFTERNOON and hour < 12:
        hour += 12
    return _clock(hour, minute), rest


def _clock(hour: int, minute: int) -> str | Unclear:
    return f"{hour:02}:{minute:02}" if hour < 24 and minute < 60 else Unclear("no_such_time")


def _only_day(typed: str, low: date | None, high: date | None, today: date | None) -> date | Unclear:
    typed = folded(typed)
    found = list(_days(typed, low, high, today))
    if len(found) != 1 or SEVERAL_DAYS.search(typed):
        return Unclear("date")
    if isinstance(found[0], Unclear):
        return found[0]
    on = _date(*found[0])
    return on if on is not None else Unclear("no_such_day")


def _days(
    typed: str, low: date | None, high: date | None, today: date | None
) -> Iterator[tuple[int, int, int] | Unclear]:
    full = [(int(year), int(month), int(day)) for year, month, day in FULL_DAY.findall(typed)]
    for era, year, month, day in DAY_OF_ERA.findall(typed):
        full.append((ERAS[era] + (1 if year == "元" else int(year)), int(month), int(day)))
    if compact := re.fullmatch(r"(\d{4})(\d\d)(\d\d)", typed):
        full.append((int(compact[1]), int(compact[2]), int(compact[3])))
    yield from full
    for month, day in DAY_WITHOUT_YEAR.findall(typed) if not full else ():
        years = _years(int(month), int(day), low, high, today)
        told: dict[str, object] = {"month": int(month), "day": int(day)}
        yield (years[0], int(month), int(day)) if len(years) == 1 else Unclear("year", told)


def _years(month: int, day: int, low: date | None, high: date | None, today: date | None) -> list[int]:
    """The years in which that day is one the question allows, where it allows only so many; else the nearest one."""
    if low is not None and high is not None:
        within = [
            on for year in range(low.year, high.year + 1) if (on := _date(year, month, day)) and low <= on <= high
        ]
        if len(within) == 1 or today is None:
            return [on.year for on in within]
    if today is None:
        return []
    near = [on for year in range(today.year - 1, today.year + 2) if (on := _date(year, month, day))]
    allowed = [on for on in near if (low is None or low <= on) and (high is None or on <= high)]
    return [min(allowed or near, key=lambda on: abs((on - today).days)).year] if near else [today.year]


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if FIRST <= year <= LAST else None
    except ValueError:
        return None
