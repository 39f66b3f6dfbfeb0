"""console: the staff's pages. The two lists below are what the console shows."""

import os
from collections import Counter
from dataclasses import dataclass
from functools import cache
from zoneinfo import ZoneInfo

import flask
import functions_framework
from google.cloud.firestore import Client
from werkzeug.wrappers import Response

import tsunagu.broadcasts.pages
import tsunagu.broadcasts.store
import tsunagu.surveys.store
import tsunagu.web.home
from tsunagu.broadcasts.pages import STATES
from tsunagu.cloud import firestore, logs, settings
from tsunagu.cloud.identity import StaffSettings, Verifier
from tsunagu.packs.read import read
from tsunagu.residents.store import residents_shelf
from tsunagu.staff.access import Door
from tsunagu.surveys.rules import State
from tsunagu.web.app import Pages, make_app
from tsunagu.web.home import Figure

logs.everything()


@dataclass(frozen=True, kw_only=True)
class Settings(StaffSettings):
    city_timezone: str = "Asia/Tokyo"


@cache
def configured() -> Settings:
    return settings.read(Settings, os.environ)


@cache
def db() -> Client:
    return firestore.connect(configured().google_cloud_project)


def pages() -> list[Pages]:
    return [
        tsunagu.web.home.pages(db(), [following, broadcasts, open_surveys]),
        tsunagu.broadcasts.pages.pages(db()),
    ]


def following() -> Figure:
    reached = int(read(residents_shelf(db()))["following"].sum())
    return Figure(("友だち登録中の住民", "Residents following"), reached, "人")


def broadcasts() -> Figure:
    counts = Counter(broadcast.state for broadcast in tsunagu.broadcasts.store.every(db()))
    parts = tuple((STATES[state][:2], counts[state]) for state in STATES if counts[state])
    return Figure(("配信", "Broadcasts"), counts.total(), "件", parts=parts)


def open_surveys() -> Figure:
    return Figure(("受付中のアンケート", "Open surveys"), len(tsunagu.surveys.store.in_state(db(), State.OPEN)), "件")


@cache
def app() -> flask.Flask:
    door = Door(Verifier(configured().staff_audience, configured().staff_keys_url), db())
    return make_app(("管理画面", "Console"), pages(), door, ZoneInfo(configured().city_timezone))


@functions_framework.http
def console(request: flask.Request) -> Response:
    return Response.from_app(app(), request.environ)
