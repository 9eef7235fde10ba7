"""On a cluster whose parts are killed, a report ends with what it finds when trained at home."""

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cluster_client
import psutil
import pytest
from conftest import save_pictures
from distributed import Client
from test_kills import REPORT, assert_same, records

from scenes.runs.sealed import MANIFEST
from scenes.runs.store import Store

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="it counts processes by /proc"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

PATIENCE = 1800.0
"""Seconds for anything to happen on a machine that does other things as well."""
UNKNOWN_FOR = 0.5
"""Seconds in which the scheduler may not yet know of a record."""
DASK = (sys.executable, "-m", "dask")


@dataclass
class Site:
    """A head with a scheduler, and machines that see nothing of it: each has its own folder.

    Attributes:
        root: Of everything.
        places: How many machines there are.
        parts: The processes, by name.
        kills: When a worker was killed.
    """

    root: Path
    places: int = 3
    parts: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    kills: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"tcp://127.0.0.1:{free.getsockname()[1]}"

    def folder(self, place: int) -> Path:
        """Return the folder of a machine."""
        return self.root / f"machine {place}"

    def start(self) -> None:
        """Start the scheduler and a worker on each machine."""
        port = self.address.rpartition(":")[2]
        scheduler = ("scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard")
        # The seeds of this test kill one run more often than a user would put up with.
        allowed = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "100"}
        self._run("scheduler", [*DASK, *scheduler, "--dashboard-address", "127.0.0.1:0"], allowed)
        for place in range(self.places):
            folder = self.folder(place)
            folder.mkdir(exist_ok=True)
            worker = [*DASK, "worker", self.address, "--nthreads", "1", "--memory-limit", "0"]
            worker += ["--no-dashboard", "--dashboard-address", "127.0.0.1:0"]
            worker += ["--local-directory", str(folder / "dask"), "--death-timeout", "60"]
            self._run(
                f"worker {place}",
                [*_hidden(self.root / "head"), *worker],
                {"DASK_SCENES__FOLDER": str(folder / "scenes")},
            )

    def train(
        self, store: Store, seeds: Sequence[int], *, at_home: bool = False
    ) -> "subprocess.Popen[bytes]":
        """Start the client, which trains four runs for each seed."""
        command = [sys.executable, cluster_client.__file__, str(self.root / "head/report")]
        command += [str(store.root), "" if at_home else self.address, *map(str, seeds)]
        return self._run("client", command, {})

    def _run(
        self, name: str, command: list[str], more: dict[str, str]
    ) -> "subprocess.Popen[bytes]":
        with (self.root / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                env={**os.environ, **more, "PYTHONPATH": os.pathsep.join(sys.path)},
                start_new_session=True,
            )
        self.parts[name] = process
        return process

    def said(self, name: str) -> str:
        """Return the end of what a process has printed."""
        return (self.root / f"{name}.log").read_text(errors="replace")[-3000:]

    def stop(self) -> None:
        """End everything that is left."""
        for process in self.parts.values():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def trained(self) -> Counter[str]:
        """Return on how many machines each run has been trained to its end."""
        return Counter(name for place in range(self.places) for name in self.own_store(place).ids())

    def recorded(self, name: str) -> float:
        """Return when a run was first recorded on a machine."""
        paths = (self.own_store(place).runs / name / MANIFEST for place in range(self.places))
        return min(path.stat().st_mtime for path in paths if path.exists())

    def own_store(self, place: int) -> Store:
        """Return the store of a machine."""
        return Store(self.folder(place) / "scenes")


def _hidden(folder: Path) -> list[str]:
    """Return how to start a program that finds a folder empty, where this system lets us."""
    if subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode:
        return []
    return ["unshare", "-m", "sh", "-c", 'mount -t tmpfs none "$0" && exec "$@"', str(folder)]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Give a site with a report, and clear it away."""
    save_pictures(tmp_path / "head" / "pictures")
    (tmp_path / "head" / "report").mkdir()
    text = REPORT.format(epochs=40, seeds=0)
    (tmp_path / "head" / "report" / "report.toml").write_text(text, encoding="utf-8")
    site = Site(tmp_path)
    try:
        yield site
    finally:
        site.stop()


def wait(holds: Callable[[], bool], site: Site, *, for_: float = PATIENCE) -> bool:
    """Wait until something holds or the client has ended; tell whether it holds."""
    end = time.monotonic() + for_
    while not (held := holds()) and time.monotonic() < end:
        if site.parts["client"].poll() is not None:
            return holds()
        time.sleep(0.2)
    return held


def busy(site: Site) -> list[int]:
    """Return the machines on which a run is being trained."""
    now = time.time()
    return [
        place
        for place in range(site.places)
        for path in site.own_store(place).runs.glob("*.partial/history.csv")
        if now - _age(path) < 10
    ]


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def kill_a_worker(site: Site, chance: random.Random) -> str:
    """Kill the process of Dask on some machine."""
    with Client(site.address, set_as_default=False, timeout=120) as client:
        client.wait_for_workers(1, timeout=PATIENCE)  # all of them may be starting again
        found = client.run(os.getpid, on_error="ignore")
    pid = chance.choice(sorted(found.values()))
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
        site.kills.append(time.time())
    return f"process {pid}, runs under way on {len(busy(site))} machines"


def train_and_kill(
    site: Site, store: Store, seeds: list[int], kills: range, chance: random.Random
) -> None:
    """Have runs trained and kill workers meanwhile; the client is at work when it returns.

    Where the runs end before that, there are more: `seeds` grows.
    """
    site.train(store, seeds)
    for number in kills:
        wait(lambda: bool(busy(site)), site)
        wait(lambda: False, site, for_=chance.uniform(0.0, 6.0))
        code = site.parts["client"].poll()
        if code is not None:
            assert code == 0, site.said("client")
            seeds.append(len(seeds))
            site.train(store, seeds)
            wait(lambda: bool(busy(site)), site)
        print(f"kill {number:2d}: {kill_a_worker(site, chance)}; {len(store.ids())} recorded")
    wait(lambda: bool(busy(site)), site)
    if site.parts["client"].poll() is not None:
        seeds.append(len(seeds))
        site.train(store, seeds)
        wait(lambda: bool(busy(site)), site)


def trains(site: Site) -> bool:
    """Tell whether any process of a machine computes."""
    before = _seconds(site)
    time.sleep(3.0)
    return _seconds(site) - before > 2.0


def _seconds(site: Site) -> float:
    total = 0.0
    for name, process in site.parts.items():
        if name.startswith("worker"):
            for one in psutil.Process(process.pid).children(recursive=True):
                with contextlib.suppress(psutil.NoSuchProcess):
                    total += one.cpu_times().user
    return total


def test_kills_on_a_cluster_change_nothing(site: Site) -> None:
    """Workers are killed 20 times, the scheduler and the client once; no run is trained twice.

    But for one whose worker is killed between its record and the news of it, some 40 ms: nobody
    else knows of the record then, and what is trained again is the same.
    """
    chance, seeds, store = random.Random(0), [0, 1], Store(site.root / "head" / "killed")
    site.start()
    train_and_kill(site, store, seeds, range(1, 11), chance)
    before = set(store.ids())
    print(f"the scheduler is killed; {len(before)} recorded")
    site.parts["scheduler"].kill()
    assert site.parts["client"].wait(PATIENCE) == 2, site.said("client")
    assert "The scheduler of the cluster is gone" in site.said("client")
    assert before <= set(store.ids())
    for name in [name for name in site.parts if name.startswith("worker")]:
        os.killpg(site.parts[name].pid, signal.SIGKILL)
        site.parts[name].wait()

    site.start()
    train_and_kill(site, store, seeds, range(11, 21), chance)
    print(f"the client is killed; {len(store.ids())} recorded")
    os.killpg(site.parts["client"].pid, signal.SIGKILL)
    site.parts["client"].wait()
    end = time.monotonic() + 300
    while trains(site) and time.monotonic() < end:
        pass
    assert not trains(site), "a run goes on that nobody wants any more"

    assert site.train(store, seeds).wait(PATIENCE) == 0, site.said("client")
    site.stop()
    alone = Store(site.root / "head" / "alone")
    assert site.train(alone, seeds, at_home=True).wait(PATIENCE) == 0, site.said("client")
    assert len(alone.ids()) == 4 * len(seeds)
    assert_same(records(store), records(alone))
    twice = {name: count for name, count in site.trained().items() if count > 1}
    print(f"{4 * len(seeds)} runs, 20 kills of workers; trained twice: {len(twice)}; different: 0")
    for name in twice:
        after = [kill - site.recorded(name) for kill in site.kills]
        assert any(0.0 <= seconds < UNKNOWN_FOR for seconds in after), after
    assert [path.name for path in store.runs.iterdir() if path.suffix == ".partial"] == []
