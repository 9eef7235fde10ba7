"""What of a file is in memory is known where the system tells it."""

import os
import sys
from pathlib import Path

import pytest

from scenes.system.page_cache import resident_share

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="Linux alone tells")


@LINUX
def test_a_file_that_was_just_written_is_warm(tmp_path: Path) -> None:
    """Its pages are in memory until the system needs the room."""
    path = tmp_path / "file"
    path.write_bytes(os.urandom(2**20 + 1))
    assert resident_share(path) == 1.0


@LINUX
def test_a_file_that_was_dropped_is_cold(tmp_path: Path) -> None:
    """After the system was asked to forget it, nothing of it is in memory."""
    path = tmp_path / "file"
    path.write_bytes(os.urandom(2**20))
    with path.open("rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    share = resident_share(path)
    if share == 1.0:
        pytest.skip("this file system keeps all files in memory")
    assert share == 0.0


def test_an_empty_file_has_no_share(tmp_path: Path) -> None:
    """There is nothing to tell of it."""
    (tmp_path / "file").touch()
    assert resident_share(tmp_path / "file") is None
