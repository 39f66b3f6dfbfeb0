"""Google's Firestore and Pub/Sub emulators, and one of Cloud Storage: found, started on free ports, and ended.

with emulators(heap="1g") as running:
    running.firestore, running.pubsub      # "127.0.0.1:port" each
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from local import processes

HERE = Path(__file__).parents[1]
OLDEST_JAVA = 17
CITY_HEAP = "12g"  # a million documents do not fit the default
PUBSUB_HEAP = "512m"
STARTS_WITHIN = 90.0  # seconds, on a busy machine

# Where Google's Debian package, its snap, Homebrew and its own installer put the SDK.
USUAL_ROOTS = (
    "/usr/lib/google-cloud-sdk",
    "/snap/google-cloud-cli/current",
    "/opt/homebrew/share/google-cloud-sdk",
    "/usr/local/share/google-cloud-sdk",
    "~/google-cloud-sdk",
)


class Missing(Exception):
    """A sentence saying what to install, and how."""


@dataclass(frozen=True)
class Product:
    """One emulator of the SDK: where its jar lies, what it starts with, and the names under which it is installed."""

    name: str
    jar: str
    main: str
    component: str
    package: str


FIRESTORE = Product(
    "Firestore",
    "platform/cloud-firestore-emulator/cloud-firestore-emulator.jar",
    "com.google.cloud.datastore.emulator.firestore.CloudFirestore",
    "cloud-firestore-emulator",
    "google-cloud-cli-firestore-emulator",
)
PUBSUB = Product(
    "Pub/Sub",
    "platform/pubsub-emulator/lib/cloud-pubsub-emulator-*.jar",
    "com.google.cloud.pubsub.testing.v1.Main",
    "pubsub-emulator",
    "google-cloud-cli-pubsub-emulator",
)


@dataclass(frozen=True)
class Emulator:
    """`host` is what its EMULATOR_HOST wants: 127.0.0.1:port, and for STORAGE_EMULATOR_HOST http:// before it."""

    name: str
    host: str
    process: subprocess.Popen[bytes]
    log: Path


@dataclass(frozen=True)
class Emulators:
    firestore: Emulator
    pubsub: Emulator


@contextmanager
def emulators(heap: str = CITY_HEAP, logs: Path | None = None) -> Iterator[Emulators]:
    with ExitStack() as stack:
        firestore = stack.enter_context(firestore_emulator(heap, logs))
        pubsub = stack.enter_context(pubsub_emulator(logs))
        yield Emulators(firestore, pubsub)


@contextmanager
def firestore_emulator(heap: str = CITY_HEAP, logs: Path | None = None) -> Iterator[Emulator]:
    """`heap` is Java's limit, such as "1g". Raises Missing or processes.DidNotStart."""
    with _google(FIRESTORE, "firestore.log", [f"-Xmx{heap}", "-Duser.language=en"], firestore_jar(), logs) as emulator:
        yield emulator


@contextmanager
def pubsub_emulator(logs: Path | None = None) -> Iterator[Emulator]:
    """Raises Missing or processes.DidNotStart."""
    with _google(PUBSUB, "pubsub.log", [f"-Xmx{PUBSUB_HEAP}"], pubsub_jar(), logs) as emulator:
        yield emulator


@contextmanager
def storage_emulator(*buckets: str, logs: Path | None = None) -> Iterator[Emulator]:
    """With these buckets in it; a tenth of a second, so each city has its own. Raises processes.DidNotStart."""
    command = [sys.executable, "-m", "local.storage_emulator", *(f"--bucket={bucket}" for bucket in buckets)]
    with _running("Cloud Storage's emulator", "storage.log", command, logs) as emulator:
        yield replace(emulator, host=f"http://{emulator.host}")


@contextmanager
def _google(product: Product, file: str, options: list[str], jar: Path, logs: Path | None) -> Iterator[Emulator]:
    # The serial collector starts fastest and leaves the other core alone.
    command = [java(), "-XX:+UseSerialGC", *options, "-cp", str(jar), product.main]
    with _running(f"{product.name}'s emulator", file, command, logs) as emulator:
        yield emulator


@contextmanager
def _running(name: str, file: str, command: list[str], logs: Path | None) -> Iterator[Emulator]:
    with ExitStack() as stack:
        log = (logs or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tsunagu-")))) / file
        port = processes.free_port()
        command = [*command, "--host=127.0.0.1", f"--port={port}"]
        process = processes.start(command, env=os.environ, log=log, cwd=HERE)
        stack.callback(processes.end, process, patience=1.0)
        processes.wait_until_answers(name, port, process, log, STARTS_WITHIN)
        yield Emulator(name, f"127.0.0.1:{port}", process, log)


@cache
def java() -> str:
    """The first Java that is new enough: JAVA_HOME's, the PATH's, the system's. Raises Missing."""
    home = os.environ.get("JAVA_HOME")
    folders = [Path(home) / "bin"] if home else []
    folders += [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    return find_java([*folders, *sorted(Path("/usr/lib/jvm").glob("*/bin"))])


def find_java(folders: Sequence[Path]) -> str:
    """Raises Missing."""
    found = {}
    for folder in folders:
        program = str(folder / "java")
        if os.path.isfile(program) and os.access(program, os.X_OK):
            found[program] = java_version(program)
            if found[program] >= OLDEST_JAVA:
                return program
    seen = ", ".join(f"{program} is version {version}" for program, version in found.items())
    raise Missing(
        f"Google's emulators need Java {OLDEST_JAVA} or newer ({seen or 'no java was found'}). "
        "On Debian or Ubuntu: apt-get install default-jre-headless. Elsewhere see https://adoptium.net; "
        "JAVA_HOME may name where it is."
    )


def java_version(program: str) -> int:
    """The major version; 0 when it does not say one."""
    said = subprocess.run([program, "-version"], capture_output=True, text=True, check=False).stderr
    match = re.search(r'version "(?:1\.)?(\d+)', said)
    return int(match[1]) if match else 0


def firestore_jar() -> Path:
    return find_jar(FIRESTORE, sdk_roots(os.environ))


def pubsub_jar() -> Path:
    return find_jar(PUBSUB, sdk_roots(os.environ))


def find_jar(product: Product, roots: Sequence[Path]) -> Path:
    """The newest in the first SDK that has one. Raises Missing."""
    for root in roots:
        for jar in sorted(root.glob(product.jar), reverse=True):
            return jar
    looked = f"looked in {', '.join(map(str, roots))}" if roots else "no Google Cloud SDK was found"
    raise Missing(
        f"Google's {product.name} emulator is missing ({looked}). Install it with "
        f"`gcloud components install {product.component}`, or, where the SDK came from Google's Debian repository "
        f"(https://cloud.google.com/sdk/docs/install#deb), `apt-get install {product.package}`; "
        "CLOUDSDK_ROOT_DIR may name where the SDK is."
    )


def sdk_roots(env: Mapping[str, str]) -> list[Path]:
    """Every folder of a Google Cloud SDK: the one that is named, gcloud's own, the usual ones."""
    named = [env.get("CLOUDSDK_ROOT_DIR", ""), _gcloud_root(), *USUAL_ROOTS]
    roots = [Path(folder).expanduser() for folder in named if folder]
    return [root for root in dict.fromkeys(roots) if root.is_dir()]


@cache
def _gcloud_root() -> str:
    gcloud = shutil.which("gcloud")
    if gcloud is None:
        return ""
    command = [gcloud, "info", "--format=value(installation.sdk_root)"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
