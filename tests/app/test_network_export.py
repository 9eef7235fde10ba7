"""The network that a report ends with can be kept and used, and its file runs no code."""

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
from conftest import Command, rewrite, save_pictures
from descriptions import small_report
from jobs import train_here
from rich.console import Console
from small_models import KERAS_SAVES

from scenes.app import network_export as app
from scenes.app import predicting
from scenes.app.request import Request, open_request
from scenes.errors import UserError
from scenes.runs.record import Record
from scenes.training import export as training
from scenes.training.saved_models import ModelFileError, fill_model, load_model, save_model

pytestmark = KERAS_SAVES

REPORT = small_report(
    head="seeds = [0, 1]",
    base='model = "tutorial"\nfilters = [4]\ndense_units = 4\nepochs = 1',
    values="2, 4",
    choose='{ value = 2, because = "It is ours." }',
)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a trained report and its pictures, which no test may change."""
    root = Path(tmp_path_factory.mktemp("trained"))
    (root / "my report").mkdir()
    (root / "my report" / "report.toml").write_text(REPORT, encoding="utf-8")
    save_pictures(root / "pictures")
    train_here(Request(root / "my report"))
    return root


@pytest.fixture
def request_(trained: Path, tmp_path: Path) -> Request:
    """Return a request for a copy of the trained report."""
    shutil.copytree(trained, tmp_path / "copy")
    return Request(tmp_path / "copy" / "my report")


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process do what a worker does."""

    def do(task: Callable[[Any], Any], job: object, *, log: Path) -> Any:
        return task(job)

    monkeypatch.setattr(training, "in_worker", do)


@pytest.mark.usefixtures("here")
def test_an_exported_network_says_what_its_run_said(
    request_: Request, command: Command, tmp_path: Path
) -> None:
    """To the last bit, from the files of the pictures; its card says what it is."""
    to = tmp_path / "a network"
    code, output, _ = command("export", request_.folder, "--to", to)
    assert code == 0
    assert "batch/2" in output
    assert "equal those on record" in output
    assert sorted(path.name for path in to.iterdir()) == ["model.json", "model.keras"]
    opened = open_request(request_, Console(quiet=True))
    run = opened.plan(opened.report).study("batch").trial(2).runs[0]
    assert isinstance(run.result, Record)
    recorded = run.result.predictions
    root = tmp_path / "copy" / "pictures"
    named = predicting.predict(to, [root / picture for picture in recorded.pictures])
    np.testing.assert_array_equal(named.probabilities, recorded.probabilities)
    card = json.loads((to / "model.json").read_text(encoding="utf-8"))
    assert (card["classes"], card["card"]["run"]) == (["green", "red"], run.id)
    assert card["preprocessing"]["image_size"] == 16
    code, output, _ = command("predict", to, root / "val" / "red", "--top", 1)
    assert code == 0
    assert len(output.splitlines()) == 4
    code, output, _ = command("predict", to, root / "val" / "red" / "0.png", "--json")
    (shares,) = json.loads(output).values()
    assert sum(shares.values()) == pytest.approx(1)


@pytest.mark.usefixtures("here")
def test_what_cannot_be_exported_is_refused_with_the_reason(
    request_: Request, tmp_path: Path
) -> None:
    """Nothing is written: not without the run, its weights, or a folder for it."""
    console, to = Console(quiet=True), tmp_path / "to"

    def refused(problem: str, **asked: Any) -> None:
        with pytest.raises(UserError, match=problem):
            app.export_final(request_, console, **{"to": to, **asked})
        assert not to.exists() or not list(to.glob("model.*"))

    refused("batch/2 has no finished run of seed 7; it has 0, 1", seed=7)
    refused("holds something else: green, red", to=tmp_path / "copy" / "pictures" / "val")
    opened = open_request(request_, console)
    (opened.store.weights).rename(tmp_path / "gone")
    refused("no weights are kept of run")
    rewrite(request_.folder / "report.toml", "epochs = 1", "epochs = 2")
    refused("4 runs are not recorded yet")


def saved(path: Path, *layers: Any) -> Path:
    """Save a small network, as Keras does."""
    inputs = keras.Input((8, 8, 3))
    x = inputs
    for layer in layers or (keras.layers.Flatten(), keras.layers.Dense(2, activation="softmax")):
        x = layer(x)
    keras.Model(inputs, x).save(path)
    return path


def repacked(path: Path, **changed: bytes) -> Path:
    """Put other members into an archive."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members |= {name.replace("_", ".", 1): data for name, data in changed.items()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def test_a_file_with_code_is_refused(tmp_path: Path) -> None:
    """Before Keras sees it: a lambda, a layer of somebody's, and a function of another module."""
    lambda_ = saved(tmp_path / "a.keras", keras.layers.Lambda(lambda x: x))
    with pytest.raises(ModelFileError, match="layer Lambda carries code"):
        load_model(lambda_)
    plain = saved(tmp_path / "b.keras")
    for module, name in (("os", "system"), ("evil.layers", "Dense")):
        with zipfile.ZipFile(plain) as archive:
            config = json.loads(archive.read("config.json"))
        config["config"]["layers"][1] |= {"module": module, "class_name": name}
        with pytest.raises(ModelFileError, match=f"{name} is none of Keras' own: it is from"):
            load_model(repacked(plain, config_json=json.dumps(config).encode()))


def test_arrays_outside_of_the_file_are_refused(tmp_path: Path) -> None:
    """A link to another file would read what the user never named."""
    weights = tmp_path / "w.h5"
    with h5py.File(weights, "w") as file:
        file["layers"] = h5py.ExternalLink("/etc/passwd", "/")
    path = saved(tmp_path / "a.keras")
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["model.weights.h5"] = weights.read_bytes()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    with pytest.raises(ModelFileError, match="layers is a link, not an array"):
        load_model(path)


@pytest.mark.parametrize(
    "data", [b"", b"PK\x03\x04", b"\x80\x04K\x01."], ids=["empty", "cut", "pickle"]
)
def test_what_is_no_archive_is_refused(data: bytes, tmp_path: Path) -> None:
    """A pickle above all, which would run what it likes."""
    (tmp_path / "m.keras").write_bytes(data)
    with pytest.raises(ModelFileError, match=r"it is no \.keras archive"):
        load_model(tmp_path / "m.keras")


def test_layers_of_ones_own_are_named_and_their_file_is_refused(tmp_path: Path) -> None:
    """Its arrays fill a model that its own code has built, and no other."""

    class Mine(keras.layers.Layer):  # type: ignore[misc]
        def build(self, shape: Any) -> None:
            self.shift = self.add_weight(shape=(1,), initializer="ones")

        def call(self, x: Any) -> Any:
            return x + self.shift

    def built(*more: Any) -> Any:
        inputs = keras.Input((8, 8, 3))
        x = Mine()(inputs)
        for layer in more:
            x = layer(x)
        return keras.Model(inputs, x)

    path, model = tmp_path / "m.keras", built()
    model.layers[1].shift.assign([7.0])
    assert [it for it in save_model(model, path) if "Mine is none of Keras' own" in it]
    with pytest.raises(ModelFileError, match="Mine is none of Keras' own"):
        load_model(path)
    again = built()
    fill_model(again, path)
    assert float(again.layers[1].shift[0]) == 7
    with pytest.raises(ModelFileError, match="its arrays are of another network"):
        fill_model(built(keras.layers.Dense(3)), path)


def test_a_layer_that_keras_cannot_describe_is_refused(tmp_path: Path) -> None:
    """With the way out, and no file stays."""

    class Mine(keras.layers.Layer):  # type: ignore[misc]
        def __init__(self, function: Any) -> None:
            super().__init__()

        def call(self, x: Any) -> Any:
            return x

    inputs = keras.Input((8, 8, 3))
    model = keras.Model(inputs, Mine(object())(inputs))
    with pytest.raises(ModelFileError, match=r"(?s)Keras cannot describe it.*get_config"):
        save_model(model, tmp_path / "m.keras")
    assert not (tmp_path / "m.keras").exists()


def test_a_card_that_describes_another_file_is_refused(tmp_path: Path) -> None:
    """And so is one of another format, and a folder without one."""
    saved(tmp_path / "model.keras")
    good = {"format": 1, "classes": ["a"], "sha256": "0",
            "preprocessing": {"image_size": 8, "interpolation": "bilinear"}}  # fmt: skip
    for card, problem in (
        (good, "is not the file that it describes"),
        ({**good, "format": 2}, "format: 1 is read here, 2 came"),
        ({**good, "preprocessing": {"image_size": -1}}, "a side of 1 to 4096"),
        ([], "format"),
    ):
        (tmp_path / "model.json").write_text(json.dumps(card), encoding="utf-8")
        with pytest.raises(UserError, match=problem):
            app.read_card(tmp_path)
    with pytest.raises(UserError, match="No such file"):
        app.read_card(tmp_path / "nowhere")


@pytest.mark.slow
def test_a_worker_writes_and_predicts_the_same(trained: Path, tmp_path: Path) -> None:
    """As a user has it: other processes, trained in and predicted in, and the same bits."""
    shutil.copytree(trained, tmp_path / "copy")
    request = Request(tmp_path / "copy" / "my report")
    exported = app.export_final(request, Console(quiet=True), to=tmp_path / "net", seed=1)
    opened = open_request(request, Console(quiet=True))
    record = opened.plan(opened.report).study("batch").trial(2).records[1]
    assert exported.run == record.id
    root = tmp_path / "copy" / "pictures"
    paths = [root / picture for picture in record.predictions.pictures]
    named = predicting.predict(tmp_path / "net", paths)
    assert float(np.abs(named.probabilities - record.predictions.probabilities).max()) < 1e-6
