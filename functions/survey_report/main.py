"""survey_report: what surveys have come to, for staff. fold_responses: merges new answers into the packs. write_export:
makes a file that is too large to be made while somebody waits."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo

import flask
import functions_framework
from google.cloud import storage
from google.cloud.firestore import Client
from werkzeug.wrappers import Response

import tsunagu.cloud.storage
import tsunagu.surveys.fold
import tsunagu.surveys.report.pages
import tsunagu.surveys.take.pages
import tsunagu.surveys.take.write
from tsunagu.cloud import firestore, logs, settings
from tsunagu.cloud.identity import StaffSettings, Verifier
from tsunagu.cloud.outcomes import Delivery, Record, answer_push, recorder
from tsunagu.cloud.pubsub import Publisher
from tsunagu.cloud.storage import Bucket
from tsunagu.staff.access import Door
from tsunagu.surveys.take.kinds import KINDS
from tsunagu.surveys.take.pages import Desk
from tsunagu.surveys.take.write import Means
from tsunagu.web.app import Pages, make_app

PUBLISH_TIMEOUT = 5.0  # seconds; a person waits, and the clock announces it within minutes anyway

logs.everything()
if os.environ.get("FUNCTION_TARGET") == "survey_report":
    tsunagu.surveys.report.pages.compile_ahead()


@dataclass(frozen=True, kw_only=True)
class Settings(StaffSettings):
    private_bucket: str
    city_timezone: str = "Asia/Tokyo"


@dataclass(frozen=True)
class Behind:
    """What those need that nobody looks at."""

    google_cloud_project: str
    private_bucket: str
    city_timezone: str = "Asia/Tokyo"


@cache
def configured() -> Settings:
    return settings.read(Settings, os.environ)


@cache
def behind() -> Behind:
    return settings.read(Behind, os.environ)


@cache
def db() -> Client:
    return firestore.connect(behind().google_cloud_project)


@cache
def stored() -> storage.Client:
    return tsunagu.cloud.storage.connect(behind().google_cloud_project)


@cache
def bucket() -> Bucket:
    return Bucket(stored, behind().private_bucket)


@cache
def publisher() -> Publisher:
    return Publisher(configured().google_cloud_project, PUBLISH_TIMEOUT)


@cache
def record() -> Record:
    return recorder(db())


@cache
def zone() -> ZoneInfo:
    return ZoneInfo(behind().city_timezone)


def now() -> datetime:
    return datetime.now(UTC)


def pages() -> list[Pages]:
    return [
        tsunagu.surveys.report.pages.pages(db(), zone()),
        tsunagu.surveys.take.pages.pages(Desk(db(), bucket(), publisher, now, zone(), KINDS)),
    ]


@cache
def app() -> flask.Flask:
    door = Door(Verifier(configured().staff_audience, configured().staff_keys_url), db())
    return make_app(("集計レポート", "Survey reports"), pages(), door, zone())


@functions_framework.http
def survey_report(request: flask.Request) -> Response:
    return Response.from_app(app(), request.environ)


@functions_framework.http
def fold_responses(request: flask.Request) -> tuple[str, int]:
    return answer_push(request, _fold, record())


def _fold(delivery: Delivery) -> str:
    survey = str(delivery.json().get("survey", ""))
    return tsunagu.surveys.fold.fold(db(), survey, now(), behind().city_timezone, bucket())


@functions_framework.http
def write_export(request: flask.Request) -> tuple[str, int]:
    return answer_push(request, _write, record())


def _write(delivery: Delivery) -> str:
    means = Means(db(), bucket(), now, zone(), KINDS)
    return tsunagu.surveys.take.write.write(means, str(delivery.json().get("job", "")))
