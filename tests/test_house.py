"""The house is as CONTRIBUTING says: where things lie, who may import whom, what rules may do."""

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HOUSE = ("docs", "functions", "infra", "local", "tests", "tsunagu")
READ_BY_PEOPLE = {".css", ".html", ".js", ".md", ".py", ".svg", ".toml", ".yaml"}
LINES = 400
CLOCKS = {
    "now",
    "utcnow",
    "today",
    "time",
    "time_ns",
    "monotonic",
    "monotonic_ns",
    "perf_counter",
    "localtime",
    "gmtime",
}
LAYERS, RULES, WEBHOOK = (
    "A subject never reaches upwards",
    "Rules do no I/O",
    "What receive_webhook imports knows neither LINE's SDK nor Firestore",
)


def files(*folders: str) -> Iterator[Path]:
    """What people wrote there: neither caches nor what was fetched."""
    for folder in folders:
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and not {"__pycache__", "vendor"} & set(path.parts):
                yield path


def test_a_function_is_main_and_requirements_and_nothing_else() -> None:
    found = {path.relative_to(ROOT / "functions").as_posix() for path in files("functions")}
    folders = {place.partition("/")[0] for place in found}
    assert {f"{folder}/{name}" for folder in folders for name in ("main.py", "requirements.txt")} == found


def test_packages_begin_empty() -> None:
    packages = {path.parent for path in files("tsunagu") if path.suffix == ".py"}
    assert {package / "__init__.py": "" for package in packages} == {
        package / "__init__.py": (package / "__init__.py").read_text("utf-8") for package in packages
    }


def test_no_file_is_longer_than_a_person_reads_at_once() -> None:
    written = [*files(*HOUSE), *ROOT.glob("*.md"), ROOT / "pyproject.toml", ROOT / "Makefile"]
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_text("utf-8").splitlines())
        for path in written
        if path.suffix in READ_BY_PEOPLE or path.name == "Makefile"
    }
    assert {} == {place: lines for place, lines in lengths.items() if lines > LINES}


def test_rules_ask_no_clock() -> None:
    rules = [path for path in files("tsunagu") if path.name == "rules.py"]
    assert 4 <= len(rules)
    assert {} == {str(path): found for path in rules if (found := clocks_in(path.read_text("utf-8")))}


@pytest.mark.parametrize(
    "asks",
    [
        "from datetime import datetime, UTC\nat = datetime.now(UTC)",
        "import datetime\nat = datetime.date.today()",
        "import os, time\nat = time.time()",
        "from time import monotonic as ticks\nat = ticks()",
        "field(default_factory=datetime.utcnow)",
    ],
)
def test_a_clock_would_be_seen(asks: str) -> None:
    assert [] != clocks_in(asks)


def clocks_in(code: str) -> list[str]:
    """Where a module takes hold of a clock, called or not."""
    found = []
    for node in ast.walk(ast.parse(code)):
        match node:
            case ast.Attribute(attr=name) if name in CLOCKS:
                found.append(f"line {node.lineno}: .{name}")
            case ast.ImportFrom(module="time"):
                found.append(f"line {node.lineno}: from time")
            case ast.Import(names=names) if "time" in {alias.name for alias in names}:
                found.append(f"line {node.lineno}: import time")
    return found


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The house in a folder where it may be spoilt."""
    shutil.copytree(ROOT / "tsunagu", tmp_path / "tsunagu", ignore=shutil.ignore_patterns("__pycache__", "static"))
    shutil.copy(ROOT / ".importlinter", tmp_path)
    return tmp_path


def lint_imports(folder: Path) -> tuple[bool, set[str]]:
    """Whether all contracts are kept, and the names of those that are broken."""
    surroundings = os.environ | {"PYTHONPATH": str(folder), "NO_COLOR": "1", "COLUMNS": "200"}
    command = [str(Path(sys.executable).with_name("lint-imports")), "--config", ".importlinter"]
    done = subprocess.run(command, cwd=folder, env=surroundings, capture_output=True, text=True, check=False)
    broken = {line.removesuffix(" BROKEN").strip() for line in done.stdout.splitlines() if line.endswith(" BROKEN")}
    assert "Contracts" in done.stdout, done.stdout + done.stderr
    return done.returncode == 0, broken


def test_nobody_imports_what_they_must_not() -> None:
    assert (True, set()) == lint_imports(ROOT)


@pytest.mark.parametrize(
    ("place", "line", "broken"),
    [
        ("residents/rules.py", "import google.cloud.firestore", {RULES}),
        ("surveys/rules.py", "from tsunagu.cloud.firestore import connect", {RULES}),
        ("staff/rules.py", "import time", {RULES}),
        ("residents/store.py", "import tsunagu.surveys.rules", {LAYERS}),
        ("web/app.py", "import tsunagu.chat.catalogue", {LAYERS}),
        ("packs/read.py", "import tsunagu.staff.store", {LAYERS}),
        ("line/signature.py", "import tsunagu.line.client", {WEBHOOK}),
        ("cloud/pubsub.py", "import tsunagu.cloud.firestore", {WEBHOOK}),
    ],
)
def test_a_contract_breaks_when_it_should(place: str, line: str, broken: set[str], copy: Path) -> None:
    spoilt = copy / "tsunagu" / place
    spoilt.write_text(spoilt.read_text("utf-8") + f"\n{line}\n", "utf-8")
    assert (False, broken) == lint_imports(copy)


def test_the_copy_itself_breaks_nothing(copy: Path) -> None:
    assert (True, set()) == lint_imports(copy)
