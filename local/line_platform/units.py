"""Aggregation units: the names that sends carry, and what people did with what was sent under them."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone

from local.line_platform import limits
from local.line_platform.buckets import Hourly

JAPAN = timezone(timedelta(hours=9))  # in which LINE counts months and days


@dataclass
class Units:
    """`names`: month → units in the order of their first use; `used_at`: unit → when it was used last, epoch
    milliseconds; `done`: unit → day → people who opened, who clicked. `asked`: the questions about them."""

    names: dict[str, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    used_at: dict[str, int] = field(default_factory=dict)
    done: dict[str, dict[date, tuple[int, int]]] = field(default_factory=lambda: defaultdict(dict))
    asked: Hourly = field(default_factory=lambda: Hourly(limits.INSIGHTS_AN_HOUR))

    def of_month(self, now: int) -> list[str]:
        return list(self.names[f"{day_of(now):%Y%m}"])

    def use(self, unit: str, now: int) -> bool:
        """Whether a send was given this unit: a month takes so many names and no more."""
        known = self.names[f"{day_of(now):%Y%m}"]
        if unit not in known and len(known) >= limits.UNITS_A_MONTH:
            return False
        known[unit] = None
        self.used_at[unit] = now
        return True

    def people_did(self, unit: str, opened: int, clicked: int, now: int) -> bool:
        """Whether LINE counts it: nothing that was never sent, and nothing for long."""
        if unit not in self.used_at or now - self.used_at[unit] > limits.INSIGHT_COUNTED_MS:
            return False
        day = day_of(now)
        before = self.done[unit].get(day, (0, 0))
        self.done[unit][day] = (before[0] + opened, before[1] + clicked)
        return True

    def between(self, unit: str, first: date, last: date) -> tuple[int, int]:
        found = [did for day, did in self.done.get(unit, {}).items() if first <= day <= last]
        return sum(opened for opened, _ in found), sum(clicked for _, clicked in found)


def day_of(now: int) -> date:
    return datetime.fromtimestamp(now / 1000, UTC).astimezone(JAPAN).date()
