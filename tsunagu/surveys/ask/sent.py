"""What a message says to the point that was open when it was sent: typed words, a place, a picture."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from tsunagu.cloud.logs import logger
from tsunagu.cloud.outcomes import Rejected, TryAgain
from tsunagu.line.events import Event
from tsunagu.line.messages import cut
from tsunagu.surveys.answers import Described, Said, TakenBack, Word
from tsunagu.surveys.ask.paper import Paper, Point
from tsunagu.surveys.ask.photos import Gone, NoPhoto, NotYet, Photos
from tsunagu.surveys.ask.question_card import ward_of
from tsunagu.surveys.ask.typed import described, word_typed
from tsunagu.surveys.ask.unclear import Unclear
from tsunagu.surveys.definition import District, Location, Photo

PLACE_UNITS = 200  # UTF-16 units of what the phone calls a place
DECIMALS = 6  # of a degree: a tenth of a metre
PREPARING = timedelta(minutes=10)  # how long LINE may take over a photo before its sender is asked for another


def word_sent(
    event: Event, paper: Paper, point: Point, message: str, photos: Photos | None, now: datetime, city: ZoneInfo
) -> Word | Unclear:
    """`message`: under which id it is kept. Raises TryAgain while a photo cannot be fetched yet."""
    question = paper.shown(point.question)
    if event.text is not None:
        if point.words:
            return _described(event.text, paper, point, message)
        ward = ward_of(paper.definition, question, paper.response) if isinstance(question, District) else None
        return word_typed(question, event.text, message, ward, _day(event, city))
    if point.words:
        return Unclear("kind")
    match question:
        case Location() if event.place is not None:
            place = event.place
            value = {"words": cut(place.words, PLACE_UNITS), "lat": round(place.lat, DECIMALS)}
            return Said({**value, "lon": round(place.lon, DECIMALS)}, message)
        case Photo() if event.picture and event.message_id is not None:
            return _photo(event, event.message_id, paper, message, photos, now)
        case Location():
            return Unclear("location")
        case Photo():
            return Unclear("photo")
    return Unclear("kind")


def _described(words: str, paper: Paper, point: Point, message: str) -> Word | Unclear:
    """Who has words there already and sends "skip" leaves them."""
    word, before = described(words, message), paper.response.answers.get(point.question.id)
    if word == Described(None) and before is not None and before.own is not None:
        return Described(before.own.words, before.own.message)
    return word


def taken_back_before(
    event: Event, paper: Paper, point: Point, message: str, now: datetime, city: ZoneInfo
) -> TakenBack | None:
    """Of a message that was unsent before it was heard: nothing of it is kept, but that it is gone."""
    if isinstance(point.question, Photo) and event.picture:
        return TakenBack(message)
    word = word_sent(event, paper, point, message, None, now, city)
    match word:
        case Said():
            return TakenBack(message)
        case Described():
            return TakenBack(message, described=True)
    return None


def _photo(event: Event, id: str, paper: Paper, message: str, photos: Photos | None, now: datetime) -> Word | Unclear:
    if photos is None:
        return Unclear("photos_off")
    try:
        return Said(photos.fetch_and_keep(paper.survey, paper.respondent, id), message)
    except NotYet:
        if now - datetime.fromtimestamp(event.at / 1000, UTC) < PREPARING:
            raise TryAgain("LINE still prepares a photo") from None
        return Unclear("photo_gone")
    except Gone:
        return Unclear("photo_gone")
    except NoPhoto:
        return Unclear("no_photo")
    except Rejected as error:
        logger().error("a photo could not be kept", reason=error.reason)
        return Unclear("photos_off")


def _day(event: Event, city: ZoneInfo) -> date:
    return datetime.fromtimestamp(event.at / 1000, city).date()
