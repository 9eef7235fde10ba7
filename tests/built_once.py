"""Folders that take seconds to fill: filled once for all workers of pytest, each with a copy."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock


def built_once(factory: pytest.TempPathFactory, name: str, build: Callable[[Path], object]) -> Path:
    """Return a folder of this worker's own, with what one of them has built.

    Args:
        factory: Of temporary folders.
        name: Of the folder.
        build: Fills an empty folder.
    """
    shared = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent  # of all workers
    built, partial = shared / f"{name}-built", shared / f"{name}-partial"
    with FileLock(f"{built}.lock"):
        if not built.exists():
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir()
            build(partial)
            partial.rename(built)
    own: Path = factory.mktemp(name)
    shutil.copytree(built, own, dirs_exist_ok=True)
    return own
