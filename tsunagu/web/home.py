"""The console's first page: a few figures, and what could not be done."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import flask
from google.cloud.firestore import Client, Query

from tsunagu.cloud.outcomes import REJECTED
from tsunagu.staff.rules import Deed
from tsunagu.web.app import Pages

NEWEST = 20  # of the rejected


@dataclass(frozen=True)
class Figure:
    """`parts` divide the value: a label in both languages, and how many."""

    label: tuple[str, str]
    value: int
    unit: str
    note: str = ""
    parts: tuple[tuple[tuple[str, str], int], ...] = ()


def pages(db: Client, figures: Sequence[Callable[[], Figure]]) -> Pages:
    """`figures` are asked at every opening, in this order."""
    blueprint = flask.Blueprint("home", __name__)

    @blueprint.get("/")
    def home() -> str:
        # Only `at` is ordered by, so its automatic index is enough; it must not be exempt.
        newest = db.collection(REJECTED).order_by("at", direction=Query.DESCENDING).limit(NEWEST)
        return flask.render_template(
            "home.html",
            figures=[figure() for figure in figures],
            rejected=[snapshot.to_dict() for snapshot in newest.stream()],
        )

    return Pages(blueprint, Deed.SEE_CONSOLE, (("ホーム", "Home"), "home.home"))
