"""Members of staff link their own phones, on the phone itself, to get broadcasts first."""

from datetime import UTC, datetime, timedelta

import pytest
from google.cloud.firestore import Client
from typer.testing import CliRunner

from local.phones import Phones
from local.stand_in import StandIn
from tests.tsunagu.conftest import Talk
from tsunagu.broadcasts import testers
from tsunagu.broadcasts.chat import BroadcastChat
from tsunagu.broadcasts.erase import erase
from tsunagu.broadcasts.held import held
from tsunagu.broadcasts.tester_commands import app
from tsunagu.broadcasts.testers import CODE_LASTS, WRONG_LIMIT, concerns, every, new_code, remove
from tsunagu.chat import handle
from tsunagu.chat.handle import Chat
from tsunagu.cloud.outcomes import Rejected
from tsunagu.line.client import Line
from tsunagu.residents import chat as residents
from tsunagu.residents import store as residents_store
from tsunagu.residents.city import as_typed
from tsunagu.staff import store as staff
from tsunagu.staff.rules import Role

HANAKO, TARO = "hanako@city.example", "taro@city.example"
BEGIN = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def chat(db: Client, platform: StandIn) -> Chat:
    staff.add(db, HANAKO, "花子", [Role.EDITOR], TARO, BEGIN)
    return Chat(
        db=db,
        line=Line(platform.channel_access_token, platform.url),
        hearings=[
            residents.following,
            BroadcastChat().words_and_buttons,
            residents.words_and_buttons,
            residents.otherwise,
        ],
        in_groups=[],
        erasers=[residents_store.erase, erase, handle.erase],
    )


def code_now(db: Client, age: timedelta = timedelta(0)) -> str:
    return new_code(db, HANAKO, "花子", datetime.now(UTC) - age)


def answer(talk: Talk, words: str) -> str:
    said = talk.say(words)
    assert 1 == len(said)
    return str(said[0]["message"]["text"])


def wide(code: str) -> str:
    return "".join(chr(ord(digit) + 0xFEE0) for digit in code)


@pytest.mark.parametrize("typed", ["テスト登録 {}", "てすと登録{}", "テスト登録：{wide}", " Tester　{}"])
def test_the_code_from_the_console_links_the_phone_it_is_typed_on(typed: str, talk: Talk, db: Client) -> None:
    talk.follow()
    code = code_now(db)
    assert "花子さんのテスト配信先として登録" in answer(talk, typed.format(code, wide=wide(code)))
    assert [(talk.phone.user, "花子", HANAKO, HANAKO)] == [(one.user, one.name, one.email, one.by) for one in every(db)]


def test_a_code_links_one_phone(talk: Talk, db: Client, phones: Phones) -> None:
    words = f"テスト登録 {code_now(db)}"
    other = Talk(phones.add(1, seed="others")[0], talk.chat)
    for phone in (talk, other):
        phone.follow()
    assert "登録しました" in answer(talk, words)
    assert "番号が違うか" in answer(other, words)
    assert [talk.phone.user] == [tester.user for tester in every(db)]


def test_a_code_is_good_for_ten_minutes(talk: Talk, db: Client) -> None:
    talk.follow()
    assert "10分の期限" in answer(talk, f"テスト登録 {code_now(db, CODE_LASTS)}")
    assert [] == every(db)


def test_only_staff_get_a_code(db: Client) -> None:
    for address in ("resident@example.com", "", "a/b"):
        with pytest.raises(Rejected, match="only staff can be testers"):
            new_code(db, address, "誰か", BEGIN)


def test_who_guesses_has_to_wait_even_with_the_right_code(talk: Talk, db: Client) -> None:
    talk.follow()
    right = code_now(db)
    wrong = f"{(int(right) + 1) % 1_000_000:06}"
    for _ in range(WRONG_LIMIT):
        assert "番号が違うか" in answer(talk, f"テスト登録 {wrong}")
    assert "10分ほど待ってから" in answer(talk, f"テスト登録 {right}")
    assert [] == every(db)
    # Ten minutes later.
    tries = db.collection("tester_tries").document(talk.phone.user)
    tries.update({"wrong": [at - CODE_LASTS for at in tries.get().get("wrong")]})
    assert "登録しました" in answer(talk, f"テスト登録 {right}")
    assert not tries.get().exists


def test_without_six_digits_it_is_told_how_and_counts_as_no_guess(talk: Talk, db: Client) -> None:
    talk.follow()
    for words in ("テスト登録", "テスト登録 12345", "tester 1234567"):
        assert "「テスト登録 123456」のように" in answer(talk, words)
    assert not db.collection("tester_tries").document(talk.phone.user).get().exists


def test_who_has_enough_of_tests_says_so(talk: Talk, db: Client) -> None:
    talk.follow()
    assert "登録されていません" in answer(talk, "テスト解除")
    talk.say(f"テスト登録 {code_now(db)}")
    assert "やめました" in answer(talk, "テスト解除")
    assert [] == every(db)


def test_other_words_are_not_about_tests() -> None:
    words = ("テスト", "テスト登録します", "test", "testers", "お知らせ", "テスト登録 ١٢٣٤٥٦", "")
    assert {} == {word: True for word in words if concerns(as_typed(word))}
    assert False is concerns(None)


def test_the_audit_knows_who_linked_and_unlinked_and_no_phone(talk: Talk, db: Client) -> None:
    talk.follow()
    talk.say(f"テスト登録 {code_now(db)}")
    remove(db, talk.phone.user, TARO, BEGIN)
    for nobody in (talk.phone.user, "", "a/b"):
        with pytest.raises(Rejected, match="any more"):
            remove(db, nobody, TARO, BEGIN)
    lines = [line.to_dict() or {} for line in db.collection("audit").stream()]
    did = {(line["did"], line["who"], line["what"]) for line in lines if line["did"].startswith("tester.")}
    assert {
        ("tester.code", HANAKO, HANAKO),
        ("tester.link", HANAKO, HANAKO),
        ("tester.remove", TARO, HANAKO),
    } == did


def test_an_erasure_reaches_the_link_and_the_guesses_and_a_disclosure_shows_them(talk: Talk, db: Client) -> None:
    talk.follow()
    talk.say(f"テスト登録 {code_now(db)}")
    talk.say(f"テスト登録 {code_now(db, CODE_LASTS)}")
    user = talk.phone.user
    shown = {one["document"] for one in held(db, user)["tester"]["held"]}
    assert {f"testers/{user}", f"tester_tries/{user}"} == shown
    talk.say("消去")
    talk.tap("すべて消す")
    assert [] == testers.held(db, user)["tester"]["held"]


def run(*words: str) -> str:
    result = CliRunner().invoke(app, words, env={"COLUMNS": "200"})
    if result.exception is not None:
        raise result.exception
    return result.output


def test_the_command_line_makes_codes_lists_and_removes(talk: Talk, db: Client) -> None:
    talk.follow()
    staff.add(db, TARO, "太郎", [Role.ANALYST], HANAKO, BEGIN)
    assert "登録しました" in answer(talk, run("code", TARO, "--by", HANAKO).strip())
    listed = run("list")
    assert [True, True, True] == [words in listed for words in ("太郎", TARO, HANAKO)]
    assert talk.phone.user not in listed
    with pytest.raises(Rejected, match="no such role"):
        run("remove", TARO, "--by", TARO)
    assert "1 phone removed" in run("remove", TARO, "--by", HANAKO)
    with pytest.raises(Rejected, match="is not a tester"):
        run("remove", TARO, "--by", HANAKO)
