"""What the machine lacks is reported before anything long begins, all of it at once."""

from pathlib import Path

import pytest

from scenes.errors import MachineError, UserError
from scenes.system import disk
from scenes.system.disk import (
    SPARE,
    free_bytes,
    nearest_folder,
    refuse_links,
    require_space,
    require_writable,
)


def test_writable_folders_are_not_made(tmp_path: Path) -> None:
    """The check leaves nothing, whether a folder is there or not."""
    require_writable([tmp_path, tmp_path / "new" / "store"])
    assert list(tmp_path.iterdir()) == []


def test_every_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """A file in the way, and a file system that takes nothing: one error with both."""
    (tmp_path / "file").touch()
    folders = [tmp_path, tmp_path / "file" / "out", Path("/proc/scenes")]
    if not Path("/proc").is_dir():
        folders.pop()
    with pytest.raises(MachineError, match="nothing has been trained") as caught:
        require_writable(folders)
    assert len(caught.value.problems) == len(folders) - 1
    assert caught.value.problems[0].startswith(f"{tmp_path / 'file' / 'out'}: ")


def test_space_is_compared_with_what_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Needed, free and what for are in the message; some is spared for the rest."""
    monkeypatch.setattr(disk, "free_bytes", lambda _: SPARE + 1000)
    require_space(tmp_path, 1000, "x")
    with pytest.raises(MachineError) as caught:
        require_space(tmp_path / "cache", 2 * 10**9, "the prepared pictures")
    assert caught.value.problems == (
        f"{tmp_path / 'cache'}: 2.0 GB are needed for the prepared pictures and 268 MB "
        "for records and documents, 268 MB are free",
    )


def test_a_folder_that_is_not_there_is_on_the_disk_above(tmp_path: Path) -> None:
    """What is free is that of the nearest folder."""
    assert nearest_folder(tmp_path / "a" / "b") == tmp_path
    assert free_bytes(tmp_path / "a") > 0


def test_no_link_leads_out_of_the_folder(tmp_path: Path) -> None:
    """Every folder on the way counts, whether its target is there or not; the file itself not."""
    (tmp_path / "elsewhere").mkdir()
    report = tmp_path / "linked report"
    (tmp_path / "report" / "out").mkdir(parents=True)
    report.symlink_to(tmp_path / "report")  # where the report lies is up to the user
    refuse_links(report, [report / "out" / "r.pdf", report / "out" / "r" / "a.svg"])
    (report / "out" / "r").symlink_to(tmp_path / "elsewhere")
    (report / "out" / "r.pdf").symlink_to(tmp_path / "elsewhere" / "x")
    refuse_links(report, [report / "out" / "r.pdf"])
    with pytest.raises(UserError, match="own folder only") as caught:
        refuse_links(report, [report / "out" / "r" / "figures" / "a.svg"])
    assert caught.value.problems == (
        f"{report / 'out' / 'r'} is a link to {tmp_path / 'elsewhere'}",
    )


def test_a_link_to_nothing_is_a_link(tmp_path: Path) -> None:
    """It would be made through the link."""
    (tmp_path / "out").symlink_to(tmp_path / "nowhere")
    with pytest.raises(UserError, match="nowhere"):
        refuse_links(tmp_path, [tmp_path / "out" / "r.pdf"])
