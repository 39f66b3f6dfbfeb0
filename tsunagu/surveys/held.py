"""What one person answered, wherever it can still be told whose it is, as the surveys' part of an erasure."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from google.cloud import firestore

from tsunagu.chat.catalogue import in_language
from tsunagu.packs.find import find
from tsunagu.staff.disclose import Section, section, stored
from tsunagu.surveys import store
from tsunagu.surveys.ask.said import said
from tsunagu.surveys.definition import Definition
from tsunagu.surveys.rules import Response
from tsunagu.surveys.store import Survey
from tsunagu.surveys.tags import tags_of


def held(db: firestore.Client, secret: str, user: str) -> dict[str, Section]:
    return {
        "surveys": section(
            "アンケートへの回答。利用者 ID ではなく、アンケートごとの仮の番号で保存しています。匿名のアンケートの回答"
            "は、締切後に匿名化されると、だれのものか分からなくなるため、ここには含まれません。",
            "Answers to surveys, kept under a pseudonym for each survey. Answers to an anonymous survey that has been"
            " anonymised cannot be told from others any more and are not in here.",
            [
                document
                for survey in store.everything(db)
                if survey.salt is not None
                for document in _documents(db, survey, store.pseudonym(secret, survey.salt, user))
            ],
        )
    }


def _documents(db: firestore.Client, survey: Survey, respondent: str) -> Iterator[dict[str, Any]]:
    named = {"survey": survey.id, "title": in_language(survey.definition.title, "ja")}
    truth = store.response_reference(db, survey, respondent).get()
    if truth.exists:
        response = store.of_response(truth.to_dict() or {})
        definition = store.definition_by(lambda reference: reference.get(), survey, response.edition, db)
        answers = _in_words(definition, response)
        yield from stored(truth, **named, in_words=answers)
    shelf = store.responses_shelf(db, survey, store.readable(db, survey))
    yield from stored(shelf.notes.document(respondent).get(), **named)
    yield from stored(tags_of(db, survey, respondent).get(), **named)
    packed = find(shelf, respondent)
    if packed is not None:
        yield {"document": packed[0], **named, "fields": packed[1]}


def _in_words(definition: Definition, response: Response) -> list[dict[str, Any]]:
    return [
        {
            "question": in_language(question.text, response.language),
            "answer": said(question, answer, response.language),
            "at": datetime.fromtimestamp(answer.at / 1000, UTC) if answer.at else None,
        }
        for question in definition.asked
        if (answer := response.answers.get(question.id)) is not None
    ]
