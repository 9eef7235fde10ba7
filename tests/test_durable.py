"""A file is written whole or not at all."""

import errno
import os
from pathlib import Path

import pytest

from scenes.durable import save_atomically


def test_a_failed_write_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file is replaced whole or stays as it was, and nothing is left beside it."""
    path = tmp_path / "a" / "file"
    save_atomically(path, b"old")

    def refuse(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", refuse)
        with pytest.raises(OSError, match="No space"):
            save_atomically(path, b"new")
    assert [(item.name, item.read_bytes()) for item in path.parent.iterdir()] == [("file", b"old")]
