"""A process has one temporary folder, which goes with it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scenes.errors import MachineError
from scenes.system import scratch
from scenes.system.processes import Owner, host_digest, this_process

USE = """
import tempfile
from scenes.system.scratch import scratch_folder
print(scratch_folder())
tempfile.mkdtemp()
assert tempfile.gettempdir() == str(scratch_folder())
"""


def run(base: Path) -> "subprocess.CompletedProcess[str]":
    """Run a process that uses its folder, below a base."""
    return subprocess.run(
        [sys.executable, "-c", USE],
        env={**os.environ, "TMPDIR": str(base)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_goes_with_the_process(tmp_path: Path) -> None:
    """With all that was made in it; a blank in the path does not matter."""
    base = tmp_path / "a folder"
    base.mkdir()
    done = run(base)
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).parent == base
    assert list(base.iterdir()) == []


def dead_name(host: str | None = None) -> str:
    """Return the name of a folder whose process has died."""
    return f"scenes-{host or host_digest()}-999999-1000000000-abcd1234"


def test_only_dead_folders_of_ones_own_are_removed(tmp_path: Path) -> None:
    """Not those of other machines, of processes that run, of other names, nor what a link names."""
    me = this_process()
    kept = [
        dead_name("00000000"),
        f"scenes-{host_digest()}-{me.pid}-{int(me.started)}-abcd1234",
        "scenes-notes",
        "other",
    ]
    for name in [dead_name(), *kept]:
        (tmp_path / name / "inside").mkdir(parents=True)
    link = tmp_path / f"{dead_name()}2"
    link.symlink_to(tmp_path / "other")
    scratch.remove_leftovers(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*kept, link.name])
    assert (tmp_path / "other" / "inside").is_dir()


def test_a_pid_that_is_used_again_is_another_process() -> None:
    """The start decides; of another machine's process nothing is known."""
    me = this_process()
    assert not me.is_dead
    assert Owner(me.host, me.pid, me.started - 1000).is_dead
    assert not Owner("elsewhere", me.pid, me.started - 1000).is_dead


def test_no_folder_at_all_is_the_users_to_mend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error names the place and the variable."""
    monkeypatch.setattr(scratch.tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(MachineError, match="gone cannot be written") as caught:
        scratch._scratch_folder.__wrapped__(os.getpid())
    assert "TMPDIR" in str(caught.value)
