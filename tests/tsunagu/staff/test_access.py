from collections.abc import Iterator

import pytest
from google.cloud import firestore

from tests.tsunagu.office import Office, office
from tsunagu.staff import store
from tsunagu.staff.access import Refused
from tsunagu.staff.rules import Deed, Role


@pytest.fixture
def staff(db: firestore.Client) -> Iterator[Office]:
    with office(db) as found:
        yield found


def test_who_has_the_role_is_let_in(staff: Office) -> None:
    member = staff.door.admit(staff.token("analyst"), Deed.SEE_REPORTS)
    assert ("analyst@city.example", frozenset({Role.ANALYST})) == (member.email, member.roles)


def test_who_has_another_role_is_told_which_one_it_takes_and_whom_to_ask(staff: Office) -> None:
    with pytest.raises(Refused) as refused:
        staff.door.admit(staff.token("editor"), Deed.SEE_REPORTS)
    assert "「管理者」か「分析者」" in refused.value.says[0]
    assert "administrator or analyst" in refused.value.says[1]
    assert ["admin@city.example"] == [admin.email for admin in refused.value.ask]


def test_strangers_are_told_nothing_of_the_staff(staff: Office) -> None:
    with pytest.raises(Refused) as refused:
        staff.door.admit(None, Deed.SEE_REPORTS)
    assert ("", []) == (refused.value.who, refused.value.ask)


def test_a_role_taken_away_is_gone_at_once(staff: Office, db: firestore.Client) -> None:
    token = staff.token("analyst")
    staff.door.admit(token, Deed.SEE_REPORTS)
    db.collection(store.STAFF).document("analyst@city.example").update({"roles": []})
    with pytest.raises(Refused):
        staff.door.admit(token, Deed.SEE_REPORTS)


def test_a_role_nobody_knows_lets_nobody_in(staff: Office, db: firestore.Client) -> None:
    db.collection(store.STAFF).document("visitor@city.example").set({"name": "", "roles": ["mayor"]})
    with pytest.raises(Refused):
        staff.door.admit(staff.token("visitor"), Deed.SEE_CONSOLE)
