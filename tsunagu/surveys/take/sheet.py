"""The rows of answers in a workbook, as the XML that Excel reads.

XlsxWriter asks Python for every single cell, and keeps a sheet twice in temporary files before it is packed. A million
answers take it minutes and gigabytes. So it makes the workbook with a sheet that has only its header, and the rows are
put into that sheet here, from columns straight into the file.
"""

import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import polars as pl

from tsunagu.surveys.take.ahead import ahead
from tsunagu.surveys.take.columns import Cells, Column, table

ROWS = 1_048_576  # rows a sheet can have, the header among them
LONGEST = 32_767  # UTF-16 units a cell can hold
LEVEL = 3  # of zlib: twice as quick as its usual 6, for a file a sixth longer
AT_ONCE = 5_000  # rows
ENDED = "…（以下略）"  # of what is cut; the CSV has it whole
LARGE = 2**31 / 1.25  # bytes of a sheet, as its first rows let expect, from which on it needs a larger form of ZIP
ROW = "row"  # the number of the row; no column of a download is called that
_ODD = r"[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]|_x[0-9A-Fa-f]{4}_"


def put(
    book: Path, into: Path, sheets: Mapping[str, int], frames: Iterable[pl.DataFrame], columns: Sequence[Column]
) -> None:
    """The workbook with the rows of packed frames under the headers of sheets: the name of each one's file in the
    workbook (`sheet3.xml`), in that order, and how many rows go there.
    """
    rows = _Rows(frames)
    with ZipFile(book) as made, ZipFile(into, "w", ZIP_DEFLATED, compresslevel=LEVEL) as written:
        for part in made.infolist():
            folder, _, name = part.filename.rpartition("/")
            if folder == "xl/worksheets" and name in sheets:
                _fill(written, _like(part), made.read(part).decode(), sheets[name], rows, columns)
            else:
                written.writestr(_like(part), made.read(part))
    rows.end()


class _Rows:
    """Frames of any heights as slices of a few thousand rows, each with the number of its first one."""

    def __init__(self, frames: Iterable[pl.DataFrame]) -> None:
        self._slices = (piece for frame in frames for piece in frame.iter_slices(AT_ONCE))
        self._left: pl.DataFrame | None = None
        self._given = 0

    def take(self, number: int) -> Iterator[tuple[pl.DataFrame, int]]:
        """The next so many rows."""
        while number:
            rows = self._left if self._left is not None else next(self._slices)
            self._left = rows[number:] if rows.height > number else None
            rows = rows[:number]
            number -= rows.height
            yield rows, self._given + 1
            self._given += rows.height

    def end(self) -> None:
        """Raises ValueError unless all are taken."""
        if self._left is not None or next(self._slices, None) is not None:
            raise ValueError(f"there are more rows than the {self._given:,} that were to come")


def _fill(book: ZipFile, part: ZipInfo, content: str, number: int, rows: _Rows, columns: Sequence[Column]) -> None:
    head, tail = _opened(content, number, len(columns))
    pieces = _pieces(rows.take(number), columns, _styles(head, len(columns)))
    first = next(pieces, b"")
    large = len(first) / AT_ONCE * number > LARGE
    with book.open(part, "w", force_zip64=large) as file:
        for piece in chain([head.encode(), first], ahead(pieces), [tail.encode()]):
            file.write(piece)


def _like(part: ZipInfo) -> ZipInfo:
    made = ZipInfo(part.filename, part.date_time)
    made.compress_type = ZIP_DEFLATED
    return made


def _opened(sheet: str, rows: int, columns: int) -> tuple[str, str]:
    """What comes before the rows and after them; the sheet says how large it is."""
    head, end, tail = sheet.rpartition("</sheetData>")
    if not end:
        raise ValueError("the sheet of answers has no header")
    size = f'<dimension ref="A1:{letters(columns - 1)}{rows + 1}"/>'
    return re.sub(r"<dimension [^>]*>", size, head, count=1), end + tail


def _styles(head: str, columns: int) -> list[str]:
    """The style of each column, which its cells have to name themselves."""
    styles = [""] * columns
    for found in re.finditer(r"<col ([^>]*)/>", head):
        about = dict(re.findall(r'(\w+)="([^"]*)"', found[1]))
        if "style" in about:
            for at in range(int(about["min"]) - 1, min(int(about["max"]), columns)):
                styles[at] = f' s="{about["style"]}"'
    return styles


def _pieces(
    slices: Iterable[tuple[pl.DataFrame, int]], columns: Sequence[Column], styles: Sequence[str]
) -> Iterator[bytes]:
    cells = [_cell(column, letters(at), styles[at]).alias(str(at)) for at, column in enumerate(columns)]
    line = [pl.concat_str(pl.lit('<row r="'), pl.col(ROW), pl.lit('">')), *cells, pl.lit("</row>").alias("end")]
    free = [column.name for column in columns if column.kind is Cells.WORDS]
    row = 2
    for rows, first in slices:
        ready = table(rows, columns, first).with_row_index(ROW, row)
        ready = ready.with_columns(pl.col(ROW).cast(pl.String), *(_escaped(ready[name]) for name in free))
        written = io.BytesIO()
        # Nothing joins columns of words as quickly. XML takes no notice of line breaks between cells.
        ready.select(line).write_csv(written, include_header=False, separator="\n", quote_style="never")
        yield written.getvalue()
        row += rows.height


def _cell(column: Column, letter: str, style: str) -> pl.Expr:
    """Null where there is nothing."""
    value = pl.col(column.name)
    match column.kind:
        case Cells.WHOLE:
            return _number(value.cast(pl.String), letter, style)
        case Cells.AMOUNT:
            return _number(pl.when(value.is_finite()).then(value.cast(pl.String)), letter, style)
        case Cells.DAY | Cells.MOMENT:
            days = value.cast(pl.Datetime("ms")).dt.timestamp("ms") / 86_400_000 + 25_569
            # What was before that day Excel counts from a day later, for it takes 1900 for a leap year; and the days
            # before 1900 it does not know.
            serial = pl.when(days >= 61).then(days).when(days >= 2).then(days - 1)
            early = pl.when(days < 2).then(value.cast(pl.String).str.head(19 if column.kind is Cells.MOMENT else 10))
            return pl.coalesce(_number(serial.cast(pl.String), letter, style), _words(early, letter, ""))
        case Cells.WORDS:
            return _words(value, letter, style, ' xml:space="preserve"')
        case Cells.NAME if any(re.search("[&<>]", label) for label, _ in column.values):
            return _words(_marked(value), letter, style)
    return _words(value, letter, style)


def _number(value: pl.Expr, letter: str, style: str) -> pl.Expr:
    return pl.concat_str(pl.lit(f'<c r="{letter}'), pl.col(ROW), pl.lit(f'"{style}><v>'), value, pl.lit("</v></c>"))


def _words(value: pl.Expr, letter: str, style: str, kept: str = "") -> pl.Expr:
    begun = pl.lit(f'"{style} t="inlineStr"><is><t{kept}>')
    return pl.concat_str(pl.lit(f'<c r="{letter}'), pl.col(ROW), begun, value, pl.lit("</t></is></c>"))


def _marked(value: pl.Expr) -> pl.Expr:
    for sign, name in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        value = value.str.replace_all(sign, name, literal=True)
    return value


def _escaped(words: pl.Series) -> pl.Series:
    """As XML, in which control characters are `_x0007_`, and what reads so already says that it is no such sign."""
    odd = words.str.contains(_ODD) | (words.str.len_chars() > LONGEST // 2)
    if odd.any():
        mended = [_mended(word) if strange else word for word, strange in zip(words, odd, strict=True)]
        words = pl.Series(words.name, mended, dtype=pl.String)
    return words.to_frame().select(_marked(pl.col(words.name))).to_series()


def _mended(words: str) -> str:
    if too_long(words):
        room = LONGEST - len(ENDED)
        words = words.encode("utf-16-le")[: 2 * room].decode("utf-16-le", "ignore") + ENDED
    return re.sub(_ODD, lambda found: f"_x{ord(found[0]):04X}_" if len(found[0]) == 1 else f"_x005F{found[0]}", words)


def too_long(words: str) -> bool:
    return len(words) > LONGEST // 2 and len(words.encode("utf-16-le")) > 2 * LONGEST


def letters(column: int) -> str:
    """A for 0, AA for 26."""
    name, number = "", column + 1
    while number:
        number, digit = divmod(number - 1, 26)
        name = chr(65 + digit) + name
    return name
