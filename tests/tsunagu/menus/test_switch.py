"""Switching: one request for the default, one for all other languages; and what there is when LINE refuses that."""

from datetime import timedelta

import pytest

from tests.tsunagu.menus.conftest import BEGIN, Account
from tests.tsunagu.menus.test_deploy import Killed, Mortal
from tsunagu.cloud.outcomes import Rejected, TryAgain
from tsunagu.line import rich_menus
from tsunagu.line.client import Line, Sent
from tsunagu.menus import store
from tsunagu.menus.link import link
from tsunagu.menus.rules import Mode


def test_a_switch_is_one_request_for_the_default_and_one_for_all_other_languages(account: Account) -> None:
    account.deploy()
    for mode in (Mode.DISASTER, Mode.ORDINARY):
        since = len(account.requests())
        done = account.switch(mode)
        assert ["menu_default", "menu_batch"] == account.asked(since)
        assert (None, 0) == (done.refused, done.relinked)
        assert account.all_see(mode.value)


def test_a_move_that_is_still_under_way_is_waited_for(account: Account) -> None:
    account.deploy()
    account.phones.control("POST", "/settings", {"menu_moves_after": 30})
    for mode in (Mode.DISASTER, Mode.ORDINARY):
        account.switch(mode)
    account.pass_time(30)
    account.names()
    assert account.all_see("ordinary")


def test_a_move_that_does_not_end_is_told_and_not_overtaken(account: Account) -> None:
    account.deploy()
    account.phones.control("POST", "/settings", {"menu_moves_after": 90})
    account.switch(Mode.DISASTER)
    with pytest.raises(TryAgain, match="run the command again"):
        account.switch(Mode.ORDINARY)
    account.switch(Mode.ORDINARY)
    account.pass_time(90)
    account.names()
    assert account.all_see("ordinary")


def test_switching_again_changes_nothing(account: Account) -> None:
    account.deploy()
    account.switch(Mode.DISASTER)
    account.switch(Mode.DISASTER)
    assert account.all_see("disaster")


def test_line_is_asked_how_far_it_is(account: Account) -> None:
    account.deploy()
    account.switch(Mode.DISASTER)
    now = store.get(account.db)
    assert now is not None and now.batch is not None
    assert "succeeded" == rich_menus.progress(account.line, now.batch).answer["phase"]


def test_the_fourth_switch_within_an_hour_links_one_by_one(account: Account) -> None:
    account.deploy()
    for mode in (Mode.DISASTER, Mode.ORDINARY, Mode.DISASTER):
        assert None is account.switch(mode).refused
    since = len(account.requests())
    done = account.switch(Mode.ORDINARY)
    assert done.refused is not None and 429 == done.refused.status
    assert 4 == done.relinked
    assert ["menu_default", "menu_batch", "menu_bulk_link", "menu_bulk_link"] == account.asked(since)
    assert account.all_see("ordinary")
    now = store.get(account.db)
    assert now is not None and None is now.batch


def test_who_is_linked_to_the_japanese_menu_itself_is_moved_too(account: Account) -> None:
    """LINE links whoever taps the strip of languages."""
    account.deploy()
    phone = account.people["ja"][0]
    area = next(n for n, one in enumerate(account.drawn[0].about["areas"]) if one["action"]["label"] == "日本語")
    account.phones.control("POST", f"/residents/{phone.user}/menu/tap", {"area": area, "wait": False})
    account.switch(Mode.DISASTER)
    assert account.all_see("disaster")


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("dies_at", [1, 2])
def test_a_switch_that_broke_off_is_mended_by_the_next(account: Account, dies_at: int, after: bool) -> None:
    account.deploy()
    with pytest.raises(Killed):
        account.switch(Mode.DISASTER, Mortal(account.line, dies_at, after))
    account.switch(Mode.DISASTER)
    assert account.all_see("disaster")


def test_a_switch_before_any_deployment_is_refused_in_words(account: Account) -> None:
    with pytest.raises(Rejected, match="tsunagu menu deploy"):
        account.switch(Mode.DISASTER)


class Meanwhile(Line):
    """Somebody else switches right before the first request of this one."""

    def __init__(self, account: Account, mode: Mode) -> None:
        self._api = account.line._api
        self.account, self.mode, self.done = account, mode, False

    def call(self, *arguments: object, **options: object) -> Sent:
        if not self.done:
            self.done = True
            self.account.switch(self.mode)
        return super().call(*arguments, **options)  # type: ignore[arg-type]


def test_of_two_switches_at_once_the_later_intent_stands(account: Account) -> None:
    account.deploy()
    account.switch(Mode.ORDINARY, Meanwhile(account, Mode.DISASTER))
    assert account.all_see("disaster")


def test_a_menu_shown_during_a_switch_is_that_of_the_new_mode(account: Account) -> None:
    account.deploy()
    phone = account.people["en"][0]
    rich_menus.unlink(account.line, phone.user)
    link(account.db, Meanwhile(account, Mode.DISASTER), phone.user, "en")
    assert account.all_see("disaster")


def test_a_deployment_keeps_the_mode_and_says_who_and_when(account: Account) -> None:
    account.deploy()
    account.switch(Mode.DISASTER)
    now = store.prepare(account.db, {}, BEGIN + timedelta(hours=1), "taro@city.example")
    assert (Mode.DISASTER, "taro@city.example", None) == (now.mode, now.by, now.batch)
    assert now == store.get(account.db)
