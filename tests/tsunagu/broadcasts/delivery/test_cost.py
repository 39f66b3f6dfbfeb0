"""What a broadcast cost, held against sums done by hand."""

from decimal import Decimal
from pathlib import Path

import pytest

from tsunagu.broadcasts.delivery import cost
from tsunagu.broadcasts.delivery.cost import PRICES, Spent, cost_of, read_prices, said
from tsunagu.cloud.definitions import WrongFile

FILE = Path(cost.__file__).with_name("prices.yaml")


def test_a_city_of_730_000_costs_what_a_hand_sums_up() -> None:
    spent = Spent(
        reads=3_000,  # 0.03 × 0.038 = 0.00114
        writes=2_000,  # 0.02 × 0.115 = 0.0023
        deletes=100,  # 0.001 × 0.013 = 0.000013
        published_bytes=2**40 // 1_000,  # a thousandth of 40, but for the 776 bytes that the division leaves
        requests=80,  # 0.00008 × 0.40 = 0.000032
        vcpu_seconds=12.5,  # × 0.000024 = 0.0003
        gib_seconds=6.2,  # × 0.0000025 = 0.0000155
    )
    by_hand = ["0.00114", "0.0023", "0.000013", "0.04", "0.000032", "0.0003", "0.0000155"]
    found = cost_of(spent)
    rounded = [line.dollars.quantize(Decimal("1e-8")) for line in found.lines]
    assert [Decimal(dollars) for dollars in by_hand] == rounded
    assert Decimal("0.0438005") == found.total.quantize(Decimal("1e-8"))
    assert "$0.0438" == said(found)


def test_each_line_says_of_what_and_how_many() -> None:
    line = cost_of(Spent(reads=100_000)).lines[0]
    assert (("データの読み取り", "Firestore documents read"), 100_000, "$0.038") == (
        line.of,
        line.amount,
        said(line.dollars),
    )


def test_nothing_spent_costs_nothing() -> None:
    assert "$0" == said(cost_of(Spent.of_document(None)))


def test_twice_as_much_costs_twice_as_much() -> None:
    once = Spent(7, 11, 13, 17_000, 19, 23.5, 29.25)
    assert 2 * cost_of(once).total == cost_of(once + once).total
    assert once == Spent.of_document(once.to_document())


@pytest.mark.parametrize(
    ("dollars", "shown"),
    [
        ("0.0000608", "$0.0000608"),
        ("0.00999999", "$0.01"),
        ("0.5", "$0.50"),
        ("12.3", "$12.30"),
        ("1234.5", "$1,234.50"),
    ],
)
def test_an_amount_is_shown_with_as_many_places_as_it_needs(dollars: str, shown: str) -> None:
    assert shown == said(Decimal(dollars))


def test_the_prices_say_where_when_and_in_what() -> None:
    assert ("asia-northeast1", "USD") == (PRICES.region, PRICES.currency)
    assert PRICES.as_of.year >= 2026


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("  reads:", "  rreads:", "there is no price for reads"),
        ("  reads:", "  rreads:", "rreads: nothing of that name is counted"),
        ("price: 0.038", "price: dear", "prices.reads.price"),
        ("price: 0.038", "price: -1", "prices.reads.price"),
        ("per: 100_000\n  writes", "per: 0\n  writes", "prices.reads.per"),
        ("as_of: 2026-11-26\n", "", "as_of: is required"),
    ],
)
def test_a_wrong_price_is_a_sentence_when_a_function_starts(before: str, after: str, says: str, tmp_path: Path) -> None:
    wrong = tmp_path / "prices.yaml"
    assert before in FILE.read_text("utf-8")
    wrong.write_text(FILE.read_text("utf-8").replace(before, after, 1), "utf-8")
    with pytest.raises(WrongFile, match=says):
        read_prices(wrong)
