"""An audience as staff write it, held against what there is: the city's names, saved audiences, uploaded lists."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationInfo

from tsunagu.audiences.rules import Audience
from tsunagu.cloud.definitions import load
from tsunagu.residents.city import Choice, City, as_typed
from tsunagu.residents.city import District as SchoolDistrict

Language = Literal["ja", "ja-easy", "en"]
LISTED = 20  # names; a city has a hundred districts
TAG_LIMIT = 30  # characters
READ_AS = re.compile(r"(.+)（(.+)）")  # how easy Japanese writes a name: 中央区（ちゅうおうく）


@dataclass(frozen=True)
class Known:
    """What `To` needs of its context, which may be anything with these fields. None: that is not looked at now."""

    city: City
    saved: Mapping[str, Audience] | None = None
    lists: Collection[str] | None = None


def _in_the_city(kind: str, choices: Callable[[City], Iterable[Choice]]) -> AfterValidator:
    def check(named: str, info: ValidationInfo[Any]) -> str:
        found = {each.id: each for each in choices(info.context.city)}
        if named in found:
            return named
        meant = _meant(named, found.values())
        hint = f"`{meant.id}` ({meant.label('ja')})" if meant else ""
        raise _not_there(f"the city has no {kind} '{named}'", hint, found)

    return AfterValidator(check)


def _there(offered: str, kind: str) -> AfterValidator:
    def check(named: str, info: ValidationInfo[Any]) -> str:
        names = getattr(info.context, offered, None)
        if names is None or named in names:
            return named
        close = get_close_matches(named, list(names), 1)
        raise _not_there(f"there is no {kind} '{named}'", f"`{close[0]}`" if close else "", names)

    return AfterValidator(check)


def _not_there(says: str, hint: str, names: Collection[str]) -> ValueError:
    meant = f"; did you mean {hint}?" if hint else ""
    listed = f" (known: {', '.join(names)})" if 0 < len(names) <= LISTED else ""
    return ValueError(f"{says}{meant}{listed}")


def _meant(named: str, choices: Iterable[Choice]) -> Choice | None:
    """The one that is called so, or nearly so: staff know names, and definitions take ids."""
    calls = {as_typed(call): each for each in choices for call in _calls(each)}
    sought = as_typed(named).removesuffix("校区").removesuffix("小学校")
    return next((calls[close] for close in get_close_matches(sought, calls, 1)), None)


def _calls(choice: Choice) -> Iterator[str]:
    yield choice.id
    for name in choice.name.values():
        yield name
        if written := READ_AS.fullmatch(name):
            yield from written.groups()
    if isinstance(choice, SchoolDistrict):
        yield choice.kana


def _tag(written: str) -> str:
    if not written.strip():
        raise ValueError("the tag is empty")
    if len(written) > TAG_LIMIT:
        raise ValueError(f"the tag is {len(written)} characters long; {TAG_LIMIT} fit")
    return written


Ward = Annotated[str, _in_the_city("ward", lambda city: city.wards)]
District = Annotated[str, _in_the_city("district", lambda city: city.districts)]
Topic = Annotated[str, _in_the_city("topic", lambda city: city.topics)]
AgeBand = Annotated[str, _in_the_city("age band", lambda city: city.age_bands)]


class To(Audience):
    """An audience all of whose names there are; validated with a context like `Known`."""

    wards: tuple[Ward, ...] = ()
    districts: tuple[District, ...] = ()
    topics: tuple[Topic, ...] = ()
    languages: tuple[Language, ...] = ()
    age_bands: tuple[AgeBand, ...] = ()
    tags: tuple[Annotated[str, AfterValidator(_tag)], ...] = ()
    lists: tuple[Annotated[str, _there("lists", "uploaded list")], ...] = ()
    saved: Annotated[str, _there("saved", "saved audience")] | None = None
    all: tuple["To", ...] = ()
    any: tuple["To", ...] = ()
    not_: "To | None" = Field(default=None, alias="not")


def read(path: Path | str, known: Known) -> To:
    """Raises WrongFile."""
    return load(path, To, context=known)
