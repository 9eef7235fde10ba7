"""What a report may ask of Slurm: numbers and names, and no command."""

import pytest
from pydantic import ValidationError

from scenes.spec.slurm import Slurm


def test_what_a_job_has_can_be_said() -> None:
    """What is left out comes from the configuration of Dask."""
    asked = Slurm(jobs=20, cores=8, memory="16 GiB", queue="short", walltime="1-08:00:00")
    assert asked.model_dump(exclude_none=True).keys() == {
        *("jobs", "cores", "memory", "queue", "walltime")
    }


@pytest.mark.parametrize(
    "told",
    [
        {"queue": "short\n#SBATCH --uid=0"},
        {"queue": "short\n"},
        {"account": "$(reboot)"},
        {"account": "-x"},
        {"walltime": "01:00:00; reboot"},
        {"memory": "16 GiB\n"},
        {"job_script_prologue": ["reboot"]},
        {"jobs": 0},
    ],
)
def test_a_command_cannot_be_said(told: dict[str, object]) -> None:
    """A report.toml from a stranger puts nothing into the script of a job."""
    with pytest.raises(ValidationError):
        Slurm.model_validate(told)
