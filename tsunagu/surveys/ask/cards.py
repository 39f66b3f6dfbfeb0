"""The surveys that are open, a card each, to start, go on with, or look at again."""

from collections.abc import Sequence

from tsunagu.chat.catalogue import in_language
from tsunagu.line.messages import Button, Message, cut
from tsunagu.surveys.ask.flex import GREY, Part, bubble, button, line
from tsunagu.surveys.ask.wording import TEXTS, postback, until
from tsunagu.surveys.definition import Definition
from tsunagu.surveys.rules import length

CARDS = 12  # bubbles LINE takes in one carousel
INTRO_UNITS = 150  # UTF-16 units

Standing = tuple[Definition, str]  # and how far its reader is with it: `start`, `go_on` or `done`


def surveys_card(surveys: Sequence[Standing], language: str) -> Message:
    bubbles = [_survey(definition, stands, language) for definition, stands in surveys[:CARDS]]
    contents = bubbles[0] if len(bubbles) == 1 else {"type": "carousel", "contents": bubbles}
    return {"type": "flex", "altText": TEXTS.say("list_alt", language, count=len(surveys)), "contents": contents}


def promises(definition: Definition, language: str) -> dict[str, str]:
    """What is told before the first question: how many at most, until when, and who knows whose answers they are."""
    return {
        "how_long": TEXTS.say("how_long", language, count=length(definition)),
        "until": until(definition, language),
        "anonymity": TEXTS.say(definition.anonymity.value, language),
    }


def _survey(definition: Definition, stands: str, language: str) -> Part:
    body = [line(in_language(definition.title, language), weight="bold", size="lg")]
    if definition.intro:
        body.append(line(cut(in_language(definition.intro, language), INTRO_UNITS), size="sm", margin="md"))
    body += [line(words, size="sm", color=GREY, margin="sm") for words in promises(definition, language).values()]
    if stands == "done":
        body.append(line(TEXTS.say("answered", language), size="sm", weight="bold", margin="md"))
    start = Button(TEXTS.say(stands, language), postback("start", definition), main=stands != "done")
    return bubble(body, [button(start)])
