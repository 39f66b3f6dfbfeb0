import pytest

from tsunagu.staff.rules import Deed, Role, may, roles_for


@pytest.mark.parametrize("deed", list(Deed))
def test_nobody_without_a_role_may_do_anything(deed: Deed) -> None:
    assert not may([], deed)


@pytest.mark.parametrize("deed", list(Deed))
def test_an_administrator_may_do_everything(deed: Deed) -> None:
    assert may([Role.ADMIN], deed)


def test_answers_are_for_analysts_and_not_for_editors() -> None:
    assert [Role.ADMIN, Role.ANALYST] == roles_for(Deed.SEE_REPORTS)
    assert not may([Role.EDITOR], Deed.SEE_REPORTS)
    assert may([Role.EDITOR, Role.ANALYST], Deed.SEE_REPORTS)
