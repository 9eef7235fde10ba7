"""A checkpoint gives back what was saved, or nothing, and takes little of a run's time."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from scenes.training import checkpoint
from scenes.training.checkpoint import Checkpoint, Snapshot, load_snapshot, save_snapshot

SNAPSHOT = Snapshot(
    notes={"history": {"loss": [0.1, 1 / 3, 5e-324]}, "seconds": 1.5},
    arrays={
        "weights": np.arange(6, dtype=np.float32).reshape(2, 3),
        "state": np.array([7, 2**40], np.int64),
        "rate": np.array(0.1, np.float32),
        "nothing": np.empty((0, 4), np.float32),
        "steps": np.array([[np.inf, -0.0]], np.float64),
    },
)


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    """Numbers and arrays come back to the last bit, the empty and the single ones too."""
    path = tmp_path / "run.checkpoint"
    save_snapshot(path, SNAPSHOT, run="a")
    found = load_snapshot(path, run="a")
    assert found is not None
    assert found.notes == SNAPSHOT.notes
    assert list(found.arrays) == list(SNAPSHOT.arrays)
    for name, array in SNAPSHOT.arrays.items():
        assert (found.arrays[name].dtype, found.arrays[name].shape) == (array.dtype, array.shape)
        assert found.arrays[name].tobytes() == array.tobytes()
    assert [file.name for file in tmp_path.iterdir()] == ["run.checkpoint"]


def test_no_file_and_another_run_give_nothing(tmp_path: Path) -> None:
    """A run takes up its own checkpoint alone."""
    path = tmp_path / "run.checkpoint"
    assert load_snapshot(path, run="a") is None
    save_snapshot(path, SNAPSHOT, run="a")
    assert load_snapshot(path, run="b") is None


def test_another_format_gives_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So does a file that an older version has written."""
    path = tmp_path / "run.checkpoint"
    save_snapshot(path, SNAPSHOT, run="a")
    monkeypatch.setattr(checkpoint, "FORMAT", 1)
    assert load_snapshot(path, run="a") is None


@hypothesis_settings(max_examples=200)
@given(data=st.data())
def test_damage_is_seen(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A byte that is changed, a cut or an addition anywhere gives nothing, and raises nothing."""
    path = tmp_path_factory.getbasetemp() / "damaged.checkpoint"
    save_snapshot(path, SNAPSHOT, run="a")
    whole = path.read_bytes()
    place = data.draw(st.integers(0, len(whole) - 1))
    kind = data.draw(st.sampled_from(["flip", "cut", "add"]))
    if kind == "flip":
        changed = whole[place] ^ data.draw(st.integers(1, 255))
        path.write_bytes(whole[:place] + bytes([changed]) + whole[place + 1 :])
    else:
        path.write_bytes(whole[:place] if kind == "cut" else whole + whole[: place + 1])
    assert load_snapshot(path, run="a") is None


def test_a_head_that_tells_too_much_gives_nothing(tmp_path: Path) -> None:
    """Arrays longer than the file, though its hash is right, are not read."""
    path = tmp_path / "run.checkpoint"
    item = {"name": "x", "dtype": "<f4", "shape": [1000]}
    head = {"format": checkpoint.FORMAT, "run": "a", "notes": {}, "arrays": [item]}
    body = json.dumps(head).encode() + b"\n" + bytes(8)
    path.write_bytes(body + checkpoint.hashlib.sha256(body).digest())
    assert load_snapshot(path, run="a") is None


class Clock:
    """Stands for `time`: a clock that a test winds."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        """Return the time."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Return the clock of the checkpoints."""
    clock = Clock()
    monkeypatch.setattr(checkpoint, "time", clock)
    return clock


def set_cost(monkeypatch: pytest.MonkeyPatch, clock: Clock, seconds: float) -> None:
    """Let each writing take so long."""

    def save(*_: object, **__: object) -> None:
        clock.now += seconds

    monkeypatch.setattr(checkpoint, "save_snapshot", save)


def test_a_short_run_writes_none(clock: Clock) -> None:
    """The first minute is free."""
    one = Checkpoint(Path("unused"), "a")
    clock.now += 59
    assert not one.is_due()
    clock.now += 1
    assert one.is_due()


@pytest.mark.parametrize("cost", [0.0, 0.5, 1.5, 4.0, 40.0])
def test_checkpoints_cost_little(
    cost: float, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never more than one in thirty seconds, nor more than a twentieth of a long run."""
    set_cost(monkeypatch, clock, cost)
    one = Checkpoint(Path("unused"), "a")
    one.expect(int(cost * checkpoint.WRITING_RATE))
    started, written = clock.now, []
    while clock.now < started + 20_000:
        clock.now += 1
        if one.is_due():
            one.save(SNAPSHOT)
            written.append(clock.now)
            assert cost * len(written) <= 0.05 * (clock.now - started) + 1e-6
    assert min(np.diff(written)) >= 30
    assert len(written) > 20


def test_a_removed_checkpoint_is_gone(tmp_path: Path) -> None:
    """Removing it twice is no mistake."""
    one = Checkpoint(tmp_path / "run.checkpoint", "a")
    one.save(SNAPSHOT)
    assert one.load() is not None
    one.remove()
    one.remove()
    assert one.load() is None


def test_a_folder_in_place_of_a_checkpoint_is_replaced(tmp_path: Path) -> None:
    """The run starts over, writes its checkpoint there, and removes it in the end."""
    path = tmp_path / "run.checkpoint"
    (path / "inside").mkdir(parents=True)
    checkpoint = Checkpoint(path, "run")
    assert checkpoint.load() is None
    checkpoint.save(Snapshot({}, {}))
    assert checkpoint.load() == Snapshot({}, {})
    path.unlink()
    (path / "inside").mkdir(parents=True)
    checkpoint.remove()
    assert not path.exists()
