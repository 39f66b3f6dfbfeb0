"""Friends brought in from LINE's list, over the stand-in platform and on Firestore's emulator."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.cloud import firestore

from local.phones import Phones
from local.stand_in import StandIn
from tests.tsunagu.conftest import Talk
from tests.tsunagu.residents.friends import Pages, asked_of_line, progress, resident, walked
from tsunagu.cloud.outcomes import Rejected, TryAgain
from tsunagu.line.client import Sent
from tsunagu.packs.read import read
from tsunagu.residents import store
from tsunagu.residents.chat import TEXTS
from tsunagu.residents.rules import Resident, spoken


@pytest.fixture
def line(platform: StandIn) -> Pages:
    return Pages(platform)


def test_friends_from_before_launch_become_residents_as_if_they_had_just_followed(
    phones: Phones, db: firestore.Client, line: Pages
) -> None:
    tags = ["ja", "en-US", "zh-TW", "JA_jp", None]
    friends = [phones.add(1, language=tag, following=True)[0] for tag in tags]
    phones.add(1)  # a stranger
    before = datetime.now(UTC)
    assert {"new": 5} == walked(db, line)
    found = [resident(db, friend) for friend in friends]
    assert ["ja", "en", "en", "ja", "ja"] == [each.language for each in found]
    for each in found:
        assert each.since is not None and before <= each.since <= datetime.now(UTC)
        as_followed = Resident(language=each.language, since=each.since, version=each.version, changed=each.changed)
        assert as_followed == each
        assert ["following"] == list(each.changed)
    roster = read(store.residents_shelf(db))
    assert {store.key_of(friend.user) for friend in friends} == set(roster["key"])
    assert roster["following"].all()
    assert ["en", "en", "ja", "ja", "ja"] == sorted(roster["language"])


def test_an_import_sends_nothing_and_asks_for_no_profile_twice(
    phones: Phones, db: firestore.Client, line: Pages
) -> None:
    phones.add(3, following=True)
    walked(db, line)
    assert {"known": 3} == walked(db, line)
    assert {"followers": 4, "profile": 3} == asked_of_line(phones)


@pytest.mark.parametrize(("tag", "language"), [("ja-JP", "ja"), ("jav", "en"), ("vi", "en"), ("", "ja"), (7, "ja")])
def test_a_language_that_a_profile_names_is_ours_or_the_nearest(tag: object, language: str) -> None:
    assert language == spoken(tag)


def test_a_language_that_only_line_named_is_spoken_and_still_asked_for_once(
    talk: Talk, phones: Phones, db: firestore.Client, line: Pages
) -> None:
    talk = Talk(phones.add(1, language="en", following=True)[0], talk.chat)
    walked(db, line)
    talk.say("help")
    assert "What you can do here" in talk.last_words()
    talk.say("settings")
    assert TEXTS.say("ask_language", "en") in talk.last_words()
    talk.tap("日本語")
    assert ("ja", True) == (resident(db, talk.phone).language, resident(db, talk.phone).decided("language"))
    assert {"known": 1} == walked(db, line)
    assert "ja" == resident(db, talk.phone).language
    talk.say("設定")
    assert "お住まいの区はどちらですか。" == talk.last_words()


@pytest.mark.parametrize("quiet", [False, True])
def test_a_missed_return_is_made_good_and_the_choices_are_as_they_were(
    talk: Talk, db: firestore.Client, line: Pages, quiet: bool
) -> None:
    talk.follow()
    talk.tap("English")
    if quiet:
        talk.say("stop")
    talk.hear(talk.phone.block())
    before = resident(db, talk.phone)
    talk.phone.follow()  # nobody hears of it
    assert {"back": 1} == walked(db, line)
    after = resident(db, talk.phone)
    assert (False, True) == (before.following, after.following)
    assert (before.language, quiet) == (after.language, after.quiet)
    assert before.changed["language"] == after.changed["language"]
    assert after.since is not None and before.since is not None and before.since < after.since
    stops = store.stopped_since(db, datetime.now(UTC) - timedelta(hours=1))
    assert ({store.stop_id(talk.phone.user): "stopped"} if quiet else {}) == stops
    assert [True] == read(store.residents_shelf(db))["following"].to_list()


def test_who_is_known_is_not_touched(talk: Talk, db: firestore.Client, line: Pages) -> None:
    talk.follow()
    before = [store.reference(db, talk.phone.user).get().update_time, read(store.residents_shelf(db)).to_dicts()]
    assert {"known": 1} == walked(db, line)
    after = [store.reference(db, talk.phone.user).get().update_time, read(store.residents_shelf(db)).to_dicts()]
    assert before == after


def test_who_erased_themselves_stays_forgotten_until_they_come_back(
    talk: Talk, db: firestore.Client, line: Pages
) -> None:
    talk.follow()
    talk.say("消去")
    talk.tap("すべて消す")
    stop = store.stop_reference(db, talk.phone.user)
    soon = datetime.now(UTC) + timedelta(days=1)
    stop.update({"expires": soon})
    assert {"erased": 1} == walked(db, line)
    assert store.get(db, talk.phone.user) is None
    assert read(store.residents_shelf(db)).is_empty()
    # As long as they are seen among the friends, it is remembered that they were told that nothing more will come.
    assert soon + timedelta(days=700) < stop.get().get("expires")
    talk.say("設定")
    talk.tap("English")
    assert {"known": 1} == walked(db, line)
    assert "en" == resident(db, talk.phone).language


def test_who_blocks_before_their_profile_is_asked_for_is_not_brought_in(
    phones: Phones, db: firestore.Client, line: Pages
) -> None:
    friends = phones.add(2, following=True)
    line.then = friends[0].block
    assert {"gone": 1, "new": 1} == walked(db, line)
    assert store.get(db, friends[0].user) is None
    assert resident(db, friends[1]).following


class Meanwhile(Pages):
    """Something happens once, after the first profile was read."""

    def profile(self, user: str) -> Sent:
        sent = super().profile(user)
        happens, self.then = self.then, lambda: None
        happens()
        return sent

    def follower_ids(self, start: str | None = None) -> Sent:
        return self.call("GET", "/v2/bot/followers/ids?limit=2" + (f"&start={start}" if start else ""))


@pytest.mark.parametrize("delivered", ["during the import", "after it"])
def test_a_block_during_the_import_stands_whenever_it_is_delivered(
    talk: Talk, phones: Phones, db: firestore.Client, platform: StandIn, delivered: str
) -> None:
    talk = Talk(phones.add(1, following=True)[0], talk.chat)
    done: list[Any] = []

    def blocks() -> None:
        done.append(talk.phone.block())
        if delivered == "during the import":
            talk.hear(done[0])

    walked(db, Meanwhile(platform, blocks))
    if delivered == "after it":
        assert resident(db, talk.phone).following
        talk.hear(done[0])
    assert not resident(db, talk.phone).following
    assert [False] == read(store.residents_shelf(db))["following"].to_list()


def test_what_a_resident_chooses_during_the_import_is_kept(
    talk: Talk, phones: Phones, db: firestore.Client, platform: StandIn
) -> None:
    talk = Talk(phones.add(1, language="ja", following=True)[0], talk.chat)

    def chooses() -> None:
        talk.say("settings")
        talk.tap("English")

    assert {"known": 1} == walked(db, Meanwhile(platform, chooses))
    assert ("en", True) == (resident(db, talk.phone).language, resident(db, talk.phone).decided("language"))


def test_an_erasure_during_the_import_stands(
    talk: Talk, phones: Phones, db: firestore.Client, platform: StandIn
) -> None:
    phone = phones.add(1, following=True)[0]
    assert {"erased": 1} == walked(db, Meanwhile(platform, lambda: store.erase(db, phone.user, datetime.now(UTC))))
    assert store.get(db, phone.user) is None


def test_line_is_asked_more_slowly_when_it_says_so_and_again_when_it_breaks(
    phones: Phones, db: firestore.Client, line: Pages
) -> None:
    phones.add(5, following=True)
    for endpoint in ("followers", "profile"):
        phones.control("POST", "/faults", {"endpoint": endpoint, "kind": "status", "status": 429, "count": 2})
        phones.control("POST", "/faults", {"endpoint": endpoint, "kind": "before", "status": 500, "count": 1})
    assert {"new": 5} == walked(db, line)


def test_where_line_stays_away_the_import_says_so_and_goes_on_later(
    phones: Phones, db: firestore.Client, line: Pages
) -> None:
    phones.add(5, following=True)

    def goes_away() -> None:
        if len(line.starts) == 2:
            phones.control("POST", "/faults", {"endpoint": "profile", "kind": "before", "status": 500})

    line.then = goes_away
    with pytest.raises(TryAgain, match="LINE does not answer"):
        walked(db, line)
    phones.control("DELETE", "/faults")
    line.then = lambda: None
    assert {"new": 5} == walked(db, line)
    first, second, again, third = line.starts
    assert (None, second) == (first, again)
    assert third not in (None, second)


@pytest.mark.parametrize(
    ("endpoint", "status", "sentence"),
    [("followers", 403, "verified"), ("followers", 401, "refuses to list"), ("profile", 401, "refuses to show")],
)
def test_what_line_refuses_for_good_is_a_sentence(
    phones: Phones, db: firestore.Client, line: Pages, endpoint: str, status: int, sentence: str
) -> None:
    phones.add(3, following=True)
    phones.control("POST", "/faults", {"endpoint": endpoint, "kind": "status", "status": status})
    with pytest.raises(Rejected, match=sentence):
        walked(db, line)
    assert progress(db)["lease"] is None
