"""Makes the topology's topics and push subscriptions on the emulator that PUBSUB_EMULATOR_HOST names."""

import os
from collections.abc import Mapping
from datetime import timedelta

from google.cloud import pubsub_v1

from local.topology import Topology


class Topics:
    """The topics come first, and each subscription once its service answers: a push that fails is backed off from."""

    def __init__(self, project: str, topology: Topology) -> None:
        if not os.environ.get("PUBSUB_EMULATOR_HOST"):
            raise RuntimeError("topics are made here on the emulator only: set PUBSUB_EMULATOR_HOST")
        self._project = project
        self._topology = topology
        self._publisher = pubsub_v1.PublisherClient()
        self._subscriber = pubsub_v1.SubscriberClient()

    def make(self) -> None:
        """Every topic, every dead-letter topic, and what keeps the dead letters."""
        kept = timedelta(days=self._topology.dead_letter_retention_days)
        for name, topic in self._topology.topics.items():
            self._publisher.create_topic(name=self._topic(name))
            self._publisher.create_topic(name=self._topic(topic.dead_letter))
            self._subscriber.create_subscription(
                request={
                    "name": self._subscription(topic.dead_letter_subscription),
                    "topic": self._topic(topic.dead_letter),
                    "message_retention_duration": kept,
                }
            )

    def push(self, urls: Mapping[str, str]) -> None:
        """Start pushing to the services of `urls` (name → address).

        Without the topology's backoff: given one, the emulator forgets a message after three attempts; given none, it
        tries again every second.
        """
        for name, subscription in self._topology.subscriptions.items():
            if subscription.service not in urls:
                continue
            dead_letter = self._topology.topics[subscription.topic].dead_letter
            self._subscriber.create_subscription(
                request={
                    "name": self._subscription(name),
                    "topic": self._topic(subscription.topic),
                    "push_config": {"push_endpoint": urls[subscription.service]},
                    "ack_deadline_seconds": subscription.ack_deadline_seconds,
                    "message_retention_duration": timedelta(hours=subscription.retention_hours),
                    "dead_letter_policy": {
                        "dead_letter_topic": self._topic(dead_letter),
                        "max_delivery_attempts": self._topology.retry.attempts,
                    },
                }
            )

    def close(self) -> None:
        self._publisher.transport.close()
        self._subscriber.close()

    def _topic(self, name: str) -> str:
        return f"projects/{self._project}/topics/{name}"

    def _subscription(self, name: str) -> str:
        return f"projects/{self._project}/subscriptions/{name}"
