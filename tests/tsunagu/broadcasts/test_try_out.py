"""A broadcast on the phones of some of the staff, before (or after) anybody else has it."""

from datetime import timedelta
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.tsunagu.broadcasts.world import BEGIN, NEWS, World
from tsunagu.broadcasts import store
from tsunagu.broadcasts.rules import State
from tsunagu.broadcasts.tester_commands import app
from tsunagu.broadcasts.try_out import BLOCKED, NO_TESTER, WHY_NOT, try_out
from tsunagu.cloud.outcomes import Rejected
from tsunagu.line.outcomes import Outcome
from tsunagu.residents import store as residents
from tsunagu.residents.rules import Resident
from tsunagu.staff import store as staff
from tsunagu.staff.rules import Role

BY = "editor@city.example"
FIVE = "\n".join(f"  - text: {{ja: {number}番目}}" for number in range(1, 6))


def phone_of(world: World, name: str, language: str = "ja", following: bool = True) -> str:
    user = world.people(1)[0]
    world.db.collection("testers").document(user).set(
        {"name": name, "email": f"{name}@city.example", "at": BEGIN, "by": BY}
    )
    for reference, content in residents.documents_of(world.db, user, Resident(language=language, following=following)):
        reference.set(content)
    return user


def tried(world: World, to: list[str], language: str | None = None, broadcast: str = "") -> list[tuple[str, str]]:
    found = world.get(broadcast or world.write(NEWS.format(id="news")))
    return try_out(world.db, world.line, found, to, language, BY, world.now)


def arrived(world: World) -> dict[str, list[str]]:
    """What each phone got, in order."""
    found: dict[str, list[str]] = {}
    sends: list[dict[str, Any]] = world.control("GET", "record?endpoint=push")["sends"]
    for send in sends:
        for user in send["users"]:
            found.setdefault(user, []).extend(message["text"] for message in send["messages"])
    return found


def test_each_tester_gets_their_own_language_and_is_told_first_that_it_is_a_test(world: World) -> None:
    hanako, john = phone_of(world, "花子"), phone_of(world, "John", "en")
    assert [("花子", "sent"), ("John", "sent")] == tried(world, [hanako, john, hanako])
    got = arrived(world)
    assert {hanako: "こんにちは", john: "Hello"} == {user: words[1] for user, words in got.items()}
    assert [True, True] == [got[hanako][0].startswith("【テスト配信】"), got[john][0].startswith("[Test]")]
    assert [2, 2] == [len(words) for words in got.values()]


def test_a_language_that_is_asked_for_comes_before_their_own(world: World) -> None:
    user = phone_of(world, "花子")
    tried(world, [user], "en")
    assert ["[Test]", "Hello"] == [words.splitlines()[0] for words in arrived(world)[user]]


def test_five_messages_arrive_all_five(world: World) -> None:
    user = phone_of(world, "花子")
    broadcast = world.write(NEWS.format(id="five").split("  - text")[0] + FIVE)
    assert [("花子", "sent")] == tried(world, [user], broadcast=broadcast)
    assert [f"{number}番目" for number in range(1, 6)] == arrived(world)[user][1:]


@pytest.mark.parametrize("state", [State.DRAFT, State.SENT, State.WITHDRAWN])
def test_it_can_be_tried_out_in_any_state_and_stays_in_it(state: State, world: World) -> None:
    user, broadcast = phone_of(world, "花子"), world.write(NEWS.format(id="news"))
    store.reference(world.db, broadcast).update({"state": state.value})
    assert [("花子", "sent")] == tried(world, [user], broadcast=broadcast)
    assert state is world.get(broadcast).state


def test_what_line_did_not_answer_is_repeated_and_arrives_once(world: World) -> None:
    user = phone_of(world, "花子")
    world.control("POST", "faults", endpoint="push", kind="after", count=1)
    assert [("花子", "sent")] == tried(world, [user])
    assert 2 == len(arrived(world)[user])


def test_a_second_test_arrives_too(world: World) -> None:
    user = phone_of(world, "花子")
    broadcast = world.write(NEWS.format(id="news"))
    for _ in range(2):
        tried(world, [user], broadcast=broadcast)
        world.now += timedelta(minutes=1)
    assert 4 == len(arrived(world)[user])


def test_a_refusal_is_told_in_lines_words_and_not_logged(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    user = phone_of(world, "花子")
    world.control("POST", "faults", endpoint="push", kind="status", status=400, message="A canary sang", count=1)
    ((name, why),) = tried(world, [user])
    assert ("花子", True) == (name, why.endswith("LINE refused it: A canary sang"))
    assert "canary" not in "".join(capsys.readouterr())


def test_why_it_did_not_arrive_is_said_of_each(world: World) -> None:
    gone, stranger, last = phone_of(world, "遠藤", following=False), world.people(1)[0], phone_of(world, "花子")
    world.control("POST", "settings", quota=0)
    assert [
        ("遠藤", BLOCKED),
        ("—", NO_TESTER),
        ("花子", WHY_NOT[Outcome.OVER_QUOTA]),
    ] == tried(world, [gone, stranger, last])
    assert {} == arrived(world)


def test_nobody_is_no_test(world: World) -> None:
    with pytest.raises(Rejected, match="at least one tester"):
        tried(world, [])


def test_the_audit_has_it(world: World) -> None:
    tried(world, [phone_of(world, "花子")])
    lines = [line.to_dict() or {} for line in world.db.collection("audit").stream()]
    assert [(BY, "news")] == [(line["who"], line["what"]) for line in lines if line["did"] == "broadcast.test"]


def test_the_command_line_sends_a_test_to_named_testers(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINE_CHANNEL_ACCESS_TOKEN", world.platform.channel_access_token)
    monkeypatch.setenv("LINE_API_URL", world.platform.url)
    staff.add(world.db, BY, "太郎", [Role.EDITOR], BY, BEGIN)
    user, _ = phone_of(world, "hanako"), phone_of(world, "other")
    broadcast = world.write(NEWS.format(id="news"))
    result = CliRunner().invoke(app, ["send", broadcast, "--to", "Hanako@city.example", "--by", BY])
    assert "hanako: sent" in result.output
    assert [user] == list(arrived(world))
