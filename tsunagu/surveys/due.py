"""What the clock does for surveys: open them, close them, and have what is outstanding folded or anonymised."""

import json
from datetime import datetime
from zoneinfo import ZoneInfo

from google.cloud import firestore

from tsunagu.cloud.logs import logger
from tsunagu.cloud.outcomes import Rejected
from tsunagu.cloud.pubsub import SURVEY_ANSWERS, Publisher
from tsunagu.surveys import store
from tsunagu.surveys.rules import State
from tsunagu.surveys.store import Survey


def due(db: firestore.Client, publisher: Publisher, now: datetime, city_timezone: str = "Asia/Tokyo") -> int:
    """For run_due_work, every tick. Returns how many surveys were announced to fold_responses. Raises NotPublished."""
    city = ZoneInfo(city_timezone)
    surveys = store.unsettled(db)
    announced = [
        (json.dumps({"survey": survey.id}).encode(), {"kind": "survey"})
        for survey in surveys
        if _state_now(db, survey, now, city) == State.CLOSED or store.has_notes(db, survey)
    ]
    publisher.publish_all(SURVEY_ANSWERS, announced)
    return len(announced)


def _state_now(db: firestore.Client, survey: Survey, now: datetime, city: ZoneInfo) -> State:
    opens, closes = survey.definition.opens_at(city), survey.definition.closes_at(city)
    state = survey.state
    if state == State.DRAFT and opens is not None and opens <= now:
        state = _become(db, survey, State.OPEN, now)
    if state == State.OPEN and closes is not None and closes <= now:
        state = _become(db, survey, State.CLOSED, now)
    return state


def _become(db: firestore.Client, survey: Survey, state: State, now: datetime) -> State:
    try:
        if store.become(db, survey.id, state, now):
            logger().info("a survey by the clock", survey=survey.id, state=state.value)
    except Rejected:  # somebody has moved it on by hand this very moment
        return survey.state
    return state
