"""Runs go to Dask's workers and come back as records, with a disk in common and without."""

import asyncio
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dask
import pytest
from conftest import save_pictures
from distributed import Client, KilledWorker, LocalCluster
from distributed.comm import CommClosedError
from factories import build_identity, build_record

from scenes.app.slurm_jobs import NO_PORT
from scenes.data.arrays import load_arrays
from scenes.data.folder import load_folder
from scenes.errors import IdentityError, MachineError
from scenes.runs.identity import run_id
from scenes.runs.store import Store
from scenes.spec.settings import Settings
from scenes.system.processes import Owner
from scenes.training.executors import cluster_crew, cluster_trainers, cluster_worker
from scenes.training.executors.cluster import DaskExecutor
from scenes.training.executors.cluster_crew import Crew, joined
from scenes.training.executors.job_files import load_job
from scenes.training.executors.protocol import Ended, Job

pytestmark = [
    # What Dask and Tornado leave to the garbage collector when they close.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

NOBODY = 2**31 - 1
"""The number of no process: signals to those that train must not reach this one."""


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """Start a scheduler and two workers of one thread, all in this process."""
    with (
        LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=False,
            protocol="tcp://",
            host="127.0.0.1",
            dashboard_address=NO_PORT,
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield client


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """Let workers record something at once; return the ids of the runs that they train."""
    done: list[str] = []

    def start(log: Path) -> tuple[Any, "Future[int]"]:
        pool = ThreadPoolExecutor(1)
        return pool, pool.submit(lambda: NOBODY)

    def work_on(store: str, run: str, program: Owner | None) -> None:
        job = load_job(Store(Path(store)), run)
        if job.store.holds(run):
            return
        done.append(run)
        if job.seed == 13:
            raise BrokenProcessPool
        if job.seed == 99:
            raise IdentityError("Another run.", ["code: loop has changed"], "Update it.")
        if job.seed == 7:
            job.store.begin(run)
            job.store.save_failure(run, "diverged")
            return
        job.store.begin(run, job.identity)
        job.store.save(build_record(identity=job.identity))

    monkeypatch.setattr(cluster_trainers, "start_process", start)
    monkeypatch.setattr(cluster_worker, "work_on", work_on)
    monkeypatch.setattr(cluster_trainers, "_idle", [])
    return done


def make_job(tmp_path: Path, seed: int) -> Job:
    """Return the job of a run whose arrays are prepared, with one picture to show."""
    if not (tmp_path / "pictures").is_dir():
        save_pictures(tmp_path / "pictures")
    dataset = load_folder(tmp_path / "pictures", cache=None)
    settings = Settings(image_size=8, augmentation="flip")
    store = Store(tmp_path / "store")
    load_arrays(dataset, 8, cache=store.cache / "arrays")
    identity = build_identity(seed=seed, data=dataset.fingerprint)
    return Job(run_id(identity), settings, seed, identity, dataset, store)


def finish(executor: DaskExecutor, *jobs: Job) -> dict[str, Ended]:
    """Submit jobs and wait for all of them."""
    for job in jobs:
        executor.submit(job)
    ended: dict[str, Ended] = {}
    end = time.monotonic() + 60
    while len(ended) < len(jobs) and time.monotonic() < end:
        for one in executor.results(0.5):
            ended[one.id] = one
            executor.release(one.id)
    return ended


def test_workers_that_see_the_store_use_it(
    client: Client, trained: list[str], tmp_path: Path
) -> None:
    """Records appear in the store itself, and nothing is sent."""
    jobs = [make_job(tmp_path, seed) for seed in (0, 1, 2)]
    with joined(client, jobs[0].store) as crew, DaskExecutor(crew, jobs[0].store) as executor:
        assert crew.sees_store
        assert executor.workers == 2
        ended = finish(executor, *jobs)
    assert ended == {job.id: Ended(job.id) for job in jobs}
    assert sorted(trained) == sorted(job.id for job in jobs) == jobs[0].store.ids()


def test_workers_elsewhere_are_sent_what_they_lack(
    client: Client, trained: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Arrays are sent once to a place, records come back, and no run is trained again."""
    sent: list[str] = []
    take = cluster_worker.receive_piece

    def receive(root: Path, part: Any, *rest: Any, **named: Any) -> None:
        sent.append(part.path)
        take(root, part, *rest, **named)

    monkeypatch.setattr(cluster_worker, "receive_piece", receive)
    jobs = [make_job(tmp_path, seed) for seed in (0, 1, 7)]
    store, own = jobs[0].store, tmp_path / "own folder"
    with dask.config.set({"scenes.folder": str(own)}):
        with joined(client, store) as crew, DaskExecutor(crew, store) as executor:
            assert not crew.sees_store
            ended = finish(executor, *jobs)
        assert ended == {job.id: Ended(job.id) for job in jobs}
        assert store.ids() == sorted(job.id for job in jobs[:2])
        assert store.failure(jobs[2].id) is not None
        assert store.load(jobs[0].id) is not None
        assert sum(path.endswith("train.npy") for path in sent) == 1
        assert sum(path.endswith("manifest.json") for path in sent) == 1
        shown = list((own / "shipped").rglob("*.png"))
        assert len(shown) == 2

        shutil.rmtree(store.runs)  # as if the client had been killed before it took them in
        trained.clear()
        with joined(client, store) as crew, DaskExecutor(crew, store) as executor:
            monkeypatch.setattr(client, "submit", None)
            finish(executor, *jobs[:2])
        assert trained == []
        assert store.ids() == sorted(job.id for job in jobs[:2])
    assert sorted(path.name for path in store.root.glob(".cluster-*")) == []


def test_what_arrived_damaged_is_sent_again(
    client: Client, trained: list[str], tmp_path: Path
) -> None:
    """A worker checks its cache by content before it trains on it."""
    first, second = make_job(tmp_path, 0), make_job(tmp_path, 1)
    own = tmp_path / "own"
    with dask.config.set({"scenes.folder": str(own)}):
        with joined(client, first.store) as crew, DaskExecutor(crew, first.store) as executor:
            finish(executor, first)
        (array,) = own.rglob("train.npy")
        whole = array.read_bytes()
        array.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        with joined(client, first.store) as crew, DaskExecutor(crew, first.store) as executor:
            finish(executor, second)
        assert array.read_bytes() == whole


def test_a_process_that_dies_is_a_lost_worker(
    client: Client, trained: list[str], tmp_path: Path
) -> None:
    """The engine decides whether the run is tried again, as at home."""
    job = make_job(tmp_path, 13)
    with joined(client, job.store) as crew, DaskExecutor(crew, job.store) as executor:
        assert finish(executor, job) == {job.id: Ended(job.id, is_lost=True)}


def test_a_refusal_names_the_worker(client: Client, trained: list[str], tmp_path: Path) -> None:
    """What differs on a worker is reported with the name of its machine."""
    job = make_job(tmp_path, 99)
    with joined(client, job.store) as crew, DaskExecutor(crew, job.store) as executor:
        error = finish(executor, job)[job.id].error
    assert isinstance(error, IdentityError)
    assert "code: loop has changed" in str(error)
    assert "Install on this worker what is installed where the command runs" in str(error)
    assert cluster_worker.host_name() in str(error)


def test_another_program_at_a_run_is_waited_for(
    client: Client, trained: list[str], tmp_path: Path
) -> None:
    """A run whose lock is taken is not sent; when the other one has recorded it, it has ended."""
    job = make_job(tmp_path, 0)
    with (
        dask.config.set({"scenes.folder": str(tmp_path / "own")}),
        joined(client, job.store) as crew,
        DaskExecutor(crew, job.store) as executor,
    ):
        with job.store.lock(job.id):
            executor.submit(job)
            assert executor.results(0.5) == []
            job.store.begin(job.id, job.identity)
            job.store.save(build_record(identity=job.identity))
        assert executor.results(0.5) == [Ended(job.id)]
        executor.release(job.id)
    assert trained == []


def test_workers_that_differ_are_refused(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every library in which they differ is named, with who has which."""
    versions = iter(["2.21.0", "2.20.0"])
    monkeypatch.setattr(cluster_worker, "training_versions", lambda: {"keras": next(versions)})
    differ = r"keras: 2.2\d.0 on .*; 2.2\d.0 on "
    with (
        pytest.raises(MachineError, match=differ) as refused,
        joined(client, Store(tmp_path / "store")),
    ):
        pass
    assert "scenes[cluster,train-cpu]" in str(refused.value)


def test_a_cluster_without_workers_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says that it waits a while for the first one, then how to start some."""
    left: list[float] = []
    monkeypatch.setattr(cluster_crew, "SILENT_WAIT", 0.1)
    with (
        LocalCluster(
            n_workers=0,
            processes=False,
            protocol="tcp://",
            host="127.0.0.1",
            dashboard_address=NO_PORT,
        ) as one,
        Client(one, set_as_default=False) as client,
        pytest.raises(MachineError, match="The cluster has no workers") as refused,
        cluster_crew.joined(client, Store(tmp_path), timeout=0.3, waiting=left.append),
    ):
        pass
    assert left == pytest.approx([0.2])
    assert "dask worker" in str(refused.value)


def test_a_place_is_not_waited_for(
    client: Client, trained: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run is sent to no worker by name: one that has died by then would be waited for always."""
    job = make_job(tmp_path, 0)
    named: list[dict[str, Any]] = []
    submit = client.submit

    def noted(*args: Any, **options: Any) -> Any:
        named.append(options)
        return submit(*args, **options)

    monkeypatch.setattr(client, "submit", noted)
    with (
        dask.config.set({"scenes.folder": str(tmp_path / "own")}),
        joined(client, job.store) as crew,
        DaskExecutor(crew, job.store) as executor,
    ):
        finish(executor, job)
    assert len(named) == 2
    assert not any("workers" in options for options in named)


def test_a_run_that_loses_its_workers_is_given_back(
    client: Client, trained: list[str], tmp_path: Path
) -> None:
    """The engine learns how many were lost, and may record the failure: the lock is free."""
    job = make_job(tmp_path, 0)
    with (
        dask.config.set({"scenes.folder": str(tmp_path / "own")}),
        joined(client, job.store) as crew,
        DaskExecutor(crew, job.store) as executor,
    ):
        with job.store.lock(job.id):
            executor.submit(job)
        executor._waiting.clear()
        assert executor._begin(job)
        with pytest.raises(TimeoutError), job.store.lock(job.id, timeout=0):
            pass
        lost = executor._ended(job.id, KilledWorker("key", SimpleNamespace(address="a"), 2))
        assert lost == Ended(job.id, is_lost=True, losses=3)
        with job.store.lock(job.id, timeout=0):
            pass
        executor.release(job.id)


@pytest.fixture
def endless(trained: list[str], monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let runs train until their process gets a signal, and have no checkpoint; return signals."""
    signals: list[int] = []
    asked = threading.Event()

    def work_on(store: str, run: str, program: Owner | None) -> None:
        trained.append(run)
        assert asked.wait(60)
        raise BrokenProcessPool

    def interrupt(_: object, number: int) -> None:
        signals.append(number)
        asked.set()

    monkeypatch.setattr(cluster_worker, "work_on", work_on)
    monkeypatch.setattr(cluster_trainers.TrainerProcess, "interrupt", interrupt)
    return signals


def wait_for(what: list[Any]) -> None:
    """Wait until something is in a list."""
    end = time.monotonic() + 60
    while not what and time.monotonic() < end:
        time.sleep(0.02)
    assert what


def test_ctrl_c_leaves_no_job(
    client: Client, trained: list[str], endless: list[int], tmp_path: Path
) -> None:
    """Runs get the signal for a checkpoint, and the command waits for them."""
    job = make_job(tmp_path, 0)
    with joined(client, job.store) as crew, DaskExecutor(crew, job.store) as executor:
        executor.submit(job)
        wait_for(trained)
        executor.suspend()
        assert set(endless) == {signal.SIGTERM}
        assert all(future.done() for future in executor._sent.values())
    assert cluster_trainers._busy == {}


def test_run_that_waits_for_a_worker_does_not_begin_at_ctrl_c(
    client: Client, trained: list[str], endless: list[int], tmp_path: Path
) -> None:
    """It would train until the wait is over, and have nothing to show for it."""
    jobs = [make_job(tmp_path, seed) for seed in range(4)]
    with joined(client, jobs[0].store) as crew, DaskExecutor(crew, jobs[0].store) as executor:
        for job in jobs:
            executor.submit(job)
        while len(trained) < 2:
            time.sleep(0.02)
        executor.suspend()
        assert all(future.done() for future in executor._sent.values())
    assert len(trained) == 2


def test_process_that_starts_while_its_worker_closes_trains_nothing(
    endless: list[int], tmp_path: Path
) -> None:
    """It is in no list yet of those that are ended, and would train on for nobody."""
    plugin = cluster_trainers.CancellationWatch()
    asyncio.run(plugin.teardown(None))
    with (
        pytest.raises(BrokenProcessPool),
        cluster_trainers.training_process("key", "run", tmp_path / "log"),
    ):
        raise AssertionError
    assert endless == [signal.SIGKILL]
    assert (cluster_trainers._busy, cluster_trainers._idle) == ({}, [])
    plugin.setup(None)
    with cluster_trainers.training_process("key", "run", tmp_path / "log") as trainer:
        assert trainer.run_id == "run"


def test_a_client_that_is_gone_leaves_no_job(
    client: Client, trained: list[str], endless: list[int], tmp_path: Path
) -> None:
    """Dask tells a worker that nobody wants a task any more, and the worker ends its process."""
    job = make_job(tmp_path, 0)
    with (
        Client(client.scheduler.address, set_as_default=False) as other,
        joined(other, job.store) as crew,
    ):
        executor = DaskExecutor(crew, job.store)
        executor.submit(job)
        wait_for(trained)
        assert endless == []
    wait_for(endless)
    assert endless[0] == signal.SIGTERM
    end = time.monotonic() + 60
    while cluster_trainers._busy and time.monotonic() < end:
        time.sleep(0.02)
    assert cluster_trainers._busy == {}


def test_a_scheduler_that_dies_while_it_is_asked_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every question to it may be cut off; what is said is that it is gone, and no traceback."""

    def cut_off(*_: object, **__: object) -> None:
        raise CommClosedError("Connection reset by peer")

    monkeypatch.setattr(cluster_crew, "RECONNECT_WAIT", 0.0)
    asked = dict.fromkeys(("nthreads", "run", "cancel"), cut_off)
    client = SimpleNamespace(status="running", subscribe_topic=lambda *_: None, **asked)
    crew = Crew(client, "token", {})
    with DaskExecutor(crew, Store(tmp_path)) as executor:
        executor._sent["a"] = SimpleNamespace(done=lambda: True)
        assert executor.workers == 1
        assert crew.holder("a") is None
        assert executor._ask(["tcp://127.0.0.1:1"], cut_off) == {}
        executor.suspend()
        cut = executor._ended("a", CommClosedError("while its result was fetched"))
        assert cut == Ended("a", is_lost=True)
        client.status = "connecting"
        assert executor.results(0.0) == []  # it may come back
        time.sleep(0.01)
        with pytest.raises(MachineError, match="The scheduler of the cluster is gone"):
            executor.results(0.0)
        client.status = "running"
