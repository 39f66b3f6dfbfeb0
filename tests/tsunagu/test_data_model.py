"""The data model names every collection and every field: a city is played, and what it wrote is compared."""

import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from google.cloud import firestore

from local.stand_in import StandIn
from tests.infra.data_model import text
from tests.tsunagu.broadcasts.test_invited import INVITATION
from tests.tsunagu.broadcasts.world import NEWS, ZONE, World
from tests.tsunagu.conftest import Talk
from tests.tsunagu.surveys.asking import Asked, begin, survey_of
from tests.tsunagu.surveys.bring.test_keep import brought
from tests.tsunagu.surveys.kosodate import definition
from tests.tsunagu.surveys.take.exported import ANALYST, Work
from tsunagu.audiences import store as audiences
from tsunagu.audiences.rules import Audience
from tsunagu.audiences.upload import upload
from tsunagu.broadcasts.chat import BroadcastChat
from tsunagu.broadcasts.life.pause import pause, resume
from tsunagu.broadcasts.life.withdraw import withdraw
from tsunagu.broadcasts.statistics import due_statistics
from tsunagu.broadcasts.testers import new_code
from tsunagu.chat.handle import Chat
from tsunagu.cloud.outcomes import Delivery, Rejected, recorder
from tsunagu.cloud.storage import Bucket, connect
from tsunagu.line.client import Line
from tsunagu.menus import store as menus
from tsunagu.packs.fill import fill
from tsunagu.packs.read import read
from tsunagu.packs.shelf import Shelf
from tsunagu.residents import chat as residents
from tsunagu.residents.city import city
from tsunagu.residents.followers import bring_in
from tsunagu.residents.store import ROSTER_SCHEMA, residents_shelf
from tsunagu.staff import store as staff
from tsunagu.staff.rules import Role
from tsunagu.surveys import store as surveys
from tsunagu.surveys import tags
from tsunagu.surveys.answers import Answer, Kind
from tsunagu.surveys.bring import keep, published
from tsunagu.surveys.bring.publish import publish
from tsunagu.surveys.bring.tables import Plan, everything
from tsunagu.surveys.fold import fold
from tsunagu.surveys.life import anonymise, quotas
from tsunagu.surveys.life.act import act
from tsunagu.surveys.life.revise import revise
from tsunagu.surveys.moves import Verb
from tsunagu.surveys.rules import Response, State
from tsunagu.surveys.store import Survey
from tsunagu.surveys.take import jobs
from tsunagu.surveys.take.jobs import Wish

NOBODY = Line("a token", "http://127.0.0.1:9")  # a LINE that does not answer
CLOSED = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
Fields = dict[str, set[str]]


def documented() -> Fields:
    """Path with `*` for ids → the fields in the table below it; `owed.messages` is in the field `owed`."""
    found: Fields = {}
    for heading, section in re.findall(r"^### `([^`]+)`\n(.*?)(?=^##|\Z)", text(), re.M | re.S):
        cells = re.findall(r"^\| (`.+?) \|", section, re.M)
        found[re.sub(r"{.+?}", "*", heading)] = {
            name.partition(".")[0] for cell in cells for name in re.findall(r"`(.+?)`", cell)
        }
    return found


class Played:
    """What was ever seen in Firestore."""

    def __init__(self, db: firestore.Client) -> None:
        self.db = db
        self.fields: Fields = defaultdict(set)

    def look(self) -> None:
        self._into(self.db.collections())

    def _into(self, collections: Iterable[firestore.CollectionReference]) -> None:
        for collection in collections:
            for document in collection.list_documents():
                place = "/".join("*" if at % 2 else part for at, part in enumerate(document.path.split("/")))
                self.fields[place] |= set(document.get().to_dict() or {})
                self._into(document.collections())


@pytest.fixture
def played(db: firestore.Client) -> Played:
    return Played(db)


def test_every_document_and_field_is_on_the_page(
    played: Played, db: firestore.Client, platform: StandIn, talk: Talk, storage_host: str, tmp_path: Path
) -> None:
    residents_come(played, talk)
    bring_in(db, Line(platform.channel_access_token, platform.url), lambda counts: None)
    audiences_are_saved(played)
    broadcasts_go_out(played, World(db, platform))
    surveys_are_answered(played)
    answers_are_taken_away(played)
    answers_are_brought(played, tmp_path)
    menus_are_prepared(played)
    staff_work(played)
    staff_try_out(played, talk)
    page = documented()
    assert sorted(page) == sorted(played.fields)
    for place, fields in page.items():
        assert sorted(fields) == sorted(played.fields[place]), place


def residents_come(played: Played, talk: Talk) -> None:
    talk.follow()
    talk.say("停止")
    played.look()
    # LINE is away, so the answer stays owed.
    now = datetime.now(UTC)
    silent = Chat(played.db, NOBODY, [residents.words_and_buttons], [], [])
    assert "answer waits: unknown" == silent.handle(talk.event(talk.phone.say("ヘルプ")), now, now)
    played.look()


def audiences_are_saved(played: Played) -> None:
    audiences.save(played.db, "ours", "Ours", Audience(wards=("chuo",)), "hanako@city.example", CLOSED)
    upload(played.db, "pilot", "Pilot", f"U{'0' * 32}".encode(), "hanako@city.example", CLOSED)
    played.look()


def broadcasts_go_out(played: Played, world: World) -> None:
    world.people(3)
    in_halves(residents_shelf(world.db), pl.DataFrame(world.rows, schema=ROSTER_SCHEMA))
    broadcast = world.write(NEWS.format(id="one"))
    world.tick()
    world.deliver(NOBODY)
    played.look()
    world.now += timedelta(minutes=10)
    pause(world.db, broadcast, "editor@city.example", world.now, "誤字")
    resume(world.db, broadcast, "editor@city.example", world.now)
    ended = world.run(broadcast)
    assert not ended.open and ended.look_at is not None
    due_statistics(world.db, world.line, ended.look_at, [], ZONE)
    world.write(INVITATION.format(id="invites", ward="chuo") + "over_minutes: 2\n")
    world.tick()
    played.look()
    withdraw(world.db, world.write(NEWS.format(id="two")), "editor@city.example", world.now)
    world.control("POST", "faults", endpoint="multicast", kind="status", status=400, message="No.")
    assert "No." == world.run(world.write(NEWS.format(id="three"))).failed_with
    played.look()


def surveys_are_answered(played: Played) -> None:
    db, survey = played.db, definition(anonymity="anonymous")
    begin(db, survey)
    newer = definition(
        anonymity="anonymous",
        title={"ja": "子育て2", "en": "Child care 2"},
        quotas=[{"by": "ward", "most": {"chuo": 1}}],
    )
    revise(db, newer, 1, ANALYST, CLOSED, ZONE)
    people = [Asked(db, survey, number) for number in (1, 2, 3)]
    for asked in people:
        asked.tap("start")
        asked.tap("answer", q="uses", v="b")
        asked.say("遠いから")
    respondent = next(name for name, _ in surveys.responses(db, survey_of(db, survey)))
    assert tags.tag(db, survey_of(db, survey), respondent, "why", "遠い", ANALYST, CLOSED)
    named_ones(db)
    from_the_middle(db, survey_of(db, survey))
    act(db, survey.id, Verb.PAUSE, ANALYST, CLOSED, ZONE)
    quotas.settle(db, survey_of(db, survey))
    played.look()
    shelf = surveys.responses_shelf(db, survey_of(db, survey))
    in_halves(shelf, read(shelf))
    surveys.become(db, survey.id, State.CLOSED, CLOSED)
    for step in anonymise.steps(db, survey_of(db, survey), ZoneInfo("Asia/Tokyo")):
        if step == "conversations cleaned":
            break
    played.look()
    assert "anonymised" == fold(db, survey.id, CLOSED)
    played.look()


def from_the_middle(db: firestore.Client, survey: Survey) -> None:
    """Somebody who has finished, and with whom a quota is full."""
    said: dict[str, Any] = {"uses": "b", "why": "x", "people": 2, "born": "2020-01-01"}
    answers = {question: Answer(Kind.GIVEN, value, 1, "e", 1) for question, value in said.items()}
    response = Response(answers, ward="chuo", started_at=CLOSED, version=1, edition=2)
    for reference, content in surveys.documents_of(db, survey, "b" * 26, response, survey.definition):
        reference.set(content)


def named_ones(db: firestore.Client) -> None:
    survey = definition("named", anonymity="named")
    begin(db, survey)
    Asked(db, survey, 9).tap("start")


def answers_are_taken_away(played: Played) -> None:
    """One file at once, one that is made, one that cannot be."""
    db = played.db

    work = Work(db, Bucket(lambda: connect(db.project), "private"))
    jobs.noted(db, Wish(definition().id, "csv", "", ANALYST), 3, 0, work.now)
    job = work.ask(definition().id)
    played.look()
    work.meanwhile = lambda step: played.look()
    work.write(job)
    jobs.fetched(db, job, ANALYST, work.now)
    work.write(work.ask("no-such-survey"))
    played.look()


def answers_are_brought(played: Played, folder: Path) -> None:
    for _ in keep.steps(played.db, brought(folder, 8), CLOSED):
        played.look()
    for _ in keep.steps(played.db, brought(folder, 9), CLOSED, again=True):
        played.look()
    survey = surveys.get(played.db, "earlier")
    assert survey is not None
    plan = Plan(tables=everything(survey.definition))
    rows = read(surveys.responses_shelf(played.db, survey))
    published.note(played.db, survey, publish([survey.definition], rows, plan, city(), CLOSED.date()), CLOSED)
    played.look()


def in_halves(shelf: Shelf, rows: pl.DataFrame) -> None:
    """Packs under a limit so low that buckets split."""
    assert 1 < fill(shelf, rows, nearly_full=1)


def menus_are_prepared(played: Played) -> None:
    menus.prepare(played.db, {"ordinary": {"ja": "richmenu-1"}}, CLOSED, "hanako@city.example")
    played.look()


def staff_work(played: Played) -> None:
    staff.add(played.db, "hanako@city.example", "花子", [Role.ADMIN], "taro@city.example", CLOSED)
    recorder(played.db)(Delivery("m1", b"", {}, CLOSED), Rejected("never"))
    played.look()


def staff_try_out(played: Played, talk: Talk) -> None:
    """A wrong code, and then the right one."""
    testing = Talk(talk.phone, Chat(played.db, NOBODY, [BroadcastChat().words_and_buttons], [], []))
    testing.say("テスト登録 123456")
    code = new_code(played.db, "hanako@city.example", "花子", datetime.now(UTC))
    played.look()
    testing.say(f"テスト登録 {code}")
    played.look()
