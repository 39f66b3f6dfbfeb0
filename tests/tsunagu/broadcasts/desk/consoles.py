"""The console of broadcasts as staff have it, and what they type into its form."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape

import flask
from flask.testing import FlaskClient
from google.cloud import firestore, storage

import tsunagu.audiences.pages
from tests.tsunagu.broadcasts.world import HOUSE, ZONE
from tests.tsunagu.office import Office, office
from tsunagu.audiences.roster import RosterKeeper
from tsunagu.broadcasts.definition import Definition, Today, reads
from tsunagu.broadcasts.desk.desk import Desk, Media
from tsunagu.broadcasts.desk.pages import pages, to_approve
from tsunagu.broadcasts.invited import Finished
from tsunagu.line.client import Line
from tsunagu.residents.city import city
from tsunagu.web import home
from tsunagu.web.app import make_app
from tsunagu.web.home import Figure

NOW = datetime(2026, 11, 5, 0, 3, tzinfo=UTC)
BROWSER = {"Sec-Fetch-Site": "same-origin"}
TEXT = {"title": "ごみの日", "kind": "news", "start": "now", "messages.0.is": "text", "messages.0.text.ja": "明日です"}


@dataclass
class Console:
    db: firestore.Client
    office: Office
    desk: Desk
    app: flask.Flask
    told: list[datetime]

    def as_(self, word: str) -> FlaskClient:
        client = self.office.as_(word, self.app)
        client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        return client

    def read(self, text: str) -> Definition:
        return reads(text, Today(city(), self.desk.clock(), ZONE))


@contextmanager
def console(
    db: firestore.Client,
    line_url: str = "http://127.0.0.1:9",
    token: str = "token",
    pictures: Callable[[], storage.Client] = lambda: storage.Client(project="p"),
    finished: Finished = lambda survey: 0,
) -> Iterator[Console]:
    told: list[datetime] = []
    desk = Desk(
        db=db,
        roster=RosterKeeper(db, ZONE),
        house=HOUSE,
        line=Line(token, line_url),
        media=Media(pictures, "media"),
        tell=told.append,
        finished=finished,
        surveys=lambda: [("kosodate-2026", "子育てアンケート")],
        clock=lambda: NOW,
    )
    figures = [lambda: Figure(("友だち", "Residents"), 730_000, "人", parts=((("中央区", "Chuo"), 12),))]
    rooms = [
        home.pages(db, figures, [lambda: to_approve(db)]),
        pages(desk),
        tsunagu.audiences.pages.pages(db, desk.roster),
    ]
    with office(db) as found:
        yield Console(db, found, desk, make_app(("管理画面", "Console"), rooms, found.door, ZONE), told)


def faults_of(page: str) -> dict[str, list[str]]:
    """The sentences that a page shows beside its fields, by the field."""
    found: dict[str, list[str]] = {}
    for name, sentence in re.findall(r'<p class="fault" id="([^"]*?)\.fault\d*">(.*?)(?: <span|</p>)', page):
        found.setdefault(name, []).append(unescape(sentence))
    return found


def values_of(page: str) -> dict[str, str]:
    """What stands in the fields of a page's form."""
    found = dict(
        re.findall(
            r'<input type="(?:text|url|date|time|datetime-local|hidden)"[^>]*? name="([^"]+)" value="([^"]*)"', page
        )
    )
    found |= dict(re.findall(r'<textarea [^>]*?name="([^"]+)"[^>]*>\n(.*?)</textarea>', page, re.S))
    return {name: unescape(value) for name, value in found.items() if value}
