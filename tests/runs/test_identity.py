"""A run's id changes with all that can change its result, and with nothing else."""

from dataclasses import replace
from pathlib import Path

import pytest
from conftest import rewrite
from factories import VERSIONS
from hypothesis import given
from hypothesis import strategies as st
from own_code import BLOCKS, COMPONENTS, load_own, write_own

from scenes.runs import identity
from scenes.runs.identity import effective, identify, run_id, training_versions, weights_fingerprint
from scenes.spec import registry
from scenes.spec.registry import BUILT_IN
from scenes.spec.settings import Settings

TUTORIAL = Settings()
TRANSFER = Settings(model="transfer", backbone="VGG16")
COSINE = Settings(learning_rate_schedule="cosine")
STEPS = Settings(learning_rate_schedule="step")
PATIENT = Settings(patience=3)
ZOOM = Settings(augmentation="zoom")
ERASING = Settings(augmentation="zoom+random_erasing")


def id_of(settings: Settings, *, seed: int = 0, data: str = "d") -> str:
    """Return the id of a run."""
    return run_id(identify(settings, seed, data=data, versions=VERSIONS))


def test_an_id_is_short_and_stable() -> None:
    """The same run has the same id of sixteen hexadecimal digits."""
    first = id_of(TUTORIAL)
    assert first == id_of(Settings())
    assert len(first) == 16
    assert set(first) <= set("0123456789abcdef")


CHANGES = {
    "image_size": 32,
    "interpolation": "nearest",
    "batch_size": 8,
    "epochs": 2,
    "optimizer": "adam",
    "learning_rate": 0.1,
    "learning_rate_schedule": "step",
    "patience": 3,
    "momentum": 0.9,
    "weight_decay": 0.1,
    "label_smoothing": 0.1,
    "class_weights": "balanced",
    "precision": "mixed_bfloat16",
    "augmentation": "zoom",
    "activation": "tanh",
    "filters": (8,),
    "kernel_size": 5,
    "dense_units": 9,
    "dropout": 0.5,
}


@pytest.mark.parametrize(("name", "value"), CHANGES.items(), ids=CHANGES)
def test_a_setting_that_counts_changes_the_id(name: str, value: object) -> None:
    """Each setting that the model or the training takes makes another run."""
    assert id_of(TUTORIAL.model_copy(update={name: value})) != id_of(TUTORIAL)


def test_every_setting_is_accounted_for() -> None:
    """A setting is one that counts for some run, one that selects pictures, or `model`."""
    of_models = {name for entry in BUILT_IN.models.values() for name in entry.parameters}
    of_schedules = {name for entry in BUILT_IN.schedules.values() for name in entry.parameters}
    counting = {*identity.TRAINING_SETTINGS, "momentum", "augmentation_strength", *of_models}
    counting |= {"learning_rate_schedule", *of_schedules, *identity.STOPPING_SETTINGS}
    selecting = {"train_per_class", "val_per_class"}
    assert counting | selecting | {"model"} == set(Settings.model_fields)


@pytest.mark.parametrize(
    ("settings", "changed"),
    [
        (TUTORIAL, {"backbone": "VGG16", "head_units": 7, "weights": "random", "trainable": "all"}),
        (TUTORIAL, {"augmentation_strength": 0.5}),
        (TUTORIAL, {"train_per_class": 3, "val_per_class": 3}),
        (Settings(model="lenet"), {"filters": (8,), "kernel_size": 5, "dense_units": 9}),
        (Settings(optimizer="adam"), {"momentum": 0.9}),
        (TUTORIAL, {"schedule_factor": 0.1, "schedule_every": 3, "schedule_floor": 0.1}),
        (COSINE, {"schedule_factor": 0.1, "schedule_every": 3}),
        (STEPS, {"schedule_floor": 0.1}),
        (TUTORIAL, {"stop_by": "val_accuracy", "restore_best": True}),
        (TRANSFER, {"filters": (8,)}),
    ],
)
def test_a_setting_without_effect_keeps_the_id(
    settings: Settings, changed: dict[str, object]
) -> None:
    """What the model, the optimizer or the augmentation does not take makes no other run."""
    assert id_of(settings.model_copy(update=changed)) == id_of(settings)


@pytest.mark.parametrize(
    ("settings", "changed"),
    [
        (COSINE, {"schedule_floor": 0.1}),
        (STEPS, {"schedule_factor": 0.1}),
        (STEPS, {"schedule_every": 3}),
        (PATIENT, {"stop_by": "val_accuracy"}),
        (PATIENT, {"restore_best": True}),
        (ZOOM, {"augmentation_strength": 0.5}),
    ],
)
def test_a_setting_counts_where_another_makes_it_count(
    settings: Settings, changed: dict[str, object]
) -> None:
    """What a schedule, early stopping or an augmentation takes makes another run."""
    assert id_of(settings.model_copy(update=changed)) != id_of(settings)


def test_seed_pictures_and_versions_change_the_id() -> None:
    """So does each part of the identity that is no setting."""
    known = identify(TUTORIAL, 0, data="d", versions=VERSIONS)
    others = [
        identify(TUTORIAL, 1, data="d", versions=VERSIONS),
        identify(TUTORIAL, 0, data="e", versions=VERSIONS),
        identify(TUTORIAL, 0, data="d", versions={**VERSIONS, "keras": "9"}),
        identify(TUTORIAL, 0, data="d", versions=None),
    ]
    assert len({run_id(one) for one in [known, *others]}) == 5


@given(st.permutations(["settings", "seed", "data", "code", "weights", "versions"]))
def test_the_order_of_an_identity_does_not_matter(keys: list[str]) -> None:
    """An identity that was read from a file has the same id."""
    known = identify(TUTORIAL, 0, data="d", versions=VERSIONS)
    assert run_id({key: known[key] for key in keys}) == run_id(known)


def test_effective_settings_are_those_of_the_model() -> None:
    """A transfer model shows its backbone, a small one its filters."""
    assert "filters" in effective(TUTORIAL)
    assert "backbone" not in effective(TUTORIAL)
    assert effective(TRANSFER)["backbone"] == "VGG16"
    assert "filters" not in effective(TRANSFER)


@pytest.mark.parametrize(
    ("module", "old", "new"),
    [
        (
            "training/loop.py",
            "started = time.perf_counter()\n",
            "started = time.perf_counter()  # now\n",
        ),
        ("training/schedules.py", "math.pi * reached", "math.pi * reached * 2"),
        ("training/stopping.py", ">= settings.patience", "> settings.patience"),
        (
            "training/loop.py",
            '    """Train and validate one model.\n',
            '    """Say it otherwise.\n',
        ),
        ("training/models.py", "Build the network of", "Make the network of"),
        ("training/models.py", "def build_lenet(", "\n\n\ndef build_lenet("),
        (
            "training/models.py",
            "        x = layers.Conv2D(count, 5,",
            "        x = layers.Conv2D(count, 7,",
        ),
        ("training/backbones.py", "import keras\n", "import keras\n\nUNUSED = 3\n"),
    ],
    ids=[
        "comment",
        "schedule",
        "stopping",
        "docstring",
        "docstring of a builder",
        "blank lines",
        "another model",
        "other",
    ],
)
def test_what_does_not_run_keeps_the_id(source: Path, module: str, old: str, new: str) -> None:
    """Comments, docstrings, line breaks and the code of other models make no run stale."""
    before = id_of(TUTORIAL)
    rewrite(source / module, old, new)
    assert id_of(TUTORIAL) == before


@pytest.mark.parametrize(
    ("settings", "module", "old", "new"),
    [
        (TUTORIAL, "training/loop.py", "permutation(len", "permutation(1 * len"),
        (TUTORIAL, "training/step.py", "training=True", "training=False"),
        (COSINE, "training/schedules.py", "math.pi * reached", "math.pi * reached * 2"),
        (PATIENT, "training/stopping.py", ">= settings.patience", "> settings.patience"),
        (TUTORIAL, "training/models.py", 'padding="same", name', 'padding="valid", name'),
        (TUTORIAL, "training/models.py", 'activation="softmax"', 'activation="sigmoid"'),
        (ERASING, "training/augmentations.py", "GREY = 127.5", "GREY = 127"),
        (
            ERASING,
            "training/augmentations.py",
            "layers.RandomZoom(strength",
            "layers.RandomZoom(2 * strength",
        ),
        (ZOOM, "training/augmentations.py", "BLACK_TO_WHITE = (0, 255)", "BLACK_TO_WHITE = (0, 1)"),
        (TRANSFER, "training/feature_cache.py", "training=False", "training=True"),
        (TRANSFER, "training/models.py", 'name="head"', 'name="crown"'),
    ],
)
def test_a_changed_line_changes_the_id(
    source: Path, settings: Settings, module: str, old: str, new: str
) -> None:
    """A line that a run executes, or reaches through another function, makes it another run."""
    before = id_of(settings)
    rewrite(source / module, old, new)
    assert id_of(settings) != before


@pytest.mark.parametrize(
    ("settings", "module", "old", "new"),
    [
        (ZOOM, "training/augmentations.py", "GREY = 127.5", "GREY = 127"),
        (ZOOM, "training/augmentations.py", "layers.RandomRotation(", "layers.RandomRotation(2 * "),
        (ZOOM, "training/augmentations.py", "layers.MixUp(strength", "layers.MixUp(2 * strength"),
        (STEPS, "training/schedules.py", "math.pi * reached", "math.pi * reached * 2"),
    ],
)
def test_a_line_of_another_entry_keeps_the_id(
    source: Path, settings: Settings, module: str, old: str, new: str
) -> None:
    """What another augmentation or schedule executes makes no run of this one stale."""
    before = id_of(settings)
    rewrite(source / module, old, new)
    assert id_of(settings) == before


def test_a_missing_builder_of_an_augmentation_is_an_error(source: Path) -> None:
    """An augmentation whose builder is gone does not silently drop out of the id."""
    rewrite(source / "training/augmentations.py", "def build_zoom", "def build_room")
    with pytest.raises(LookupError, match=r"does not define .*augmentations:build_zoom"):
        id_of(ZOOM)


@pytest.mark.parametrize("settings", [TUTORIAL, TRANSFER, ERASING])
@pytest.mark.parametrize(
    ("module", "old", "new"),
    [
        ("data/decoding.py", "3: Image.Transpose.ROTATE_180", "3: Image.Transpose.ROTATE_90"),
        ("data/pixels.py", '"white")', '"black")'),
        ("data/arrays.py", "decoded.image.resize((size, size)", "decoded.image.resize((size, 1)"),
    ],
)
def test_a_decoder_s_line_changes_the_id(
    source: Path, settings: Settings, module: str, old: str, new: str
) -> None:
    """Pictures that are decoded or resized in another way are other pictures."""
    before = id_of(settings)
    rewrite(source / module, old, new)
    assert id_of(settings) != before


def test_a_changed_default_changes_the_id() -> None:
    """The default strength of an augmentation stands in a table, and counts like code."""
    settings = Settings(augmentation="zoom")
    before, other = id_of(settings), id_of(TUTORIAL)
    zoom = replace(BUILT_IN.augmentations["zoom"], strength=0.3)
    changed = replace(BUILT_IN, augmentations={**BUILT_IN.augmentations, "zoom": zoom})
    with registry.using(changed):
        assert id_of(settings) != before
        assert id_of(TUTORIAL) == other
    assert id_of(settings) == before


def test_a_changed_line_is_named(source: Path) -> None:
    """The identity says which function has changed, and no other is touched."""
    before = identify(TUTORIAL, 0, data="d", versions=VERSIONS)["code"]
    rewrite(source / "training/models.py", 'padding="same", name', 'padding="valid", name')
    after = identify(TUTORIAL, 0, data="d", versions=VERSIONS)["code"]
    assert after.keys() == before.keys()
    changed = [name for name in after if after[name] != before[name]]
    assert changed == ["build_tutorial"]


def test_a_missing_root_is_told(source: Path) -> None:
    """A function at which a run starts does not silently drop out of the id."""
    rewrite(source / "training/worker.py", "def find_outcome(", "def seek_outcome(")
    with pytest.raises(LookupError, match=r"does not define .*worker:find_outcome"):
        id_of(TUTORIAL)


def test_weights_count_by_content(tmp_path: Path) -> None:
    """A weights file counts by what is in it, not by where it lies."""
    ids = []
    for name, content in [("a.h5", b"1"), ("b.h5", b"1"), ("c.h5", b"2")]:
        (tmp_path / name).write_bytes(content)
        ids.append(id_of(TRANSFER.model_copy(update={"weights": str(tmp_path / name)})))
    assert ids[0] == ids[1] != ids[2]
    (tmp_path / "a.h5").write_bytes(b"another")
    assert id_of(TRANSFER.model_copy(update={"weights": str(tmp_path / "a.h5")})) != ids[0]


def test_weights_without_a_file() -> None:
    """Names stand for themselves, a missing file is told apart, other models have none."""
    assert weights_fingerprint(TRANSFER) == "imagenet"
    assert weights_fingerprint(TRANSFER.model_copy(update={"weights": "random"})) == "random"
    assert weights_fingerprint(TRANSFER.model_copy(update={"weights": "no.h5"})) == "missing"
    assert weights_fingerprint(TUTORIAL) is None


def test_versions_need_all_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where one of the libraries is not installed, there are no versions."""
    monkeypatch.setattr(identity, "_first_version", lambda names: "1")
    names = ("tensorflow", "keras", "numpy", "pillow")
    assert training_versions() == dict.fromkeys(names, "1")
    monkeypatch.setattr(identity, "_first_version", lambda names: "1" if "keras" in names else None)
    assert training_versions() is None
    monkeypatch.undo()
    assert identity._first_version(("no-such-package",)) is None


OWN = {"model": "small_resnet", "image_size": 16}
NOISY = {**OWN, "augmentation": "noise"}
CYCLED = {**OWN, "learning_rate_schedule": "one_cycle"}


def own_ids(folder: Path) -> list[str]:
    """Return the ids of runs with own components, and of one without."""
    with registry.using(load_own(folder)):
        return [id_of(Settings.model_validate(it)) for it in (OWN, NOISY, CYCLED, {})]


@pytest.mark.parametrize(
    ("file", "old", "new", "changed"),
    [
        ("components.py", "strides=2", "strides=1", [True, True, True, False]),
        ("blocks.py", "Add()", "Average()", [True, True, True, False]),
        ("components.py", "return pictures + strength", "return pictures - strength", [0, 1, 0, 0]),
        ("components.py", "(1 - done)", "(2 - done)", [0, 0, 1, 0]),
        ("components.py", "peak=0.3", "peak=0.4", [0, 0, 1, 0]),
        ("components.py", "strength=10.0", "strength=11.0", [0, 1, 0, 0]),
        ("components.py", "blocks=1", "blocks=2", [True, True, True, False]),
        ("components.py", "minimum_size=8, ", "minimum_size=16, trainable=3, ", [0, 0, 0, 0]),
        ("components.py", "    for _ in", "    # a comment\n    for _ in", [0, 0, 0, 0]),
        ("components.py", ": Annotated[int, Field(ge=1, le=64)]", "", [0, 0, 0, 0]),
        ("blocks.py", "Add two", "Join two", [0, 0, 0, 0]),
        ("blocks.py", "return 0", "return 1", [0, 0, 0, 0]),
    ],
)
def test_ids_follow_own_code(
    file: str, old: str, new: str, changed: list[bool], tmp_path: Path
) -> None:
    """A line of a component changes its runs and no others; what decides no result changes none."""
    before = own_ids(write_own(tmp_path))
    rewrite(tmp_path / file, old, new)
    after = own_ids(tmp_path)
    assert [one != other for one, other in zip(before, after, strict=True)] == changed


def test_where_own_code_lies_changes_no_id(tmp_path: Path) -> None:
    """A report can be moved, and its files renamed and split."""
    before = own_ids(write_own(tmp_path / "one"))
    assert own_ids(write_own(tmp_path / "two")) == before
    split = COMPONENTS.replace(".blocks", ".parts")
    assert own_ids(write_own(tmp_path / "three", split, parts=BLOCKS)) == before


def test_an_own_setting_is_in_the_ids_of_what_takes_it(tmp_path: Path) -> None:
    """Its default too; another component's does not count."""
    with registry.using(load_own(write_own(tmp_path))):
        plain, wide, peaked = (
            id_of(Settings.model_validate({**OWN, **it})) for it in ({}, {"width": 8}, {"peak": 1})
        )
        assert plain == id_of(Settings.model_validate({**OWN, "width": 4}))
        assert plain != wide
        assert plain == peaked
        cycled = [id_of(Settings.model_validate({**CYCLED, "peak": it})) for it in (0.3, 0.5)]
        assert cycled[0] != cycled[1]
        assert effective(Settings.model_validate(NOISY))["tint"] == "grey"
