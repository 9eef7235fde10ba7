"""A training is what its settings and its seed say, and nothing else."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from scenes.data.arrays import Arrays
from scenes.errors import TrainingError
from scenes.spec.registry import BUILT_IN
from scenes.spec.settings import Settings
from scenes.training import feature_cache, loop, models
from scenes.training.checkpoint import Checkpoint, Snapshot, load_snapshot, save_snapshot
from scenes.training.loop import Outcome, predict_all, run_training, validation_figures
from scenes.training.step import balance_classes, build_optimizer

SMALL = Settings(
    model="mlp", dense_units=4, image_size=8, batch_size=4, epochs=2, learning_rate=0.05
)
FROZEN = Settings(
    model="transfer",
    backbone="VGG16",
    weights="random",
    image_size=32,
    head_units=4,
    batch_size=4,
    epochs=2,
)


def make_arrays(size: int, train: int = 10, val: int = 6) -> dict[str, Arrays]:
    """Return pictures of three classes, each of a colour of its own with noise."""
    random = np.random.default_rng(0)
    arrays = {}
    for split, n in (("train", train), ("val", val)):
        labels = np.arange(n, dtype=np.int64) % 3
        colours = np.eye(3)[labels][:, None, None, :] * 128
        noise = random.integers(0, 128, (n, size, size, 3))
        arrays[split] = Arrays((colours + noise).astype(np.uint8), labels)
    return arrays


def train(
    settings: Settings,
    seed: int = 0,
    *,
    folder: Path = Path("unused"),
    arrays: Mapping[str, Arrays] | None = None,
    told: list[Mapping[str, float]] | None = None,
    checkpoint: Checkpoint | None = None,
) -> Outcome:
    """Train on the pictures of this module."""
    return run_training(
        settings,
        seed,
        arrays or make_arrays(settings.image_size),
        classes=3,
        features=folder,
        features_key="key",
        on_epoch=(told if told is not None else []).append,
        checkpoint=checkpoint or Checkpoint(folder / "run.checkpoint", "run"),
    )


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    """Return what a small training with seed 0 finds."""
    return train(SMALL)


def test_a_run_leaves_all_that_a_record_needs(outcome: Outcome) -> None:
    """A value per epoch and metric, a distribution per validation picture, a summary, a time."""
    assert list(outcome.history) == ["loss", "accuracy", "val_loss", "val_accuracy"]
    assert {len(values) for values in outcome.history.values()} == {2}
    assert outcome.probabilities.shape == (6, 3)
    assert outcome.probabilities.dtype == np.float32
    np.testing.assert_allclose(outcome.probabilities.sum(axis=1), 1, rtol=1e-5)
    assert outcome.summary["parameters"] == (8 * 8 * 3 * 4 + 4) + (4 * 4 + 4) + (4 * 3 + 3)
    assert outcome.seconds > 0


def test_validation_figures_are_those_of_the_probabilities(outcome: Outcome) -> None:
    """The last value of the history can be computed again from what is recorded."""
    figures = validation_figures(outcome.probabilities, make_arrays(8)["val"].labels)
    assert figures == {name: values[-1] for name, values in list(outcome.history.items())[2:]}


def test_a_seed_repeats(outcome: Outcome) -> None:
    """The same seed gives the same numbers to the last bit, another seed gives others."""
    again = train(SMALL)
    assert again.history == outcome.history
    np.testing.assert_array_equal(again.probabilities, outcome.probabilities)
    assert train(SMALL, seed=1).history != outcome.history


def test_augmentation_repeats_too() -> None:
    """What is drawn depends on the seed alone."""
    settings = SMALL.model_copy(update={"augmentation": "zoom", "dropout": 0.5})
    assert train(settings).history == train(settings).history


def test_every_epoch_is_told_as_it_ends() -> None:
    """Whoever watches sees the figures of the history."""
    told: list[Mapping[str, float]] = []
    found = train(SMALL, told=told)
    assert [epoch["val_loss"] for epoch in told] == found.history["val_loss"]
    assert len(told) == 2


def orders(monkeypatch: pytest.MonkeyPatch, settings: Settings, seed: int) -> list[list[int]]:
    """Return the order of pictures in each epoch of a training."""
    seen: list[list[int]] = []

    def run_epoch(step: object, inputs: object, order: NDArray[Any], *_: object) -> Any:
        seen.append(order.tolist())
        return 0.5, 0.5

    monkeypatch.setattr(loop, "_run_epoch", run_epoch)
    train(settings, seed)
    return seen


def test_order_depends_on_seed_and_epoch_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every epoch takes each picture once, in an order that no other setting changes."""
    first = orders(monkeypatch, SMALL, 0)
    assert all(sorted(order) == list(range(10)) for order in first)
    assert first[0] != first[1]
    other = SMALL.model_copy(update={"epochs": 3, "dense_units": 5, "optimizer": "adam"})
    assert orders(monkeypatch, other, 0)[:2] == first
    assert orders(monkeypatch, SMALL, 1)[0] != first[0]


def test_training_figures_are_means_over_pictures() -> None:
    """A last batch of another size weighs by its pictures: at rest, training equals validation."""
    arrays = make_arrays(8, train=10)
    same = {"train": arrays["train"], "val": arrays["train"]}
    settings = SMALL.model_copy(update={"learning_rate": 1e-12, "epochs": 1})
    history = train(settings, arrays=same).history
    assert history["loss"] == pytest.approx(history["val_loss"], rel=1e-5)
    assert history["accuracy"] == pytest.approx(history["val_accuracy"])


def test_a_network_learns() -> None:
    """Colours are told apart within a few epochs."""
    settings = SMALL.model_copy(update={"epochs": 30, "optimizer": "adam", "dense_units": 16})
    settings = settings.model_copy(update={"learning_rate": 0.01})
    history = train(settings).history
    assert history["val_accuracy"][-1] == 1.0
    assert history["val_loss"][-1] < history["val_loss"][0] / 2


def test_label_smoothing_changes_the_objective_alone() -> None:
    """The validation loss stays a cross-entropy, so that it can be compared."""
    settings = SMALL.model_copy(update={"learning_rate": 1e-12, "epochs": 1})
    smooth = settings.model_copy(update={"label_smoothing": 0.3})
    plain, smoothed = train(settings).history, train(smooth).history
    assert smoothed["loss"] != plain["loss"]
    assert smoothed["val_loss"] == pytest.approx(plain["val_loss"], rel=1e-5)


def test_balanced_classes_count_the_same_in_all() -> None:
    """Of three pictures to one, each counts two thirds, and the rare one twice."""
    balanced = SMALL.model_copy(update={"class_weights": "balanced"})
    weights = balance_classes(balanced, np.array([0, 0, 0, 1]), 2)
    assert weights is not None
    assert weights.tolist() == pytest.approx([2 / 3, 2])
    assert balance_classes(SMALL, np.array([0, 0, 0, 1]), 2) is None


@pytest.mark.parametrize(("pictures", "is_even"), [(9, True), (10, False)])
def test_class_weights_change_the_objective_of_uneven_classes(pictures: int, is_even: bool) -> None:
    """Where classes have as many pictures each, nothing changes; the validation loss never does."""
    settings = SMALL.model_copy(update={"learning_rate": 1e-12, "epochs": 1})
    balanced = settings.model_copy(update={"class_weights": "balanced"})
    arrays = make_arrays(8, train=pictures)
    plain, weighted = (train(it, arrays=arrays).history for it in (settings, balanced))
    assert weighted["val_loss"] == pytest.approx(plain["val_loss"], rel=1e-5)
    assert (weighted["loss"] == pytest.approx(plain["loss"], rel=1e-5)) == is_even


def test_divergence_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A loss that is no number ends the run, with the epoch and the metric in the message."""
    values = iter([0.5, float("nan")])

    def figures(*_: object) -> dict[str, float]:
        return {"val_loss": next(values), "val_accuracy": 0.5}

    monkeypatch.setattr(loop, "validation_figures", figures)
    told: list[Mapping[str, float]] = []
    with pytest.raises(TrainingError, match="diverged in epoch 2: val_loss is not a number"):
        train(SMALL, told=told)
    assert len(told) == 1


LONG = Settings(
    model="tutorial",
    filters=(2,),
    dense_units=4,
    image_size=8,
    batch_size=4,
    epochs=3,
    optimizer="adam",
    learning_rate=0.01,
    learning_rate_schedule="cosine",
    dropout=0.5,
    augmentation="brightness",
)
"""A run with all kinds of random state; an epoch has three steps."""


class KilledError(Exception):
    """Stands for a kill."""


class Fragile(Checkpoint):
    """A checkpoint that is always due, in a run that is killed after so many."""

    left = 10**6

    def is_due(self) -> bool:
        """Do not wait a minute."""
        return True

    def save(self, snapshot: Snapshot) -> None:
        """Write it, then die."""
        super().save(snapshot)
        self.left -= 1
        if self.left == 0:
            raise KilledError


def train_in_pieces(
    settings: Settings, folder: Path, *, every: int, told: list[Mapping[str, float]] | None = None
) -> Outcome:
    """Train, being killed at every so many checkpoints, and going on after each."""
    while True:
        checkpoint = Fragile(folder / "run.checkpoint", "run")
        checkpoint.left = every
        if told is not None:
            told.clear()
        try:
            return train(settings, folder=folder, told=told, checkpoint=checkpoint)
        except KilledError:
            continue


@pytest.fixture(scope="module")
def uninterrupted() -> Outcome:
    """Return what the run with all kinds of random state finds in one go."""
    return train(LONG)


def assert_same(found: Outcome, expected: Outcome) -> None:
    """Compare two runs to the last bit."""
    assert found.history == expected.history
    assert found.probabilities.tobytes() == expected.probabilities.tobytes()


# An epoch writes four: after each of its three steps, and after its validation.
@pytest.mark.parametrize(("every", "pieces"), [(5, 2), pytest.param(4, 3, marks=pytest.mark.slow)])
def test_a_resumed_run_equals_one_that_was_not_interrupted(
    every: int, pieces: int, uninterrupted: Outcome, tmp_path: Path
) -> None:
    """Killed after each epoch, or inside of epochs, it is the same to the last bit."""
    told: list[Mapping[str, float]] = []
    found = train_in_pieces(LONG, tmp_path, every=every, told=told)
    assert_same(found, uninterrupted)
    assert found.resumed == pieces
    # Whoever watches the last piece is told of every epoch once.
    assert [epoch["val_loss"] for epoch in told] == found.history["val_loss"]


@pytest.mark.slow
@pytest.mark.parametrize("every", [1, 2, 7])
@pytest.mark.parametrize("optimizer", BUILT_IN.optimizers)
def test_every_optimizer_resumes_anywhere(every: int, optimizer: str, tmp_path: Path) -> None:
    """Killed after every step, a run with any optimizer is the same to the last bit."""
    settings = LONG.model_copy(
        update={"optimizer": optimizer, "momentum": 0.9, "augmentation": "zoom+mixup"}
    )
    assert_same(train_in_pieces(settings, tmp_path, every=every), train(settings))


def test_time_adds_up(tmp_path: Path) -> None:
    """The seconds of a resumed run count those before the kill."""
    checkpoint = Fragile(tmp_path / "run.checkpoint", "run")
    checkpoint.left = 1
    with pytest.raises(KilledError):
        train(SMALL, folder=tmp_path, checkpoint=checkpoint)
    kept = load_snapshot(checkpoint.path, run="run")
    assert kept is not None
    save_snapshot(
        checkpoint.path, Snapshot({**kept.notes, "seconds": 5000.0}, kept.arrays), run="run"
    )
    assert 5000 < train(SMALL, folder=tmp_path, checkpoint=checkpoint).seconds < 5100


@pytest.mark.parametrize("damage", ["cut", "changed", "other run", "other network"])
def test_a_checkpoint_that_does_not_fit_is_not_used(
    damage: str, outcome: Outcome, tmp_path: Path
) -> None:
    """The run starts over, and finds what it finds without."""
    path = tmp_path / "run.checkpoint"
    settings = SMALL.model_copy(update={"dense_units": 5}) if damage == "other network" else SMALL
    checkpoint = Fragile(path, "another" if damage == "other run" else "run")
    checkpoint.left = 4
    with pytest.raises(KilledError):
        train(settings, folder=tmp_path, checkpoint=checkpoint)
    data = path.read_bytes()
    if damage == "cut":
        path.write_bytes(data[:-7])
    elif damage == "changed":
        path.write_bytes(data[:-50] + bytes([data[-50] ^ 1]) + data[-49:])
    found = train(SMALL, folder=tmp_path)
    assert found.resumed == 0
    assert_same(found, outcome)


def test_a_short_run_leaves_no_file(tmp_path: Path) -> None:
    """In its first minute a run writes no checkpoint."""
    train(SMALL, folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_schedule_sets_the_rate_of_each_epoch() -> None:
    """The network of an epoch is trained with the rate of that epoch."""
    steps = SMALL.model_copy(
        update={"learning_rate_schedule": "step", "schedule_every": 1, "schedule_factor": 1e-9}
    )
    constant, stepped = train(SMALL), train(steps)
    assert stepped.history["loss"][0] == constant.history["loss"][0]
    assert stepped.history["loss"][1] != constant.history["loss"][1]
    # With a rate of almost nothing the second epoch moves nothing.
    assert stepped.history["val_loss"][1] == pytest.approx(stepped.history["val_loss"][0])


def stopping_at(monkeypatch: pytest.MonkeyPatch, losses: list[float]) -> list[int]:
    """Let validation have these losses; return the list that counts the epochs."""
    epochs: list[int] = []

    def figures(probabilities: NDArray[np.float32], _: object) -> dict[str, float]:
        epochs.append(len(epochs))
        return {"val_loss": losses[len(epochs) - 1], "val_accuracy": float(probabilities[0, 0])}

    monkeypatch.setattr(loop, "validation_figures", figures)
    return epochs


@pytest.mark.parametrize(("restore", "kept"), [(False, 3), (True, 1)])
def test_a_run_with_patience_ends_early(
    restore: bool, kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stops where nothing got better, and ends with its last or its best epoch."""
    epochs = stopping_at(monkeypatch, [3.0, 2.0, 2.5, 2.0, 1.0, 0.5])
    told: list[Mapping[str, float]] = []
    found = train(
        SMALL.model_copy(update={"epochs": 6, "patience": 2, "restore_best": restore}), told=told
    )
    assert len(epochs) == len(told) == 4
    # Every epoch is told and recorded, and the network is that of the one that was kept.
    assert {len(values) for values in found.history.values()} == {4}
    assert (found.kept, found.stopped_early) == (kept, True)
    assert found.history["val_accuracy"][kept] == found.probabilities[0, 0]
    assert [epoch["seconds"] for epoch in told] == list(found.pace.seconds)
    assert found.pace.learning_rate == (SMALL.learning_rate,) * 4


def test_early_stopping_resumes_too(tmp_path: Path) -> None:
    """The best epoch, and how long ago it was, survive a kill."""
    settings = SMALL.model_copy(
        update={"epochs": 6, "patience": 2, "restore_best": True, "learning_rate": 0.5}
    )
    found = train_in_pieces(settings, tmp_path, every=11)
    assert found.resumed > 0
    assert_same(found, train(settings))


SHARES = st.lists(st.floats(0, 1, width=32), min_size=3, max_size=3)


@hypothesis_settings(max_examples=50)
@given(st.lists(st.tuples(SHARES, st.integers(0, 2)), min_size=1, max_size=9))
def test_validation_figures_agree_with_a_reference(
    pictures: list[tuple[list[float], int]],
) -> None:
    """Mean of -log p of the true class, and the share of pictures whose class is the largest."""
    probabilities = np.array([row for row, _ in pictures], np.float32)
    labels = np.array([label for _, label in pictures], np.int64)
    found = validation_figures(probabilities, labels)
    losses = [-np.log(max(row[label], 2.0**-126)) for row, label in pictures]
    right = [max(range(3), key=row.__getitem__) == label for row, label in pictures]
    assert found["val_loss"] == pytest.approx(np.mean(losses), rel=1e-5, abs=1e-6)
    assert found["val_accuracy"] == pytest.approx(np.mean(right))


def test_validation_agrees_with_keras(outcome: Outcome) -> None:
    """Cross-entropy is that of Keras."""
    labels = make_arrays(8)["val"].labels
    reference = keras.losses.sparse_categorical_crossentropy(labels, outcome.probabilities)
    assert outcome.history["val_loss"][-1] == pytest.approx(float(np.mean(reference)), rel=1e-5)


def test_prediction_goes_by_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every picture is looked at once, whatever the size of the batches."""
    monkeypatch.setattr(loop, "EVALUATION_BATCH", 3)
    sizes = []

    def predict(values: NDArray[Any]) -> NDArray[Any]:
        sizes.append(len(values))
        return values * 2

    values = np.arange(14, dtype=np.float32).reshape(7, 2)
    np.testing.assert_array_equal(predict_all(predict, values), values * 2)
    assert sizes == [3, 3, 1]


@pytest.mark.parametrize("name", BUILT_IN.optimizers)
def test_every_optimizer_is_built(name: str) -> None:
    """Each name of the catalogue takes rate and decay; momentum is SGD's."""
    settings = Settings(optimizer=name, learning_rate=0.02, weight_decay=0.1, momentum=0.9)
    optimizer = build_optimizer(settings)
    assert type(optimizer).__name__.lower() == name
    assert float(optimizer.learning_rate) == pytest.approx(0.02)
    assert optimizer.weight_decay == 0.1
    assert getattr(optimizer, "momentum", 0.0) == (0.9 if name == "sgd" else 0.0)


def build_small_backbone(_name: str, *, image_size: int, weights: str) -> keras.Model:
    """Build what stands for a backbone: a convolution, a normalisation and a pooling."""
    assert weights == "random"
    pictures = keras.Input((image_size, image_size, 3))
    x = keras.layers.Conv2D(4, 3, strides=4, activation="relu")(pictures)
    x = keras.layers.MaxPooling2D(2)(keras.layers.BatchNormalization()(x))
    return keras.Model(pictures, x, name="backbone")


def test_features_give_what_the_assembled_model_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A frozen backbone looks at each picture once, and the history is the same."""
    monkeypatch.setattr(models, "build_backbone", build_small_backbone)
    short = train(FROZEN, folder=tmp_path)
    assert sorted(path.name for path in tmp_path.glob("*.npy")) == ["key-train.npy", "key-val.npy"]
    monkeypatch.setattr(Settings, "is_frozen", False)
    whole = train(FROZEN, folder=tmp_path)
    for name, values in whole.history.items():
        assert short.history[name] == pytest.approx(values, rel=1e-3, abs=1e-4), name
    np.testing.assert_allclose(short.probabilities, whole.probabilities, atol=1e-4)
    assert short.summary == whole.summary
    assert 0 < short.summary["trainable"] < short.summary["parameters"]


class Extractor:
    """Stands for a backbone: the mean of each channel, and how often it was asked."""

    output_shape = (None, 3)

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, batch: Any, training: bool) -> Any:
        """Return the features of a batch."""
        assert not training
        self.calls += 1
        return keras.ops.mean(batch, axis=(1, 2))


@pytest.mark.parametrize("damage", ["none", "missing", "cut", "empty", "shape"])
def test_features_are_kept_and_checked(
    damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Features are computed again only where the file is missing, cut, or of another shape."""
    images = make_arrays(8)["train"].images
    path = tmp_path / "f" / "features.npy"
    expected = images.mean(axis=(1, 2), dtype=np.float32)
    np.testing.assert_allclose(
        feature_cache.load_features(Extractor(), images, path), expected, 1e-5
    )
    if damage == "missing":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:-5])
    elif damage == "empty":
        path.write_bytes(b"")
    elif damage == "shape":
        np.save(path, expected[:-1])
    again = Extractor()
    np.testing.assert_allclose(feature_cache.load_features(again, images, path), expected, 1e-5)
    assert (again.calls > 0) == (damage != "none")
    names = sorted(item.name for item in path.parent.iterdir())
    assert names == ["features.npy", "features.npy.sha256"]
