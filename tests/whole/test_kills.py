"""Killed at any instant, again and again, the program ends with what it finds when left alone."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import save_pictures
from factories import assert_same_predictions

from scenes.runs.record import Record
from scenes.runs.store import Store

REPORT = """
title = "T"
authors = ["A"]
seeds = [{seeds}]
[data]
source = "../pictures"
[base]
model = "mlp"
dense_units = 8
image_size = 16
epochs = {epochs}
optimizer = "adam"
learning_rate = 0.001
learning_rate_schedule = "cosine"
dropout = 0.3
augmentation = "brightness"
[[study]]
name = "batch"
title = "Batch size"
question = "Which?"
factor = "batch_size"
values = [2, 3, 4, 6]
"""

# A minute of training before the first checkpoint is too long for a test: workers of the program
# with the word "eager" write them as often as they can.
PROGRAM = """
import sys
from pathlib import Path
from rich.console import Console
from scenes.training import checkpoint
from scenes.training.executors import local
from scenes.training.worker import run_job
from scenes.app.request import Request, open_request
from scenes.app.training import train

def run_eagerly(job):
    checkpoint.FIRST_AFTER = 0.0
    checkpoint.AT_MOST_EVERY = 0.03
    checkpoint.SHARE = 1e9
    run_job(job)

if __name__ == "__main__":
    if sys.argv[3] == "eager":
        make = local.LocalExecutor
        local.LocalExecutor = lambda *args, **named: make(*args, carry_out=run_eagerly, **named)
    request = Request(Path(sys.argv[1]), store=Path(sys.argv[2]), workers=2)
    opened = open_request(request, Console(stderr=True))
    train(opened, Console(stderr=True), before=lambda: None)
"""


@dataclass(frozen=True)
class Bench:
    """A report on a few pictures, and the program that trains it."""

    root: Path
    runs: int

    def start(self, store: Store, manner: str) -> "subprocess.Popen[bytes]":
        """Start the program as the leader of a process group of its own."""
        command = [sys.executable, str(self.root / "program.py"), str(self.root / "report")]
        with (self.root / "errors.log").open("ab") as errors:
            return subprocess.Popen(
                [*command, str(store.root), manner],
                stdout=errors,
                stderr=errors,
                start_new_session=True,
            )

    def finish(self, store: Store, manner: str) -> None:
        """Run the program to its end."""
        code = self.start(store, manner).wait(timeout=600)
        assert code == 0, (self.root / "errors.log").read_text(errors="replace")[-3000:]


def build_bench(root: Path, *, epochs: int, seeds: int) -> Bench:
    """Write pictures, report and program."""
    save_pictures(root / "pictures")
    (root / "report").mkdir()
    text = REPORT.format(epochs=epochs, seeds=", ".join(map(str, range(seeds))))
    (root / "report" / "report.toml").write_text(text, encoding="utf-8")
    (root / "program.py").write_text(PROGRAM, encoding="utf-8")
    return Bench(root, 4 * seeds)


def has_progressed(store: Store, since: float) -> bool:
    """Return whether a checkpoint was written, or a run recorded, after a moment."""
    written = [*store.runs.glob("*.checkpoint"), *store.runs.glob("*/manifest.json")]
    with contextlib.suppress(FileNotFoundError):  # a run that has just been recorded
        return any(path.stat().st_mtime > since for path in written)
    return True


def kill_at_random(bench: Bench, store: Store, chance: random.Random, whole: float) -> str | None:
    """Start the program and kill it with all its workers; return what was there, None if it ended.

    A third of the kills come at any time from the start on, the others inside of runs: within the
    seconds that the whole work takes on this machine, or half of them.
    """
    began = time.time()
    program = bench.start(store, "eager")
    started = time.monotonic()
    if chance.random() < 2 / 3:
        _wait(program, lambda: has_progressed(store, began), 120.0)
        _wait(program, lambda: False, chance.uniform(0.0, whole / 2))
    else:
        _wait(program, lambda: False, chance.uniform(0.0, whole))
    ended = program.poll()
    if ended is not None:
        assert ended == 0, (bench.root / "errors.log").read_text(errors="replace")[-3000:]
        return None
    os.killpg(program.pid, signal.SIGKILL)
    program.wait()
    inside = len(list(store.runs.glob("*.checkpoint")))
    return (
        f"after {time.monotonic() - started:5.2f} s: {len(store.ids())} of {bench.runs} runs "
        f"recorded, {inside} with a checkpoint"
    )


def _wait(program: "subprocess.Popen[bytes]", holds: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while program.poll() is None and time.monotonic() < end and not holds():
        time.sleep(0.01)


def written(store: Store) -> dict[str, int]:
    """Return when each finished run was recorded."""
    return {name: (store.runs / name / "manifest.json").stat().st_mtime_ns for name in store.ids()}


def kill_and_finish(
    bench: Bench, store: Store, kills: int, chance: random.Random, whole: float
) -> int:
    """Kill the program up to so many times, then let it end; return how often it was killed."""
    done: dict[str, int] = {}
    for number in range(1, kills + 1):
        told = kill_at_random(bench, store, chance, whole)
        now = written(store)
        assert now.items() >= done.items(), "a finished run was trained again"
        done = now
        if told is None:
            return number - 1
        print(f"kill {number:2d} {told}")
    bench.finish(store, "eager")
    assert written(store).items() >= done.items(), "a finished run was trained again"
    return kills


def records(store: Store) -> dict[str, Record]:
    """Return every record, checked."""
    loaded = {name: store.load(name) for name in store.ids()}
    return {name: record for name, record in loaded.items() if record is not None}


def assert_same(found: dict[str, Record], expected: dict[str, Record]) -> None:
    """Compare the results of two stores to the last bit."""
    assert found.keys() == expected.keys()
    for name, record in found.items():
        assert record.history == expected[name].history
        assert record.identity == expected[name].identity
        assert_same_predictions(record.predictions, expected[name].predictions)


def assert_tidy(store: Store) -> None:
    """Nothing of what was cut off is left."""
    names = [path.name for path in store.runs.iterdir()]
    assert [name for name in names if name.endswith((".checkpoint", ".partial", ".tmp"))] == []


def carry_out(root: Path, *, epochs: int, seeds: int, kills: int) -> None:
    """Kill the program so many times, from an empty store again where it ends before that."""
    bench = build_bench(root, epochs=epochs, seeds=seeds)
    alone = Store(root / "alone")
    began = time.monotonic()
    bench.finish(alone, "as usual")
    whole = time.monotonic() - began
    expected = records(alone)
    assert len(expected) == bench.runs
    chance = random.Random(0)
    count = rounds = resumed = 0
    while count < kills or not resumed:
        rounds += 1
        assert rounds < 20, "the program is never killed inside of a run"
        store = Store(root / f"killed-{rounds}")
        print(f"round {rounds}")
        count += kill_and_finish(bench, store, max(1, kills - count), chance, whole)
        bench.finish(store, "as usual")
        found = records(store)
        assert_same(found, expected)
        assert_tidy(store)
        resumed += sum(record.environment["resumed"] for record in found.values())
    print(f"{count} kills, {rounds} rounds; runs went on from a checkpoint {resumed} times")


@pytest.mark.slow
def test_many_kills_change_nothing(tmp_path: Path) -> None:
    """More than twenty kills, at times drawn from a seed, leave the results of none."""
    carry_out(tmp_path, epochs=60, seeds=2, kills=24)


@pytest.mark.slow  # test_worker.py and test_engine.py hold the same in seconds
def test_kills_change_nothing(tmp_path: Path) -> None:
    """So do a few."""
    carry_out(tmp_path, epochs=100, seeds=1, kills=3)
