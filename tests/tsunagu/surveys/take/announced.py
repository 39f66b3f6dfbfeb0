"""What write_export would be pushed, read from the topic by a test."""

import json

from google.cloud import pubsub_v1

from tsunagu.cloud.pubsub import EXPORTS, Publisher


class Announced:
    def __init__(self, project: str) -> None:
        self.publisher = Publisher(project, timeout=20)
        self._subscriber = pubsub_v1.SubscriberClient()
        topic = pubsub_v1.PublisherClient().create_topic(name=f"projects/{project}/topics/{EXPORTS}")
        self._subscription = f"projects/{project}/subscriptions/read-by-the-test"
        self._subscriber.create_subscription(name=self._subscription, topic=topic.name)

    def next(self, number: int) -> list[str]:
        """The jobs that the next messages name."""
        found: list[str] = []
        while len(found) < number:
            pulled = self._subscriber.pull(subscription=self._subscription, max_messages=10, timeout=20)
            acks = [each.ack_id for each in pulled.received_messages]
            if acks:
                self._subscriber.acknowledge(subscription=self._subscription, ack_ids=acks)
            found += [json.loads(each.message.data)["job"] for each in pulled.received_messages]
        return sorted(found)
