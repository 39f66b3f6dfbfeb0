"""Telling run_due_work that there is something to do, so that it does not wait for the clock."""

import json
from datetime import datetime

from tsunagu.cloud.pubsub import TICKS, NotPublished, Publisher


def tell_run_due_work(publisher: Publisher, now: datetime) -> bool:
    """False when Pub/Sub did not take it: then the next tick of the clock does it."""
    try:
        publisher.publish(TICKS, json.dumps({"at": now.isoformat()}).encode(), kind="tick")
    except NotPublished:
        return False
    return True
