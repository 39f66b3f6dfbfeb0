"""An audience in words that staff take in at a glance.

中央区または東区にお住まいで、「子育て・教育」を選んだ方（名簿「テスト」に載っている方を除く）
people who live in Chuo Ward or Higashi Ward and chose “Children and school” (except people on the list “テスト”)
"""

from calendar import month_name
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from tsunagu.audiences.rules import AREAS, Audience, Followed
from tsunagu.residents.city import Choice, city

Reader = Literal["ja", "en"]
Titles = Mapping[str, str]  # as `store.titles` gives them
Clause = tuple[str, str]  # as it leads on to the next one, and as it stands at the end

LANGUAGES: Mapping[Reader, Mapping[str, str]] = {
    "ja": {"ja": "日本語", "ja-easy": "やさしい日本語", "en": "英語"},
    "en": {"ja": "Japanese", "ja-easy": "easy Japanese", "en": "English"},
}


def described(audience: Audience, urgent: bool, language: Reader, titles: Titles | None = None) -> str:
    """`titles`: what people call saved audiences and uploaded lists; where one is missing, its name stands there."""
    said = _whom(audience, _JAPANESE if language == "ja" else _ENGLISH, titles or {})
    return said + _urgently(audience, language) if urgent else said


@dataclass(frozen=True)
class _Tongue:
    """How clauses become a person: in Japanese they stand before the person, in English after it."""

    reader: Reader
    clauses: Mapping[str, Clause]  # by key; `{}` is what is asked for
    quoted: str
    or_: str
    or_people: str
    one_of: Clause
    and_: str
    last_and: str
    people: str
    everyone: str
    except_: str
    comma: str


_JAPANESE = _Tongue(
    reader="ja",
    clauses={
        "wards": ("{}にお住まいで", "{}にお住まいの"),
        "districts": ("{}にお住まいで", "{}にお住まいの"),
        "topics": ("{}を選んでいて", "{}を選んだ"),
        "languages": ("{}で読んでいて", "{}で読む"),
        "age_bands": ("{}で", "{}の"),
        "tags": ("タグ{}が付いていて", "タグ{}が付いた"),
        "lists": ("名簿{}に載っていて", "名簿{}に載っている"),
        "saved": ("配信対象{}に入っていて", "配信対象{}に入る"),
        "followed": ("{}友だちになっていて", "{}友だちになった"),
    },
    quoted="「{}」",
    or_="または",
    or_people="、または",
    one_of=("［{}］のいずれかで", "［{}］のいずれかの"),
    and_="、",
    last_and="、",
    people="{}方",
    everyone="すべての方",
    except_="（{}を除く）",
    comma="、",
)
_ENGLISH = _Tongue(
    reader="en",
    clauses={
        "wards": ("live in {}",) * 2,
        "districts": ("live in {}",) * 2,
        "topics": ("chose {}",) * 2,
        "languages": ("read {}",) * 2,
        "age_bands": ("are aged {}",) * 2,
        "tags": ("have the tag {}",) * 2,
        "lists": ("are on the list {}",) * 2,
        "saved": ("belong to the audience {}",) * 2,
        "followed": ("became friends {}",) * 2,
    },
    quoted="“{}”",
    or_=" or ",
    or_people=", or ",
    one_of=("are one of [{}]",) * 2,
    and_=", ",
    last_and=" and ",
    people="people who {}",
    everyone="everyone",
    except_=" (except {})",
    comma=", ",
)


def _whom(audience: Audience, tongue: _Tongue, titles: Titles) -> str:
    holds, not_ = _gathered(audience)
    clauses = [clause for each in holds for clause in _clauses(each, tongue, titles)]
    alternatives = [each for one in holds for each in one.any]
    if alternatives and len(clauses) == 1 and not not_:
        return tongue.or_people.join(_whom(each, tongue, titles) for each in alternatives)
    if clauses:
        leading = tongue.and_.join(leads for leads, _ in clauses[:-1])
        whom = tongue.people.format(tongue.last_and.join(filter(None, [leading, clauses[-1][1]])))
    else:
        whom = tongue.everyone
    others = tongue.comma.join(_whom(each, tongue, titles) for each in not_)
    return whom + tongue.except_.format(others) if others else whom


def _gathered(audience: Audience) -> tuple[list[Audience], list[Audience]]:
    """What must hold and what must not, with all that `all` holds."""
    holds, not_ = [audience], [] if audience.not_ is None else [audience.not_]
    for each in audience.all:
        more, less = _gathered(each)
        holds, not_ = holds + more, not_ + less
    return holds, not_


def _clauses(asked: Audience, tongue: _Tongue, titles: Titles) -> list[Clause]:
    found = []
    for key, names in _names(asked, tongue, titles).items():
        if names:
            either = tongue.or_.join(names)
            leads, stands = tongue.clauses[key]
            found.append((leads.format(either), stands.format(either)))
    if asked.any:
        either = tongue.or_people.join(_whom(each, tongue, titles) for each in asked.any)
        found.append((tongue.one_of[0].format(either), tongue.one_of[1].format(either)))
    return found


def _names(asked: Audience, tongue: _Tongue, titles: Titles) -> dict[str, list[str]]:
    known, reader = city(), tongue.reader
    districts = _labels(known.districts, asked.districts, reader)

    def quoted(names: Iterable[str]) -> list[str]:
        return [tongue.quoted.format(name) for name in names]

    return {
        "wards": _labels(known.wards, asked.wards, reader),
        "districts": [f"{name}校区" if reader == "ja" else f"{name} district" for name in districts],
        "topics": quoted(_labels(known.topics, asked.topics, reader)),
        "languages": [LANGUAGES[reader].get(name, name) for name in asked.languages],
        "age_bands": _labels(known.age_bands, asked.age_bands, reader),
        "tags": quoted(asked.tags),
        "lists": quoted(titles.get(f"id_lists/{name}", name) for name in asked.lists),
        "saved": quoted([titles.get(f"audiences/{asked.saved}", asked.saved)] if asked.saved else []),
        "followed": [_days(asked.followed, reader)] if asked.followed else [],
    }


def _labels(choices: Iterable[Choice], ids: tuple[str, ...], reader: Reader) -> list[str]:
    """In the city's order; what the city does not know any more as it is written."""
    known = {choice.id: choice.label(reader) for choice in choices}
    return [*(label for name, label in known.items() if name in ids), *(name for name in ids if name not in known)]


def _days(followed: Followed, reader: Reader) -> str:
    first, last = (day and _day(day, reader) for day in (followed.first, followed.last))
    if reader == "ja":
        return f"{first}から{last}までに" if first and last else f"{first}以降に" if first else f"{last}までに"
    return f"from {first} to {last}" if first and last else f"since {first}" if first else f"by {last}"


def _day(day: date, reader: Reader) -> str:
    if reader == "ja":
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {month_name[day.month]} {day.year}"


def _urgently(audience: Audience, reader: Reader) -> str:
    topics, anywhere = any(part.topics for part in audience.parts()), _asks_where(audience)
    if reader == "ja":
        despite = "選んだ分野や配信停止" if topics else "配信停止"
        return f"。{despite}にかかわらず{'、区を登録していない方にも' if anywhere else ''}届きます"
    more = (["chose other topics"] if topics else []) + (["named no ward"] if anywhere else [])
    *others, last = ["stopped messages", *more]
    return f"; it also reaches those who {', '.join(others)}{' or ' if others else ''}{last}"


def _asks_where(audience: Audience, below_not: bool = False) -> bool:
    """Whether wards or districts are asked for where whoever named none counts as living there."""
    if not below_not and any(getattr(audience, name) for name in AREAS):
        return True
    if any(_asks_where(each, below_not) for each in (*audience.all, *audience.any)):
        return True
    return audience.not_ is not None and _asks_where(audience.not_, not below_not)
