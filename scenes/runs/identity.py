"""What a run is: everything that can change its result, and the id that stands for it.

Settings, seed, pictures, the code that builds and trains, library versions and weights go in; a
short hash comes out. The code is read as text and compared as a syntax tree, so that neither
TensorFlow is imported nor a comment, a docstring or a line break makes a run stale. Each definition
has a hash of its own, so that what has changed can be named (`scenes.runs.identity_diff`).
"""

import ast
import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from scenes.data.arrays import ARRAYS_VERSION
from scenes.spec import registry
from scenes.spec.builtin_backbones import find_backbone
from scenes.spec.settings import EVALUATION_BATCH, FEATURE_BATCH, Settings
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
    "precision",
    "augmentation",
)
STOPPING_SETTINGS = ("patience", "stop_by", "restore_best")
TRAINING = Path(__file__).parents[1] / "training"


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
    names += ["augmentation_strength"] if settings.augmentation != "none" else []
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
        "code": code_parts(settings),
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


def code_parts(settings: Settings) -> dict[str, str]:
    """Return a hash of each definition that a run of these settings executes, by its name."""
    parts = [
        {"arrays.ARRAYS_VERSION": _digest(ARRAYS_VERSION)},
        {"settings.EVALUATION_BATCH": _digest(EVALUATION_BATCH)},
        _code_of("loop.py", ("run_training",)),
        _code_of("step.py", ("build_trainer",)),
        _code_of("executors/local.py", ("ENVIRONMENT",)),
        _built_by(settings.entry.builder),
    ]
    if settings.learning_rate_schedule != "constant":
        schedule = registry.current().schedules[settings.learning_rate_schedule]
        parts += [_code_of("schedules.py", ("learning_rate_at",)), _built_by(schedule.builder)]
    if settings.patience:
        parts.append(_code_of("stopping.py", ("has_stalled", "kept_epoch")))
    if settings.augmentation != "none":
        parts.append(_code_of("augmentations.py", ("build_augmentation",)))
        for name in settings.augmentation.split("+"):
            change = registry.current().augmentations[name]
            parts.append(_built_by(str(change.builder)))
            parts.append({f"augmentation.{name}": _digest(change.strength)})
    if settings.used_backbone is not None:
        backbone = find_backbone(settings.used_backbone)
        parts.append(_code_of("backbones.py", ("build_backbone", "freeze", "build_preprocessing")))
        parts.append(_code_of("feature_cache.py", ("load_features",)))
        parts.append({"settings.FEATURE_BATCH": _digest(FEATURE_BATCH)})
        parts.append(_code_of("models.py", ("split_at_backbone",)))
        counting = [backbone.builder, backbone.preprocessing]
        parts.append({f"backbone.{settings.backbone}": _digest(counting)})
    return {name: digest for part in parts for name, digest in part.items()}


def _built_by(builder: str) -> dict[str, str]:
    """Return a hash of each definition that a builder of the registry reaches."""
    module, _, name = builder.partition(":")
    return _code_of(f"{module.rpartition('.')[2]}.py", (name,))


@cache
def _code_of(module: str, roots: tuple[str, ...]) -> dict[str, str]:
    """Return a hash of some definitions of a module and of each that they reach in it."""
    tree = ast.parse((TRAINING / module).read_text(encoding="utf-8"))
    definitions: dict[str, ast.AST] = {name: node for node in tree.body for name in _defined(node)}
    missing = set(roots) - definitions.keys()
    if missing:
        raise LookupError(f"{module} does not define {', '.join(sorted(missing))}")
    reached: dict[str, str] = {}
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        key = f"{module.removesuffix('.py')}.{name}"
        if name in definitions and key not in reached:
            node = _without_docstrings(definitions[name])
            reached[key] = _digest(_canonical(node))
            waiting += [item.id for item in ast.walk(node) if isinstance(item, ast.Name)]
    return reached


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:ID_LENGTH]


def _canonical(node: object) -> Any:
    """Return a syntax tree as lists; `ast.dump` differs between versions of Python."""
    if isinstance(node, ast.AST):
        fields = {name: _canonical(value) for name, value in ast.iter_fields(node)}
        return [type(node).__name__, {name: it for name, it in fields.items() if it is not None}]
    if isinstance(node, list):
        return [_canonical(item) for item in node] or None
    return None if node is None else repr(node)


def _defined(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Assign):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return [node.target.id]
    return []


def _without_docstrings(node: ast.AST) -> ast.AST:
    for item in ast.walk(node):
        if isinstance(item, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(item):
            item.body = item.body[1:] or [ast.Pass()]
    return node
