"""Anonymising a closed survey: every response gets a random new name and times cut to the day, and no way back is left.

1. Swap, some responses a commit: the new response with its note and its tags, the old one deleted, a tombstone for its
   row. So each response is there exactly once at any moment, and a run killed anywhere is taken up by the next. Before
   that its photos are written anew, because the bucket says to the second when one came; what nobody counts goes.
2. Conversations forget which of this survey's questions they asked, and which messages answered them; and what is still
   owed to anybody about it, while LINE does not answer, is not said any more.
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
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from google.api_core.exceptions import Aborted, AlreadyExists, FailedPrecondition, NotFound
from google.cloud import firestore
from google.cloud.firestore import DELETE_FIELD, SERVER_TIMESTAMP, FieldFilter

import tsunagu.packs.fold
from tsunagu.chat.turn import CLAIMS, CONVERSATIONS
from tsunagu.cloud.firestore import in_transaction
from tsunagu.cloud.outcomes import TryAgain
from tsunagu.packs.shelf import Snapshot, note
from tsunagu.surveys import store
from tsunagu.surveys.answers import Answer
from tsunagu.surveys.definition import Definition
from tsunagu.surveys.erase import NOWHERE, Photos, photos_of
from tsunagu.surveys.rules import Response
from tsunagu.surveys.store import Survey
from tsunagu.surveys.tags import tags_of

MARK = "0"  # begins every anonymous name; a pseudonym, in base32, never does
AT_ONCE = 80  # responses swapped in one commit: six writes each at most
HEAVY = 300_000  # UTF-16 units of answers in one commit; with their notes well under Firestore's request
PAGE = 300  # conversations read at once
TRIES = 5


def steps(
    db: firestore.Client,
    survey: Survey,
    city: ZoneInfo,
    photos: Photos = NOWHERE,
    at_once: int = AT_ONCE,
    page: int = PAGE,
) -> Generator[str, None, None]:
    """May stop for ever between any two steps; another run takes it up. Idempotent."""
    yield from _Swap(db, survey, city, photos).steps(at_once)
    yield from _clean_conversations(db, survey, page)
    yield from _say_no_more(db, survey)
    yield from _fold(db, survey)
    store.reference(db, survey.id).update(
        {"salt": DELETE_FIELD, "cleaned_up_to": DELETE_FIELD, "anonymised_at": SERVER_TIMESTAMP}
    )
    yield "salt deleted"


def without_trace(definition: Definition, response: Response, city: ZoneInfo) -> Response:
    """What may be known for ever: the answers along the path, and days instead of moments."""
    answers = {}
    for question in response.walk(definition).asked:
        answer = response.answers.get(question.id)
        if answer is not None and answer.holds():
            first = _day(datetime.fromtimestamp(answer.first / 1000, UTC), city)
            at = int(first.timestamp() * 1000)
            answers[question.id] = Answer(answer.kind, answer.value, first=at, other=answer.other)
    began = response.started_at and _day(response.started_at, city)
    return replace(response, answers=answers, started_at=began, version=1, user=None)


class _Swap:
    def __init__(self, db: firestore.Client, survey: Survey, city: ZoneInfo, photos: Photos) -> None:
        self._db, self._survey, self._city, self._photos = db, survey, city, photos
        self._editions = store.editions(db, survey)

    def steps(self, at_once: int) -> Iterator[str]:
        responses = store.reference(self._db, self._survey.id).collection(store.RESPONSES)
        # Base32 has neither 0 nor 1, so every pseudonym sorts after "1" and every anonymous name before it.
        old = responses.where(filter=FieldFilter("__name__", ">=", responses.document("1"))).select([])
        for _ in range(TRIES):
            names = [snapshot.id for snapshot in old.stream()]
            if not names:
                return
            random.SystemRandom().shuffle(names)
            for start in range(0, len(names), at_once):
                references = [responses.document(name) for name in names[start : start + at_once]]
                found = [snapshot for snapshot in self._db.get_all(references) if snapshot.exists]
                for group in _light(found):
                    self.some(group)
                    yield "swapped"
        raise TryAgain("anonymising: responses kept changing")

    def some(self, found: Sequence[Snapshot]) -> None:
        """What somebody changed or erased meanwhile refuses the whole commit; the next round finds it again."""
        db, survey = self._db, self._survey
        shelf = store.responses_shelf(db, survey)
        batch = db.batch()
        stay: set[str] = set()
        go: set[str] = set()
        tags = {each.id: each for each in db.get_all([tags_of(db, survey, snapshot.id) for snapshot in found])}
        for snapshot in found:
            response = store.of_response(snapshot.to_dict() or {})
            definition = self._editions[response.edition - 1]
            name = MARK + b32encode(secrets.token_bytes(16)).decode().lower()[:25]
            left = without_trace(definition, response, self._city)
            for reference, content in store.documents_of(db, survey, name, left, definition):
                batch.create(reference, content)
            batch.delete(snapshot.reference, option=db.write_option(last_update_time=snapshot.update_time))
            batch.set(*note(shelf, snapshot.id, response.version + 1, None))
            self._move(batch, tags[snapshot.id], name)
            stay |= photos_of(definition, left)
            go |= photos_of(definition, response) - photos_of(definition, left)
        if go:
            self._photos.delete(sorted(go))
        if stay:
            self._photos.renew(sorted(stay))
        try:
            batch.commit()
        except (Aborted, AlreadyExists, FailedPrecondition, NotFound):
            return

    def _move(self, batch: firestore.WriteBatch, tags: Snapshot, name: str) -> None:
        """Tags follow the words that they are about; one that is given this very moment goes with the old name."""
        if not tags.exists:
            batch.delete(tags.reference)
            return
        batch.create(tags_of(self._db, self._survey, name), tags.to_dict() or {})
        batch.delete(tags.reference, option=self._db.write_option(last_update_time=tags.update_time))


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
                in_transaction(db, partial(_forget, snapshot.reference, ours))
        last = found[-1].id
        store.reference(db, survey.id).update({"cleaned_up_to": last})
        yield "conversations cleaned"


def _say_no_more(db: firestore.Client, survey: Survey) -> Iterator[str]:
    """An answer that waits for LINE shows what was answered, and to whom."""
    about = FieldFilter("owed.about", "array_contains", store.reference(db, survey.id).path)
    for snapshot in db.collection(CLAIMS).where(filter=about).select([]).stream():
        in_transaction(db, partial(_silence, snapshot.reference))
        yield "silenced"


def _silence(claim: Any, transaction: firestore.Transaction) -> None:
    if "owed" in (claim.get(transaction=transaction).to_dict() or {}):  # else it was paid meanwhile
        transaction.update(claim, {"owed.messages": "[]", "owed.about": DELETE_FIELD})


def _forget(conversation: Any, ours: str, transaction: firestore.Transaction) -> None:
    change = _forgotten(conversation.get(transaction=transaction).to_dict() or {}, ours)
    if change is not None:
        transaction.update(conversation, change)


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
    shelf = store.responses_shelf(db, survey, store.readable(db, survey))
    for _ in range(TRIES):
        yield from tsunagu.packs.fold.Fold(shelf).steps()
        if not store.has_notes(db, survey):
            return
    raise TryAgain("anonymising: notes kept coming")


def _day(at: datetime, city: ZoneInfo) -> datetime:
    return at.astimezone(city).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
