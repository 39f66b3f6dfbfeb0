"""The clock: stands in for Cloud Scheduler, and publishes a tick every so many seconds.

PUBSUB_EMULATOR_HOST=… python -m local.clock --project city --every 60
"""

import json
import time
from datetime import UTC, datetime
from typing import Annotated

import typer

from tsunagu.cloud.pubsub import TICKS, NotPublished, Publisher

EVERY = 60.0  # seconds; the scheduler's shortest step, and at second 0 as it does


def next_tick(now: float, every: float) -> float:
    """The first moment after `now` (seconds since 1970) that is a whole number of steps."""
    return (now // every + 1) * every


def main(project: Annotated[str, typer.Option()], every: Annotated[float, typer.Option(min=0.05)] = EVERY) -> None:
    """Publish {"at": …} to the topic of ticks, every EVERY seconds, until ended."""
    publisher = Publisher(project, timeout=10.0)
    while True:
        time.sleep(max(0.0, next_tick(time.time(), every) - time.time()))
        now = datetime.now(UTC)
        try:
            publisher.publish(TICKS, json.dumps({"at": now.isoformat()}).encode())
        except NotPublished:
            print(f"{now.isoformat()} a tick was missed: Pub/Sub did not answer", flush=True)


if __name__ == "__main__":
    typer.run(main)
