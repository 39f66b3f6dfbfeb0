"""A large file in a whole city: asked for at survey_report, announced, written by write_export, fetched."""

import re
import time
import uuid
from collections.abc import Iterator

import pytest
import requests
from google.cloud import firestore

from local.bench import answers
from local.city import City, Hosts, Wish
from local.city import city as start_city
from tsunagu.cloud.identity import HEADER
from tsunagu.surveys.take.pages import AT_ONCE

PATIENCE = 120.0  # seconds; only ever used up by a failing test
MANY = AT_ONCE["csv"] + 1


@pytest.fixture(scope="module")
def exporting(firestore_host: str, pubsub_host: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    wish = Wish(
        project=f"city-{uuid.uuid4().hex[:12]}",
        services=frozenset({"survey_report", "write_export", "run_due_work"}),
        tick=1.0,
        hosts=Hosts(firestore_host, pubsub_host),
        logs=tmp_path_factory.mktemp("city"),
    )
    with start_city(wish) as running:
        definition = answers.ten_questions("large")
        answers.put(firestore.Client(project=running.project), definition, answers.rows(definition, MANY))
        yield running


@pytest.fixture
def analyst(exporting: City) -> requests.Session:
    session = requests.Session()
    session.headers[HEADER] = exporting.tokens["analyst"]
    session.headers["Sec-Fetch-Site"] = "same-origin"
    return session


def test_a_large_file_is_asked_for_written_and_fetched(exporting: City, analyst: requests.Session) -> None:
    here = f"{exporting.function('survey_report').url}/surveys/large"
    page = analyst.get(f"{here}/downloads", timeout=60).text
    (row,) = re.findall(r'<tr id="csv">.*?</tr>', page, re.S)
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="(.*?)">', row))
    asked = analyst.post(f"{here}/exports", data=fields, timeout=60)
    assert (200, True) == (asked.status_code, asked.url.endswith(fields["job"]))
    states = list(states_of(analyst, asked.url))
    assert "ready" == states[-1], states
    file = analyst.get(f"{asked.url}/file", timeout=60)
    assert (200, MANY + 1) == (file.status_code, file.content.count(b"\r\n"))
    assert "chunked" == file.headers["Transfer-Encoding"]


def states_of(analyst: requests.Session, address: str) -> Iterator[str]:
    """What the page shows, until the job has ended."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        (state,) = re.findall(r'data-state="(\w+)"', analyst.get(f"{address}/progress", timeout=60).text)
        yield state
        if state not in ("waiting", "writing"):
            return
        time.sleep(0.2)
