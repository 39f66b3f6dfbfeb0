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
from tsunagu.surveys.take.columns import Cells, Column, columns, table
from tsunagu.surveys.take.taken import GETA, Taken, Told

ROWS = 10_000  # rows a piece
EXACT = 2**53  # below this every whole number has its own float
# A spreadsheet takes a cell that begins so for a formula; an apostrophe in front makes it words. The minus sign of
# mathematics becomes a full-width one in cp932.
DANGEROUS = r"^[=+\-@\t\r\n＝＋－＠−]"
ALIKE = {"〜": "～", "−": "－", "—": "―", "‖": "∥", "¢": "￠", "£": "￡", "¬": "￢", "¦": "￤"}
codecs.register_error("geta", lambda fault: (GETA * (fault.end - fault.start), fault.end))  # type: ignore[attr-defined]


def write(path: Path, look: Look, now: datetime, told: Told) -> Taken:
    """Raises TryAgain."""
    return _write(path, look, told, cp932=False)


def write_cp932(path: Path, look: Look, now: datetime, told: Told) -> Taken:
    """Raises TryAgain."""
    return _write(path, look, told, cp932=True)


def _write(path: Path, look: Look, told: Told, cp932: bool) -> Taken:
    wanted = columns(look.definition, look.city, look.zone, look.tagged)
    responses = replaced = 0
    with path.open("wb") as file:
        for content, rows in pieces(look.pieces(told), wanted):
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
    yield _csv(pl.DataFrame(schema=[column.name for column in wanted]), header=True), 0
    done = 0
    for frame in frames:
        for rows in frame.iter_slices(ROWS):
            cells = table(rows, wanted, done + 1).select(_written(column) for column in wanted)
            done += rows.height
            yield _csv(cells, header=False), rows.height


def held(words: str) -> tuple[bytes, int]:
    """The words in cp932, and how many characters have become a 〓."""
    for theirs, ours in ALIKE.items():
        words = words.replace(theirs, ours)
    try:
        return words.encode("cp932"), 0
    except UnicodeEncodeError:
        content = words.encode("cp932", "geta")
        return content, content.decode("cp932").count(GETA) - words.count(GETA)


def _written(column: Column) -> pl.Expr:
    cells = pl.col(column.name)
    match column.kind:
        case Cells.NAME if not any(re.match(DANGEROUS, label) for label, _ in column.values):
            return cells
        case Cells.NAME | Cells.WORDS:
            return pl.when(cells.str.contains(DANGEROUS)).then("'" + cells).otherwise(cells).alias(column.name)
        case Cells.AMOUNT:
            # 3 rather than 3.0; what is too large for a whole number stays as it is.
            whole = (cells.round(0) == cells) & (cells.abs() < EXACT)
            short = cells.cast(pl.Int64, strict=False).cast(pl.String)
            return pl.when(whole).then(short).otherwise(cells.cast(pl.String)).alias(column.name)
        case Cells.DAY:
            return cells.dt.strftime("%Y-%m-%d")
        case Cells.MOMENT:
            return cells.dt.strftime("%Y-%m-%d %H:%M:%S")
    return cells


def _csv(rows: pl.DataFrame, header: bool) -> bytes:
    written = io.BytesIO()
    rows.write_csv(written, include_header=header, line_terminator="\r\n")
    return written.getvalue()
