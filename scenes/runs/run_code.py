"""The code that a run executes: where it starts, what of it does not count, and a hash of the rest.

In: the settings of a run. Out: a hash of every definition that can change its result, by name. The
code is followed as text (`scenes.system.source.code_hash`), so that TensorFlow is not imported.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from scenes.data.pixel_code import PIXEL_ROOTS, PIXEL_STOPS
from scenes.spec import registry
from scenes.spec.builtin_backbones import find_backbone
from scenes.spec.settings import Settings
from scenes.system.source.code_hash import hash_code, reach, read_program
from scenes.system.source.names import Definition
from scenes.system.source.reading import digest

ROOTS = (
    *PIXEL_ROOTS,
    "scenes.training.isolation:worker_variables",
    "scenes.training.devices:device_environment",
    "scenes.training.worker:start_worker",
    "scenes.training.worker:find_outcome",
    "scenes.training.augmentation_preview:render_preview",
)
"""Picture → array → outcome, in the process that a worker prepares."""

STOPS: Mapping[str, str] = {
    **PIXEL_STOPS,
    "scenes.runs.record:Pace": "describes how fast a run went, not what came of it",
    "scenes.runs.store:Store": "storage",
    "scenes.runs.identity:run_id": "names a file of features; what it hashes is in the id",
    "scenes.runs.identity:weights_fingerprint": "its result is in the id",
    "scenes.system.files:load_array": "storage",
    "scenes.system.files:save_array": "storage",
    "scenes.system.keras_cache:resolve_weights": "finds a file; its content is in the id",
    "scenes.system.processes:follow_parent": "ends a worker whose parent is gone",
    "scenes.training.worker:write_errors_to": "the log",
    "scenes.training.suspension:listen": "a run that is suspended goes on from its checkpoint",
    "scenes.training.checkpoint:Checkpoint": "storage: a resumed run equals one that was not cut",
    "scenes.training.checkpoint:Snapshot": "storage",
    "scenes.training.loop:_check_finite": "ends a run and leaves no result",
    "scenes.training.augmentations:_check_strength": "refuses settings and changes none",
    "scenes.training.weights:_first_difference": "refuses a file and changes none",
    "scenes.training.weights:missing_weights": "the words of an error",
    "scenes:model": "notes on a function what it is; the function counts",
    "scenes:augmentation": "the same",
    "scenes:schedule": "the same",
    "scenes:metric": "the same",
    "scenes:figure": "the same",
    "scenes:claim": "the same",
    "scenes:loader": "the same",
    "scenes.spec.registry:check_image_size": "refuses settings and changes none",
    "scenes.spec.registry:refuse_small": "refuses settings and changes none",
    "scenes.spec.registry:current": "of the entries that are used the deciding fields count",
    "scenes.spec.registry:find_model": "the same",
    "scenes.spec.builtin_backbones:find_backbone": "the same",
}
"""What is not followed, each with the reason why it changes no result."""

WITHOUT_AUGMENTATION: Mapping[str, str] = {
    "scenes.training.augmentations:build_augmentation": "returns None",
    "scenes.training.augmentations:Augmentation": "there is none",
    "scenes.training.augmentation_preview:render_preview": "returns None",
}
WITHOUT_SCHEDULE = {"scenes.training.schedules:learning_rate_at": "is recorded, and sets no rate"}
WITHOUT_PATIENCE = {
    "scenes.training.stopping:has_stalled": "is not called",
    "scenes.training.stopping:kept_epoch": "is not called",
    "scenes.training.stopping:stopped_early": "returns False",
}
WITHOUT_FEATURES = {
    "scenes.training.feature_cache:load_features": "is not called",
    "scenes.training.models:split_at_backbone": "is not called",
}


def code_parts(settings: Settings, *, places: Mapping[str, Path] | None = None) -> dict[str, str]:
    """Return a hash of each definition that a run of these settings can reach, by its name.

    Args:
        settings: Of the trial.
        places: Packages besides this one whose code is followed, by name: a folder or a file each.

    Raises:
        LookupError: The code has no definition of a name that is listed here or in the registry.
    """
    program = read_program(STOPS, places=places)
    roots = [*ROOTS, *builders(settings)]
    hashes = hash_code(
        program, map(Definition.parse, roots), stops=map(Definition.parse, unused(settings))
    )
    return {**hashes, **dict(_entries(settings))}


def hash_of_own(builder: str) -> str:
    """Return a hash of the code that a function of own code reaches, given as "module:function"."""
    program = read_program(STOPS, places=registry.current().places)
    return digest(sorted(hash_code(program, [Definition.parse(builder)]).items()))


def files_of_own(builders: Iterable[str]) -> dict[str, Path]:
    """Return the files of own code that some functions reach, by package and name."""
    program = read_program(STOPS, places=registry.current().places)
    reached = reach(program, map(Definition.parse, builders))
    modules = {it.module for it in reached if not it.module.startswith("scenes.")}
    found = {}
    for name in sorted(modules):
        path = program.sources.find(name)
        if path is not None and path.is_dir():
            found["/".join([*name.split("."), "__init__.py"])] = path / "__init__.py"
        elif path is not None:
            found["/".join([*name.split(".")[:-1], path.name])] = path
    return found


def unused(settings: Settings) -> Iterator[str]:
    """Yield what a run of these settings does not execute, though its code names it."""
    if settings.augmentation == "none":
        yield from WITHOUT_AUGMENTATION
    if settings.learning_rate_schedule == "constant":
        yield from WITHOUT_SCHEDULE
    if not settings.patience:
        yield from WITHOUT_PATIENCE
    if not (settings.is_frozen and settings.augmentation == "none"):
        yield from WITHOUT_FEATURES


def builders(settings: Settings) -> Iterator[str]:
    """Yield the functions of the registry that a run of these settings calls."""
    known = registry.current()
    yield settings.entry.builder
    yield _written(settings.entry.frozen)
    if settings.learning_rate_schedule != "constant":
        yield known.schedules[settings.learning_rate_schedule].builder
    for name in _changes(settings):
        yield str(known.augmentations[name].builder)


def _written(function: Callable[..., object]) -> str:
    return f"{function.__module__}:{function.__qualname__}"


def _changes(settings: Settings) -> Iterable[str]:
    return settings.augmentation.split("+") if settings.augmentation != "none" else ()


def _entries(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield a hash of the fields that decide results of each entry that a run uses."""
    known = registry.current()
    optimizer = known.optimizers[settings.optimizer]
    yield f"optimizer.{settings.optimizer}", digest([optimizer.builder, optimizer.parameters])
    for name in _changes(settings):
        yield f"augmentation.{name}", digest(known.augmentations[name].strength)
    if settings.used_backbone is not None:
        backbone = find_backbone(settings.used_backbone)
        deciding = [backbone.builder, backbone.preprocessing]
        yield f"backbone.{settings.used_backbone}", digest(deciding)
