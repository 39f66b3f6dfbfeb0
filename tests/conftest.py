"""The ground the tests stand on: Google's emulators, once a session and process; a project of its own for each test."""

import uuid
from collections.abc import Iterator

import pytest
from google.cloud import firestore

from local.city import City, Hosts, Wish
from local.city import city as start_city
from local.emulators import firestore_emulator, pubsub_emulator
from local.stand_in import StandIn
from local.stand_in import line_platform as start_line_platform

TEST_HEAP = "1g"  # every worker of pytest-xdist starts its own


@pytest.fixture(scope="session")
def firestore_host() -> Iterator[str]:
    with firestore_emulator(TEST_HEAP) as emulator, pytest.MonkeyPatch.context() as environment:
        environment.setenv("FIRESTORE_EMULATOR_HOST", emulator.host)
        yield emulator.host


@pytest.fixture(scope="session")
def pubsub_host() -> Iterator[str]:
    with pubsub_emulator() as emulator, pytest.MonkeyPatch.context() as environment:
        environment.setenv("PUBSUB_EMULATOR_HOST", emulator.host)
        yield emulator.host


@pytest.fixture
def project(monkeypatch: pytest.MonkeyPatch) -> str:
    """A project id of its own, so that no test sees another's documents; the environment names it too."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", name)
    return name


@pytest.fixture
def db(firestore_host: str, project: str) -> Iterator[firestore.Client]:
    client = firestore.Client(project=project)
    yield client
    client.close()  # type: ignore[no-untyped-call]


@pytest.fixture
def line_platform() -> Iterator[StandIn]:
    """The stand-in LINE platform alone, fresh for each test: its url, channel secret and access token."""
    with start_line_platform() as platform:
        yield platform


@pytest.fixture(scope="session")
def city(firestore_host: str, pubsub_host: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """A whole city with a tick a second, shared by a session's end-to-end tests: play residents of your own in it."""
    wish = Wish(
        project=f"city-{uuid.uuid4().hex[:12]}",
        tick=1.0,
        hosts=Hosts(firestore_host, pubsub_host),
        logs=tmp_path_factory.mktemp("city"),
    )
    with start_city(wish) as running:
        yield running
