"""Pretrained weights: what a backbone needs, what is there, what fits, and putting it in place.

In: a backbone's name or model, and a file. Out: a `WeightsStatus`, a model whose weights are those
of the file, or a `WeightsError` that names the first layer that differs. Nothing here imports
TensorFlow; only `load_weights_into` is given a model that has.
"""

import hashlib
import io
import itertools
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scenes.errors import WeightsError
from scenes.spec.builtin_backbones import find_backbone
from scenes.system.keras_cache import keras_models_folder, resolve_weights

FORMATS = (".weights.h5", ".h5", ".keras")

Shapes = list[tuple[int, ...]]


@dataclass(frozen=True)
class WeightsStatus:
    """Where the weights of a backbone are looked for, and what is there.

    Args:
        backbone: Its name.
        weights: "imagenet", "random" or the path of a file, as it was asked for.
        path: The file that is looked for; None for random weights, which need none.
        url: Where Keras downloads it from; empty if it is not Keras' own.
        present: It is there, or none is needed.
        hash_ok: It is what Keras checks it against; None if that cannot be said.
    """

    backbone: str
    weights: str
    path: Path | None
    url: str
    present: bool
    hash_ok: bool | None

    @property
    def file_name(self) -> str:
        """Return the name of the file that is looked for, or an empty text."""
        return self.path.name if self.path else ""

    @property
    def folder(self) -> Path | None:
        """Return the folder in which it is looked for."""
        return self.path.parent if self.path else None

    @property
    def ready(self) -> bool:
        """Return whether these weights load without a download."""
        return self.present and self.hash_ok is not False


def weights_status(
    backbone: str, weights: str = "imagenet", *, image_size: int = 224
) -> WeightsStatus:
    """Tell where the weights of a backbone are looked for, and what is there.

    Raises:
        UserError: The backbone is unknown.
    """
    entry = find_backbone(backbone)
    if weights == "random":
        return WeightsStatus(backbone, weights, None, "", present=True, hash_ok=None)
    if weights != "imagenet":
        path = resolve_weights(weights)
        return WeightsStatus(backbone, weights, path, "", path.is_file(), hash_ok=None)
    path = keras_models_folder() / entry.weights_file(image_size)
    present = path.is_file()
    hash_ok = file_has_hash(path, entry.weights_hash) if present and entry.weights_hash else None
    return WeightsStatus(backbone, weights, path, entry.url(image_size), present, hash_ok)


def file_has_hash(path: Path, expected: str) -> bool:
    """Return whether a file is the one that Keras expects."""
    algorithm = "sha256" if len(expected) == 64 else "md5"  # as Keras tells them apart
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest() == expected


def missing_weights(backbone: str, image_size: int) -> WeightsError:
    """Return the error that says which ImageNet weights are missing and what can be done."""
    status = weights_status(backbone, image_size=image_size)
    state = "does not have the right hash" if status.present else "is not there"
    return WeightsError(
        f"The ImageNet weights of {backbone} cannot be loaded",
        [
            f"{status.file_name} {state}; Keras looks for it in {status.folder}",
            f"Keras could not download it from {status.url}",
        ],
        'Put the file there, or set weights to the path of another, or to "random" to go on '
        "without.",
    )


def load_weights_into(model: Any, path: Path) -> None:
    """Give a backbone the weights of a file, or leave it as it was.

    Args:
        model: A Keras model, as `build_backbone` returns it.
        path: A .h5, .weights.h5 or .keras file that Keras wrote for the same architecture.

    Raises:
        WeightsError: The file is missing, is no weights file, or does not fit; the message names
            the first layer that differs.
    """
    difference = _first_difference(model, path)
    if difference:
        raise WeightsError(
            f"The weights do not fit {model.name}",
            [f"{path}: {difference}"],
            "Name a file that was saved from the same backbone, without its top.",
        )
    model.load_weights(path)


def check_weights_file(path: Path) -> None:
    """Refuse what is no weights file by its name.

    Raises:
        WeightsError: It is missing, or of another kind.
    """
    if not path.is_file():
        raise WeightsError("The weights cannot be loaded", [f"{path}: there is no such file"])
    if not path.name.endswith(FORMATS):
        raise WeightsError(
            "The weights cannot be loaded",
            [f"{path}: a weights file ends in {', '.join(FORMATS)}"],
        )


def _first_difference(model: Any, path: Path) -> str:
    """Say where a file first differs from a model, or return an empty text."""
    import h5py  # comes with Keras

    check_weights_file(path)
    try:
        if path.name.endswith(".keras"):
            with zipfile.ZipFile(path) as archive:
                source: Any = io.BytesIO(archive.read("model.weights.h5"))
        else:
            source = path
        with h5py.File(source, "r") as file:
            if "layer_names" in file.attrs or "model_weights" in file:
                return _differs_by_order(model, file.get("model_weights", file))
            return _differs_by_place(model, file)
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        return f"this is no weights file of Keras ({error})"


def _differs_by_order(model: Any, group: Any) -> str:
    """Compare with Keras' older format, which holds layers in their order, names being free."""
    stored = [(name, shapes) for name, shapes in _ordered_layers(group) if shapes]
    wanted = [(layer.name, shapes) for layer in model.layers if (shapes := _shapes(layer))]
    nothing: tuple[str, Shapes] = ("", [])
    for (name, shapes), (stored_name, found) in itertools.zip_longest(
        wanted, stored, fillvalue=nothing
    ):
        if shapes != found:
            return _told(name, shapes, found, stored_name)
    return ""


def _ordered_layers(group: Any) -> Iterator[tuple[str, Shapes]]:
    for name in _attribute(group, "layer_names"):
        weights = _attribute(group[name], "weight_names")
        yield name, [tuple(group[name][weight].shape) for weight in weights]


def _attribute(group: Any, name: str) -> list[str]:
    """Read a list of names, which Keras cuts into chunks (name0, name1, …) where it is long."""
    chunks = itertools.takewhile(
        group.attrs.__contains__, (f"{name}{number}" for number in itertools.count())
    )
    keys = [name] if name in group.attrs else chunks
    values = [value for key in keys for value in group.attrs[key]]
    return [value.decode() if isinstance(value, bytes) else value for value in values]


def _shapes(layer: Any) -> Shapes:
    weights = [*layer.trainable_weights, *layer.non_trainable_weights]
    return [tuple(weight.shape) for weight in weights]


def _differs_by_place(model: Any, file: Any) -> str:
    """Compare with the format of Keras 3, where a layer's place says its kind and its number."""
    stored = _places_in(file)
    for place, name, shapes in _places_of(model, "layers"):
        found = stored.pop(place, [])
        if found != shapes:
            return _told(name, shapes, found)
    return _told("", [], [], next(iter(stored))) if stored else ""


def _places_in(file: Any) -> dict[str, Shapes]:
    places: dict[str, dict[int, tuple[int, ...]]] = {}

    def visit(path: str, item: Any) -> None:
        place, _, number = path.rpartition("/vars/")
        if place.startswith("layers/") and not place.endswith("/seed_generator"):
            places.setdefault(place, {})[int(number)] = tuple(item.shape)

    file.visititems(visit)
    return {place: [shapes[n] for n in sorted(shapes)] for place, shapes in places.items()}


def _places_of(model: Any, prefix: str) -> Iterator[tuple[str, str, Shapes]]:
    """Yield where Keras 3 stores each layer that has weights (saving_lib._save_container_state)."""
    counts: dict[str, int] = {}
    for layer in model.layers:
        kind = snake_case(type(layer).__name__)
        number = counts.get(kind, 0)
        counts[kind] = number + 1
        place = f"{prefix}/{kind}_{number}" if number else f"{prefix}/{kind}"
        if hasattr(layer, "layers"):
            yield from _places_of(layer, f"{place}/layers")
        elif shapes := _shapes(layer):
            yield place, layer.name, shapes


def snake_case(name: str) -> str:
    """Spell the name of a layer's class as Keras does when it names a layer after its class."""
    name = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def _told(name: str, wanted: Shapes, found: Shapes, stored_name: str = "") -> str:
    if not name:
        return f"the file goes on with layer {stored_name}, which the model does not have"
    wants, has = (", ".join(map(str, shapes)) or "nothing" for shapes in (wanted, found))
    named = f" (named {stored_name} there)" if stored_name not in ("", name) else ""
    return f"layer {name} wants weights of shape {wants}; the file has {has}{named}"
