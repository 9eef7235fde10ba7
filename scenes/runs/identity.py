"""What a run is: everything that can change its result, and the id that stands for it.

Settings, seed, pictures, the code that builds and trains, library versions and weights go in; a
short hash comes out. Each definition that a run can reach has a hash of its own
(`scenes.runs.run_code`), so that what has changed can be named (`scenes.runs.identity_diff`).
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from scenes.runs.run_code import code_parts
from scenes.spec import registry
from scenes.spec.settings import Settings
from scenes.system.keras_cache import resolve_weights

ID_LENGTH = 16
"""Hexadecimal digits: 64 bits, no collision before billions of runs."""

TRAINING_SETTINGS = (
    "image_size",
    "interpolation",
    "batch_size",
    "epochs",
    "optimizer",
    "learning_rate",
    "weight_decay",
    "label_smoothing",
    "class_weights",
    "precision",
    "augmentation",
)
STOPPING_SETTINGS = ("patience", "stop_by", "restore_best")


def effective(settings: Settings) -> dict[str, Any]:
    """Return the settings that have an effect: what the model does not take is left out.

    What `train_per_class` and `val_per_class` select is part of the data, not of the settings.
    """
    values = settings.model_dump(mode="json")
    names = ["model", *TRAINING_SETTINGS, *settings.entry.parameters]
    names += registry.current().optimizers[settings.optimizer].parameters
    if settings.learning_rate_schedule != "constant":
        schedule = registry.current().schedules[settings.learning_rate_schedule]
        names += ["learning_rate_schedule", *schedule.parameters]
    names += STOPPING_SETTINGS if settings.patience else ()
    if settings.augmentation != "none":
        parts = [registry.current().augmentations[it] for it in settings.augmentation.split("+")]
        names += ["augmentation_strength", *(name for part in parts for name in part.parameters)]
    # Where a weights file lies changes nothing: its content stands in the identity by itself.
    return {name: values[name] for name in dict.fromkeys(names) if name != "weights"}


def identify(
    settings: Settings, seed: int, *, data: str, versions: Mapping[str, str] | None
) -> dict[str, Any]:
    """Return the identity of a run.

    Args:
        settings: Of the trial.
        seed: Of the run.
        data: Fingerprint of the pictures.
        versions: Of the libraries that train; None where they are not installed.
    """
    return {
        "settings": effective(settings),
        "seed": seed,
        "data": data,
        "code": code_parts(settings, places=registry.current().places),
        "weights": weights_fingerprint(settings),
        "versions": dict(versions) if versions is not None else None,
    }


def run_id(identity: Mapping[str, Any]) -> str:
    """Return the id of a run: a hash of its identity."""
    return _digest(identity)


def training_versions() -> dict[str, str] | None:
    """Return the versions of the libraries that decide results, or None without TensorFlow."""
    found = {}
    for name, packages in {
        "tensorflow": ("tensorflow", "tensorflow-cpu"),
        "keras": ("keras",),
        "numpy": ("numpy",),
        "pillow": ("pillow",),
    }.items():
        installed = _first_version(packages)
        if installed is None:
            return None
        found[name] = installed
    return found


def _first_version(packages: Iterable[str]) -> str | None:
    for package in packages:
        try:
            return version(package)
        except PackageNotFoundError:
            continue
    return None


def weights_fingerprint(settings: Settings) -> str | None:
    """Return what the backbone starts from: a name, or the hash of a weights file."""
    if "weights" not in settings.entry.parameters:
        return None
    if settings.weights in ("imagenet", "random"):
        return settings.weights
    path = resolve_weights(settings.weights)
    if not path.is_file():
        return "missing"
    status = path.stat()
    return _hash_of(path, status.st_size, status.st_mtime_ns)


@cache
def _hash_of(path: Path, _size: int, _time: int) -> str:
    """Return the SHA-256 of a file, read once as long as it stays as it is."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:ID_LENGTH]
