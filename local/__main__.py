"""`python -m local`: the commands of the local city."""

import json
import signal
import sys
import time
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from local import clock, demo, pictures, seed
from local.bench import command as bench
from local.city import PROJECT, READY, City, Wish, city
from local.emulators import Missing
from local.functions import NotRunnable
from local.gate import LABELS
from local.processes import DidNotStart
from tsunagu.cloud.definitions import WrongFile

app = typer.Typer(
    help="A whole city on this machine: Google's emulators, a stand-in LINE platform, every function, a gate, a clock.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
notes = Console(stderr=True)


@app.callback()
def root() -> None:
    """Keeps `up` a command of its own even while it is the only one."""


@app.command()
def up(
    line_api: Annotated[str, typer.Option(help="use this LINE platform instead of starting the stand-in")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="when ready, print one line of JSON")] = False,
    workers: Annotated[list[str] | None, typer.Option(help="NAME=N: run N processes of a function")] = None,
    tick: Annotated[float, typer.Option(min=0.05, help="seconds between two ticks of the clock")] = clock.EVERY,
    project: Annotated[str, typer.Option(help="the project id that the emulators are to believe in")] = PROJECT,
) -> None:
    """Start the city, say where it is, and stay until Ctrl-C or SIGTERM, which end all of it."""
    wish = Wish(project, line_api, _counts(workers or []), tick)
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, _leave)
    try:
        if not as_json:
            notes.print("街を起動しています… / starting the city, a quarter of a minute or so …")
        with city(wish, _tell) as running:
            if as_json:
                print(json.dumps(running.ready()), flush=True)
            else:
                _deploy_menus(running)
                _show(running)
            while not (why := running.broken()):
                time.sleep(0.5)
            raise DidNotStart(why)
    except (Missing, NotRunnable, DidNotStart, WrongFile) as error:
        notes.print(escape(str(error)), style="red", highlight=False, soft_wrap=True)
        raise typer.Exit(1) from error
    except _Leaving:
        raise typer.Exit(0) from None


class _Leaving(BaseException):
    """Unwinds everything that runs, wherever it is; no `except Exception` on the way may stop it."""


def _leave(number: int, frame: FrameType | None) -> None:
    # Once is enough: a second signal must not break into the ending.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise _Leaving


def _counts(workers: list[str]) -> dict[str, int]:
    counts = {}
    for written in workers:
        name, _, count = written.partition("=")
        if not count.isdecimal():
            raise typer.BadParameter(f"{written!r} must be NAME=N, such as send_chunk_urgent=4")
        counts[name] = int(count)
    return counts


def _tell(says: str) -> None:
    notes.print(escape(says), style="yellow", highlight=False, soft_wrap=True)


def _deploy_menus(running: City) -> None:
    """For people who look at the phone; a program that reads the JSON gets an account as it was before."""
    try:
        demo.tsunagu(running, "menu", "deploy")
    except demo.Failed as failed:
        _tell(str(failed))


def _show(running: City) -> None:
    table = Table("", "", show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_row("電話 Phone", f"{running.line_api}/")
    for name, url in running.doors.items():
        table.add_row(" ".join(LABELS.get(name, (name, ""))), f"{url}/")
    for name, function in running.functions.items():
        count = len(function.workers)
        table.add_row(name, function.url + (f"  ({count} processes)" if count > 1 else ""), style="dim")
    table.add_row("Firestore", running.firestore, style="dim")
    table.add_row("Pub/Sub", running.pubsub, style="dim")
    table.add_row("Cloud Storage", running.storage, style="dim")
    table.add_row("logs", f"{running.logs}/ ({READY} has secrets and process ids)", style="dim")
    out = Console()
    out.print("街が動いています / the city is up\n", style="bold green")
    out.print(table)
    out.print("\nCtrl-C で終わります / ends it")


for other in (bench.app, demo.app, pictures.app, seed.app):
    app.registered_commands.extend(other.registered_commands)


if __name__ == "__main__":
    sys.exit(app())
