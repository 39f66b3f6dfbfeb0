"""What the `tsunagu` command prints: words as they were written, and nothing cut that somebody may have to type.

Titles, reasons and names may hold brackets and colons, so nothing is taken for markup. What residents wrote may hold
signs that a terminal obeys, or that turn the order of letters round: each of these is shown as 〓. A sentence is one
line, which the terminal wraps; a table is folded to the terminal, and in a pipe not at all.
"""

import os
import re
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

ENDLESS = 10_000  # columns: where nobody looks, a row is a line

# Controls but tab and line break; marks, embeddings, overrides and isolates of direction.
_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
EDGE, BESIDE = 1, 3  # columns of a table's left edge, and of a cell's padding with the line on its right
LEAST = 3  # columns of a cell that is folded beside one that is not: a wide letter, and no cell is squeezed to nothing


class _Tame(Console):
    def render_str(self, text: str, **how: Any) -> Text:
        return super().render_str(_OBEYED.sub("〓", text), **how)


def say(sentence: str, *, error: bool = False, style: str | None = None) -> None:
    console(error).print(sentence, style=style, soft_wrap=True)


def show(table: Table) -> None:
    """Columns with `no_wrap` stay whole, also where the terminal has to wrap them; the others are folded."""
    made, needed = console(), EDGE
    for column in table.columns:
        column.overflow = "fold"
        widest = max(cell_len(str(cell)) for cell in (column.header, *column.cells))
        column.min_width = widest if column.no_wrap else min(widest, LEAST)
        needed += column.min_width + BESIDE
    made.width = max(made.width, needed)  # rich would leave out the columns for which there is no room
    made.print(table, crop=False)


def console(error: bool = False) -> Console:
    made = _Tame(stderr=error, markup=False, emoji=False, highlight=False)
    if not made.is_terminal and "COLUMNS" not in os.environ:
        made.width = ENDLESS
    return made


def counted(number: int, one: str, many: str | None = None) -> str:
    """`1 line`, `2,000 lines`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
