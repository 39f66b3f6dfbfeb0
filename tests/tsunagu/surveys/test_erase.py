"""Erasing somebody takes their photos first: once a response is gone, nobody knows what they were called."""

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from google.cloud import firestore

from tests.tsunagu.surveys.asking import BEGAN, SECRET, begin, survey_of
from tests.tsunagu.surveys.kosodate import definition
from tsunagu.cloud.outcomes import TryAgain
from tsunagu.packs.read import read
from tsunagu.surveys import store, tags
from tsunagu.surveys.answers import Answer, Kind
from tsunagu.surveys.erase import erase
from tsunagu.surveys.fold import fold
from tsunagu.surveys.life.revise import revise
from tsunagu.surveys.rules import Response

NOW = datetime(2026, 11, 20, tzinfo=UTC)
USER = f"U{1:032x}"
PHOTO = {"id": "photo", "type": "photo", "text": {"ja": "写真", "en": "A photo?"}}
MORE = {"id": "more", "type": "text", "text": {"ja": "ご意見", "en": "Anything?"}}
SURVEY = definition("photos", questions=[PHOTO, MORE])


def give(db: firestore.Client, photo: str, version: int = 1) -> None:
    survey = survey_of(db, SURVEY)
    assert survey.salt is not None
    name = store.pseudonym(SECRET, survey.salt, USER)
    response = Response({"photo": Answer(Kind.GIVEN, photo, 1, "e1", 1)}, started_at=BEGAN, version=version)
    for reference, content in store.documents_of(db, survey, name, response, SURVEY):
        reference.set(content)


class Bucket:
    """What was deleted, and how many responses were there by then."""

    def __init__(self, db: firestore.Client) -> None:
        self.db = db
        self.deleted: list[str] = []
        self.there_meanwhile: list[int] = []

    def delete(self, names: Sequence[str], /) -> None:
        self.deleted += names
        self.there_meanwhile.append(responses(self.db))


def responses(db: firestore.Client) -> int:
    return len(list(store.responses(db, survey_of(db, SURVEY))))


def test_photos_go_before_the_response_that_names_them(db: firestore.Client) -> None:
    begin(db, SURVEY)
    give(db, "surveys/photos/a.jpg")
    bucket = Bucket(db)
    for _ in range(2):
        erase(db, SECRET, USER, NOW, bucket)
    assert (["surveys/photos/a.jpg"], [1]) == (bucket.deleted, bucket.there_meanwhile)
    fold(db, "photos", NOW)
    assert 0 == responses(db) == read(store.responses_shelf(db, survey_of(db, SURVEY))).height


def test_also_one_that_came_meanwhile(db: firestore.Client) -> None:
    begin(db, SURVEY)
    give(db, "surveys/photos/a.jpg")

    class Late(Bucket):
        def delete(self, names: Sequence[str], /) -> None:
            super().delete(names)
            if len(self.deleted) == 1:
                give(db, "surveys/photos/b.jpg", version=2)

    bucket = Late(db)
    erase(db, SECRET, USER, NOW, bucket)
    assert (["surveys/photos/a.jpg", "surveys/photos/b.jpg"], [1, 1]) == (bucket.deleted, bucket.there_meanwhile)
    assert 0 == responses(db)


def test_where_the_bucket_does_not_answer_the_response_stays_to_be_found_again(db: firestore.Client) -> None:
    begin(db, SURVEY)
    give(db, "surveys/photos/a.jpg")

    class Busy:
        def delete(self, names: Sequence[str], /) -> None:
            raise TryAgain("Cloud Storage did not answer")

    with pytest.raises(TryAgain):
        erase(db, SECRET, USER, NOW, Busy())
    with pytest.raises(RuntimeError, match="no PRIVATE_BUCKET"):
        erase(db, SECRET, USER, NOW)
    assert 1 == responses(db)


def test_a_photo_of_an_earlier_edition_goes_too(db: firestore.Client) -> None:
    begin(db, SURVEY)
    give(db, "surveys/photos/a.jpg")
    revise(db, definition("photos", questions=[MORE]), 1, "an editor", NOW, ZoneInfo("Asia/Tokyo"))
    bucket = Bucket(db)
    erase(db, SECRET, USER, NOW, bucket)
    assert (["surveys/photos/a.jpg"], 0) == (bucket.deleted, responses(db))


def test_tags_on_their_words_go_with_them(db: firestore.Client) -> None:
    begin(db, SURVEY)
    survey = survey_of(db, SURVEY)
    assert survey.salt is not None
    name = store.pseudonym(SECRET, survey.salt, USER)
    said = Response({"more": Answer(Kind.GIVEN, "日陰がほしい", 1, "e1", 1)}, started_at=BEGAN, version=1)
    for reference, content in store.documents_of(db, survey, name, said, SURVEY):
        reference.set(content)
    assert tags.tag(db, survey, name, "more", "公園", "hanako@city.example", NOW)
    erase(db, SECRET, USER, NOW)
    assert {} == tags.everything(db, survey)
