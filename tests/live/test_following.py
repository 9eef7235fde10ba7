"""What the page shows of a training follows from the files of its store alone."""

import json
import os
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from written import SHORT, make_folder, open_folder, record_of

from scenes.app.live import Session
from scenes.live.following import Follower
from scenes.plan.plan import Run
from scenes.runs.record_files import HISTORY_COLUMNS
from scenes.runs.status import program_status, run_status
from scenes.runs.store import append_epoch
from scenes.system.processes import this_process


class Watched:
    """A report of two values and two seeds whose training is followed."""

    def __init__(self, root: Path) -> None:
        folder = make_folder(root)
        (folder / "own.html").write_text(SHORT, encoding="utf-8")
        self.opened = open_folder(folder)
        self.session = Session(self.opened)
        self.store = self.opened.store
        self.follower = Follower(self.store, self.session.feed, self.session.subject)
        self.runs = self.session.plan().runs

    def look(self) -> dict[str, Any]:
        """Return all that is published after another look."""
        self.follower.look()
        shown: dict[str, Any] = json.loads(self.session.feed.since(0).encoded())
        return shown

    def news(self) -> set[str]:
        """Return the names of what another look finds."""
        before = self.session.feed.version
        self.follower.look()
        return set(self.session.feed.since(before).values)

    def train(self, run: Run, *losses: float) -> None:
        """Be a worker that has finished some epochs of a run."""
        folder = self.store.partial(run.id)
        if not folder.exists():
            self.store.begin(run.id, run.identity)
        for loss in losses:
            append_epoch(folder, {**dict.fromkeys(HISTORY_COLUMNS, 0.5), "val_loss": loss})
        run_status(self.store, run.id).tell("training", epoch=len(losses), epochs=3)


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    """Return a training that has not begun."""
    return Watched(tmp_path)


def test_before_the_training_every_run_waits(watched: Watched) -> None:
    """Studies, values and their runs are there; nothing is said of results."""
    shown = watched.look()
    study = shown["plan"]["studies"][0]
    assert [len(value["runs"]) for value in study["values"]] == [2, 2]
    assert study["stage"] == "early"
    assert study["verdict"] == ["No verdict before the last seed: 0 of 4 runs have ended."]
    states = {value["state"] for name, value in shown.items() if name.startswith("run:")}
    assert states == {"waiting"}
    assert shown["programs"] == []


def test_each_epoch_is_told_once_and_of_its_run_alone(watched: Watched) -> None:
    """Curves grow by what is appended; where nothing has happened, nothing is reported."""
    watched.look()
    first, second = watched.runs[:2]
    watched.train(first, 1.5)
    assert watched.news() == {f"run:{first.id}"}
    watched.train(first, 1.25)
    assert watched.look()[f"run:{first.id}"]["history"]["val_loss"] == [1.5, 1.25]
    assert watched.news() == set()
    watched.train(second, 1.0)
    shown = watched.look()[f"run:{second.id}"]
    assert (shown["state"], shown["notes"]) == ("training", [])


def test_results_change_the_plan(watched: Watched) -> None:
    """Recorded and failed runs are counted; the verdict comes with the last one."""
    watched.look()
    *others, last = watched.runs
    for run in others:
        watched.opened.store.save(record_of(watched.opened, run))
    shown = watched.look()
    assert shown[f"run:{others[0].id}"]["state"] == "recorded"
    assert "3 of 4 runs have ended" in shown["plan"]["studies"][0]["verdict"][0]
    watched.store.begin(last.id, last.identity)
    watched.store.save_failure(last.id, "out of memory")
    shown = watched.look()
    assert shown[f"run:{last.id}"]["reason"] == "out of memory"
    study = shown["plan"]["studies"][0]
    assert study["stage"] == "over"
    assert study["verdict"][0].startswith("Best validation loss, of a single seed: ")
    watched.store.forget_failure(last.id)
    assert watched.look()[f"run:{last.id}"]["state"] == "waiting"


def test_a_worker_that_is_gone_is_missed(watched: Watched) -> None:
    """A run whose process has ended without a word is interrupted, and that is a problem."""
    run = watched.runs[0]
    watched.train(run, 1.5)
    path = watched.store.status / "runs" / f"{run.id}.json"
    content = json.loads(path.read_bytes())
    content["owner"] = asdict(replace(this_process(), started=1.0))
    path.write_text(json.dumps(content))
    shown = watched.look()[f"run:{run.id}"]
    assert shown["state"] == "interrupted"
    assert shown["notes"][0][0] == "problem"


def test_silence_becomes_news_by_itself(watched: Watched) -> None:
    """No file changes while a worker hangs; what is said of it does."""
    run = watched.runs[0]
    watched.train(run, 1.5)
    watched.look()
    path = watched.store.status / "runs" / f"{run.id}.json"
    content = json.loads(path.read_bytes())
    stamp = path.stat()
    path.write_text(json.dumps({**content, "updated": time.time() - 1000}))
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert watched.look()[f"run:{run.id}"]["notes"] == [["warning", "no news for 17 min"]]


def test_programs_are_told_apart(watched: Watched) -> None:
    """One that trains runs of this report is ours; another report's is not."""
    status = program_status(watched.store)
    waiting = [{"id": "other", "title": "T", "reason": "R"}]
    status.tell("training", done=0, total=9, running=[], waiting=waiting)
    assert [one["is_ours"] for one in watched.look()["programs"]] == [False]
    status.tell("ended", running=[{"id": watched.runs[0].id}], waiting=waiting * 200)
    (program,) = watched.look()["programs"]
    assert (program["is_ours"], program["state"]) == (True, "ended")
    assert (len(program["waiting"]), program["waiting_count"]) == (50, 200)
