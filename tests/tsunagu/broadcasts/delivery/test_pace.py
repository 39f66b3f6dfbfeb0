"""All workers together stay under LINE's rate, and what is urgent goes first."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from google.cloud.firestore import Client
from hypothesis import given
from hypothesis import strategies as st

from tests.tsunagu.broadcasts.world import BEGIN
from tests.tsunagu.racing import until_it_won
from tsunagu.broadcasts.delivery.pace import AT_ONCE, RATE, SLOWER, SLOWEST, URGENT_KEEPS, Pace, Pacer

LINE_TAKES = 200.0  # a second
LINE_KEEPS = 20  # in its bucket, as the stand-in platform has it

moments = st.lists(st.tuples(st.integers(0, 400), st.integers(1, 40), st.booleans()), min_size=1, max_size=60)


@given(moments)
def test_no_bucket_of_line_s_runs_over(asked: list[tuple[int, int, bool]]) -> None:
    """Whoever asks whenever for however many places: played into LINE's bucket in order, each is taken."""
    pace, now, times = Pace(), BEGIN, list[datetime]()
    for wait, places, urgent in asked:
        now += timedelta(milliseconds=wait)
        taken = pace.taken(places, urgent, now)
        if taken is not None:
            pace, given_ = taken
            times += [max(at, now) for at in given_]
    tokens, filled_at = float(LINE_KEEPS), BEGIN
    for at in times:
        assert at >= filled_at
        tokens, filled_at = min(LINE_KEEPS, tokens + (at - filled_at).total_seconds() * LINE_TAKES), at
        assert tokens >= 1
        tokens -= 1


def test_nothing_else_is_given_places_while_something_urgent_goes_out() -> None:
    pace = Pace()
    taken = pace.taken(20, True, BEGIN)
    assert taken is not None
    pace, times = taken
    assert pace.taken(1, False, times[-1] + URGENT_KEEPS - timedelta(milliseconds=1)) is None
    assert pace.taken(1, True, BEGIN) is not None
    assert pace.taken(1, False, times[-1] + URGENT_KEEPS + timedelta(seconds=1 / RATE)) is not None


def test_too_fast_slows_down_once_for_many_refusals_and_comes_back_by_and_by() -> None:
    pace = Pace().slower(BEGIN)
    assert pace == pace.slower(BEGIN + timedelta(milliseconds=100))
    assert RATE * SLOWER == pace.rate_at(BEGIN)
    assert RATE == pace.rate_at(BEGIN + timedelta(seconds=60))
    for second in range(100):
        pace = pace.slower(BEGIN + timedelta(seconds=second / 2))
    assert SLOWEST <= pace.rate_at(BEGIN + timedelta(seconds=50)) < RATE


def test_many_processes_at_once_are_given_different_places(db: Client) -> None:
    def take(_: int) -> list[datetime]:
        return until_it_won(lambda: Pacer(db, lambda: BEGIN).take(5, False)) or []

    with ThreadPoolExecutor(6) as workers:
        given_ = [at for times in workers.map(take, range(24)) for at in times]
    first = BEGIN - AT_ONCE * timedelta(seconds=1 / RATE)
    expected = [first + number * timedelta(seconds=1 / RATE) for number in range(120)]
    assert [round((at - BEGIN).total_seconds(), 3) for at in expected] == sorted(
        round((at - BEGIN).total_seconds(), 3) for at in given_
    )


def test_the_pace_outlives_a_process(db: Client) -> None:
    Pacer(db, lambda: BEGIN).take(1, True)
    Pacer(db, lambda: BEGIN).slow_down()
    assert Pacer(db, lambda: BEGIN).take(1, False) is None
    assert db.collection("pace").document("multicast").get().get("slowed_at") == BEGIN.astimezone(UTC)
