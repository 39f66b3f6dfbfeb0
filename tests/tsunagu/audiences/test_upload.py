import random
from datetime import timedelta

import pytest
from google.cloud.firestore import Client
from hypothesis import given
from hypothesis import strategies as st

from tests.tsunagu.audiences.people import NOON, key
from tests.tsunagu.audiences.test_store import BY, audits
from tests.tsunagu.broadcasts.delivery.stage import Stage, Staged
from tsunagu.audiences import store
from tsunagu.audiences.erase import erase
from tsunagu.audiences.held import held
from tsunagu.audiences.upload import JUNK_LISTED, PART, delete, reading, upload
from tsunagu.cloud.outcomes import Rejected
from tsunagu.residents.store import stop_id

USERS = [f"U{key(number).hex()}" for number in range(9)]
LETTERS = f"U{'0123456789abcdef' * 2}"


def parts(db: Client, name: str) -> list[list[bytes]]:
    """The ids in each part that there is."""
    return [store.ids_in(part.get("ids")) for part in store.parts_of(db, name).stream()]


def test_what_is_no_user_id_is_listed_by_line_and_stops_nothing() -> None:
    lines = [
        USERS[0],
        "",
        "user_id",
        f"  {USERS[1]}\t",
        USERS[0],
        f'"{USERS[2]}"',
        USERS[3][:-1],
        f"{USERS[3]}0",
        f"{USERS[4]},花子",
        "U" + "g" * 32,
        f"{LETTERS.upper()}",
        f"u{LETTERS[1:]}",
        "U" + "０" * 32,
        "   ",
        "x\x00y",
    ]
    found = reading("\r\n".join(lines).encode())
    assert {bytes.fromhex(user[1:]) for user in (*USERS[:3], LETTERS)} == found.ids
    assert 2 == found.repeated
    assert [
        (3, "has 7 characters, not 33"),
        (7, "has 32 characters, not 33"),
        (8, "holds more than a user id"),
        (9, "holds more than a user id"),
        (10, "holds what is no hexadecimal digit"),
        (13, "holds what is no hexadecimal digit"),
        (15, "does not begin with U"),
    ] == found.junk
    assert 7 == found.junk_lines


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp932"])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_it_does_not_matter_what_program_wrote_the_file(encoding: str, ends: str) -> None:
    found = reading(ends.join(["利用者", *USERS, ""]).encode(encoding))
    assert (9, [1]) == (len(found.ids), [line for line, _ in found.junk])


@given(st.binary(max_size=300))
def test_any_bytes_can_be_read(content: bytes) -> None:
    found = reading(content)
    assert (set(), []) == (found.ids, [why for _, why in found.junk if why not in WHYS and "characters" not in why])


WHYS = {"does not begin with U", "holds more than a user id", "holds what is no hexadecimal digit"}


def test_of_100_000_junk_lines_the_first_are_listed_and_all_are_counted(db: Client) -> None:
    content = "\n".join([*["junk"] * 100_000, USERS[0]]).encode()
    done = upload(db, "pilot", "P", content, BY, NOON)
    assert (1, JUNK_LISTED, 100_000) == (done.count, len(done.junk), done.junk_lines)
    assert [(1, "does not begin with U"), (2, "does not begin with U")] == done.junk[:2]


@pytest.mark.parametrize(
    ("content", "says"), [(b"", "hexadecimal digits"), (b"\n", "digits"), (b"x", "; line 1 does n")]
)
def test_a_file_without_any_user_id_is_a_sentence(db: Client, content: bytes, says: str) -> None:
    with pytest.raises(Rejected) as error:
        upload(db, "pilot", "P", content, BY, NOON)
    assert says in error.value.reason
    assert ([], []) == (store.lists(db), audits(db))


@pytest.mark.parametrize("days", [0, -1, 367])
def test_a_list_is_kept_for_a_day_to_a_year(db: Client, days: int) -> None:
    with pytest.raises(Rejected):
        upload(db, "pilot", "P", USERS[0].encode(), BY, NOON, timedelta(days=days))


def test_a_long_list_is_in_parts_and_another_upload_takes_its_place(db: Client) -> None:
    many = "\n".join(f"U{key(number).hex()}" for number in range(PART + 1)).encode()
    done = upload(db, "pilot", "試行", many, BY, NOON)
    assert (PART + 1, 0, [], NOON + timedelta(days=90)) == (done.count, done.again, done.junk, done.expires)
    assert [1, PART] == sorted(map(len, parts(db, "pilot")))
    found = store.list_there(db, "pilot")
    assert ("試行", PART + 1, 2, BY, NOON) == (found.title, found.count, found.parts, found.by, found.at)
    assert [key(number) for number in range(PART + 1)] == store.ids_of(db, found)
    assert [True, True, False] == [store.holds(db, "pilot", key(number)) for number in (0, PART, PART + 1)]
    upload(db, "pilot", "試行", "\n".join(USERS[:2]).encode(), BY, NOON)
    assert [[key(0), key(1)]] == parts(db, "pilot")
    delete(db, "pilot", BY, NOON)
    assert ([], []) == (store.lists(db), parts(db, "pilot"))
    assert [(BY, "list.delete", "pilot"), *[(BY, "list.upload", "pilot")] * 2] == audits(db)
    with pytest.raises(Rejected):
        delete(db, "pilot", BY, NOON)


def test_an_erasure_takes_somebody_out_of_every_list_and_out_of_what_is_held(db: Client) -> None:
    for name, users in (("a", USERS[:3]), ("b", USERS[1:2]), ("c", USERS[2:])):
        upload(db, name, name.upper(), "\n".join(users).encode(), BY, NOON)
    user = USERS[1]
    entries = held(db, user)["id_lists"]["held"]
    assert ["a", "a", "b", "b"] == sorted(entry["list"] for entry in entries)
    assert {"A", "B"} == {entry["title"] for entry in entries if "title" in entry}
    assert not any(value for entry in entries for value in entry.values() if isinstance(value, bytes))
    for _ in range(2):
        erase(db, user, NOON)
    assert {"a": 2, "b": 0, "c": 7} == {found.name: found.count for found in store.lists(db)}
    assert {"a": [key(0), key(2)], "b": [], "c": [key(number) for number in range(2, 9)]} == {
        found.name: store.ids_of(db, found) for found in store.lists(db)
    }
    assert [] == held(db, user)["id_lists"]["held"]
    assert not store.holds(db, "a", key(1))


@pytest.mark.parametrize("seed", range(12))
def test_of_two_uploads_under_one_name_one_holds_with_all_that_is_on_it(db: Client, project: str, seed: int) -> None:
    chance = random.Random(seed)
    upload(db, "pilot", "P", USERS[0].encode(), BY, NOON)
    stage = Stage([chance.randrange(2) for _ in range(20)], [None, None])

    def work(worker: int) -> bool:
        try:
            upload(Staged(project, stage, worker), "pilot", "P", USERS[worker + 1].encode(), BY, NOON)
        except Rejected:
            return False
        return True

    came_to = stage.run([lambda: work(0), lambda: work(1)])
    assert {True} <= set(came_to) <= {True, False}
    found = store.list_there(db, "pilot")
    assert store.ids_of(db, found) in [[key(worker + 1)] for worker in (0, 1) if came_to[worker]]


def test_an_erasure_reaches_an_upload_that_broke_off(db: Client) -> None:
    part = store.parts_of(db, "pilot").document("0123456789ab-0")
    part.set({"ids": key(1) + key(2), "n": 2, "from": b"\0\0", "to": b"\0\0", "expires": NOON})
    assert [part.path] == [
        path.removeprefix("/") for path in (one["document"] for one in held(db, USERS[1])["id_lists"]["held"])
    ]
    erase(db, USERS[1], NOON)
    assert [[key(2)]] == parts(db, "pilot")


def test_who_erased_themselves_while_a_list_was_uploaded_is_not_on_it(db: Client) -> None:
    for user, why in ((USERS[1], "erased"), (USERS[2], "stopped")):
        db.collection("stops").document(stop_id(user)).set({"at": NOON, "why": why, "expires": NOON})
    done = upload(db, "pilot", "P", "\n".join(USERS[:4]).encode(), BY, NOON + timedelta(seconds=5))
    assert (3, [[key(0), key(2), key(3)]]) == (done.count, parts(db, "pilot"))
