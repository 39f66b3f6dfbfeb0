"""Looking for words in what residents wrote, and showing a hit with the words around it. Pure.

Letters are compared as NFKC and without case: full and half width, ｶﾞ and ガ, A and a are the same.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

AROUND = 40  # characters shown before and after a hit
MOST = 5  # hits of one text that are shown
_VOICED = "\uff9e\uff9f"  # marks of half-width katakana, which belong to the character before them


@dataclass(frozen=True)
class Piece:
    words: str
    hit: bool


def folded(words: str) -> str:
    return unicodedata.normalize("NFKC", words).casefold()


def terms(typed: str) -> tuple[str, ...]:
    """The words of a search, each to be found: between spaces, also full-width ones."""
    return tuple(dict.fromkeys(folded(typed).split()))


def has_all(words: str | None, sought: Sequence[str]) -> bool:
    """`sought` as `terms` gives it."""
    if words is None:
        return False
    there = folded(words)
    return all(term in there for term in sought)


def in_context(words: str, sought: Sequence[str]) -> list[Piece]:
    """The text around its first hits, cut with … where something is left out; all of it where nothing is sought."""
    hits = list(_hits(words, sought))
    if not hits:
        return [Piece(words, False)]
    pieces: list[Piece] = []
    at = 0
    for start, end in hits[:MOST]:
        left = max(start - AROUND, at)
        if left > at:
            pieces += _gap(words, at, left, bool(pieces))
        pieces += [Piece(words[left:start], False), Piece(words[start:end], True)]
        at = end
    return [piece for piece in [*pieces, *_rest(words, at)] if piece.words]


def _gap(words: str, at: int, left: int, between: bool) -> list[Piece]:
    return [Piece(words[at : at + AROUND] + "…", False)] if between and left - at > AROUND else [Piece("…", False)]


def _rest(words: str, at: int) -> list[Piece]:
    return [Piece(words[at : at + AROUND] + ("…" if len(words) > at + AROUND else ""), False)]


def _hits(words: str, sought: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Where a term stands in the text as it was written, without overlaps."""
    there, places = _mapped(words)
    found = []
    for term in sought:
        at = there.find(term)
        while at >= 0:
            found.append((places[at], places[at + len(term)]))
            at = there.find(term, at + len(term))
    beyond = 0
    for start, end in sorted(found):
        if start >= beyond and end > start:
            yield start, end
            beyond = end


def _mapped(words: str) -> tuple[str, list[int]]:
    """The folded text, and for each of its places (and its end) the place in the text as written."""
    parts: list[str] = []
    places: list[int] = []
    start = 0
    while start < len(words):
        end = start + 1
        while end < len(words) and (unicodedata.combining(words[end]) or words[end] in _VOICED):
            end += 1
        part = folded(words[start:end])
        parts.append(part)
        places += [start] * len(part)
        start = end
    return "".join(parts), [*places, len(words)]
