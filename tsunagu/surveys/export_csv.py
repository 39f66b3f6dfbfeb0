"""A survey's answers as CSV that spreadsheets open as they should: UTF-8 with BOM, CRLF, and no live formulas."""

import io
from collections.abc import Iterator, Sequence

import polars as pl

from tsunagu.surveys.columns import Column, Kind

ROWS = 10_000  # rows a piece
EXACT = 2**53  # below this every whole number has its own float
# A spreadsheet takes a cell that begins so for a formula; an apostrophe in front makes it words.
DANGEROUS = r"^[=+\-@\t\r\n＝＋－＠]"


def pieces(table: pl.DataFrame, columns: Sequence[Column]) -> Iterator[bytes]:
    """The file in pieces, header first; `table` as `columns.table` makes it."""
    words = table.select(_written(column) for column in columns)
    yield "\ufeff".encode()
    yield _csv(words.clear(), header=True)
    for piece in words.iter_slices(ROWS):
        yield _csv(piece, header=False)


def _written(column: Column) -> pl.Expr:
    cells = pl.col(column.name)
    match column.kind:
        case Kind.TEXT:
            defused = pl.when(cells.str.contains(DANGEROUS)).then("'" + cells).otherwise(cells)
            return defused.alias(column.name)
        case Kind.NUMBER:
            # 3 rather than 3.0; what is too large for a whole number stays as it is.
            whole = (cells.cast(pl.Float64).round(0) == cells) & (cells.cast(pl.Float64).abs() < EXACT)
            short = cells.cast(pl.Int64, strict=False).cast(pl.String)
            return pl.when(whole).then(short).otherwise(cells.cast(pl.String)).alias(column.name)
        case Kind.DAY:
            return cells.dt.strftime("%Y-%m-%d")
    return cells.dt.strftime("%Y-%m-%d %H:%M:%S")


def _csv(rows: pl.DataFrame, header: bool) -> bytes:
    written = io.BytesIO()
    rows.write_csv(written, include_header=header, line_terminator="\r\n")
    return written.getvalue()
