"""What a person, the clock or LINE's quota says while a broadcast goes out: it takes effect between two slices."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from tests.tsunagu.broadcasts.delivery.test_send import news
from tests.tsunagu.broadcasts.world import NEWS, ZONE, Interrupted, Meanwhile, World
from tsunagu.broadcasts.delivery.due import QUOTA_WAIT
from tsunagu.broadcasts.delivery.finish import progress
from tsunagu.broadcasts.delivery.pace import Pacer
from tsunagu.broadcasts.delivery.waves import YIELDED
from tsunagu.broadcasts.life.house import House
from tsunagu.broadcasts.life.pause import pause, resume
from tsunagu.broadcasts.life.quiet import QuietHours
from tsunagu.broadcasts.life.withdraw import withdraw
from tsunagu.broadcasts.rules import SENT_WITHIN, State, Totals
from tsunagu.broadcasts.store import KEPT_AT_MOST
from tsunagu.cloud.outcomes import Rejected
from tsunagu.line.client import Line, Sent
from tsunagu.residents.store import STOPS_KEPT

EDITOR = "editor@city.example"


def after_the_first(world: World, deed: Callable[[], object]) -> Line:
    """LINE, and something is done once, when it has answered for the first time."""
    done: list[Sent] = []

    def once(sent: Sent) -> None:
        done.append(sent)
        if len(done) == 1:
            deed()

    return Interrupted(world.platform.channel_access_token, world.platform.url, once)


def test_paused_it_stands_still_says_who_had_it_and_goes_on_where_it_stopped(world: World) -> None:
    broadcast, users = news(world, 1_600)
    words = world.deliver(after_the_first(world, lambda: pause(world.db, broadcast, EDITOR, world.now, "誤字")))
    assert ["paused"] == words
    found = world.get(broadcast)
    assert (State.PAUSED, "誤字") == (found.state, (found.paused or {})["why"])
    assert (Totals(accepted=500), 1_100, ("paused",)) == (
        (far := progress(world.db, found)).totals,
        far.left,
        far.waits_for,
    )
    world.now += timedelta(hours=1)
    world.tick()
    assert [] == world.deliver()
    resume(world.db, broadcast, EDITOR, world.now)
    found = world.run(broadcast)
    assert (State.SENT, Totals(accepted=1_600)) == (found.state, found.totals)
    assert dict.fromkeys(users, 1) == world.deliveries()


def test_withdrawn_while_paused_nobody_more_is_sent_to(world: World) -> None:
    broadcast, _ = news(world, 1_600)
    world.deliver(after_the_first(world, lambda: pause(world.db, broadcast, EDITOR, world.now)))
    withdraw(world.db, broadcast, EDITOR, world.now)
    found = world.run(broadcast)
    assert (State.WITHDRAWN, Totals(accepted=500, withdrawn=1_100)) == (found.state, found.totals)
    assert 500 == len(world.deliveries())


def test_resumed_before_its_worker_has_let_go_it_goes_on_at_the_next_tick(world: World, project: str) -> None:
    broadcast, users = news(world, 1_600)
    chunk = world.next_chunk()

    def resumed(written: str) -> None:
        if "waits_for" in written:
            resume(world.db, broadcast, EDITOR, world.now)
            world.tick()
            assert ["held by another"] == world.deliver()

    pausing = after_the_first(world, lambda: pause(world.db, broadcast, EDITOR, world.now))
    assert "paused" == world.send(chunk, Meanwhile(project, resumed), pausing)
    world.tick()
    assert ["done"] == world.deliver()
    assert dict.fromkeys(users, 1) == world.deliveries()


def test_paused_for_too_long_nobody_more_is_sent_to(world: World) -> None:
    broadcast, _ = news(world, 1_100)
    world.deliver(after_the_first(world, lambda: pause(world.db, broadcast, EDITOR, world.now)))
    world.now += SENT_WITHIN
    with pytest.raises(Rejected):
        resume(world.db, broadcast, EDITOR, world.now)
    found = world.run(broadcast)
    assert (State.EXPIRED, Totals(accepted=500, expired=600)) == (found.state, found.totals)


def test_what_line_takes_for_nobody_in_days_ends(world: World) -> None:
    broadcast, _ = news(world, 1_100)
    world.control("POST", "faults", endpoint="multicast", kind="status", status=401)
    world.deliver()
    world.now += SENT_WITHIN
    found = world.run(broadcast)
    assert (State.EXPIRED, Totals(expired=1_100)) == (found.state, found.totals)


def test_whom_it_is_for_and_who_stopped_is_known_as_long_as_it_is_sent() -> None:
    """After that who said stop would be sent to, and a broadcast without its ids could never end."""
    assert SENT_WITHIN < min(STOPS_KEPT, KEPT_AT_MOST)


def test_paused_during_its_last_slices_it_is_sent(world: World) -> None:
    broadcast, _ = news(world, 10)
    words = world.deliver(after_the_first(world, lambda: pause(world.db, broadcast, EDITOR, world.now)))
    assert (["done"], State.SENT, None) == (words, world.get(broadcast).state, world.get(broadcast).paused)


def test_the_month_s_messages_used_up_pause_it_until_line_has_some_again(world: World) -> None:
    broadcast, users = news(world, 10)
    world.control("POST", "settings", quota=5)
    assert ["waits for quota"] == world.deliver()
    found = world.get(broadcast)
    assert (State.PAUSED, "LINE", "quota") == (found.state, (found.paused or {})["by"], (found.paused or {})["why"])
    world.control("POST", "settings", quota=1_000)
    world.tick()
    assert State.PAUSED is world.get(broadcast).state
    world.now += QUOTA_WAIT
    found = world.run(broadcast)
    assert (State.SENT, Totals(accepted=10), dict.fromkeys(users, 1)) == (
        found.state,
        found.totals,
        world.deliveries(),
    )


def test_a_rate_that_never_lets_go_may_be_the_quota_in_other_words(world: World) -> None:
    broadcast, _ = news(world, 10)
    world.control("POST", "settings", quota=5, quota_used=5)
    world.control("POST", "faults", endpoint="multicast", kind="status", status=429, message="Other words.")
    assert ["waits for quota"] == world.deliver()
    assert State.PAUSED is world.get(broadcast).state


def test_after_its_not_after_nobody_more_is_sent_to(world: World) -> None:
    world.people(1_100)
    world.move_in()
    broadcast = world.write(NEWS.format(id="late") + "not_after: 2026-11-01T10:00\n")
    world.tick()

    def an_hour_goes_by() -> None:
        world.now += timedelta(hours=1)

    world.deliver(after_the_first(world, an_hour_goes_by))
    found = world.run(broadcast)
    assert (State.EXPIRED, Totals(accepted=500, expired=600)) == (found.state, found.totals)
    assert 500 == len(world.deliveries())


def test_who_had_all_been_sent_to_when_it_expired_were_sent_to(world: World) -> None:
    world.people(10)
    world.move_in()
    broadcast = world.write(NEWS.format(id="just-in-time") + "not_after: 2026-11-01T10:00\n")
    world.tick()

    def it_expires() -> None:
        world.now += timedelta(hours=1)
        world.tick()

    world.deliver(after_the_first(world, it_expires))
    found = world.run(broadcast)
    assert (State.SENT, Totals(accepted=10)) == (found.state, found.totals)


@pytest.mark.parametrize(("kind", "waits"), [("news", True), ("life_safety", False)])
def test_quiet_hours_hold_what_is_not_urgent_also_when_they_begin_half_way(
    world: World, kind: str, waits: bool
) -> None:
    world.house = House(ZONE, QuietHours.of("21:00-07:00"))
    world.now = datetime(2026, 11, 1, 20, 59, tzinfo=ZONE)
    world.people(1_100)
    world.move_in()
    broadcast = world.write(NEWS.format(id="evening") + f"kind: {kind}\n")
    world.tick()

    def night_falls() -> None:
        world.now += timedelta(minutes=2)

    words = world.deliver(after_the_first(world, night_falls))
    assert ["quiet hours" if waits else "done"] == words
    if waits:
        assert datetime(2026, 11, 2, 7, 0, tzinfo=ZONE) == world.chunks(broadcast)[0]["next_try"]
        world.now = datetime(2026, 11, 2, 7, 0, tzinfo=ZONE)
    found = world.run(broadcast)
    assert (State.SENT, Totals(accepted=1_100)) == (found.state, found.totals)


def test_news_yield_to_what_is_urgent_and_go_on_after_it(world: World) -> None:
    broadcast, users = news(world, 1_100)
    Pacer(world.db, world.clock).take(20, urgent=True)
    assert ["waits for something urgent"] == world.deliver()
    assert [] == world.requests()
    urgent = world.write(NEWS.format(id="urgent") + "kind: life_safety\n")
    world.tick()
    assert ["done"] == world.deliver()
    assert (State.SENT, State.SENDING) == (world.get(urgent).state, world.get(broadcast).state)
    world.now += YIELDED
    found = world.run(broadcast)
    assert (State.SENT, Totals(accepted=1_100)) == (found.state, found.totals)
    assert dict.fromkeys(users, 2) == world.deliveries()


def test_who_was_only_refused_for_line_s_rate_is_spared_by_a_withdrawal(world: World) -> None:
    broadcast, _ = news(world, 1_100)
    world.control("POST", "faults", endpoint="multicast", kind="status", status=429)
    assert ["waits for LINE"] == world.deliver()
    world.control("DELETE", "faults")
    withdraw(world.db, broadcast, EDITOR, world.now)
    found = world.run(broadcast)
    assert (State.WITHDRAWN, Totals(withdrawn=1_100)) == (found.state, found.totals)
    assert {} == world.deliveries()


def test_what_was_spared_and_tried_again_is_in_doubt_again(world: World) -> None:
    broadcast, users = news(world, 10)
    world.control("POST", "faults", endpoint="multicast", kind="status", status=429)
    world.deliver()
    world.control("DELETE", "faults")
    world.control("POST", "faults", endpoint="multicast", kind="after", status=500)
    world.now += timedelta(minutes=1)
    world.tick()
    assert ["waits for LINE"] == world.deliver()
    world.control("DELETE", "faults")
    withdraw(world.db, broadcast, EDITOR, world.now)
    found = world.run(broadcast)
    assert (State.WITHDRAWN, Totals(accepted=10), dict.fromkeys(users, 1)) == (
        found.state,
        found.totals,
        world.deliveries(),
    )
