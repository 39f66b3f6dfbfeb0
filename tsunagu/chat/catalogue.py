"""What a subject says, by language: `texts/{language}.yaml` beside its code, one entry a sentence."""

from pathlib import Path

import yaml

LANGUAGES = ("ja", "ja-easy", "en")
FALLBACK = {"ja": ("ja", "ja-easy", "en"), "ja-easy": ("ja-easy", "ja", "en"), "en": ("en", "ja", "ja-easy")}
DEFAULT_LANGUAGE = "ja"


def in_language(texts: dict[str, str], language: str) -> str:
    """The text in `language`, or in the next language that person is likely to read."""
    for candidate in FALLBACK.get(language, FALLBACK[DEFAULT_LANGUAGE]):
        if candidate in texts:
            return texts[candidate]
    raise KeyError("a text in no language")


class Catalogue:
    """Read once, when a function starts. A test holds that no language lacks an entry or a value of one."""

    def __init__(self, folder: Path) -> None:
        self.entries: dict[str, dict[str, str]] = {
            language: yaml.safe_load((folder / f"{language}.yaml").read_text(encoding="utf-8"))
            for language in LANGUAGES
        }

    def say(self, key: str, language: str, /, **values: object) -> str:
        return self.entries[language][key].format_map(values)
