"""`tsunagu staff add|list`."""

import getpass
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.table import Column, Table

from tsunagu.cloud import settings, terminal
from tsunagu.cloud.firestore import connect
from tsunagu.staff import store
from tsunagu.staff.rules import Role

app = typer.Typer(help="Who works for the city, and as what.", no_args_is_help=True)


@dataclass(frozen=True)
class Settings:
    google_cloud_project: str
    city_timezone: str = "Asia/Tokyo"


@app.command()
def add(
    email: Annotated[str, typer.Argument(help="The address they sign in with.")],
    role: Annotated[list[Role], typer.Option(help="Repeat it for several roles.")],
    name: Annotated[str, typer.Option(help="How pages call them; their address if not given.")] = "",
    by: Annotated[str, typer.Option(help="Your own address, for the audit; your login name if not given.")] = "",
) -> None:
    """Add a member of staff, or replace the roles of one."""
    if email.count("@") != 1 or "/" in email or " " in email:
        raise typer.BadParameter(f"'{email}' is not an address such as hanako@city.example", param_hint="EMAIL")
    project = settings.read(Settings, os.environ).google_cloud_project
    member = store.add(connect(project), email, name, role, by or getpass.getuser(), datetime.now(UTC))
    terminal.say(f"{member.email}: {', '.join(sorted(role.value for role in member.roles))}")


@app.command("list")
def show() -> None:
    """List the staff with their roles."""
    settled = settings.read(Settings, os.environ)
    zone = ZoneInfo(settled.city_timezone)
    table = Table(Column("address", no_wrap=True), "name", "roles", "added", "by")
    for member in store.everyone(connect(settled.google_cloud_project)):
        roles = ", ".join(sorted(role.value for role in member.roles)) or "none"
        added = f"{member.added_at.astimezone(zone):%Y-%m-%d %H:%M}" if member.added_at else ""
        table.add_row(member.email, member.name, roles, added, member.added_by)
    terminal.show(table)
