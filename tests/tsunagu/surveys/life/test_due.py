"""The clock opens and closes surveys, and has what is outstanding folded; erasure reaches every survey."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from google.cloud import firestore, pubsub_v1

from tests.tsunagu.surveys.asking import BEGAN, SECRET, Asked, begin, survey_of
from tests.tsunagu.surveys.kosodate import definition
from tests.tsunagu.surveys.publishing import with_topic
from tsunagu.cloud.outcomes import Rejected
from tsunagu.cloud.pubsub import SURVEY_ANSWERS
from tsunagu.packs.read import read
from tsunagu.surveys import store
from tsunagu.surveys.erase import erase
from tsunagu.surveys.fold import fold, settle
from tsunagu.surveys.life.due import due
from tsunagu.surveys.rules import State

TOKYO = ZoneInfo("Asia/Tokyo")
LATER = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)  # 17:00 in Tokyo


@pytest.fixture
def announced(pubsub_host: str, project: str) -> "Announced":
    return Announced(project)


class Announced:
    """What fold_responses would be pushed."""

    def __init__(self, project: str) -> None:
        self.publisher = with_topic(project)
        self._subscriber = pubsub_v1.SubscriberClient()
        self._subscription = f"projects/{project}/subscriptions/read-by-the-test"
        topic = f"projects/{project}/topics/{SURVEY_ANSWERS}"
        self._subscriber.create_subscription(name=self._subscription, topic=topic)

    def bodies(self, number: int) -> set[bytes]:
        got: dict[str, bytes] = {}
        while len(got) < number:
            pulled = self._subscriber.pull(subscription=self._subscription, max_messages=10, timeout=20)
            got |= {each.message.message_id: each.message.data for each in pulled.received_messages}
            acks = [each.ack_id for each in pulled.received_messages]
            if acks:
                self._subscriber.acknowledge(subscription=self._subscription, ack_ids=acks)
        return set(got.values())


def state(db: firestore.Client, id: str) -> State:
    survey = store.get(db, id)
    assert survey is not None
    return survey.state


def test_the_clock_opens_and_closes_in_the_city_s_time(db: firestore.Client, announced: Announced) -> None:
    store.put(db, definition("timed", opens="2026-12-01T16:00", closes="2026-12-01T17:00"))
    store.put(db, definition("by-hand"))
    for minute, expected in ((59, State.DRAFT), (0, State.OPEN)):
        due(db, announced.publisher, LATER.replace(hour=6 if minute else 7, minute=minute))
        assert expected == state(db, "timed")
    assert 1 == due(db, announced.publisher, LATER)
    assert State.CLOSED == state(db, "timed")
    assert State.DRAFT == state(db, "by-hand")
    survey = store.get(db, "timed")
    assert survey is not None and LATER == survey.closed_at


def test_what_is_outstanding_is_announced_until_it_is_folded(db: firestore.Client, announced: Announced) -> None:
    begin(db, definition("asked"))
    begin(db, definition("quiet"))
    Asked(db, definition("asked")).tap("answer", q="uses", v="a")
    assert 1 == due(db, announced.publisher, BEGAN)
    assert {b'{"survey": "asked"}'} == announced.bodies(1)
    assert "folded 1 answers" == fold(db, "asked", LATER)
    assert 0 == due(db, announced.publisher, BEGAN)


def test_a_closed_survey_is_announced_until_nothing_is_left_to_do(db: firestore.Client, announced: Announced) -> None:
    survey = definition("secret", anonymity="anonymous")
    begin(db, survey)
    Asked(db, survey).tap("answer", q="uses", v="a")
    store.become(db, "secret", State.CLOSED, BEGAN)
    assert 1 == due(db, announced.publisher, BEGAN)
    assert "anonymised" == fold(db, "secret", LATER)
    assert 0 == due(db, announced.publisher, BEGAN)


def test_a_note_that_comes_while_a_survey_is_being_settled_keeps_it_open_to_the_clock(db: firestore.Client) -> None:
    survey = definition("closed")
    begin(db, survey)
    Asked(db, survey).tap("answer", q="uses", v="a")
    store.become(db, "closed", State.CLOSED, BEGAN)
    settle(db, survey_of(db, survey), TOKYO)
    assert not survey_of(db, survey).settled
    fold(db, "closed", LATER)
    assert survey_of(db, survey).settled


def test_erasing_takes_answers_out_of_every_survey_and_out_of_the_packs(
    db: firestore.Client, announced: Announced
) -> None:
    surveys = [definition("one"), definition("two"), definition("closed")]
    for survey in surveys:
        begin(db, survey)
        for number in (1, 2):
            Asked(db, survey, number).tap("answer", q="uses", v="a")
    store.become(db, "closed", State.CLOSED, BEGAN)
    for survey in surveys:
        fold(db, survey.id, LATER)
    assert survey_of(db, surveys[2]).settled
    for _ in range(2):
        erase(db, SECRET, f"U{1:032x}", LATER)
    assert 3 == due(db, announced.publisher, LATER)
    for survey in surveys:
        shelf = store.responses_shelf(db, survey_of(db, survey))
        assert 1 == read(shelf).height
        fold(db, survey.id, LATER)
        assert 1 == read(shelf).height == len(list(store.responses(db, survey_of(db, survey))))
    assert survey_of(db, surveys[2]).settled
    Asked(db, surveys[0], 1).tap("answer", q="uses", v="b")
    assert 2 == read(store.responses_shelf(db, survey_of(db, surveys[0]))).height


def test_a_survey_that_residents_may_have_seen_is_not_changed(db: firestore.Client) -> None:
    store.put(db, definition("life"))
    store.put(db, definition("life", anonymity="anonymous"))
    store.become(db, "life", State.OPEN, BEGAN)
    assert not store.become(db, "life", State.OPEN, LATER)
    with pytest.raises(Rejected, match="only a draft can be changed"):
        store.put(db, definition("life"))
    store.become(db, "life", State.CLOSED, LATER)
    with pytest.raises(Rejected, match="cannot become open"):
        store.become(db, "life", State.OPEN, LATER)
    for id in ("", "nowhere", "life/responses/x"):
        with pytest.raises(Rejected):
            fold(db, id, LATER)
