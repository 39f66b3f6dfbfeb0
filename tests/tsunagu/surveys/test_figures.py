"""What the surveys tell of a broadcast that invited to one: counted from the packs, since the broadcast."""

from datetime import datetime, timedelta

import pytest
from google.cloud import firestore

from local.stand_in import StandIn
from tests.tsunagu.broadcasts.world import NEWS, World
from tests.tsunagu.surveys.asking import BEGAN, Asked, begin, survey_of
from tests.tsunagu.surveys.kosodate import definition
from tsunagu.broadcasts import store
from tsunagu.broadcasts.store import Broadcast
from tsunagu.packs.fold import fold
from tsunagu.surveys.figures import figures
from tsunagu.surveys.rules import State
from tsunagu.surveys.store import become, responses_shelf
from tsunagu.surveys.store import reference as survey_reference

SENT = BEGAN + timedelta(hours=1)


@pytest.fixture(autouse=True)
def invitation(db: firestore.Client, platform: StandIn) -> None:
    World(db, platform).write(NEWS.format(id="invitation"))


def broadcast(db: firestore.Client, survey: str | None, frozen_at: datetime | None = SENT) -> Broadcast:
    """One that invites to it, sent an hour after the survey began."""
    store.reference(db, "invitation").update({"survey": survey, "frozen_at": frozen_at})
    found = store.get(db, "invitation")
    assert found is not None
    return found


def answers(db: firestore.Client, number: int, at: datetime, finish: bool = True) -> Asked:
    asked = Asked(db, definition(), number, at)
    asked.tap("start")
    asked.tap("answer", q="uses", v="b")
    return finishes(asked) if finish else asked


def finishes(asked: Asked) -> Asked:
    asked.say("遠いから")
    asked.say("3")
    asked.tap("skip", q="born")
    return asked


@pytest.mark.parametrize("folded", [False, True])
def test_who_began_and_who_finished_since_the_broadcast_is_counted(folded: bool, db: firestore.Client) -> None:
    begin(db, definition())
    answers(db, 1, BEGAN)
    late = answers(db, 2, BEGAN, finish=False)
    answers(db, 3, SENT, finish=False)
    answers(db, 4, SENT)
    late.clock = SENT
    finishes(late)
    if folded:
        fold(responses_shelf(db, survey_of(db, definition())))
    assert {"survey_started": 2, "survey_finished": 2} == figures(db, broadcast(db, "kosodate"))


def test_before_anybody_answers_it_is_nought(db: firestore.Client) -> None:
    begin(db, definition())
    assert {"survey_started": 0, "survey_finished": 0} == figures(db, broadcast(db, "kosodate"))


def test_there_is_nothing_to_tell_where_it_invited_to_none_or_nobody_was_sent_to(db: firestore.Client) -> None:
    begin(db, definition())
    assert {} == figures(db, broadcast(db, None))
    assert {} == figures(db, broadcast(db, "unknown"))
    assert {} == figures(db, broadcast(db, "kosodate", frozen_at=None))


def test_of_an_anonymised_survey_nothing_is_told_so_that_the_last_figures_stand(db: firestore.Client) -> None:
    begin(db, definition(anonymity="anonymous"))
    become(db, "kosodate", State.CLOSED, SENT)
    survey_reference(db, "kosodate").update({"anonymised_at": SENT})
    assert {} == figures(db, broadcast(db, "kosodate"))
