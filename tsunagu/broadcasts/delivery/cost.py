"""What a broadcast cost, from the operations that were really done for it and the prices in `prices.yaml`."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from tsunagu.cloud.definitions import Problem, load

SHOWN = 3  # digits of an amount: more would pretend to know


@dataclass(frozen=True)
class Spent:
    """What Google counts: documents, bytes published to Pub/Sub, requests to functions, seconds of a whole CPU and of
    a GiB of memory."""

    reads: int = 0
    writes: int = 0
    deletes: int = 0
    published_bytes: int = 0
    requests: int = 0
    vcpu_seconds: float = 0.0
    gib_seconds: float = 0.0

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))

    def to_document(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of_document(cls, document: Mapping[str, Any] | None) -> "Spent":
        """None, and what an older document lacks, is nothing spent."""
        known = document or {}
        return cls(**{each.name: known[each.name] for each in fields(cls) if each.name in known})


class Price(BaseModel):
    """`price` in the file's currency for `per` of them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    of: dict[Literal["ja", "en"], str]
    price: Decimal = Field(ge=0)
    per: int = Field(gt=0)


class Prices(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    region: str
    currency: Literal["USD"]
    as_of: date
    prices: dict[str, Price]

    def problems(self) -> Iterator[Problem]:
        """Each thing that is counted has a price, and each price is of such a thing."""
        counted = [each.name for each in fields(Spent)]
        yield from ((("prices",), f"there is no price for {name}") for name in counted if name not in self.prices)
        yield from (
            (("prices", name), f"nothing of that name is counted (counted: {', '.join(counted)})")
            for name in self.prices
            if name not in counted
        )


def read_prices(path: Path) -> Prices:
    """Raises WrongFile with a sentence for every fault."""
    return load(path, Prices, check=Prices.problems)


# Read when a function starts: one whose prices are wrong does not.
PRICES = read_prices(Path(__file__).with_name("prices.yaml"))


@dataclass(frozen=True)
class Line:
    """One thing that was paid for; `of` in Japanese and in English."""

    of: tuple[str, str]
    amount: int | float
    dollars: Decimal


@dataclass(frozen=True)
class Cost:
    lines: tuple[Line, ...]

    @property
    def total(self) -> Decimal:
        return sum((line.dollars for line in self.lines), Decimal())


def cost_of(spent: Spent, prices: Prices = PRICES) -> Cost:
    """A line for everything that is counted, in its order, also where nothing was used."""
    return Cost(tuple(_line(prices.prices[each.name], getattr(spent, each.name)) for each in fields(spent)))


def said(cost: Cost | Decimal) -> str:
    """As people read it: $0, $0.0000608, $12.30."""
    dollars = cost.total if isinstance(cost, Cost) else cost
    if not dollars:
        return "$0"
    cents = Decimal("0.01")
    if dollars >= 1:
        return f"${dollars.quantize(cents):,}"
    rounded = dollars.quantize(Decimal(1).scaleb(dollars.adjusted() - SHOWN + 1))
    return f"${max(rounded.normalize(), rounded.normalize().quantize(cents), key=_places):f}"


def _places(number: Decimal) -> int:
    return -int(number.as_tuple().exponent)


def _line(price: Price, amount: int | float) -> Line:
    # By way of its digits: 0.1 of a second is not a fraction with a power of two below.
    return Line((price.of["ja"], price.of["en"]), amount, Decimal(str(amount)) * price.price / price.per)
