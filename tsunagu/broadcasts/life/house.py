"""The house rules: what a city has settled for all its broadcasts. Pure."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tsunagu.broadcasts.life.quiet import QUIET_HOURS, QuietHours
from tsunagu.broadcasts.rules import APPROVAL_ABOVE, Kind, State
from tsunagu.broadcasts.store import Broadcast
from tsunagu.cloud.settings import SettingsMissing

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Settings:
    city_timezone: str = "Asia/Tokyo"
    quiet_hours: str = QUIET_HOURS
    approval_above: str = str(APPROVAL_ABOVE)


@dataclass(frozen=True)
class House:
    """`approval_above`: news to more people than this needs somebody's approval."""

    zone: ZoneInfo
    quiet: QuietHours = field(default_factory=QuietHours)
    approval_above: int = APPROVAL_ABOVE

    @classmethod
    def of(cls, city_timezone: str, quiet_hours: str, approval_above: str = str(APPROVAL_ABOVE)) -> "House":
        """Of the settings as they are written. Raises SettingsMissing for what cannot be read."""
        try:
            return cls(ZoneInfo(city_timezone), QuietHours.of(quiet_hours), _count(approval_above))
        except ZoneInfoNotFoundError as error:
            raise SettingsMissing(f"CITY_TIMEZONE: there is no zone '{city_timezone}'") from error
        except ValueError as error:
            raise SettingsMissing(f"QUIET_HOURS or APPROVAL_ABOVE: {error}") from error


def _count(written: str) -> int:
    if not written.isdecimal():
        raise ValueError(f"must be a number of people such as {APPROVAL_ABOVE}, not '{written}'")
    return int(written)


def is_due(broadcast: Broadcast, now: datetime, house: House) -> bool:
    """Whether its audience is to be frozen now. A series is not: its occurrences are."""
    if broadcast.state is not State.SCHEDULED or broadcast.repeat is not None:
        return False
    return (broadcast.due_at or broadcast.when) <= now and held_until(broadcast, now, house) is None


def through_at(broadcast: Broadcast, begins: datetime, house: House) -> datetime:
    """When a broadcast that is spread over minutes is through if it begins then: quiet hours that come between hold it,
    and it goes on after them. Of any other, when it begins."""
    at = begins
    for _ in range(broadcast.over_minutes or 0):
        at = (held_until(broadcast, at, house) or at) + MINUTE
    return at


def held_until(broadcast: Broadcast, now: datetime, house: House) -> datetime | None:
    """Until when the quiet hours of that moment hold it: what may save a life goes out at any hour."""
    return house.quiet.until(now, house.zone) if broadcast.kind is Kind.NEWS else None
