"""A whole city on one machine, as a context.

with city(Wish(workers={"send_chunk_urgent": 4}, tick=1)) as running:
    running.line_api, running.function("handle_line_event").pids, running.kill("handle_line_event")
"""

import json
import os
import secrets
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from google.cloud import firestore

from local import clock, gate, processes, staff, stand_in, topology
from local.emulators import CITY_HEAP, Emulator, emulators, storage_emulator
from local.functions import Function, Hall, NotRunnable, check_sources, surroundings
from local.supervisor import Program, Supervisor, Tell
from local.topics import Topics
from local.topology import ROOT, Topology, Trigger
from tsunagu.cloud.identity import HEADER

LOGS = ROOT / "build" / "city"
PROJECT = "tsunagu-local"
TOKENS_LAST = timedelta(hours=24)
STARTS_WITHIN = 180.0  # seconds; every function loads its libraries at the same time, on two cores
PICTURES = "https://storage.googleapis.com"  # LINE takes https addresses; the phone page asks the emulator instead
BUCKETS = ("media", "private")
READY = "ready.json"
ENVIRONMENT = "city.env"  # for `tsunagu` beside the city


@dataclass(frozen=True)
class Hosts:
    """Where emulators listen that run already: 127.0.0.1:port each."""

    firestore: str
    pubsub: str


@dataclass(frozen=True)
class Wish:
    """What kind of city. The defaults are a whole one.

    `services`: only these, by name. `tick`: seconds, None for a city whose clock stands still. `hosts`: emulators to
    share instead of starting some. `line_api`: a LINE platform to use instead of starting the stand-in. `logs`: a
    folder of the city's own; without one, `folder` is build/city/<project>.
    """

    project: str = PROJECT
    line_api: str = ""
    workers: Mapping[str, int] | None = None
    tick: float | None = clock.EVERY
    services: frozenset[str] | None = None
    hosts: Hosts | None = None
    heap: str = CITY_HEAP
    logs: Path | None = None
    topology: Path = topology.TOPOLOGY
    sources: Path = ROOT / "functions"

    @property
    def folder(self) -> Path:
        return self.logs or LOGS / self.project


@dataclass(frozen=True)
class City:
    """A running city. What it knows of processes is always the present, unlike the line it once printed."""

    project: str
    firestore: str
    pubsub: str
    storage: str
    media_bucket: str
    private_bucket: str
    line_api: str
    channel_secret: str
    channel_access_token: str
    respondent_secret: str
    tokens: dict[str, str]
    functions: dict[str, Function]
    doors: dict[str, str]
    logs: Path
    supervisor: Supervisor
    emulators: tuple[Emulator, ...]

    def function(self, name: str) -> Function:
        return self.functions[name]

    def kill(self, name: str, worker: int = 0) -> None:
        """Kill one process group of a function; the supervisor starts it again."""
        self.functions[name].kill(worker)

    def environment(self) -> dict[str, str]:
        """What a command beside the city needs in its environment to see the same city."""
        return {
            "GOOGLE_CLOUD_PROJECT": self.project,
            "FIRESTORE_EMULATOR_HOST": self.firestore,
            "PUBSUB_EMULATOR_HOST": self.pubsub,
            "STORAGE_EMULATOR_HOST": self.storage,
            "MEDIA_BUCKET": self.media_bucket,
            "PRIVATE_BUCKET": self.private_bucket,
            "QUIET_HOURS": "none",
            "LINE_API_URL": self.line_api,
            "LINE_DATA_API_URL": self.line_api,
            "LINE_CHANNEL_ACCESS_TOKEN": self.channel_access_token,
            "RESPONDENT_SECRET": self.respondent_secret,
        }

    def broken(self) -> str:
        """Why the city cannot go on; empty while it can. An emulator's data dies with it."""
        for emulator in self.emulators:
            if emulator.process.poll() is not None:
                return f"{emulator.name} ended, and the city's data with it:\n{processes.last_lines(emulator.log)}"
        return ""

    def ready(self) -> dict[str, Any]:
        """What `up` prints, DESIGN §7."""
        return {
            "project": self.project,
            "firestore": self.firestore,
            "pubsub": self.pubsub,
            "storage": self.storage,
            "line_api": self.line_api,
            "channel_secret": self.channel_secret,
            "channel_access_token": self.channel_access_token,
            **{name: self.doors.get(name, "") for name in ("console", "survey_report")},
            "staff": {"header": HEADER, "tokens": self.tokens},
            "functions": {
                name: {"url": function.url, "pids": function.pids} for name, function in self.functions.items()
            },
        }


@contextmanager
def city(wish: Wish = Wish(), tell: Tell = print) -> Iterator[City]:
    """Start a city and end all of it on leaving; inside, the environment names its emulators.

    `tell` hears about processes that died. Raises emulators.Missing, functions.NotRunnable, processes.DidNotStart,
    tsunagu.cloud.definitions.WrongFile.
    """
    plan = _plan(wish)
    for old in (*wish.folder.glob("*.log"), wish.folder / READY):
        old.unlink(missing_ok=True)
    with ExitStack() as stack:
        running = None if wish.hosts else stack.enter_context(emulators(wish.heap, wish.folder))
        hosts = Hosts(running.firestore.host, running.pubsub.host) if running else wish.hosts
        assert hosts is not None
        storage = stack.enter_context(
            storage_emulator(*(bucket_of(wish.project, kind) for kind in BUCKETS), logs=wish.folder)
        )
        own = (running.firestore, running.pubsub, storage) if running else (storage,)
        variables = {
            "FIRESTORE_EMULATOR_HOST": hosts.firestore,
            "PUBSUB_EMULATOR_HOST": hosts.pubsub,
            "STORAGE_EMULATOR_HOST": storage.host,
        }
        stack.enter_context(_environment(variables))
        topics = Topics(wish.project, plan)
        stack.callback(topics.close)
        topics.make()
        noticed = _Notice()
        supervisor = stack.enter_context(Supervisor(tell, noticed.changed))
        runtime = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tsunagu-")))
        started = _start(wish, plan, hosts, storage.host, own, supervisor, runtime)
        supervisor.wait_until_up(STARTS_WITHIN)
        topics.push({name: function.url for name, function in started.functions.items()})
        if wish.tick is not None and "run_due_work" in started.functions:
            _start_clock(wish, supervisor)
        stack.enter_context(noticed.of(started))
        yield started


def _plan(wish: Wish) -> Topology:
    """The topology, less the services that are not wished for. Raises NotRunnable for what cannot be had."""
    whole = topology.read(wish.topology)
    named = {*(wish.workers or {}), *(wish.services or ())}
    if unknown := sorted(named - set(whole.services)):
        raise NotRunnable(f"no function is called {', '.join(unknown)} (there are: {', '.join(whole.services)})")
    if few := sorted(name for name, count in (wish.workers or {}).items() if count < 1):
        raise NotRunnable(f"a function needs at least one process: {', '.join(few)}")
    chosen = {name: one for name, one in whole.services.items() if wish.services is None or name in wish.services}
    plan = whole.model_copy(update={"services": chosen})
    check_sources(plan, wish.sources)
    return plan


def bucket_of(project: str, kind: str) -> str:
    """As infra/ calls it."""
    return f"{project}-{kind}"


def _start(
    wish: Wish,
    plan: Topology,
    hosts: Hosts,
    storage: str,
    own: tuple[Emulator, ...],
    supervisor: Supervisor,
    runtime: Path,
) -> City:
    now = datetime.now(UTC)
    key, secret, token, respondents = (
        staff.new_key(),
        secrets.token_hex(16),
        secrets.token_urlsafe(96),
        secrets.token_hex(32),
    )
    line_port = processes.free_port()
    line_api = wish.line_api.rstrip("/") or f"http://127.0.0.1:{line_port}"
    guarded = {name: processes.free_port() for name, one in plan.services.items() if one.trigger is Trigger.STAFF}
    keys_url = f"http://127.0.0.1:{next(iter(guarded.values()))}/keys" if guarded else ""
    settings = {
        "GOOGLE_CLOUD_PROJECT": wish.project,
        "LINE_API_URL": line_api,
        "LINE_DATA_API_URL": line_api,
        "LINE_CHANNEL_SECRET": secret,
        "LINE_CHANNEL_ACCESS_TOKEN": token,
        "RESPONDENT_SECRET": respondents,
        "STAFF_AUDIENCE": staff.AUDIENCE,
        "CITY_TIMEZONE": "Asia/Tokyo",
        # Whoever tries the city at night wants to see news arrive.
        "QUIET_HOURS": "none",
        "APPROVAL_ABOVE": "1000",
        "MEDIA_BUCKET": bucket_of(wish.project, "media"),
        "PRIVATE_BUCKET": bucket_of(wish.project, "private"),
        "MEDIA_URL": PICTURES,
    }
    hall = Hall(
        sources=wish.sources,
        settings=settings,
        hosts={
            "firestore": ("FIRESTORE_EMULATOR_HOST", hosts.firestore),
            "pubsub": ("PUBSUB_EMULATOR_HOST", hosts.pubsub),
            "storage": ("STORAGE_EMULATOR_HOST", storage),
        },
        staff_keys_url=keys_url,
        logs=wish.folder,
        runtime=runtime,
    )
    workers = wish.workers or {}
    functions = {
        name: hall.run(supervisor, name, service, workers.get(name, 1)) for name, service in plan.services.items()
    }
    if not wish.line_api:
        webhook = functions["receive_webhook"].url if "receive_webhook" in functions else None
        bucket = bucket_of(wish.project, "media")
        media = {f"{PICTURES}/{bucket}/": f"{storage}/{bucket}/"}
        command = stand_in.command(line_port, secret, token, webhook, media)
        supervisor.add(
            Program("line_platform", command, surroundings(), wish.folder / "line_platform.log", line_port, ROOT)
        )
    if guarded:
        _start_gate(wish, supervisor, key, {name: (port, functions[name].url) for name, port in guarded.items()})
        staff.hire(firestore.Client(project=wish.project), now)
    signer = staff.Signer(key)
    return City(
        project=wish.project,
        firestore=hosts.firestore,
        pubsub=hosts.pubsub,
        storage=storage,
        media_bucket=bucket_of(wish.project, "media"),
        private_bucket=bucket_of(wish.project, "private"),
        line_api=line_api,
        channel_secret=secret,
        channel_access_token=token,
        respondent_secret=respondents,
        tokens={person.word: signer.sign(person.email, now, TOKENS_LAST) for person in staff.PEOPLE},
        functions=functions,
        doors={name: f"http://127.0.0.1:{port}" for name, port in guarded.items()},
        logs=wish.folder,
        supervisor=supervisor,
        emulators=own,
    )


def _start_gate(wish: Wish, supervisor: Supervisor, key: str, doors: Mapping[str, tuple[int, str]]) -> None:
    command = [sys.executable, "-m", "local.gate"]
    command += [part for name, (port, url) in doors.items() for part in ("--door", f"{name}:{port}:{url}")]
    env = {**surroundings(), gate.KEY: key}
    first = next(iter(doors.values()))[0]
    supervisor.add(Program("gate", command, env, wish.folder / "gate.log", first, ROOT))


def _start_clock(wish: Wish, supervisor: Supervisor) -> None:
    command = [sys.executable, "-m", "local.clock", "--project", wish.project, "--every", str(wish.tick)]
    env = {**surroundings(), "PUBSUB_EMULATOR_HOST": os.environ["PUBSUB_EMULATOR_HOST"]}
    supervisor.add(Program("clock", command, env, wish.folder / "clock.log", None, ROOT))


class _Notice:
    """Keeps `ready.json` in the logs' folder true: the processes' ids change whenever one is started again."""

    def __init__(self) -> None:
        self._city: City | None = None
        self._lock = threading.Lock()

    @contextmanager
    def of(self, started: City) -> Iterator[None]:
        """From now on, and gone with the city."""
        self._city = started
        lines = [f"{name}={value}\n" for name, value in started.environment().items()]
        (started.logs / ENVIRONMENT).write_text("".join(lines), "utf-8")
        self.changed()
        try:
            yield
        finally:
            with self._lock:
                self._city = None
            for file in (READY, ENVIRONMENT):
                (started.logs / file).unlink(missing_ok=True)

    def changed(self) -> None:
        with self._lock:
            if self._city is not None:
                path = self._city.logs / READY
                draft = path.with_suffix(".new")
                draft.write_text(json.dumps(self._city.ready()), "utf-8")
                draft.replace(path)


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
