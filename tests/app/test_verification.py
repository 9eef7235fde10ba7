"""A document is checked as deep as it is asked for, down to training its runs again."""

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from conftest import Command
from pydantic import TypeAdapter
from rich.console import Console
from trained import TrainedReport
from written import WrittenReport

from scenes.app import retraining, verification
from scenes.app.verification import Retrain, Verified, verify_document
from scenes.data.folder import load_folder
from scenes.errors import MachineError
from scenes.evidence.checking import Checker
from scenes.evidence.findings import Finding
from scenes.evidence.printed_pictures import PrintedSet
from scenes.evidence.recorded_runs import RecordedRun, Sample
from scenes.report.output.weasyprint_worker import load_weasyprint
from scenes.runs.record import Failure, Record
from scenes.runs.store import Store
from scenes.training.engine import work_left

# WeasyPrint leaves its colour profile open; what checks documents is a process that ends.
pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)

NONCE = "0123456789abcdef"


class OwnProcess:
    """Checks documents as `Verifier` does, in this process: no child has to start."""

    def __init__(self) -> None:
        load_weasyprint()
        self._checker = Checker()

    def __enter__(self) -> "OwnProcess":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def verify(self, path: Path) -> list[Finding]:
        """Return the findings on a PDF."""
        return self._checker.check(path.read_bytes())

    def run_ids(self) -> list[str]:
        """Return the ids of its runs."""
        return TypeAdapter(list[str]).validate_python(self._checker({"ask": "ids"}))

    def printed(self) -> PrintedSet:
        """Return the pictures that it prints, as JSON carries them."""
        return PrintedSet.model_validate(json.loads(json.dumps(self._checker({"ask": "printed"}))))

    def runs(self, ids: list[str]) -> Sample:
        """Return some of its runs, as JSON carries them."""
        told = json.loads(json.dumps(self._checker({"ask": "runs", "ids": ids})))
        return Sample.model_validate(told)


@pytest.fixture(scope="module")
def own_process() -> Iterator[OwnProcess]:
    """Return what checks in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", "315532800")  # which a check sets
        yield OwnProcess()


@pytest.fixture
def at_once(own_process: OwnProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let documents be checked in this process."""
    monkeypatch.setattr(verification, "Verifier", lambda **_: own_process)


def told_of(found: Verified) -> dict[str, str]:
    """Return the state of each kind of finding on runs that were trained again."""
    return {one.kind: one.state for one in found.findings if one.depth == "retrained"}


def check(path: Path, count: int, data: Path | None) -> tuple[Verified, str]:
    """Return what a check with retraining finds, and what it says meanwhile."""
    console = Console(record=True, width=200, file=io.StringIO())
    found = verify_document(path, console, retrain=Retrain(count, NONCE, data, workers=1))
    return found, console.export_text()


@pytest.fixture
def same_again(short: WrittenReport, at_once: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let training give what was recorded."""
    known = {run.seed: run.result for run in short.runs if run.settings.learning_rate == 0.1}
    known |= {run.seed + 10: run.result for run in short.runs if run.settings.learning_rate < 0.1}

    def train(able: list[Any], *_: object, **__: object) -> dict[str, Any]:
        found = {}
        for one in able:
            record = known[one.run.seed + 10 * (one.run.settings.learning_rate < 0.1)]
            assert isinstance(record, Record)
            found[one.run.id] = replace(record, identity=dict(one.run.identity))
        return found

    monkeypatch.setattr(retraining, "_train", train)


@pytest.mark.usefixtures("same_again")
def test_drawn_runs_are_compared_after_their_cost_was_said(short: WrittenReport) -> None:
    """The nonce and the cost come first; the pictures are those that the document lists."""
    found, said = check(short.pdf, 3, short.folder.parent / "pictures")
    assert found.exit_code == 0
    assert told_of(found) == {"pictures": "holds", "run equal": "holds"}
    assert (found.compared, found.of, len(found.drawn)) == (3, 4, 3)
    assert said.index(f"nonce {NONCE}: 3 of 4 runs") < said.index("Training 3 runs again, 1 at a")


def test_drawn_runs_make_a_plan_that_the_engine_takes(short: WrittenReport, tmp_path: Path) -> None:
    """It asks a plan for no more than runs that were drawn have: all are left, with their seeds."""
    dataset = load_folder(short.folder.parent / "pictures", cache=tmp_path)
    drawn = [
        retraining._Drawn(
            RecordedRun.model_construct(study="rate", value=str(run.settings.learning_rate)),
            replace(run, result=None),
            dataset,
        )
        for run in short.runs
    ]
    for some, titles in (
        (drawn, {"rate 0.1 seed 0", "rate 0.01 seed 1"}),
        (drawn[:1], {"rate 0.1"}),
    ):
        plan = retraining._plan_of(some)
        left = work_left(plan, lambda _: dataset, Store(tmp_path / "store"))
        assert {one.run.id for one in left} == {one.run.id for one in some}
        assert titles <= {one.title for one in left}


@pytest.mark.slow
def test_trained_runs_are_equal_to_the_bit_and_made_up_ones_are_not(
    trained: TrainedReport, tmp_path: Path
) -> None:
    """A forgery that is consistent in all of its parts passes the other depths, and not this."""
    found, said = check(trained.pdf, 2, trained.pictures)
    assert found.exit_code == 0
    assert told_of(found) == {"pictures": "holds", "run equal": "holds"}
    assert (found.compared, found.of) == (2, 2)
    assert said.index("Training 2 runs again") < said.index("done")
    first = trained.plan.runs[0].result
    assert isinstance(first, Record)
    better = {name: [0.9 * value for value in values] for name, values in first.history.items()}
    forged = trained.rewritten(tmp_path, history=better)
    assert verify_document(forged, Console(quiet=True)).exit_code == 0
    found, _ = check(forged, 1, trained.pictures)
    assert found.exit_code == 1
    assert told_of(found) == {"pictures": "holds", "run differs": "fails"}


@pytest.mark.usefixtures("same_again")
def test_without_pictures_it_cannot_be_told(short: WrittenReport, tmp_path: Path) -> None:
    """None were named, or those that are there are others; nothing is trained."""
    (tmp_path / "empty").mkdir()
    for data in (None, tmp_path / "empty"):
        found, said = check(short.pdf, 1, data)
        assert found.exit_code == 2
        assert told_of(found) == {"pictures": "unknown"}
        assert "Training" not in said
        assert found.compared == 0
        assert set(found.chances.values()) == {0.0}


def test_a_run_for_which_there_is_no_room_is_not_begun(
    short: WrittenReport, same_again: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Settings are as the document says, and could take all of the reader's memory."""
    monkeypatch.setattr(retraining, "available_memory", lambda: 1e6)
    found, _ = check(short.pdf, 2, short.folder.parent / "pictures")
    assert told_of(found) == {"memory": "unknown"}
    assert found.exit_code == 2


def test_seconds_far_below_the_estimate_are_not_believed(
    short: WrittenReport, same_again: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The document says them, and on which machine."""
    data = short.folder.parent / "pictures"
    here = {"processor": "a processor", "instruction_set": "AVX2"}
    monkeypatch.setattr(retraining, "describe_machine", lambda: here)
    for expected, said in ((20.0, "about 8 s."), (86_400.0, "about 24 h")):
        cost = SimpleNamespace(whole=expected)
        monkeypatch.setattr(retraining, "run_cost", lambda *_, cost=cost: cost)
        assert said in check(short.pdf, 1, data)[1]


@pytest.mark.usefixtures("at_once")
def test_runs_of_a_document_that_does_not_hold_are_not_trained(
    short: WrittenReport, tmp_path: Path
) -> None:
    """What fails at less cost has failed."""
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(short.pdf.read_bytes() + b"%%EOF")
    found, said = check(broken, 1, None)
    assert found.exit_code == 1
    assert told_of(found) == {"runs": "not_checked"}
    assert not said


@pytest.mark.usefixtures("at_once")
def test_a_run_that_cannot_be_trained_is_not_passed(
    short: WrittenReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where its worker fails, where nothing is installed: exit 2 or a message, never 0."""
    failures = lambda able, *_, **__: {it.run.id: Failure(it.run.id, "no memory") for it in able}  # noqa: E731
    monkeypatch.setattr(retraining, "_train", failures)
    found, _ = check(short.pdf, 1, short.folder.parent / "pictures")
    assert found.exit_code == 2
    assert found.findings[-1].text.endswith("it could not be trained here (no memory)")
    monkeypatch.setattr(retraining, "training_versions", lambda: None)
    with pytest.raises(MachineError, match="TensorFlow is not installed here"):
        check(short.pdf, 1, None)


def test_the_command_says_what_the_sample_is_worth(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """By the share of made-up runs, in words and for machines; options that belong together."""
    holds = (Finding("whole", "holds", "pages", ""), Finding("same", "holds", "bytes", ""))
    judged = Finding("retrained", "holds", "run judged", "x")
    found = Verified(Path("a.pdf"), (*holds, judged), NONCE, ("r",) * 3, 3, 60)
    monkeypatch.setattr(verification, "verify_document", lambda *_, **__: found)
    code, output, _ = command("verify", "a.pdf", "--retrain", 3)
    assert code == 0
    assert f"3 of 60 runs compared, drawn by the nonce {NONCE}." in output
    assert "10%: 27%, 25%: 58%, 50%: 88%" in output
    _, output, _ = command("verify", "a.pdf", "--retrain", 3, "--json")
    assert json.loads(output)["retrained"]["chances"]["0.5"] == 0.875
    unknown = replace(found, findings=(*holds, replace(judged, state="unknown")))
    monkeypatch.setattr(verification, "verify_document", lambda *_, **__: unknown)
    assert command("verify", "a.pdf", "--retrain", 3)[0] == 2
    code, _, errors = command("verify", "a.pdf", "--nonce", NONCE)
    assert code == 2
    assert "--retrain K" in errors
