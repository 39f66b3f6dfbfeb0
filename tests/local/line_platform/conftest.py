from collections.abc import Iterator

import pytest

from tests.local.line_platform.drive import City, Line


@pytest.fixture(scope="session")
def process() -> Iterator[Line]:
    line = Line()
    yield line
    line.stop()


@pytest.fixture
def line(process: Line) -> Line:
    """The platform as at its beginning, with nobody in it and a burst allowed that no test reaches by accident."""
    process.tell("/reset")
    process.tell("/buckets", {"capacity": 1000})
    return process


@pytest.fixture
def city(line: Line) -> Iterator[City]:
    """A city whose webhook address the platform knows."""
    city = City()
    line.tell("/settings", {"webhook": city.url})
    yield city
    city.close()
