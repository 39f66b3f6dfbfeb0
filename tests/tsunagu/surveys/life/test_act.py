"""A survey's life by hand and by the clock: whoever moved it, the audit says so, and hands come before the clock."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from google.cloud import firestore
from hypothesis import given
from hypothesis import strategies as st

from tests.tsunagu.surveys.asking import survey_of
from tests.tsunagu.surveys.kosodate import definition
from tests.tsunagu.surveys.publishing import with_topic
from tsunagu.broadcasts.life.step import Declined
from tsunagu.broadcasts.rules import ITSELF
from tsunagu.cloud.pubsub import Publisher
from tsunagu.surveys import store
from tsunagu.surveys.fold import fold
from tsunagu.surveys.life.act import act, open_draft
from tsunagu.surveys.life.due import by_the_clock, due
from tsunagu.surveys.moves import LABELS, Verb, called, no_way
from tsunagu.surveys.rules import State
from tsunagu.surveys.store import Survey

TOKYO = ZoneInfo("Asia/Tokyo")
TIMED = definition(
    "timed",
    opens="2026-12-01T09:00",
    pauses=[
        {"from": "2026-12-02T00:00", "until": "2026-12-02T06:00"},
        {"from": "2026-12-03T00:00", "until": "2026-12-03T06:00"},
    ],
    closes="2026-12-10T17:00",
    archives="2027-01-10T00:00",
)


@pytest.fixture
def publisher(pubsub_host: str, project: str) -> Publisher:
    return with_topic(project)


def at(written: str) -> datetime:
    """A moment of the city's."""
    return datetime.fromisoformat(written).replace(tzinfo=TOKYO).astimezone(UTC)


def survey(state: State, by: str = ITSELF, hand: str | None = None, **more: Any) -> Survey:
    return Survey(TIMED, state, moved_by=by, by_hand_at=at(hand) if hand else None, **more)


@pytest.mark.parametrize(
    ("found", "now", "becomes"),
    [
        (survey(State.DRAFT), "2026-12-01T08:59", None),
        (survey(State.DRAFT), "2026-12-01T09:00", State.OPEN),
        (survey(State.DRAFT, ready=False), "2026-12-01T09:00", None),
        (survey(State.OPEN), "2026-12-01T23:59", None),
        (survey(State.OPEN), "2026-12-02T00:00", State.PAUSED),
        (survey(State.PAUSED), "2026-12-02T05:59", None),
        (survey(State.PAUSED), "2026-12-02T06:00", State.OPEN),
        (survey(State.OPEN), "2026-12-10T16:59", None),
        (survey(State.OPEN), "2026-12-10T17:00", State.CLOSED),
        (survey(State.PAUSED, "an editor", "2026-12-09T10:00"), "2026-12-10T17:00", State.CLOSED),
        (survey(State.CLOSED), "2027-01-09T23:59", None),
        (survey(State.CLOSED), "2027-01-10T00:00", State.ARCHIVED),
        (survey(State.ARCHIVED), "2027-02-01T00:00", None),
    ],
)
def test_the_clock_keeps_every_moment_of_the_definition(found: Survey, now: str, becomes: State | None) -> None:
    assert becomes == by_the_clock(found, at(now), TOKYO)


@pytest.mark.parametrize(
    ("found", "now"),
    [
        (survey(State.PAUSED, "an editor", "2026-12-01T12:00"), "2026-12-02T07:00"),  # paused before the clock would
        (survey(State.PAUSED, "an editor", "2026-12-02T01:00"), "2026-12-02T07:00"),  # taken over from the clock
        (survey(State.OPEN, "an editor", "2026-12-02T01:00"), "2026-12-02T05:00"),  # resumed during the clock's pause
        (survey(State.CLOSED, "an editor", "2027-01-11T00:00"), "2027-01-12T00:00"),  # taken out of the archive
    ],
)
def test_the_clock_does_not_undo_what_a_hand_has_done(found: Survey, now: str) -> None:
    assert by_the_clock(found, at(now), TOKYO) is None


def test_what_a_hand_has_done_stands_until_the_next_moment_only() -> None:
    resumed = survey(State.OPEN, "an editor", "2026-12-02T01:00")
    assert State.PAUSED == by_the_clock(resumed, at("2026-12-03T00:00"), TOKYO)


@given(
    st.sampled_from(list(State)),
    st.booleans(),
    st.none() | st.integers(0, 60 * 24),
    st.integers(0, 60 * 24),
)
def test_the_clock_goes_no_way_that_is_none_and_comes_to_rest(
    state: State, itself: bool, hand: int | None, hours: int
) -> None:
    began = at("2026-11-30T00:00")
    found = Survey(
        TIMED,
        state,
        moved_by=ITSELF if itself else "an editor",
        by_hand_at=None if hand is None else began + timedelta(hours=hand),
    )
    now = began + timedelta(hours=hours)
    for _ in range(4):
        becomes = by_the_clock(found, now, TOKYO)
        if becomes is None:
            return
        assert found.state.may_become(becomes)
        found = Survey(TIMED, becomes, moved_by=ITSELF, by_hand_at=found.by_hand_at)
    raise AssertionError("the clock never comes to rest")


def test_a_whole_life_by_the_clock(db: firestore.Client, publisher: Publisher) -> None:
    store.put(db, TIMED)
    lived = []
    for moment in ("2026-12-01T08:00", "2026-12-01T09:00", "2026-12-02T00:30", "2026-12-02T07:00", "2026-12-10T18:00"):
        due(db, publisher, at(moment))
        lived.append(survey_of(db, TIMED).state)
    assert [State.DRAFT, State.OPEN, State.PAUSED, State.OPEN, State.CLOSED] == lived
    fold(db, "timed", at("2026-12-10T18:01"))
    assert not survey_of(db, TIMED).settled  # the clock has still to archive it
    assert 0 == due(db, publisher, at("2026-12-10T18:02"))
    assert 1 == due(db, publisher, at("2027-01-10T00:00"))
    fold(db, "timed", at("2027-01-10T00:01"))
    found = survey_of(db, TIMED)
    assert (State.ARCHIVED, True) == (found.state, found.settled)
    assert (at("2026-12-01T09:00"), at("2026-12-10T18:00")) == (found.opened_at, found.closed_at)
    assert {ITSELF} == {who for who, _ in audit(db)}
    assert ["open", "pause", "resume", "close", "archive"] == [did for _, did in audit(db)]


def test_opened_late_into_a_pause_it_is_opened_and_paused_in_one_tick(
    db: firestore.Client, publisher: Publisher
) -> None:
    store.put(db, TIMED)
    due(db, publisher, at("2026-12-03T01:00"))
    assert State.PAUSED == survey_of(db, TIMED).state
    assert {"open", "pause"} == {did for _, did in audit(db)}


def test_what_the_clock_decides_is_decided_on_the_survey_as_it_is_then(db: firestore.Client) -> None:
    """Would fail if the clock closed what somebody has given a later closing day since it looked."""
    store.put(db, TIMED)
    store.become(db, "timed", State.OPEN, at("2026-12-01T09:00"))
    now = at("2026-12-10T17:00")
    assert State.CLOSED == by_the_clock(survey_of(db, TIMED), now, TOKYO)
    later = TIMED.model_copy(update={"closes": datetime(2026, 12, 20, 17, 0)})
    store.reference(db, "timed").update({"definition": later.written()})
    assert not store.move(db, "timed", lambda found: by_the_clock(found, now, TOKYO), now)
    assert State.OPEN == survey_of(db, TIMED).state


def test_a_whole_life_by_hand(db: firestore.Client) -> None:
    by_hand = definition("by-hand", closes="2026-12-10T17:00")
    store.put(db, by_hand, ready=False)
    now = at("2026-12-01T09:00")
    assert State.OPEN == open_draft(db, "by-hand", "an editor", now, TOKYO)
    verbs = [Verb.PAUSE, Verb.RESUME, Verb.PAUSE, Verb.CLOSE, Verb.ARCHIVE, Verb.UNARCHIVE, Verb.ARCHIVE]
    for number, verb in enumerate(verbs, 1):
        assert act(db, "by-hand", verb, "an editor", now + timedelta(hours=number), TOKYO)
        assert not act(db, "by-hand", verb, "an editor", now + timedelta(hours=number), TOKYO)
        assert verb.makes == survey_of(db, by_hand).state
    found = survey_of(db, by_hand)
    assert (now, now + timedelta(hours=4)) == (found.opened_at, found.closed_at)
    assert [("an editor", did) for did in ["open", *(verb.value for verb in verbs)]] == audit(db)


def test_whoever_pauses_what_the_clock_has_paused_takes_it_over(db: firestore.Client) -> None:
    store.put(db, TIMED)
    store.become(db, "timed", State.OPEN, at("2026-12-01T09:00"))
    store.become(db, "timed", State.PAUSED, at("2026-12-02T00:00"))
    assert act(db, "timed", Verb.PAUSE, "an editor", at("2026-12-02T01:00"), TOKYO)
    assert by_the_clock(survey_of(db, TIMED), at("2026-12-02T07:00"), TOKYO) is None
    assert not act(db, "timed", Verb.PAUSE, "another", at("2026-12-02T02:00"), TOKYO)
    assert "an editor" == survey_of(db, TIMED).moved_by


def test_a_draft_whose_day_lies_ahead_waits_for_it_once_it_is_opened(db: firestore.Client) -> None:
    store.put(db, TIMED, ready=False)
    now = at("2026-12-01T08:00")
    assert by_the_clock(survey_of(db, TIMED), at("2026-12-01T09:00"), TOKYO) is None
    assert State.DRAFT == open_draft(db, "timed", "an editor", now, TOKYO)
    assert State.OPEN == by_the_clock(survey_of(db, TIMED), at("2026-12-01T09:00"), TOKYO)
    store.put(db, TIMED, ready=False)
    assert by_the_clock(survey_of(db, TIMED), at("2026-12-01T09:00"), TOKYO) is None


def test_nobody_opens_what_was_written_anew_since_they_looked(db: firestore.Client) -> None:
    store.put(db, TIMED, ready=False, seen="")
    seen = store.digest(TIMED)
    other = definition("timed")
    store.put(db, other, ready=False, seen=seen)
    with pytest.raises(Declined, match="written anew meanwhile"):
        store.put(db, TIMED, ready=False, seen=seen)
    with pytest.raises(Declined, match="there is a survey timed already"):
        store.put(db, TIMED, ready=False, seen="")
    with pytest.raises(Declined, match="written anew meanwhile"):
        open_draft(db, "timed", "an editor", at("2026-12-01T09:00"), TOKYO, seen)
    assert State.OPEN == open_draft(db, "timed", "an editor", at("2026-12-01T09:00"), TOKYO, store.digest(other))


@pytest.mark.parametrize(
    ("state", "verb", "instead"),
    [
        (State.DRAFT, Verb.PAUSE, "nothing to pause"),
        (State.DRAFT, Verb.RESUME, "open it: `tsunagu survey open life`"),
        (State.DRAFT, Verb.ARCHIVE, "close it first"),
        (State.DRAFT, Verb.UNARCHIVE, "is draft: it cannot become closed"),
        (State.OPEN, Verb.ARCHIVE, "close it first"),
        (State.OPEN, Verb.UNARCHIVE, "cannot become closed"),
        (State.PAUSED, Verb.OPEN, "resume it"),
        (State.PAUSED, Verb.ARCHIVE, "close it first"),
        (State.CLOSED, Verb.OPEN, "another id"),
        (State.CLOSED, Verb.RESUME, "another id"),
        (State.CLOSED, Verb.PAUSE, "another id"),
        (State.ARCHIVED, Verb.RESUME, "another id"),
    ],
)
def test_what_cannot_be_done_is_said_with_what_can(
    db: firestore.Client, state: State, verb: Verb, instead: str
) -> None:
    store.put(db, definition("life"), ready=False)
    store.reference(db, "life").update({"state": state.value})
    with pytest.raises(Declined, match=instead) as refused:
        act(db, "life", verb, "an editor", at("2026-12-01T09:00"), TOKYO)
    assert "「life」は" in refused.value.says[0]
    assert [] == audit(db)


def test_nothing_that_is_past_is_opened_or_resumed(db: firestore.Client) -> None:
    store.put(db, TIMED, ready=False)
    late = at("2026-12-10T17:00")
    with pytest.raises(Declined, match=r"closes \(2026-12-10 17:00\) is past"):
        open_draft(db, "timed", "an editor", late, TOKYO)
    store.reference(db, "timed").update({"state": "paused"})
    with pytest.raises(Declined, match="is past"):
        act(db, "timed", Verb.RESUME, "an editor", late, TOKYO)


def test_every_way_has_a_name_and_every_other_a_reason() -> None:
    names = {(a, b): called(a, b) for a in State for b in State if a.may_become(b)}
    assert {verb.value for verb in Verb} == set(names.values())
    assert set(State) == set(LABELS)
    for a in State:
        for b in State:
            japanese, english = no_way("life", a, b).says
            assert all(words in japanese for words in (LABELS[a][0], LABELS[b][0]))
            assert all(words in english for words in (LABELS[a][1], LABELS[b][1]))


def audit(db: firestore.Client) -> list[tuple[str, str]]:
    lines = [line.to_dict() or {} for line in db.collection("audit").stream()]
    lines.sort(key=lambda line: line["at"])
    return [(line["who"], line["did"].removeprefix("survey.")) for line in lines]
