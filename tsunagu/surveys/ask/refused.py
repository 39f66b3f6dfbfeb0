"""Whether a resident is asked, or told why not."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from tsunagu.broadcasts.rules import ITSELF
from tsunagu.residents.rules import Resident
from tsunagu.surveys.rules import Response, State, is_for
from tsunagu.surveys.store import Survey


@dataclass(frozen=True)
class Refusal:
    """`key`: an entry of the catalogue; `back`: when the survey goes on, by the city's clock, where that is known."""

    key: str
    back: datetime | None = None


def refusal(
    survey: Survey, resident: Resident, fresh: Response, began: bool, at: int, city: ZoneInfo
) -> Refusal | None:
    """`at`: of the event, epoch ms. `fresh`: a response as they would begin it; who `began` one may end it."""
    definition = survey.definition
    closes = definition.closes_at(city)
    if survey.state == State.DRAFT:
        return Refusal("not_yet")
    if survey.state in (State.CLOSED, State.ARCHIVED) or (closes and at >= closes.timestamp() * 1000):
        return Refusal("closed")
    if survey.state == State.PAUSED:
        return Refusal("paused_now", _until(survey, datetime.fromtimestamp(at / 1000, city)))
    if began:
        return None
    if not is_for(definition.audience, resident.wards, resident.districts, resident.topics, resident.language):
        return Refusal("not_for_you")
    if {f"ward:{fresh.ward}", f"age_band:{fresh.age_band}"} & set(survey.full):
        return Refusal("quota_full")
    return None


def _until(survey: Survey, at: datetime) -> datetime | None:
    """When the clock ends the pause that it began; a person's ends nobody knows when."""
    clock = at.replace(tzinfo=None)
    ends = (pause.until for pause in survey.definition.pauses if pause.from_ <= clock < pause.until)
    return next(ends, None) if survey.moved_by == ITSELF else None
