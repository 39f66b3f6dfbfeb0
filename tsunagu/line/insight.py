"""What LINE tells of those who opened a message: figures by the name that a send carries (customAggregationUnits).

LINE takes 60 questions an hour for figures, and tells none about fewer than 20 people.
"""

from datetime import date
from urllib.parse import urlencode

from tsunagu.line.client import Line, Sent

DAYS_LIMIT = 30  # days after the first of which one question may ask


def figures(line: Line, unit: str, first: date, last: date) -> Sent:
    """`answer["overview"]`: `uniqueImpression`, who opened; `uniqueClick`, who tapped a link; null for below 20."""
    query = {"customAggregationUnit": unit, "from": f"{first:%Y%m%d}", "to": f"{last:%Y%m%d}"}
    return line.call("GET", f"/v2/bot/insight/message/event/aggregation?{urlencode(query)}")


def names_used(line: Line) -> Sent:
    """`answer["numOfCustomAggregationUnits"]`: how many names were used this month, by whomever."""
    return line.call("GET", "/v2/bot/message/aggregation/info")
