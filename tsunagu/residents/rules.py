"""A resident's choices and the order in which they are asked for. Pure.

Every choice remembers the time of the event that made it; of two choices for one field the later event wins, whichever
is delivered last.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

STEPS = ("language", "ward", "district", "topics", "age_band", "consent")


@dataclass(frozen=True)
class Resident:
    """`changed` maps a field, or "topics/{id}", to the epoch milliseconds of the event that last decided it."""

    following: bool = True
    since: datetime | None = None  # when they (last) began to follow
    wards: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    language: str = "ja"
    age_band: str | None = None
    tags: tuple[str, ...] = ()
    quiet: bool = False  # nothing but what saves lives
    consent: datetime | None = None
    changed: Mapping[str, int] = field(default_factory=dict)
    version: int = 0

    def decided(self, name: str) -> bool:
        return name in self.changed

    def is_stale(self, name: str, at: int) -> bool:
        """Whether a later event than one of `at` has decided `name` already."""
        return self.changed.get(name, -1) > at

    def choose(self, name: str, value: Any, at: int) -> "Resident":
        """`name` becomes `value`, unless a later event has decided otherwise."""
        if self.is_stale(name, at):
            return self
        return replace(self, changed={**self.changed, name: at}, **{name: value})

    def toggle_topic(self, topic: str, wanted: bool, at: int) -> "Resident":
        """Each topic is decided by itself, so that two buttons tapped in a row cannot undo each other."""
        name = f"topics/{topic}"
        if self.is_stale(name, at):
            return self
        others = tuple(chosen for chosen in self.topics if chosen != topic)
        topics = tuple(sorted((*others, topic))) if wanted else others
        return replace(self, topics=topics, changed={**self.changed, name: at})

    def pass_step(self, step: str, at: int) -> "Resident":
        """The step was answered or skipped."""
        return replace(self, changed={**self.changed, step: max(at, self.changed.get(step, at))})

    def next_step(self) -> str | None:
        """The first step not yet passed; None when all are."""
        return next((step for step in STEPS if step not in self.changed), None)

    def districts_within(self, ward_of: Mapping[str, str]) -> tuple[str, ...]:
        """The chosen districts, without those that a later change of ward has left behind."""
        return tuple(d for d in self.districts if not self.wards or ward_of.get(d) in self.wards)

    def newer(self, now: datetime) -> "Resident":
        """The same with the next version: microseconds, so that versions also grow across an erasure."""
        return replace(self, version=max(self.version + 1, int(now.timestamp() * 1_000_000)))


def spoken(tag: object) -> str:
    """Our language for that of a LINE profile, a BCP 47 tag or nothing.

    Whose phone speaks neither Japanese nor English is written to in English: やさしい日本語 is for those who choose to
    read Japanese, which a phone does not tell.
    """
    if not isinstance(tag, str) or not tag:
        return Resident.language
    return "ja" if tag.casefold().replace("_", "-").split("-")[0] == "ja" else "en"


def row(resident: Resident, ward_of: Mapping[str, str]) -> dict[str, Any]:
    """What the roster holds of a resident."""
    return {
        "following": resident.following,
        "quiet": resident.quiet,
        "wards": list(resident.wards),
        "districts": list(resident.districts_within(ward_of)),
        "topics": list(resident.topics),
        "tags": list(resident.tags),
        "language": resident.language,
        "age_band": resident.age_band,
        "since": resident.since,
    }


def listed(names: Sequence[str], language: str, nothing: str) -> str:
    return (", " if language == "en" else "、").join(names) or nothing
