"""`python -m local demo`: the city's main job on real input, from a resident's first tap to a report in a spreadsheet.

Three residents in two languages follow and register. A broadcast reaches those of one ward and one topic and invites
them to a survey. They answer it, each along their own branch. Staff download the report through the gate, and it is
held against the answers that were given.
"""

import csv
import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Annotated, Any

import openpyxl
import requests
import typer
from rich.console import Console
from rich.table import Table

from local.city import LOGS, City, Wish, city
from local.emulators import Missing
from local.functions import NotRunnable
from local.gate import CHOICE
from local.phones import Phone, Phones
from local.processes import DidNotStart
from local.topology import ROOT

EXAMPLES = ROOT / "local" / "examples"
RESULTS = ROOT / "build" / "demo"
SURVEY = "kosodate-2026"
PATIENCE = 60.0  # seconds for any one answer, on a machine that is busy with something else
SECOND = 1.0

out = Console()
app = typer.Typer()


PROJECT = "tsunagu-demo"


class Failed(Exception):
    """What was expected and what was seen instead, as a sentence."""


@dataclass
class Step:
    does: str
    seen: str
    seconds: float


@dataclass
class Story:
    """What happened so far, a line a step."""

    steps: list[Step] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    def tell(self, does: str, seen: str) -> None:
        now = time.monotonic()
        self.steps.append(Step(does, seen, now - self.began))
        self.began = now
        out.print(f"  [green]✓[/] {does} — {seen}", highlight=False)


@dataclass(frozen=True)
class Character:
    """A made-up resident. `registers` is what they tap, or type where it begins with ✎, one after the other."""

    name: str
    registers: tuple[str, ...]
    hears: bool
    answers: tuple[str, ...] = ()
    gave: dict[str, str] = field(default_factory=dict)


CAST = (
    Character(
        "日本語・中央区・子育て",
        ("日本語", "中央区", "✎はるたけ", "防災", "子育て・教育", "決定", "30代", "わかりました"),
        hears=True,
        answers=("よく使う", "☐ 子どもを遊ばせる", "☐ 相談する", "決定", "5", "✎2", "✎2026年12月5日"),
        gave={
            "uses": "よく使う",
            "uses-code": "given",
            "services.play": "1",
            "services.advice": "1",
            "services.friends": "0",
            "services.course": "0",
            "services-code": "given",
            "satisfied": "5",
            "satisfied-code": "given",
            "why_not-code": "not_asked",
            "children": "2",
            "children-code": "given",
            "visit": "2026-12-05",
            "visit-code": "given",
        },
    ),
    Character(
        "English, Chuo Ward, children",
        ("English", "Chuo Ward", "✎obiyama", "Children and school", "Done", "40–49", "I understand"),
        hears=True,
        answers=("Never", "✎=SUM(1+1) is not the reason; I did not know about it 🙂", "✎1", "Skip"),
        gave={
            "uses": "使ったことがない",
            "uses-code": "given",
            "services-code": "not_asked",
            "satisfied-code": "not_asked",
            "why_not": "=SUM(1+1) is not the reason; I did not know about it 🙂",
            "why_not-code": "given",
            "children": "1",
            "children-code": "given",
            "visit-code": "skipped",
        },
    ),
    Character(
        "日本語・北区・ごみ",
        ("日本語", "北区", "✎武蔵", "ごみ・リサイクル", "決定", "答えない", "わかりました"),
        hears=False,
    ),
)


@app.callback()
def root() -> None:
    """The demo."""


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="end afterwards, with 0 when all went well")] = False,
) -> None:
    """Run the city's main job once, then stay up with the phone page and the report."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        story = Story()
        out.print("街を起動しています… / starting the city …")
        with city(Wish(project=PROJECT, tick=SECOND, logs=LOGS / PROJECT), tell) as running:
            story.tell("the city is up", f"{len(running.functions)} functions, three emulators, LINE's stand-in")
            play(running, story)
            summary(story)
            if not once:
                stay(running)
    except (Failed, Missing, NotRunnable, DidNotStart) as error:
        out.print(f"✗ {error}", style="red", highlight=False, markup=False)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        raise typer.Exit(0) from None


def tell(says: str) -> None:
    out.print(says, style="yellow", markup=False)


def play(running: City, story: Story) -> None:
    phones = Phones(running.line_api)
    residents = list(zip(CAST, phones.add(len(CAST), seed="demo"), strict=True))
    tsunagu(running, "menu", "deploy", "--by", "editor@city.example")
    story.tell("tsunagu menu deploy", "six rich menus: three languages, on ordinary days and in a disaster")
    for character, phone in residents:
        talk(phone, character.registers, following=True)
        see_menu(character, phone, "ordinary")
        story.tell(f"registered: {character.name}", f"{len(phone.received())} messages from the city, and its menu")

    tsunagu(running, "survey", "open", str(EXAMPLES / "survey.yaml"))
    story.tell("tsunagu survey open", "the survey takes answers")
    tsunagu(running, "broadcast", "schedule", str(EXAMPLES / "broadcast.yaml"), "--by", "editor@city.example")
    for character, phone in residents:
        if character.hears:
            wait_for(partial(has_broadcast, phone), f"the broadcast to {character.name}")
    time.sleep(2 * SECOND)  # for one that would come though it should not
    for character, phone in residents:
        count = len({entry["request_id"] for entry in phone.received() if entry["how"] == "multicast"})
        expect(f"broadcasts to {character.name}", int(character.hears), count)
    reached = [character.name for character in CAST if character.hears]
    spared = [character.name for character in CAST if not character.hears]
    story.tell("tsunagu broadcast schedule", f"received by {'; '.join(reached)}; rightly not by {'; '.join(spared)}")

    for character, phone in residents:
        last = phone.words()[-1]
        read = "Read 1" if character.registers[0] == "English" else "1番を読む"
        talk(phone, ("✎お知らせ", read) if character.hears else ("✎お知らせ",))
        told = phone.words()[-1]
        expect(f"news read again by {character.name}", character.hears, told == last)
        expect(f"no news for {character.name}", not character.hears, "お知らせはありません" in told)
    story.tell("said お知らせ", "those who had received the broadcast read it again; the other has no news")

    for mode in ("disaster", "ordinary"):
        tsunagu(running, "menu", "switch", mode, "--by", "editor@city.example")
        for character, phone in residents:
            see_menu(character, phone, mode)
    story.tell("tsunagu menu switch", "to the menus for disasters and back, each in the resident's language")

    for character, phone in residents:
        if character.answers:
            invitation = "Answer the survey" if character.registers[0] == "English" else "アンケートに答える"
            talk(phone, (invitation, *character.answers))
            story.tell(f"answered: {character.name}", f"{len(character.answers)} taps and texts")

    of_csv, of_xlsx = download(running)
    compare(of_csv, defused="'")
    story.tell("CSV through the gate", f"{len(of_csv)} answers, each as it was given; formulas defused")
    compare(of_xlsx, defused="")
    story.tell("Excel through the gate", f"{len(of_xlsx)} answers, each as it was given")


def talk(phone: Phone, says: tuple[str, ...], following: bool = False) -> None:
    """Tap or type one thing after the other, each when the city has answered the one before."""
    if following:
        answered(phone, lambda: phone.follow(), "follow")
    for word in says:
        if word.startswith("✎"):
            answered(phone, lambda: phone.say(word[1:]), word)  # noqa: B023 (called at once)
        else:
            answered(phone, lambda: phone.tap(word), word)  # noqa: B023


def answered(phone: Phone, act: Any, what: str) -> None:
    before = phone.latest()
    act()
    if not phone.answer(before, PATIENCE):
        raise Failed(f"the city did not answer 「{what}」 within {PATIENCE:.0f} seconds")


def see_menu(character: Character, phone: Phone, mode: str) -> None:
    language = "en" if character.registers[0] == "English" else "ja"
    shown = phone.menu() or {"name": ""}
    expect(f"the rich menu of {character.name}", f"{mode}/{language}", "/".join(shown["name"].split("/")[1:3]))


def has_broadcast(phone: Phone) -> bool:
    return any(entry["how"] == "multicast" for entry in phone.received())


def tsunagu(running: City, *arguments: str) -> None:
    """The command that staff type, in the environment of this city."""
    env = {**os.environ, **running.environment()}
    done = subprocess.run(
        [sys.executable, "-m", "tsunagu", *arguments], env=env, cwd=ROOT, capture_output=True, text=True
    )
    if done.returncode:
        raise Failed(f"tsunagu {' '.join(arguments)} ended with {done.returncode}: {done.stdout}{done.stderr}")


def download(running: City) -> tuple[list[dict[str, str]], list[dict[str, Any]]]:
    """Both files, fetched as an analyst's browser would fetch them, and kept in build/demo/; the rows of each."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    pages = f"{running.doors['survey_report']}/surveys/{SURVEY}/downloads"
    stranger = requests.get(f"{pages}/csv", timeout=PATIENCE, allow_redirects=False)
    expect("the report for somebody who has not said who they are", True, stranger.status_code in (302, 401))
    visitor = entered(running, "visitor@city.example").get(f"{pages}/csv", timeout=PATIENCE)
    expect("the report for somebody without a role", 403, visitor.status_code)
    analyst = entered(running, "analyst@city.example")
    for kind in ("csv", "xlsx"):
        got = analyst.get(f"{pages}/{kind}", timeout=PATIENCE)
        expect(f"{kind}: HTTP status", 200, got.status_code)
        (RESULTS / f"answers.{kind}").write_bytes(got.content)
    written = (RESULTS / "answers.csv").read_bytes()
    expect("how answers.csv begins", b"\xef\xbb\xbf", written[:3])
    sheet = openpyxl.load_workbook(RESULTS / "answers.xlsx")["回答"]
    header, *rows = sheet.iter_rows(values_only=True)
    return (
        list(csv.DictReader(io.StringIO(written.decode("utf-8-sig"), newline=""))),
        [dict(zip(map(str, header), row, strict=True)) for row in rows],
    )


def entered(running: City, email: str) -> requests.Session:
    """A browser in which somebody has said at the gate who they are."""
    browser = requests.Session()
    chosen = browser.post(f"{running.doors['survey_report']}{CHOICE}", data={"email": email}, timeout=PATIENCE)
    expect(f"the gate for {email}", True, chosen.status_code in (200, 403))
    return browser


def compare(rows: list[dict[str, Any]], defused: str) -> None:
    """Every answer that was given stands in its row, and nothing else does."""
    given = [character.gave for character in CAST if character.gave]
    expect("answers in the file", len(given), len(rows))
    for gave in given:
        same_use = [row for row in rows if cells(row).get("uses") == gave["uses"]]
        expect(f"rows that answered 「{gave['uses']}」", 1, len(same_use))
        wanted = {name: defused + text if text.startswith("=") else text for name, text in gave.items()}
        expect(f"the row of 「{gave['uses']}」", wanted, cells(same_use[0]))


def cells(row: dict[str, Any]) -> dict[str, str]:
    """The answers of a row by the id that their column's name begins with, without the blanks."""
    asked = {name.split()[0]: value for name, value in row.items() if name[0].isascii()}
    return {name: plain(value) for name, value in asked.items() if value not in (None, "")}


def plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def expect(what: str, wanted: Any, seen: Any) -> None:
    if wanted != seen:
        raise Failed(f"{what}: expected {wanted!r}, saw {seen!r}")


def wait_for(happened: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not happened():
        if time.monotonic() > deadline:
            raise Failed(f"{what}: not within {PATIENCE:.0f} seconds")
        time.sleep(0.1)


def summary(story: Story) -> None:
    table = Table("what happened", "what was seen", "seconds")
    for step in story.steps:
        table.add_row(step.does, step.seen, f"{step.seconds:.1f}")
    out.print()
    out.print(table)
    out.print(f"すべて確認できました / all as it should be. Files: {RESULTS.relative_to(ROOT)}/", style="bold green")


def stay(running: City) -> None:
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_row("電話の画面 / the phone", f"{running.line_api}/")
    table.add_row("アンケートの集計 / the report", f"{running.doors['survey_report']}/surveys/{SURVEY}")
    table.add_row("管理画面 / the console", f"{running.doors['console']}/")
    out.print()
    out.print(table)
    out.print("\nCtrl-C で終わります / ends it")
    while not (why := running.broken()):
        time.sleep(0.5)
    raise DidNotStart(why)
