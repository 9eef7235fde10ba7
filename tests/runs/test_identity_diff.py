"""What has changed since a run was recorded is named, and nothing else is."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import MakeReport, rewrite
from factories import VERSIONS
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from scenes.data.folder import load_folder
from scenes.data.pictures import Pictures
from scenes.plan.planning import plan_report
from scenes.runs.identity import identify
from scenes.runs.identity_diff import find_changes, find_nearest
from scenes.runs.lookup import Results
from scenes.runs.store import Store
from scenes.spec.settings import Settings

TUTORIAL = Settings()
KNOWN = identify(TUTORIAL, 0, data="d", versions=VERSIONS)


def changed(**parts: Any) -> dict[str, Any]:
    """Return the identity with some of its parts replaced."""
    return {**KNOWN, **parts}


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (changed(settings={**KNOWN["settings"], "batch_size": 64}), ["batch_size 32 → 64"]),
        (changed(settings={**KNOWN["settings"], "filters": [8, 8]}), ["filters 16-32-64 → 8-8"]),
        (changed(settings={**KNOWN["settings"], "warmup": 3}), ["warmup unset → 3"]),
        (changed(seed=2), ["seed 0 → 2"]),
        (changed(data="e"), ["other pictures"]),
        (changed(weights="ab" * 32), ["weights unset → abababab"]),
        (changed(versions={**VERSIONS, "keras": "9"}), ["keras 3.15.1 → 9"]),
        (changed(versions=None), []),
        (changed(code="d31669ab"), ["other code"]),
        (
            changed(code={**KNOWN["code"], "models.build_tutorial": "0", "stopping.is_over": "1"}),
            ["code: models.build_tutorial, stopping.is_over"],
        ),
        (changed(seed=1, data="e"), ["other pictures", "seed 0 → 1"]),
        (KNOWN, []),
    ],
    ids=[
        "setting",
        "list",
        "new",
        "seed",
        "data",
        "weights",
        "version",
        "none",
        "old",
        "code",
        "two",
        "same",
    ],
)
def test_each_change_is_named(other: dict[str, Any], said: list[str]) -> None:
    """With its name, and from what to what."""
    assert [str(change) for change in find_changes(KNOWN, other)] == said


def test_many_functions_are_counted() -> None:
    """A change of all the code does not fill the screen."""
    (change,) = find_changes(KNOWN, changed(code=dict.fromkeys(KNOWN["code"], "0")))
    assert set(change.names) == KNOWN["code"].keys()
    assert str(change).endswith(f"and {len(KNOWN['code']) - 3} more")


@given(st.sets(st.sampled_from(["batch_size", "epochs", "learning_rate", "dropout"])))
def test_the_nearest_has_the_fewest_changes(names: set[str]) -> None:
    """Among records of other settings, the one with one change comes before those with more."""
    settings = KNOWN["settings"]
    far = changed(settings={**settings, **dict.fromkeys(names, 99)}, seed=7, data="x")
    near = changed(seed=1)
    found = find_nearest(KNOWN, {"a": far, "b": near})
    assert found is not None
    assert found[0] == "b"
    assert [str(change) for change in found[1]] == ["seed 1 → 0"]
    assert find_nearest(KNOWN, {}) is None


STUDIES = [
    {
        "name": "model",
        "factor": "network",
        "factor_label": "network",
        "values": [
            {"key": "tutorial", "model": "tutorial"},
            {"key": "few", "model": "tutorial", "train_per_class": 2},
            {"key": "lenet", "model": "lenet"},
            {"key": "zoom", "model": "tutorial", "augmentation": "zoom"},
            {
                "key": "vgg16",
                "model": "transfer",
                "backbone": "VGG16",
                "weights": "random",
                "image_size": 32,
            },
        ],
        "title": "Model",
        "question": "Which?",
    }
]
ALL = {"tutorial", "few", "lenet", "zoom", "vgg16"}

Ids = Callable[[], dict[str, str]]


@pytest.fixture
def ids(tmp_path: Path, make_report: MakeReport) -> Ids:
    """Return what plans a report on a folder of pictures: the id of each value's run."""
    root = tmp_path / "pictures"
    for number, (split, kind) in enumerate((s, k) for s in ("train", "val") for k in "ab"):
        (root / split / kind).mkdir(parents=True)
        for index in range(6):
            picture = np.full((32, 32, 3), 10 * (6 * number + index), np.uint8)
            Image.fromarray(picture).save(root / split / kind / f"{index}.png")
    report = make_report(base={"image_size": 32}, study=STUDIES)

    def plan(versions: dict[str, str] = VERSIONS, **base: Any) -> dict[str, str]:
        pictures = Pictures(load_folder(root, cache=None), seed=0)
        changed = make_report(base={"image_size": 32, **base}, study=STUDIES) if base else report
        planned = plan_report(
            changed, pictures.fingerprint, Results(Store(tmp_path / "store")), versions=versions
        )
        return {trial.key: trial.runs[0].id for trial in planned.studies[0].trials}

    return plan


def differing(before: dict[str, str], after: dict[str, str]) -> set[str]:
    """Return the values whose run is another one."""
    return {key for key in before if before[key] != after[key]}


@pytest.mark.parametrize(
    ("module", "old", "new", "stale"),
    [
        ("training/models.py", 'padding="same", name', 'padding="valid", name', "tutorial"),
        ("training/models.py", "(count, 5, padding=padding", "(count, 7, padding=padding", "lenet"),
        ("training/models.py", "layers.Dense(head_units,", "layers.Dense(1 + head_units,", "vgg16"),
        ("training/models.py", 'activation="softmax"', 'activation="sigmoid"', "all"),
        ("training/augmentations.py", "RandomZoom(strength", "RandomZoom(2 * strength", "zoom"),
        ("training/augmentations.py", "GREY = 127.5", "GREY = 127", ""),
        ("training/step.py", "training=True", "training=False", "all"),
        ("training/feature_cache.py", "training=False", "training=True", "vgg16"),
        (
            "training/loop.py",
            "started = time.perf_counter()",
            "started = time.perf_counter()  # now",
            "",
        ),
    ],
)
def test_a_line_makes_stale_what_executes_it(
    ids: Ids, source: Path, module: str, old: str, new: str, stale: str
) -> None:
    """One changed line of a builder: the runs that execute it train again, and no others."""
    before = ids()
    rewrite(source / module, old, new)
    wanted = {"all": ALL, "tutorial": {"tutorial", "few", "zoom"}, "": set()}
    assert differing(before, ids()) == wanted.get(stale, {stale})


def test_a_picture_makes_stale_what_takes_it(ids: Ids, tmp_path: Path) -> None:
    """A run on some of the pictures depends on those alone."""
    before, seen = ids(), []
    for index in range(6):
        path = tmp_path / "pictures" / "train" / "a" / f"{index}.png"
        whole = path.read_bytes()
        Image.fromarray(np.full((32, 32, 3), 251, np.uint8)).save(path)
        seen.append(differing(before, ids()))
        path.write_bytes(whole)
    assert ids() == before
    assert all(stale >= ALL - {"few"} for stale in seen)
    assert 0 < sum("few" not in stale for stale in seen) < 6


def test_a_setting_and_a_version_make_stale_what_they_touch(ids: Any) -> None:
    """A setting of one model leaves the others alone; a version touches all."""
    before = ids()
    assert differing(before, ids(kernel_size=5)) == {"tutorial", "few", "zoom"}
    assert differing(before, ids(head_units=7)) == {"vgg16"}
    assert differing(before, ids(batch_size=7)) == ALL
    assert differing(before, ids(versions={**VERSIONS, "numpy": "9"})) == ALL


def test_a_moved_folder_and_a_changed_clock_make_nothing_stale(ids: Ids, tmp_path: Path) -> None:
    """What counts is the content of pictures: not where they lie, nor when they were written."""
    before = ids()
    for path in (tmp_path / "pictures").rglob("*.png"):
        os.utime(path, (0, 2**33))
    assert ids() == before
