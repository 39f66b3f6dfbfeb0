"""The measures of functions at their smallest: every event passes, every figure is there, and none is judged."""

from local.bench import answer, events, imports, webhook
from local.bench.figure import Figure


def silent(says: str) -> None:
    pass


def shapes(figures: list[Figure]) -> list[tuple[str, bool]]:
    """Unit, and whether something is asked."""
    return [(figure.unit, figure.asked != "") for figure in figures]


def test_webhooks_are_counted_on_both_sides() -> None:
    figures = list(webhook.measure(silent, webhook.Size(requests=6, rounds=2, connections=2)))
    assert [*[("requests/s", False)] * 3, ("ratio", True), ("ratio", False)] == shapes(figures)
    assert all(figure.figure > 0 for figure in figures)


def test_imports_are_weighed_on_both_sides() -> None:
    figures = list(imports.measure(silent, imports.Size(rounds=1)))
    assert [("s", False), ("s", False), ("ratio", True), ("MiB", False), ("MiB", False), ("ratio", True)] == shapes(
        figures
    )
    assert all(figure.figure > 0 for figure in figures)


def test_every_event_is_answered_on_both_sides() -> None:
    figures = list(events.measure(silent, events.Size(residents=3, first=0, rounds=2, connections=2)))
    assert [*[("events/s", False)] * 3, ("ratio", True), ("ratio", False)] == shapes(figures)
    assert all(figure.figure > 0 for figure in figures)


def test_an_answer_is_timed_on_both_sides() -> None:
    figures = list(answer.measure(silent, answer.Size(events=3, first=1)))
    assert [("ms", False), ("ms", False), ("ratio", True)] * 2 == shapes(figures)
    assert all(figure.figure > 0 for figure in figures)
