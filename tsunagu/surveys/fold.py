"""The entry of fold_responses: what is outstanding for one survey, done. Nothing else folds or anonymises responses."""

import time
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from google.cloud import firestore

import tsunagu.packs.fold
from tsunagu.cloud.firestore import in_transaction
from tsunagu.cloud.outcomes import Rejected
from tsunagu.surveys import store
from tsunagu.surveys.erase import NOWHERE, Photos
from tsunagu.surveys.life import anonymise, quotas
from tsunagu.surveys.store import Survey

LEASE = timedelta(minutes=2)  # longer than any one step of anonymising takes


def fold(
    db: firestore.Client, id: str, now: datetime, city_timezone: str = "Asia/Tokyo", photos: Photos = NOWHERE
) -> str:
    """Merge a survey's notes into its packs; an anonymous one that is closed is anonymised. Returns a word for the log.

    Any number may run at once, and be killed anywhere. Raises Rejected for an unknown survey, TryAgain.
    """
    survey = store.get(db, id) if id and "/" not in id else None
    if survey is None:
        raise Rejected("there is no such survey")
    city = ZoneInfo(city_timezone)
    if survey.is_to_be_anonymised:
        return _anonymise(db, survey, now, city, photos)
    folded = tsunagu.packs.fold.fold(store.responses_shelf(db, survey, store.readable(db, survey)))
    quotas.settle(db, survey)
    if survey.has_ended:
        settle(db, survey, city)
    return f"folded {folded.merged} answers"


def _anonymise(db: firestore.Client, survey: Survey, now: datetime, city: ZoneInfo, photos: Photos) -> str:
    began = time.monotonic()
    if not _lease(db, survey, now):
        return "being anonymised already"
    renewed = now
    for _ in anonymise.steps(db, survey, city, photos):
        at = now + timedelta(seconds=time.monotonic() - began)
        if at - renewed > LEASE / 4:
            store.reference(db, survey.id).update({"leased_until": at + LEASE})
            renewed = at
    settle(db, survey, city)
    return "anonymised"


def _lease(db: firestore.Client, survey: Survey, now: datetime) -> bool:
    """Two runs at once would do no harm, but hinder each other."""
    reference = store.reference(db, survey.id)

    def body(transaction: firestore.Transaction) -> bool:
        held = (reference.get(transaction=transaction).to_dict() or {}).get("leased_until")
        if held is not None and held > now:
            return False
        transaction.update(reference, {"leased_until": now + LEASE})
        return True

    return in_transaction(db, body)


def settle(db: firestore.Client, survey: Survey, city: ZoneInfo) -> None:
    """Said first and checked then: whoever writes a note after that takes it back in the same transaction."""
    if survey.archives_at(city) is not None:
        return
    store.reference(db, survey.id).update({"settled": True})
    if store.has_notes(db, survey):
        store.reference(db, survey.id).update({"settled": False})
