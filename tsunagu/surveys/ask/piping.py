"""An earlier answer inside a text: `{use}` is replaced by how the answer to the question `use` reads. Pure."""

import re
import unicodedata
from collections.abc import Iterator, Mapping

from tsunagu.line.messages import cut

PIPE = re.compile(r"\{([a-z0-9_]{1,20})\}")
PIPED = 60  # UTF-16 units of an answer that are shown inside a text
TURNS = dict.fromkeys(map(ord, "\u2066\u2067\u2068\u2069\u202a\u202b\u202c\u202d\u202e"))  # would turn our words, too


def pipes(text: str) -> Iterator[str]:
    """The ids of the questions that `text` names, in its order."""
    return (found[1] for found in PIPE.finditer(text))


def piped(text: str, answers: Mapping[str, str]) -> str:
    """`answers`: how each reads, by question; a name that is not among them stays as it is written.

    In one pass, so that words with braces in them, which a resident may have written, name no other answer.
    """
    return PIPE.sub(lambda found: _plain(answers[found[1]]) if found[1] in answers else found[0], text)


def _plain(words: str) -> str:
    """On one line, short, and without what is not seen but changes what is."""
    seen = "".join(" " if letter.isspace() or unicodedata.category(letter) == "Cc" else letter for letter in words)
    return cut(" ".join(seen.translate(TURNS).split()), PIPED) or "…"
