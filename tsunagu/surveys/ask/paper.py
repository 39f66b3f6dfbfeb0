"""One resident's response to one survey in the course of a turn: what is answered, and what is to be asked next."""

from dataclasses import dataclass
from functools import cached_property

from tsunagu.surveys.answers import means_other
from tsunagu.surveys.ask.seen import seen
from tsunagu.surveys.definition import Asking, Definition, Notice
from tsunagu.surveys.rules import Response, Walk
from tsunagu.surveys.store import Survey

SUBJECT = "surveys/"
WORDS = "other"


@dataclass(frozen=True)
class Point:
    """What can be asked: a question, or (`words`) what the "other" that was chosen there means."""

    question: Asking
    words: bool = False


@dataclass(frozen=True)
class Named:
    """A point by the name that a turn knows it by: `surveys/kosodate-2026/q3`, `surveys/kosodate-2026/q3/other`."""

    survey: str
    question: str
    words: bool = False

    @classmethod
    def read(cls, name: str | None) -> "Named | None":
        subject, *parts = (name or "").split("/")
        if f"{subject}/" != SUBJECT or len(parts) not in (2, 3) or parts[2:] not in ([], [WORDS]):
            return None
        return cls(parts[0], parts[1], len(parts) == 3)

    def __str__(self) -> str:
        return f"{SUBJECT}{self.survey}/{self.question}" + (f"/{WORDS}" if self.words else "")


@dataclass(frozen=True)
class Paper:
    """`stored`: as it was before (None: not begun); `response`: as it is by now. `definition`: of its edition."""

    survey: Survey
    definition: Definition
    respondent: str
    stored: Response | None
    response: Response

    @cached_property
    def walk(self) -> Walk:
        return self.response.walk(self.definition)

    @cached_property
    def seen(self) -> Definition:
        """As this respondent reads it."""
        return seen(self.definition, self.response, self.respondent)

    def shown(self, question: Asking) -> Asking:
        return self.seen.question(question.id) or question

    def notices_before(self, question: Asking | None) -> list[Notice]:
        wanted = [notice.id for notice in self.walk.notices_before(question)]
        return [each for each in self.seen.questions if isinstance(each, Notice) and each.id in wanted]

    @property
    def next(self) -> Point | None:
        """Words for an "other" wait like an answer, until they are given or gone without."""
        for question in self.walk.asked:
            answer = self.response.answers.get(question.id)
            if answer is None or not answer.holds():
                return Point(question)
            if means_other(question, answer) and answer.own is None:
                return Point(question, words=True)
        return None

    @property
    def is_complete(self) -> bool:
        return self.next is None

    @property
    def stands(self) -> str:
        """How far it is: `start`, `go_on` or `done`."""
        if self.is_complete:
            return "done"
        return "go_on" if any(answer.holds() for answer in self.response.answers.values()) else "start"
