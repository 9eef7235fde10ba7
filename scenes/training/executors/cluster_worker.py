"""What is executed on a worker of Dask: it describes itself, takes files, and carries runs out.

A run is trained in a process of its own (`cluster_trainers`); this one waits for it, and tells how
far it is.

The worker uses the store itself where it sees it. Elsewhere it has a folder of its own, which the
configuration of Dask may name: `scenes.folder`, or the variable `DASK_SCENES__FOLDER`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dask
import platformdirs
from distributed import get_worker

import scenes
from scenes.errors import IdentityError
from scenes.plan.memory import available_memory
from scenes.runs.identity import training_versions
from scenes.runs.record_files import HISTORY
from scenes.runs.store import Store
from scenes.system.disk import free_bytes, write_problem
from scenes.system.files import read_regular
from scenes.system.machine import describe_machine
from scenes.system.processes import Owner, host_name
from scenes.training.executors.cluster_trainers import (
    LOST,
    code_on_disk,
    training_process,
    wait_for_run,
)
from scenes.training.executors.job_files import load_job
from scenes.training.executors.parcels import Part, missing_parts, receive_piece
from scenes.training.worker import run_job

SAME_EVERYWHERE = (
    "Install on this worker what is installed where the command runs; then start the command again."
)


@dataclass(frozen=True)
class Order:
    """What a worker is asked to do.

    Attributes:
        run_id: Of the run.
        store: Of the client, where the worker sees it.
        token: Names the client.
        program: The client's process.
        parts: What the run needs, where the worker does not see the store; else None.
    """

    run_id: str
    store: str
    token: str
    program: Owner
    parts: tuple[Part, ...] | None


@dataclass(frozen=True)
class Reply:
    """What came of an order.

    Attributes:
        missing: The parts that the worker needs first; nothing was trained.
        is_lost: The process that trained has died.
        record: The files of the record, or of the failure, where the client cannot see them.
        weights: The files of what the model has learned, likewise.
        address: Of the worker.
        place: Machine and folder, which several workers may share.
    """

    address: str
    place: str = ""
    missing: tuple[Part, ...] = ()
    is_lost: bool = False
    record: Mapping[str, bytes] = field(default_factory=dict)
    weights: Mapping[str, bytes] = field(default_factory=dict)


def own_folder() -> Path:
    """Return the folder of a worker that does not see the store."""
    named = dask.config.get("scenes.folder", None)
    return Path(named) if named else platformdirs.user_cache_path("scenes") / "worker"


def sees_store(store: str, token: str) -> bool:
    """Return whether this process sees a client's store: the file that it has left there."""
    if dask.config.get("scenes.folder", None):
        return False
    try:
        return read_regular(token_path(Path(store), token), limit=1000) == token.encode()
    except OSError:
        return False


def token_path(store: Path, token: str) -> Path:
    """Return the file by which workers find out whether they see a store."""
    return store / f".cluster-{token}"


def describe_worker(store: str, token: str) -> dict[str, Any]:
    """Return what a worker has: libraries, code, machine, disk."""
    folder = Path(store) if sees_store(store, token) else own_folder()
    return {
        "host": host_name(),
        "scenes": scenes.__version__,
        "code": code_on_disk(),
        "versions": training_versions(),
        "machine": describe_machine(),
        "memory": available_memory(),
        "sees_store": sees_store(store, token),
        "folder": str(folder),
        "problem": write_problem(folder),
        "free": free_bytes(folder),
    }


def lacks(parts: list[Part]) -> list[Part]:
    """Return the parts that are not in the folder of this worker."""
    return missing_parts(own_folder(), parts)


def take_piece(part: Part, start: int, data: bytes, token: str) -> None:
    """Take a piece of a file into the folder of this worker."""
    receive_piece(own_folder(), part, start, data, sender=token)


def carry_out(order: Order) -> Reply:
    """Carry a run out and return what came of it.

    Raises:
        IdentityError: What this worker would train is another run; all that differs is named.
        StorageError: The disk of this worker does not take it.
    """
    worker = get_worker()
    key = str(worker.get_current_task())
    root = Path(order.store) if order.parts is None else own_folder()
    if missing := missing_parts(root, list(order.parts or ())):
        return Reply(worker.address, f"{host_name()}:{root}", missing=tuple(missing))
    if order.parts is None and not sees_store(order.store, order.token):
        raise IdentityError(
            f"Run {order.run_id} was not trained.",
            [f"worker {host_name()} does not see {order.store}, as others do"],
            "Let all workers see the store, or give all of them a folder: DASK_SCENES__FOLDER.",
        )
    tell = _teller(worker, order, Store(root))
    try:
        with training_process(key, order.run_id, Store(root).log) as trainer:
            program = order.program if order.parts is None else None
            future = trainer.pool.submit(work_on, str(root), order.run_id, program)
            wait_for_run(future, trainer, key, tell)
            future.result()
    except LOST:
        return Reply(worker.address, is_lost=True)
    except IdentityError as error:
        told = [f"worker {host_name()}: {problem}" for problem in error.problems]
        raise IdentityError(error.heading, told, SAME_EVERYWHERE) from None
    return Reply(worker.address) if order.parts is None else fetch_run(order.run_id)


def finished_runs() -> list[str]:
    """Return the ids of the runs that are recorded in the folder of this worker."""
    return Store(own_folder()).ids()


def fetch_run(run_id: str) -> Reply:
    """Return what the folder of this worker holds of a run."""
    store = Store(own_folder())
    files, weights = store.runs / run_id, store.weights / run_id
    return Reply(host_name(), record=_files(files), weights=_files(weights))


def work_on(store: str, run_id: str, program: Owner | None) -> None:
    """Carry out a run whose job lies in a store, in the process that trains."""
    run_job(load_job(Store(Path(store)), run_id, program=program))


def _files(folder: Path) -> dict[str, bytes]:
    if not folder.is_dir():
        return {}
    return {path.name: read_regular(path) for path in sorted(folder.iterdir())}


def _teller(worker: Any, order: Order, store: Store) -> Callable[[], None]:
    """Return what sends the client the history of a run as it grows."""
    path = store.partial(order.run_id) / HISTORY
    sent = 0

    def tell() -> None:
        nonlocal sent
        try:
            data = read_regular(path)
        except OSError:
            return
        whole = data[: data.rfind(b"\n") + 1]
        if len(whole) != sent:
            sent = len(whole)
            worker.log_event(topic_of(order.token), {"run": order.run_id, "history": whole})

    return tell if order.parts is not None else lambda: None


def topic_of(token: str) -> str:
    """Return the topic on which workers tell a client how far its runs are."""
    return f"scenes-{token}"
