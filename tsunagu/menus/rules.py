"""Which menus there are, and what each is called at LINE. Pure."""

from enum import StrEnum

from tsunagu.chat.catalogue import DEFAULT_LANGUAGE, LANGUAGES


class Mode(StrEnum):
    ORDINARY = "ordinary"
    DISASTER = "disaster"

    @property
    def other(self) -> "Mode":
        return Mode.DISASTER if self is Mode.ORDINARY else Mode.ORDINARY


# The menu of this language is the default one, for everybody who is linked to none.
DEFAULT = DEFAULT_LANGUAGE
# Those who chose another language are linked to its menu.
LINKED = tuple(language for language in LANGUAGES if language != DEFAULT)

OURS = "tsunagu/"  # how the names of our menus begin; the account may have others, which we leave alone


def alias_of(mode: Mode, language: str) -> str:
    return f"{mode}-{language}"


def name_of(mode: Mode, language: str, digest: str) -> str:
    """A menu's name at LINE says what is in it, so that one that is there already is known again."""
    return f"{OURS}{mode}/{language}/{digest}"
