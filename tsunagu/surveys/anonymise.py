"""Anonymising a closed survey: every response gets a random new name and times cut to the day, and no way back is left.

1. Swap, some responses a commit: the new response with its note, the old one deleted, a tombstone for its row. So each
   response is there exactly once at any moment, and a run killed anywhere is simply taken up by the next.
2. Conversations forget which of this survey's questions they asked, and which messages answered them.
3. Fold, which takes the old rows out of the packs and deletes the tombstones.
4. Only then the salt goes, and with it whatever could tell whose an old name was.

Responses are taken in random order, because the documents of one commit share an `update_time`.
"""

import random
import secrets
from base64 import b32encode
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from google.api_core.exceptions import Aborted, AlreadyExists, FailedPrecondition, NotFound
from google.cloud import firestore
from google.cloud.firestore import DELETE_FIELD, SERVER_TIMESTAMP, FieldFilter

import tsunagu.packs.fold
from tsunagu.chat.turn import CONVERSATIONS
from tsunagu.cloud.firestore import in_transaction
from tsunagu.cloud.outcomes import TryAgain
from tsunagu.packs.shelf import Snapshot, note
from tsunagu.surveys import store
from tsunagu.surveys.answers import Answer
from tsunagu.surveys.rules import Response, path
from tsunagu.surveys.store import Survey

MARK = "0"  # begins every anonymous name; a pseudonym, in base32, never does
AT_ONCE = 100  # responses swapped in one commit: four writes each
HEAVY = 300_000  # UTF-16 units of answers in one commit; with their notes well under Firestore's request
PAGE = 300  # conversations read at once
TRIES = 5


def steps(
    db: firestore.Client, survey: Survey, city: ZoneInfo, at_once: int = AT_ONCE, page: int = PAGE
) -> Generator[str, None, None]:
    """May stop for ever between any two steps; another run takes it up. Idempotent."""
    yield from _swap(db, survey, city, at_once)
    yield from _clean_conversations(db, survey, page)
    yield from _fold(db, survey)
    store.reference(db, survey.id).update(
        {"salt": DELETE_FIELD, "cleaned_up_to": DELETE_FIELD, "anonymised_at": SERVER_TIMESTAMP}
    )
    yield "salt deleted"


def without_trace(survey: Survey, response: Response, city: ZoneInfo) -> Response:
    """What may be known for ever: the answers along the path, and days instead of moments."""
    answers = {}
    for question in path(survey.definition, response.answers).passed:
        answer = response.answers.get(question.id)
        if answer is not None and answer.holds():
            first = _day(datetime.fromtimestamp(answer.first / 1000, UTC), city)
            answers[question.id] = Answer(answer.kind, answer.value, first=int(first.timestamp() * 1000))
    began = response.started_at and _day(response.started_at, city)
    return replace(response, answers=answers, started_at=began, version=1)


def _swap(db: firestore.Client, survey: Survey, city: ZoneInfo, at_once: int) -> Iterator[str]:
    responses = store.reference(db, survey.id).collection(store.RESPONSES)
    # Base32 has neither 0 nor 1, so every pseudonym sorts after "1" and every anonymous name before it.
    old = responses.where(filter=FieldFilter("__name__", ">=", responses.document("1"))).select([])
    for _ in range(TRIES):
        names = [snapshot.id for snapshot in old.stream()]
        if not names:
            return
        random.SystemRandom().shuffle(names)
        for start in range(0, len(names), at_once):
            references = [responses.document(name) for name in names[start : start + at_once]]
            found = [snapshot for snapshot in db.get_all(references) if snapshot.exists]
            for group in _light(found):
                _swap_some(db, survey, group, city)
                yield "swapped"
    raise TryAgain("anonymising: responses kept changing")


def _swap_some(db: firestore.Client, survey: Survey, found: Sequence[Snapshot], city: ZoneInfo) -> None:
    """What somebody changed or erased meanwhile refuses the whole commit; the next round finds it again."""
    shelf = store.responses_shelf(db, survey)
    batch = db.batch()
    for snapshot in found:
        response = store.of_response(snapshot.to_dict() or {})
        name = MARK + b32encode(secrets.token_bytes(16)).decode().lower()[:25]
        for reference, content in store.documents_of(db, survey, name, without_trace(survey, response, city)):
            batch.create(reference, content)
        batch.delete(snapshot.reference, option=db.write_option(last_update_time=snapshot.update_time))
        batch.set(*note(shelf, snapshot.id, response.version + 1, None))
    try:
        batch.commit()
    except (Aborted, AlreadyExists, FailedPrecondition, NotFound):
        return


def _light(found: Sequence[Snapshot]) -> Iterator[list[Snapshot]]:
    group: list[Snapshot] = []
    weight = 0
    for snapshot in found:
        heavy = len(str(snapshot.to_dict()))
        if group and weight + heavy > HEAVY:
            yield group
            group, weight = [], 0
        group.append(snapshot)
        weight += heavy
    if group:
        yield group


def _clean_conversations(db: firestore.Client, survey: Survey, page: int) -> Iterator[str]:
    """All of them are looked at, in order of their names: nothing says who took part, which is the point."""
    conversations = db.collection(CONVERSATIONS)
    ours = f"{store.SURVEYS}/{survey.id}/"
    last = survey.cleaned_up_to
    while True:
        query = conversations.order_by("__name__").limit(page)
        found = list((query.start_after({"__name__": conversations.document(last)}) if last else query).stream())
        if not found:
            return
        for snapshot in found:
            if _forgotten(snapshot.to_dict() or {}, ours) is not None:
                in_transaction(db, _Forgetting(snapshot.reference, ours))
        last = found[-1].id
        store.reference(db, survey.id).update({"cleaned_up_to": last})
        yield "conversations cleaned"


class _Forgetting:
    def __init__(self, reference: Any, ours: str) -> None:
        self._reference = reference
        self._ours = ours

    def __call__(self, transaction: firestore.Transaction) -> None:
        snapshot = self._reference.get(transaction=transaction)
        change = _forgotten(snapshot.to_dict() or {}, self._ours)
        if change is not None:
            transaction.update(self._reference, change)


def _forgotten(conversation: dict[str, Any], ours: str) -> dict[str, Any] | None:
    """None when it mentions no question of ours. That something was asked stays: what was asked before is over."""
    asked, texts = conversation.get("asked", []), conversation.get("texts", [])
    change = {
        "asked": [entry | {"question": None} if _is(entry, ours) else entry for entry in asked],
        "texts": [entry for entry in texts if not _is(entry, ours)],
    }
    return None if change["asked"] == asked and change["texts"] == texts else change


def _is(entry: dict[str, Any], ours: str) -> bool:
    return str(entry.get("question") or "").startswith(ours)


def _fold(db: firestore.Client, survey: Survey) -> Iterator[str]:
    shelf = store.responses_shelf(db, survey)
    for _ in range(TRIES):
        yield from tsunagu.packs.fold.Fold(shelf).steps()
        if not store.has_notes(db, survey):
            return
    raise TryAgain("anonymising: notes kept coming")


def _day(at: datetime, city: ZoneInfo) -> datetime:
    return at.astimezone(city).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
