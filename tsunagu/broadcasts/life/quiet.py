"""Quiet hours: what is not urgent waits until they are over. Pure."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

HOURS = re.compile(r"((?:[01]\d|2[0-3]):[0-5]\d)-((?:[01]\d|2[0-3]):[0-5]\d)")
QUIET_HOURS = "21:00-07:00"  # where the city does not say otherwise
NONE = "none"


@dataclass(frozen=True)
class QuietHours:
    """From `begin` on and until just before `end`, in the city's time; over midnight where `end` is the earlier."""

    begin: time | None = None
    end: time | None = None

    @classmethod
    def of(cls, written: str) -> "QuietHours":
        """Of `21:00-07:00`, or `none`. Raises ValueError."""
        if written == NONE:
            return cls()
        found = HOURS.fullmatch(written)
        if not found or found[1] == found[2]:
            raise ValueError(f"must be `{NONE}`, or two different times such as {QUIET_HOURS}, not '{written}'")
        return cls(time.fromisoformat(found[1]), time.fromisoformat(found[2]))

    def until(self, now: datetime, zone: ZoneInfo) -> datetime | None:
        """When the quiet hours of that moment end, in UTC; None where there are none."""
        if self.begin is None or self.end is None:
            return None
        there = now.astimezone(zone)
        clock = there.time().replace(tzinfo=None)
        over_midnight = self.end < self.begin
        inside = clock >= self.begin or clock < self.end if over_midnight else self.begin <= clock < self.end
        if not inside:
            return None
        day = there.date() + timedelta(days=over_midnight and clock >= self.begin)
        return datetime.combine(day, self.end, zone).astimezone(UTC)
