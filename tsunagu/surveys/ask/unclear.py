"""What cannot be understood, told by an entry of the catalogue, so that the resident learns what would be right."""

import unicodedata
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Unclear:
    """`key` names an entry `unclear_…` of the catalogue, to be filled with `values`.

    `places`: the ids of the districts that may be meant.
    """

    key: str
    values: dict[str, object] = field(default_factory=dict)
    places: tuple[str, ...] = ()


def folded(words: str) -> str:
    """Width, case and spaces are not told apart."""
    return "".join(unicodedata.normalize("NFKC", words).casefold().split())
