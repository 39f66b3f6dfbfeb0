"""Tags that staff give to what residents wrote: `surveys/{id}/tags/{respondent}`, `texts` (question → tags), by, at.

They say something of somebody's words, so they go with the response when it is erased, and follow it to its new name
when the survey is anonymised.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from google.cloud import firestore
from google.cloud.firestore import DocumentReference

from tsunagu.cloud.firestore import in_transaction
from tsunagu.cloud.outcomes import Rejected
from tsunagu.staff.store import audit_with
from tsunagu.surveys import store
from tsunagu.surveys.answers import Kind
from tsunagu.surveys.rows import has_words
from tsunagu.surveys.store import Survey

TAGS = "tags"
LONGEST = 40  # characters of a tag
MOST = 20  # tags of one text

RESPONDENT = re.compile(r"[a-z0-9_-]{1,64}")  # a name of a response, here or anonymised or imported

OfTexts = Mapping[str, Mapping[str, tuple[str, ...]]]  # respondent → question → tags


def tags_of(db: firestore.Client, survey: Survey, respondent: str) -> DocumentReference:
    found: DocumentReference = store.reference(db, survey.id).collection(TAGS).document(respondent)
    return found


def everything(db: firestore.Client, survey: Survey, moment: datetime | None = None) -> OfTexts:
    """`moment`: as they were then."""
    found = store.reference(db, survey.id).collection(TAGS).stream(read_time=moment)
    return {
        each.id: {question: tuple(tags) for question, tags in (each.to_dict() or {}).get("texts", {}).items()}
        for each in found
    }


def tagged(tags: OfTexts) -> dict[str, frozenset[str]]:
    """Tag → respondents."""
    found: dict[str, set[str]] = {}
    for respondent, texts in tags.items():
        for tag in (tag for given in texts.values() for tag in given):
            found.setdefault(tag, set()).add(respondent)
    return {tag: frozenset(found[tag]) for tag in sorted(found)}


def tidy(tag: str) -> str:
    """As it is stored. Raises Rejected."""
    words = " ".join(unicodedata.normalize("NFKC", tag).split())
    if not words or len(words) > LONGEST or not words.isprintable():
        raise Rejected(f"タグは1〜{LONGEST}文字です。 A tag has 1 to {LONGEST} characters.")
    return words


def tag(
    db: firestore.Client, survey: Survey, respondent: str, question: str, word: str, by: str, now: datetime
) -> bool:
    """False: it has that tag already. Raises Rejected where there is no such text."""
    word = tidy(word)
    if not _is_there(db, survey, respondent, question):
        raise Rejected("その回答はもうありません。 There is no such answer any more.")

    def add(given: list[str]) -> list[str]:
        if len(given) >= MOST and word not in given:
            raise Rejected(f"一つの回答に付けられるタグは{MOST}個までです。 One text can have {MOST} tags at most.")
        return given if word in given else [*given, word]

    return _changed(db, survey, respondent, question, add, Line(by, "survey.tag", word, now))


def untag(
    db: firestore.Client, survey: Survey, respondent: str, question: str, word: str, by: str, now: datetime
) -> bool:
    """False: it had no such tag."""
    if not RESPONDENT.fullmatch(respondent):
        return False

    def remove(given: list[str]) -> list[str]:
        return [each for each in given if each != word]

    return _changed(db, survey, respondent, question, remove, Line(by, "survey.untag", word, now))


@dataclass(frozen=True)
class Line:
    """For the audit: neither whose words they are, nor what they say."""

    by: str
    did: str
    word: str
    now: datetime


def _changed(
    db: firestore.Client,
    survey: Survey,
    respondent: str,
    question: str,
    change: Callable[[list[str]], list[str]],
    line: Line,
) -> bool:
    reference = tags_of(db, survey, respondent)

    def body(transaction: firestore.Transaction) -> bool:
        # Read with it, so that an erasure meanwhile wins: no tag is left of somebody who is gone.
        truth = store.response_reference(db, survey, respondent).get(transaction=transaction)
        texts = dict((reference.get(transaction=transaction).to_dict() or {}).get("texts", {}))
        before = list(texts.pop(question, []))
        after = change(before)
        if after == before or not truth.exists:
            return False
        texts |= {question: after} if after else {}
        if texts:
            transaction.set(reference, {"texts": texts, "by": line.by, "at": line.now})
        else:
            transaction.delete(reference)
        audit_with(transaction, db, line.by, line.did, f"{survey.id}: {question}: {line.word}", line.now)
        return True

    return in_transaction(db, body)


def _is_there(db: firestore.Client, survey: Survey, respondent: str, id: str) -> bool:
    """Whether there are words of theirs to be tagged."""
    question = store.readable(db, survey).question(id)
    if question is None or not has_words(question) or not RESPONDENT.fullmatch(respondent):
        return False
    found = store.response_reference(db, survey, respondent).get().to_dict()
    answer = store.of_response(found).answers.get(id) if found else None
    return answer is not None and answer.kind == Kind.GIVEN
