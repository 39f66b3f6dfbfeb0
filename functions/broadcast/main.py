"""run_due_work: what the clock finds to do, every tick. send_chunk: one chunk of a broadcast, to LINE."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial

import flask
import functions_framework
from google.api_core.exceptions import Aborted, DeadlineExceeded, RetryError, ServiceUnavailable
from google.cloud.firestore import Client

import tsunagu.broadcasts.due
import tsunagu.menus.link
import tsunagu.surveys.due
from tsunagu.broadcasts.send import Sender
from tsunagu.chat.pay import Payer
from tsunagu.cloud import firestore, logs, settings
from tsunagu.cloud.outcomes import Delivery, Record, Rejected, TryAgain, answer_push, recorder
from tsunagu.cloud.pubsub import NotPublished, Publisher
from tsunagu.line.client import Line
from tsunagu.packs.fold import fold
from tsunagu.residents.store import residents_shelf

PUBLISH_TIMEOUT = 10.0  # seconds; nobody waits for this answer

logs.everything()


@dataclass(frozen=True)
class Settings:
    google_cloud_project: str
    line_channel_access_token: str
    line_api_url: str = "https://api.line.me"
    city_timezone: str = "Asia/Tokyo"


@cache
def configured() -> Settings:
    return settings.read(Settings, os.environ)


@cache
def db() -> Client:
    return firestore.connect(configured().google_cloud_project)


@cache
def record() -> Record:
    return recorder(db())


@cache
def publisher() -> Publisher:
    return Publisher(configured().google_cloud_project, PUBLISH_TIMEOUT)


@cache
def line() -> Line:
    return Line(configured().line_channel_access_token, configured().line_api_url)


@cache
def sender() -> Sender:
    return Sender(db(), line(), now)


@cache
def payer() -> Payer:
    return Payer(db(), line(), partial(tsunagu.menus.link.show, db(), line()))


def now() -> datetime:
    return datetime.now(UTC)


# In this order, at every tick; trouble with one does not hold up the next.
DUE_WORK: dict[str, Callable[[], object]] = {
    "broadcasts": lambda: tsunagu.broadcasts.due.due(db(), publisher(), now),
    "roster": lambda: fold(residents_shelf(db())),
    "surveys": lambda: tsunagu.surveys.due.due(db(), publisher(), now(), configured().city_timezone),
    "answers owed": lambda: payer().pay_what_waits(now()),
}


@functions_framework.http
def run_due_work(request: flask.Request) -> tuple[str, int]:
    return answer_push(request, _work, record())


@functions_framework.http
def send_chunk(request: flask.Request) -> tuple[str, int]:
    return answer_push(request, _send, record())


def _work(delivery: Delivery) -> str:
    trouble: Exception | None = None
    for name, work in DUE_WORK.items():
        try:
            _on_firm_ground(work)
        except Exception as error:
            logs.logger().error("due work went wrong", work=name, error=error)
            trouble = trouble or error
    if trouble is not None:
        raise trouble
    return "done"


def _send(delivery: Delivery) -> str:
    body = delivery.json()
    broadcast, attempt, chunk = body.get("broadcast"), body.get("attempt"), body.get("chunk")
    if not (isinstance(broadcast, str) and broadcast and isinstance(attempt, str) and isinstance(chunk, int)):
        raise Rejected("the message names no chunk of a broadcast")
    return str(_on_firm_ground(lambda: sender().send(broadcast, attempt, chunk)))


def _on_firm_ground(work: Callable[[], object]) -> object:
    """Trouble with Firestore or Pub/Sub passes; Pub/Sub delivers again."""
    try:
        return work()
    except (Aborted, DeadlineExceeded, RetryError, ServiceUnavailable) as error:
        raise TryAgain("Firestore did not answer") from error
    except NotPublished as error:
        raise TryAgain("Pub/Sub did not answer") from error
