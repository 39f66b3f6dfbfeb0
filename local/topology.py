"""Reads and checks infra/topology.yaml: topics, push subscriptions and services."""

from collections import Counter
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from tsunagu.cloud.definitions import Problem, load

ROOT = Path(__file__).resolve().parents[1]
TOPOLOGY = ROOT / "infra" / "topology.yaml"

TopicName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{2,100}$")]  # the emulator wants three letters or more
ServiceName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{2,48}$")]  # 49 is what Cloud Run takes
SettingName = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]+$")]
# A bucket of infra/, or one folder in it: `private/exports`.
Place = Annotated[str, Field(pattern=r"^(media|private)(/[a-z]+)?$")]


class Trigger(StrEnum):
    HTTP = "http"
    PUSH = "push"
    STAFF = "staff"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Topic(_Strict):
    dead_letter: TopicName
    dead_letter_subscription: TopicName


class Retry(_Strict):
    min_backoff_seconds: int = Field(ge=0, le=600)
    max_backoff_seconds: int = Field(ge=0, le=600)
    attempts: int = Field(ge=5, le=100)  # what Pub/Sub takes


class Subscription(_Strict):
    topic: str
    service: str
    ack_deadline_seconds: int = Field(ge=10, le=600)  # what Pub/Sub takes
    retention_hours: int = Field(ge=1, le=168)


class Service(_Strict):
    bundle: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    entry_point: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    trigger: Trigger
    concurrency: int = Field(ge=1, le=1000)  # what Cloud Run takes
    cpu: int = Field(ge=1, le=8)
    memory: str = Field(pattern=r"^[1-9][0-9]*(Mi|Gi)$")
    timeout_seconds: int = Field(ge=1, le=3600)
    max_instances: int = Field(default=1, ge=1, le=1000)  # what Cloud Run takes
    uses: list[Literal["firestore", "pubsub", "storage"]]
    publishes: list[str] = []
    buckets: dict[Place, Literal["add", "read", "keep"]] = {}
    settings: list[SettingName]
    secrets: list[SettingName]


class Topology(_Strict):
    topics: dict[TopicName, Topic]
    dead_letter_retention_days: int = Field(ge=1, le=7)
    retry: Retry
    subscriptions: dict[TopicName, Subscription]
    services: dict[ServiceName, Service]

    def problems(self) -> Iterator[Problem]:
        """What only the whole can tell."""
        for name, subscription in self.subscriptions.items():
            here = ("subscriptions", name)
            if subscription.topic not in self.topics:
                yield (*here, "topic"), f"no topic is called {subscription.topic} (there are: {', '.join(self.topics)})"
            service = self.services.get(subscription.service)
            if service is None:
                yield (*here, "service"), f"no service is called {subscription.service}"
            elif service.trigger is not Trigger.PUSH:
                yield (*here, "service"), f"{subscription.service} has trigger {service.trigger}, not push"
            elif service.timeout_seconds >= subscription.ack_deadline_seconds:
                yield (
                    (*here, "ack_deadline_seconds"),
                    f"must be longer than the {service.timeout_seconds} seconds its service may take",
                )
        served = Counter(subscription.topic for subscription in self.subscriptions.values())
        for name in self.topics:
            if served[name] != 1:
                yield ("topics", name), f"needs exactly one push subscription, not {served[name]}"
        pushed = {subscription.service for subscription in self.subscriptions.values()}
        for name, service in self.services.items():
            if service.trigger is Trigger.PUSH and name not in pushed:
                yield ("services", name), "has trigger push, but no subscription pushes to it"
            for topic in service.publishes:
                if topic not in self.topics:
                    yield ("services", name, "publishes"), f"no topic is called {topic}"
            if service.publishes and "pubsub" not in service.uses:
                yield ("services", name, "uses"), "needs pubsub: it publishes"
            if service.buckets and "storage" not in service.uses:
                yield ("services", name, "uses"), "needs storage: it has buckets"
            if "storage" in service.uses and not service.buckets:
                yield ("services", name, "buckets"), "must say which: it uses storage"
        if self.retry.min_backoff_seconds > self.retry.max_backoff_seconds:
            yield ("retry", "max_backoff_seconds"), "must not be smaller than min_backoff_seconds"


def read(path: Path = TOPOLOGY) -> Topology:
    """Raises tsunagu.cloud.definitions.WrongFile."""
    return load(path, Topology, check=Topology.problems)
