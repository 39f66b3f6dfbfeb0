"""run_due_work: what the clock finds to do, every tick. send_chunk: one chunk of a broadcast, to LINE."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial

import flask
import functions_framework
from google.api_core.exceptions import Aborted, DeadlineExceeded, RetryError, ServiceUnavailable
from google.cloud.firestore import Client

import tsunagu.menus.link
import tsunagu.surveys.figures
import tsunagu.surveys.life.due
import tsunagu.surveys.take.due
import tsunagu.surveys.unfinished
from tsunagu.audiences.roster import RosterKeeper
from tsunagu.broadcasts.delivery.due import Due
from tsunagu.broadcasts.delivery.pace import Pacer
from tsunagu.broadcasts.delivery.send import PARALLEL, send
from tsunagu.broadcasts.delivery.waves import Means
from tsunagu.broadcasts.invited import forget_due
from tsunagu.broadcasts.life.house import House
from tsunagu.broadcasts.life.quiet import QUIET_HOURS
from tsunagu.broadcasts.statistics import Offered, due_statistics
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
    quiet_hours: str = QUIET_HOURS


@dataclass(frozen=True)
class ForReminding:
    """What run_due_work alone needs."""

    respondent_secret: str


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
    return Line(configured().line_channel_access_token, configured().line_api_url, PARALLEL)


@cache
def house() -> House:
    return House.of(configured().city_timezone, configured().quiet_hours)


@cache
def due() -> Due:
    secret = settings.read(ForReminding, os.environ).respondent_secret
    unfinished = partial(tsunagu.surveys.unfinished.unfinished, secret)
    return Due(db(), publisher(), line(), now, RosterKeeper(db(), house().zone), house(), unfinished)


@cache
def means() -> Means:
    threads = ThreadPoolExecutor(PARALLEL, "multicast")
    return Means(db(), line(), now, Pacer(db(), now), threads, house())


@cache
def payer() -> Payer:
    return Payer(db(), line(), partial(tsunagu.menus.link.show, db(), line()))


def now() -> datetime:
    return datetime.now(UTC)


# What other subjects can tell of a broadcast.
OFFERED: list[Offered] = [tsunagu.surveys.figures.figures]

# In this order, at every tick; trouble with one does not hold up the next.
DUE_WORK: dict[str, Callable[[], object]] = {
    "broadcasts": lambda: due().work(),
    "roster": lambda: fold(residents_shelf(db())),
    "surveys": lambda: tsunagu.surveys.life.due.due(db(), publisher(), now(), configured().city_timezone),
    "invited": lambda: forget_due(db(), now(), tsunagu.surveys.unfinished.is_over),
    "exports": lambda: tsunagu.surveys.take.due.due(db(), publisher(), now()),
    "answers owed": lambda: payer().pay_what_waits(now()),
    "statistics": lambda: due_statistics(db(), line(), now(), OFFERED, house().zone),
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
    return str(_on_firm_ground(lambda: send(means(), broadcast, attempt, chunk)))


def _on_firm_ground(work: Callable[[], object]) -> object:
    """Trouble with Firestore or Pub/Sub passes; Pub/Sub delivers again."""
    try:
        return work()
    except (Aborted, DeadlineExceeded, RetryError, ServiceUnavailable) as error:
        raise TryAgain("Firestore did not answer") from error
    except NotPublished as error:
        raise TryAgain("Pub/Sub did not answer") from error
