"""What people do with what was sent under an aggregation unit."""

from typing import Any

from flask import Blueprint
from pydantic import Field

from local.line_platform.control.asked import Asked, body, platform
from local.line_platform.doings import Impossible

control = Blueprint("control_insight", __name__, url_prefix="/control")


class Opens(Asked):
    unit: str
    opened: int = Field(0, ge=0)
    clicked: int = Field(0, ge=0)


@control.post("/opens")
def opens() -> dict[str, Any]:
    """{unit, opened: 0, clicked: 0} : so many people more open what was sent under this unit, and click in it, today by
    the platform's clock. 409 where LINE would count nobody: a unit that no send was given in the last 14 days. → {}."""
    asked, line = body(Opens), platform()
    with line.lock:
        if not line.units.people_did(asked.unit, asked.opened, asked.clicked, line.clock.now()):
            raise Impossible(f"no send was given the unit {asked.unit} in the last 14 days")
    return {}
