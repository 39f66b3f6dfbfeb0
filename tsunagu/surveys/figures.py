"""What a broadcast brought to the survey that it invited to, counted from the packs and not from the responses."""

from collections.abc import Mapping

import polars as pl
from google.cloud import firestore

from tsunagu.broadcasts.store import Broadcast
from tsunagu.packs.read import read
from tsunagu.surveys import store

MOMENTS = ("started_at", "finished_at")


def figures(db: firestore.Client, broadcast: Broadcast) -> Mapping[str, int]:
    """`survey_started`, `survey_finished`: people, since its audience was frozen, whatever brought them there.

    Nothing for one that invited to none, and of a survey that is anonymised: its times are whole days by then, and
    what was counted before that stands.
    """
    survey = store.get(db, broadcast.survey) if broadcast.survey is not None else None
    if survey is None or survey.anonymised_at is not None or broadcast.frozen_at is None:
        return {}
    since = read(store.responses_shelf(db, survey), MOMENTS).select(
        (pl.col(moment) >= broadcast.frozen_at).sum() for moment in MOMENTS
    )
    started, finished = since.row(0)
    return {"survey_started": started, "survey_finished": finished}
