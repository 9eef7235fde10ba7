"""Jobs for executors whose workers do something else than train."""

from pathlib import Path

from scenes.data.folder import Dataset
from scenes.runs.store import Store
from scenes.spec.settings import Settings
from scenes.training.executors.protocol import Job


def job_named(name: str) -> Job:
    """Return a job that has a name and no pictures."""
    dataset = Dataset("none", "folder", Path(), (), {"train": (), "val": ()})
    return Job(name, Settings(), 0, {}, dataset, Store(Path()))
