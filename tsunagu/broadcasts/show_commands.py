"""What `tsunagu broadcast` shows: list, show, next, ledger, verify, cost."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer
from google.cloud.firestore import Client
from rich.table import Column, Table
from rich.text import Text

from tsunagu.audiences.store import titles
from tsunagu.audiences.words import described
from tsunagu.broadcasts import store
from tsunagu.broadcasts.delivery import cost as costs
from tsunagu.broadcasts.delivery import ledger as ledgers
from tsunagu.broadcasts.delivery.finish import progress
from tsunagu.broadcasts.delivery.spread import Spread
from tsunagu.broadcasts.life import house as houses
from tsunagu.broadcasts.life.house import House, held_until
from tsunagu.broadcasts.life.series import lasts, rule_of
from tsunagu.broadcasts.repeat import Holidays, Repeat
from tsunagu.broadcasts.rules import Kind, State
from tsunagu.broadcasts.store import Broadcast
from tsunagu.cloud import settings, terminal
from tsunagu.cloud.firestore import connect
from tsunagu.cloud.outcomes import Rejected
from tsunagu.cloud.outfile import whole
from tsunagu.staff.access import require
from tsunagu.staff.rules import Deed
from tsunagu.staff.store import audit

NAME = re.compile(r"[A-Za-z0-9_-]+")  # what the id of a broadcast, or of one of a series, is made of
# What is left of a broadcast under way may have to wait for: a pause of the city's own says "quota", too.
WAITS = {
    "paused": "paused",
    "quota": "the month's messages are used up",
    "quiet hours": "quiet hours hold it until the morning",
    "LINE": "LINE is busy: it goes on by itself",
    "access": "LINE refuses the city's access token",
    "something urgent": "something urgent goes first",
    "proof": "LINE is asked first whether it takes the message",
}


def an_id(written: str) -> str:
    """Anything else would be a path to somewhere else in Firestore."""
    if not NAME.fullmatch(written):
        raise Rejected(f"there is no broadcast '{written}': `tsunagu broadcast list` shows all")
    return written


Id = Annotated[str, typer.Argument(metavar="ID", help="The id of a broadcast, as `list` shows it.", callback=an_id)]
By = Annotated[str, typer.Option(help="Your own address, for the audit.")]


@dataclass(frozen=True)
class Settings:
    google_cloud_project: str


def add_to(app: typer.Typer) -> None:
    app.command("list")(list_)
    for command in (show, next_, ledger, verify, cost):
        app.command(command.__name__.rstrip("_"))(command)


def list_() -> None:
    """List the broadcasts, the latest first."""
    table = Table(Column("id", no_wrap=True), "title", "state", "when", "accepted")
    for broadcast in store.every(database()):
        accepted = f"{broadcast.totals.accepted:,} of {broadcast.audience or 0:,}" if broadcast.totals else ""
        table.add_row(broadcast.id, broadcast.title, broadcast.state.value, clock(broadcast.when), accepted)
    terminal.show(table)


def show(broadcast: Id) -> None:
    """Show one broadcast: for whom, who decided what, how far it has come, and its totals."""
    db = database()
    found = existing(db, broadcast)
    table = Table("field", "value", show_header=False)
    for field, value in (*_written(db, found), *_decided(found), *_went(db, found)):
        table.add_row(field, value)
    terminal.show(table)


def next_(broadcast: Id, count: Annotated[int, typer.Option(help="How many.", min=1)] = 10) -> None:
    """Show when a series goes out next."""
    found = existing(database(), broadcast)
    if found.repeat is None or not found.open:
        raise Rejected(f"'{broadcast}' is no series that goes on")
    zone = house().zone
    after = max(datetime.now(UTC), found.when) if found.state is not State.SCHEDULED else found.when
    coming = [found.when] if found.state is State.SCHEDULED else []
    for moment in islice([*coming, *islice(rule_of(found).occurrences(after, zone), count)], count):
        terminal.say(f"{moment.astimezone(zone):%Y-%m-%d %a %H:%M}")


def ledger(
    broadcast: Id,
    by: By,
    out: Annotated[Path | None, typer.Option(help="A file to write; printed if not given.")] = None,
) -> None:
    """Write the ledger as CSV: a row for each slice, with its key, LINE's request id, first and last try, outcome."""
    db, now = database(), datetime.now(UTC)
    member = require(db, by, Deed.SEE_BROADCASTS)
    existing(db, broadcast)
    audit(db, member.email, "broadcast.download", broadcast, now)
    content = ledgers.csv(db, broadcast)
    if out is None:
        typer.echo(content.decode(), nl=False)
        return
    with whole(out, force=True) as beside:
        beside.write_bytes(content)
    terminal.say(f"{out}: {terminal.counted(len(content.splitlines()) - 1, 'slice')}")


def verify(
    broadcast: Id, file: Annotated[Path | None, typer.Option(help="A ledger that was written earlier.")] = None
) -> None:
    """Hold the ledger against the digest that was sealed in the audit when the broadcast ended."""
    try:
        content = file.read_bytes() if file else None
    except OSError as error:
        raise Rejected(f"{file} cannot be read: {error.strerror}") from error
    terminal.say(ledgers.verify(database(), broadcast, content, house().zone))


def cost(broadcast: Id) -> None:
    """Show what a broadcast cost, from the operations that were done for it."""
    found = existing(database(), broadcast)
    if not found.spent:
        dated = f"{found.id}-YYYYMMDD"
        each = f"; each of its times has a cost of its own (`tsunagu broadcast cost {dated}`)" if found.repeat else ""
        terminal.say(f"{found.id}: nothing was spent on it. It is {found.state.label[1]} and has not gone out{each}.")
        return
    table = Table("for", Column("amount", justify="right"), Column("dollars", justify="right"))
    total = costs.cost_of(costs.Spent.of_document(found.spent))
    for line in total.lines:
        table.add_row(line.of[1], f"{line.amount:,.10g}", costs.said(line.dollars))
    table.add_section()
    table.add_row("all", "", costs.said(total))
    terminal.show(table)


Row = tuple[str, str | Text]


def _written(db: Client, found: Broadcast) -> Iterator[Row]:
    zone = house().zone
    yield "title", found.title
    yield "kind", found.kind.value
    yield "state", found.state.value
    if found.repeat is not None:
        yield "when", f"{said(rule_of(found))}; next {clock(found.when)}"
        yield "not after", f"{lasts(found)} after each of its times"
    else:
        yield (
            "when",
            "as soon as nobody has to do anything more"
            if found.due_at is None and found.at_once
            else clock(found.when),
        )
        yield "not after", "no limit: it is sent late if need be" if found.not_after is None else clock(found.not_after)
    held = held_until(found, datetime.now(UTC), house())
    if held is not None and found.state is State.SCHEDULED and found.when <= datetime.now(UTC):
        yield "held", f"by quiet hours, until {held.astimezone(zone):%H:%M}"
    if found.series is not None:
        yield "of the series", f"{found.series}, {found.occurrence}"
    if found.over_minutes:
        gone = Spread.of_document(found.spread) if found.spread else None
        far = f"; {gone.gone} of {len(gone.ends)} minutes have come" if gone and found.open else ""
        yield "spread", f"over {terminal.counted(found.over_minutes, 'minute')}{far}"
    yield "to", whom(described(found.to, found.kind is Kind.LIFE_SAFETY, "ja", titles(db)), found.reminds_of)


def _decided(found: Broadcast) -> Iterator[Row]:
    yield "written by", f"{', '.join(found.writers)} (version {found.version})"
    if found.submitted_by and found.submitted_at:
        yield "submitted", f"{clock(found.submitted_at)} by {found.submitted_by}"
    if found.needs_approval:
        yield "needs approval", found.needs_approval
    if found.approved_by and found.approved_at:
        yield "approved", f"{clock(found.approved_at)} by {found.approved_by}"
    if found.emergency:
        yield "EMERGENCY", Text(f"approved by its own writer: {found.emergency}", "bold red")
    if found.sent_back:
        yield "sent back", f"{clock(found.sent_back['at'])} by {found.sent_back['by']}: {found.sent_back['why']}"
    if found.paused:
        yield "paused", f"{clock(found.paused['at'])} by {found.paused['by']}: {found.paused['why']}"


def _went(db: Client, found: Broadcast) -> Iterator[Row]:
    if found.audience is not None:
        yield "audience", counted(found.audience, found.audience_by_language, found.audience_by_ward, found.no_ward)
    if found.attempt is not None:
        far = progress(db, found)
        totals = far.totals
        if found.open:
            yield "not settled yet", "; ".join([f"{far.left:,}", *(WAITS.get(why, why) for why in far.waits_for)])
        yield "accepted by LINE", f"{totals.accepted:,}"
        yield "refused by LINE", f"{totals.refused:,}" + (f" ({found.failed_with})" if found.failed_with else "")
        not_sent = totals.to_document()["not_sent"]
        yield "not sent", ", ".join(f"{why} {n:,}" for why, n in not_sent.items() if n) or "0"
    for field, moment in (("first accepted", found.first_accepted_at), ("last accepted", found.last_accepted_at)):
        if moment is not None:
            yield field, f"{moment.astimezone(house().zone):%Y-%m-%d %H:%M:%S}"
    if found.ended_at is not None:
        yield "ended", clock(found.ended_at)


def counted(total: int, by_language: Mapping[str, int], by_ward: Mapping[str, int], no_ward: int) -> str:
    groups = [
        ", ".join(f"{name or 'no ward'} {n:,}" for name, n in sorted(by.items())) for by in (by_language, by_ward)
    ]
    said = "; ".join(group for group in groups if group)
    alone = f"; {no_ward:,} of them only because they named no ward" if no_ward else ""
    return f"{total:,}" + (f" ({said}{alone})" if said else "")


def said(rule: Repeat) -> str:
    """A rule in words."""
    on = f" on {', '.join(map(str, rule.on))}" if rule.on else ""
    between = (f", from {rule.from_}" if rule.from_ else "") + (f", until {rule.until}" if rule.until else "")
    without = f", not on {', '.join(map(str, rule.except_))}" if rule.except_ else ""
    holidays = ", not on holidays" if rule.holidays is Holidays.SKIP else ""
    return f"every {rule.every.value}{on} at {rule.at:%H:%M}{between}{without}{holidays}"


def whom(audience: str, reminds_of: str | None) -> str:
    """With whom a reminder leaves out."""
    only = f"those invited to '{reminds_of}' who have not finished it, of " if reminds_of else ""
    return f"{only}{audience}"


def existing(db: Client, broadcast: str) -> Broadcast:
    found = store.get(db, broadcast)
    if found is None:
        raise Rejected(f"there is no broadcast '{broadcast}'")
    return found


def project() -> str:
    return settings.read(Settings, os.environ).google_cloud_project


def database() -> Client:
    return connect(project())


def house() -> House:
    settled = settings.read(houses.Settings, os.environ)
    return House.of(settled.city_timezone, settled.quiet_hours, settled.approval_above)


def clock(moment: datetime) -> str:
    return f"{moment.astimezone(house().zone):%Y-%m-%d %H:%M}"
