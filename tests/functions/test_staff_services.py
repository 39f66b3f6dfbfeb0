"""The staff's services as functions-framework runs them."""

import base64
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import flask
import functions_framework
import pytest
from flask.testing import FlaskClient
from google.cloud import firestore

from local.staff import AUDIENCE, Signer, new_key
from tests.tsunagu.office import Office, keys_served
from tests.tsunagu.surveys.invented import definition, put, rows
from tsunagu.cloud.identity import HEADER
from tsunagu.packs.read import read
from tsunagu.surveys import store
from tsunagu.surveys.answers import Answer, Kind
from tsunagu.surveys.rules import Response
from tsunagu.surveys.take import jobs
from tsunagu.surveys.take.jobs import Wish
from tsunagu.surveys.take.kinds import KINDS

FUNCTIONS = Path(__file__).parents[2] / "functions"


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """What they ask for, besides."""
    monkeypatch.setenv("LINE_CHANNEL_ACCESS_TOKEN", "token")
    monkeypatch.setenv("MEDIA_BUCKET", "media")
    monkeypatch.setenv("PRIVATE_BUCKET", "private")


@pytest.fixture
def staff(db: firestore.Client, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    signer = Signer(new_key())
    with keys_served(signer) as url:
        monkeypatch.setenv("STAFF_AUDIENCE", AUDIENCE)
        monkeypatch.setenv("STAFF_KEYS_URL", url)
        yield Office(db, url, signer)


def service(bundle: str, target: str) -> FlaskClient:
    app: flask.Flask = functions_framework.create_app(target, str(FUNCTIONS / bundle / "main.py"))  # type: ignore[no-untyped-call]
    return app.test_client()


def test_survey_report_serves_pages_files_and_downloads(staff: Office, db: firestore.Client) -> None:
    put(db, definition(), rows(definition(), 30))
    client = service("survey_report", "survey_report")
    headers = {HEADER: staff.token("analyst")}
    here = "/surveys/kosodate-2026"
    downloads = [f"{here}/downloads", *(f"{here}/downloads/{kind}" for kind in KINDS)]
    for path in ("/", here, *downloads, "/assets/report.css"):
        answer = client.get(path, headers=headers)
        assert (200, True) == (answer.status_code, len(answer.data) > 500), path
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert 403 == client.get("/").status_code


def push(body: dict[str, str]) -> dict[str, object]:
    data = base64.b64encode(json.dumps(body).encode()).decode()
    message = {"messageId": "m1", "data": data, "publishTime": "2026-11-05T00:00:00Z", "attributes": {}}
    return {"message": message, "subscription": "s"}


def test_fold_responses_changes_nothing_that_the_report_shows(staff: Office, db: firestore.Client) -> None:
    put(db, definition(), rows(definition(), 20))
    survey = store.get(db, "kosodate-2026")
    assert survey is not None
    answer = Answer(Kind.GIVEN, "none", 1_793_500_000_000, "event", 1_793_500_000_000)
    response = Response(answers={"q1": answer}, started_at=datetime.now(UTC), version=1)
    for reference, content in store.documents_of(db, survey, "a" * 26, response):
        reference.set(content)
    before = read(store.responses_shelf(db, survey)).sort("key")
    client = service("survey_report", "fold_responses")
    assert 204 == client.post("/", json=push({"survey": "kosodate-2026"})).status_code
    assert 21 == before.height
    assert before.equals(read(store.responses_shelf(db, survey)).sort("key"))
    assert [] == list(db.collection("surveys/kosodate-2026/changes").stream())


def test_fold_responses_records_what_can_never_succeed(staff: Office, db: firestore.Client) -> None:
    client = service("survey_report", "fold_responses")
    assert 204 == client.post("/", json=push({"survey": "nothing"})).status_code
    assert ["m1"] == [document.id for document in db.collection("rejected").stream()]


def test_write_export_makes_the_file_that_survey_report_hands_out(
    staff: Office, db: firestore.Client, storage_host: str
) -> None:
    put(db, definition(), rows(definition(), 30))
    job, here = jobs.new_id(), "/surveys/kosodate-2026"
    jobs.ask(db, job, Wish("kosodate-2026", "csv", "", "analyst@city.example"), datetime.now(UTC))
    writer, pages = service("survey_report", "write_export"), service("survey_report", "survey_report")
    headers = {HEADER: staff.token("analyst")}
    assert 422 == pages.get(f"{here}/exports/{job}/file", headers=headers).status_code
    assert 204 == writer.post("/", json=push({"job": job})).status_code
    large, small = (
        pages.get(f"{here}/{path}", headers=headers).data for path in (f"exports/{job}/file", "downloads/csv")
    )
    assert (True, large) == (len(large) > 500, small)


def test_write_export_records_what_can_never_succeed(staff: Office, db: firestore.Client) -> None:
    assert 204 == service("survey_report", "write_export").post("/", json=push({"job": "nothing"})).status_code
    assert ["m1"] == [document.id for document in db.collection("rejected").stream()]


def test_console_shows_its_figures(staff: Office, db: firestore.Client) -> None:
    put(db, definition(), rows(definition(), 3))
    client = service("console", "console")
    page = client.get("/", headers={HEADER: staff.token("editor")})
    assert (200, True) == (page.status_code, "受付中のアンケート" in page.text)
    for path in ("/broadcasts", "/audiences", "/broadcasts/testers", "/surveys"):
        assert 200 == client.get(path, headers={HEADER: staff.token("analyst")}).status_code
    assert 200 == client.get("/broadcasts/new", headers={HEADER: staff.token("editor")}).status_code
    assert 403 == client.get("/", headers={HEADER: staff.token("visitor")}).status_code


@pytest.mark.parametrize(("bundle", "target"), [("survey_report", "survey_report"), ("console", "console")])
def test_a_foreign_key_url_is_refused_without_the_emulator(
    bundle: str, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAFF_KEYS_URL", "https://elsewhere.example/keys")
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "p")
    monkeypatch.delenv("FIRESTORE_EMULATOR_HOST", raising=False)
    assert 500 == service(bundle, target).get("/").status_code
    assert "FIRESTORE_EMULATOR_HOST" not in os.environ
