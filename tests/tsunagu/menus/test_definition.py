"""What menus.yaml may say, told with its lines; and what LINE gets of it."""

from pathlib import Path
from typing import Any

import pytest

import tsunagu.menus.definition
from tests.tsunagu.menus.conftest import LANGUAGES
from tsunagu.cloud.definitions import WrongFile, loads
from tsunagu.line.postback import Postback
from tsunagu.menus.definition import AREAS_LIMIT, Menus, menus
from tsunagu.menus.rules import Mode
from tsunagu.residents.city import city

WRITTEN = Path(tsunagu.menus.definition.__file__).with_name("menus.yaml").read_text("utf-8")
HEARD = {
    "broadcasts/news",
    "broadcasts/news?kind=life_safety",
    "residents/help",
    "residents/settings",
    "surveys/list",
}


def faults(*changes: tuple[str, str]) -> str:
    text = WRITTEN
    for before, after in changes:
        assert before in text
        text = text.replace(before, after, 1)
    with pytest.raises(WrongFile) as told:
        loads(text, Menus, check=lambda found: found.problems())
    return str(told.value)


def actions(mode: Mode, language: str) -> list[dict[str, Any]]:
    return [area["action"] for area in menus().at_line(mode, language, city())["areas"]]


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("at: [0, 270, 1250, 708]", "at: [0, 260, 1250, 708]", "must lie within 2500 × 1686 pixels, below the strip"),
        ("at: [1250, 270, 1250, 708]", "at: [1250, 270, 1251, 708]", "must lie within 2500 × 1686"),
        ("at: [1250, 270, 1250, 708]", "at: [1249, 270, 1250, 708]", "lies over another area"),
        ("at: [1250, 270, 1250, 708]", "at: [1250, 270, 0, 708]", "must lie within 2500 × 1686"),
        ("icon: bell", "icon: belle", "must be 'bell'"),
        ("ja-easy: メニュー, ", "", "is missing in ja-easy"),
        ("ja: メニュー", "ja: 暮らしと手続きと防災のメニュー", "ja: LINE takes 14 characters, not 15"),
        ("en: News", "en: What is new in our city today", "en: LINE takes 20 characters, not 29"),
        (
            "postback: surveys/list",
            "postback: surveys/list\n        uri: https://a.example/",
            "exactly one of postback",
        ),
        ("uri: tel:119", "uri: javascript:alert(1)", "uri must begin with one of https://"),
        ("city: disaster_page", "city: disaster_pages", "must be 'disaster_page'"),
        ("size: [2500, 1686]", "size: [2500, 1800]", "at least 1.45 times as wide as high"),
        ("postback: residents/help", "postbak: residents/help", "did you mean `postback`?"),
    ],
)
def test_a_fault_is_told_with_its_line(before: str, after: str, says: str) -> None:
    told = faults((before, after))
    assert says in told
    assert told.startswith("line ")


def test_every_mode_is_drawn() -> None:
    assert "disaster is missing" in faults((WRITTEN[WRITTEN.index("  disaster:") :], ""))


def test_line_takes_twenty_areas_with_the_languages() -> None:
    small = "".join(
        f"      - {{at: [0, {300 + 50 * n}, 10, 10], icon: gear, label: {{ja: a, ja-easy: a, en: a}}, uri: 'tel:1'}}\n"
        for n in range(AREAS_LIMIT - len(LANGUAGES) + 1)
    )
    head = WRITTEN[: WRITTEN.index("      - at:")]
    assert "LINE takes 20 areas" in faults((WRITTEN, head + small))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("mode", list(Mode))
def test_every_area_has_a_label_to_be_read_out(mode: Mode, language: str) -> None:
    assert all(1 <= len(action["label"]) <= 20 for action in actions(mode, language))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("mode", list(Mode))
def test_one_tap_changes_the_picture_and_the_language(mode: Mode, language: str) -> None:
    strip = [action for action in actions(mode, language) if action["type"] == "richmenuswitch"]
    assert [f"{mode}-{code}" for code in LANGUAGES] == [action["richMenuAliasId"] for action in strip]
    chosen = [Postback.read(action["data"]) for action in strip]
    assert [("residents/language", {"v": code}) for code in LANGUAGES] == [(one.path, one.fields) for one in chosen]


def test_the_menus_say_only_what_the_conversations_hear() -> None:
    said = {action["data"] for mode in Mode for action in actions(mode, "ja") if action["type"] == "postback"}
    assert said == HEARD


def test_the_citys_own_page_is_in_the_residents_language() -> None:
    pages = [
        next(action["uri"] for action in actions(Mode.DISASTER, language) if "city" in action.get("uri", ""))
        for language in LANGUAGES
    ]
    page = city().disaster_page
    assert [page["ja"], page["ja"], page["en"]] == pages
