"""Models in files that run no code: a Keras model in, a `.keras` out, and back.

A `.keras` is an archive: a description of layers, and arrays. What is read here may come from
anybody. So that nothing in it is executed and nothing outside of it is read, it is refused unless
every layer is one of Keras' own, none of them carries code or names a file, and its arrays lie in
it. Keras' own checks (`safe_mode`) come on top. A model with other layers is built by its own code,
and takes the arrays of such a file alone.
"""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scenes.errors import UserError

PARTS = {"metadata.json", "config.json", "model.weights.h5"}
LARGEST_CONFIG = 50 * 2**20
LARGEST = 8 * 2**30
"""Bytes of what an archive holds; a network of a thousand million parameters takes half of it."""
REFUSED = frozenset(
    ("Lambda", "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer", "StringLookup",
     "IntegerLookup", "TextVectorization", "IndexLookup")
)  # fmt: skip
"""Layers that carry code, or read files that a description names."""
OWN_MODULES = ("keras", "builtins")
"""Where the parts of a description come from; Keras looks up those of `builtins` among its own."""


class ModelFileError(UserError):
    """A file holds no model that can be read without running its code."""


def save_model(model: Any, path: Path) -> list[str]:
    """Write a model; return which of its parts are not Keras' own, so that `load_model` refuses it.

    Raises:
        ModelFileError: Keras cannot describe one of its layers.
    """
    try:
        model.save(path)
    except Exception as error:  # what the layers of own code raise
        path.unlink(missing_ok=True)
        raise ModelFileError(
            "The network cannot be exported.",
            [f"Keras cannot describe it: {_line_of(error)}"],
            "A layer of your own needs a get_config that returns what its __init__ takes.",
        ) from None
    return list(_config_problems(_read_config(path)))


def load_model(path: Path) -> Any:
    """Return the model of a file, which may come from anybody.

    Raises:
        ModelFileError: It is damaged, or would run code or read other files.
    """
    problems = list(_archive_problems(path))
    problems = problems or list(_config_problems(_read_config(path)))
    problems = problems or list(_array_problems(path))
    if problems:
        raise ModelFileError(f"{path} cannot be used", problems)
    import keras

    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # Keras raises many types for an invalid description
        raise ModelFileError(
            f"{path} cannot be used", [f"Keras cannot build its network: {_line_of(error)}"]
        ) from None


def fill_model(model: Any, path: Path) -> None:
    """Give a model, which its own code has built, the arrays of a file; no more of it is read.

    Raises:
        ModelFileError: The file is damaged, reads other files, or is of another model.
    """
    problems = list(_archive_problems(path)) or list(_array_problems(path))
    if problems:
        raise ModelFileError(f"{path} cannot be used", problems)
    try:
        model.load_weights(path)
    except Exception as error:  # Keras raises many types for arrays of another model
        raise ModelFileError(
            f"{path} cannot be used", [f"its arrays are of another network: {_line_of(error)}"]
        ) from None


def _line_of(error: Exception) -> str:
    return " ".join(str(error).split())[:300]


def _archive_problems(path: Path) -> Iterator[str]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (OSError, zipfile.BadZipFile, ValueError) as error:
        yield f"it is no .keras archive: {error}"
        return
    names = [member.filename for member in members]
    if sorted(names) != sorted(PARTS):
        shown = ", ".join(sorted(names)[:5]) or "nothing"
        yield f"a .keras archive holds {', '.join(sorted(PARTS))}; this one holds {shown}"
    elif sum(member.file_size for member in members) > LARGEST:
        yield f"it holds more than {LARGEST:,} bytes"
    elif next(it for it in members if it.filename == "config.json").file_size > LARGEST_CONFIG:
        yield f"its description has more than {LARGEST_CONFIG:,} bytes"


def _read_config(path: Path) -> Any:
    try:
        with zipfile.ZipFile(path) as archive:
            return json.loads(archive.read("config.json"))
    except (OSError, ValueError, RecursionError, zipfile.BadZipFile, KeyError) as error:
        raise ModelFileError(f"{path} cannot be used", [f"config.json: {error}"]) from None


def _config_problems(config: Any) -> Iterator[str]:
    """Yield what in a description of layers is not Keras' own, each once."""
    found: dict[str, None] = {}
    for part in _parts(config):
        name, module = str(part.get("class_name")), part.get("module")
        registered = part.get("registered_name")
        if name in REFUSED:
            found[f"layer {name} carries code, or reads a file that it names"] = None
        elif module is not None and str(module).partition(".")[0] not in OWN_MODULES:
            found[f"{name} is none of Keras' own: it is from {module}"] = None
        elif isinstance(registered, str) and ">" in registered and module is None:
            found[f"{name} is none of Keras' own: it is registered as {registered}"] = None
    yield from found


def _parts(config: Any) -> Iterator[dict[str, Any]]:
    """Yield every object that a description names, however deep."""
    waiting = [config]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            if "class_name" in one:
                yield one
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one


def _array_problems(path: Path) -> Iterator[str]:
    """Yield which arrays of a model lie outside of its file."""
    import h5py

    try:
        with (
            zipfile.ZipFile(path) as archive,
            archive.open("model.weights.h5") as stream,
            h5py.File(stream, "r") as file,
        ):
            yield from _outside(file)
    except (OSError, ValueError, RuntimeError, KeyError, zipfile.BadZipFile) as error:
        yield f"model.weights.h5: {error}"


def _outside(group: Any) -> Iterator[str]:
    import h5py

    for name in group:
        link = group.get(name, getlink=True)
        if not isinstance(link, h5py.HardLink):
            yield f"model.weights.h5: {group.name}/{name} is a link, not an array"
            continue
        item = group[name]
        if isinstance(item, h5py.Group):
            yield from _outside(item)
        elif item.external or item.is_virtual:
            yield f"model.weights.h5: {item.name} lies in another file"
