import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from google.cloud import pubsub_v1

from local import clock, processes
from local.functions import surroundings

Until = Callable[[Callable[[], bool]], None]


@pytest.mark.parametrize(("now", "every", "then"), [(0.0, 60, 60), (59.99, 60, 60), (60.0, 60, 120), (7.2, 0.5, 7.5)])
def test_ticks_fall_on_whole_steps_as_the_schedulers_do(now: float, every: float, then: float) -> None:
    assert then == clock.next_tick(now, every)


def test_ticks_are_published_with_their_time(pubsub_host: str, project: str, tmp_path: Path, until: Until) -> None:
    topic, subscription = f"projects/{project}/topics/ticks", f"projects/{project}/subscriptions/ticks"
    pubsub_v1.PublisherClient().create_topic(name=topic)
    subscriber = pubsub_v1.SubscriberClient()
    subscriber.create_subscription(name=subscription, topic=topic)
    command = [sys.executable, "-m", "local.clock", "--project", project, "--every", "0.2"]
    env = {**surroundings(), "PUBSUB_EMULATOR_HOST": pubsub_host}
    process = processes.start(command, env=env, log=tmp_path / "clock.log")
    times: list[datetime] = []

    def two_came() -> bool:
        answer = subscriber.pull(subscription=subscription, max_messages=10, timeout=30)
        times.extend(datetime.fromisoformat(json.loads(one.message.data)["at"]) for one in answer.received_messages)
        return len(times) >= 2

    try:
        until(two_came)
    finally:
        processes.end(process)
    assert [UTC, UTC] == [at.tzinfo for at in times[:2]]
