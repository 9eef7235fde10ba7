"""A cluster is examined worker by worker: libraries, memory, disk, and where they differ."""

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from conftest import Command

from scenes.cli import doctor_cluster
from scenes.training.executors.cluster_crew import Answers

WORKER = {
    "host": "node7",
    "scenes": "0.1.0",
    "versions": {"tensorflow": "2.21.0", "keras": "3.15.0"},
    "machine": {"instruction_set": "AVX2"},
    "memory": 8e9,
    "sees_store": False,
    "folder": "/scratch/scenes",
    "problem": None,
    "free": 5e11,
}


def answers(*workers: dict[str, Any], problems: tuple[str, ...] = (), allowed: int = 2) -> Answers:
    """Return what workers say, each with something else than usual."""
    found = {f"tcp://10.0.0.{n}:1": {**WORKER, **one} for n, one in enumerate(workers)}
    return Answers("token", found, problems, allowed)


@pytest.mark.parametrize(
    ("said", "code", "told"),
    [
        (answers({}), 0, "node7: scenes 0.1.0, tensorflow 2.21.0, keras 3.15.0; AVX2, 8.0 GB"),
        (answers({}), 0, "it has a folder of its own, /scratch/scenes, 500"),
        (answers({"sees_store": True}), 0, "it uses the store"),
        (answers({}), 0, "a run fails once it has lost 3 workers"),
        (answers({}, allowed=3), 0, "ALLOWED_FAILURES=2"),
        (answers({}, {"versions": None}), 1, "no TensorFlow"),
        (answers({"problem": "Permission denied"}), 1, "Permission denied"),
        (answers({}, {}, problems=("keras: 3.15 on a; 3.14 on b",)), 1, "3.15 on a; 3.14 on b"),
    ],
)
def test_each_worker_is_told(
    said: Answers,
    code: int,
    told: str,
    command: Command,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """What is missing ends with 1, and what to do about it stands below."""
    monkeypatch.setattr(doctor_cluster, "cluster_asked", lambda *_, **__: nullcontext(said))
    found, output, _ = command("doctor", "--cluster", "local:1", "--store", tmp_path)
    assert found == code
    assert told in output


def test_a_cluster_that_is_none_is_refused(command: Command, tmp_path: Path) -> None:
    """Nothing is started for a mistake in the address."""
    code, _, errors = command("doctor", "--cluster", "tcp://10.0.0.1:8786", "--store", tmp_path)
    assert code == 2
    assert "unprotected" in errors
