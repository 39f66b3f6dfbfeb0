"""Every subject that speaks says the same things in every language."""

from pathlib import Path
from string import Formatter

import pytest

from tsunagu.chat.catalogue import FALLBACK, LANGUAGES, Catalogue, in_language

FOLDERS = sorted((Path(__file__).parents[3] / "tsunagu").glob("*/texts"))


def values_of(entry: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(entry) if name is not None}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
def test_no_language_lacks_an_entry_or_a_value(folder: Path) -> None:
    entries = Catalogue(folder).entries
    for language in LANGUAGES:
        assert set(entries["ja"]) == set(entries[language]), language
        for key, entry in entries[language].items():
            assert isinstance(entry, str) and entry.strip(), (language, key)
            assert values_of(entries["ja"][key]) == values_of(entry), (language, key)


def test_there_is_something_to_say() -> None:
    assert {"broadcasts", "residents", "surveys"} <= {folder.parent.name for folder in FOLDERS}


def test_every_language_falls_back_to_every_other() -> None:
    for language in LANGUAGES:
        assert set(LANGUAGES) == set(FALLBACK[language])
        assert language == FALLBACK[language][0]
    assert "x" == in_language({"en": "x"}, "ja-easy")
    assert "y" == in_language({"en": "x", "ja": "y"}, "ja-easy")
