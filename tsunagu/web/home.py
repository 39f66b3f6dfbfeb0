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


@dataclass(frozen=True)
class Task:
    """What waits for the member who asks: in Japanese and in English, and where it is done."""

    says: tuple[str, str]
    address: str


def pages(
    db: Client, figures: Sequence[Callable[[], Figure]], tasks: Sequence[Callable[[], Task | None]] = ()
) -> Pages:
    """`figures` and `tasks` are asked at every opening, in this order."""
    blueprint = flask.Blueprint("home", __name__)

    @blueprint.get("/")
    def home() -> str:
        # Only `at` is ordered by, so its automatic index is enough; it must not be exempt.
        newest = db.collection(REJECTED).order_by("at", direction=Query.DESCENDING).limit(NEWEST)
        return flask.render_template(
            "home.html",
            tasks=[task for ask in tasks if (task := ask())],
            figures=[figure() for figure in figures],
            rejected=[snapshot.to_dict() for snapshot in newest.stream()],
        )

    return Pages(blueprint, Deed.SEE_CONSOLE, (("ホーム", "Home"), "home.home"))
