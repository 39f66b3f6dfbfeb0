"""How a service of the topology is run on this machine: its command, its settings, its processes."""

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from local import processes
from local.supervisor import Kept, Program, Supervisor
from local.topology import ROOT, Service, Topology, Trigger

THREADS_AT_MOST = 4 * (os.cpu_count() or 1)  # one machine stands in for many instances
# What any process here needs of its surroundings; everything else a function must get as a setting.
INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE", "VIRTUAL_ENV")


class NotRunnable(Exception):
    """What the topology asks for is not there; a sentence."""


@dataclass(frozen=True)
class Function:
    """A running function: one address, and the processes behind it."""

    name: str
    url: str
    workers: list[Kept]

    @property
    def pids(self) -> list[int]:
        """The leaders of the process groups that run now."""
        return [worker.pid for worker in self.workers if worker.pid is not None]

    @property
    def starts(self) -> int:
        """How often its processes were started in all."""
        return sum(worker.starts for worker in self.workers)

    def kill(self, worker: int = 0) -> None:
        """Kill one process with its whole group, in the middle of whatever it does."""
        self.workers[worker].kill()


@dataclass(frozen=True)
class Hall:
    """Where functions are run: their sources, the values of their settings, and where their logs go.

    `settings` holds a value for every setting and secret of the topology; a function gets only its own. `hosts` are
    the emulators, by the word under `uses`.
    """

    sources: Path
    settings: Mapping[str, str]
    hosts: Mapping[str, tuple[str, str]]
    staff_keys_url: str
    logs: Path
    runtime: Path

    def run(self, supervisor: Supervisor, name: str, service: Service, workers: int = 1) -> Function:
        """Start `workers` processes of a service, with a balancer in front when there are several."""
        labels = [name] if workers == 1 else [f"{name}-{number}" for number in range(1, workers + 1)]
        programs = [self.program(label, name, service, processes.free_port()) for label in labels]
        kept = [supervisor.add(program) for program in programs]
        ports = [program.port for program in programs if program.port is not None]
        front = ports[0] if workers == 1 else self._balancer(supervisor, name, ports)
        return Function(name, f"http://127.0.0.1:{front}", kept)

    def program(self, label: str, name: str, service: Service, port: int) -> Program:
        source = self.sources / service.bundle / "main.py"
        command = [
            sys.executable,
            "-m",
            "functions_framework",
            "--source",
            str(source),
            "--target",
            service.entry_point,
        ]
        command += ["--host", "127.0.0.1", "--port", str(port)]
        env = dict(self._environment(label, name, service))
        return Program(label, command, env, self.logs / f"{label}.log", port, ROOT)

    def _environment(self, label: str, name: str, service: Service) -> Iterator[tuple[str, str]]:
        yield from surroundings().items()
        for setting in (*service.settings, *service.secrets):
            yield setting, self.settings[setting]
        for used in service.uses:
            yield self.hosts[used]
        if service.trigger is Trigger.STAFF:
            yield "STAFF_KEYS_URL", self.staff_keys_url
        yield "THREADS", str(min(service.concurrency, THREADS_AT_MOST))
        yield "K_SERVICE", name
        # gunicorn keeps a control socket there, and several must not share it.
        folder = self.runtime / label
        folder.mkdir(parents=True, exist_ok=True)
        yield "XDG_RUNTIME_DIR", str(folder)

    def _balancer(self, supervisor: Supervisor, name: str, backends: list[int]) -> int:
        port = processes.free_port()
        command = [sys.executable, "-m", "local.balancer", "--port", str(port)]
        command += [part for backend in backends for part in ("--backend", str(backend))]
        label = f"{name}-balancer"
        supervisor.add(Program(label, command, surroundings(), self.logs / f"{label}.log", port, ROOT))
        return port


def surroundings() -> dict[str, str]:
    """What every process of the city gets."""
    env = {name: os.environ[name] for name in INHERITED if name in os.environ}
    # What listens in on this process's Python listens in on theirs: a recorder of the tests, a profiler.
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    return {**env, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1", "TZ": "UTC"}


def check_sources(topology: Topology, sources: Path) -> None:
    """Raises NotRunnable when a bundle of the topology has no main.py."""
    wanted = {sources / service.bundle / "main.py" for service in topology.services.values()}
    missing = sorted(str(path.relative_to(sources.parent)) for path in wanted if not path.is_file())
    if missing:
        raise NotRunnable(f"the topology names functions that are not there: {', '.join(missing)}")
