"""The console of surveys as staff have it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from zoneinfo import ZoneInfo

import flask
import yaml
from flask.testing import FlaskClient
from google.cloud import firestore

from tests.tsunagu.office import Office, office
from tsunagu.surveys.definition import Definition
from tsunagu.surveys.desk.desk import Desk
from tsunagu.surveys.desk.pages import pages
from tsunagu.web.app import make_app

ZONE = ZoneInfo("Asia/Tokyo")
NOW = datetime(2026, 11, 5, 0, 3, tzinfo=UTC)


@dataclass
class Console:
    db: firestore.Client
    office: Office
    app: flask.Flask

    def as_(self, word: str) -> FlaskClient:
        client = self.office.as_(word, self.app)
        client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        return client


@contextmanager
def console(db: firestore.Client) -> Iterator[Console]:
    with office(db) as found:
        rooms = [pages(Desk(db, ZONE, lambda: NOW))]
        yield Console(db, found, make_app(("管理画面", "Console"), rooms, found.door, ZONE))


def text_of(definition: Definition) -> str:
    """As somebody might have written it."""
    written: str = yaml.safe_dump(definition.written(), allow_unicode=True, sort_keys=False)
    return written


def hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))


def text_on(page: str) -> str:
    [found] = re.findall(r'<textarea id="yaml"[^>]*>\n(.*?)</textarea>', page, re.S)
    return unescape(found)


def told(page: str) -> str:
    """What the page says has come of it."""
    return unescape(" ".join(re.findall(r'<div class="tell[^>]*>(.*?)</div>', page, re.S)))
