"""Names pictures by an exported network: its folder and paths in, probabilities out.

Pictures are checked and decoded as for training; nothing of the network's file is executed. Code
that lies beside it, where it has layers of its authors' own, runs once its user has accepted it.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenes.app.exported_code import ExportedCode, exported_code
from scenes.app.network_export import MODEL, read_card
from scenes.app.trust import Ask
from scenes.data.decoding import FORMATS, MAX_PIXELS
from scenes.data.division import Picture
from scenes.data.folder import Dataset
from scenes.data.inspection import inspect_pictures
from scenes.errors import DataError, MachineError, UserError
from scenes.runs.identity import training_versions
from scenes.system.formatting import natural_order, printable

ENDINGS = frozenset(ending for endings in FORMATS.values() for ending in endings)
HEADING = "The pictures cannot be named."


@dataclass(frozen=True)
class Named:
    """What a network says of pictures.

    Attributes:
        classes: Names, in the order of the probabilities.
        pictures: Their paths.
        probabilities: float32 (n, classes).
    """

    classes: tuple[str, ...]
    pictures: tuple[Path, ...]
    probabilities: NDArray[np.float32]

    def likeliest(self, picture: int, count: int) -> list[tuple[str, float]]:
        """Return the classes of the highest probabilities of a picture, the highest first."""
        row = self.probabilities[picture]
        return [(self.classes[one], float(row[one])) for one in np.argsort(-row)[:count]]


def predict(
    model: Path,
    paths: Sequence[Path],
    *,
    max_pixels: int | None = None,
    trust: bool = False,
    ask: Ask | None = None,
) -> Named:
    """Return what an exported network says of pictures.

    Args:
        model: The folder of the export, or `model.keras` in it.
        paths: Pictures, and folders of which every picture is taken.
        max_pixels: Larger pictures are refused; None for the usual limit.
        trust: Accept the code beside the network, if it has any, without a question.
        ask: Asks the user; None where nobody can answer.

    Raises:
        UserError: The network cannot be used, or its code is not accepted.
        DataError: Pictures cannot be: all of them, each with its reason.
        MachineError: TensorFlow is not installed.
    """
    folder = model if model.is_dir() else model.parent
    card = read_card(folder)
    found = _pictures(paths, max_pixels or MAX_PIXELS)
    if training_versions() is None:
        hint = "Install it with: pip install 'scenes[train-cpu]'"
        raise MachineError(HEADING, ["TensorFlow is not installed"], hint)
    built_by = card.get("built_by")
    code = exported_code(built_by, folder, trust=trust, ask=ask) if built_by else nullcontext()
    with code as found_code:
        probabilities = _predicted(folder, card, found, found_code)
    if probabilities.shape[1:] != (len(card["classes"]),):
        count = f"{len(card['classes'])} classes, its network {probabilities.shape[-1]}"
        raise UserError(HEADING, [f"the card of {printable(folder)} names {count}"])
    pictures = tuple(one.path for one in found.splits["val"])
    return Named(tuple(card["classes"]), pictures, probabilities)


def _predicted(
    folder: Path, card: Mapping[str, Any], pictures: Dataset, code: ExportedCode | None
) -> NDArray[np.float32]:
    """Return the probabilities of pictures, float32 (n, classes), computed in a worker."""
    from scenes.training.export import NamedPictures, Network, in_worker, predict_pictures

    before, classes = card["preprocessing"], len(card["classes"])
    network = Network(code.settings, classes, code.components) if code else None
    with tempfile.TemporaryDirectory() as cache:
        job = NamedPictures(
            model=(folder / MODEL).resolve(),
            pictures=pictures,
            size=before["image_size"],
            interpolation=before["interpolation"],
            cache=Path(cache),
            network=network,
        )
        probabilities: NDArray[np.float32] = in_worker(
            predict_pictures, job, log=Path(cache) / "log.txt"
        )
    return probabilities


def _pictures(paths: Sequence[Path], max_pixels: int) -> Dataset:
    """Return the pictures as one split, in the order in which they were asked for."""
    files = list(dict.fromkeys(file for path in paths for file in _files(path)))
    if not files:
        listed = ", ".join(map(printable, paths))
        raise DataError(HEADING, [f"there is no picture in {listed}"])
    inspected = inspect_pictures(files, cache=None, max_pixels=max_pixels)
    if inspected.bad:
        problems = [f"{printable(path)}: {cause}" for path, cause in inspected.bad.items()]
        raise DataError(HEADING, problems, "Leave these out, or mend them.")
    split = tuple(Picture(Path(it), 0, seen.sha256) for it, seen in inspected.seen.items())
    return Dataset("pictures", "folder", Path(), ("?",), {"val": split})


def _files(path: Path) -> Iterator[Path]:
    """Yield a file, or the pictures below a folder in natural order, by absolute path."""
    if not path.is_dir():
        yield path.absolute()
        return
    below = (one for one in path.rglob("*") if one.suffix.lower() in ENDINGS and one.is_file())
    yield from (one.absolute() for one in sorted(below, key=lambda one: natural_order(str(one))))
