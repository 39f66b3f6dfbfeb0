"""A survey as one respondent sees it: choices in their own order, earlier answers inside the texts."""

from collections.abc import Sequence
from hashlib import sha256
from typing import TypeVar

from tsunagu.line.messages import cut
from tsunagu.surveys.answers import Kind
from tsunagu.surveys.ask.piping import piped, pipes
from tsunagu.surveys.ask.said import said
from tsunagu.surveys.ask.wording import TEXTS
from tsunagu.surveys.definition import Definition, Multiple, Notice, Option, Question, Single
from tsunagu.surveys.rules import Response

TEXT_SEEN = 1_200  # UTF-16 units of a question or a notice, whatever is piped into it

O = TypeVar("O", bound=Option)  # noqa: E741


def seen(definition: Definition, response: Response, respondent: str) -> Definition:
    """To be shown and to be read answers by, never to put an answer together with: its options have another order."""
    answered = {question.id for question in response.walk(definition).asked}
    questions: list[Question] = []
    reads: dict[str, dict[str, str]] = {}  # language → question → how its answer reads
    for question in definition.questions:
        found = filled(_shuffled(question, respondent), reads)
        questions.append(found)
        if isinstance(found, Notice):
            continue
        answer = response.answers.get(found.id) if found.id in answered else None
        for language in TEXTS.entries:
            given = answer is not None and answer.kind == Kind.GIVEN and answer.holds()
            words = said(found, answer, language) if given else TEXTS.say("unanswered", language)
            reads.setdefault(language, {})[found.id] = words
    return definition.model_copy(update={"questions": questions})


def in_own_order(options: Sequence[O], question: str, respondent: str) -> list[O]:
    """Always the same for one respondent; "other", and what goes with no other option, stay last as written."""
    last = [option for option in options if option.other or getattr(option, "exclusive", False)]
    free = [option for option in options if option not in last]
    return [*sorted(free, key=lambda option: _lot(respondent, question, option.id)), *last]


def _lot(*parts: str) -> bytes:
    return sha256("/".join(parts).encode()).digest()


def _shuffled(question: Question, respondent: str) -> Question:
    if isinstance(question, Single | Multiple) and question.shuffle:
        return question.model_copy(update={"options": in_own_order(question.options, question.id, respondent)})
    return question


def filled(question: Question, reads: dict[str, dict[str, str]]) -> Question:
    """`reads`: how the earlier answers read, by language and question."""
    if not any(True for words in question.text.values() for _ in pipes(words)):
        return question
    text = {
        language: cut(piped(words, reads.get(language, {})), TEXT_SEEN) for language, words in question.text.items()
    }
    return question.model_copy(update={"text": text})
