"""receive_webhook with nothing in it: publishes the body as it came, and waits for Pub/Sub.

Under /tuned with a client set as the real one's, elsewhere with one as anybody would write it first.
"""

import os
from functools import cache

import flask
import functions_framework
from google.cloud.pubsub_v1 import PublisherClient
from google.cloud.pubsub_v1.types import BatchSettings

from tsunagu.cloud.pubsub import COMPANY


@cache
def publisher(tuned: bool) -> PublisherClient:
    return PublisherClient(batch_settings=BatchSettings(max_latency=COMPANY)) if tuned else PublisherClient()


@functions_framework.http
def receive_webhook(request: flask.Request) -> str:
    topic = f"projects/{os.environ['GOOGLE_CLOUD_PROJECT']}/topics/line-events"
    publisher(request.path == "/tuned").publish(topic, request.get_data()).result(timeout=10)
    return "ok"
