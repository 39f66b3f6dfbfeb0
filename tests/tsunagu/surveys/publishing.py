"""A topic of surveys with folds to do, and somebody who may announce them."""

from google.cloud import pubsub_v1

from tsunagu.cloud.pubsub import SURVEY_ANSWERS, Publisher


def with_topic(project: str) -> Publisher:
    """Needs the Pub/Sub emulator."""
    pubsub_v1.PublisherClient().create_topic(name=f"projects/{project}/topics/{SURVEY_ANSWERS}")
    return Publisher(project, timeout=20)
