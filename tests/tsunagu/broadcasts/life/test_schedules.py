"""When things go out: rules of a calendar, quiet hours, and a clock that ticks twice or skips minutes."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from itertools import islice, takewhile
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from google.cloud.firestore import Client, FieldFilter
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.tsunagu.broadcasts.world import BEGIN, HOUSE, ZONE, World, schedule
from tests.tsunagu.racing import until_it_won
from tsunagu.broadcasts import store
from tsunagu.broadcasts.definition import Today, reads
from tsunagu.broadcasts.life.expire import expire_due
from tsunagu.broadcasts.life.house import House, held_until, is_due
from tsunagu.broadcasts.life.quiet import QuietHours
from tsunagu.broadcasts.life.series import due_series
from tsunagu.broadcasts.life.withdraw import withdraw
from tsunagu.broadcasts.repeat import PLACES, WEEKDAYS, Repeat, is_holiday
from tsunagu.broadcasts.rules import LATE, State
from tsunagu.broadcasts.store import Broadcast
from tsunagu.cloud.settings import SettingsMissing
from tsunagu.residents.city import city

DAYS = list(WEEKDAYS)
YEAR = timedelta(days=366)

SERIES = """
id: {id}
title: ごみの日
when: {rule}
messages:
  - text: {{ja: 明日は資源の日です}}
"""


def write(db: Client, rule: str, id: str = "gomi", more: str = "", now: datetime = BEGIN) -> str:
    return schedule(db, reads(SERIES.format(id=id, rule=rule) + more, Today(city(), now, ZONE)), now)


def get(db: Client, id: str) -> Broadcast:
    found = store.get(db, id)
    assert found is not None
    return found


def rule(**fields: Any) -> Repeat:
    return Repeat.model_validate({"at": "09:00", **fields})


weekdays = st.lists(st.sampled_from(DAYS), min_size=1, max_size=3, unique=True)
in_month = (
    st.integers(1, 31)
    | st.just("last")
    | st.builds("{} {}".format, st.sampled_from(list(PLACES)), st.sampled_from(DAYS))
)
days = st.dates(date(2026, 1, 1), date(2028, 12, 31))
common = st.fixed_dictionaries(
    {"at": st.times().map("{:%H:%M}".format), "holidays": st.sampled_from(["skip", "send"])},
    optional={
        "from": days.map(str),
        "until": days.map(lambda day: str(day + timedelta(days=400))),
        "except": st.lists(days.map(str), max_size=3),
    },
)


@st.composite
def rules(draw: st.DrawFn) -> dict[str, Any]:
    every = draw(st.sampled_from(["day", "week", "month"]))
    on = {"week": weekdays, "month": st.lists(in_month, min_size=1, max_size=4)}
    written: dict[str, Any] = {**draw(common), "every": every, **({"on": draw(on[every])} if every in on else {})}
    assume(written.get("from", "0") <= written.get("until", "9"))
    return written


def falls_on(day: date, written: dict[str, Any]) -> bool:
    """The rule as one would say it of a single day."""
    if str(day) in written.get("except", ()) or (written["holidays"] == "skip" and is_holiday(day)):
        return False
    if not written.get("from", "0") <= str(day) <= written.get("until", "9"):
        return False
    weekday, last = DAYS[day.weekday()], (day + timedelta(days=1)).day == 1
    nth, last_nth = (day.day - 1) // 7 + 1, (day + timedelta(days=7)).month != day.month
    names: set[Any] = {day.day, weekday} if written["every"] == "week" else {day.day}
    names |= {"last"} if last else set()
    names |= {f"{list(PLACES)[nth - 1]} {weekday}"} | ({f"last {weekday}"} if last_nth else set())
    return written["every"] == "day" or not names.isdisjoint(written["on"])


@settings(max_examples=150, deadline=None)
@given(
    rules(),
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),
    st.sampled_from(["Asia/Tokyo", "America/New_York"]),
)
def test_a_series_goes_out_on_the_days_that_its_rule_names_and_on_no_other(
    written: dict[str, Any], after: datetime, there: str
) -> None:
    zone, at = ZoneInfo(there), time.fromisoformat(written["at"])
    first = after.astimezone(zone).date()
    wanted = [
        datetime.combine(day, at, zone).astimezone(UTC)
        for day in (first + timedelta(days=n) for n in range(YEAR.days))
        if falls_on(day, written)
    ]
    repeat = Repeat.model_validate(written)
    found = takewhile(lambda moment: moment.astimezone(zone).date() < first + YEAR, repeat.occurrences(after, zone))
    assert [moment for moment in wanted if moment > after] == list(found)
    assert repeat == Repeat.model_validate(repeat.to_document())


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({"every": "month", "on": ["2nd tue", "4th tue"]}, ["2026-11-10", "2026-11-24", "2026-12-08"]),
        ({"every": "month", "on": ["last"]}, ["2026-11-30", "2026-12-31", "2027-01-31", "2027-02-28"]),
        ({"every": "month", "on": [31]}, ["2026-12-31", "2027-01-31", "2027-03-31"]),
        # 文化の日 falls on a Tuesday; 勤労感謝の日 on a Monday.
        ({"every": "week", "on": ["mon", "tue"], "holidays": "skip"}, ["2026-11-02", "2026-11-09", "2026-11-10"]),
        ({"every": "day", "except": ["2026-11-02"], "until": "2026-11-04"}, ["2026-11-01", "2026-11-03", "2026-11-04"]),
        ({"every": "day", "from": "2027-01-05"}, ["2027-01-05", "2027-01-06"]),
    ],
)
def test_the_days_of_a_rule(fields: dict[str, Any], wanted: list[str]) -> None:
    found = rule(**fields).occurrences(BEGIN - timedelta(hours=9), ZONE)
    assert [f"{day}T09:00" for day in wanted] == [
        f"{moment.astimezone(ZONE):%Y-%m-%dT%H:%M}" for moment in islice(found, len(wanted))
    ]


def test_a_holiday_that_falls_on_a_sunday_is_kept_on_the_day_after() -> None:
    assert [True, True, False] == [is_holiday(date(2026, 5, day)) for day in (3, 6, 7)]


def test_a_rule_that_is_over_has_no_next_time() -> None:
    assert None is rule(every="day", until="2026-10-31").next_after(BEGIN, ZONE)


@pytest.mark.parametrize(
    ("written", "now", "ends"),
    [
        ("21:00-07:00", "20:59", None),
        ("21:00-07:00", "21:00", "2026-11-02 07:00"),
        ("21:00-07:00", "06:59", "2026-11-01 07:00"),
        ("21:00-07:00", "07:00", None),
        ("12:00-13:00", "12:30", "2026-11-01 13:00"),
        ("12:00-13:00", "13:30", None),
        ("none", "03:00", None),
    ],
)
def test_quiet_hours_last_from_their_beginning_to_just_before_their_end(
    written: str, now: str, ends: str | None
) -> None:
    moment = datetime.combine(date(2026, 11, 1), time.fromisoformat(now), ZONE)
    found = QuietHours.of(written).until(moment, ZONE)
    assert ends == (f"{found.astimezone(ZONE):%Y-%m-%d %H:%M}" if found else None)


@pytest.mark.parametrize(
    ("quiet", "above"), [("21:00", "1000"), ("25:00-07:00", "1000"), ("07:00-07:00", "1000"), ("none", "many")]
)
def test_house_rules_that_cannot_be_read_say_so(quiet: str, above: str) -> None:
    with pytest.raises(SettingsMissing):
        House.of("Asia/Tokyo", quiet, above)
    with pytest.raises(SettingsMissing):
        House.of("Asia/Kumamoto", "none", "1000")


def test_quiet_hours_hold_news_and_nothing_that_may_save_a_life(db: Client) -> None:
    house, night = House(ZONE, QuietHours.of("21:00-07:00")), BEGIN + timedelta(hours=13)
    one = "{{id: {id}, title: a, kind: {kind}, when: 2026-11-01T22:00, messages: [{{text: {{ja: あ}}}}]}}"
    found = {}
    for kind, id in (("news", "news"), ("life_safety", "alert")):
        definition = reads(one.format(id=id, kind=kind), Today(city(), BEGIN, ZONE))
        found[kind] = get(db, schedule(db, definition, BEGIN))
    assert [False, True] == [is_due(broadcast, night, house) for broadcast in found.values()]
    assert datetime(2026, 11, 1, 22, tzinfo=UTC) == held_until(found["news"], night, house)
    assert is_due(found["news"], datetime(2026, 11, 1, 22, tzinfo=UTC), house)
    assert not is_due(found["life_safety"], night - timedelta(minutes=1), house)


light = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@light
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 3)), min_size=1, max_size=8))
def test_however_the_clock_ticks_each_occurrence_is_made_once(db: Client, ticks: list[tuple[int, int]]) -> None:
    """Hours that pass, and how many ticks come then."""
    db, now = Client(project=f"test-{uuid4().hex[:12]}"), BEGIN
    write(db, '{at: "10:00", every: day, until: 2026-11-06}')
    for hours, count in ticks:
        now += timedelta(hours=hours)
        made = [one for _ in range(count) for one in due_series(db, now, HOUSE)]
        assert len(set(made)) == len(made)
    wanted = [day for day in range(1, 7) if datetime(2026, 11, day, 1, tzinfo=UTC) <= now]
    occurrences = [store.get(db, f"gomi-2026110{day}") for day in range(1, 8)]
    found = [one for one in occurrences if one is not None]
    assert [f"2026-11-0{day}" for day in wanted] == [one.occurrence for one in found]
    assert [datetime(2026, 11, day, 1, tzinfo=UTC) for day in wanted] == [one.due_at for one in found]
    series = get(db, "gomi")
    assert (State.SENT, False) == (series.state, series.open) if len(wanted) == 6 else (State.SCHEDULED, True)
    assert len(wanted) == len(list(audit_of(db, "broadcast.occur")))


def test_of_ticks_at_the_same_time_one_makes_the_occurrence(db: Client) -> None:
    write(db, '{at: "10:00", every: day}')
    with ThreadPoolExecutor(3) as workers:
        tick = partial(due_series, db, BEGIN + timedelta(hours=2), HOUSE)
        made = list(workers.map(lambda _: until_it_won(tick), range(3)))
    assert [["gomi-20261101"], [], []] == sorted(made, reverse=True)


def audit_of(db: Client, did: str) -> Iterator[dict[str, Any]]:
    for line in db.collection("audit").where(filter=FieldFilter("did", "==", did)).stream():
        yield line.to_dict() or {}


def test_an_occurrence_is_what_was_approved_with_a_time_of_its_own(db: Client) -> None:
    write(db, '{at: "10:00", every: day}', more="kind: life_safety\nnot_after: 90m\n")
    series, at = get(db, "gomi"), datetime(2026, 11, 1, 1, tzinfo=UTC)
    assert at == series.when
    assert ["gomi-20261101"] == due_series(db, at, HOUSE)
    one, after = get(db, "gomi-20261101"), get(db, "gomi")
    kept: tuple[str, ...] = ("title", "kind", "by", "writers", "to", "messages", "version_for", "source", "version")
    kept += ("needs_approval", "submitted_by", "approved_by", "approved_at")
    assert [getattr(series, name) for name in kept] == [getattr(one, name) for name in kept]
    assert (at, at, at + timedelta(minutes=90), None) == (one.when, one.due_at, one.not_after, one.repeat)
    assert ("gomi", "2026-11-01", True) == (one.series, one.occurrence, is_due(one, at, HOUSE))
    assert (at + timedelta(days=1), False) == (after.when, is_due(after, at + timedelta(days=1), HOUSE))


def test_everyone_is_sent_each_occurrence_once_through_a_night_and_ticks_that_come_twice(world: World) -> None:
    users = world.people(3)
    world.move_in()
    world.house = House(ZONE, QuietHours.of("21:00-07:00"))
    series = world.write(SERIES.format(id="gomi", rule='{at: "06:00", every: day, until: 2026-11-03}'))
    assert datetime(2026, 11, 1, 21, tzinfo=UTC) == world.get(series).when
    for hours in (21, 21.5, 22, 44, 47):
        world.now = BEGIN + timedelta(hours=hours)
        for _ in range(2):
            world.tick()
            world.deliver()
    # The first waited for the end of the quiet hours; the second was found two hours after its time.
    assert dict.fromkeys(users, 1) == world.deliveries()
    found = [world.get(f"gomi-2026110{day}").state for day in (2, 3)]
    assert [State.SENT, State.EXPIRED, State.SENT] == [*found, world.get(series).state]


def test_a_missed_occurrence_expires_where_everybody_sees_it(db: Client) -> None:
    write(db, '{at: "10:00", every: day}')
    now = datetime(2026, 11, 3, 1, tzinfo=UTC) + LATE - timedelta(minutes=1)
    made = due_series(db, now, HOUSE)
    assert [True, True, False] == [expire_due(db, get(db, one), now) for one in made]
    first = get(db, made[0])
    assert (State.EXPIRED, False, 0) == (first.state, first.open, first.audience)
    assert State.SCHEDULED is get(db, made[2]).state


def test_an_id_that_was_given_to_something_else_holds_up_no_series(db: Client) -> None:
    write(db, "2026-11-20T10:00", id="gomi-20261101")
    write(db, '{at: "10:00", every: day, until: 2026-11-02}')
    assert ["gomi-20261101-2", "gomi-20261102"] == due_series(db, BEGIN + timedelta(days=2), HOUSE)


def test_a_withdrawn_series_makes_no_more_of_itself(db: Client) -> None:
    write(db, '{at: "10:00", every: day}')
    due_series(db, BEGIN + timedelta(hours=2), HOUSE)
    withdraw(db, "gomi", "editor@city.example", BEGIN + timedelta(hours=3))
    assert [] == due_series(db, BEGIN + timedelta(days=9), HOUSE)
    assert State.SCHEDULED is get(db, "gomi-20261101").state


@pytest.mark.parametrize(
    "fields",
    [
        {"every": "year"},
        {"every": "week"},
        {"every": "month", "on": []},
        {"every": "month", "on": [0]},
        {"every": "month", "on": ["6th mon"]},
        {"every": "week", "on": ["1st mon"]},
        {"every": "day", "on": ["mon"]},
        {"every": "day", "at": "24:00"},
        {"every": "day", "from": "2026-02-30"},
        {"every": "day", "from": "2026-12-01", "until": "2026-11-30"},
        {"every": "day", "holidays": "maybe"},
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        rule(**fields)
