"""Two cities on the same emulators: one with the real functions, one with bare ones, told apart by their projects."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from local.city import City, Hosts, Wish, city
from local.emulators import emulators
from local.topology import ROOT

BARE = ROOT / "local" / "bench" / "bare"  # folders of functions, laid out as functions/ is
HEAP = "2g"


@contextmanager
def side_by_side(*services: str, bare: str) -> Iterator[tuple[City, City]]:
    """(real, bare): the second runs functions of the folder `bare` of BARE, which are as small as can be.

    Each has a stand-in LINE platform of its own; emulators are shared, threads and settings the same. Raises
    emulators.Missing or processes.DidNotStart.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tsunagu-bench-")))
        running = stack.enter_context(emulators(HEAP, folder))
        hosts = Hosts(running.firestore.host, running.pubsub.host)
        pair = [
            Wish(f"bench-{name}", services=frozenset(services), tick=None, hosts=hosts, logs=folder / name, sources=at)
            for name, at in (("real", ROOT / "functions"), ("bare", BARE / bare))
        ]
        real, other = (stack.enter_context(city(wish)) for wish in pair)
        yield real, other
