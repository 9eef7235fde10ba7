"""The workers of a cluster, joined: what each has, and whether they agree.

In: a client of Dask and a store. Out: a `Crew`, for as long as it is needed: how many runs it
takes, with which libraries, and whether all its workers see the store.
"""

import queue
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from distributed import Client
from distributed.comm import CommClosedError

from scenes.errors import MachineError
from scenes.runs.store import Store
from scenes.system.files import make_folder, save_atomically, writing
from scenes.system.formatting import printable
from scenes.training.executors.cluster_trainers import CancellationWatch
from scenes.training.executors.cluster_worker import (
    describe_worker,
    finished_runs,
    token_path,
    topic_of,
)

WORKERS_WAIT = 600.0
"""Seconds to wait for a first worker: a job may stand in a queue."""
SILENT_WAIT = 5.0
"""Seconds of that before whoever waits is told."""
RECONNECT_WAIT = 10.0
"""Seconds without a scheduler before it counts as gone."""


@dataclass
class Crew:
    """Workers that a client has joined.

    Attributes:
        client: Of the scheduler.
        token: Names this client for its workers.
        found: What each worker had at the beginning, by address.
    """

    client: Any
    token: str
    found: Mapping[str, Mapping[str, Any]]
    _followed: bool = field(default=False)
    _asked: set[str] = field(default_factory=set)
    _finished: dict[str, str] = field(default_factory=dict)
    _gone_since: float | None = field(default=None)

    @property
    def sees_store(self) -> bool:
        """Whether all of them use the store itself."""
        return all(one["sees_store"] for one in self.found.values())

    @property
    def versions(self) -> Mapping[str, str] | None:
        """The libraries that train; None where the workers have none."""
        versions: Mapping[str, str] | None = next(iter(self.found.values()))["versions"]
        return versions

    @property
    def machines(self) -> list[Mapping[str, Any]]:
        """What their machines are (`describe_machine`)."""
        return [one["machine"] for one in self.found.values()]

    def threads(self) -> int:
        """Return how many runs they take at a time, as they are now; 0 without a scheduler."""
        return sum(self._nthreads().values())

    def _nthreads(self) -> Mapping[str, int]:
        """Return the threads of each worker; none where the scheduler dies meanwhile."""
        found: Mapping[str, int] = {}
        with suppress(CommClosedError):
            found = self.client.nthreads() if self.is_connected else found
        return found

    def holder(self, run_id: str) -> str | None:
        """Return a worker in whose folder a run is recorded, of those that are there now.

        It trained it for a client that was gone when it came to an end.
        """
        present = set(self._nthreads())
        if new := sorted(present - self._asked):
            answers = self.ask(new, finished_runs, on_error="ignore")
            self._finished |= {run: it for it, runs in answers.items() for run in runs}
            self._asked |= present
        address = self._finished.get(run_id)
        return address if address in present else None

    def ask(
        self, addresses: Sequence[str], what: Callable[..., Any], *given: Any, on_error: str
    ) -> Mapping[str, Any]:
        """Have workers do something at once, and return what they answer, by address.

        Where the scheduler dies meanwhile nobody does; `require_scheduler` says so.
        """
        answers: Mapping[str, Any] = {}
        with suppress(CommClosedError):
            answers = self.client.run(what, *given, workers=list(addresses), on_error=on_error)
        return answers

    def memory(self) -> float:
        """Return the bytes that their machines had left at the beginning."""
        by_machine: dict[str, float] = {it["host"]: it["memory"] for it in self.found.values()}
        return sum(by_machine.values())

    @property
    def is_connected(self) -> bool:
        """Whether the scheduler can be reached."""
        return bool(self.client.status == "running")

    def require_scheduler(self, *, wait: bool = False) -> None:
        """Check that the scheduler is there, or was a moment ago.

        Args:
            wait: Do not return while it is gone.

        Raises:
            MachineError: It is gone.
        """
        while not self.is_connected:
            now = time.monotonic()
            self._gone_since = self._gone_since or now
            if self.client.status == "closed" or now - self._gone_since > RECONNECT_WAIT:
                raise MachineError(
                    "The scheduler of the cluster is gone.",
                    ["runs under way are cut off, and what is finished is kept"],
                    "Start it and its workers again; then the same command goes on from here.",
                )
            if not wait:
                return
            time.sleep(0.1)
        self._gone_since = None

    def follow(self, inbox: "queue.SimpleQueue[tuple[str, str, Any]]") -> None:
        """Let news of runs come into an inbox from now on."""
        if not self._followed:
            self._followed = True

            def take(event: tuple[float, Mapping[str, Any]]) -> None:
                inbox.put(("history", event[1]["run"], event[1]["history"]))

            self.client.subscribe_topic(topic_of(self.token), take)


@contextmanager
def joined(
    client: Client,
    store: Store,
    *,
    timeout: float = WORKERS_WAIT,
    waiting: Callable[[float], None] | None = None,
) -> Iterator[Crew]:
    """Join the workers of a cluster.

    Args:
        client: Of its scheduler.
        store: Of the runs.
        timeout: Seconds to wait for a first worker.
        waiting: Is called with the seconds left where none comes at once.

    Raises:
        MachineError: There are no workers, or they are not all the same: each difference.
        StorageError: The store cannot be written.
    """
    with ask_workers(client, store, timeout=timeout, waiting=waiting) as answers:
        if answers.problems:
            raise MachineError(
                "The workers of the cluster cannot be used as they are.",
                answers.problems,
                "Install the same everywhere: pip install 'scenes[cluster,train-cpu]'",
            )
        client.register_plugin(CancellationWatch())
        yield Crew(client, answers.token, answers.workers)


@dataclass(frozen=True)
class Answers:
    """What workers said of themselves.

    Attributes:
        token: Names the client that asked.
        workers: What each has, by address.
        problems: Why they cannot be used, a line each.
        allowed_failures: How many workers a run may lose before the next loss fails it.
    """

    token: str
    workers: Mapping[str, Mapping[str, Any]]
    problems: tuple[str, ...]
    allowed_failures: int


@contextmanager
def ask_workers(
    client: Client,
    store: Store,
    *,
    timeout: float = WORKERS_WAIT,
    waiting: Callable[[float], None] | None = None,
) -> Iterator[Answers]:
    """Ask workers what they have; a file in the store shows meanwhile who sees it.

    Raises:
        MachineError: There are no workers.
        StorageError: The store cannot be written.
    """
    token = secrets.token_hex(8)
    path = token_path(store.root.resolve(), token)
    with writing(path):
        make_folder(path.parent)
        save_atomically(path, token.encode())
    try:
        _wait_for_workers(client, timeout, waiting)
        yield _answers(client, path.parent, token)
    finally:
        path.unlink(missing_ok=True)


def _wait_for_workers(
    client: Client, timeout: float, waiting: Callable[[float], None] | None
) -> None:
    at_first = min(timeout, SILENT_WAIT)
    try:
        client.wait_for_workers(1, timeout=at_first)
        return
    except TimeoutError:
        if waiting is not None:
            waiting(timeout - at_first)
    try:
        client.wait_for_workers(1, timeout=max(timeout - at_first, 0.001))
    except TimeoutError:
        raise MachineError(
            "The cluster has no workers.",
            [f"none has come within {timeout:.0f} seconds"],
            "Start some: dask worker SCHEDULER --nthreads 1",
        ) from None


def _answers(client: Client, store: Path, token: str) -> Answers:
    answers = client.run(describe_worker, str(store), token, on_error="return")
    silent = {it: one for it, one in answers.items() if isinstance(one, BaseException)}
    workers = {it: one for it, one in answers.items() if it not in silent}
    problems = [f"worker {it}: {printable(str(error))}" for it, error in silent.items()]
    allowed = client.run_on_scheduler(_allowed_failures)
    return Answers(token, workers, (*problems, *_differences(workers)), allowed)


def _allowed_failures(dask_scheduler: Any) -> int:
    return int(dask_scheduler.allowed_failures)


def _differences(found: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Yield what workers lack, and in what they differ."""
    for address, one in found.items():
        if one["versions"] is None:
            yield f"worker {address} on {one['host']}: TensorFlow is not installed"
        if one["problem"]:
            yield f"worker {address} on {one['host']}: {one['folder']}: {one['problem']}"
    versions = {address: one["versions"] for address, one in found.items() if one["versions"]}
    for library in sorted({name for one in versions.values() for name in one}):
        by_version: dict[str, list[str]] = {}
        for address, one in versions.items():
            by_version.setdefault(str(one.get(library)), []).append(address)
        if len(by_version) > 1:
            told = "; ".join(f"{it} on {', '.join(where)}" for it, where in by_version.items())
            yield f"{library}: {told}"
