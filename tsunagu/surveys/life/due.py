"""What the clock does for surveys: it moves them on, and has what is outstanding folded or anonymised.

What somebody has done by hand stands: the clock does nothing that was due before it, and ends no pause but its own.
Only the closing day is kept whatever was done, because residents were told it.
"""

import json
from datetime import datetime
from zoneinfo import ZoneInfo

from google.cloud import firestore

from tsunagu.broadcasts.rules import ITSELF
from tsunagu.cloud.logs import logger
from tsunagu.cloud.pubsub import SURVEY_ANSWERS, Publisher
from tsunagu.surveys import store
from tsunagu.surveys.rules import State
from tsunagu.surveys.store import Survey


def due(db: firestore.Client, publisher: Publisher, now: datetime, city_timezone: str = "Asia/Tokyo") -> int:
    """For run_due_work, every tick. Returns how many surveys were announced to fold_responses. Raises NotPublished."""
    city = ZoneInfo(city_timezone)
    surveys = [_moved(db, survey, now, city) for survey in store.unsettled(db)]
    announced = [
        (json.dumps({"survey": survey.id}).encode(), {"kind": "survey"})
        for survey in surveys
        if _has_work(survey, city) or store.has_notes(db, survey)
    ]
    publisher.publish_all(SURVEY_ANSWERS, announced)
    return len(announced)


def by_the_clock(survey: Survey, now: datetime, city: ZoneInfo) -> State | None:
    """The next state; None: it stays as it is. Pure."""
    definition = survey.definition
    opens, closes, archives = definition.opens_at(city), definition.closes_at(city), survey.archives_at(city)
    match survey.state:
        case State.DRAFT if survey.ready and opens is not None and opens <= now:
            return State.OPEN
        case State.OPEN | State.PAUSED if closes is not None and closes <= now:
            return State.CLOSED
        case State.OPEN if _in_a_pause(survey, now, city):
            return State.PAUSED
        case State.PAUSED if survey.moved_by == ITSELF and not _in_a_pause(survey, now, city):
            return State.OPEN
        case State.CLOSED if archives is not None and archives <= now:
            return State.ARCHIVED
    return None


def _in_a_pause(survey: Survey, now: datetime, city: ZoneInfo) -> bool:
    for pause in survey.definition.pauses:
        begins, ends = pause.from_.replace(tzinfo=city), pause.until.replace(tzinfo=city)
        if begins <= now < ends and (survey.by_hand_at is None or survey.by_hand_at < begins):
            return True
    return False


def _moved(db: firestore.Client, survey: Survey, now: datetime, city: ZoneInfo) -> Survey:
    """As the clock leaves it: opened late in a pause, it is opened and paused."""
    while (state := by_the_clock(survey, now, city)) is not None:
        # Decided again on what the survey is by then: somebody may have given it a later closing day this very moment.
        if store.move(db, survey.id, lambda each: by_the_clock(each, now, city), now):
            logger().info("a survey by the clock", survey=survey.id, state=state.value)
        known = store.get(db, survey.id)
        assert known is not None
        survey = known
    return survey


def _has_work(survey: Survey, city: ZoneInfo) -> bool:
    """Besides notes to fold."""
    to_settle = survey.has_ended and not survey.settled and survey.archives_at(city) is None
    return survey.is_to_be_anonymised or survey.recount or to_settle
