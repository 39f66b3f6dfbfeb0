"""Photos from the stand-in LINE into the private bucket of the storage emulator."""

import re
from io import BytesIO

import pytest
from google.cloud import firestore, storage
from PIL import Image

from local import processes
from local.phones import Phone, Phones
from local.stand_in import StandIn
from tests.tsunagu.surveys.asking import SECRET, begin, survey_of
from tests.tsunagu.surveys.kosodate import definition
from tsunagu.cloud.outcomes import Rejected, TryAgain
from tsunagu.cloud.storage import Bucket, NotThere, connect
from tsunagu.line.contents import Contents
from tsunagu.media.encode import UPLOAD_LIMIT
from tsunagu.surveys.ask.photos import Gone, NotYet, Photos
from tsunagu.surveys.store import Survey

RESPONDENT = "a" * 26
NAME = re.compile(r"surveys/kosodate/[a-z2-7]{26}\.jpg")


def photo(size: tuple[int, int] = (1_200, 900)) -> bytes:
    """As a phone takes it: on its side, with the place and the time in it."""
    out, exif = BytesIO(), Image.Exif()
    exif[0x0112] = 6  # turned
    exif[0x010F] = "Kamera"
    exif.get_ifd(0x8825)[1] = "N"  # where
    Image.new("RGB", size, "seagreen").save(out, "JPEG", exif=exif)
    return out.getvalue()


@pytest.fixture
def bucket(storage_host: str, project: str) -> Bucket:
    return Bucket(lambda: connect(project), "private")


@pytest.fixture
def photos(platform: StandIn, bucket: Bucket) -> Photos:
    return Photos(Contents(platform.channel_access_token, platform.url), bucket, SECRET)


@pytest.fixture
def survey(db: firestore.Client) -> Survey:
    begin(db, definition())
    return survey_of(db, definition())


@pytest.fixture
def phone(phones: Phones) -> Phone:
    phone = phones.add(1)[0]
    phone.follow()
    return phone


def sent(phone: Phone, picture: bytes) -> str:
    return str(phone.send_picture(picture)["message_id"])


def kept(bucket: Bucket, name: str) -> bytes:
    return b"".join(bucket.pieces(name))


def test_a_photo_is_kept_upright_and_without_what_the_phone_wrote_into_it(
    photos: Photos, survey: Survey, phone: Phone, bucket: Bucket
) -> None:
    name = photos.fetch_and_keep(survey, RESPONDENT, sent(phone, photo()))
    with Image.open(BytesIO(kept(bucket, name))) as found:
        assert ("JPEG", (900, 1_200), {}) == (found.format, found.size, dict(found.getexif()))
    assert b"Kamera" not in kept(bucket, name)


def test_its_name_says_neither_who_sent_it_nor_in_which_message(photos: Photos, survey: Survey, phone: Phone) -> None:
    message = sent(phone, photo())
    name = photos.fetch_and_keep(survey, RESPONDENT, message)
    assert None is not NAME.fullmatch(name)
    assert False is any(word in name for word in (message, RESPONDENT, phone.user))


def test_the_same_message_is_one_object_however_often_it_comes(
    photos: Photos, survey: Survey, phone: Phone, project: str
) -> None:
    first, second = sent(phone, photo()), sent(phone, photo())
    names = [photos.fetch_and_keep(survey, RESPONDENT, message) for message in (first, first, second)]
    assert (names[0], 2) == (names[1], len(set(names)))
    objects = {blob.name for blob in storage.Client(project=project).list_blobs("private")}
    assert set(names) <= objects


def test_another_survey_has_another_name_for_it(
    photos: Photos, db: firestore.Client, survey: Survey, phone: Phone
) -> None:
    begin(db, definition(id="another"))
    message = sent(phone, photo())
    files = {
        photos.fetch_and_keep(each, RESPONDENT, message).rpartition("/")[2]
        for each in (survey, survey_of(db, definition(id="another")))
    }
    assert 2 == len(files)


@pytest.mark.parametrize(
    ("picture", "says"),
    [
        (b"no picture at all", "not a picture that we can read"),
        (photo()[:4_000], "cut off or damaged"),
        (b"\xff\xd8" + b"x" * UPLOAD_LIMIT, "too large"),
    ],
)
def test_what_is_no_photo_is_refused_with_a_sentence_and_kept_nowhere(
    photos: Photos, survey: Survey, phone: Phone, project: str, picture: bytes, says: str
) -> None:
    before = len(list(storage.Client(project=project).list_blobs("private")))
    with pytest.raises(Rejected, match=says):
        photos.fetch_and_keep(survey, RESPONDENT, sent(phone, picture))
    assert before == len(list(storage.Client(project=project).list_blobs("private")))


def test_a_bomb_is_refused_before_it_is_unpacked(photos: Photos, survey: Survey, phone: Phone) -> None:
    out = BytesIO()
    Image.new("1", (20_000, 20_000)).save(out, "PNG")
    assert len(out.getvalue()) < 100_000
    with pytest.raises(Rejected, match="too wide and high"):
        photos.fetch_and_keep(survey, RESPONDENT, sent(phone, out.getvalue()))


def test_what_line_prepares_and_what_it_has_no_more_are_told_apart(
    photos: Photos, survey: Survey, phone: Phone, phones: Phones
) -> None:
    message = sent(phone, photo())
    phones.control("POST", f"/contents/{message}", {"state": "preparing"})
    with pytest.raises(NotYet):
        photos.fetch_and_keep(survey, RESPONDENT, message)
    phone.unsend(message)
    with pytest.raises(Gone):
        photos.fetch_and_keep(survey, RESPONDENT, message)


def test_a_line_or_a_storage_that_is_away_is_tried_again(survey: Survey, phone: Phone, platform: StandIn) -> None:
    nowhere = f"http://127.0.0.1:{processes.free_port()}"
    bucket = Bucket(lambda: storage.Client(project="p", client_options={"api_endpoint": nowhere}), "private", 0.1)
    message = sent(phone, photo())
    for line in (nowhere, platform.url):
        with pytest.raises(TryAgain):
            Photos(Contents(platform.channel_access_token, line), bucket, SECRET).fetch_and_keep(survey, "a", message)


def test_what_was_taken_back_is_deleted(photos: Photos, survey: Survey, phone: Phone, bucket: Bucket) -> None:
    name = photos.fetch_and_keep(survey, RESPONDENT, sent(phone, photo()))
    photos.delete([name])
    photos.delete([name])
    with pytest.raises(NotThere):
        bucket.pieces(name)
