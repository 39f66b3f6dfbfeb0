"""From a draft to its end: who may do what when, and that nothing else can happen."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from google.cloud.firestore import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tsunagu.broadcasts.world import BEGIN, ZONE
from tsunagu.broadcasts import store
from tsunagu.broadcasts.definition import Definition, Today, reads
from tsunagu.broadcasts.life.approve import approve, send_back
from tsunagu.broadcasts.life.expire import expire_due
from tsunagu.broadcasts.life.house import House
from tsunagu.broadcasts.life.pause import pause, resume
from tsunagu.broadcasts.life.quiet import QuietHours
from tsunagu.broadcasts.life.series import due_series
from tsunagu.broadcasts.life.step import Declined
from tsunagu.broadcasts.life.submit import submit
from tsunagu.broadcasts.life.withdraw import withdraw
from tsunagu.broadcasts.life.write import write
from tsunagu.broadcasts.rules import LATE, State, Totals
from tsunagu.broadcasts.store import Broadcast, reference
from tsunagu.residents.city import city

WRITER, COLLEAGUE, APPROVER = "editor@city.example", "second@city.example", "approver@city.example"
HOUSE = House(ZONE, approval_above=100)
HOUR = timedelta(hours=1)


def definition(when: str = "now", *, now: datetime = BEGIN, text: str = "あ", **fields: str) -> Definition:
    more = "".join(f", {name}: {value}" for name, value in fields.items())
    return reads(
        f"{{title: お知らせ, when: {when}, messages: [{{text: {{ja: {text}}}}}]{more}}}", Today(city(), now, ZONE)
    )


def draft(db: Client, when: str = "now", **fields: str) -> Broadcast:
    return write(db, definition(when, now=BEGIN, **fields), WRITER, BEGIN)


def waiting(db: Client, when: str = "now", **fields: str) -> Broadcast:
    return submit(db, draft(db, when, **fields).id, WRITER, BEGIN, 101, HOUSE)


def get(db: Client, id: str) -> Broadcast:
    found = store.get(db, id)
    assert found is not None
    return found


def audit(db: Client) -> list[tuple[Any, ...]]:
    lines = [line.to_dict() or {} for line in db.collection("audit").order_by("at").stream()]
    return [(line["who"], line["did"], line.get("why", "")) for line in lines]


def test_what_a_size_needs_approval_for_waits_and_the_rest_goes_out(db: Client) -> None:
    small = submit(db, draft(db).id, WRITER, BEGIN, 100, HOUSE)
    assert (State.SCHEDULED, None, BEGIN, True) == (small.state, small.needs_approval, small.due_at, small.open)
    large = waiting(db)
    assert (State.WAITING, "it goes to 101 people, more than 100") == (large.state, large.needs_approval)
    urgent = submit(db, draft(db, kind="life_safety").id, WRITER, BEGIN, 1, HOUSE)
    assert (State.WAITING, "it is about saving lives", None) == (urgent.state, urgent.needs_approval, urgent.due_at)


def test_now_is_the_moment_in_which_nobody_has_to_do_anything_more(db: Client) -> None:
    found = approve(db, waiting(db).id, APPROVER, BEGIN + HOUR, HOUSE)
    assert (State.SCHEDULED, BEGIN + HOUR, BEGIN + HOUR, APPROVER) == (
        found.state,
        found.when,
        found.due_at,
        found.approved_by,
    )


@pytest.mark.parametrize("own", [WRITER, COLLEAGUE, WRITER.upper()])
def test_nobody_approves_their_own_but_in_an_emergency_which_stands_out(db: Client, own: str) -> None:
    written = draft(db)
    rewritten = write(db, definition(text="い"), COLLEAGUE, BEGIN, written.id, written.version)
    assert ((WRITER, COLLEAGUE), WRITER) == (rewritten.writers, rewritten.by)
    submit(db, written.id, WRITER, BEGIN, 101, HOUSE)
    for words in (None, "", "  "):
        with pytest.raises(Declined):
            approve(db, written.id, own, BEGIN, HOUSE, words)
    found = approve(db, written.id, own, BEGIN + HOUR, HOUSE, "川があふれました")
    assert (State.SCHEDULED, "川があふれました") == (found.state, found.emergency)
    assert (own, "broadcast.emergency", "川があふれました") == audit(db)[-1]


def test_whoever_submitted_does_not_approve_either(db: Client) -> None:
    submitted = submit(db, draft(db).id, COLLEAGUE, BEGIN, 101, HOUSE)
    with pytest.raises(Declined):
        approve(db, submitted.id, COLLEAGUE, BEGIN, HOUSE)
    assert None is approve(db, submitted.id, APPROVER, BEGIN, HOUSE, "not needed").emergency


def test_what_was_sent_back_is_a_draft_again_with_the_reason(db: Client) -> None:
    found = send_back(db, waiting(db).id, APPROVER, BEGIN, "日付が違います")
    assert (State.DRAFT, False, None) == (found.state, found.open, found.submitted_by)
    assert {"by": APPROVER, "at": BEGIN, "why": "日付が違います"} == found.sent_back
    again = write(db, definition(text="い"), WRITER, BEGIN, found.id, found.version)
    assert None is submit(db, again.id, WRITER, BEGIN, 101, HOUSE, again.version).sent_back
    with pytest.raises(Declined):
        send_back(db, found.id, APPROVER, BEGIN, " ")


def test_nobody_decides_on_what_they_have_not_seen(db: Client) -> None:
    seen = draft(db)
    write(db, definition(text="い"), COLLEAGUE, BEGIN, seen.id, seen.version)
    for stale in (seen.version, None):
        with pytest.raises(Declined):
            write(db, definition(text="う"), WRITER, BEGIN, seen.id, stale)
    with pytest.raises(Declined):
        submit(db, seen.id, WRITER, BEGIN, 101, HOUSE, seen.version)
    submit(db, seen.id, WRITER, BEGIN, 101, HOUSE, seen.version + 1)
    with pytest.raises(Declined):
        approve(db, seen.id, APPROVER, BEGIN, HOUSE, version=seen.version)


@pytest.mark.parametrize("state", [state for state in State if state is not State.DRAFT])
def test_what_has_left_the_draft_is_written_by_nobody(db: Client, state: State) -> None:
    found = draft(db)
    reference(db, found.id).update({"state": state.value})
    before = reference(db, found.id).get().to_dict()
    for version in (None, 0, found.version):
        with pytest.raises(Declined) as declined:
            write(db, definition(text="い"), WRITER, BEGIN, found.id, version)
        assert state.label[1] in str(declined.value)
    with pytest.raises(Declined):
        submit(db, found.id, WRITER, BEGIN, 1, HOUSE)
    assert before == reference(db, found.id).get().to_dict()


def test_an_id_is_given_once_and_kept(db: Client) -> None:
    written = write(db, definition(id="once"), WRITER, BEGIN)
    with pytest.raises(Declined):
        write(db, definition(id="once"), WRITER, BEGIN)
    with pytest.raises(Declined):
        write(db, definition(id="other"), WRITER, BEGIN, "once", written.version)
    with pytest.raises(Declined):
        write(db, definition(), WRITER, BEGIN, "unknown", 1)
    assert 1 == len(audit(db))


def test_what_would_go_to_nobody_is_declined_before_it_is_scheduled(db: Client) -> None:
    with pytest.raises(Declined, match="nobody"):
        submit(db, draft(db).id, WRITER, BEGIN, 0, HOUSE)
    past = draft(db, "2026-11-01T10:00")
    with pytest.raises(Declined, match="past"):
        submit(db, past.id, WRITER, BEGIN + 2 * HOUR, 5, HOUSE)
    over = draft(db, '{at: "10:00", every: day, until: 2026-11-01}')
    with pytest.raises(Declined, match="no day ahead"):
        submit(db, over.id, WRITER, BEGIN + 2 * HOUR, 5, HOUSE)
    late = draft(db, not_after="2026-11-01T10:00")
    with pytest.raises(Declined, match="must not go out after"):
        submit(db, late.id, WRITER, BEGIN + 2 * HOUR, 5, HOUSE)
    assert State.SCHEDULED is submit(db, draft(db, '{at: "10:00", every: day}').id, WRITER, BEGIN, 0, HOUSE).state


@pytest.mark.parametrize(
    ("when", "not_after"), [("2026-11-01T21:30", "2026-11-02T06:30"), ('{at: "22:00", every: day}', "8h")]
)
def test_what_quiet_hours_would_hold_until_it_expires_is_declined(db: Client, when: str, not_after: str) -> None:
    night = House(ZONE, QuietHours.of("21:00-07:00"))
    with pytest.raises(Declined, match="quiet hours"):
        submit(db, draft(db, when, not_after=not_after).id, WRITER, BEGIN, 5, night)
    submit(db, draft(db, when, not_after=not_after, kind="life_safety").id, WRITER, BEGIN, 5, night)


def test_an_approval_that_comes_late_sends_at_once_and_one_that_comes_too_late_does_not(db: Client) -> None:
    when = "2026-11-01T10:00"
    on_time, late = waiting(db, when), waiting(db, when)
    limit = BEGIN + HOUR + LATE
    assert BEGIN + HOUR == approve(db, on_time.id, APPROVER, limit, HOUSE).due_at
    with pytest.raises(Declined, match="past"):
        approve(db, late.id, APPROVER, limit + timedelta(minutes=1), HOUSE)
    longer = waiting(db, when, not_after="2026-11-01T20:00")
    assert State.SCHEDULED is approve(db, longer.id, APPROVER, limit + HOUR, HOUSE).state


def test_a_series_that_waited_begins_with_its_next_time(db: Client) -> None:
    found = waiting(db, '{at: "10:00", every: day}')
    assert BEGIN + HOUR == found.when
    assert BEGIN + 25 * HOUR == approve(db, found.id, APPROVER, BEGIN + 2 * HOUR, HOUSE).when


def test_what_is_past_its_limit_expires_and_goes_to_nobody(db: Client) -> None:
    limit = "2026-11-01T12:00"
    found = [waiting(db, not_after=limit), submit(db, draft(db, not_after=limit).id, WRITER, BEGIN, 5, HOUSE)]
    for broadcast in found:
        assert not expire_due(db, broadcast, BEGIN + 3 * HOUR - timedelta(seconds=1))
        assert expire_due(db, broadcast, BEGIN + 3 * HOUR)
        assert not expire_due(db, broadcast, BEGIN + 3 * HOUR)
        after = get(db, broadcast.id)
        assert (State.EXPIRED, False, 0, Totals()) == (after.state, after.open, after.audience, after.totals)
    assert ("tsunagu", "broadcast.expire", "") in audit(db)
    assert not expire_due(db, draft(db, not_after=limit), BEGIN + 9 * HOUR)


def sending(db: Client, **fields: Any) -> Broadcast:
    found = submit(db, draft(db, not_after="2026-11-01T12:00").id, WRITER, BEGIN, 5, HOUSE)
    frozen = {"state": "sending", "attempt": "a", "audience": 5, "chunks": 1, "announced_at": BEGIN}
    reference(db, found.id).update({**frozen, **fields})
    return get(db, found.id)


def test_pausing_says_who_and_why_and_going_on_announces_again(db: Client) -> None:
    found = pause(db, sending(db).id, WRITER, BEGIN, "誤字がありました")
    assert (State.PAUSED, True, "誤字がありました") == (found.state, found.open, (found.paused or {})["why"])
    with pytest.raises(Declined):
        pause(db, found.id, WRITER, BEGIN)
    after = resume(db, found.id, WRITER, BEGIN)
    assert (State.SENDING, None, None) == (after.state, after.paused, after.announced_at)
    with pytest.raises(Declined):
        resume(db, found.id, WRITER, BEGIN)
    assert {(WRITER, "broadcast.pause", "誤字がありました"), (WRITER, "broadcast.resume", "")} <= set(audit(db))


def test_what_is_paused_past_its_limit_goes_on_for_nobody(db: Client) -> None:
    found = pause(db, sending(db).id, WRITER, BEGIN)
    with pytest.raises(Declined):
        resume(db, found.id, WRITER, BEGIN + 3 * HOUR)
    assert expire_due(db, found, BEGIN + 3 * HOUR)
    after = get(db, found.id)
    # Its chunks have to be settled, and nobody is at them.
    assert (State.EXPIRED, True, None, None) == (after.state, after.open, after.announced_at, after.totals)


def test_withdrawing_what_is_paused_has_its_chunks_settled(db: Client) -> None:
    found = pause(db, sending(db).id, WRITER, BEGIN)
    assert State.PAUSED is withdraw(db, found.id, WRITER, BEGIN).state
    after = get(db, found.id)
    assert (State.WITHDRAWN, True, None, None) == (after.state, after.open, after.announced_at, after.paused)


def test_a_deed_that_is_declined_is_not_in_the_audit(db: Client) -> None:
    found = draft(db)
    withdraw(db, found.id, WRITER, BEGIN)
    deeds: list[Callable[[], object]] = [
        lambda: withdraw(db, found.id, WRITER, BEGIN),
        lambda: pause(db, found.id, WRITER, BEGIN),
        lambda: approve(db, found.id, APPROVER, BEGIN, HOUSE),
        lambda: withdraw(db, "unknown", WRITER, BEGIN),
    ]
    for deed in deeds:
        with pytest.raises(Declined) as declined:
            deed()
        assert all(declined.value.says)
    assert {"broadcast.write", "broadcast.withdraw"} == {did for _, did, _ in audit(db)}


Verb = Callable[[Client, Broadcast, datetime], object]
VERBS: dict[str, Verb] = {
    "write": lambda db, found, now: write(db, definition(now=now), COLLEAGUE, now, found.id, found.version),
    "submit": lambda db, found, now: submit(db, found.id, WRITER, now, 5, HOUSE),
    "submit many": lambda db, found, now: submit(db, found.id, WRITER, now, 500, HOUSE),
    "approve": lambda db, found, now: approve(db, found.id, APPROVER, now, HOUSE),
    "approve own": lambda db, found, now: approve(db, found.id, WRITER, now, HOUSE),
    "emergency": lambda db, found, now: approve(db, found.id, WRITER, now, HOUSE, "fire"),
    "send back": lambda db, found, now: send_back(db, found.id, APPROVER, now, "no"),
    "pause": lambda db, found, now: pause(db, found.id, WRITER, now),
    "resume": lambda db, found, now: resume(db, found.id, WRITER, now),
    "withdraw": lambda db, found, now: withdraw(db, found.id, WRITER, now),
    "expire": expire_due,
    "tick": lambda db, found, now: due_series(db, now, HOUSE),
    # As freeze and finish do it.
    "freeze": lambda db, found, now: _went_on(db, found, State.FREEZING, State.SENDING, attempt="a"),
    "finish": lambda db, found, now: _went_on(db, found, State.SENT, open=False),
}
WHENS = ("now", "2026-11-01T12:00", '{at: "10:00", every: day, until: 2026-11-02}')


def _went_on(db: Client, found: Broadcast, *states: State, **fields: Any) -> None:
    for state in states:
        before = get(db, found.id)
        if not before.state.may_become(state) or before.repeat is not None:
            return
        reference(db, found.id).update({**fields, "state": state.value})


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(WHENS),
    st.lists(st.tuples(st.sampled_from(sorted(VERBS)), st.integers(0, 9)), min_size=3, max_size=9),
)
def test_no_row_of_verbs_leads_where_a_state_may_not_go(db: Client, when: str, verbs: list[tuple[str, int]]) -> None:
    db, now = Client(project=f"test-{uuid4().hex[:12]}"), BEGIN
    limit = {} if "every" in when else {"not_after": "2026-11-01T20:00"}
    found = draft(db, when, **limit)
    for verb, hours in verbs:
        now += timedelta(hours=hours)
        try:
            VERBS[verb](db, found, now)
            declined = False
        except Declined:
            declined = True
        after = get(db, found.id)
        if verb == "freeze" and after.state is not found.state:
            assert found.state.may_become(State.FREEZING)
        else:
            assert after.state is found.state or found.state.may_become(after.state), verb
        assert not declined or after == found
        assert after.source == found.source or found.state is State.DRAFT
        over = not any(after.state.may_become(state) for state in State)
        assert not (over and after.open and after.attempt is None)
        approved = after.approved_by is not None or after.needs_approval is None
        assert approved or after.state in (State.DRAFT, State.WAITING, State.WITHDRAWN, State.EXPIRED)
        found = after
