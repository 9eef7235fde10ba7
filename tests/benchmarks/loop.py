"""The engine's loop against a bare `fit` on arrays, in one process with one computing thread.

    python -m benchmarks.loop FOLDER CACHE SETTINGS REPEATS

Both build the same network and train it on the same arrays in memory. Prints JSON: pairs, measured
in turns, of (ours, bare fit), each being [seconds in all, seconds of the fastest epoch]; the first
pair, in which libraries load, is left out.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from scenes.data.arrays import Arrays, load_arrays
from scenes.data.folder import load_folder
from scenes.spec.settings import Settings
from scenes.training.isolation import ENVIRONMENT


def train_ours(
    settings: Settings, arrays: Mapping[str, Arrays], classes: int
) -> tuple[float, float]:
    """Return the seconds of the engine's training."""
    from scenes.training.checkpoint import Checkpoint
    from scenes.training.loop import run_training

    ends = [time.perf_counter()]
    with tempfile.TemporaryDirectory() as folder:
        run_training(
            settings,
            0,
            arrays,
            classes=classes,
            features=Path(folder),
            features_key="",
            on_epoch=lambda _figures: ends.append(time.perf_counter()),
            checkpoint=Checkpoint(Path(folder) / "checkpoint", "loop"),
        )
    return time.perf_counter() - ends[0], _fastest(ends)


def train_bare(
    settings: Settings, arrays: Mapping[str, Arrays], classes: int
) -> tuple[float, float]:
    """Return the seconds of `compile` and `fit`, as Keras' own guide writes them."""
    import keras

    from scenes.spec.settings import EVALUATION_BATCH
    from scenes.training.models import build_model

    ends = [time.perf_counter()]
    clock = keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: ends.append(time.perf_counter()))
    keras.backend.clear_session()
    keras.utils.set_random_seed(0)
    model = build_model(settings.model_dump(), classes)
    model.compile(
        optimizer=keras.optimizers.SGD(settings.learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    model.fit(
        arrays["train"].images,
        arrays["train"].labels,
        batch_size=settings.batch_size,
        epochs=settings.epochs,
        validation_data=(arrays["val"].images, arrays["val"].labels),
        validation_batch_size=EVALUATION_BATCH,
        callbacks=[clock],
        verbose=0,
    )
    return time.perf_counter() - ends[0], _fastest(ends)


def _fastest(ends: Sequence[float]) -> float:
    return min(end - begin for begin, end in pairwise(ends))


def main(folder: str, cache: str, settings_text: str, repeats: str) -> None:
    """Train in turns and print the seconds."""
    settings = Settings.model_validate(json.loads(settings_text))
    dataset = load_folder(Path(folder), cache=Path(cache) / "pictures")
    mapped = load_arrays(dataset, settings.image_size, cache=Path(cache) / "arrays")
    arrays = {name: Arrays(split.images[:].copy(), split.labels) for name, split in mapped.items()}
    classes = len(dataset.classes)
    pairs = [
        (train_ours(settings, arrays, classes), train_bare(settings, arrays, classes))
        for _ in range(int(repeats) + 1)
    ]
    print(json.dumps(pairs[1:]))


if __name__ == "__main__":
    os.environ.update(ENVIRONMENT)
    main(*sys.argv[1:])
