"""Quotas in effect: which wards and age bands have given as many finished responses as were wanted.

They are counted from the packs and their notes when answers are folded, so one closes within about a minute. Who began
before that may finish: there can be a few more than were wanted, and how many is shown.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import polars as pl
from google.cloud import firestore

from tsunagu.packs.fold import LOST
from tsunagu.packs.read import read
from tsunagu.residents.city import city
from tsunagu.surveys import store
from tsunagu.surveys.definition import Quota
from tsunagu.surveys.store import Survey

TRIES = 5  # times that another fold may have said something else meanwhile; then the next note brings a new count


@dataclass(frozen=True)
class Standing:
    """`by`: ward or age_band; `finished` may be above `most`."""

    by: str
    name: str
    finished: int
    most: int

    @property
    def is_full(self) -> bool:
        return self.finished >= self.most


def standing(db: firestore.Client, survey: Survey) -> list[Standing]:
    """How far each quota is, in the city's order. Raises TryAgain."""
    quotas = survey.definition.quotas
    if not quotas:
        return []
    counted = sorted({quota.by for quota in quotas})
    finished = read(store.responses_shelf(db, survey), [*counted, "finished_at"]).filter(
        pl.col("finished_at").is_not_null()
    )
    counts = {by: dict(finished.group_by(by).len().iter_rows()) for by in counted}
    return [
        Standing(quota.by, name, counts[quota.by].get(name, 0), quota.most[name])
        for quota in quotas
        for name in _in_order(quota)
    ]


def _in_order(quota: Quota) -> Iterable[str]:
    """The city's: Firestore keeps none."""
    known = city().wards if quota.by == "ward" else city().age_bands
    return dict.fromkeys([*(each.id for each in known if each.id in quota.most), *sorted(quota.most)])


def full(found: list[Standing]) -> tuple[str, ...]:
    """As the survey holds it, such as `ward:chuo`."""
    return tuple(sorted({f"{each.by}:{each.name}" for each in found if each.is_full}))


def settle(db: firestore.Client, survey: Survey) -> None:
    """Have the survey say which are full. Any number may run at once, and be killed anywhere."""
    for _ in steps(db, survey):
        pass


def steps(db: firestore.Client, survey: Survey) -> Iterator[str]:
    """Whoever has written counts again: what they wrote may be older than a count that found nothing to write."""
    for _ in range(TRIES):
        snapshot = store.reference(db, survey.id).get()
        known = store.of_document(snapshot.to_dict() or {})
        change = {"full": list(full(standing(db, known))), "recount": False}
        yield "counted"
        if (list(known.full), known.recount) == (change["full"], False):
            return
        try:
            snapshot.reference.update(change, option=db.write_option(last_update_time=snapshot.update_time))
        except LOST:
            continue
