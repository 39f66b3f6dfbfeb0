"""Deploying: everybody sees the menu of their language, however often and wherever it broke off."""

from dataclasses import replace

import pytest

from tests.tsunagu.menus.conftest import Account, drawn_anew
from tsunagu.cloud.outcomes import Rejected, TryAgain
from tsunagu.line.client import Line, Sent
from tsunagu.menus import store
from tsunagu.menus.link import show
from tsunagu.menus.rules import Mode
from tsunagu.residents import store as residents


class Killed(BaseException):
    """The process is gone: nothing catches it."""


class Mortal(Line):
    """A connection whose process dies at its nth request, before it or after."""

    def __init__(self, living: Line, dies_at: int, after: bool) -> None:
        self._api = living._api
        self.left, self.after = dies_at, after

    def call(self, *arguments: object, **options: object) -> Sent:
        self.left -= 1
        if self.left == 0 and not self.after:
            raise Killed
        sent = super().call(*arguments, **options)  # type: ignore[arg-type]
        if self.left == 0:
            raise Killed
        return sent


def test_everybody_sees_the_ordinary_menu_of_their_language(account: Account) -> None:
    now = account.deploy()
    assert account.all_see("ordinary")
    assert (Mode.ORDINARY, now) == (now.mode, store.get(account.db))
    assert sorted(menu.name for menu in account.drawn) == account.names()


def test_somebody_new_sees_the_default_menu(account: Account) -> None:
    account.deploy()
    assert "ordinary/ja" == account.sees(account.phones.add(1, seed="new", following=True)[0])


def test_a_second_deployment_makes_nothing_new(account: Account) -> None:
    first = account.deploy()
    since = len(account.requests())
    assert first.ids == account.deploy().ids
    assert set() == {"menu_create", "menu_upload", "menu_delete"} & set(account.asked(since))
    assert account.all_see("ordinary")


def test_only_what_changed_is_made_and_the_old_one_goes(account: Account) -> None:
    first = account.deploy()
    since = len(account.requests())
    second = account.deploy(drawn_anew("市のメニュー"))
    assert (1, 1, 1) == tuple(account.asked(since).count(f"menu_{did}") for did in ("create", "upload", "delete"))
    assert first.ids["ordinary"]["ja"] != second.ids["ordinary"]["ja"]
    assert first.ids["disaster"] == second.ids["disaster"]
    assert 6 == len(account.names())
    assert account.all_see("ordinary")


def test_a_deployment_in_a_disaster_shows_the_menus_for_disasters(account: Account) -> None:
    account.deploy()
    account.switch(Mode.DISASTER)
    account.deploy(drawn_anew("市のメニュー"))
    assert account.all_see("disaster")


@pytest.mark.parametrize("after", [False, True])
def test_wherever_it_breaks_off_the_next_run_ends_right(account: Account, after: bool) -> None:
    """From nothing, then over an earlier deployment; the process dies at the nth request, for one n after
    another."""
    for drawn in (account.drawn, drawn_anew("市のメニュー")):
        at = 0
        while True:
            at += 5 if after else 3
            try:
                account.deploy(drawn, Mortal(account.line, at, after))
                break
            except Killed:
                # An hour passes: LINE takes 100 menus in one.
                account.phones.control("POST", "/clock", {"ahead": at * 3600})
        account.deploy(drawn)
        assert account.all_see("ordinary")
        assert sorted(menu.name for menu in drawn) == account.names()


def test_menus_of_others_are_left_alone(account: Account) -> None:
    about = {**account.drawn[0].about, "name": "made by hand"}
    account.line.call("POST", "/v2/bot/richmenu", about)
    account.deploy()
    assert "made by hand" in account.names()


def test_a_limit_or_a_silence_is_waited_for_and_then_told(account: Account) -> None:
    account.fault(endpoint="menu_create", kind="status", status=429, count=2)
    account.deploy()
    account.fault(endpoint="menu_default", kind="before", status=500)
    with pytest.raises(TryAgain, match="showing everybody the menu: LINE said 500"):
        account.deploy()
    account.no_more_faults()
    account.deploy()
    assert account.all_see("ordinary")


def test_what_line_refuses_is_told_in_its_words(account: Account) -> None:
    account.fault(endpoint="menu_validate", kind="status", status=400, message="no such menu")
    with pytest.raises(Rejected, match="checking the menu ordinary-ja: LINE said 400 no such menu"):
        account.deploy()
    assert None is store.get(account.db)


class Chooses(Line):
    """A resident chooses Japanese, and is shown its menu, right before the first request that links many."""

    def __init__(self, account: Account, user: str) -> None:
        self._api = account.line._api
        self.account, self.user = account, user

    def call(self, method: str, path: str, *rest: object, **options: object) -> Sent:
        if path.endswith("/bulk/link") and self.user:
            user, self.user = self.user, ""
            resident = residents.get(self.account.db, user)
            assert resident is not None
            chosen = replace(resident, language="ja", version=2)
            for reference, content in residents.documents_of(self.account.db, user, chosen):
                reference.set(content)
            show(self.account.db, self.account.line, user)
        return super().call(method, path, *rest, **options)  # type: ignore[arg-type]


def test_who_chooses_another_language_meanwhile_sees_its_menu_in_the_end(account: Account) -> None:
    chooses = account.people["en"].pop()
    account.deploy(line=Chooses(account, chooses.user))
    assert "ordinary/ja" == account.sees(chooses)
    assert account.all_see("ordinary")


def test_residents_are_shown_the_menu_of_the_present_mode(account: Account) -> None:
    english = account.people["en"][0]
    assert None is show(account.db, account.line, english.user)
    account.deploy()
    account.switch(Mode.DISASTER)
    account.line.call("DELETE", f"/v2/bot/user/{english.user}/richmenu")
    assert "disaster/ja" == account.sees(english)
    show(account.db, account.line, english.user)
    assert "disaster/en" == account.sees(english)
