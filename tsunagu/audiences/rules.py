"""Whom something is for: an expression over what the roster holds of each person. Pure.

    wards: [chuo, higashi]
    not: {lists: [tested]}
    any:
      - topics: [childcare]
      - all: [{age_bands: [20s, 30s]}, {followed: {from: 2026-04-01}}]

Every key that is there must hold, of a list of ids any one; `{}` is everyone.

What may save a life is *urgent*, and read so that it reaches too many rather than too few. Chosen topics and "stop"
shut nobody out, and where wards or districts are asked for, whoever named no ward may live there. Below a `not`, where
reaching more means that less holds, topics never hold, and to have named no ward proves nothing.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_serializer, model_validator

DEPTH = 8  # expressions in one another; Firestore takes maps and arrays 20 deep
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")  # of a saved audience or an uploaded list

ONE_VALUE = {"languages": "language", "age_bands": "age_band"}  # key → the roster's column, with one value a person
MANY_VALUES = ("wards", "districts", "topics", "tags")  # keys and columns, with a list of ids a person
AREAS = ("wards", "districts")


class NoAudience(ValueError):
    """Says which saved audience is not there, or is made of itself."""


def _day(written: Any) -> Any:
    if isinstance(written, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", written):
        try:
            return date.fromisoformat(written)
        except ValueError as error:
            raise ValueError(f"{written}: {error}") from error
    if written is None or type(written) is date:
        return written
    raise ValueError(f"must be a date such as 2026-11-01, not {written!r}")


Day = Annotated[date | None, BeforeValidator(_day)]


class Followed(BaseModel):
    """The days, both included, on one of which somebody (last) began to follow, as the city's calendars show them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    first: Day = Field(default=None, alias="from")
    last: Day = Field(default=None, alias="to")

    @model_validator(mode="after")
    def _is_a_time(self) -> "Followed":
        if self.first is None and self.last is None:
            raise ValueError("needs `from`, `to` or both, such as {from: 2026-04-01}")
        if self.first is not None and self.last is not None and self.last < self.first:
            raise ValueError(f"`to`, {self.last}, is before `from`, {self.first}")
        return self

    @model_serializer
    def to_document(self) -> dict[str, str]:
        days = {"from": self.first, "to": self.last}
        return {name: day.isoformat() for name, day in days.items() if day is not None}

    def moments(self, zone: tzinfo) -> tuple[datetime | None, datetime | None]:
        """From the first, up to but not including the second; None: no end on that side."""
        begin = None if self.first is None else _midnight(self.first, zone)
        return begin, None if self.last is None else _midnight(self.last + timedelta(days=1), zone)


A = TypeVar("A", bound="Audience")


class Audience(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    wards: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    age_bands: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    followed: Followed | None = None
    saved: str | None = None
    all: tuple["Audience", ...] = ()
    any: tuple["Audience", ...] = ()
    not_: "Audience | None" = Field(default=None, alias="not")

    @model_validator(mode="after")
    def _is_sound(self: A) -> A:
        if "any" in self.model_fields_set and not self.any:
            raise ValueError("`any` of nothing is nobody: write something below it, or leave it out")
        if self.depth() > DEPTH:
            raise ValueError(f"goes more than {DEPTH} levels deep: save a part of it under a name, and use that")
        return self

    @model_serializer
    def to_document(self) -> dict[str, Any]:
        """Only what is asked for, as it is written: for Firestore, for JSON and for YAML."""
        document: dict[str, Any] = {name: list(ids) for name in IDS if (ids := getattr(self, name))}
        document |= {"followed": self.followed.to_document()} if self.followed else {}
        document |= {"saved": self.saved} if self.saved is not None else {}
        document |= {"all": [each.to_document() for each in self.all]} if self.all else {}
        document |= {"any": [each.to_document() for each in self.any]} if self.any else {}
        return document | ({"not": self.not_.to_document()} if self.not_ is not None else {})

    def below(self) -> "tuple[Audience, ...]":
        return (*self.all, *self.any, *(() if self.not_ is None else (self.not_,)))

    def depth(self) -> int:
        return 1 + max((each.depth() for each in self.below()), default=0)

    def parts(self) -> "Iterator[Audience]":
        """This expression and every one in it."""
        yield self
        for each in self.below():
            yield from each.parts()

    def lists_used(self) -> list[str]:
        """The names of uploaded lists, saved audiences not looked into."""
        return sorted({name for part in self.parts() for name in part.lists})

    def saved_used(self) -> list[str]:
        return sorted({part.saved for part in self.parts() if part.saved is not None})

    def expanded(self, saved: "Mapping[str, Audience]", within: tuple[str, ...] = ()) -> "Audience":
        """The same with every saved audience written out. Raises NoAudience where one is unknown or made of itself."""
        if not self.saved_used():
            return self
        everything = [each.expanded(saved, within) for each in self.all]
        if self.saved is not None:
            if self.saved in within:
                raise NoAudience(f"the saved audience is made of itself: {' → '.join((*within, self.saved))}")
            if self.saved not in saved:
                raise NoAudience(f"there is no saved audience '{self.saved}'")
            everything.append(saved[self.saved].expanded(saved, (*within, self.saved)))
        changed = {
            "saved": None,
            "all": tuple(everything),
            "any": tuple(each.expanded(saved, within) for each in self.any),
            "not_": None if self.not_ is None else self.not_.expanded(saved, within),
        }
        whole = self.model_copy(update=changed)
        if whole.depth() > DEPTH:
            raise NoAudience(f"with what it is made of, the audience goes more than {DEPTH} levels deep")
        return whole

    def is_for(self, urgent: bool, person: Mapping[str, Any], in_list: Callable[[str], bool], zone: tzinfo) -> bool:
        """Whether it holds one person, given as the roster's columns; nothing saved may be left in it."""
        if not person["following"] or (person["quiet"] and not urgent):
            return False
        return self._holds(person, in_list, zone, urgent, below_not=False)

    def _holds(
        self,
        person: Mapping[str, Any],
        in_list: Callable[[str], bool],
        zone: tzinfo,
        urgent: bool,
        below_not: bool,
    ) -> bool:
        if self.saved is not None:
            raise NoAudience(f"the saved audience '{self.saved}' is not written out")

        def meets(name: str) -> bool:
            ids: tuple[str, ...] = getattr(self, name)
            if not ids:
                return True
            if urgent and name == "topics":
                return not below_not
            if urgent and name in AREAS and not below_not and not person["wards"]:
                return True
            if name == "lists":
                return any(in_list(each) for each in ids)
            return not set(_of(person, name)).isdisjoint(ids)

        def holds(other: Audience) -> bool:
            return other._holds(person, in_list, zone, urgent, below_not)

        return (
            all(meets(name) for name in IDS)
            and (self.followed is None or _is_within(person["since"], *self.followed.moments(zone)))
            and all(holds(each) for each in self.all)
            and (not self.any or any(holds(each) for each in self.any))
            and (self.not_ is None or not self.not_._holds(person, in_list, zone, urgent, not below_not))
        )


IDS = (*MANY_VALUES, *ONE_VALUE, "lists")


def _of(person: Mapping[str, Any], name: str) -> Collection[str]:
    return [person[ONE_VALUE[name]]] if name in ONE_VALUE else person[name] or ()


def _is_within(moment: datetime | None, begin: datetime | None, end: datetime | None) -> bool:
    return moment is not None and (begin is None or begin <= moment) and (end is None or moment < end)


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
