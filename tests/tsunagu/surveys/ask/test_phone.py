"""What a phone sends besides words: photos, places, what its pickers bring; on the stand-in platform."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from google.cloud import firestore
from PIL import Image

from local.phones import Entry, actions_of, words_of
from local.stand_in import StandIn
from tests.tsunagu.conftest import Talk
from tests.tsunagu.surveys.asking import SECRET, begin, survey_of
from tsunagu.cloud.outcomes import TryAgain
from tsunagu.cloud.storage import Bucket, NotThere, connect
from tsunagu.line.contents import Contents
from tsunagu.surveys import store
from tsunagu.surveys.answers import Answer, Kind
from tsunagu.surveys.ask.photos import Photos
from tsunagu.surveys.definition import Definition
from tsunagu.surveys.rules import Response


@pytest.fixture
def bucket(storage_host: str, project: str) -> Bucket:
    return Bucket(lambda: connect(project), "private")


@pytest.fixture
def photos(platform: StandIn, bucket: Bucket) -> Photos:
    return Photos(Contents(platform.channel_access_token, platform.url), bucket, SECRET)


def photo(colour: str = "seagreen") -> bytes:
    out = BytesIO()
    Image.new("RGB", (320, 240), colour).save(out, "JPEG")
    return out.getvalue()


def survey(**first: Any) -> Definition:
    asked = {"id": "q", "type": "photo", "text": {"ja": "写真を送ってください"}, **first}
    end = {"id": "end", "type": "text", "text": {"ja": "最後"}, "required": False}
    return Definition.model_validate({"id": "phone", "title": {"ja": "題"}, "questions": [asked, end]})


def begun(talk: Talk, db: firestore.Client, **first: Any) -> list[Entry]:
    begin(db, survey(**first))
    talk.follow()
    talk.say("アンケート")
    return talk.tap("はじめる")


def answer(db: firestore.Client) -> Answer | None:
    (response,) = (each for _, each in store.responses(db, survey_of(db, survey())))
    assert isinstance(response, Response)
    return response.answers.get("q")


def asks(said: list[Entry]) -> str:
    return str(said[-1]["message"].get("altText", "")).partition(") ")[2]


def test_a_photo_is_kept_and_named_in_the_answer(talk: Talk, db: firestore.Client, bucket: Bucket) -> None:
    said = begun(talk, db)
    assert ["camera", "cameraRoll"] == [action["type"] for action in actions_of(said[-1]["message"], quick=True)][:2]
    assert "最後" == asks(talk.hear(talk.phone.send_picture(photo())))
    kept = answer(db)
    assert kept is not None
    with Image.open(BytesIO(b"".join(bucket.pieces(str(kept.value))))) as found:
        assert (320, 240) == found.size
    assert "写真 1枚" in words_of(talk.tap("スキップ")[-1]["message"])


def test_a_photo_that_is_unsent_or_replaced_is_deleted(talk: Talk, db: firestore.Client, bucket: Bucket) -> None:
    begun(talk, db)
    talk.hear(talk.phone.send_picture(photo()))
    first = answer(db)
    talk.tap("前の質問")
    done = talk.phone.send_picture(photo("navy"))
    talk.hear(done)
    second = answer(db)
    assert first is not None
    assert second is not None
    assert 2 == len({first.value, second.value})
    with pytest.raises(NotThere):
        bucket.pieces(str(first.value))
    assert b"".join(bucket.pieces(str(second.value)))
    talk.hear(talk.phone.unsend(done["message_id"]))
    gone = answer(db)
    assert gone is not None
    assert (Kind.GONE, None) == (gone.kind, gone.value)
    with pytest.raises(NotThere):
        bucket.pieces(str(second.value))


def test_an_erasure_deletes_the_photo(talk: Talk, db: firestore.Client, bucket: Bucket) -> None:
    begun(talk, db)
    talk.hear(talk.phone.send_picture(photo()))
    kept = answer(db)
    assert kept is not None
    talk.say("消去")
    talk.tap("すべて消す")
    assert [] == list(store.responses(db, survey_of(db, survey())))
    with pytest.raises(NotThere):
        bucket.pieces(str(kept.value))


@pytest.mark.parametrize(
    ("picture", "how", "says"),
    [
        (b"no picture", {}, "この写真は読み取れませんでした"),
        (photo()[:400], {}, "この写真は読み取れませんでした"),
        (photo(), {"state": "gone"}, "写真を受け取れませんでした"),
    ],
)
def test_what_is_no_photo_or_gone_is_told_and_asked_for_again(
    talk: Talk, db: firestore.Client, picture: bytes, how: dict[str, str], says: str
) -> None:
    begun(talk, db)
    said = talk.hear(talk.phone.send_picture(picture, **how))
    assert says in said[0]["message"]["text"]
    assert "写真を送ってください" == asks(said)
    assert None is answer(db)


def test_where_the_bucket_is_not_to_be_had_it_is_said_that_photos_cannot_be_taken(
    talk: Talk, db: firestore.Client, bucket: Bucket, photos: Photos, project: str
) -> None:
    photos.bucket = Bucket(lambda: connect(project), "nowhere")
    begun(talk, db)
    said = talk.hear(talk.phone.send_picture(photo()))
    assert ("いまは写真を受け取れません", "写真を送ってください") == (said[0]["message"]["text"][-14:-1], asks(said))


def test_a_photo_that_line_still_prepares_is_tried_again_for_a_while(talk: Talk, db: firestore.Client) -> None:
    begun(talk, db)
    done = talk.phone.send_picture(photo(), state="preparing")
    event, now = talk.event(done), datetime.now(UTC)
    with pytest.raises(TryAgain):
        talk.chat.handle(event, now, now)
    assert None is answer(db)
    talk.phone.phones.control("POST", f"/contents/{event.message_id}", {"state": "ready"})
    talk.chat.handle(event, now, now)
    kept = answer(db)
    assert kept is not None
    assert Kind.GIVEN == kept.kind


def test_who_sent_a_photo_that_line_never_finishes_is_asked_for_another(talk: Talk, db: firestore.Client) -> None:
    begun(talk, db)
    event, now = talk.event(talk.phone.send_picture(photo(), state="preparing")), datetime.now(UTC)
    talk.chat.handle(event, now, now + timedelta(minutes=11))
    assert "写真を受け取れませんでした" in talk.phone.words()[-2]
    assert None is answer(db)


def test_words_for_a_photo_are_refused_kindly(talk: Talk, db: firestore.Client) -> None:
    begun(talk, db)
    said = talk.say("これです")
    assert "写真が必要なため、文字では受け取れません" in said[0]["message"]["text"]
    assert "写真を送ってください" == asks(said)


def test_a_place_from_the_map(talk: Talk, db: firestore.Client) -> None:
    said = begun(talk, db, type="location", text={"ja": "場所"})
    assert ["location"] == [action["type"] for action in actions_of(said[-1]["message"], quick=True)][:1]
    said = talk.say("市役所の前")
    assert "地図の場所が必要なため" in said[0]["message"]["text"]
    said = talk.hear(talk.phone.send_location("熊本城", "熊本市中央区本丸1-1", 32.8062, 130.7058))
    assert "最後" == asks(said)
    kept = answer(db)
    assert kept is not None
    assert {"words": "熊本城 熊本市中央区本丸1-1", "lat": 32.8062, "lon": 130.7058} == kept.value


@pytest.mark.parametrize(
    ("kind", "label", "picked", "limits"),
    [
        ("date", "日付を選ぶ", "2026-11-03", {}),
        ("time", "時刻を選ぶ", "14:30", {"min": "09:00", "max": "17:00"}),
        ("datetime", "日時を選ぶ", "2026-11-03T14:30", {"min": "2026-11-01T09:00"}),
    ],
)
def test_the_phones_own_pickers(
    talk: Talk, db: firestore.Client, kind: str, label: str, picked: str, limits: dict[str, str]
) -> None:
    said = begun(talk, db, type=kind, text={"ja": "いつ"}, **limits)
    (action,) = (each for each in actions_of(said[-1]["message"], quick=True) if each["type"] == "datetimepicker")
    assert (kind, limits) == (action["mode"], {name: action[name] for name in ("min", "max") if name in action})
    assert "最後" == asks(talk.hear(talk.phone.pick_date(label, picked)))
    kept = answer(db)
    assert kept is not None
    assert picked == kept.value
