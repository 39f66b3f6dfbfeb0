"""Whom a broadcast invited to a survey is kept, and reminded of it if they have not finished: nobody else is."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

import polars as pl
import pytest
from google.cloud.firestore import Client

from tests.tsunagu.broadcasts.world import BEGIN, Killed, Meanwhile, Mortal, World
from tsunagu.broadcasts import invited
from tsunagu.broadcasts.delivery.freeze import LEASE, freeze
from tsunagu.broadcasts.erase import erase
from tsunagu.broadcasts.held import held
from tsunagu.broadcasts.invited import KEPT, Sieve, forget_due, to_remind
from tsunagu.broadcasts.life.withdraw import withdraw
from tsunagu.broadcasts.rules import State
from tsunagu.cloud.outcomes import Rejected
from tsunagu.residents.store import key_of

EDITOR = "editor@city.example"
INVITATION = """
id: {id}
title: アンケートのお願い
when: now
audience: {{wards: [{ward}]}}
messages:
  - card:
      title: {{ja: ご協力ください}}
      buttons: [{{label: {{ja: 答える}}, survey: kosodate}}]
"""
REMINDER = INVITATION + "remind: true\n"


def finished(*users: str) -> Callable[[Client, str], Sieve]:
    """A survey that these have finished."""
    keys = pl.Series([key_of(user) for user in users], dtype=pl.Binary)
    return lambda db, survey: lambda people: people.filter(~people.is_in(keys.implode()))


def invite(world: World, id: str = "invitation", ward: str = "chuo") -> None:
    assert State.SENT is world.run(world.write(INVITATION.format(id=id, ward=ward))).state


def remind(world: World, *done: str, id: str = "reminder", more: str = "") -> dict[str, int]:
    """Who was sent to by it, how often."""
    world.unfinished = finished(*done)
    before = world.deliveries()
    broadcast = world.write(REMINDER.format(id=id, ward="chuo").replace("audience: {wards: [chuo]}\n", "") + more)
    assert State.SENT is world.run(broadcast).state
    after = world.deliveries()
    return {user: after[user] - before.get(user, 0) for user in after if after[user] != before.get(user, 0)}


def parts(world: World) -> list[str]:
    return [part.reference.path for part in world.db.collection_group("invited").stream()]


def kept(world: World) -> list[bytes]:
    found = [part.get("ids") for part in world.db.collection_group("invited").stream()]
    return sorted(ids[at : at + 16] for ids in found for at in range(0, len(ids), 16))


def keys(users: list[str]) -> list[bytes]:
    return sorted(map(key_of, users))


def test_a_reminder_goes_to_those_invited_who_have_not_finished_and_to_nobody_else(world: World) -> None:
    users, others = world.people(6), world.people(3, wards=("kita",))
    world.move_in()
    invite(world)
    world.change(world.people(1)[0])  # has come since
    # One of those who finished was not invited, and one of them came of themselves.
    assert dict.fromkeys(users[2:], 1) == remind(world, *users[:2], others[0])


def test_of_two_invitations_each_person_is_reminded_once(world: World) -> None:
    both = world.people(4, wards=("chuo", "kita"))
    north = world.people(3, wards=("kita",))
    world.move_in()
    invite(world)
    invite(world, "second", "kita")
    assert dict.fromkeys([*both[1:], *north], 1) == remind(world, both[0])


def test_whoever_is_invited_by_a_reminder_s_audience_alone_is_not_invited(world: World) -> None:
    users = world.people(4)
    world.move_in()
    invite(world)
    remind(world, *users[:3])
    assert dict.fromkeys(users, 1) == remind(world, id="second")
    assert keys(users) == kept(world)


def test_who_left_stopped_or_is_quiet_is_not_reminded(world: World) -> None:
    users = world.people(6)
    world.move_in()
    invite(world)
    world.leave(users[0])
    world.change(users[1], following=False)
    world.change(users[2], quiet=True)
    assert dict.fromkeys(users[3:], 1) == remind(world)


def test_an_audience_narrows_whom_a_reminder_goes_to(world: World) -> None:
    users = world.people(4, wards=("chuo",))
    world.move_in()
    invite(world)
    for user in users[:2]:
        world.change(user, wards=["kita"])
    assert dict.fromkeys(users[:2], 1) == remind(world, more="audience: {wards: [kita]}\n")


def test_a_reminder_can_be_spread_too(world: World) -> None:
    users = world.people(10)
    world.move_in()
    invite(world)
    began = world.now
    assert dict.fromkeys(users[1:], 1) == remind(world, users[0], more="over_minutes: 9\n")
    assert timedelta(minutes=8) == world.now - began


def test_when_all_have_finished_it_is_over_at_once(world: World) -> None:
    users = world.people(3)
    world.move_in()
    invite(world)
    assert {} == remind(world, *users)


@pytest.mark.parametrize("how", ["nobody", "withdrawn", "refused", "going out", "long ago"])
def test_where_no_invitation_went_out_a_reminder_fails_in_words(world: World, how: str) -> None:
    world.people(3)
    world.move_in()
    world.unfinished = finished()
    if how != "nobody":
        broadcast = world.write(INVITATION.format(id="invitation", ward="chuo"))
        if how == "withdrawn":
            world.tick()
            withdraw(world.db, broadcast, EDITOR, world.now)
        if how == "refused":
            world.control("POST", "faults", endpoint="multicast", kind="status", status=400, message="No.")
        if how == "going out":
            world.tick()
            world.post.kept.clear()
        else:
            world.run(broadcast)
        world.control("DELETE", "faults")
    if how == "long ago":
        world.now += KEPT
    reminder = world.write(REMINDER.format(id="reminder", ward="chuo"))
    world.tick()
    found = world.get(reminder)
    assert (State.FAILED, False, 0) == (found.state, found.open, found.audience)
    assert "no invitation to it has gone out in the last 90 days" in found.failed_with
    with pytest.raises(Rejected, match="no invitation"):
        to_remind(world.db, "kosodate", lambda survey: 0, world.now)


def test_a_survey_that_nobody_can_be_reminded_of_fails_in_its_own_words(world: World) -> None:
    world.people(3)
    world.move_in()
    invite(world)
    reminder = world.write(REMINDER.format(id="reminder", ward="chuo"))
    world.tick()
    found = world.get(reminder)
    assert (State.FAILED, True) == (found.state, "is not known here" in found.failed_with)
    assert "broadcast.fail" in {line.get("did") for line in world.db.collection("audit").stream()}


def test_how_many_would_be_reminded_at_most_is_known_before(world: World) -> None:
    users = world.people(5)
    world.move_in()
    invite(world)
    world.leave(users[0])
    among, done = to_remind(world.db, "kosodate", lambda survey: 2, world.now)
    assert among is not None
    assert (keys(users[1:]), 2) == (sorted(among.to_list()), done)
    assert (None, 0) == to_remind(world.db, None, lambda survey: 2, world.now)


def test_kept_ids_are_shown_to_their_person_and_end_with_an_erasure(world: World) -> None:
    users = world.people(5)
    world.move_in()
    invite(world)
    (place,) = parts(world)
    shown = held(world.db, users[2])["invitations"]["held"]
    assert [(place, "invitation", "kosodate")] == [(one["document"], one["broadcast"], one["survey"]) for one in shown]
    for _ in range(2):
        erase(world.db, users[2], world.now)
    assert keys([*users[:2], *users[3:]]) == kept(world)
    assert [] == held(world.db, users[2])["invitations"]["held"]


def test_ids_are_kept_in_documents_that_firestore_takes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert 16 * invited.PART < 900_000
    monkeypatch.setattr(invited, "PART", 3)
    users = world.people(8)
    world.move_in()
    invite(world)
    assert (3, keys(users)) == (len(parts(world)), kept(world))
    assert dict.fromkeys(users, 1) == remind(world)


def test_who_erases_themselves_while_the_invitation_is_frozen_is_not_kept(world: World, project: str) -> None:
    users = world.people(20)
    world.move_in()
    broadcast, erased = world.write(INVITATION.format(id="invitation", ward="chuo")), list[str]()

    def erasing(asked: str) -> None:
        # Before the first id is written: this erasure finds none.
        if "begun_at" in asked and not erased:
            erased.append(users.pop())
            world.stop(erased[0], "erased")
            erase(world.db, erased[0], world.now)

    due = world.due()
    freeze(Meanwhile(project, erasing), broadcast, due.clock, due.keeper, due.house)
    assert keys(users) == kept(world)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("commit", range(1, 7))
def test_a_freeze_that_died_anywhere_leaves_each_id_kept_once(
    world: World, project: str, commit: int, after: bool
) -> None:
    users = world.people(9)
    world.move_in()
    broadcast, due = world.write(INVITATION.format(id="invitation", ward="chuo")), world.due()
    with suppress(Killed):
        freeze(Mortal(project, commit, after), broadcast, due.clock, due.keeper, due.house, chunk_limit=5)
    world.now += LEASE + timedelta(seconds=1)
    world.run(broadcast)
    assert keys(users) == kept(world)
    assert dict.fromkeys(users, 1) == remind(world)


def test_what_is_kept_goes_when_the_survey_is_over_or_after_ninety_days(world: World) -> None:
    world.people(3)
    world.move_in()
    invite(world)
    forget_due(world.db, world.now, lambda db, survey: False)
    assert 1 == len(parts(world))
    forget_due(world.db, BEGIN + KEPT, lambda db, survey: False)
    assert [] == parts(world)
    invite(world, "second")
    forget_due(world.db, world.now, lambda db, survey: survey == "kosodate")
    assert ([], []) == (parts(world), invited.holding(world.db))


def test_what_a_freeze_left_that_came_to_nothing_goes_too(world: World, project: str) -> None:
    world.people(3)
    world.move_in()
    broadcast, due = world.write(INVITATION.format(id="invitation", ward="chuo")), world.due()
    with suppress(Killed):
        freeze(Mortal(project, 4, after=True), broadcast, due.clock, due.keeper, due.house)
    assert 1 == len(parts(world))
    withdraw(world.db, broadcast, EDITOR, world.now)
    forget_due(world.db, world.now, lambda db, survey: False)
    assert [] == parts(world)


def test_news_that_invites_to_nothing_keeps_nobody(world: World) -> None:
    world.people(3)
    world.move_in()
    source = INVITATION.format(id="news", ward="chuo").replace("survey: kosodate", "tel: 096-328-2111")
    world.run(world.write(source))
    assert ([], []) == (parts(world), invited.holding(world.db))


def test_kept_ids_end_by_themselves_ninety_days_after_the_freeze(world: World) -> None:
    world.people(1)
    world.move_in()
    invite(world)
    expires: list[datetime] = [part.get("expires") for part in world.db.collection_group("invited").stream()]
    assert [BEGIN + timedelta(days=90)] == expires
