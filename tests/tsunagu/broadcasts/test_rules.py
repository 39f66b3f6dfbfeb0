from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsunagu.broadcasts.delivery.slices import (
    ID_BYTES,
    SLICE_LIMIT,
    End,
    Slice,
    halves_of,
    id_at,
    name_of,
    positions_in,
    positions_of,
    retry_key,
    slices_of,
    untried,
    zeroed,
)
from tsunagu.broadcasts.rules import Kind, State, Totals, ending, ends_hearing

NOON = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)


@given(st.integers(0, 3_000))
def test_every_position_of_a_chunk_is_in_exactly_one_slice(n: int) -> None:
    slices = [positions_in(name) for name in slices_of(n)]
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
    assert UUID("168cfad2-a044-586d-a16d-e59b472f734d") == retry_key("b", "a", 1, "1000-1500")
    names = ("0-500", "0-250", "1000-1500")
    keys = {retry_key(b, a, c, name) for b in ("b", "c") for a in ("a", "d") for c in (1, 12) for name in names}
    assert 24 == len(keys)


@given(st.integers(0, 3_000), st.integers(2, 500))
def test_a_slice_is_cut_into_two_that_make_it(start: int, length: int) -> None:
    first, second = (positions_in(name) for name in halves_of(name_of(range(start, start + length))))
    assert [*range(start, start + length)] == [*first, *second]
    assert 1 <= len(first) <= len(second) <= len(first) + 1


@given(st.integers(1, 2_000), st.data())
def test_everyone_who_was_not_refused_alone_is_in_one_slice_that_is_tried(n: int, data: st.DataObject) -> None:
    """Whichever slices are split, one after the other; a split one is never begun again."""
    slices: dict[str, Slice] = {}
    for _ in range(12):
        for name in untried(n, slices):
            assert name not in slices
            splits = len(positions_in(name)) > 1 and data.draw(st.booleans())
            slices[name] = Slice(0, NOON, end=End.SPLIT if splits else None)
    left = [*untried(n, slices), *(name for name, one in slices.items() if one.end is None)]
    assert list(range(n)) == sorted(at for name in left for at in positions_in(name))


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
