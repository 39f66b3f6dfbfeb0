"""A CSV file as others write them: in which encoding, what stands between its cells, and its rows with their lines."""

import csv
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from tsunagu.cloud.outcomes import Rejected

AUTO = "auto"
UTF8, CP932 = "utf-8", "cp932"  # cp932: the Shift_JIS of Windows, and so of Japanese Excel
ENCODINGS = (AUTO, UTF8, CP932)
DELIMITERS = (",", "\t", ";")
UTF16 = (b"\xff\xfe", b"\xfe\xff")
LONGEST = csv.field_size_limit()  # characters of one cell


@dataclass(frozen=True)
class Row:
    """`line` is where it begins, counted from 1: a cell in quotes may go over several lines."""

    line: int
    cells: list[str]


@dataclass(frozen=True)
class File:
    """`columns`: the headings as they are spoken of, each once: of two `その他` the second is `その他#2`."""

    path: Path
    encoding: str
    delimiter: str
    columns: tuple[str, ...]

    def rows(self) -> Iterator[Row]:
        """All below the heading, but for lines with nothing on them. Raises Rejected where quotes do not match."""
        found = _rows(self.path, self.encoding, self.delimiter)
        next(found)
        return found


def look_at(path: Path, encoding: str, wanted: Collection[str]) -> File:
    """`wanted`: headings that should be there, by which the delimiter is told. Raises Rejected."""
    known = _encoding(path, encoding)
    headings = {}
    faults = []
    for delimiter in DELIMITERS:
        try:
            heading = next(_rows(path, known, delimiter), None)
        except Rejected as fault:  # quotation marks, where it is another delimiter that stands beside them
            faults.append(fault)
            continue
        if heading is None:
            raise Rejected(f"{path} is empty")
        headings[delimiter] = _told_apart(heading.cells)
    if not headings:
        raise faults[0]
    delimiter = max(headings, key=lambda each: len(set(headings[each]) & set(wanted)))
    file = File(path, known, delimiter, headings[delimiter])
    if next(file.rows(), None) is None:
        raise Rejected(f"{path} has no rows: there is only a heading")
    return file


def spoken(heading: str) -> str:
    """A heading in one line, as a codebook writes it."""
    return " ".join(heading.split())


def _told_apart(headings: list[str]) -> tuple[str, ...]:
    seen: Counter[str] = Counter()
    columns = []
    for heading in map(spoken, headings):
        seen[heading] += 1
        columns.append(heading if seen[heading] == 1 else f"{heading}#{seen[heading]}")
    return tuple(columns)


def _rows(path: Path, encoding: str, delimiter: str) -> Iterator[Row]:
    with path.open(encoding="utf-8-sig" if encoding == UTF8 else encoding, newline="") as text:
        reader = csv.reader(text, delimiter=delimiter, strict=True)
        line = 1
        try:
            for cells in reader:
                if cells:
                    yield Row(line, cells)
                line = reader.line_num + 1
        except csv.Error as error:
            # Read on from here, half a cell would be taken for rows.
            raise Rejected(
                f"{path}, line {line}: {error}. Either a quotation mark is not closed or not doubled inside a cell, or"
                f" the cell is longer than {LONGEST:,} characters; nothing after it can be read"
            ) from error


def _encoding(path: Path, wish: str) -> str:
    try:
        with path.open("rb") as file:
            begins = file.read(2)
    except OSError as error:
        raise Rejected(f"{path} cannot be read: {error.strerror}") from error
    if begins in UTF16:
        raise Rejected(f"{path} is UTF-16: save it as CSV in UTF-8, or in cp932")
    tried = (UTF8, CP932) if wish == AUTO else (wish,)
    faults = []
    for encoding in tried:
        fault = _fault(path, encoding)
        if fault is None:
            return encoding
        faults.append(fault)
    other = {UTF8: CP932, CP932: UTF8}.get(wish)
    hint = f": try --encoding {other}" if other and _fault(path, other) is None else ""
    raise Rejected(f"{path} is not {' nor '.join(tried)}{hint}\n" + "\n".join(faults))


def _fault(path: Path, encoding: str) -> str | None:
    """Where it is not what it should be; neither encoding has a line's end inside a character."""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode(encoding)
            except UnicodeDecodeError as error:
                byte = line[error.start]
                return f"  as {encoding}: line {number}, byte {error.start + 1} of it (0x{byte:02X}) is no character"
    return None
