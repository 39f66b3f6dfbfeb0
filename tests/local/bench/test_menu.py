from local.bench.menu import Size, measure


def test_a_switch_of_a_small_account_is_measured_and_holds() -> None:
    figures = {figure.name: figure for figure in measure(lambda says: None, Size(residents=700, looked_at=5))}
    assert [] == [name for name, figure in figures.items() if figure.holds is False]
    assert 1 == figures["to disaster: requests for the default"].figure
    assert 1 == figures["to disaster: requests for 35 linked"].figure
    assert 2 == figures["to ordinary, batch refused: requests for 35 linked"].figure
    assert {"s", "requests", "phones"} == {figure.unit for figure in figures.values()}
