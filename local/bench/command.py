"""`python -m local bench`: what is measured, and its command."""

from importlib import import_module
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from local.bench import table
from local.bench.figure import Measure
from local.emulators import Missing
from local.processes import DidNotStart

# In this order; each is a module beside this one, with a `measure`.
SUBJECTS = ("webhook", "imports", "events", "answer", "roster", "menu", "delivery", "surveys")

app = typer.Typer()


@app.callback()
def root() -> None:
    """Benchmarks."""


@app.command()
def bench(
    names: Annotated[list[str] | None, typer.Argument(help=f"which: {', '.join(SUBJECTS)}", show_default=False)] = None,
) -> None:
    """Measure the city against what is asked of it; ends with 0 when all of that holds. Also in build/bench.json."""
    notes = Console(stderr=True)
    if unknown := sorted(set(names or ()) - set(SUBJECTS)):
        names_there = f"nothing is measured by the name {', '.join(unknown)} (there are: {', '.join(SUBJECTS)})"
        notes.print(names_there, style="red", soft_wrap=True)
        raise typer.Exit(2)
    chosen = {name: measure_of(name) for name in SUBJECTS if not names or name in names}
    try:
        failed = table.run(
            chosen, lambda says: notes.print(escape(says), style="dim", highlight=False), Console(width=table.WIDTH)
        )
    except (Missing, DidNotStart) as error:
        notes.print(escape(str(error)), style="red", highlight=False, soft_wrap=True)
        raise typer.Exit(1) from error
    if failed:
        notes.print(f"{len(failed)} of what is asked does not hold:", style="bold red")
        for figure in failed:
            notes.print(f"  {figure.name}: {figure.figure:.4g} {figure.unit}, asked {figure.asked}", highlight=False)
        raise typer.Exit(1)


def measure_of(subject: str) -> Measure:
    """Imports the subject's module, and nobody else's."""
    measure: Measure = import_module(f"local.bench.{subject}").measure
    return measure
