"""Workers are given the GPUs that the driver shows and the user allows, one each."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
from jobs import job_named

from scenes.training import devices
from scenes.training.devices import device_environment, parse_listing, usable_gpus
from scenes.training.executors import local
from scenes.training.executors.local import LocalExecutor, default_workers

LISTING = """GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-aaaa-1)
GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-bbbb-2)
"""
CUT = """GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-aaaa-1)
  MIG 3g.20gb     Device  0: (UUID: MIG-cccc-3)
  MIG 3g.20gb     Device  1: (UUID: MIG-dddd-4)
GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-bbbb-2)
"""


def pretend(
    monkeypatch: pytest.MonkeyPatch,
    *,
    packages: tuple[str, ...] = ("tensorflow",),
    listing: str | None = LISTING,
    chosen: str | None = None,
) -> None:
    """Let the machine have these packages, GPUs and environment."""

    def ask(*_: object, **__: object) -> Any:
        if listing is None:
            raise FileNotFoundError("nvidia-smi")
        return subprocess.CompletedProcess((), 0, stdout=listing)

    monkeypatch.setattr(devices, "_is_installed", packages.__contains__)
    monkeypatch.setattr(subprocess, "run", ask)
    monkeypatch.setattr(devices, "DRIVER", Path("no-such-folder"))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if chosen is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", chosen)


def test_a_listing_is_read() -> None:
    """GPUs go by their UUID; one that is cut up goes by its parts."""
    assert parse_listing(LISTING) == ("GPU-aaaa-1", "GPU-bbbb-2")
    assert parse_listing(CUT) == ("MIG-cccc-3", "MIG-dddd-4", "GPU-bbbb-2")
    assert parse_listing("No devices found.\n") == ()


@pytest.mark.parametrize(
    ("chosen", "found"),
    [
        (None, ("GPU-aaaa-1", "GPU-bbbb-2")),
        ("1", ("1",)),
        ("1, 0", ("1", "0")),
        ("GPU-bbbb-2", ("GPU-bbbb-2",)),
        ("", ()),
        ("-1", ()),
        ("0,-1,1", ("0",)),
    ],
)
def test_the_users_choice_holds(
    chosen: str | None, found: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What CUDA_VISIBLE_DEVICES leaves out is not used."""
    pretend(monkeypatch, chosen=chosen)
    assert usable_gpus() == found


def test_without_driver_or_cuda_there_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without a GPU, or with the TensorFlow that cannot use one, trains on the CPU."""
    pretend(monkeypatch, listing=None, chosen="0")
    assert usable_gpus() == ()
    pretend(monkeypatch, packages=("tensorflow", "tensorflow-cpu"))
    assert usable_gpus() == ()
    pretend(monkeypatch, packages=())
    assert usable_gpus() == ()


def test_the_driver_is_asked_without_its_tool(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nvidia-smi is missing, as in containers, the driver's folder counts the GPUs."""
    pretend(monkeypatch, listing=None)
    for name in ("0000:01:00.0", "0000:02:00.0"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(devices, "DRIVER", tmp_path)
    assert usable_gpus() == ("0", "1")


def test_a_worker_sees_its_own_gpu_or_none() -> None:
    """Another's is hidden, and so is every one from a worker that computes on the CPU."""
    assert device_environment("GPU-aaaa-1")["CUDA_VISIBLE_DEVICES"] == "GPU-aaaa-1"
    assert device_environment("GPU-aaaa-1")["TF_FORCE_GPU_ALLOW_GROWTH"] == "true"
    assert device_environment(None) == {"CUDA_VISIBLE_DEVICES": "-1"}


class Pool:
    """Stands for a worker process."""

    def __init__(self) -> None:
        self.future: Any = None

    def submit(self, _function: object, _job: object) -> Any:
        """Take a job."""
        from concurrent.futures import Future

        self.future = Future()
        return self.future

    def shutdown(self, **_: object) -> None:
        """End."""


def given_gpus(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, jobs: int, *, dies: int | None = None
) -> list[str | None]:
    """Return which GPU each worker is given; one may die, and is replaced."""
    from concurrent.futures.process import BrokenProcessPool

    given: list[str | None] = []

    def new_pool(_log: Path, gpu: str | None) -> Pool:
        given.append(gpu)
        return Pool()

    monkeypatch.setattr(local, "new_worker", new_pool)
    with LocalExecutor(jobs, log=tmp_path / "log") as executor:
        for number in range(jobs):
            executor.submit(job_named(str(number)))
        if dies is not None:
            future, _ = executor._busy[str(dies)]
            future.set_exception(BrokenProcessPool("died"))
            executor.release(str(dies))
            executor.submit(job_named("again"))
    return given


def test_one_worker_per_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many workers as GPUs, each with its own; one that dies leaves its GPU to the next."""
    pretend(monkeypatch)
    assert default_workers() == 2
    first, second = parse_listing(LISTING)
    assert given_gpus(monkeypatch, tmp_path, 2) == [first, second]
    assert given_gpus(monkeypatch, tmp_path, 2, dies=1) == [first, second, second]
    assert given_gpus(monkeypatch, tmp_path, 4) == [first, second, first, second]
    pretend(monkeypatch, listing=None)
    assert given_gpus(monkeypatch, tmp_path, 2) == [None, None]
