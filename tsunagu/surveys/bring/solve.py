"""Whether a number that is not published can be found out from those that are.

All that an outsider knows is a system: numbers of people tied by sums (Σ factor · number = 0), each with a least value,
some of them published. A hidden number is taken for safe only with a proof: a shift, which is other whole numbers for
the hidden ones that fit everything published just as well, and is checked as a whole. It is put together from steps of
one; what a step puts wrong is set right by walks from sum to sum, the cheapest first, which end where nothing new goes
wrong. So a shift that is missed costs a number more that is hidden, and never one that can be found out. Pure.
"""

import heapq
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from copy import copy

Shift = dict[int, int]  # number → by how much it is another
Sum = Sequence[tuple[int, int]]  # numbers with their factors
_Place = tuple[int, int]  # a sum, and to which side it is off
_Move = tuple[int, int]  # a number, and by how much

APART = 20  # the price of a sum that a walk leaves to another walk
MOST_WALKS = 400  # in one step
TRIES = 3  # of one step: each time without the move that led nowhere
ROUNDS = 20  # of narrowing down
ENDLESS, ENOUGH = 1 << 40, 1 << 38


class System:
    """Numbers are 0, 1, 2 …; `values` are the true ones, which fit all `sums`."""

    def __init__(self, values: Sequence[int], sums: Sequence[Sum], least: Sequence[int]) -> None:
        self.values, self.sums, self.least = values, sums, least
        self.places: list[list[tuple[int, int]]] = [[] for _ in values]  # of each number: its sums, with its factors
        for number, terms in enumerate(sums):
            for which, factor in terms:
                self.places[which].append((number, factor))
        self.ends = [  # of each sum: what is in no other
            [(which, factor) for which, factor in terms if len(self.places[which]) == 1 and abs(factor) == 1]
            for terms in sums
        ]

    def fits(self, shift: Shift) -> bool:
        """Whether the numbers, so shifted, still fit all sums, and none is too small."""
        touched = {number for which in shift for number, _ in self.places[which]}
        return all(self.values[which] + by >= self.least[which] for which, by in shift.items()) and not any(
            sum(factor * shift.get(which, 0) for which, factor in self.sums[number]) for number in touched
        )


class Freedom:
    """What can be moved in a system. `prices`: what it costs to move each number; None: it is published, and stays.

    A price may become lower later, but not from None.
    """

    def __init__(self, system: System, prices: Sequence[int | None]) -> None:
        self._system, self._prices = system, prices
        self._down = [0 if price is None else system.least[at] - system.values[at] for at, price in enumerate(prices)]
        self._up = [0 if price is None else ENDLESS for price in prices]
        self._narrow(range(len(system.sums)))

    def without(self, which: int) -> "Freedom":
        """Where this number is published, too."""
        less = copy(self)
        less._prices = [None if at == which else price for at, price in enumerate(self._prices)]
        less._down, less._up = self._down.copy(), self._up.copy()
        less._down[which] = less._up[which] = 0
        less._narrow([number for number, _ in self._system.places[which]])
        return less

    def shift(self, which: int, target: int) -> Shift | None:
        """Other numbers of which `which` is `target`; None where none were found."""
        if not self._down[which] <= target - self._system.values[which] <= self._up[which]:
            return None
        shift: Shift = {}
        while (here := self._system.values[which] + shift.get(which, 0)) != target:
            step = self._step(which, 1 if target > here else -1, shift)
            if step is None:
                return None
            shift = {each: moved for each in {*shift, *step} if (moved := shift.get(each, 0) + step.get(each, 0))}
        return shift if self._system.fits(shift) else None

    def _absorbs(self, number: int, side: int, before: Shift, step: Shift) -> bool:
        """Whether what stands in this sum only can make up for one more."""
        for each, factor in self._system.ends[number]:
            by = -side * factor
            moved = before.get(each, 0) + step.get(each, 0) + by
            if self._down[each] <= moved <= self._up[each]:
                return self._prices[each] is not None
        return False

    def _narrow(self, numbers: Iterable[int]) -> None:
        """Keep of each number's ways only what the others of its sums can make up for."""
        waiting = deque(numbers)
        queued = set(waiting)
        for _ in range(ROUNDS * len(self._system.sums)):
            if not waiting:
                return
            number = waiting.popleft()
            queued.discard(number)
            for which in self._narrowed(self._system.sums[number]):
                for other, _ in self._system.places[which]:
                    if other not in queued:
                        queued.add(other)
                        waiting.append(other)

    def _narrowed(self, terms: Sum) -> list[int]:
        """The numbers that have fewer ways now."""
        ends = [
            (which, factor, self._down[which] * factor, self._up[which] * factor)
            for which, factor in terms
            if self._down[which] or self._up[which]
        ]
        low = sum(down if factor > 0 else up for _, factor, down, up in ends)
        high = sum(up if factor > 0 else down for _, factor, down, up in ends)
        narrower = []
        for which, factor, down, up in ends:
            # The others together can make that much, and this one has to make up for it.
            least, most = (up - high, down - low) if factor > 0 else (low - up, high - down)
            if abs(factor) != 1:
                least, most = -(-least // abs(factor)), most // abs(factor)
            if (least > self._down[which] and least > -ENOUGH) or (most < self._up[which] and most < ENOUGH):
                self._down[which] = max(self._down[which], min(least, 0)) if least > -ENOUGH else self._down[which]
                self._up[which] = min(self._up[which], max(most, 0)) if most < ENOUGH else self._up[which]
                narrower.append(which)
        return narrower

    def _step(self, which: int, by: int, before: Shift) -> Shift | None:
        banned: set[_Move] = set()
        for _ in range(TRIES):
            step, led_nowhere = self._try(which, by, before, banned)
            if step is not None or led_nowhere is None:
                return step
            banned.add(led_nowhere)
        return None

    def _try(self, which: int, by: int, before: Shift, banned: set[_Move]) -> tuple[Shift | None, _Move | None]:
        """A step; or None, and the last move that left more than one sum to set right."""
        step: Shift = {}
        off: dict[int, int] = {}  # sums, and how far they are from zero
        last: _Move | None = None

        def move(each: int, by: int) -> None:
            step[each] = step.get(each, 0) + by
            for number, factor in self._system.places[each]:
                now = off.pop(number, 0) + factor * by
                if now:
                    off[number] = now

        move(which, by)
        for _ in range(MOST_WALKS):
            if not off:
                return step, None
            walk, apart = self._walk(which, off, before, step, banned)
            if walk is None:
                break
            if apart:
                last = walk[-1]
            for each, by in walk:
                move(each, by)
        return None, last

    def _walk(
        self, fixed: int, off: Mapping[int, int], before: Shift, step: Shift, banned: set[_Move]
    ) -> tuple[list[_Move] | None, bool]:
        """From the sum that went wrong last, by one, to where nothing else goes wrong by it, or to a move that leaves
        several sums to others; which of the two it is comes second.
        """
        begins = next(reversed(off))
        start: _Place = (begins, _side(off[begins]))
        ends: dict[bool, _Place] = {False: (-1, 0), True: (-1, 1)}
        came: dict[_Place, tuple[_Place, _Move]] = {}
        paid = {start: 0}
        waiting = [(0, start)]
        while waiting:
            price, place = heapq.heappop(waiting)
            if place in ends.values():
                return _back(came, start, place), place == ends[True]
            if price > paid[place]:
                continue
            number, side = place
            by_way_of = came[place][1][0] if place != start else fixed
            for each, factor in self._system.sums[number]:
                costs, by = self._prices[each], -side * factor
                if costs is None or each in (fixed, by_way_of) or abs(factor) != 1 or (each, by) in banned:
                    continue
                if step.get(each) and len(self._system.places[each]) > 1:
                    continue  # or it would go round in circles
                moved = before.get(each, 0) + step.get(each, 0) + by
                if not self._down[each] <= moved <= self._up[each]:
                    continue
                onward = [
                    (other, _side(times * by))
                    for other, times in self._system.places[each]
                    if other != number
                    and (other == begins or off.get(other, 0) * times * by >= 0)
                    and not self._absorbs(other, _side(times * by), before, step)
                ]
                then = onward[0] if len(onward) == 1 else ends[bool(onward)]
                total = price + costs + (APART * len(onward) if len(onward) > 1 else 0)
                if total < paid.get(then, total + 1):
                    paid[then] = total
                    came[then] = (place, (each, by))
                    heapq.heappush(waiting, (total, then))
        return None, False


def _back(came: Mapping[_Place, tuple[_Place, _Move]], start: _Place, end: _Place) -> list[_Move]:
    walk: list[_Move] = []
    place = end
    while place != start:
        place, move = came[place]
        walk.append(move)
    return walk[::-1]


def _side(amount: int) -> int:
    return 1 if amount > 0 else -1
