"""Runs for other schedulers: what is ready is written, and each is trained by whoever takes it."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import Command, save_pictures
from descriptions import small_report
from factories import build_record
from own_code import write_own

from scenes.app import jobs
from scenes.app.jobs import carry_out_job, write_jobs
from scenes.app.request import Request
from scenes.errors import DataError, IdentityError, TrainingError, UserError
from scenes.runs.store import Store
from scenes.training.executors.job_files import job_path, load_job
from scenes.training.executors.protocol import Ended, Job

REPORT = f"""{small_report(choose='{ by = "val_loss" }')}
[[study]]
name = "later"
title = "Later"
question = "What next?"
factor = "learning_rate"
values = [0.001, 0.1]
use = ["batch"]
"""


@pytest.fixture
def request_(tmp_path: Path) -> Request:
    """Return a request on a few pictures."""
    save_pictures(tmp_path / "pictures")
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "report.toml").write_text(REPORT, encoding="utf-8")
    return Request(tmp_path / "report", store=tmp_path / "a store")


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record something in place of training; return the ids of what was trained."""
    done: list[str] = []

    def train(job: Job) -> Ended:
        done.append(job.id)
        job.store.begin(job.id, job.identity)
        job.store.save(build_record(identity=job.identity))
        return Ended(job.id)

    monkeypatch.setattr(jobs, "_train", train)
    return done


def ready(request: Request, quiet: Any) -> list[str]:
    """Return the ids of the runs that are ready."""
    lines = write_jobs(request, quiet)
    assert all(line.startswith("scenes work ") and "'" in line for line in lines)
    return [line.split()[2] for line in lines]


@pytest.fixture
def quiet() -> Any:
    """Return a console that says nothing."""
    from rich.console import Console

    return Console(quiet=True)


def test_what_waits_becomes_ready(request_: Request, trained: list[str], quiet: Any) -> None:
    """Asked again once the first are recorded, it gives those that depended on them, then none."""
    assert request_.store is not None
    first = ready(request_, quiet)
    assert len(first) == 2
    assert ready(request_, quiet) == first
    for name in first:
        assert carry_out_job(request_.store, name) is None
    second = ready(request_, quiet)
    assert len(second) == 2
    assert not {*first} & {*second}
    for name in second:
        carry_out_job(request_.store, name)
    assert ready(request_, quiet) == []
    assert trained == [*first, *second]


def test_a_recorded_run_is_not_trained_again(
    request_: Request, trained: list[str], quiet: Any
) -> None:
    """A scheduler may start a job twice; the file of a job that is done is gone."""
    assert request_.store is not None
    name = ready(request_, quiet)[0]
    for _ in range(2):
        assert carry_out_job(request_.store, name) is None
    assert trained == [name]
    assert not job_path(Store(request_.store), name).exists()


def test_a_run_that_nobody_planned_is_refused(tmp_path: Path, trained: list[str]) -> None:
    """The message says how jobs come to be."""
    with pytest.raises(DataError, match="No such file") as refused:
        carry_out_job(tmp_path, "0123456789abcdef")
    assert "scenes plan FOLDER --jobs" in str(refused.value)
    assert trained == []


@pytest.mark.parametrize(
    ("ended", "error"),
    [
        (Ended("x", is_lost=True), TrainingError),
        (Ended("x", error=IdentityError("other code")), IdentityError),
    ],
)
def test_a_run_that_ends_without_a_record_is_told(
    ended: Ended,
    error: type[Exception],
    request_: Request,
    quiet: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its job stays, so that it can be tried again."""
    assert request_.store is not None
    name = ready(request_, quiet)[0]
    monkeypatch.setattr(jobs, "_train", lambda job: ended)
    with pytest.raises(error):
        carry_out_job(request_.store, name)
    assert load_job(Store(request_.store), name).id == name


def test_code_that_nobody_accepted_is_not_run(
    request_: Request,
    trained: list[str],
    quiet: Any,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """A job that names components asks as the report does; nothing of them is executed before."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    assert request_.store is not None
    name = ready(request_, quiet)[0]
    own = write_own(tmp_path / "own")
    (own / "components.py").write_text("raise SystemExit('it ran')", encoding="utf-8")
    path = job_path(Store(request_.store), name)
    told = f'"components": {{"folder": "{own}", "files": ["components.py"]}}'
    path.write_text(path.read_text().replace('"components": null', told), encoding="utf-8")
    with pytest.raises(UserError, match="brings code of its own"):
        carry_out_job(request_.store, name)
    assert trained == []


def test_the_commands_say_so(command: Command, request_: Request, trained: list[str]) -> None:
    """Lines go to stdout and nothing else; a run that cannot be carried out ends with 2."""
    code, output, errors = command("plan", request_.folder, "--store", request_.store, "--jobs")
    lines = output.splitlines()
    assert (code, len(lines)) == (0, 2)
    assert "2 runs are ready; up to 2 wait for results" in errors
    code, output, _ = command("work", lines[0].split()[2], "--store", request_.store)
    assert (code, output.startswith("run ")) == (0, True)
    assert command("work", "nothing", "--store", request_.store)[0] == 2


@pytest.mark.slow
def test_a_line_trains_in_a_process_of_its_own(request_: Request, quiet: Any) -> None:
    """As a scheduler would run it; its record is one of a run that was planned."""
    assert request_.store is not None
    name = ready(request_, quiet)[0]
    words = ["work", name, "--store", str(request_.store)]
    done = subprocess.run([sys.executable, "-m", "scenes", *words], check=True, capture_output=True)
    assert b"is recorded" in done.stdout
    assert Store(request_.store).load(name) is not None
