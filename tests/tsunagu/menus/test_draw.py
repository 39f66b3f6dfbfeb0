"""Pictures as LINE takes them, the same on every machine."""

import pytest

from tests.tsunagu.menus.conftest import drawn_anew
from tsunagu.cloud.outcomes import Rejected
from tsunagu.line.rich_menus import PICTURE_LIMIT
from tsunagu.menus.definition import menus
from tsunagu.menus.draw import Drawn, draw
from tsunagu.menus.rules import Mode
from tsunagu.residents.city import city


def size(png: bytes) -> tuple[int, int]:
    assert b"\x89PNG\r\n\x1a\n" == png[:8]
    return int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")


def test_every_picture_is_as_large_as_its_menu_and_small_enough_for_line(drawn: list[Drawn]) -> None:
    for menu in drawn:
        assert (menu.about["size"]["width"], menu.about["size"]["height"]) == size(menu.picture)
        assert len(menu.picture) <= PICTURE_LIMIT


def test_no_two_menus_look_alike(drawn: list[Drawn]) -> None:
    assert 6 == len({menu.picture for menu in drawn}) == len({menu.name for menu in drawn})


def test_drawn_again_it_is_the_same(drawn: list[Drawn]) -> None:
    assert drawn == drawn_anew()


def test_a_name_changes_with_what_is_tapped_though_the_picture_is_the_same(drawn: list[Drawn]) -> None:
    again = drawn_anew("市のメニュー")
    assert drawn[0].picture == again[0].picture
    assert drawn[0].name != again[0].name
    assert drawn[1:] == again[1:]


@pytest.mark.parametrize(
    ("label", "says"), [("お知らせ" * 9, "too long for its area"), ("お知らせ🔔", "BIZ UDPGothic")]
)
def test_words_that_cannot_be_drawn_are_told(label: str, says: str) -> None:
    found = menus()
    ordinary = found.menus[Mode.ORDINARY]
    area = ordinary.areas[0].model_copy(update={"label": {"ja": label, "ja-easy": label, "en": label}})
    changed = ordinary.model_copy(update={"areas": (area, *ordinary.areas[1:])})
    with pytest.raises(Rejected, match=f"ordinary-ja cannot be drawn(.|\n)*{says}"):
        draw(found.model_copy(update={"menus": {**found.menus, Mode.ORDINARY: changed}}), Mode.ORDINARY, "ja", city())
