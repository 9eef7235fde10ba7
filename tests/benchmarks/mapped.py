"""How fast a run reads arrays that are mapped from disk, and what memory it keeps for itself.

    python -m benchmarks.prepare FOLDER CACHE SIZE
    python -m benchmarks.mapped FOLDER CACHE SIZE EPOCHS [GROUP]

The engine's own loop trains a network that takes little time, so that reading shows. GROUP is the
folder of a memory control group, which the process enters before anything else. The arrays are
first dropped from the system's cache, so that their pages count to that group: the first epoch is
cold. Prints JSON: for each epoch its pictures a second, of the clock and of the processor, and the
private memory after it; how much of the arrays was in memory at either end; the group's peak.
"""

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.processes import MEGA, kept

SETTINGS = {
    "model": "mlp", "dense_units": 8, "batch_size": 32, "optimizer": "sgd", "learning_rate": 0.001,
}  # fmt: skip
PEAKS = ("memory.max_usage_in_bytes", "memory.peak")
"""Of a control group of version 1, and of version 2."""


def main(folder: str, cache: str, size: str, epochs: str, group: str = "") -> None:
    """Train and print what each epoch took."""
    if group:
        (Path(group) / "cgroup.procs").write_text(str(os.getpid()), encoding="ascii")
    from scenes.data.arrays import bytes_to_prepare, load_arrays
    from scenes.data.folder import load_folder
    from scenes.spec.settings import Settings
    from scenes.system.page_cache import resident_share
    from scenes.training.isolation import ENVIRONMENT

    os.environ.update(ENVIRONMENT)
    settings = Settings.model_validate({**SETTINGS, "image_size": int(size), "epochs": int(epochs)})
    dataset = load_folder(Path(folder), cache=Path(cache) / "pictures")
    arrays = load_arrays(dataset, settings.image_size, cache=Path(cache) / "arrays", verify=False)
    pictures = sum(len(split.labels) for split in arrays.values())
    prepared, _ = bytes_to_prepare(dataset, settings.image_size, cache=Path(cache) / "arrays")
    files = [prepared / f"{split}.npy" for split in arrays]
    for file in files:
        drop(file)
    before = [resident_share(file) for file in files]
    epochs_told = train(settings, arrays, len(dataset.classes), pictures)
    told = {
        "pictures": pictures,
        "megabytes": sum(file.stat().st_size for file in files) / MEGA,
        "epochs": epochs_told,
        "in_memory": [before, [resident_share(file) for file in files]],
        "peak_megabytes": peak_of(Path(group)) / MEGA if group else None,
    }
    print(json.dumps(told))


def peak_of(group: Path) -> int:
    """Return the most memory that a control group has held, in bytes."""
    return next(int((group / name).read_text()) for name in PEAKS if (group / name).is_file())


def drop(file: Path) -> None:
    """Take a file out of the system's cache, as far as no process holds it."""
    with file.open("rb") as opened:
        os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def train(settings: Any, arrays: Any, classes: int, pictures: int) -> list[dict[str, float]]:
    """Train by the engine's loop and return what each epoch took."""
    from scenes.training.checkpoint import Checkpoint
    from scenes.training.loop import run_training

    told: list[dict[str, float]] = []
    clock, processor = time.perf_counter(), time.process_time()

    def note(_figures: object) -> None:
        nonlocal clock, processor
        now, used = time.perf_counter(), time.process_time()
        told.append(
            {
                "pictures_a_second": pictures / (now - clock),
                "pictures_a_processor_second": pictures / (used - processor),
                "private_megabytes": kept("RssAnon", os.getpid()) / MEGA,
            }
        )
        clock, processor = now, used

    with tempfile.TemporaryDirectory() as folder:
        run_training(
            settings,
            0,
            arrays,
            classes=classes,
            features=Path(folder),
            features_key="",
            on_epoch=note,
            checkpoint=Checkpoint(Path(folder) / "checkpoint", "mapped"),
        )
    return told


if __name__ == "__main__":
    main(*sys.argv[1:])
