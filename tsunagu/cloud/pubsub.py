"""Pub/Sub: publishing that has happened when it returns.

Imports nothing but Pub/Sub's own client: receive_webhook has two seconds from a cold start.
"""

from collections.abc import Iterable, Mapping

from google.api_core.exceptions import GoogleAPICallError, RetryError
from google.cloud.pubsub_v1 import PublisherClient
from google.cloud.pubsub_v1.types import BatchSettings

PUBLISH_TIMEOUT = 1.5  # seconds; LINE gives the webhook two
COMPANY = 0.003  # seconds a message waits for others to go with; of 1, 2, 3 and 5 ms this gave the most events

LINE_EVENTS = "line-events"
TICKS = "ticks"
CHUNKS_URGENT = "chunks-urgent"
CHUNKS_NORMAL = "chunks-normal"
SURVEY_ANSWERS = "survey-answers"
EXPORTS = "exports"


class NotPublished(Exception):
    """Pub/Sub did not confirm a message in time; it may or may not have been taken."""


class Publisher:
    """Publishes to topics of one project. Without ordering keys: see docs/decisions."""

    def __init__(self, project: str, timeout: float = PUBLISH_TIMEOUT) -> None:
        # Each batch is a request and a thread: under load, waiting for company pays; a webhook does not feel it.
        batches = BatchSettings(max_latency=COMPANY)
        self._client = PublisherClient(batch_settings=batches)
        self._project = project
        self._timeout = timeout

    def publish(self, topic: str, data: bytes, **attributes: str) -> None:
        """Raises NotPublished."""
        self.publish_all(topic, [(data, attributes)])

    def publish_all(self, topic: str, messages: Iterable[tuple[bytes, Mapping[str, str]]]) -> None:
        """Hand over all messages, then wait for every confirmation. Raises NotPublished if one is missing.

        An empty body is refused: a push of it is answered 400 by the framework for ever.
        """
        path = self._client.topic_path(self._project, topic)
        waiting = []
        try:
            for data, attributes in messages:
                if not data:
                    raise ValueError("a message needs a body")
                waiting.append(self._client.publish(path, data, timeout=self._timeout, **attributes))
            for future in waiting:
                future.result(timeout=self._timeout)
        except (GoogleAPICallError, RetryError, TimeoutError) as error:
            raise NotPublished(topic) from error
