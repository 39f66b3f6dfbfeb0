from local.bench.roster import BESIDE, WHAT, Size, measure


def test_every_step_has_its_rows() -> None:
    told: list[str] = []
    figures = list(measure(told.append, Size((73, 730), rounds=1, heap="1g")))
    names = [figure.name for figure in figures]
    assert len(names) == len(set(names))
    for task, what in WHAT.items():
        assert {f"{what}, 73", f"{what}, 730", f"{what}, 730: peak memory"} <= set(names)
        assert (task != BESIDE) == (f"{what}, time a resident, 73 → 730" in names)
    assert {"s", "ms", "MiB", "ratio"} == {figure.unit for figure in figures}
    assert all(figure.figure > 0 for figure in figures if "less reading" not in figure.name)
    assert "seeding 730" in told
