"""News of a store are what its files say; what cannot be read is no news."""

import json
import time
from pathlib import Path

import pytest
from conftest import MakeRecord
from stored_runs import IDS, fill

from scenes.runs.news import load_news, load_programs, load_progress, load_run_news, run_stamps
from scenes.runs.record_files import HISTORY_COLUMNS
from scenes.runs.status import program_status, run_status
from scenes.runs.store import Store, append_epoch
from scenes.system.processes import this_process

EPOCH = dict.fromkeys(HISTORY_COLUMNS, 0.5)


def test_what_a_worker_says_is_read_back(tmp_path: Path) -> None:
    """State, process, time and the rest of a status file come back as they were told."""
    store = Store(tmp_path)
    run_status(store, "abc").tell("training", epoch=3, epochs=9, figures={})
    news = load_run_news(store, "abc")
    assert news is not None
    assert (news.state, news.number("epoch"), news.text("epoch")) == ("training", 3.0, "")
    assert news.owner.is_same(this_process())
    assert news.updated == pytest.approx(time.time(), abs=5)
    program_status(store).tell("training", done=1, running=[{"id": "abc"}, "no table"])
    assert [one.rows("running") for one in load_programs(store)] == [[{"id": "abc"}]]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{",
        "null",
        "[" * 10_000,
        json.dumps({"state": "training", "updated": 1}),
        json.dumps({"state": "x", "updated": "soon", "owner": {"host": "h", "pid": 1}}),
        json.dumps({"state": "x", "updated": 1, "owner": {"host": "h", "pid": {}, "started": 0}}),
    ],
)
def test_a_file_that_makes_no_sense_is_no_news(content: str, tmp_path: Path) -> None:
    """Whatever somebody wrote there, there is no news and no error."""
    path = tmp_path / "a.json"
    path.write_text(content)
    assert load_news(path) is None


def test_an_epoch_that_is_half_written_does_not_count(tmp_path: Path) -> None:
    """The history of an unfinished run ends with its last whole line."""
    store = Store(tmp_path)
    folder = store.begin("abc")
    append_epoch(folder, EPOCH)
    append_epoch(folder, EPOCH)
    path = folder / "history.csv"
    path.write_bytes(path.read_bytes()[:-4])
    progress = load_progress(store, "abc")
    assert (progress.history["val_loss"], progress.seconds) == ([0.5], (0.5,))
    assert load_progress(store, "none").history["loss"] == []


def test_every_change_of_a_run_moves_its_stamp(tmp_path: Path, make_record: MakeRecord) -> None:
    """An epoch, a word of the worker and a result each move the stamp of that run alone."""
    store = Store(tmp_path)
    fill(store, make_record)
    before = run_stamps(store)
    append_epoch(store.partial(IDS[4]), EPOCH)
    run_status(store, IDS[5]).tell("preparing")
    store.forget_failure(IDS[1])
    after = run_stamps(store)
    moved = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert moved == {IDS[1], IDS[4], IDS[5]}
    assert before[IDS[1]].result is not None
    assert after[IDS[5]].status is not None
    assert run_stamps(Store(tmp_path / "nowhere")) == {}
