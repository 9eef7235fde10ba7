"""A test set is opened once, for the final configuration; every further opening is counted."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from conftest import Command, save_pictures
from descriptions import small_report
from jobs import train_here
from PIL import Image
from rich.console import Console

from scenes.app import opening as app
from scenes.app.request import Opened, Request, open_request
from scenes.errors import TestSetError, TrainingError
from scenes.plan.plan import Plan
from scenes.runs.openings import load_openings
from scenes.runs.record import Record
from scenes.runs.weights_store import forget_weights, load_weights, save_weights
from scenes.training import kept_models
from scenes.training import opening as training

REPORT = small_report(
    head="seeds = [0, 1]",
    base='model = "mlp"\ndense_units = 4\nepochs = 1',
    tables='[test]\nrivals = ["batch/4"]',
    values="2, 4",
    choose='{ value = 2, because = "It is ours." }',
)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folders of a report and of its pictures, which have a test split."""
    root: Path = tmp_path_factory.mktemp("untrained")
    (root / "my report").mkdir()
    (root / "my report" / "report.toml").write_text(REPORT, encoding="utf-8")
    save_pictures(root / "pictures")
    random = np.random.default_rng(1)
    for channel, name in enumerate(("red", "green")):
        (root / "pictures" / "test" / name).mkdir(parents=True)
        for number in range(5):
            pixels = random.integers(0, 100, (16, 16, 3), dtype=np.uint8)
            pixels[:, :, channel] += 100
            Image.fromarray(pixels).save(root / "pictures/test" / name / f"{number}.png")
    return root


@pytest.fixture(scope="module")
def trained_folders(folders: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the same with every run trained; no test picture was prepared for that."""
    root = shutil.copytree(folders, tmp_path_factory.mktemp("trained") / "folders")
    opened, _ = train_here(Request(root / "my report"))
    assert cache_of(opened) == set()
    return root


@pytest.fixture
def untrained(folders: Path, tmp_path: Path) -> Request:
    """Return a request for the report, with nothing trained yet."""
    shutil.copytree(folders, tmp_path, dirs_exist_ok=True)
    return Request(tmp_path / "my report")


@pytest.fixture
def request_(trained_folders: Path, tmp_path: Path) -> Request:
    """Return a request for the report with every run trained."""
    shutil.copytree(trained_folders, tmp_path, dirs_exist_ok=True)
    return Request(tmp_path / "my report")


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process predict, in place of a worker."""

    def predict(questions, *, log: Path):  # type: ignore[no-untyped-def]
        return {question.run.id: training.answer(question) for question in questions}

    monkeypatch.setattr(training, "predict_test", predict)


def planned(request: Request) -> tuple[Opened, Plan]:
    """Open a request and plan it."""
    opened = open_request(request, Console(quiet=True))
    return opened, opened.plan(opened.report)


def cache_of(opened: Opened) -> set[str]:
    """Return the sizes of the arrays that were prepared."""
    return {path.name for path in (opened.store.cache / "arrays").rglob("test*.npy")}


@pytest.mark.usefixtures("here")
def test_every_run_must_be_recorded(untrained: Request) -> None:
    """The set stays sealed until all is trained."""
    with pytest.raises(TestSetError, match=r"4 runs are not recorded yet[\s\S]*Train it first"):
        app.open_test_set(untrained, Console(quiet=True))


@pytest.mark.usefixtures("here")
def test_the_set_is_opened_once_and_then_counted(request_: Request, command: Command) -> None:
    """Measured with every seed; then refused, unless asked again."""
    opened, plan = planned(request_)
    code, output, errors = command("open", request_.folder)
    assert (code, errors) == (0, "")
    assert "opened a test set of 10 pictures: the first time" in output
    assert "batch/2: accuracy" in output
    assert "batch/4: accuracy" in output
    (first,) = load_openings(opened.store)
    assert len(first.final) == len(first.rivals["batch/4"]) == 2
    code, _, errors = command("open", request_.folder)
    assert code == 2
    assert "has been opened 1 time already" in errors
    assert "--again" in errors
    assert len(load_openings(opened.store)) == 1
    code, output, _ = command("open", request_.folder, "--again")
    assert code == 0
    assert "opening number 2" in output
    one, other = load_openings(opened.store)
    for run in plan.runs:  # the same models, so the same answers
        np.testing.assert_array_equal(one.probabilities[run.id], other.probabilities[run.id])


@pytest.mark.usefixtures("here")
def test_weights_must_be_those_of_the_run(request_: Request) -> None:
    """Those of another seed give other validation probabilities, and nothing is opened."""
    opened, plan = planned(request_)
    first, second, *_ = plan.study("batch").trial(2).runs
    swapped = load_weights(opened.store, second.id)
    assert swapped is not None
    save_weights(opened.store, first.id, swapped, "all")
    with pytest.raises(TrainingError, match=f"run {first.id}: its weights give other validation"):
        app.open_test_set(request_, Console(quiet=True))
    assert load_openings(opened.store) == []


def forget(opened: Opened, plan: Plan) -> None:
    """Delete the weights of a run of the rival."""
    run = plan.study("batch").trial(4).runs[0]
    weights = load_weights(opened.store, run.id)
    assert weights is not None
    save_weights(opened.store, run.id, weights, "final")
    assert forget_weights(opened.store, [run.id]) == [run.id]


def damage(opened: Opened, plan: Plan) -> None:
    """Cut the weights of a run off."""
    run = plan.study("batch").trial(2).runs[1]
    path = opened.store.weights / run.id / "weights.npz"
    path.write_bytes(path.read_bytes()[:-9])


@pytest.mark.parametrize(
    ("change", "problem"),
    [(forget, "4, seed 0: no weights are kept"), (damage, "2, seed 1: the weights of run .*npz")],
)
def test_what_is_missing_is_named_before_anything_is_opened(
    request_: Request, change: Callable[[Opened, Plan], None], problem: str
) -> None:
    """Weights that are gone or damaged keep the set closed."""
    opened, plan = planned(request_)
    change(opened, plan)
    with pytest.raises(TestSetError, match=problem):
        app.check_seal(opened, plan, again=False)


def test_there_must_be_a_test_set(untrained: Request, tmp_path: Path) -> None:
    """Its absence is reported with both ways to have one."""
    (tmp_path / "pictures" / "test").rename(tmp_path / "elsewhere")
    with pytest.raises(TestSetError, match=r"no test split[\s\S]*\[data\] test = 0.2"):
        app.open_test_set(untrained, Console(quiet=True))


def test_workers_answer(request_: Request) -> None:
    """What a worker process says is what the run recorded, of the pictures that both have seen."""
    opened, plan = planned(request_)
    run = plan.runs[0]
    assert isinstance(run.result, Record)
    part = opened.pictures.part(run.settings)
    question = training.Question(run, run.result, part, training.validation_of(part), opened.store)
    found = training.predict_test([question], log=opened.store.log)
    np.testing.assert_allclose(
        found[run.id], run.result.predictions.probabilities, atol=kept_models.CLOSE
    )
