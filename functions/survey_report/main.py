"""survey_report: what surveys have come to, for staff. fold_responses: merges new answers into the packs."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo

import flask
import functions_framework
from google.cloud.firestore import Client
from werkzeug.wrappers import Response

import tsunagu.surveys.fold
import tsunagu.surveys.pages
from tsunagu.cloud import firestore, logs, settings
from tsunagu.cloud.identity import StaffSettings, Verifier
from tsunagu.cloud.outcomes import Delivery, Record, answer_push, recorder
from tsunagu.staff.access import Door
from tsunagu.web.app import make_app

logs.everything()


@dataclass(frozen=True, kw_only=True)
class Settings(StaffSettings):
    city_timezone: str = "Asia/Tokyo"


@dataclass(frozen=True)
class FoldSettings:
    google_cloud_project: str
    city_timezone: str = "Asia/Tokyo"


@cache
def configured() -> Settings:
    return settings.read(Settings, os.environ)


@cache
def folding() -> FoldSettings:
    return settings.read(FoldSettings, os.environ)


@cache
def db() -> Client:
    return firestore.connect(folding().google_cloud_project)


@cache
def record() -> Record:
    return recorder(db())


@cache
def app() -> flask.Flask:
    city = ZoneInfo(configured().city_timezone)
    door = Door(Verifier(configured().staff_audience, configured().staff_keys_url), db())
    return make_app(("集計レポート", "Survey reports"), [tsunagu.surveys.pages.pages(db(), city)], door, city)


@functions_framework.http
def survey_report(request: flask.Request) -> Response:
    return Response.from_app(app(), request.environ)


@functions_framework.http
def fold_responses(request: flask.Request) -> tuple[str, int]:
    return answer_push(request, _fold, record())


def _fold(delivery: Delivery) -> str:
    survey = str(delivery.json().get("survey", ""))
    return tsunagu.surveys.fold.fold(db(), survey, datetime.now(UTC), folding().city_timezone)
