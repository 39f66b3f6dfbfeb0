"""What templates may do with values: numbers and times as a reader in the city expects them."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import jinja2

from tsunagu.web.faults import japanese

NONE = "—"
LANGUAGE_NAMES = {"ja": "日本語", "ja-easy": "やさしい日本語", "en": "English"}
Undefined = jinja2.StrictUndefined


def of(city: ZoneInfo) -> dict[str, Callable[..., Any]]:
    def when(moment: datetime | None) -> str:
        """2026年11月5日 9:03, in city time."""
        if moment is None:
            return NONE
        there = moment.astimezone(city) if moment.tzinfo else moment
        return f"{there.year}年{there.month}月{there.day}日 {there.hour}:{there.minute:02}"

    def moment(at: datetime) -> str:
        """2026年11月5日 9:03:07, where seconds matter."""
        return f"{when(at)}:{at.second:02}"

    return {"when": when, "moment": moment, "number": number, "percent": percent, "ja": japanese}


def number(value: float | None) -> str:
    """1,234 or 3.25: two digits after the point at most."""
    if value is None:
        return NONE
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}".rstrip("0").rstrip(".")


def percent(value: float | None) -> str:
    """One digit after the point."""
    return NONE if value is None else f"{value:.1f}%"
