"""Made-up people and expressions, few enough names of each kind that they meet."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
from google.cloud.firestore import Client
from hypothesis import strategies as st

from tsunagu.audiences.roster import NUMBERED, Roster
from tsunagu.audiences.rules import Audience
from tsunagu.packs.lists import Numbered, Numbering
from tsunagu.residents.store import ROSTER_SCHEMA

ZONE = ZoneInfo("Asia/Tokyo")
NOON = datetime(2026, 4, 1, 3, 0, tzinfo=UTC)  # in Tokyo
WARDS, DISTRICTS, TOPICS = ("chuo", "kita"), ("sekidai", "ueki"), ("refuse", "health")
LANGUAGES, BANDS, TAGS, LISTS = ("ja", "en"), ("20s", "70s"), ("volunteer", "pilot"), ("first", "second")

Person = dict[str, Any]


def some(names: Sequence[str], most: int = 2) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(names), unique=True, max_size=most)


moments = st.builds(lambda hours: NOON + timedelta(hours=hours), st.integers(-60, 60))
persons = st.fixed_dictionaries(
    {
        "following": st.sampled_from([True, True, True, False]),
        "quiet": st.booleans(),
        "wards": some(WARDS) | st.none(),
        "districts": some(DISTRICTS) | st.none(),
        "topics": some(TOPICS),
        "tags": some(TAGS),
        "language": st.sampled_from([*LANGUAGES, "th"]),
        "age_band": st.sampled_from(BANDS) | st.none(),
        "since": moments | st.none(),
        "on": some(LISTS),  # uploaded lists
    }
)
days = st.sampled_from([date(2026, 3, 31), date(2026, 4, 1), date(2026, 4, 2)]).map(date.isoformat)
followed = st.one_of(
    st.fixed_dictionaries({"from": days}),
    st.fixed_dictionaries({"to": days}),
    st.tuples(days, days).map(lambda pair: {"from": min(pair), "to": max(pair)}),
)
flat = st.fixed_dictionaries(
    {},
    optional={
        "wards": some(WARDS),
        "districts": some(DISTRICTS),
        "topics": some(TOPICS),
        "languages": some(LANGUAGES, 1),
        "age_bands": some(BANDS),
        "tags": some(TAGS),
        "lists": some(LISTS),
        "followed": followed,
    },
)
# An expression as it is written: one with others in it now and then.
written = st.recursive(
    flat,
    lambda inner: st.builds(
        lambda one, more: one | more,
        flat,
        st.fixed_dictionaries(
            {},
            optional={"all": st.lists(inner, max_size=2), "any": st.lists(inner, min_size=1, max_size=2), "not": inner},
        ),
    ),
    max_leaves=5,
)
audiences = written.map(Audience.model_validate)


def key(number: int) -> bytes:
    return number.to_bytes(16, "big")


def roster_of(db: Client, people: list[Person]) -> Roster:
    """As a keeper would give it; people's keys are their numbers."""
    rows = [person | {"key": key(number), "version": 1} for number, person in enumerate(people)]
    numbering = Numbering(NUMBERED)
    frame = pl.DataFrame([{name: row[name] for name in ROSTER_SCHEMA} for row in rows], schema=ROSTER_SCHEMA)
    return Roster(Numbered(numbering.number(frame), numbering.names), ZONE, db)


def is_for(audience: Audience, urgent: bool, person: Person) -> bool:
    return audience.is_for(urgent, person, person["on"].__contains__, ZONE)
