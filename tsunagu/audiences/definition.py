"""An audience as staff write it, held against what there is: the city's names, saved audiences, uploaded lists."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationInfo

from tsunagu.audiences.rules import Audience
from tsunagu.cloud.definitions import load
from tsunagu.residents.city import City

Language = Literal["ja", "ja-easy", "en"]
LISTED = 20  # names; a city has a hundred districts
TAG_LIMIT = 30  # characters


@dataclass(frozen=True)
class Known:
    """What `To` needs of its context, which may be anything with these fields. None: that is not looked at now."""

    city: City
    saved: Mapping[str, Audience] | None = None
    lists: Collection[str] | None = None


def _in_the_city(kind: str, choices: Callable[[City], Iterable[Any]]) -> AfterValidator:
    def check(named: str, info: ValidationInfo[Any]) -> str:
        return _one_of(named, [each.id for each in choices(info.context.city)], f"the city has no {kind} '{named}'")

    return AfterValidator(check)


def _there(offered: str, kind: str) -> AfterValidator:
    def check(named: str, info: ValidationInfo[Any]) -> str:
        names = getattr(info.context, offered, None)
        return named if names is None else _one_of(named, list(names), f"there is no {kind} '{named}'")

    return AfterValidator(check)


def _one_of(named: str, names: list[str], otherwise: str) -> str:
    if named in names:
        return named
    close = get_close_matches(named, names, 1)
    meant = f"; did you mean `{close[0]}`?" if close else ""
    listed = f" (known: {', '.join(names)})" if 0 < len(names) <= LISTED else ""
    raise ValueError(f"{otherwise}{meant}{listed}")


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
