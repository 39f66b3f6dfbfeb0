"""A survey with these answers, looked at as the page and every download look at it."""

from datetime import datetime
from zoneinfo import ZoneInfo

import polars as pl
from google.cloud import firestore

from tests.tsunagu.surveys.invented import put
from tsunagu.residents.city import city
from tsunagu.surveys.definition import Definition
from tsunagu.surveys.report.filters import Pairs
from tsunagu.surveys.report.look import Look, look

CITY = ZoneInfo("Asia/Tokyo")
NOW = datetime(2026, 11, 25, 9, 3, tzinfo=CITY)


def seeded(db: firestore.Client, survey: Definition, frame: pl.DataFrame, pairs: Pairs = ()) -> Look:
    put(db, survey, frame)
    return looked(db, survey.id, pairs)


def looked(db: firestore.Client, id: str, pairs: Pairs = ()) -> Look:
    found = look(db, id, pairs, city(), CITY, NOW)
    assert found is not None
    return found
