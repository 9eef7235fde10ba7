"""Jobs of Slurm in which Dask's workers run: asked for, and asked for again when one has ended.

In: what a report says of a job. Out: a running scheduler, whose workers come as Slurm lets them.
"""

import importlib.util
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from scenes.errors import MachineError
from scenes.spec.slurm import Slurm
from scenes.system.files import make_folder

NO_PORT = "127.0.0.1:0"
"""Of the web pages about a scheduler that is our own: nobody else is to see them."""
LOOKED_EVERY = 10.0
"""Seconds between two looks at whether jobs have ended."""


def require_extra(module: str, what: str) -> None:
    """Check that an extra of the package is installed.

    Raises:
        MachineError: It is not.
    """
    if importlib.util.find_spec(module) is None:
        raise MachineError(
            f"{what}, which is not installed here.",
            ["it is an extra of the package"],
            "Install it with: pip install 'scenes[cluster]'",
        )


@contextmanager
def start_slurm(settings: Slurm | None, cache: Path) -> Iterator[Any]:
    """Ask Slurm for jobs; what a report does not say comes from the configuration of Dask.

    Args:
        settings: What a report says of its jobs.
        cache: A folder that the jobs see; certificates lie in it meanwhile.

    Raises:
        MachineError: There is no Slurm here, or it cannot be asked.
    """
    require_extra("dask_jobqueue", "Slurm needs dask-jobqueue")
    require_extra("cryptography", "Certificates need cryptography")
    if shutil.which("sbatch") is None:
        raise MachineError(
            "There is no Slurm here.",
            ["sbatch is not on the path"],
            "Start the command where you would submit jobs.",
        )
    from dask_jobqueue import SLURMCluster

    asked = settings or Slurm()
    try:
        cluster = SLURMCluster(
            security=True,
            shared_temp_directory=str(make_folder(cache / "dask").resolve()),
            scheduler_options={"dashboard": False, "dashboard_address": NO_PORT},
            **asked.model_dump(exclude={"jobs"}, exclude_none=True),
        )
    except ValueError as error:
        raise MachineError(
            "Slurm cannot be asked for jobs.",
            [str(error).splitlines()[0]],
            "Say what a job has, in [slurm] of report.toml or in ~/.config/dask/jobqueue.yaml: "
            "cores and memory.",
        ) from None
    with cluster, jobs_kept(cluster, asked.jobs):
        yield cluster


@contextmanager
def jobs_kept(cluster: Any, jobs: int, *, every: float = LOOKED_EVERY) -> Iterator[None]:
    """Submit jobs, and another one for each that ends while the block lasts.

    A job ends at its time limit, or where its machine fails. One that has never had a worker is
    not submitted again: it waits in the queue, or would fail again.

    Args:
        cluster: Of dask-jobqueue, whose `scale` asks for a job once and never again.
        jobs: How many.
        every: Seconds between two looks.
    """
    from tornado.ioloop import PeriodicCallback

    seen: set[str] = set()
    missing: set[str] = set()

    async def renew() -> None:
        present = present_jobs(cluster)
        seen.update(present)
        ended = (seen - present) & missing  # at two looks: a worker may be starting again
        for name in ended:
            if job := cluster.workers.pop(name, None):
                await job.close()
        if ended:
            cluster.scale(jobs=jobs)
        seen.difference_update(ended)
        missing.clear()
        missing.update(seen - present)

    looks = PeriodicCallback(renew, 1000 * every)
    cluster.scale(jobs=jobs)
    cluster.loop.add_callback(looks.start)
    try:
        yield
    finally:
        cluster.loop.add_callback(looks.stop)


def present_jobs(cluster: Any) -> set[str]:
    """Return the names of the jobs of which a worker is there; a job may have several."""
    specs: Mapping[str, Mapping[str, Any]] = cluster.worker_spec
    workers = {one["name"] for one in cluster.scheduler_info["workers"].values()}
    return {
        name
        for name, spec in specs.items()
        if workers & {f"{name}{suffix}" for suffix in spec.get("group", ("",))}
    }
