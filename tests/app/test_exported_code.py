"""A network with layers of its authors' own is exported with their code, and used with it."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import Command, save_pictures
from own_code import write_own
from rich.console import Console
from small_models import KERAS_SAVES

from scenes.app import predicting, trust
from scenes.app.network_export import export_final
from scenes.app.request import Request, open_request
from scenes.errors import UserError
from scenes.spec.component_files import components_of
from scenes.spec.component_sources import find_origin
from scenes.training import export as training
from scenes.training.executors.protocol import Job
from scenes.training.worker import run_job

pytestmark = KERAS_SAVES

CODE = """
from __future__ import annotations

from scenes import model

from .blocks import scale


@model
def own(*, image_size, classes, widths=(4, 3), doubled=True) -> keras.Model:
    import keras
    from keras import layers

    pictures = keras.Input((image_size, image_size, 3))
    x = layers.GlobalAveragePooling2D()(scale()(pictures))
    if doubled:
        x = layers.Lambda(lambda it: 2 * it)(x)
    for width in widths:
        x = layers.Dense(width)(x)
    return keras.Model(pictures, layers.Dense(classes, activation="softmax")(x))
"""
LAYER = """
def scale():
    import keras

    class Scale(keras.layers.Layer):
        def build(self, shape):
            self.by = self.add_weight(shape=(3,), initializer="random_normal")

        def call(self, x):
            return x / 255 * self.by

    return Scale()
"""
REPORT = """
title = "T"
authors = ["A"]
[base]
model = "own"
image_size = 16
epochs = 1
batch_size = 4
precision = "float32"
[data]
source = "../pictures"
[[study]]
name = "widths"
title = "Widths"
question = "Which?"
factor = "widths"
values = [{ key = "one", widths = [5] }, { key = "two", widths = [4, 3] }]
choose = { value = "two", because = "It is ours." }
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a trained report whose network has a layer of its own and a function."""
    root = Path(tmp_path_factory.mktemp("own"))
    folder = write_own(root / "my report", CODE, blocks=LAYER)
    (folder / "report.toml").write_text(REPORT, encoding="utf-8")
    save_pictures(root / "pictures")
    with components_of(find_origin(folder)):
        opened = open_request(Request(folder), Console(quiet=True))
        for run in opened.plan(opened.report).missing:
            part = opened.pictures.part(run.settings)
            job = Job(run.id, run.settings, run.seed, run.identity, part, opened.store, "all")
            run_job(replace(job, components=find_origin(folder)))
    return folder


@pytest.fixture(scope="module")
def exported(folder: Path) -> Path:
    """Return its export, which no test may change."""
    to = folder.parent / "net"
    with pytest.MonkeyPatch.context() as patched, components_of(find_origin(folder)):
        patched.setattr(training, "in_worker", here)
        export_final(Request(folder), Console(quiet=True), to=to)
    return to


def here(task: Callable[[Any], Any], job: object, *, log: Path) -> Any:
    """Let this process do what a worker does."""
    return task(job)


@pytest.fixture(autouse=True)
def accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let nothing be accepted, and this process do what a worker does."""
    monkeypatch.setattr(training, "in_worker", here)
    monkeypatch.setattr(trust, "accepted_file", lambda: tmp_path / "accepted.json")
    return tmp_path / "accepted.json"


def test_it_says_what_its_run_said_once_its_code_is_accepted(
    folder: Path, command: Command, accepted: Path, tmp_path: Path
) -> None:
    """To the last bit; elsewhere it is asked about first, and nothing runs before."""
    to = tmp_path / "a network"
    code, output, errors = command("export", folder, "--to", to, "--trust")
    assert code == 0, errors
    assert "its code lies beside it" in output
    assert "equal those on record" in output
    names = sorted(it.relative_to(to).as_posix() for it in to.rglob("*.*"))
    assert names == ["components/blocks.py", "components/components.py", "model.json",
                     "model.keras"]  # fmt: skip
    pictures = folder.parent / "pictures"
    assert command("predict", to, pictures / "val", "--top", 1)[0] == 0  # its author has accepted
    accepted.unlink()
    code, _, errors = command("predict", to, pictures / "val")
    assert code == 2
    assert "brings code of its own: components.py, blocks.py" in errors
    assert "--trust" in errors
    with components_of(find_origin(folder)):
        opened = open_request(Request(folder), Console(quiet=True))
        (record,) = opened.plan(opened.report).study("widths").trial("two").records
    paths = [pictures / name for name in record.predictions.pictures]
    named = predicting.predict(to, paths, trust=True)
    np.testing.assert_array_equal(named.probabilities, record.predictions.probabilities)


@pytest.mark.parametrize(
    ("name", "change", "problem"),
    [
        ("components/blocks.py", lambda text: f"{text}\n", "holds other code than"),
        ("components/components.py", None, "'components.py' is not there"),
        ("model.json", {"files": ["../components.py"]}, "cannot be imported"),
        ("model.json", {"files": []}, "built_by: the files"),
        ("model.json", {"settings": {"model": "own", "width": 2}}, "its card: width: unknown"),
        ("model.json", {"settings": 3}, "built_by: the settings"),
        ("model.json", {"installed": "labnets 1.2"}, "It was built by labnets 1.2; install it"),
    ],
)
def test_other_code_or_another_card_is_refused(
    name: str, change: Any, problem: str, exported: Path, tmp_path: Path
) -> None:
    """In one message, whoever made them."""
    to = Path(shutil.copytree(exported, tmp_path / "net"))
    if change is None:
        (to / name).unlink()
    elif callable(change):
        (to / name).write_text(change((to / name).read_text(encoding="utf-8")), encoding="utf-8")
    else:
        card = json.loads((to / name).read_text(encoding="utf-8"))
        card["built_by"] |= change
        (to / name).write_text(json.dumps(card), encoding="utf-8")
    with pytest.raises(UserError) as refused:
        predicting.predict(to, [exported.parent / "pictures" / "val"], trust=True)
    assert problem in str(refused.value)


def test_an_earlier_export_is_replaced_and_nothing_else(
    folder: Path, exported: Path, command: Command, tmp_path: Path
) -> None:
    """Its code too; without its card, a folder is taken for one of the user's own."""
    to = Path(shutil.copytree(exported, tmp_path / "net"))
    (to / "components" / "old.py").write_text("", encoding="utf-8")
    assert command("export", folder, "--to", to, "--trust")[0] == 0
    assert not (to / "components" / "old.py").exists()
    (to / "model.json").unlink()
    code, _, errors = command("export", folder, "--to", to)
    assert (code, "holds something else: components" in errors) == (2, True)
