"""A survey's answers as CSV that spreadsheets open as they should: a BOM or cp932, CRLF, and no live formulas.

In cp932 what it cannot hold is a 〓, and counted. The signs for which Windows and Unicode use different characters that
look alike (〜 − — ‖ and some more) become those of Windows, which loses nothing and is not counted.
"""

import codecs
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

import polars as pl

from tsunagu.surveys.report.look import Look
from tsunagu.surveys.take.ahead import ahead
from tsunagu.surveys.take.columns import Cells, Column, columns, numbered
from tsunagu.surveys.take.taken import GETA, Taken, Told

ROWS = 25_000  # rows a piece
EXACT = 2**53  # below this every whole number has its own float
# A spreadsheet takes a cell that begins so for a formula; an apostrophe in front makes it words. The minus sign of
# mathematics becomes a full-width one in cp932.
DANGEROUS = r"^[=+\-@\t\r\n＝＋－＠−]"
QUOTE, TO_QUOTE = '"', r'[",\r\n]'
ALIKE = {"〜": "～", "−": "－", "—": "―", "‖": "∥", "¢": "￠", "£": "￡", "¬": "￢", "¦": "￤"}
codecs.register_error("geta", lambda fault: (GETA * (fault.end - fault.start), fault.end))  # type: ignore[attr-defined]


def write(path: Path, look: Look, now: datetime, told: Told) -> Taken:
    """Raises TryAgain."""
    return _write(path, look, told, cp932=False)


def write_cp932(path: Path, look: Look, now: datetime, told: Told) -> Taken:
    """Raises TryAgain."""
    return _write(path, look, told, cp932=True)


def _write(path: Path, look: Look, told: Told, cp932: bool) -> Taken:
    wanted = columns(look.definition, look.city, look.zone, look.tagged, look.editions)
    responses = replaced = 0
    with path.open("wb") as file:
        for content, rows in pieces(ahead(look.pieces(told)), wanted):
            if cp932:
                content, more = held(content.decode())
                replaced += more
            elif not file.tell():
                file.write(codecs.BOM_UTF8)
            file.write(content)
            responses += rows
    return Taken(responses, replaced)


def pieces(frames: Iterable[pl.DataFrame], wanted: Sequence[Column]) -> Iterator[tuple[bytes, int]]:
    """The file in pieces of UTF-8, header first, and how many responses are in each; `frames` as they are packed."""
    yield _csv(pl.DataFrame([[_head(column.name)] for column in wanted])), 0
    cells, done = [_cell(column) for column in wanted], 0
    for frame in frames:
        for rows in frame.iter_slices(ROWS):
            yield _csv(numbered(rows, done + 1).select(cells)), rows.height
            done += rows.height


def held(words: str) -> tuple[bytes, int]:
    """The words in cp932, and how many characters have become a 〓."""
    for theirs, ours in ALIKE.items():
        words = words.replace(theirs, ours)
    try:
        return words.encode("cp932"), 0
    except UnicodeEncodeError:
        content = words.encode("cp932", "geta")
        return content, content.decode("cp932").count(GETA) - words.count(GETA)


def _head(name: str) -> str:
    return QUOTE + name.replace(QUOTE, QUOTE * 2) + QUOTE if re.search(TO_QUOTE, name) else name


def _cell(column: Column) -> pl.Expr:
    """As it stands in the file, quoted where it must be."""
    cells, labels = column.cells, [label for label, _ in column.values]
    match column.kind:
        case Cells.NAME | Cells.WORDS:
            free = column.kind is Cells.WORDS
            if free or any(re.search(DANGEROUS, label) for label in labels):
                cells = pl.when(cells.str.contains(DANGEROUS)).then("'" + cells).otherwise(cells)
            if free or any(re.search(TO_QUOTE, label) for label in labels):
                doubled = cells.str.replace_all(QUOTE, QUOTE * 2, literal=True)
                cells = pl.when(cells.str.contains(TO_QUOTE)).then(QUOTE + doubled + QUOTE).otherwise(cells)
        case Cells.AMOUNT:
            # 3 rather than 3.0; what is too large for a whole number stays as it is.
            whole = (cells.round(0) == cells) & (cells.abs() < EXACT)
            short = cells.cast(pl.Int64, strict=False).cast(pl.String)
            cells = pl.when(whole).then(short).otherwise(cells.cast(pl.String))
        case Cells.DAY:
            cells = cells.dt.strftime("%F")
        case Cells.MOMENT:
            cells = cells.dt.strftime("%F %T")
    return cells.alias(column.name)


def _csv(cells: pl.DataFrame) -> bytes:
    written = io.BytesIO()
    # To look for quotes in every cell would take as long as all the rest.
    cells.write_csv(written, include_header=False, line_terminator="\r\n", quote_style="never")
    return written.getvalue()
