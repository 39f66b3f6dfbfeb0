"""LINE's insight by aggregation unit, and which units were used, under LINE's own paths."""

import re
from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, Response, request

from local.line_platform import limits, page_tokens, sending
from local.line_platform.check import UNIT
from local.line_platform.messaging import read
from local.line_platform.platform import Platform
from local.line_platform.sending import Answer, refuse

insight_api = Blueprint("insight", __name__, url_prefix="/v2/bot")

TOKEN = "units"
SHARES = ("", "25Percent", "50Percent", "75Percent", "100Percent")
NOTHING_PLAYED = {f"{who}ediaPlayed{share}": None for who in ("m", "uniqueM") for share in SHARES}


@insight_api.get("/message/aggregation/info")
def info() -> Response:
    def look(line: Platform) -> Answer:
        with line.lock:
            return Answer(200, {"numOfCustomAggregationUnits": len(line.units.of_month(line.clock.now()))})

    return read("units", look)


@insight_api.get("/message/aggregation/list")
def names() -> Response:
    def look(line: Platform) -> Answer:
        limit, token = request.args.get("limit", str(limits.UNITS_LISTED)), request.args.get("start")
        with line.lock:
            now = line.clock.now()
            start = 0 if token is None else page_tokens.number_of(token, now, TOKEN)
            if start is None:
                return refuse(400, "Invalid start param")
            if not (limit.isdecimal() and 1 <= int(limit) <= limits.UNITS_LISTED):
                return refuse(400, "Invalid limit param")
            found, end = line.units.of_month(now), start + int(limit)
            more = {"next": page_tokens.token_of(end, now, TOKEN)} if end < len(found) else {}
            return Answer(200, {"customAggregationUnits": found[start:end], **more})

    return read("units", look)


@insight_api.get("/insight/message/event/aggregation")
def by_unit() -> Response:
    def look(line: Platform) -> Answer:
        unit, first, last = request.args.get("customAggregationUnit", ""), _day("from"), _day("to")
        with line.lock:
            if not line.units.asked.take(line.clock.now()):
                return refuse(429, sending.RATE_LIMIT)
            if not UNIT.match(unit) or first is None or last is None:
                return refuse(400, "customAggregationUnit, from and to are needed: a name, yyyyMMdd, yyyyMMdd")
            if not first <= last <= first + timedelta(days=limits.INSIGHT_DAYS):
                return refuse(400, f"'to' must be up to {limits.INSIGHT_DAYS} days after 'from'")
            return Answer(200, _statistics(*line.units.between(unit, first, last)))

    return read("insight", look)


def _statistics(opened: int, clicked: int) -> dict[str, Any]:
    """As LINE tells it: null for what fewer than 20 did. Whoever opened saw one bubble once; addresses are not told."""
    shown, tapped = (many if many >= limits.INSIGHT_LEAST else None for many in (opened, clicked))
    played = {name: NOTHING_PLAYED[name] for name in ("uniqueMediaPlayed", "uniqueMediaPlayed100Percent")}
    bubble = {"seq": 1, "impression": shown, "uniqueImpression": shown, **NOTHING_PLAYED}
    return {
        "overview": {"uniqueImpression": shown, "uniqueClick": tapped, **played},
        "messages": [bubble] if opened else [],
        "clicks": [],
    }


def _day(name: str) -> date | None:
    written = request.args.get(name, "")
    if not re.fullmatch(r"\d{8}", written, re.ASCII):
        return None
    try:
        return datetime.strptime(written, "%Y%m%d").date()
    except ValueError:
        return None
