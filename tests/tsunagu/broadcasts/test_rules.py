from typing import Any
from uuid import UUID

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsunagu.broadcasts.audience import DECIDES, Audience
from tsunagu.broadcasts.rules import Kind, State, Totals, ending, ends_hearing
from tsunagu.broadcasts.slices import ID_BYTES, SLICE_LIMIT, id_at, positions_of, retry_key, slices_of, zeroed
from tsunagu.packs.lists import numbered
from tsunagu.residents.store import ROSTER_SCHEMA

WARDS, DISTRICTS, TOPICS, LANGUAGES = ["chuo", "kita"], ["d1", "d2"], ["refuse", "health"], ["ja", "en"]


def some(names: list[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(names), unique=True)


rows = st.fixed_dictionaries(
    {
        "following": st.booleans(),
        "quiet": st.booleans(),
        "wards": some(WARDS) | st.none(),
        "districts": some(DISTRICTS) | st.none(),
        "topics": some(TOPICS),
        "language": st.sampled_from(LANGUAGES),
    }
)
audiences = st.builds(
    Audience, wards=some(WARDS), districts=some(DISTRICTS), topics=some(TOPICS), languages=some(LANGUAGES)
)


def belongs(row: dict[str, Any], audience: Audience, kind: Kind) -> bool:
    """The rule as one would say it."""

    def meets(group: str, chosen: list[str] | None) -> bool:
        named = getattr(audience, group)
        return not named or any(name in named for name in chosen or [])

    if not row["following"] or not meets("languages", [row["language"]]):
        return False
    inside = meets("wards", row["wards"]) and meets("districts", row["districts"])
    if kind is Kind.LIFE_SAFETY:
        return inside or not row["wards"]
    return inside and not row["quiet"] and meets("topics", row["topics"])


@given(st.lists(rows, max_size=20), audiences, st.sampled_from(Kind))
def test_an_audience_is_who_one_would_say_it_is(people: list[dict[str, Any]], audience: Audience, kind: Kind) -> None:
    roster = numbered(pl.DataFrame(people, schema={name: ROSTER_SCHEMA[name] for name in DECIDES}))
    found = roster.rows.select(audience.of(kind, roster)).to_series().to_list()
    assert [belongs(row, audience, kind) for row in people] == found


@given(rows, audiences, st.sampled_from(Kind))
def test_somebody_who_asks_is_shown_what_they_would_be_sent(
    row: dict[str, Any], audience: Audience, kind: Kind
) -> None:
    asks = row | {"following": True, "quiet": False}
    choices = (row["wards"] or [], row["districts"] or [], row["topics"], row["language"])
    assert belongs(asks, audience, kind) == audience.is_for(kind, *choices)


@given(st.integers(0, 3_000))
def test_every_position_of_a_chunk_is_in_exactly_one_slice(n: int) -> None:
    slices = list(slices_of(n))
    assert list(range(n)) == [position for one in slices for position in one]
    assert all(1 <= len(one) <= SLICE_LIMIT for one in slices)


@given(st.lists(st.binary(min_size=ID_BYTES, max_size=ID_BYTES), min_size=1, max_size=20, unique=True), st.data())
def test_an_erased_id_is_nowhere_and_the_others_stay_where_they_are(ids: list[bytes], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(ids) - 1))
    packed = b"".join(ids)
    assert [place] == positions_of(packed, ids[place])
    without = zeroed(packed, [place])
    kept = [one for one in range(len(ids)) if one != place]
    assert [ids[one] for one in kept] == [id_at(without, one) for one in kept]
    assert bytes(ID_BYTES) == id_at(without, place)


def test_an_id_across_the_border_of_two_others_is_not_found() -> None:
    ids = bytes(range(32))
    assert [] == positions_of(ids, ids[8:24])


def test_a_retry_key_is_the_same_for_ever() -> None:
    assert UUID("f1d07918-37aa-59cd-8562-af5bbe69b74f") == retry_key("b", "a", 1, 2)
    keys = {retry_key(b, a, c, i) for b in ("b", "c") for a in ("a", "d") for c in (1, 12) for i in (2, 22)}
    assert 16 == len(keys)


@pytest.mark.parametrize("state", list(State))
def test_what_is_over_stays_over(state: State) -> None:
    over = state in (State.SENT, State.WITHDRAWN, State.EXPIRED, State.FAILED)
    assert over == (not any(state.may_become(other) for other in State))


def test_sent_needs_everyone_accounted_for() -> None:
    assert State.SENT == ending(10, Totals(accepted=5, refused=1, withdrawn=1, expired=1, stopped=1, erased=1))
    assert None is ending(10, Totals(accepted=9))
    assert None is ending(10, Totals(accepted=11))
    assert State.FAILED == ending(2, Totals(refused=1, stopped=1))
    assert State.SENT == ending(0, Totals())


def test_stopping_keeps_what_may_save_a_life() -> None:
    assert [True, True, True] == [ends_hearing(Kind.NEWS, why) for why in ("blocked", "stopped", "erased")]
    assert [True, False, True] == [ends_hearing(Kind.LIFE_SAFETY, why) for why in ("blocked", "stopped", "erased")]
