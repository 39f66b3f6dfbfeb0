from collections.abc import Iterator

import pytest
from google.cloud.firestore import Client

from local.stand_in import StandIn, line_platform
from tests.tsunagu.broadcasts.world import World


@pytest.fixture(scope="module")
def platform() -> Iterator[StandIn]:
    with line_platform() as running:
        yield running


@pytest.fixture
def world(db: Client, platform: StandIn) -> World:
    made = World(db, platform)
    made.control("POST", "reset")
    return made
