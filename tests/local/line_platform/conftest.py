from collections.abc import Iterator

import pytest
from selenium.webdriver import Chrome

from local.browser import chromium
from tests.local.line_platform.drive import City, Line
from tests.local.line_platform.page import Page, answers


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


@pytest.fixture(scope="session")
def browser() -> Iterator[Chrome]:
    with chromium() as running:
        yield running


@pytest.fixture
def page(browser: Chrome, line: Line, city: City) -> Page:
    """The page, not opened yet, and a city that answers what is done on it."""
    city.answer = answers(line)
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    browser.get("about:blank")
    page = Page(browser, line.url)
    page.severe()  # forgets what earlier pages said
    return page
