"""The ground the tests stand on: Google's emulators, once a session and process; a project of its own for each test."""

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.cloud import firestore

from local.city import City, Hosts, Wish
from local.city import city as start_city
from local.emulators import firestore_emulator, pubsub_emulator, storage_emulator
from local.stand_in import StandIn
from local.stand_in import line_platform as start_line_platform
from tests.recording import ran, recorder

TEST_HEAP = "1g"  # every worker of pytest-xdist starts its own
FOR_MINUTES = "-XX:TieredStopAtLevel=1"  # Java's second compiler takes more from such emulators than it gives them
LAST = "test_queries.py"  # what it holds against infra/ are the queries of all the others
RECORDINGS = pytest.StashKey[Path]()
LISTEN = """from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

spec = spec_from_file_location("tests_recorder", {recorder!r})
recorder = module_from_spec(spec)
spec.loader.exec_module(recorder)
recorder.record_into(Path({folder!r}))
"""


def pytest_configure(config: pytest.Config) -> None:
    """Every Firestore query is noted, of this process and, by Python's sitecustomize, of all that it starts."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        return  # started by a process that listens already
    os.environ.setdefault("JDK_JAVA_OPTIONS", FOR_MINUTES)
    folder = Path(tempfile.mkdtemp(prefix="tsunagu-queries-"))
    config.stash[RECORDINGS] = folder
    listen = LISTEN.format(recorder=recorder.__file__, folder=str(folder))
    (folder / "sitecustomize.py").write_text(listen, "utf-8")
    os.environ["PYTHONPATH"] = os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])])
    recorder.record_into(folder)


def pytest_unconfigure(config: pytest.Config) -> None:
    if RECORDINGS in config.stash:
        shutil.rmtree(config.stash[RECORDINGS])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.name == LAST)


def pytest_runtest_logfinish(nodeid: str) -> None:
    ran.note(noted_in(), nodeid)


def noted_in() -> Path:
    """The folder that this process and all workers of pytest-xdist share."""
    return Path(os.environ["PYTHONPATH"].split(os.pathsep)[0])


@pytest.fixture(scope="session")
def recordings() -> Path:
    """Where the queries of this session are noted."""
    return noted_in()


@pytest.fixture(scope="session")
def all_others_ran(request: pytest.FixtureRequest, recordings: Path) -> None:
    """For what comes last: the tests that other workers are still at are waited for."""
    ran.wait_for(recordings, {item.nodeid for item in request.session.items if item.path.name != LAST})


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


@pytest.fixture(scope="session")
def storage_host() -> Iterator[str]:
    """With buckets called `media` and `private`."""
    with storage_emulator("media", "private") as emulator, pytest.MonkeyPatch.context() as environment:
        environment.setenv("STORAGE_EMULATOR_HOST", emulator.host)
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


@pytest.fixture(scope="module")
def city(firestore_host: str, pubsub_host: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """A whole city with a tick a second, shared by a file's end-to-end tests: play residents of your own in it.

    Not by a session's: it would tick beside all the others, and the environment would name its storage to them.
    """
    wish = Wish(
        project=f"city-{uuid.uuid4().hex[:12]}",
        tick=1.0,
        hosts=Hosts(firestore_host, pubsub_host),
        logs=tmp_path_factory.mktemp("city"),
    )
    with start_city(wish) as running:
        yield running
