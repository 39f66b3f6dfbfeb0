"""Which numbers of published tables are hidden, so that nobody finds out about fewer people than a few.

First the numbers below `few`; then as many others as it takes until each of those could be the least it can be as well
as `few` - 1, for whoever calculates with all tables at once (`solve.System`); then what turns out not to be needed is
shown again, so that of every hidden number that is left at least two values are possible. Pure: the same numbers are
hidden in the same way.
"""

from dataclasses import dataclass

from tsunagu.surveys.bring.grid import Cell, Grid
from tsunagu.surveys.bring.solve import Freedom, Shift, System
from tsunagu.surveys.bring.tables import EVERYBODY, NO_ANSWER, NOT_ASKED, TOTAL

MOVED = 1  # the price of moving a number that is hidden anyway
HIDING = 100  # and of hiding one more; on top of it comes its size, which is what readers lose
MOST_SIZE = 5_000


class Unsafe(Exception):
    """`cell` could be found out, as far as can be shown, whatever else is hidden."""

    def __init__(self, cell: Cell) -> None:
        super().__init__(str(cell))
        self.cell = cell


@dataclass(frozen=True)
class _Need:
    """That a hidden number could be `target` as well."""

    which: int
    target: int


def hidden(grid: Grid, few: int, zero: bool) -> frozenset[Cell]:
    """`zero`: zeros are hidden too. Raises Unsafe."""
    return _Hiding(grid, few, zero).done()


def price(cell: Cell, number: int) -> int | None:
    """Of hiding it; None: zeros that are shown stay so. A total stands in more tables than what it is of."""
    if number == 0:
        return None
    total = cell.by == "" and cell.column == TOTAL
    if cell.row == EVERYBODY:
        return 1_000_000 if total else 100_000
    much = 4 if total or cell.row in (NO_ANSWER, NOT_ASKED) else 1
    return much * (HIDING + min(number, MOST_SIZE))


class _Hiding:
    def __init__(self, grid: Grid, few: int, zero: bool) -> None:
        self._grid, self._cells = grid, list(grid.values)
        values = list(grid.values.values())
        place = self._place = {cell: at for at, cell in enumerate(self._cells)}
        # Of what is hidden an outsider knows that it is no zero, where zeros are shown.
        self._least = 0 if zero else 1
        self._few = few
        self._system = System(
            values,
            [[(place[cell], factor) for cell, factor in terms.items()] for terms in grid.sums],
            [0 if cell in grid.unpublished else self._least for cell in self._cells],
        )
        self._unpublished = {place[cell] for cell in grid.unpublished}
        people = [at for at, cell in enumerate(self._cells) if cell not in grid.spare]
        self._small = [at for at in people if self._least <= values[at] < few]
        self._others: set[int] = set()  # hidden for the sake of those
        self._shifts: dict[_Need, Shift] = {}
        self._prices = [price(cell, values[at]) for at, cell in enumerate(self._cells)]
        for which in {*self._small, *self._unpublished}:
            self._prices[which] = MOVED

    def done(self) -> frozenset[Cell]:
        freedom = Freedom(self._system, self._prices)
        for which in self._small:
            self._prove(freedom, _Need(which, max(self._few - 1, self._system.values[which] + 1)))
        before = None
        while before != self._others:
            before = set(self._others)
            self._show_what_can_be()
        return frozenset(self._cells[at] for at in {*self._small, *self._others} - self._unpublished)

    def _price(self, which: int) -> int:
        return price(self._cells[which], self._system.values[which]) or 0

    def _prove(self, freedom: Freedom, need: _Need) -> None:
        shift = self._known(need) or freedom.shift(need.which, need.target) or self._with_more(need)
        if shift is None:
            raise Unsafe(self._cells[need.which])
        self._shifts[need] = shift
        for which in shift.keys() - self._unpublished - set(self._small):
            self._others.add(which)
            self._prices[which] = MOVED

    def _with_more(self, need: _Need) -> Shift | None:
        """As if there had been more of those who are there: hides much, but fits in nearly all cases."""
        times = need.target - self._system.values[need.which]
        for more in self._grid.one_more(self._cells[need.which]):
            shift = {self._place[cell]: by * times for cell, by in more.items()}
            published = any(self._prices[which] is None for which in shift)
            if not published and self._system.fits(shift):
                return shift
        return None

    def _known(self, need: _Need) -> Shift | None:
        value = self._system.values[need.which]
        return next((shift for shift in self._shifts.values() if value + shift.get(need.which, 0) == need.target), None)

    def _show_what_can_be(self) -> None:
        free = {*self._small, *self._others, *self._unpublished}
        freedom = Freedom(self._system, [MOVED if at in free else None for at in range(len(self._cells))])
        for which in sorted(self._others, key=lambda at: (-self._price(at), at)):
            freedom = self._shown_again(which, freedom)
        # What no shift moves would be hidden for nothing, and could perhaps be found out.
        self._others &= {which for shift in self._shifts.values() for which in shift}

    def _shown_again(self, which: int, freedom: Freedom) -> Freedom:
        """Without it where everything can be shown to be safe without hiding it."""
        less = freedom.without(which)
        instead: dict[_Need, Shift] = {}
        for need, shift in self._shifts.items():
            if which in shift:
                found = less.shift(need.which, need.target)
                if found is None:
                    return freedom
                instead[need] = found
        self._shifts |= instead
        self._others.remove(which)
        return less
