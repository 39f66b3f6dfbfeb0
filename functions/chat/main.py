"""handle_line_event: one event of LINE's, from Pub/Sub. The lists below are what the city can talk about."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial

import flask
import functions_framework
from google.cloud import storage

import tsunagu.audiences.erase
import tsunagu.broadcasts.erase
import tsunagu.chat.handle
import tsunagu.cloud.storage
import tsunagu.menus.link
import tsunagu.residents.chat
import tsunagu.residents.store
from tsunagu.broadcasts.chat import BroadcastChat
from tsunagu.chat.handle import Chat
from tsunagu.cloud import firestore, logs, settings
from tsunagu.cloud.outcomes import Delivery, Record, Rejected, answer_push, recorder
from tsunagu.cloud.storage import Bucket
from tsunagu.line.client import Line
from tsunagu.line.contents import ADDRESS, Contents
from tsunagu.line.events import parse
from tsunagu.surveys.ask.photos import Photos
from tsunagu.surveys.chat import SurveyChat

logs.everything()


@dataclass(frozen=True)
class Settings:
    google_cloud_project: str
    line_channel_access_token: str
    respondent_secret: str
    private_bucket: str
    line_api_url: str = "https://api.line.me"
    line_data_api_url: str = ADDRESS
    city_timezone: str = "Asia/Tokyo"


@cache
def configured() -> Settings:
    return settings.read(Settings, os.environ)


@cache
def record() -> Record:
    return recorder(firestore.connect(configured().google_cloud_project))


@cache
def stored() -> storage.Client:
    return tsunagu.cloud.storage.connect(configured().google_cloud_project)


def photos() -> Photos:
    contents = Contents(configured().line_channel_access_token, configured().line_data_api_url)
    return Photos(contents, Bucket(stored, configured().private_bucket), configured().respondent_secret)


@cache
def chat() -> Chat:
    surveys = SurveyChat(configured().respondent_secret, configured().city_timezone, photos())
    broadcasts = BroadcastChat(configured().city_timezone)
    residents = tsunagu.residents.chat
    db = firestore.connect(configured().google_cloud_project)
    line = Line(configured().line_channel_access_token, configured().line_api_url)
    return Chat(
        db=db,
        line=line,
        hearings=[
            residents.following,
            surveys.take_back,
            residents.take_back,
            surveys.words_and_buttons,
            broadcasts.words_and_buttons,
            residents.language_strip(ask_again=[surveys.ask_again]),
            residents.words_and_buttons,
            surveys.answer,
            residents.answer,
            residents.otherwise,
        ],
        in_groups=[residents.in_group],
        erasers=[
            tsunagu.residents.store.erase,
            tsunagu.audiences.erase.erase,
            tsunagu.broadcasts.erase.erase,
            surveys.erase,
            tsunagu.chat.handle.erase,
        ],
        show_menu=partial(tsunagu.menus.link.show, db, line),
        reads=[tsunagu.residents.store.reference],
    )


@functions_framework.http
def handle_line_event(request: flask.Request) -> tuple[str, int]:
    return answer_push(request, _handle, record())


def _handle(delivery: Delivery) -> str:
    event = parse(delivery.data)
    if event is None:
        raise Rejected("not an event of LINE's: no id, type or time")
    return chat().handle(event, delivery.published_at, datetime.now(UTC))
