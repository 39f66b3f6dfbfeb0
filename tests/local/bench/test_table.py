"""The table of the benchmarks: rows in build/bench.json, what is kept of the last run, what does not hold."""

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from local.bench.command import SUBJECTS, measure_of
from local.bench.figure import Figure, Measure, Tell, at_least, at_most, reported
from local.bench.table import WIDTH, run
from local.topology import ROOT


def silent(says: str) -> None:
    pass


def subject(*figures: Figure) -> Measure:
    def measure(tell: Tell) -> Iterator[Figure]:
        tell("measuring")
        yield from figures

    return measure


def rows(file: Path) -> list[tuple[str, bool | None]]:
    return [(row["name"], row["holds"]) for row in json.loads(file.read_text("utf-8"))]


def test_a_row_says_what_was_measured_what_was_asked_and_whether_it_holds(tmp_path: Path) -> None:
    file, said, page = tmp_path / "build" / "bench.json", list[str](), io.StringIO()
    measured = subject(reported("hens", 1234.5, "eggs/day"), at_most("foxes", 0.5, "ratio", 1.15))
    assert [] == run({"farm": measured}, said.append, Console(file=page, width=WIDTH), file)
    assert [
        {"name": "farm: hens", "figure": 1234.5, "unit": "eggs/day", "asked": "", "holds": None},
        {"name": "farm: foxes", "figure": 0.5, "unit": "ratio", "asked": "≤ 1.15", "holds": True},
    ] == json.loads(file.read_text("utf-8"))
    assert ["farm: measuring"] == said
    assert all(word in page.getvalue() for word in ("farm: hens", "1,234", "eggs/day", "≤ 1.15", "holds"))


def test_at_the_limit_it_still_holds_and_beyond_it_not() -> None:
    figures = [
        at_least("a", 0.85, "", 0.85),
        at_least("a", 0.84, "", 0.85),
        at_most("b", 3, "", 3),
        at_most("b", 4, "", 3),
    ]
    assert [True, False, True, False] == [figure.holds for figure in figures]


def test_what_does_not_hold_is_returned_and_a_selection_keeps_the_rows_of_the_others(tmp_path: Path) -> None:
    file, show = tmp_path / "bench.json", Console(file=io.StringIO())
    farm, sea = subject(reported("hens", 3, "eggs")), subject(at_least("fish", 0.5, "ratio", 0.7))
    assert ["sea: fish"] == [figure.name for figure in run({"farm": farm, "sea": sea}, silent, show, file)]
    better = subject(at_least("fish", 0.9, "ratio", 0.7), reported("crabs", 1, "crab"))
    assert [] == run({"sea": better}, silent, show, file)
    assert [("farm: hens", None), ("sea: fish", True), ("sea: crabs", None)] == rows(file)


def test_every_subject_has_its_measure() -> None:
    assert all(callable(measure_of(name)) for name in SUBJECTS)


def test_a_subject_that_is_not_there_is_named_with_those_that_are() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "local", "bench", "webhok"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (2, "") == (done.returncode, done.stdout)
    assert "webhok" in done.stderr and all(name in done.stderr for name in SUBJECTS)
