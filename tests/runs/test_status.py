"""What is going on is in a file that others may read, whole, and costs next to nothing."""

import json
import os
import time
from pathlib import Path

import pytest

from scenes.runs import status
from scenes.runs.status import Status, forget_dead_programs, program_status, run_status
from scenes.runs.store import Store


def test_a_status_says_who_says_what_and_when(tmp_path: Path) -> None:
    """Its state, what was added, its process and its times."""
    before = time.time()
    one = run_status(Store(tmp_path), "abc")
    one.tell("training", epoch=1, epochs=4)
    told = json.loads((tmp_path / "status" / "runs" / "abc.json").read_bytes())
    assert (told["state"], told["epoch"], told["epochs"]) == ("training", 1, 4)
    assert told["owner"]["pid"] == os.getpid()
    assert before <= told["started"] <= told["updated"] <= time.time()
    assert [path.name for path in one.path.parent.iterdir()] == ["abc.json"]


def test_news_are_written_now_and_then_and_each_new_state_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run of a thousand epochs a second writes twice a second."""
    now = [100.0]
    monkeypatch.setattr(status.time, "time", lambda: now[0])
    one = Status(tmp_path / "a.json")
    seen = []
    for epoch in range(100):
        one.tell("training", epoch=epoch)
        seen.append(json.loads(one.path.read_bytes())["epoch"])
        now[0] += 0.01
    assert sorted(set(seen)) == [0, 50]
    one.tell("finished")
    assert json.loads(one.path.read_bytes())["state"] == "finished"


def test_what_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    """Nobody's training ends because its news have no place."""
    (tmp_path / "status").write_text("a file")
    run_status(Store(tmp_path), "abc").tell("training")


def test_what_dead_programs_left_is_cleared(tmp_path: Path) -> None:
    """This process and those of other machines stay, and so does what nobody understands."""
    store = Store(tmp_path)
    mine = program_status(store)
    mine.tell("training")
    folder = mine.path.parent
    told = json.loads(mine.path.read_bytes())
    for name, owner in {
        "dead": {**told["owner"], "pid": 2**22 + 1},
        "elsewhere": {**told["owner"], "pid": 2**22 + 1, "host": "another-host"},
        "odd": {"host": "x"},
    }.items():
        (folder / f"{name}.json").write_text(json.dumps({**told, "owner": owner}))
    os.mkfifo(folder / "pipe.json")
    forget_dead_programs(store)
    left = sorted(path.stem for path in folder.iterdir())
    assert left == sorted([mine.path.stem, "elsewhere", "odd", "pipe"])


def test_a_status_costs_little(tmp_path: Path) -> None:
    """Telling a thousand epochs takes less than a tenth of a second."""
    one = Status(tmp_path / "a.json")
    started = time.perf_counter()
    for epoch in range(1000):
        one.tell("training", epoch=epoch)
    assert time.perf_counter() - started < 0.1


def test_a_folder_in_place_of_a_status_is_replaced(tmp_path: Path) -> None:
    """News stand where they are looked for, and nothing lies beside them."""
    (tmp_path / "a.json" / "inside").mkdir(parents=True)
    Status(tmp_path / "a.json").tell("training")
    assert json.loads((tmp_path / "a.json").read_bytes())["state"] == "training"
    assert [it.name for it in tmp_path.iterdir()] == ["a.json"]
