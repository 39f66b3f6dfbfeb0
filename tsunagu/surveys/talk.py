"""One turn of talk about surveys: finding, starting, answering, correcting and leaving them.

Every button says which survey, question and value it is for, and each answer keeps the time of its event, so a late or
repeated one cannot undo what came after it. Whatever was heard, the reply asks the question that is open now.
"""

from collections.abc import Mapping
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
from tsunagu.surveys.answers import Answer, Decided, Said, Skipped, Switched, TakenBack, Word, heard, taken_back
from tsunagu.surveys.cards import TEXTS, postback, question_card, summary_cards, surveys_card, until
from tsunagu.surveys.definition import Date, Definition, Multiple, Question, Scale, Single
from tsunagu.surveys.reading import Unclear, folded, read
from tsunagu.surveys.rules import Response, State, is_for, length, path
from tsunagu.surveys.store import Survey

SUBJECT = "surveys/"
SKIPS = {folded(word) for word in ("スキップ", "とばす", "答えない", "skip")}


def question_named(name: str | None) -> tuple[str, str] | None:
    """Survey and question of what a turn calls `surveys/kosodate-2026/q3`."""
    parts = (name or "").split("/")
    return (parts[1], parts[2]) if len(parts) == 3 and parts[0] == "surveys" else None


@dataclass(frozen=True)
class Paper:
    """One resident's response to one survey: as it was stored (None: not begun), and as it is by now."""

    survey: Survey
    respondent: str
    stored: Response | None
    response: Response

    @property
    def definition(self) -> Definition:
        return self.survey.definition

    @property
    def answers(self) -> Mapping[str, Answer]:
        return self.response.answers

    @property
    def is_complete(self) -> bool:
        return path(self.definition, self.answers).next is None


@dataclass(frozen=True)
class Talk:
    secret: str
    city: ZoneInfo
    turn: Turn
    resident: Resident

    def show_all(self) -> None:
        """The surveys this resident is asked, those that close first in front."""
        open_now = [survey for survey in store.in_state(self.turn.db, State.OPEN) if not self._refused(survey, None)]
        open_now.sort(key=lambda survey: (survey.definition.closes is None, survey.definition.closes or 0, survey.id))
        if open_now:
            cards = [(survey.definition, self._paper(survey).answers) for survey in open_now]
            self.turn.say(self._words("list"), surveys_card(cards, self.resident.language))
        else:
            self.turn.say(self._words("list_none"))

    def tapped(self, button: Postback) -> None:
        verb, fields = button.path.removeprefix(SUBJECT), button.fields
        survey = None if verb == "list" else store.read(self.turn, fields.get("s", ""))
        if verb == "list":
            self.show_all()
        elif survey is None:
            self.turn.say(self._words("unknown", self._all()))
        elif refusal := self._refused(survey, (paper := self._paper(survey)).stored):
            self._turn_away(survey, refusal)
        elif verb == "start":
            self._start(paper)
        elif verb == "later":
            self._leave(paper)
        elif (question := survey.definition.question(fields.get("q", ""))) is None:
            self._again(paper, None, "old_button")
        elif verb in ("back", "correct"):
            self._turn_to(paper, question, back=verb == "back")
        elif verb == "skip" and question.required:
            self._again(paper, question, "must_answer")
        else:
            word = _word(verb, question, {**fields, **(self.turn.event.params or {})})
            if isinstance(word, Unclear):
                self._again(paper, question, f"unclear_{word.key}", **word.values)
            elif word is None:
                self._again(paper, question, "old_button")
            else:
                self._hear(paper, question, word)

    def typed(self, survey_id: str, question_id: str) -> None:
        """Words, or a picture or sticker, while that question was open."""
        survey = store.read(self.turn, survey_id)
        question = survey.definition.question(question_id) if survey else None
        if survey is None or question is None:
            self.turn.close()
            self.turn.say(self._words("unknown", self._all()))
            return
        paper = self._paper(survey)
        words = self.turn.event.text
        if refusal := self._refused(survey, paper.stored):
            self._turn_away(survey, refusal)
        elif self.turn.was_unsent:
            self._keep(paper, question, TakenBack(self._sealed(survey, str(self.turn.event.message_id))))
        elif words is None:
            self._again(paper, question, "not_this_kind")
        elif not question.required and folded(words) in SKIPS:
            self._hear(paper, question, Skipped())
        elif isinstance(value := read(question, words), Unclear):
            self._again(paper, question, f"unclear_{value.key}", **value.values)
        else:
            self.turn.keep(_name(survey, question))
            self._hear(paper, question, Said(value, self._sealed(survey, str(self.turn.event.message_id))))

    def ask_again(self, survey_id: str) -> bool:
        survey = store.read(self.turn, survey_id)
        if survey is None or self._refused(survey, (paper := self._paper(survey)).stored):
            return False
        question = self._open(paper)
        if question is not None:
            self._ask(paper, question)
        return question is not None

    def take_back(self, survey_id: str, question_id: str, message: str) -> None:
        """Also after closing, as long as it can be told whose the answer is."""
        survey = store.read(self.turn, survey_id)
        question = survey.definition.question(question_id) if survey else None
        if survey is None or question is None or survey.salt is None:
            return
        paper = self._paper(survey)
        before = paper.answers.get(question.id)
        after = taken_back(question, before, self._sealed(survey, message)) if before else None
        if paper.stored is None or after is None or after == before:
            return
        response = replace(paper.response, answers={**paper.answers, question.id: after})
        store.keep(self.turn, survey, paper.respondent, paper.stored, response)
        again = Button(TEXTS.say("answer_it", self.resident.language), postback("correct", survey.definition, question))
        self.turn.say(self._words("removed", *([] if self._refused(survey, paper.stored) else [again])))

    def _start(self, paper: Paper) -> None:
        language, definition = self.resident.language, paper.definition
        begun = paper.stored is not None
        paper = self._kept(replace(paper, response=self._begun(paper.response)))
        walk = path(definition, paper.answers)
        if (open_now := self._open(paper)) is not None:
            self._ask(paper, open_now)
        elif self._is_late():
            self.turn.say(surveys_card([(definition, paper.answers)], language))
        elif walk.next is None:
            self.turn.close()
            self.turn.say(self._words("may_correct"), *summary_cards(definition, paper.answers, language))
        elif begun:
            self._ask(paper, walk.next, self._words("resumed"))
        else:
            intro = [text(in_language(definition.intro, language))] if definition.intro else []
            self._ask(paper, walk.next, *intro, self._begin(definition))

    def _begin(self, definition: Definition) -> Message:
        language = self.resident.language
        return self._words(
            "begin",
            title=in_language(definition.title, language),
            how_long=TEXTS.say("how_long", language, count=length(definition)),
            until=until(definition, language),
            anonymity=TEXTS.say("anonymous" if definition.anonymous else "not_anonymous", language),
        )

    def _leave(self, paper: Paper) -> None:
        if self._is_late() and (open_now := self._open(paper)) is not None:
            self._ask(paper, open_now)
            return
        if not self._is_late():
            self.turn.close()
        self.turn.say(self._words("paused", self._go_on(paper)))

    def _turn_to(self, paper: Paper, question: Question, back: bool) -> None:
        walk = path(paper.definition, paper.answers)
        wanted = walk.before(question) if back else question
        if wanted not in walk.passed:
            wanted = walk.next
        if self._is_late():
            self._again(paper, None)
        elif wanted is None:
            self._finish(paper, was_complete=True)
        else:
            self._ask(paper, wanted)

    def _hear(self, paper: Paper, question: Question, word: Word) -> None:
        was_complete = paper.is_complete
        paper = self._keep(paper, question, word)
        open_now = self._open(paper)
        answer = paper.answers[question.id]
        if not self._asks(paper.survey) and self._is_late():
            # Somebody who is asked something else by now, or has left, is not called back by what comes late.
            self.turn.say(self._words("noted", self._go_on(paper)))
        elif open_now is not None and open_now != question:
            about = shortened(in_language(question.text, self.resident.language), 60)
            self._ask(paper, open_now, self._words("changed", question=about))
        elif isinstance(word, Switched):
            self._ask(paper, question)
        elif isinstance(word, Decided) and not answer.holds():
            self._ask(paper, question, self._words("unclear_none"))
        elif (following := path(paper.definition, paper.answers).next) is not None:
            self._ask(paper, following)
        else:
            self._finish(paper, was_complete)

    def _finish(self, paper: Paper, was_complete: bool) -> None:
        language, definition = self.resident.language, paper.definition
        thanks = in_language(definition.thanks, language) if definition.thanks else TEXTS.say("thanks", language)
        if was_complete:
            thanks = TEXTS.say("updated", language)
        self.turn.close()
        correct = TEXTS.say("may_correct", language)
        self.turn.say(text(f"{thanks}\n{correct}"), *summary_cards(definition, paper.answers, language))

    def _again(self, paper: Paper, question: Question | None, key: str | None = None, **values: object) -> None:
        """Say what was wrong, and ask what is open now; `question` where nothing else is."""
        lead = [self._words(key, **values)] if key else []
        asked = self._open(paper) or (question if self.turn.open_now is None and paper.stored else None)
        if asked is not None:
            self._ask(paper, asked, *lead)
        else:
            self.turn.say(*lead, surveys_card([(paper.definition, paper.answers)], self.resident.language))

    def _ask(self, paper: Paper, question: Question, *lead: Message) -> None:
        card = question_card(paper.definition, question, paper.answers, self.resident.language)
        self.turn.ask(_name(paper.survey, question), *lead, card)

    def _turn_away(self, survey: Survey, refusal: str) -> None:
        if self._asks(survey):
            self.turn.close()
        title = in_language(survey.definition.title, self.resident.language)
        self.turn.say(self._words(refusal, self._all(), title=title))

    def _keep(self, paper: Paper, question: Question, word: Word) -> Paper:
        stamp = (self.turn.event.at, self._sealed(paper.survey, self.turn.event.id))
        response = self._begun(paper.response)
        answer = heard(question, response.answers.get(question.id), stamp, word)
        return self._kept(replace(paper, response=replace(response, answers={**response.answers, question.id: answer})))

    def _kept(self, paper: Paper) -> Paper:
        kept = store.keep(self.turn, paper.survey, paper.respondent, paper.stored, paper.response)
        return replace(paper, stored=paper.stored or Response(), response=kept)

    def _begun(self, response: Response) -> Response:
        at = datetime.fromtimestamp(self.turn.event.at / 1000, UTC)
        return replace(response, started_at=min(response.started_at or at, at))

    def _paper(self, survey: Survey) -> Paper:
        respondent = self._sealed(survey, self.turn.user) if survey.salt is not None else ""
        stored = store.read_response(self.turn, survey, respondent) if respondent else None
        fresh = Response(
            ward=next(iter(self.resident.wards), None),
            district=next(iter(self.resident.districts_within(city().ward_of)), None),
            age_band=self.resident.age_band,
            language=self.resident.language,
        )
        return Paper(survey, respondent, stored, stored or fresh)

    def _sealed(self, survey: Survey, what: str) -> str:
        assert survey.salt is not None
        return store.pseudonym(self.secret, survey.salt, what)

    def _refused(self, survey: Survey, stored: Response | None) -> str | None:
        """An entry of the catalogue that says why not, judged by the time of the event."""
        closes = survey.definition.closes_at(self.city)
        if survey.state == State.DRAFT:
            return "not_yet"
        if survey.state == State.CLOSED or (closes and self.turn.event.at >= closes.timestamp() * 1000):
            return "closed"
        who = self.resident
        if stored is None and not is_for(
            survey.definition.audience, who.wards, who.districts, who.topics, who.language
        ):
            return "not_for_you"
        return None

    def _asks(self, survey: Survey) -> bool:
        """Whether what is being asked now is a question of this survey."""
        asked = question_named(self.turn.open_now)
        return asked is not None and asked[0] == survey.id

    def _open(self, paper: Paper) -> Question | None:
        """The question of this survey that is being asked now, if its path still leads there."""
        asked = question_named(self.turn.open_now)
        if asked is None or not self._asks(paper.survey):
            return None
        passed = path(paper.definition, paper.answers).passed
        return next((question for question in passed if question.id == asked[1]), None)

    def _is_late(self) -> bool:
        """Whether the event happened before what is open now was asked (or closed)."""
        asked = self.turn.conversation.asked
        return bool(asked) and self.turn.event.at < asked[-1][0]

    def _words(self, key: str, *quick: Button, **values: object) -> Message:
        return text(TEXTS.say(key, self.resident.language, **values), quick)

    def _all(self) -> Button:
        return Button(TEXTS.say("see_surveys", self.resident.language), Postback("surveys/list"))

    def _go_on(self, paper: Paper) -> Button:
        key = "done" if paper.is_complete else "go_on"
        return Button(TEXTS.say(key, self.resident.language), postback("start", paper.definition))


def _name(survey: Survey, question: Question) -> str:
    return f"{SUBJECT}{survey.id}/{question.id}"


def _word(verb: str, question: Question, fields: Mapping[str, str]) -> Word | Unclear | None:
    """What a button says to a question; None when it does not fit it (a button of a former version, say)."""
    value = fields.get("v", "")
    match verb, question:
        case "skip", _:
            return Skipped()
        case "answer", Single() if value in {option.id for option in question.options}:
            return Said(value)
        case "answer", Scale() if value in {str(step) for step in range(question.min, question.max + 1)}:
            return Said(int(value))
        case "switch", Multiple() if fields.get("o") in {option.id for option in question.options}:
            return Switched(fields["o"], fields.get("on") == "1")
        case "decide", Multiple():
            return Decided()
        case "date", Date():
            day = read(question, fields.get("date", ""))
            return day if isinstance(day, Unclear) else Said(day)
    return None
