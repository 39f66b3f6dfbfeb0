from collections.abc import Iterator
from zoneinfo import ZoneInfo

import flask
import pytest
from flask.testing import FlaskClient
from google.cloud import firestore

from tests.tsunagu.office import Office, office
from tsunagu.surveys.report.pages import pages
from tsunagu.web.app import make_app

CITY = ZoneInfo("Asia/Tokyo")


@pytest.fixture
def staff(db: firestore.Client) -> Iterator[Office]:
    with office(db) as found:
        yield found


@pytest.fixture
def app(staff: Office, db: firestore.Client) -> flask.Flask:
    return make_app(("集計レポート", "Survey reports"), [pages(db, CITY)], staff.door, CITY)


@pytest.fixture
def analyst(staff: Office, app: flask.Flask) -> FlaskClient:
    return staff.as_("analyst", app)
