"""Jobs without workers: some that are never trained, and runs that the test itself trains."""

from pathlib import Path

from rich.console import Console

from scenes.app.request import Opened, Request, open_request
from scenes.data.folder import Dataset
from scenes.plan.plan import Plan
from scenes.runs.store import Store
from scenes.spec.settings import Settings
from scenes.training.executors.protocol import Job
from scenes.training.worker import run_job


def job_named(name: str) -> Job:
    """Return a job that has a name and no pictures."""
    dataset = Dataset("none", "folder", Path(), (), {"train": (), "val": ()})
    return Job(name, Settings(), 0, {}, dataset, Store(Path()))


def train_here(request: Request) -> tuple[Opened, Plan]:
    """Train every run in this process, and keep all weights."""
    opened = open_request(request, Console(quiet=True))
    for run in opened.plan(opened.report).missing:
        part = opened.pictures.part(run.settings)
        run_job(Job(run.id, run.settings, run.seed, run.identity, part, opened.store, "all"))
    opened = open_request(request, Console(quiet=True))
    return opened, opened.plan(opened.report)
