"""What residents say about themselves (follow, choose, stop, erase), and the answer to what nobody else understood."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from tsunagu.chat.catalogue import DEFAULT_LANGUAGE, LANGUAGES, Catalogue
from tsunagu.chat.turn import Hearing, Turn
from tsunagu.line.messages import QUICK_LIMIT, Button, Message, card, text
from tsunagu.line.postback import Postback
from tsunagu.residents import store
from tsunagu.residents.city import Choice, as_typed, city
from tsunagu.residents.rules import Resident, listed

TEXTS = Catalogue(Path(__file__).with_name("texts"))

WORDS = {
    "settings": ("設定", "せってい", "設定（せってい）", "登録", "はじめる", "settings", "setting", "start"),
    "help": ("ヘルプ", "使い方", "つかいかた", "help", "?"),
    "stop": ("停止", "ていし", "止める", "配信停止", "stop"),
    "resume": ("再開", "さいかい", "resume"),
    "erase": ("消去", "しょうきょ", "削除", "退会", "消去（しょうきょ）", "erase", "delete"),
}
AskAgain = Callable[[Turn, Resident], bool]
"""Asks a question of one's own that is open now once more, as this resident reads it; False: there is none."""

_VERBS = {as_typed(word): verb for verb, words in WORDS.items() for word in words}


def following(turn: Turn) -> bool:
    """follow and unfollow. Of the two the later event stands, in whatever order they are delivered."""
    event = turn.event
    if event.kind not in ("follow", "unfollow"):
        return False
    known = store.read(turn, turn.user)
    if known is None and store.was_erased_after(turn, event.at):
        return True
    resident = known or Resident(since=turn.now)
    if not resident.is_stale("following", event.at):
        begins = event.kind == "follow"
        since = turn.now if begins and not resident.following else resident.since
        resident = replace(resident.choose("following", begins, event.at), since=since)
        store.write(turn, resident)
        if not begins:
            store.stop(turn, "blocked")
        elif resident.quiet:
            store.stop(turn, "stopped")
        else:
            store.stop_no_more(turn)
    if event.kind == "unfollow":
        return True
    if resident.language != DEFAULT_LANGUAGE:
        turn.show_menu()  # the menus may have been switched or deployed while they were away
    if known is None:
        turn.ask("residents/language", _ask_language(resident, TEXTS.say("greeting", "ja", city=city().name["ja"])))
    elif resident.next_step() is None:
        turn.say(text(TEXTS.say("welcome_back", resident.language)), _summary(resident))
    else:
        turn.say(text(TEXTS.say("welcome_back", resident.language)))
        _ask_step(turn, resident, str(resident.next_step()))
    return True


def words_and_buttons(turn: Turn) -> bool:
    """What works at any time, whatever else is being asked."""
    event = turn.event
    if event.kind == "postback" and event.postback is not None and event.postback.path.startswith("residents/"):
        verb = event.postback.path.removeprefix("residents/")
    elif event.kind == "message" and event.text is not None and as_typed(event.text) in _VERBS:
        verb = _VERBS[as_typed(event.text)]
    else:
        return False
    resident = _resident(turn)
    if resident is None:
        return True
    fields = event.postback.fields if event.postback is not None else {}
    match verb:
        case "settings":
            _settings(turn, resident)
        case "help":
            turn.say(_help(resident))
        case "stop" | "resume":
            _be_quiet(turn, resident, verb == "stop")
        case "erase":
            turn.ask("residents/erase", _ask_erase(resident))
        case "erase_yes":
            turn.erase()
            turn.show_menu()
            turn.say(text(TEXTS.say("erased", resident.language)))
        case "erase_no":
            turn.close()
            turn.say(text(TEXTS.say("erase_kept", resident.language)), _summary(resident))
        case "go":
            _ask_step(turn, resident, fields.get("step", ""))
        case "choose":
            _choose(turn, resident, fields.get("step", ""), fields.get("v", ""), fields.get("on", ""))
        case _:
            turn.say(_help(resident))
    return True


def language_strip(ask_again: Sequence[AskAgain]) -> Hearing:
    """The rich menu's strip of languages: one tap changes picture and language. What is being asked is asked again, by
    ourselves or by one of `ask_again`; nothing else is begun or ended."""

    def hear(turn: Turn) -> bool:
        button = turn.event.postback if turn.event.kind == "postback" else None
        if button is None or button.path != "residents/language" or button.fields.get("v") not in LANGUAGES:
            return False
        resident = _resident(turn)
        if resident is None:
            return True
        resident = resident.choose("language", button.fields["v"], turn.event.at)
        resident = store.write(turn, resident.pass_step("language", turn.event.at))
        turn.show_menu()  # also where the language stays: LINE has linked them to the menu they tapped
        turn.say(text(TEXTS.say("language_changed", resident.language)))
        if turn.open_now != "residents/language":
            any(ask(turn, resident) for ask in (_ask_again, *ask_again))
        elif (step := resident.next_step()) is not None:
            _ask_step(turn, resident, step)
        else:
            turn.close()
        return True

    return hear


def answer(turn: Turn) -> bool:
    """Typed words that answer the question that was open when they were typed."""
    question = turn.open_then
    if turn.event.kind != "message" or question is None or not question.startswith("residents/"):
        return False
    resident = _resident(turn)
    if resident is None:
        return True
    step = question.removeprefix("residents/")
    words = turn.event.text
    if words is None:
        _say_and_ask_again(turn, resident, TEXTS.say("not_this_kind", resident.language))
    elif step == "district":
        _find_district(turn, resident, words)
    elif (choice := _typed_choice(step, words)) is not None:
        _choose(turn, resident, step, choice, "" if choice in resident.topics else "1")
    else:
        _say_and_ask_again(turn, resident, TEXTS.say("not_understood", resident.language))
    return True


def otherwise(turn: Turn) -> bool:
    """Whatever a person sends gets an answer that helps."""
    if turn.event.kind not in ("message", "postback"):
        return False
    resident = _resident(turn)
    if resident is not None:
        kind = "not_understood" if turn.event.kind == "postback" or turn.event.text is not None else "not_this_kind"
        words = TEXTS.say(kind, resident.language) + "\n" + TEXTS.say("emergency_hint", resident.language)
        turn.say(text(words, _everywhere(resident)))
    return True


def take_back(turn: Turn) -> bool:
    """unsend, of a message whose words nobody kept: only the id is remembered, should it overtake the message."""
    if turn.event.kind != "unsend" or turn.event.unsent is None:
        return False
    turn.unsend(turn.event.unsent)
    return True


def in_group(turn: Turn) -> bool:
    """In groups: introduce yourself once, when invited, then keep quiet."""
    if turn.event.kind != "join":
        return False
    turn.say(text("\n\n".join(TEXTS.say("group", language, city=city().name[language]) for language in ("ja", "en"))))
    return True


def _resident(turn: Turn) -> Resident | None:
    """Who is talking, someone unknown as if they had just begun; None for an event from before an erasure."""
    resident = store.read(turn, turn.user)
    if resident is not None:
        return resident
    return None if store.was_erased_after(turn, turn.event.at) else Resident(since=turn.now)


def _settings(turn: Turn, resident: Resident) -> None:
    step = resident.next_step()
    if step is None:
        turn.close()
        turn.say(_summary(resident))
        return
    if resident.decided("language"):
        turn.say(text(TEXTS.say("unfinished", resident.language)))
    _ask_step(turn, resident, step)


def _be_quiet(turn: Turn, resident: Resident, quiet: bool) -> None:
    if not resident.is_stale("quiet", turn.event.at):
        resident = store.write(turn, resident.choose("quiet", quiet, turn.event.at))
        if quiet:
            store.stop(turn, "stopped")
        else:
            store.stop_no_more(turn)
    verb, word = ("resume", "stopped") if resident.quiet else ("settings", "resumed")
    buttons = [Button(TEXTS.say(verb, resident.language), Postback(f"residents/{verb}"))]
    turn.say(text(TEXTS.say(word, resident.language), buttons))


def _choose(turn: Turn, resident: Resident, step: str, value: str, on: str) -> None:
    """One choice made; `value` empty means skipped. Then the next question, or how things stand now."""
    at, language, decided = turn.event.at, resident.language, resident.decided("language")
    match step:
        case "language" if value in LANGUAGES:
            resident = resident.choose("language", value, at)
            # A language that was only supposed may not have brought its menu yet.
            if resident.language != language or (not decided and value != DEFAULT_LANGUAGE):
                turn.show_menu()
        case "ward" if value == "" or city().ward(value):
            resident = resident.choose("wards", (value,) if value else (), at)
        case "district" if value == "" or city().district(value):
            resident = resident.choose("districts", (value,) if value else (), at)
        case "topics" if city().topic(value):
            store.write(turn, resident := resident.toggle_topic(value, on == "1", at))
            turn.ask("residents/topics", _ask_topics(resident))
            return
        case "age_band" if value == "" or city().age_band(value):
            resident = resident.choose("age_band", value or None, at)
        case "consent" if not resident.decided("consent"):
            resident = replace(resident, consent=turn.now)
        case "topics" | "consent":
            pass
        case _:
            _say_and_ask_again(turn, resident, TEXTS.say("not_understood", resident.language))
            return
    was_complete = resident.next_step() is None
    resident = store.write(turn, resident.pass_step(step, at))
    following_step = resident.next_step()
    if following_step is not None:
        _ask_step(turn, resident, following_step)
        return
    turn.close()
    done = [] if was_complete else [text(TEXTS.say("done", resident.language))]
    turn.say(*done, _summary(resident))


def _find_district(turn: Turn, resident: Resident, words: str) -> None:
    found = city().find_districts(words, list(resident.wards))
    if len(found) == 1:
        _choose(turn, resident, "district", found[0].id, "")
        return
    if not found:
        turn.ask("residents/district", text(TEXTS.say("no_district", resident.language), [_later(resident)]))
        return
    shown = found[: QUICK_LIMIT - 1]
    key = "found_districts" if len(shown) == len(found) else "many_districts"
    buttons = [*(_choice_button("district", choice, resident.language) for choice in shown), _later(resident)]
    turn.ask("residents/district", text(TEXTS.say(key, resident.language, count=len(found)), buttons))


def _typed_choice(step: str, words: str) -> str | None:
    choices: dict[str, list[Choice]] = {
        "language": [Choice(id=code, name={"ja": TEXTS.say(f"language_{code}", "ja")}) for code in LANGUAGES],
        "ward": city().wards,
        "topics": city().topics,
        "age_band": city().age_bands,
    }
    return next((choice.id for choice in choices.get(step, []) if choice.is_called(words)), None)


def _say_and_ask_again(turn: Turn, resident: Resident, words: str) -> None:
    turn.say(text(words))
    if not _ask_again(turn, resident):
        turn.say(_help(resident))


def _ask_again(turn: Turn, resident: Resident) -> bool:
    question = turn.open_now
    if question is None or not question.startswith("residents/"):
        return False
    if question == "residents/erase":
        turn.say(_ask_erase(resident))
    else:
        _ask_step(turn, resident, question.removeprefix("residents/"))
    return True


def _ask_step(turn: Turn, resident: Resident, step: str) -> None:
    language = resident.language
    name = city().name[language]
    match step:
        case "language":
            asked = _ask_language(resident, TEXTS.say("ask_language", language))
        case "ward":
            outside = Button(TEXTS.say("outside", language), _choice("ward", ""))
            wards = [_choice_button("ward", ward, language) for ward in city().wards]
            asked = text(TEXTS.say("ask_ward", language), [*wards, outside])
        case "district":
            asked = text(TEXTS.say("ask_district", language), [_later(resident)])
        case "topics":
            asked = _ask_topics(resident)
        case "age_band":
            skip = Button(TEXTS.say("no_answer", language), _choice("age_band", ""))
            bands = [_choice_button("age_band", band, language) for band in city().age_bands]
            asked = text(TEXTS.say("ask_age_band", language), [*bands, skip])
        case "consent":
            agree = Button(TEXTS.say("agree", language), _choice("consent", "yes"))
            asked = text(TEXTS.say("ask_consent", language, city=name), [agree])
        case _:
            turn.say(_help(resident))
            return
    turn.ask(f"residents/{step}", asked)


def _ask_language(resident: Resident, words: str) -> Message:
    english = TEXTS.say("ask_language", "en")
    names = [(code, TEXTS.say(f"language_{code}", resident.language or DEFAULT_LANGUAGE)) for code in LANGUAGES]
    return text(f"{words}\n{english}", [Button(name, _choice("language", code)) for code, name in names])


def _ask_topics(resident: Resident) -> Message:
    """A button a topic that says what it will do, so that tapping an old one twice changes nothing."""
    language = resident.language
    buttons = []
    for topic in city().topics:
        chosen = topic.id in resident.topics
        label = TEXTS.say("chosen", language, name=topic.label(language)) if chosen else topic.label(language)
        wish = {"on": "0" if chosen else "1"}
        buttons.append(Button(label, _choice("topics", topic.id, wish), main=chosen))
    decide = Button(TEXTS.say("decide", language), _choice("topics", ""))
    words = TEXTS.say("ask_topics", language)
    return card(TEXTS.say("topics_now", language, topics=_topics(resident)), words, buttons=buttons, quick=[decide])


def _summary(resident: Resident) -> Message:
    language = resident.language
    none = TEXTS.say("none", language)
    wards = [ward.label(language) for ward in city().wards if ward.id in resident.wards]
    districts = resident.districts_within(city().ward_of)
    band = city().age_band(resident.age_band or "")
    body = TEXTS.say(
        "summary",
        language,
        language=TEXTS.say(f"language_{language}", language),
        ward=listed(wards, language, none),
        district=listed([d.label(language) for d in city().districts if d.id in districts], language, none),
        topics=_topics(resident),
        age_band=band.label(language) if band else none,
        sending=TEXTS.say("sending_quiet" if resident.quiet else "sending_all", language),
    )
    steps = ("language", "ward", "district", "topics", "age_band")
    changes = [
        Button(TEXTS.say(f"change_{step}", language), Postback("residents/go", {"step": step})) for step in steps
    ]
    return card(TEXTS.say("summary_title", language), body, buttons=changes, quick=_everywhere(resident))


def _topics(resident: Resident) -> str:
    names = [topic.label(resident.language) for topic in city().topics if topic.id in resident.topics]
    return listed(names, resident.language, TEXTS.say("none", resident.language))


def _help(resident: Resident) -> Message:
    return text(TEXTS.say("help_text", resident.language), _everywhere(resident))


def _ask_erase(resident: Resident) -> Message:
    verbs = ("erase_yes", "erase_no")
    buttons = [Button(TEXTS.say(verb, resident.language), Postback(f"residents/{verb}")) for verb in verbs]
    return text(TEXTS.say("ask_erase", resident.language), buttons)


def _everywhere(resident: Resident) -> list[Button]:
    """Buttons for what works at any time. Those for other subjects say a word, which whoever hears these hears."""
    language = resident.language
    quiet = "resume" if resident.quiet else "stop"
    return [
        Button(TEXTS.say("settings", language), Postback("residents/settings")),
        Button(TEXTS.say("news", language), message=TEXTS.say("news", language)),
        Button(TEXTS.say("surveys", language), message=TEXTS.say("surveys", language)),
        Button(TEXTS.say("help", language), Postback("residents/help")),
        Button(TEXTS.say(quiet, language), Postback(f"residents/{quiet}")),
        Button(TEXTS.say("erase", language), Postback("residents/erase")),
    ]


def _later(resident: Resident) -> Button:
    return Button(TEXTS.say("later", resident.language), _choice("district", ""))


def _choice_button(step: str, choice: Choice, language: str) -> Button:
    return Button(choice.label(language), _choice(step, choice.id))


def _choice(step: str, value: str, more: dict[str, str] | None = None) -> Postback:
    return Postback("residents/choose", {"step": step, "v": value, **(more or {})})
