"""A figure of the benchmarks: what was measured, and what was asked of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Figure:
    """`holds` is None where nothing is asked: the figure is only reported. `asked` says the rule in words."""

    name: str
    figure: float
    unit: str
    asked: str
    holds: bool | None


Measure = Callable[[Tell], Iterator[Figure]]
"""Yields figures as they are known; tells, in a few words, what it is about to measure."""


def at_least(name: str, figure: float, unit: str, asked: float) -> Figure:
    return Figure(name, figure, unit, f"≥ {asked:g}", figure >= asked)


def at_most(name: str, figure: float, unit: str, asked: float) -> Figure:
    return Figure(name, figure, unit, f"≤ {asked:g}", figure <= asked)


def reported(name: str, figure: float, unit: str) -> Figure:
    return Figure(name, figure, unit, "", None)
