"""What the engine knows of where runs are carried out.

A job goes in; it ends with a record on disk, or with a reason. Everything in a `Job` can be pickled
and names files by path, so that an executor may carry it to another machine that shares them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, Self

from scenes.data.folder import Dataset
from scenes.runs.store import Store
from scenes.runs.weights_store import KeepWeights
from scenes.spec.entries import Origin
from scenes.spec.settings import Settings
from scenes.system.processes import Owner


@dataclass(frozen=True)
class Job:
    """All that a worker needs to carry out a run.

    Attributes:
        id: Of the run.
        settings: Of its trial.
        seed: Of the run.
        identity: Whose hash the id is; the worker derives it again and compares.
        dataset: The pictures.
        store: Where the record goes.
        keep_weights: For how long what the model has learned is kept.
        program: The process that wants the result; None where that is the one that trains.
        components: Where the worker reads those that are not built in.
    """

    id: str
    settings: Settings
    seed: int
    identity: Mapping[str, Any]
    dataset: Dataset
    store: Store
    keep_weights: KeepWeights = "final"
    program: Owner | None = None
    components: Origin | None = None


@dataclass(frozen=True)
class Ended:
    """How a job ended.

    Attributes:
        id: Of its run.
        is_lost: Its worker died or cannot be reached any more: nobody knows how the job would end.
        error: What was raised outside of the training; a run that fails has recorded why.
        losses: How many workers were lost with it, where it is lost.
    """

    id: str
    is_lost: bool = False
    error: BaseException | None = None
    losses: int = 1


class Executor(Protocol):
    """Carries out jobs. To be used as a context manager: its end frees all that it holds."""

    @property
    def workers(self) -> int:
        """How many jobs it takes at a time."""

    @property
    def memory(self) -> float:
        """Bytes that all its jobs may take together; infinite where it looks after that itself."""

    def submit(self, job: Job) -> None:
        """Carry out a job; the caller keeps at most `workers` under way.

        Raises:
            MachineError: No worker can be started.
        """

    def results(self, timeout: float) -> list[Ended]:
        """Return the jobs that have ended and were not returned yet.

        Args:
            timeout: Seconds to wait for the first one.
        """

    def release(self, run_id: str) -> None:
        """Forget a job that has ended, and take its worker back."""

    def suspend(self) -> None:
        """Let every job under way write a checkpoint and end, as far as it does so soon."""

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None: ...
