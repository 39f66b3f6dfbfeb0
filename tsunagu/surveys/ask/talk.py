"""One turn of talk about surveys: finding, starting, answering, correcting and leaving them.

Every button says which survey, question and value it is for, and each answer keeps the time of its event, so a late or
repeated one cannot undo what came after it. Whatever was heard, the reply asks what is open now.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from tsunagu.chat.catalogue import in_language
from tsunagu.chat.turn import Turn
from tsunagu.line.messages import Button, Message, shortened, text
from tsunagu.line.postback import Postback
from tsunagu.residents.city import city
from tsunagu.residents.rules import Resident
from tsunagu.surveys import store
from tsunagu.surveys.answers import (
    Answer,
    Decided,
    Kind,
    Said,
    Switched,
    Value,
    Word,
    heard,
    means_other,
    taken_back,
)
from tsunagu.surveys.ask.cards import promises, surveys_card
from tsunagu.surveys.ask.describing import describing
from tsunagu.surveys.ask.paper import SUBJECT, Named, Paper, Point
from tsunagu.surveys.ask.photos import Photos
from tsunagu.surveys.ask.question_card import FIRST, Page, question_card
from tsunagu.surveys.ask.reading import unfit
from tsunagu.surveys.ask.refused import Refusal, refusal
from tsunagu.surveys.ask.reply import reply
from tsunagu.surveys.ask.sent import taken_back_before, word_sent
from tsunagu.surveys.ask.summary import summary_cards
from tsunagu.surveys.ask.tapped import word_tapped
from tsunagu.surveys.ask.unclear import Unclear
from tsunagu.surveys.ask.wording import TEXTS, moment, postback
from tsunagu.surveys.definition import Anonymity, Asking, Multiple, Photo
from tsunagu.surveys.rules import Response, State
from tsunagu.surveys.store import Survey

MOVES = ("start", "later", "back", "correct", "page", "onward")  # buttons that say nothing to a question


@dataclass(frozen=True)
class Talk:
    secret: str
    city: ZoneInfo
    turn: Turn
    resident: Resident
    photos: Photos | None = None

    def show_all(self) -> None:
        """The surveys this resident is asked, those that close first in front."""
        papers = [self._paper(survey) for survey in store.in_state(self.turn.db, State.OPEN)]
        papers = [paper for paper in papers if self._refused(paper) is None]
        papers.sort(key=lambda paper: (paper.definition.closes or datetime.max, paper.survey.id))
        if papers:
            self.turn.say(self._words("list"), self._list(*papers))
        else:
            self.turn.say(self._words("list_none"))

    def tapped(self, button: Postback) -> None:
        verb, fields = button.path.removeprefix(SUBJECT), button.fields
        survey = None if verb == "list" else store.read(self.turn, fields.get("s", ""))
        if verb == "list":
            self.show_all()
        elif survey is None:
            self.turn.say(self._words("unknown", self._all()))
        elif refused := self._refused(paper := self._paper(survey)):
            self._turn_away(survey, refused, answered=verb not in MOVES)
        elif verb == "start":
            self._start(paper)
        elif verb == "later":
            self._leave(paper)
        elif (question := paper.definition.question(fields.get("q", ""))) is None:
            self._again(paper, None, Unclear("button"))
        elif verb in MOVES:
            self._turn_to(paper, question, verb, fields)
        else:
            word = word_tapped(verb, question, {**fields, **(self.turn.event.params or {})})
            self._answered(paper, Point(question), word or Unclear("button"))

    def sent(self, named: Named) -> None:
        """A message while that point was open."""
        survey = store.read(self.turn, named.survey)
        paper = self._paper(survey) if survey else None
        question = paper.definition.question(named.question) if paper else None
        if survey is None or paper is None or question is None:
            self.turn.close()
            self.turn.say(self._words("unknown", self._all()))
            return
        event, point = self.turn.event, Point(question, named.words)
        message = self._sealed(survey, str(event.message_id)) if survey.salt is not None else ""
        if refused := self._refused(paper):
            self._turn_away(survey, refused, answered=True)
        elif self.turn.was_unsent:
            gone = taken_back_before(event, paper, point, message, self.turn.now, self.city)
            if gone is not None:
                self._keep(paper, question, gone)
        else:
            word = word_sent(event, paper, point, message, self.photos, self.turn.now, self.city)
            if not isinstance(word, Unclear) and getattr(word, "message", None) is not None:
                self.turn.keep(str(named))
            self._answered(paper, point, word)

    def ask_again(self, survey_id: str) -> bool:
        survey = store.read(self.turn, survey_id)
        if survey is None or self._refused(paper := self._paper(survey)) is not None:
            return False
        point = self._open(paper)
        if point is not None:
            self._ask(paper, point)
        return point is not None

    def take_back(self, named: Named, message: str) -> None:
        """Also after closing, as long as it can be told whose the answer is."""
        survey = store.read(self.turn, named.survey)
        if survey is None or survey.salt is None:
            return
        paper = self._paper(survey)
        question = paper.definition.question(named.question)
        before = paper.response.answers.get(question.id) if question else None
        if paper.stored is None or question is None or before is None:
            return
        after = taken_back(question, before, self._sealed(survey, message))
        if after == before:
            return
        self._with(paper, question, after)
        again = Button(TEXTS.say("answer_it", self.resident.language), postback("correct", paper.definition, question))
        self.turn.say(self._words("removed", *([] if self._refused(paper) else [again])))

    def _start(self, paper: Paper) -> None:
        language, definition = self.resident.language, paper.definition
        begun = paper.stored is not None
        paper = self._kept(paper, self._begun(paper.response))
        if (open_now := self._open(paper)) is not None:
            self._ask(paper, open_now)
        elif self._is_late():
            self.turn.say(self._list(paper))
        elif paper.next is None:
            self.turn.close()
            self.turn.say(self._words("may_correct"), *summary_cards(paper.seen, paper.response, language))
        elif begun:
            self._ask(paper, paper.next, TEXTS.say("resumed", language), notices=True)
        else:
            intro = [in_language(definition.intro, language)] if definition.intro else []
            title = in_language(definition.title, language)
            begin = TEXTS.say("begin", language, title=title, **promises(definition, language))
            self._ask(paper, paper.next, *intro, begin, notices=True)

    def _leave(self, paper: Paper) -> None:
        if self._is_late() and (open_now := self._open(paper)) is not None:
            self._ask(paper, open_now)
            return
        if not self._is_late():
            self.turn.close()
        self.turn.say(self._words("paused", self._go_on(paper)))

    def _turn_to(self, paper: Paper, question: Asking, verb: str, fields: dict[str, str]) -> None:
        wanted = paper.walk.before(question) if verb == "back" else question
        point = Point(wanted) if wanted in paper.walk.asked and verb != "onward" else paper.next
        if self._is_late():
            self._again(paper, None)
        elif point is None:
            self._finish(paper, was_complete=True)
        elif verb == "page":
            number = fields.get("p", "")
            self._ask(paper, point, page=Page(fields.get("w"), int(number) if number in map(str, range(100)) else 0))
        else:
            self._ask(paper, point, notices=verb == "onward")

    def _answered(self, paper: Paper, point: Point, word: Word | Unclear) -> None:
        if isinstance(word, Unclear):
            self._again(paper, point, word)
        else:
            self._hear(paper, point.question, word)

    def _hear(self, paper: Paper, question: Asking, word: Word) -> None:
        was_complete = paper.is_complete
        paper = self._keep(paper, question, word)
        open_now, answer = self._open(paper), paper.response.answers[question.id]
        elsewhere = open_now is not None and open_now.question != question
        decided = isinstance(question, Multiple) and answer.kind == Kind.GIVEN
        wrong = unfit(question, answer.chosen()) if isinstance(question, Multiple) and decided else None
        if not self._asks(paper.survey) and self._is_late():
            # Somebody who is asked something else by now, or has left, is not called back by what comes late.
            self.turn.say(self._words("noted", self._go_on(paper)))
        elif wrong is not None and (elsewhere or isinstance(word, Decided)):
            self._ask(paper, Point(question), self._unclear(wrong))
        elif open_now is not None and elsewhere:
            about = shortened(in_language(paper.shown(question).text, self.resident.language), 60)
            self._ask(paper, open_now, TEXTS.say("changed", self.resident.language, question=about))
        elif isinstance(word, Switched):
            self._ask(paper, Point(question))
        elif _chooses(word) and means_other(question, answer):
            self._ask(paper, Point(question, words=True))
        elif (following := paper.next) is not None:
            self._ask(paper, following, notices=True)
        else:
            self._finish(paper, was_complete)

    def _finish(self, paper: Paper, was_complete: bool) -> None:
        language, definition = self.resident.language, paper.definition
        notices = [] if was_complete else paper.notices_before(None)
        thanks = in_language(definition.thanks, language) if definition.thanks else TEXTS.say("thanks", language)
        if was_complete:
            thanks = TEXTS.say("updated", language)
        self.turn.close()
        last = f"{thanks}\n{TEXTS.say('may_correct', language)}"
        words = [*(in_language(notice.text, language) for notice in notices), last]
        self.turn.say(*reply(words, summary_cards(paper.seen, paper.response, language)))

    def _again(self, paper: Paper, point: Point | None, unclear: Unclear | None = None) -> None:
        """Say what was wrong, and ask what is open now; `point` where nothing else is."""
        lead = [self._unclear(unclear)] if unclear is not None else []
        asked = self._open(paper) or (point if self.turn.open_now is None and paper.stored else None)
        if asked is None:
            self.turn.say(*reply(lead, [self._list(paper)]))
        else:
            page = Page(only=unclear.places) if unclear is not None and asked == point else FIRST
            self._ask(paper, asked, *lead, page=page)

    def _ask(self, paper: Paper, point: Point, *lead: str, page: Page = FIRST, notices: bool = False) -> None:
        language, question = self.resident.language, paper.shown(point.question)
        told = paper.notices_before(point.question) if notices and not point.words else []
        if point.words:
            card = describing(paper.seen, question, paper.response.answers.get(question.id), language)
        else:
            card = question_card(paper.seen, question, paper.response, language, page)
        words = [*lead, *(in_language(notice.text, language) for notice in told)]
        self.turn.ask(str(Named(paper.survey.id, question.id, point.words)), *reply(words, [card]))

    def _turn_away(self, survey: Survey, refused: Refusal, answered: bool) -> None:
        language, paused = self.resident.language, refused.key == "paused_now"
        if self._asks(survey) and not paused:
            self.turn.close()
        words = [TEXTS.say(refused.key, language, title=in_language(survey.definition.title, language))]
        if paused and answered:
            words.append(TEXTS.say("not_taken", language))
        if paused and refused.back is not None:
            words.append(TEXTS.say("back_at", language, moment=moment(refused.back, language)))
        elif paused:
            words.append(TEXTS.say("back_unknown", language))
        self.turn.say(text("\n".join(words), [self._all()]))

    def _keep(self, paper: Paper, question: Asking, word: Word) -> Paper:
        stamp = (self.turn.event.at, self._sealed(paper.survey, self.turn.event.id))
        after = heard(question, paper.response.answers.get(question.id), stamp, word)
        return self._with(paper, question, after, word.value if isinstance(word, Said) else None)

    def _with(self, paper: Paper, question: Asking, answer: Answer, said: Value | None = None) -> Paper:
        """`said`: what was heard, though a later answer may stand."""
        response, before = self._begun(paper.response), paper.response.answers.get(question.id)
        if isinstance(question, Photo) and self.photos is not None:
            names = {name for name in (before and before.value, said) if isinstance(name, str)}
            self.photos.delete(sorted(names - {answer.value}))
        return self._kept(paper, replace(response, answers={**response.answers, question.id: answer}))

    def _kept(self, paper: Paper, response: Response) -> Paper:
        kept = store.keep(self.turn, paper.survey, paper.respondent, paper.stored, response)
        return replace(paper, stored=paper.stored or Response(), response=kept)

    def _begun(self, response: Response) -> Response:
        at = datetime.fromtimestamp(self.turn.event.at / 1000, UTC)
        return replace(response, started_at=min(response.started_at or at, at))

    def _paper(self, survey: Survey) -> Paper:
        """Under the edition it was begun under, but with the newest one's times."""
        self.turn.about.add(store.reference(self.turn.db, survey.id).path)
        respondent = self._sealed(survey, self.turn.user) if survey.salt is not None else ""
        stored = store.read_response(self.turn, survey, respondent) if respondent else None
        response = stored or self._fresh(survey)
        newest = survey.definition
        definition = store.definition_of(self.turn, survey, response.edition)
        times = {"opens": newest.opens, "closes": newest.closes, "pauses": newest.pauses, "archives": newest.archives}
        return Paper(survey, definition.model_copy(update=times), respondent, stored, response)

    def _fresh(self, survey: Survey) -> Response:
        named = survey.definition.anonymity == Anonymity.NAMED
        return Response(
            ward=next(iter(self.resident.wards), None),
            district=next(iter(self.resident.districts_within(city().ward_of)), None),
            age_band=self.resident.age_band,
            language=self.resident.language,
            edition=survey.edition,
            user=self.turn.user if named else None,
        )

    def _sealed(self, survey: Survey, what: str) -> str:
        assert survey.salt is not None
        return store.pseudonym(self.secret, survey.salt, what)

    def _refused(self, paper: Paper) -> Refusal | None:
        began, at = paper.stored is not None, self.turn.event.at
        return refusal(paper.survey, self.resident, paper.response, began, at, self.city)

    def _asks(self, survey: Survey) -> bool:
        """Whether what is being asked now is of this survey."""
        asked = Named.read(self.turn.open_now)
        return asked is not None and asked.survey == survey.id

    def _open(self, paper: Paper) -> Point | None:
        """What is being asked now, if it is of this survey and its path still leads there."""
        asked = Named.read(self.turn.open_now)
        if asked is None or not self._asks(paper.survey):
            return None
        for question in paper.walk.asked:
            if question.id == asked.question:
                return Point(question, asked.words and means_other(question, paper.response.answers.get(question.id)))
        return None

    def _is_late(self) -> bool:
        """Whether the event happened before what is open now was asked (or closed)."""
        asked = self.turn.conversation.asked
        return bool(asked) and self.turn.event.at < asked[-1][0]

    def _unclear(self, unclear: Unclear) -> str:
        return TEXTS.say(f"unclear_{unclear.key}", self.resident.language, **unclear.values)

    def _words(self, key: str, *quick: Button, **values: object) -> Message:
        return text(TEXTS.say(key, self.resident.language, **values), quick)

    def _list(self, *papers: Paper) -> Message:
        return surveys_card([(paper.definition, paper.stands) for paper in papers], self.resident.language)

    def _all(self) -> Button:
        return Button(TEXTS.say("see_surveys", self.resident.language), Postback("surveys/list"))

    def _go_on(self, paper: Paper) -> Button:
        key = "done" if paper.is_complete else "go_on"
        return Button(TEXTS.say(key, self.resident.language), postback("start", paper.definition))


def _chooses(word: Word) -> bool:
    """Whether it chose without saying what "other" means."""
    return isinstance(word, Decided) or (isinstance(word, Said) and word.other is None)
