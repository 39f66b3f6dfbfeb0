"""console: the staff's pages. The two lists below are what the console shows."""

import os
from collections import Counter
from dataclasses import dataclass
from functools import cache

import flask
import functions_framework
from google.cloud import storage
from google.cloud.firestore import Client
from werkzeug.wrappers import Response

import tsunagu.audiences.pages
import tsunagu.broadcasts.desk.pages
import tsunagu.broadcasts.store
import tsunagu.cloud.storage
import tsunagu.surveys.desk.desk
import tsunagu.surveys.desk.pages
import tsunagu.surveys.store
import tsunagu.surveys.unfinished
import tsunagu.web.home
from tsunagu.audiences.roster import RosterKeeper
from tsunagu.broadcasts.desk.desk import Desk, Media
from tsunagu.broadcasts.desk.wording import STATES
from tsunagu.broadcasts.life.house import House
from tsunagu.broadcasts.life.quiet import QUIET_HOURS
from tsunagu.broadcasts.life.tell import tell_run_due_work
from tsunagu.broadcasts.rules import APPROVAL_ABOVE
from tsunagu.cloud import firestore, logs, settings
from tsunagu.cloud.identity import StaffSettings, Verifier
from tsunagu.cloud.pubsub import Publisher
from tsunagu.line.client import Line
from tsunagu.media.store import ADDRESS
from tsunagu.staff.access import Door
from tsunagu.surveys.report.count import both
from tsunagu.surveys.rules import State
from tsunagu.web.app import Pages, make_app
from tsunagu.web.home import Figure, Task

PUBLISH_TIMEOUT = 5.0  # seconds; a person waits, and the clock ticks within a minute anyway

logs.everything()


@dataclass(frozen=True, kw_only=True)
class Settings(StaffSettings):
    line_channel_access_token: str
    media_bucket: str
    media_url: str = ADDRESS
    line_api_url: str = "https://api.line.me"
    city_timezone: str = "Asia/Tokyo"
    quiet_hours: str = QUIET_HOURS
    approval_above: str = str(APPROVAL_ABOVE)


@cache
def configured() -> Settings:
    return settings.read(Settings, os.environ)


@cache
def db() -> Client:
    return firestore.connect(configured().google_cloud_project)


@cache
def pictures() -> storage.Client:
    return tsunagu.cloud.storage.connect(configured().google_cloud_project)


@cache
def publisher() -> Publisher:
    return Publisher(configured().google_cloud_project, PUBLISH_TIMEOUT)


@cache
def house() -> House:
    return House.of(configured().city_timezone, configured().quiet_hours, configured().approval_above)


@cache
def roster() -> RosterKeeper:
    return RosterKeeper(db(), house().zone)


@cache
def desk() -> Desk:
    return Desk(
        db=db(),
        roster=roster(),
        house=house(),
        line=Line(configured().line_channel_access_token, configured().line_api_url),
        media=Media(pictures, configured().media_bucket, configured().media_url),
        tell=lambda now: tell_run_due_work(publisher(), now),
        finished=tsunagu.surveys.unfinished.Finished(db()),
        surveys=surveys_to_invite_to,
    )


def pages() -> list[Pages]:
    return [
        tsunagu.web.home.pages(db(), [following, broadcasts, open_surveys], [to_approve]),
        tsunagu.broadcasts.desk.pages.pages(desk()),
        tsunagu.audiences.pages.pages(db(), roster()),
        tsunagu.surveys.desk.pages.pages(tsunagu.surveys.desk.desk.Desk(db(), house().zone)),
    ]


def following() -> Figure:
    reached = int(roster().now().people.rows["following"].sum())
    return Figure(("友だち登録中の住民", "Residents following"), reached, "人")


def broadcasts() -> Figure:
    counts = Counter(broadcast.state for broadcast in tsunagu.broadcasts.store.every(db()))
    parts = tuple((STATES[state][:2], counts[state]) for state in STATES if counts[state])
    return Figure(("配信", "Broadcasts"), counts.total(), "件", parts=parts)


def open_surveys() -> Figure:
    return Figure(("受付中のアンケート", "Open surveys"), len(tsunagu.surveys.store.in_state(db(), State.OPEN)), "件")


def to_approve() -> Task | None:
    return tsunagu.broadcasts.desk.pages.to_approve(db())


def surveys_to_invite_to() -> list[tuple[str, str]]:
    found = tsunagu.surveys.store.in_state(db(), State.OPEN)
    return [(survey.id, both(survey.definition.title)[0]) for survey in found]


@cache
def app() -> flask.Flask:
    door = Door(Verifier(configured().staff_audience, configured().staff_keys_url), db())
    return make_app(("管理画面", "Console"), pages(), door, house().zone)


@functions_framework.http
def console(request: flask.Request) -> Response:
    return Response.from_app(app(), request.environ)
