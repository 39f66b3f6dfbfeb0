"""What receive_webhook costs before its first request, against the framework and Pub/Sub's client alone."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from local.bench.figure import Figure, Tell, at_most, reported
from local.functions import surroundings
from local.topology import ROOT

ASKED = 1.15
BARE = "import functions_framework, google.cloud.pubsub_v1"
REAL = "import runpy; runpy.run_path('functions/webhook/main.py')"
# structlog's console output takes up rich where it is there, as it is for the command line, and in no bundle.
PROBE = """
import sys, time
sys.modules["rich"] = None
began = time.perf_counter()
{imports}
seconds = time.perf_counter() - began
import json, resource
# Linux's ru_maxrss begins with what the parent had; macOS has no /proc, and counts in bytes.
if sys.platform == "linux":
    peak = int(open("/proc/self/status").read().partition("VmHWM:")[2].split()[0]) / 1024
else:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)
print(json.dumps([seconds, peak]))
"""


@dataclass(frozen=True)
class Size:
    rounds: int = 25


def measure(tell: Tell, size: Size = Size()) -> Iterator[Figure]:
    """Fresh processes in turn, compiled files warm; memory is the peak of a process that does nothing else."""
    for imports in (REAL, BARE):
        cost(imports)
    rounds = []
    for number in range(size.rounds):
        tell(f"round {number + 1} of {size.rounds}")
        rounds.append((cost(REAL), cost(BARE)))
    for place, (what, unit) in enumerate((("import", "s"), ("memory", "MiB"))):
        yield reported(f"{what} of receive_webhook", median(real[place] for real, _ in rounds), unit)
        yield reported(f"{what} of framework and pubsub_v1", median(bare[place] for _, bare in rounds), unit)
        ratio = median(real[place] / bare[place] for real, bare in rounds)
        yield at_most(f"{what}, receive_webhook / framework and pubsub_v1", ratio, "ratio", ASKED)


def cost(imports: str) -> tuple[float, float]:
    """Seconds and MiB."""
    command = [sys.executable, "-c", PROBE.format(imports=imports)]
    said = subprocess.run(command, env=surroundings(), cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout
    seconds, peak = json.loads(said)
    return seconds, peak
