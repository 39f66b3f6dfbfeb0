"""Bundles as they are deployed: each unpacked, installed and started alone, with its own requirements."""

import ast
import base64
import fcntl
import json
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import distribution
from pathlib import Path

import pytest
import requests
from google.cloud import firestore
from packaging.requirements import Requirement

from local import bundle, processes, topology
from local.staff import AUDIENCE
from local.topology import Service, Trigger
from tsunagu.line.signature import sign

ROOT = Path(__file__).parents[2]
BUNDLES = bundle.names()
SERVICES = topology.read().services
ENVIRONMENTS = ROOT / "build" / "bundle-environments"
PIP = ("-m", "pip", "--disable-pip-version-check")
SECRET = "8c570fa6dd201bb328f1c1eac23a96d8"
# What each bundle carries besides code.
FILES = {
    "broadcast": {"broadcasts/delivery/prices.yaml", "residents/city.yaml"},
    "chat": {
        "broadcasts/delivery/prices.yaml",
        "broadcasts/texts",
        "residents/city.yaml",
        "residents/texts",
        "surveys/texts",
    },
    "console": {
        "audiences/templates",
        "broadcasts/delivery/prices.yaml",
        "broadcasts/desk/templates",
        "broadcasts/texts",
        "residents/city.yaml",
        "surveys/desk/templates",
        "surveys/texts",
        "web/static",
        "web/templates",
    },
    "survey_report": {
        "residents/city.yaml",
        "surveys/report/templates",
        "surveys/take/report.typ",
        "surveys/take/templates",
        "typeset/vendor",
        "web/static",
        "web/templates",
    },
    "webhook": set(),
}

pytestmark = pytest.mark.timeout(1200)  # the first run on a machine downloads and installs five environments


@dataclass(frozen=True)
class Installed:
    """A bundle unpacked into `folder`, and the interpreter of an environment made for it alone."""

    folder: Path
    python: Path


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Installed]:
    unpacked = tmp_path_factory.mktemp("unpacked")
    for name in BUNDLES:
        with zipfile.ZipFile(bundle.bundle(name, unpacked)) as archive:
            archive.extractall(unpacked / name)
    pythons = environments({name: unpacked / name / "requirements.txt" for name in BUNDLES}, unpacked / "wheels")
    return {name: Installed(unpacked / name, pythons[name]) for name in BUNDLES}


def environments(pins: Mapping[str, Path], wheels: Path) -> dict[str, Path]:
    """Bundle → the interpreter of a fresh environment with its requirements and no others; kept until they change."""
    keys = {name: sha256(sys.version.encode() + file.read_bytes()).hexdigest()[:16] for name, file in pins.items()}
    folders = {name: ENVIRONMENTS / f"{name}-{key}" for name, key in keys.items()}
    ENVIRONMENTS.mkdir(parents=True, exist_ok=True)
    with (ENVIRONMENTS / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lacking = [name for name, folder in folders.items() if not (folder / "complete").exists()]
        if lacking:
            # Looking through an index takes pip longer than installing, so what several need is looked up once.
            wanted = [part for name in lacking for part in ("-r", str(pins[name]))]
            run(sys.executable, *PIP, "wheel", "--quiet", "--no-deps", "--wheel-dir", str(wheels), *wanted)
        with ThreadPoolExecutor(max_workers=2) as pool:
            list(pool.map(lambda name: install(name, pins[name], wheels, folders[name]), lacking))
    return {name: folder / "bin" / "python" for name, folder in folders.items()}


def install(name: str, pins: Path, wheels: Path, folder: Path) -> None:
    for old in ENVIRONMENTS.glob(f"{name}-*"):
        shutil.rmtree(old)
    run(sys.executable, "-m", "venv", "--without-pip", str(folder))
    command = [sys.executable, *PIP, "--python", str(folder / "bin" / "python"), "install", "--quiet", "-r", str(pins)]
    # Compiled is what is imported, when it is: most never is.
    run(*command, "--no-index", "--find-links", str(wheels), "--no-compile")
    (folder / "complete").touch()


def run(*command: str, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> str:
    surroundings = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | dict(env or {})
    done = subprocess.run(command, cwd=cwd, env=surroundings, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stderr
    return done.stdout


def loaded(folder: Path, python: Path) -> set[str]:
    """The modules in memory once `main` is imported, without any setting in the environment."""
    says = "import json, sys; sys.path.insert(0, '.'); import main; print(json.dumps(list(sys.modules)))"
    none = dict.fromkeys(
        ("GOOGLE_CLOUD_PROJECT", *(f"{used}_EMULATOR_HOST" for used in ("FIRESTORE", "PUBSUB", "STORAGE"))), ""
    )
    return set(json.loads(run(str(python), "-c", says, cwd=folder, env=none)))


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    here = {name: bundle.bundle(name, tmp_path / "here").read_bytes() for name in BUNDLES}
    elsewhere = tmp_path / "elsewhere"
    says = "import sys, pathlib; from local.bundle import *; [bundle(n, pathlib.Path(sys.argv[1])) for n in names()]"
    surroundings = {"PYTHONHASHSEED": "1", "TZ": "Pacific/Apia", "LC_ALL": "C"}
    run(sys.executable, "-c", says, str(elsewhere), cwd=ROOT, env=surroundings)
    assert here == {name: (elsewhere / f"{name}.zip").read_bytes() for name in BUNDLES}


def test_every_bundle_is_a_service_of_the_city() -> None:
    assert sorted({service.bundle for service in SERVICES.values()}) == BUNDLES


@pytest.mark.parametrize("name", BUNDLES)
def test_a_bundle_holds_the_code_it_loads_and_no_other(name: str, installed: dict[str, Installed]) -> None:
    one = installed[name]
    code = {path.relative_to(one.folder) for path in one.folder.rglob("*.py")} - {Path("main.py")}
    held = {".".join(path.with_suffix("").parts).removesuffix(".__init__") for path in code}
    assert {module for module in loaded(one.folder, one.python) if module.split(".")[0] == "tsunagu"} == held


@pytest.mark.parametrize("name", BUNDLES)
def test_a_bundle_holds_the_files_its_code_reads_and_no_others(name: str) -> None:
    held = {place for place in bundle.contents(name) if not place.endswith(".py")} - {"requirements.txt"}
    assert files_of(FILES[name]) == held


# What the `tsunagu` command alone reads, on the operator's machine.
NOT_DEPLOYED = {"menus/menus.yaml", "menus/menu.typ"}


def test_no_file_of_the_house_is_forgotten() -> None:
    everything = {path.name for path in (ROOT / "tsunagu").iterdir() if path.is_dir() and path.name != "__pycache__"}
    carried = {place for name in BUNDLES for place in bundle.contents(name) if not place.endswith(".py")}
    assert files_of(everything) - files_of(NOT_DEPLOYED) == carried - {"requirements.txt"}


def files_of(places: set[str]) -> set[str]:
    """Files that are not code, in these files and folders of `tsunagu/`."""
    found = [file for place in places for file in (ROOT / "tsunagu" / place).rglob("*")]
    found += [ROOT / "tsunagu" / place for place in places]
    return {
        file.relative_to(ROOT).as_posix() for file in found if file.is_file() and file.suffix not in (".py", ".pyc")
    }


def test_staff_pages_have_the_citys_design_with_them() -> None:
    for name in ("console", "survey_report"):
        assert True is ("tsunagu/web/static/vendor/design-tokens.css" in bundle.contents(name))


@pytest.mark.parametrize("name", BUNDLES)
def test_the_requirements_are_what_the_code_imports(name: str) -> None:
    """Of the project's own requirements, at their versions; what zoneinfo reads is not imported but needed."""
    imported = {module for code in bundle.contents(name).items() for module in imports(*code)}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    used = {line for line in project if not imported.isdisjoint(modules_of(Requirement(line).name))}
    if "zoneinfo" in imported:
        used |= {line for line in project if Requirement(line).name == "tzdata"}
    assert sorted(used) == (ROOT / "functions" / name / "requirements.txt").read_text("utf-8").splitlines()


def imports(place: str, code: bytes) -> Iterator[str]:
    for node in ast.walk(ast.parse(code)) if place.endswith(".py") else ():
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def modules_of(requirement: str) -> set[str]:
    files = [Path(str(file)) for file in distribution(requirement).files or []]
    return {".".join(file.with_suffix("").parts).removesuffix(".__init__") for file in files if file.suffix == ".py"}


@pytest.mark.parametrize("name", BUNDLES)
def test_nothing_unpinned_is_installed(name: str, installed: dict[str, Installed]) -> None:
    says = "from importlib.metadata import distributions as d; print(*{f'{each.name}=={each.version}' for each in d()})"
    there = {normal(pin) for pin in run(str(installed[name].python), "-c", says).split()}
    pins = {normal(pin) for pin in (installed[name].folder / "requirements.txt").read_text("utf-8").split()}
    assert pins == {pin for pin in there if pin.partition("==")[0] not in ("pip", "setuptools")}


def normal(pin: str) -> str:
    name, _, version = pin.partition("==")
    return f"{name.lower().replace('_', '-').replace('.', '-')}=={version}"


@pytest.mark.parametrize("everything_installed", [False, True])
def test_receive_webhook_loads_neither_lines_sdk_nor_firestore(
    everything_installed: bool, installed: dict[str, Installed]
) -> None:
    def slow(name: str) -> list[bool]:
        one = installed[name]
        modules = loaded(one.folder, Path(sys.executable) if everything_installed else one.python)
        return [library in modules for library in ("linebot", "google.cloud.firestore", "google.cloud.firestore_v1")]

    assert [False, False, False] == slow("webhook")
    assert [True, True, True] == slow("chat")


@pytest.mark.parametrize("name", sorted(name for name, one in SERVICES.items() if one.trigger is Trigger.HTTP))
def test_an_open_service_starts_alone(name: str, start: "Starter") -> None:
    url = start(name)
    for signature, status in ((sign("another", b'{"events":[]}'), 401), (sign(SECRET, b'{"events":[]}'), 200)):
        answer = requests.post(url, data=b'{"events":[]}', headers={"X-Line-Signature": signature}, timeout=30)
        assert status == answer.status_code


@pytest.mark.parametrize("name", sorted(name for name, one in SERVICES.items() if one.trigger is Trigger.PUSH))
def test_a_push_service_starts_alone(name: str, start: "Starter", db: firestore.Client) -> None:
    url = start(name)
    assert 400 == requests.post(url, data=b"no envelope", timeout=30).status_code
    assert 400 == requests.post(url, json={"message": "none"}, timeout=30).status_code
    body = base64.b64encode(b"{}").decode()
    envelope = {"message": {"messageId": "m1", "data": body, "publishTime": "2026-11-05T00:00:00Z"}}
    assert 204 == requests.post(url, json=envelope, timeout=60).status_code
    # A tick needs no body; for all others this one names nothing that could be done.
    rejected = [] if name == "run_due_work" else [("m1", name)]
    assert rejected == [(found.id, found.get("function")) for found in db.collection("rejected").stream()]


@pytest.mark.parametrize("name", sorted(name for name, one in SERVICES.items() if one.trigger is Trigger.STAFF))
def test_a_staff_service_starts_alone(name: str, start: "Starter") -> None:
    url = start(name)
    page = requests.get(url, timeout=30)
    assert (403, True) == (page.status_code, "どなたか確認できませんでした" in page.text)
    assert 403 == requests.get(url, headers={"X-Goog-IAP-JWT-Assertion": "x.y.z"}, timeout=30).status_code
    assert 200 == requests.get(f"{url}assets/vendor/design-tokens.css", timeout=30).status_code


@dataclass
class Starter:
    installed: Mapping[str, Installed]
    values: Mapping[str, str]
    folder: Path
    running: list[subprocess.Popen[bytes]]

    def __call__(self, name: str) -> str:
        """Start a service with functions-framework as Google does, from its bundle's folder; its address."""
        service, port, log = SERVICES[name], processes.free_port(), self.folder / f"{name}.log"
        one = self.installed[service.bundle]
        command = [str(one.python), "-m", "functions_framework", "--target", service.entry_point]
        command += ["--host", "127.0.0.1", "--port", str(port)]
        process = processes.start(command, env=self._environment(name, service), log=log, cwd=one.folder)
        self.running.append(process)
        processes.wait_until_answers(name, port, process, log, 60)
        return f"http://127.0.0.1:{port}/"

    def _environment(self, name: str, service: Service) -> dict[str, str]:
        """What infra/ gives it, and where the emulators are that it uses."""
        given = [*service.settings, *service.secrets, *(f"{used.upper()}_EMULATOR_HOST" for used in service.uses)]
        surroundings = {"PATH": os.environ["PATH"], "XDG_RUNTIME_DIR": str(self.folder), "THREADS": "2"}
        return surroundings | {"K_SERVICE": name} | {setting: self.values[setting] for setting in given}


@pytest.fixture
def start(
    installed: dict[str, Installed],
    firestore_host: str,
    pubsub_host: str,
    storage_host: str,
    project: str,
    tmp_path: Path,
) -> Iterator[Starter]:
    values = {
        "GOOGLE_CLOUD_PROJECT": project,
        "FIRESTORE_EMULATOR_HOST": firestore_host,
        "PUBSUB_EMULATOR_HOST": pubsub_host,
        "STORAGE_EMULATOR_HOST": storage_host,
        "MEDIA_BUCKET": "media",
        "MEDIA_URL": "https://storage.googleapis.com",
        "PRIVATE_BUCKET": "private",
        "LINE_API_URL": "http://127.0.0.1:9",
        "LINE_DATA_API_URL": "http://127.0.0.1:9",
        "LINE_CHANNEL_SECRET": SECRET,
        "LINE_CHANNEL_ACCESS_TOKEN": "a token",
        "RESPONDENT_SECRET": "a secret",
        "STAFF_AUDIENCE": AUDIENCE,
        "CITY_TIMEZONE": "Asia/Tokyo",
        "QUIET_HOURS": "none",
        "APPROVAL_ABOVE": "1000",
    }
    starter = Starter(installed, values, tmp_path, [])
    try:
        yield starter
    finally:
        processes.end(*starter.running)
