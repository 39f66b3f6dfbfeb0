"""The table of `make bench`, row by row, and build/bench.json: a list of {name, figure, unit, asked, holds}."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from local.bench.figure import Figure, Measure, Tell
from local.topology import ROOT

BENCH = ROOT / "build" / "bench.json"
COLUMNS = (("name", 52), ("figure", 10), ("unit", 12), ("asked", 12), ("holds", 13))  # characters each
WIDTH = sum(width for _, width in COLUMNS) + len(COLUMNS)
HOLDS = {True: "[green]holds[/]", False: "[bold red]does not hold[/]", None: ""}


def run(measures: Mapping[str, Measure], tell: Tell, show: Console, file: Path = BENCH) -> list[Figure]:
    """Measure one subject after the other: a row is shown when it is known, a whole subject's rows are kept in `file`.

    Rows of subjects that are not measured stay there. Returns what does not hold.
    """
    show.print(_line([name for name, _ in COLUMNS], style="bold"), soft_wrap=True)
    failed: list[Figure] = []
    for subject, measure in measures.items():
        figures: list[Figure] = []
        for figure in measure(lambda says, of=subject: tell(f"{of}: {says}")):  # type: ignore[misc]
            named = replace(figure, name=f"{subject}: {figure.name}")
            figures.append(named)
            show.print(_line([named.name, _number(named.figure), named.unit, named.asked, HOLDS[named.holds]]))
        _keep(file, subject, figures)
        failed += [figure for figure in figures if figure.holds is False]
    return failed


def _line(cells: Sequence[str], style: str = "") -> Table:
    """One row as a table of its own: it can be shown before the next is known."""
    line = Table.grid(padding=(0, 1))
    for name, width in COLUMNS:
        line.add_column(width=width, justify="right" if name == "figure" else "left", overflow="fold")
    line.add_row(*cells, style=style)
    return line


def _number(figure: float) -> str:
    return f"{figure:,.0f}" if abs(figure) >= 1000 else f"{figure:.3g}"


def _keep(file: Path, subject: str, figures: Iterable[Figure]) -> None:
    kept: list[dict[str, Any]] = json.loads(file.read_text("utf-8")) if file.exists() else []
    kept = [row for row in kept if not row["name"].startswith(f"{subject}: ")]
    kept += [asdict(figure) for figure in figures]
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".new")
    draft.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", "utf-8")
    draft.replace(file)
