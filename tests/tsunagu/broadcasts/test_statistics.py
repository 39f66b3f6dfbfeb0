"""What became of a broadcast, looked up at LINE and at home when that is due, and kept."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.cloud.firestore import Client

from tests.tsunagu.broadcasts.world import BEGIN, NEWS, ZONE, World
from tsunagu.broadcasts import store
from tsunagu.broadcasts.delivery.finish import purge
from tsunagu.broadcasts.delivery.unit import NAMES_LIMIT, claim_unit
from tsunagu.broadcasts.rules import unit_of
from tsunagu.broadcasts.statistics import (
    AGAIN,
    AT_ONCE,
    LOOKS,
    Offered,
    Statistics,
    click_to_first,
    click_to_last,
    due_statistics,
)
from tsunagu.broadcasts.store import Broadcast
from tsunagu.cloud.firestore import in_transaction

DAY = timedelta(hours=24, minutes=10)


@pytest.fixture(autouse=True)
def today(world: World) -> None:
    """The stand-in counts people by the day of its own clock."""
    world.now = datetime.now(UTC)


def sent(world: World, id: str = "news", unit: bool = True) -> str:
    """It has ended, and is to be looked at a quarter of an hour after."""
    if not world.users:
        world.people(2)
        world.move_in()
    broadcast = world.write(NEWS.format(id=id))
    ended = world.run(broadcast)
    assert (ended.unit, ended.look_at) == (unit_of(id), (ended.ended_at or BEGIN) + LOOKS[0])
    if not unit:
        store.reference(world.db, broadcast).update({"unit": None})
    return broadcast


def look(world: World, *offered: Offered, after: timedelta = LOOKS[0]) -> None:
    due_statistics(world.db, world.line, world.now + after, offered, ZONE)


def people(world: World, **did: int) -> None:
    world.control("POST", "opens", unit="news", **did)


def found(world: World, broadcast: str) -> Statistics:
    return Statistics.of(world.get(broadcast))


def asked_of_line(world: World) -> int:
    return len(world.control("GET", "requests?endpoint=insight")["requests"])


def test_who_opened_and_clicked_is_as_line_tells_it(world: World) -> None:
    broadcast = sent(world)
    people(world, opened=410, clicked=23)
    look(world)
    assert Statistics(world.now + LOOKS[0], True, 410, 23, None, {}) == found(world, broadcast)


def test_fewer_than_twenty_are_not_told_by_line_and_not_made_up(world: World) -> None:
    broadcast = sent(world)
    people(world, opened=20, clicked=19)
    look(world)
    assert (True, 20, None) == (
        found(world, broadcast).counted,
        found(world, broadcast).opened,
        found(world, broadcast).clicked,
    )


def test_a_page_reads_what_is_kept_and_a_later_look_brings_it_up_to_date(world: World) -> None:
    broadcast = sent(world)
    people(world, opened=50)
    look(world)
    people(world, opened=50)
    assert 50 == found(world, broadcast).opened
    look(world, after=LOOKS[1])
    assert 100 == found(world, broadcast).opened


def test_it_is_looked_at_seven_times_in_two_weeks_and_never_again(world: World) -> None:
    broadcast = sent(world)
    ended_at = world.get(broadcast).ended_at
    looks = []
    while (look_at := world.get(broadcast).look_at) is not None:
        assert ended_at is not None
        looks.append(look_at - ended_at)
        due_statistics(world.db, world.line, look_at, [], ZONE)
    assert list(LOOKS) == looks
    look(world, after=timedelta(days=60))
    assert len(LOOKS) == asked_of_line(world)


def test_nothing_is_asked_before_its_time(world: World) -> None:
    sent(world)
    look(world, after=LOOKS[0] - timedelta(seconds=1))
    assert 0 == asked_of_line(world)


def test_after_an_outage_it_is_looked_at_once_and_the_looks_that_were_missed_are_not_made_up(world: World) -> None:
    broadcast = sent(world)
    look(world, after=timedelta(days=2))
    assert 1 == asked_of_line(world)
    assert timedelta(days=3) == world.get(broadcast).look_at - world.get(broadcast).ended_at  # type: ignore[operator]


def test_one_tick_looks_at_a_few_the_longest_waiting_first(world: World) -> None:
    broadcasts = []
    for number in range(AT_ONCE + 1):
        broadcasts.append(sent(world, f"news-{number}"))
        world.now += timedelta(minutes=1)
    look(world)
    looked = [broadcast for broadcast in broadcasts if found(world, broadcast).at is not None]
    assert broadcasts[:AT_ONCE] == looked
    look(world)
    assert found(world, broadcasts[-1]).at is not None


@pytest.mark.parametrize("status", [429, 500])
def test_where_line_cannot_answer_it_is_asked_later_and_the_last_figures_stand(status: int, world: World) -> None:
    broadcast = sent(world)
    people(world, opened=50)
    look(world)
    world.control("POST", "faults", endpoint="insight", kind="status", status=status, count=1)
    look(world, after=LOOKS[1])
    assert 50 == found(world, broadcast).opened
    assert world.now + LOOKS[1] + AGAIN == world.get(broadcast).look_at
    people(world, opened=1)
    look(world, after=LOOKS[1] + AGAIN)
    assert 51 == found(world, broadcast).opened


def test_what_line_refuses_to_tell_is_not_called_fewer_than_twenty(world: World) -> None:
    broadcast = sent(world)
    world.control("POST", "faults", endpoint="insight", kind="status", status=403, count=1)
    look(world)
    assert (False, None) == (found(world, broadcast).counted, found(world, broadcast).opened)
    assert world.get(broadcast).ended_at + LOOKS[1] == world.get(broadcast).look_at  # type: ignore[operator]


def test_without_a_name_line_is_not_asked(world: World) -> None:
    broadcast = sent(world, unit=False)
    look(world)
    assert (False, 0) == (found(world, broadcast).counted, asked_of_line(world))


def test_trouble_with_one_does_not_hold_up_the_next_and_is_raised(world: World) -> None:
    sent(world, "first")
    second = sent(world, "second")

    def broken(db: Client, broadcast: Broadcast) -> dict[str, int]:
        if broadcast.id == "first":
            raise ZeroDivisionError
        return {}

    with pytest.raises(ZeroDivisionError):
        look(world, broken)
    assert found(world, second).at is not None
    look(world, broken)  # it has to wait for its next turn


def test_what_other_subjects_offer_is_kept_and_stands_when_they_have_no_more_to_say(world: World) -> None:
    broadcast = sent(world)
    look(world, lambda db, broadcast: {"survey_started": 7}, lambda db, broadcast: {"shares": 1})
    look(world, lambda db, broadcast: {}, lambda db, broadcast: {"shares": 2}, after=LOOKS[1])
    assert {"survey_started": 7, "shares": 2} == found(world, broadcast).offered


def leave(world: World, user: str, why: str, after: timedelta) -> None:
    now, world.now = world.now, world.now + after
    world.stop(user, why)
    world.now = now


def test_who_of_its_audience_blocks_within_a_day_is_counted_once_and_for_all(world: World) -> None:
    users = world.people(700)
    world.move_in()
    broadcast = sent(world)
    stranger = world.people(1)[0]
    for user, why, hours in (
        *((user, "blocked", 1) for user in users[:3]),
        (users[3], "blocked", 23.9),
        (users[4], "blocked", 24.1),
        (users[5], "blocked", -1),
        (users[6], "stopped", 1),
        (users[7], "erased", 1),
        (stranger, "blocked", 1),
    ):
        leave(world, user, why, timedelta(hours=hours))
    look(world)
    assert None is found(world, broadcast).unfollowed
    look(world, after=DAY)
    assert 4 == found(world, broadcast).unfollowed
    purge(world.db, broadcast)
    look(world, after=timedelta(days=3))
    assert 4 == found(world, broadcast).unfollowed


def test_nobody_is_called_faithful_whose_id_is_gone(world: World) -> None:
    users = world.people(3)
    world.move_in()
    broadcast = sent(world)
    leave(world, users[0], "blocked", timedelta(hours=1))
    purge(world.db, broadcast)
    look(world, after=DAY)
    assert None is found(world, broadcast).unfollowed


def test_nobody_left_is_nought(world: World) -> None:
    world.people(3)
    world.move_in()
    broadcast = sent(world)
    look(world, after=DAY)
    assert 0 == found(world, broadcast).unfollowed


@pytest.mark.parametrize(("due", "seconds"), [(timedelta(0), (2.5, 9.0)), (timedelta(seconds=-1), (3.5, 10.0))])
def test_the_click_is_when_nobody_had_to_do_anything_more(
    due: timedelta, seconds: tuple[float, float], world: World
) -> None:
    broadcast = world.write(NEWS.format(id="news"))
    assert (None, None) == (click_to_first(world.get(broadcast)), click_to_last(world.get(broadcast)))
    times: dict[str, Any] = {"first_accepted_at": timedelta(seconds=2.5), "last_accepted_at": timedelta(seconds=9)}
    fields = {name: world.now + after for name, after in times.items()}
    store.reference(world.db, broadcast).update(fields | {"when": world.now, "due_at": world.now + due})
    assert seconds == (click_to_first(world.get(broadcast)), click_to_last(world.get(broadcast)))


def claim(world: World, broadcast: str, now: datetime | None = None) -> str | None:
    return in_transaction(
        world.db, lambda transaction: claim_unit(world.db, transaction, broadcast, now or world.now, ZONE)
    )


def names(world: World) -> dict[str, int]:
    return {month.id: len(month.get("names")) for month in world.db.collection("units").stream()}


def test_a_name_is_claimed_once_however_often_it_is_asked_for(world: World) -> None:
    assert ["news_1", "news_1"] == [claim(world, "news-1"), claim(world, "news-1")]
    assert [1] == list(names(world).values())


def test_a_month_is_the_citys(world: World) -> None:
    claim(world, "a", datetime(2026, 10, 31, 14, 59, tzinfo=UTC))
    claim(world, "b", datetime(2026, 10, 31, 15, 0, tzinfo=UTC))
    assert {"202610": 1, "202611": 1} == names(world)


def test_when_the_months_names_are_used_up_it_is_sent_without_one(world: World) -> None:
    month = world.db.collection("units").document(f"{world.now.astimezone(ZONE):%Y%m}")
    month.set({"names": [f"n{number}" for number in range(NAMES_LIMIT - 1)]})
    assert ["last", None, "last"] == [claim(world, "last"), claim(world, "too-late"), claim(world, "last")]


def test_names_that_others_used_on_the_same_account_are_counted_too(world: World) -> None:
    sent(world)
    for number in range(3):
        body = {"to": world.people(1), "messages": [{"type": "text", "text": "x"}]}
        assert world.line.call("POST", "/v2/bot/message/multicast", body | {"customAggregationUnits": [f"n{number}"]})
    look(world)
    month = world.db.collection("units").document(f"{world.now.astimezone(ZONE):%Y%m}")
    used = world.line.call("GET", "/v2/bot/message/aggregation/info").answer["numOfCustomAggregationUnits"]
    assert used - 1 == month.get().get("elsewhere")
    month.update({"names": [f"n{number}" for number in range(NAMES_LIMIT - used + 1)]})
    assert None is claim(world, "too-late")
