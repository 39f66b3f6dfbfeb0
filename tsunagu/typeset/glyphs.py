"""What the vendored fonts can show. PDF/UA refuses a document with a missing glyph, and a resident may write anything:
what no font has becomes a 〓, as Japanese printers set it, and is counted.
"""

import struct
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import regex

from tsunagu.typeset.render import FONTS

GETA = "〓"
# Marks on letters, for which fonts have whole letters. Not all of the words: that would change the kanji of names.
_MARKED = regex.compile(r"\P{M}\p{M}+")
# What shows nothing: joiners, selectors of variants, the marks that turn the direction of what follows.
_UNSEEN = regex.compile(r"[\p{Default_Ignorable_Code_Point}\p{Bidi_Control}[\p{Cc}--[\n]]]", regex.V1)


def shown(words: str, fonts: Path = FONTS) -> tuple[str, int]:
    """The words as the fonts can show them, and how many characters have become a 〓."""
    words = words.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    if words.isascii() and words.isprintable():
        return words, 0
    known = _known(fonts)
    whole = _MARKED.sub(lambda found: unicodedata.normalize("NFC", found[0]), words)
    fitted = "".join(_fitted(letter, known) for letter in _UNSEEN.sub("", whole))
    return fitted, fitted.count(GETA) - words.count(GETA)


def all_shown(data: Any, fonts: Path = FONTS) -> tuple[Any, int]:
    """The same for every word in what a template is given."""
    if isinstance(data, str):
        return shown(data, fonts)
    if isinstance(data, Mapping):
        keys, parts = list(data), [all_shown(value, fonts) for value in data.values()]
        return dict(zip(keys, (part for part, _ in parts), strict=True)), sum(lost for _, lost in parts)
    if isinstance(data, list | tuple):
        parts = [all_shown(value, fonts) for value in data]
        return [part for part, _ in parts], sum(lost for _, lost in parts)
    return data, 0


def _fitted(letter: str, known: frozenset[int]) -> str:
    if ord(letter) in known or letter == "\n":
        return letter
    return " " if letter.isspace() else GETA


@cache
def _known(folder: Path) -> frozenset[int]:
    """What every font of the folder has a glyph for."""
    files = sorted(folder.glob("*.ttf"))
    return frozenset.intersection(*(frozenset(_mapped(file.read_bytes())) for file in files))


def _mapped(font: bytes) -> Iterator[int]:
    """The characters in a font's `cmap` table (OpenType, subtable formats 4 and 12)."""
    tables = {tag: at for tag, _, at, _ in struct.iter_unpack(">4sIII", font[12 : 12 + 16 * _u16(font, 4)])}
    start = tables[b"cmap"]
    for number in range(_u16(font, start + 2)):
        at = start + struct.unpack_from(">I", font, start + 4 + 8 * number + 4)[0]
        if _u16(font, at) == 12:
            for first, last, glyph in struct.iter_unpack(">III", _groups(font, at)):
                yield from range(first + (glyph == 0), last + 1)
        elif _u16(font, at) == 4:
            yield from _segments(font, at)


def _groups(font: bytes, at: int) -> bytes:
    (number,) = struct.unpack_from(">I", font, at + 12)
    return font[at + 16 : at + 16 + 12 * number]


def _segments(font: bytes, at: int) -> Iterator[int]:
    doubled = _u16(font, at + 6)
    ends, starts = at + 14, at + 16 + doubled
    deltas, offsets = starts + doubled, starts + 2 * doubled
    for step in range(0, doubled, 2):
        delta, offset = _u16(font, deltas + step), _u16(font, offsets + step)
        first = _u16(font, starts + step)
        for letter in range(first, _u16(font, ends + step) + 1):
            glyph = letter
            if offset:
                glyph = _u16(font, offsets + step + offset + 2 * (letter - first))
            if letter < 0xFFFF and (offset == 0 or glyph) and (glyph + delta) & 0xFFFF:
                yield letter


def _u16(font: bytes, at: int) -> int:
    number: int = struct.unpack_from(">H", font, at)[0]
    return number
