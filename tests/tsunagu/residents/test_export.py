"""All that is held about one person, held against all that an erasure reaches."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from google.cloud import firestore
from typer.testing import CliRunner, Result

from local.stand_in import StandIn
from tests.tsunagu.broadcasts.world import NEWS, World
from tests.tsunagu.conftest import Talk
from tests.tsunagu.surveys.asking import SECRET, Asked, begin, survey_of
from tests.tsunagu.surveys.kosodate import definition
from tsunagu.__main__ import app, forget_everywhere
from tsunagu.audiences.upload import upload
from tsunagu.broadcasts.chat import BroadcastChat
from tsunagu.broadcasts.testers import new_code
from tsunagu.chat.handle import Chat
from tsunagu.line.client import Line
from tsunagu.packs.fold import fold
from tsunagu.residents import chat as residents
from tsunagu.residents import store
from tsunagu.residents.store import residents_shelf
from tsunagu.staff import store as staff
from tsunagu.staff.rules import Role
from tsunagu.surveys.store import responses_shelf

NOBODY = Line("a token", "http://127.0.0.1:9")  # a LINE that does not answer
STRANGER = "U" + "0" * 31 + "1"


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESPONDENT_SECRET", SECRET)


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["residents", "export", "--by", "taro@city.example", *words])


def exported(user: str) -> dict[str, Any]:
    result = run("--mine", user)
    assert 0 == result.exit_code, result.output
    found: dict[str, Any] = json.loads(result.stdout_bytes)
    return found


def sections(found: dict[str, Any]) -> dict[str, Any]:
    return {name: part["held"] for name, part in found.items() if name not in ("about", "user", "made_at")}


def documents(found: dict[str, Any]) -> set[str]:
    return {one["document"] for held in sections(found).values() for one in held}


def everything(collections: Iterator[firestore.CollectionReference]) -> dict[str, Any]:
    """All of Firestore by path."""
    found: dict[str, Any] = {}
    for collection in collections:
        for reference in collection.list_documents():
            document = reference.get()
            found |= {reference.path: document.to_dict()} if document.exists else {}
            found |= everything(reference.collections())
    return found


def leave_traces_everywhere(db: firestore.Client, talk: Talk, platform: StandIn) -> None:
    """One person, and beside them another, in every collection that an erasure reaches."""
    asked = definition()
    begin(db, asked)
    for person in (Talk(talk.phone.phones.add(1)[0], talk.chat), talk):
        answering = Asked(db, asked, number=int(person.phone.user[1:], 16))
        answering.tap("start")
        answering.tap("answer", q="uses", v="b")
        answering.say("遠いから")
        person.follow()
        for label in ("日本語", "中央区"):
            person.tap(label)
    fold(residents_shelf(db))
    fold(responses_shelf(db, survey_of(db, asked)))
    upload(db, "pilot", "試行", talk.phone.user.encode(), "editor@city.example", datetime.now(UTC))
    world = World(db, platform)
    world.write(NEWS.format(id="one"))
    world.tick()
    answering.tap("correct", q="uses")
    answering.tap("answer", q="uses", v="a")
    talk.say("停止")
    be_a_tester(db, talk, platform)
    silent = Chat(db, NOBODY, [residents.words_and_buttons], [], [])
    now = datetime.now(UTC)
    assert "answer waits: unknown" == silent.handle(talk.event(talk.phone.say("ヘルプ")), now, now)


def be_a_tester(db: firestore.Client, talk: Talk, platform: StandIn) -> None:
    """Linked by a right code, and a wrong one typed after it."""
    staff.add(db, "taro@city.example", "太郎", [Role.EDITOR], "hanako@city.example", datetime.now(UTC))
    line = Line(platform.channel_access_token, platform.url)
    testing = Talk(talk.phone, Chat(db, line, [BroadcastChat().words_and_buttons], [], []))
    testing.say(f"テスト登録 {new_code(db, 'taro@city.example', '太郎', datetime.now(UTC))}")
    testing.say("テスト登録 000000")


def test_all_that_an_erasure_changes_is_shown_and_all_that_is_shown_is_erased(
    talk: Talk, db: firestore.Client, platform: StandIn
) -> None:
    leave_traces_everywhere(db, talk, platform)
    user = talk.phone.user
    exported(user)
    before = everything(db.collections())
    shown = documents(exported(user))
    forget_everywhere(db, user, datetime.now(UTC))
    fold(residents_shelf(db))
    fold(responses_shelf(db, survey_of(db, definition())))
    after = everything(db.collections())
    changed = {path for path, document in before.items() if after.get(path) != document}
    audits = {path for path in before if path.startswith("audit/")}
    kinds = {path.split("/")[0] if path.count("/") == 1 else path.split("/")[-2] for path in changed}
    assert kinds == {
        *("residents", "roster", "roster_changes", "stops", "conversations", "handled_events"),
        *("id_lists", "parts", "chunks", "responses", "changes", "packs", "testers", "tester_tries"),
    }
    assert changed == shown - audits
    assert audits & shown
    assert {"audit", "stop"} == {name for name, held in sections(exported(user)).items() if held}


def test_what_is_shown_can_be_read_by_the_person_it_is_about(
    talk: Talk, db: firestore.Client, platform: StandIn
) -> None:
    leave_traces_everywhere(db, talk, platform)
    found = exported(talk.phone.user)
    held = sections(found)
    assert (talk.phone.user, True) == (found["user"], found["made_at"].endswith("+09:00"))
    for part in [found, *(found[name] for name in held)]:
        assert part["about"]["ja"] and part["about"]["en"]
    profile = held["profile"][0]
    assert (["中央区"], "日本語") == (profile["in_words"]["区 wards"], profile["in_words"]["言語 language"])
    assert profile["fields"]["wards"] == ["chuo"]
    response = held["surveys"][0]
    assert ("kosodate", "子育て") == (response["survey"], response["title"])
    assert [("使いますか", "はい"), ("なぜですか", "遠いから")] == [
        (answer["question"], answer["answer"]) for answer in response["in_words"]
    ]
    assert ("one", "お知らせ", True) == tuple(held["broadcasts"][0][name] for name in ("broadcast", "title", "counts"))
    owed = [event["fields"]["owed"] for event in held["events"] if "owed" in event["fields"]]
    assert "このアカウントでできること" in owed[0]["messages"]
    known = [found.id for found in db.collection(store.RESIDENTS).stream()]
    other = [user for user in known if user != talk.phone.user]
    assert 1 == len(other)
    assert other[0].removeprefix("U") not in json.dumps(found)


def test_of_somebody_unknown_the_file_says_that_nothing_is_held(db: firestore.Client) -> None:
    found = exported(STRANGER)
    assert "何も保存していません" in found["about"]["ja"]
    assert "holds nothing" in found["about"]["en"]
    assert [] == [held for held in sections(found).values() if held]


def test_a_disclosure_is_in_the_audit_by_the_hash_alone(db: firestore.Client) -> None:
    exported(STRANGER)
    lines = [line.to_dict() or {} for line in db.collection("audit").stream()]
    assert [("taro@city.example", "residents.export", store.stop_id(STRANGER))] == [
        (line["who"], line["did"], line["what"]) for line in lines
    ]
    assert ["residents.export"] == [line["fields"]["did"] for line in exported(STRANGER)["audit"]["held"]]


def test_a_file_is_for_its_owner_only(db: firestore.Client, tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    file.write_text("older")
    file.chmod(0o644)
    result = run("--mine", STRANGER, "--out", str(file))
    assert (0, f"{file}: nothing is held about them.\n") == (result.exit_code, result.stdout)
    assert 0o600 == file.stat().st_mode & 0o777
    assert STRANGER == json.loads(file.read_bytes())["user"]


@pytest.mark.parametrize("user", ["", "U123", "Ü" + 32 * "0", "U" + 32 * "F"])
def test_what_is_no_user_id_is_refused_in_words(db: firestore.Client, user: str) -> None:
    result = run("--mine", user)
    assert (2, True) == (result.exit_code, "a LINE user id is U and 32 hexadecimal digits" in result.output)
    assert [] == list(db.collection("audit").stream())


def test_a_file_that_cannot_be_written_is_a_sentence(db: firestore.Client, tmp_path: Path) -> None:
    result = run("--mine", STRANGER, "--out", str(tmp_path))
    assert (1, True) == (result.exit_code, "cannot be written" in result.output)
