"""What a report asks of Slurm: how many jobs, and what each has.

A report.toml may come from a stranger, and what stands here goes into a script. So there are
numbers and names, and nothing that a shell could take for a command; all else belongs into the
user's own configuration of Dask (`~/.config/dask/jobqueue.yaml`).
"""

from typing import Annotated

from pydantic import Field, StringConstraints

from scenes.spec.settings import Frozen

SlurmName = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=64)
]
Memory = Annotated[str, StringConstraints(pattern=r"^\d{1,6}(\.\d{1,3})? ?[KMGT]i?B$")]
WallTime = Annotated[str, StringConstraints(pattern=r"^(\d{1,3}-)?\d{1,3}:\d\d(:\d\d)?$")]


class Slurm(Frozen):
    """Jobs of Dask's workers; what is None comes from Dask's configuration."""

    jobs: int = Field(1, ge=1, le=10_000)
    """How many jobs; each is a machine or a part of one."""
    cores: int | None = Field(None, ge=1, le=1024)
    """Runs that a job trains at a time."""
    processes: int | None = Field(None, ge=1, le=1024)
    """Processes of Dask among which these are divided."""
    memory: Memory | None = None
    """Of a job, such as "16 GiB"."""
    queue: SlurmName | None = None
    """The partition."""
    account: SlurmName | None = None
    """That the time is charged to."""
    walltime: WallTime | None = None
    """Such as "08:00:00"; Slurm ends a job after that, and its runs go on in another."""
