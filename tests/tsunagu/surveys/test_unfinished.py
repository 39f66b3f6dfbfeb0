"""Who has not finished a survey is reminded of it: of those invited everyone who has not, once, and nobody else."""

from datetime import UTC, datetime
from functools import partial
from uuid import uuid4

import polars as pl
import pytest
from google.cloud import firestore
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from local.stand_in import StandIn
from local.topics import Topics
from local.topology import read
from tests.tsunagu.broadcasts.delivery.test_functions import function, push
from tests.tsunagu.broadcasts.test_invited import INVITATION, REMINDER
from tests.tsunagu.broadcasts.world import World
from tests.tsunagu.surveys.asking import BEGAN, SECRET, Asked, begin, survey_of
from tests.tsunagu.surveys.kosodate import definition
from tsunagu.broadcasts.rules import State as Sending
from tsunagu.cloud.outcomes import Rejected
from tsunagu.packs.fold import fold
from tsunagu.packs.shelf import note
from tsunagu.residents.store import key_of
from tsunagu.surveys import store
from tsunagu.surveys.rules import State
from tsunagu.surveys.unfinished import AT_ONCE, Finished, is_over, unfinished

MOMENT = datetime(2026, 11, 1, 3, 0, tzinfo=UTC)


def answers(db: firestore.Client, user: str, finishes: bool = True) -> None:
    asked = Asked(db, definition(), int(user[1:], 16))
    asked.tap("start")
    asked.tap("answer", q="uses", v="b")
    if finishes:
        asked.say("遠いから")
        asked.say("3")
        asked.tap("skip", q="born")


def packed(db: firestore.Client, user: str, finished: bool) -> None:
    """A response as its note has it, which is all that is looked at."""
    survey = survey_of(db, definition())
    assert survey.salt is not None
    row = {"finished_at": MOMENT if finished else None, "started_at": MOMENT}
    ref, content = note(store.responses_shelf(db, survey), store.pseudonym(SECRET, survey.salt, user), 1, row)
    ref.set(content)


def people(*users: str) -> pl.Series:
    return pl.Series([key_of(user) for user in users], dtype=pl.Binary)


@pytest.mark.parametrize("folded", [False, True])
def test_who_began_and_who_did_not_have_both_not_finished(folded: bool, db: firestore.Client) -> None:
    begin(db, definition())
    users = [f"U{number:032x}" for number in range(1, 5)]
    answers(db, users[0])
    answers(db, users[1], finishes=False)
    answers(db, users[3])
    if folded:
        fold(store.responses_shelf(db, survey_of(db, definition())))
    left = unfinished(SECRET, db, "kosodate")(people(*users[:3]))
    assert people(*users[1:3]).to_list() == left.to_list()
    assert 2 == Finished(db)("kosodate")


def test_with_another_secret_nobody_is_known(db: firestore.Client) -> None:
    begin(db, definition())
    answers(db, f"U{1:032x}")
    assert 1 == unfinished("another", db, "kosodate")(people(f"U{1:032x}")).len()
    assert 0 == unfinished(SECRET, db, "kosodate")(people(f"U{1:032x}")).len()


def test_nobody_and_more_people_than_are_looked_up_at_once(db: firestore.Client) -> None:
    begin(db, definition())
    last = f"U{AT_ONCE:032x}"
    answers(db, last)
    sieve = unfinished(SECRET, db, "kosodate")
    assert 0 == sieve(people()).len()
    everyone = people(*(f"U{number:032x}" for number in range(AT_ONCE + 1)))
    assert everyone.to_list()[:-1] == sieve(everyone).to_list()


def test_what_is_finished_meanwhile_counts_at_once(db: firestore.Client) -> None:
    begin(db, definition())
    finished = Finished(db)
    for number in (1, 2):
        answers(db, f"U{number:032x}")
        assert number == finished("kosodate")


@pytest.mark.parametrize(
    ("state", "reminded", "counted"),
    [
        (State.DRAFT, "is draft", ""),
        (State.PAUSED, "is paused", ""),
        (State.CLOSED, "is closed", "is closed"),
        (State.ARCHIVED, "is archived", "is archived"),
        (None, "there is no survey", "there is no survey"),
    ],
)
def test_where_nobody_can_be_reminded_a_sentence_says_why(
    db: firestore.Client, state: State | None, reminded: str, counted: str
) -> None:
    if state is not None:
        begin(db, definition())
        store.reference(db, "kosodate").update({"state": state.value})
    with pytest.raises(Rejected, match=reminded):
        unfinished(SECRET, db, "kosodate")
    assert bool(counted) == is_over(db, "kosodate")
    if counted:
        with pytest.raises(Rejected, match=counted):
            Finished(db)("kosodate")
    else:
        assert 0 == Finished(db)("kosodate")


def test_an_anonymised_survey_is_refused_as_closed(db: firestore.Client) -> None:
    begin(db, definition(anonymity="anonymous"))
    store.become(db, "kosodate", State.CLOSED, BEGAN)
    store.reference(db, "kosodate").update({"salt": firestore.DELETE_FIELD, "anonymised_at": BEGAN})
    with pytest.raises(Rejected, match="is closed"):
        unfinished(SECRET, db, "kosodate")


SOME = st.sets(st.integers(0, 11))


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(first=SOME, second=SOME, finished=SOME, begun=SOME, erased=SOME, quiet=SOME, gone=SOME, folds=st.booleans())
def test_everyone_invited_who_has_not_finished_is_reminded_once_and_nobody_else(
    firestore_host: str,
    platform: StandIn,
    first: set[int],
    second: set[int],
    finished: set[int],
    begun: set[int],
    erased: set[int],
    quiet: set[int],
    gone: set[int],
    folds: bool,
) -> None:
    world = World(firestore.Client(project=f"unfinished-{uuid4().hex[:12]}"), platform)
    world.control("POST", "reset")
    begin(world.db, definition())
    world.unfinished = partial(unfinished, SECRET)
    wards = [[ward for ward, some in (("chuo", first), ("kita", second)) if one in some] for one in range(12)]
    users = [world.people(1, wards=each)[0] for each in wards]
    world.move_in()
    for id, ward in (("first", "chuo"), ("second", "kita")):
        world.run(world.write(INVITATION.format(id=id, ward=ward)))
    for one in begun - finished:
        packed(world.db, users[one], False)
    for one in finished:
        packed(world.db, users[one], True)
    if folds:
        fold(store.responses_shelf(world.db, survey_of(world.db, definition())))
    for one in erased:
        world.leave(users[one])
    for one in quiet - erased:
        world.change(users[one], quiet=True)
    for one in gone - erased:
        world.change(users[one], following=False)
    world.control("POST", "reset")
    world.control("POST", "residents", ids=users, following=True)
    everyone = REMINDER.format(id="reminder", ward="chuo").replace("audience: {wards: [chuo]}\n", "")
    found = world.run(world.write(everyone))
    wanted = (first | second) - finished - erased - quiet - gone
    assert (Sending.SENT if first | second else Sending.FAILED) is found.state
    assert {users[one]: 1 for one in wanted} == world.deliveries()


def test_run_due_work_has_the_secret_that_it_is_found_out_with(
    db: firestore.Client, platform: StandIn, pubsub_host: str, project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The function itself, as it is wired: with another secret everyone would be reminded."""
    world = World(db, platform)
    world.now = datetime.now(UTC)
    begin(db, definition())
    users = world.people(3)
    world.move_in()
    world.run(world.write(INVITATION.format(id="invitation", ward="chuo")))
    answers(db, users[0])
    settings_of_it = {
        "LINE_CHANNEL_ACCESS_TOKEN": platform.channel_access_token,
        "LINE_API_URL": platform.url,
        "RESPONDENT_SECRET": SECRET,
        "QUIET_HOURS": "none",
    }
    for name, value in settings_of_it.items():
        monkeypatch.setenv(name, value)
    topics = Topics(project, read())
    topics.make()
    topics.close()
    client = function("run_due_work")
    reminder = world.write(REMINDER.format(id="reminder", ward="chuo"))
    assert 204 == push(client, b'{"at": "now"}')
    assert 2 == world.get(reminder).audience
    store.become(db, "kosodate", State.CLOSED, world.now)
    assert 204 == push(client, b'{"at": "now"}')
    assert [] == list(db.collection_group("invited").stream())
