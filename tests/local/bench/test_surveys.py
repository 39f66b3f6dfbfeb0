"""The measure of surveys at its smallest: every figure is there, and both sides count the same."""

from local.bench.surveys import Size, measure

SMALL = Size(responses=600, notes=40, changes=100, few=50, rounds=1, heap="1g")


def test_every_step_has_its_rows() -> None:
    figures = list(measure(lambda says: None, SMALL))
    by_name = {figure.name: figure for figure in figures}
    assert len(figures) == len(by_name)
    assert 10 == sum(figure.asked != "" for figure in figures)
    assert 0 == by_name["numbers in which the two differ"].figure
    assert 100 == by_name["fold of 100 changes: notes deleted"].figure
    assert all(figure.figure > 0 for figure in figures if figure.unit != "numbers")
