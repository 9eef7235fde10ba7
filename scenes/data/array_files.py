"""Arrays of pictures in .npz and .npy files, as keras.datasets and many others give them.

In: arrays named like `x_train` and `y_train`, or `train_images` and `train_labels`, or `x` and `y`.
Out: the pictures one after the other, each as the content of a file. Only one at a time is in
memory.
"""

import contextlib
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt

from scenes.data.columns import MULTI_LABEL, REGRESSION
from scenes.data.items import Item, as_content
from scenes.data.scan import UNSPLIT
from scenes.data.splits import split_of
from scenes.errors import DataError
from scenes.system.files import open_regular
from scenes.system.formatting import printable

IMAGES = ("x", "images", "image", "imgs", "pictures", "data", "features")
LABELS = ("y", "labels", "label", "targets", "target", "classes")
EXPECTED = (
    "Arrays are read in pairs: x_train and y_train, x_test and y_test, or x and y; pictures as"
    " uint8 (n, height, width) or (n, height, width, 3), labels as one whole number or text each."
    " np.savez('data.npz', x=…, y=…) gives them these names."
)
MOST_LABELS = 2**31
"""Bytes of an array of labels, which is held in memory."""
LARGEST = 2**28
"""Bytes of one picture."""
DAMAGE = (ValueError, OSError, EOFError, zipfile.BadZipFile, NotImplementedError, RuntimeError)


@dataclass(frozen=True)
class ArrayFile:
    """One array in a file, not yet read.

    Attributes:
        name: As the user knows it: `x_train`.
        open: Returns a stream of the .npy format.
    """

    name: str
    open: Callable[[], contextlib.AbstractContextManager[IO[bytes]]]


@dataclass(frozen=True)
class Header:
    """What the beginning of a .npy file says."""

    shape: tuple[int, ...]
    is_fortran: bool
    dtype: np.dtype[np.generic]


Pairs = Mapping[str, tuple[ArrayFile, ArrayFile]]
"""Split -> pictures and labels."""


def find_arrays(folder: Path) -> list[Path]:
    """Return the files in a folder that hold arrays."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in (".npz", ".npy")
        and not path.name.startswith(".")
        and path.is_file()
    )


def read_pairs(paths: Sequence[Path]) -> Pairs:
    """Return the pictures and labels of each split.

    Raises:
        DataError: They cannot be told apart, or do not fit each other.
    """
    arrays: list[ArrayFile] = []
    problems: list[str] = []
    for path in paths:
        try:
            arrays += _arrays_in(path)
        except DAMAGE as error:
            problems.append(f"{printable(path.name)}: cannot be read: {error}")
    pairs, unpaired = _paired(arrays)
    problems += unpaired
    for split, (images, labels) in pairs.items():
        problems += [*_image_problems(images), *_label_problems(images, labels)]
        if split == UNSPLIT and len(pairs) > 1:
            problems.append(f"{images.name}: is in no split, where others are")
    if problems or not pairs:
        raise DataError(
            "The arrays cannot be used as they are.", problems or ["there are none"], EXPECTED
        )
    return pairs


def _arrays_in(path: Path) -> list[ArrayFile]:
    if path.suffix.lower() == ".npy":
        return [ArrayFile(path.stem, lambda: open_regular(path.resolve()))]
    with open_regular(path.resolve()) as file, zipfile.ZipFile(file) as archive:
        names = [name for name in archive.namelist() if name.endswith(".npy")]
    return [ArrayFile(name.removesuffix(".npy"), _member(path, name)) for name in names]


def _member(path: Path, name: str) -> Callable[[], contextlib.AbstractContextManager[IO[bytes]]]:
    @contextlib.contextmanager
    def opened() -> Iterator[IO[bytes]]:
        # A link is followed: caches and clusters keep the files themselves elsewhere.
        with (
            open_regular(path.resolve()) as file,
            zipfile.ZipFile(file) as archive,
            archive.open(name) as it,
        ):
            yield it

    return opened


def _paired(arrays: list[ArrayFile]) -> tuple[dict[str, tuple[ArrayFile, ArrayFile]], list[str]]:
    """Return what belongs together by name, and what is wrong with that."""
    found: dict[tuple[str, str], ArrayFile] = {}
    problems = []
    for array in arrays:
        words = _words(array.name)
        split = next((split for word in words if (split := split_of(word))), UNSPLIT)
        rest = {word for word in words if not split_of(word)}
        kind = "x" if rest & set(IMAGES) else "y" if rest & set(LABELS) else None
        if kind is None or (rest & set(IMAGES) and rest & set(LABELS)):
            problems.append(f"{printable(array.name)}: neither pictures nor labels by its name")
        elif (split, kind) in found:
            other = printable(found[split, kind].name)
            problems.append(f"{printable(array.name)}, {other}: two for the same split")
        else:
            found[split, kind] = array
    for split, kind in found:
        if (split, "y" if kind == "x" else "x") not in found:
            lacks = "labels" if kind == "x" else "pictures"
            problems.append(f"{printable(found[split, kind].name)}: there are no {lacks} for it")
    splits = [split for split, kind in found if kind == "x" and (split, "y") in found]
    return {split: (found[split, "x"], found[split, "y"]) for split in splits}, problems


def _words(name: str) -> list[str]:
    """Return the words of a name in lower case; `trainX` and `xtrain` have two, as `x_train`."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=^[xyXY])(?=train|valid|val|test)", "_", name)
    return [word for word in re.split(r"[\W_\d]+", parted.casefold()) if word]


def read_header(stream: IO[bytes]) -> Header:
    """Read the beginning of a .npy file.

    Raises:
        ValueError: It is none.
    """
    version = np.lib.format.read_magic(stream)
    read = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }.get(version)
    if read is None:
        raise ValueError(f"is of version {version} of the format, which is not read")
    try:
        return Header(*read(stream))
    except Exception as error:  # numpy parses it as Python: what that may raise has no bounds
        told = str(error).partition("\n")[0]
        raise ValueError(f"its header: {told}") from error


def _image_problems(images: ArrayFile) -> Iterator[str]:
    name = printable(images.name)
    try:
        with images.open() as stream:
            header = read_header(stream)
    except DAMAGE as error:
        yield f"{name}: cannot be read: {error}"
        return
    got = f"{name}: {header.dtype} {header.shape}"
    if header.dtype != np.uint8:
        way = " (where they are from 0 to 1: np.rint(255 * x).astype('uint8'))"
        yield f"{got}: pictures must be uint8, from 0 to 255{way}"
    elif len(header.shape) == 4 and header.shape[1] in (1, 3) and header.shape[3] not in (1, 3):
        yield f"{got}: the channels must come last: x.transpose(0, 2, 3, 1)"
    elif not (len(header.shape) == 3 or (len(header.shape) == 4 and header.shape[3] in (1, 3))):
        yield f"{got}: pictures must be (n, height, width), …, 1) or …, 3)"
    elif header.is_fortran:
        yield f"{got}: is in Fortran's order: np.ascontiguousarray(x)"
    elif not all(header.shape):
        yield f"{got}: is empty"
    elif int(np.prod(header.shape[1:], dtype=object)) > LARGEST:
        yield f"{got}: one picture has more than {LARGEST:,} bytes"


def _label_problems(images: ArrayFile, labels: ArrayFile) -> Iterator[str]:
    try:
        found = read_labels(labels)
    except DAMAGE as error:
        yield f"{printable(labels.name)}: {error}"
        return
    with contextlib.suppress(*DAMAGE), images.open() as stream:
        yield from _wrong_count(images, read_header(stream).shape[:1], labels, found)


def _wrong_count(
    images: ArrayFile, pictures: tuple[int, ...], labels: ArrayFile, found: Sequence[str]
) -> Iterator[str]:
    if pictures != (len(found),):
        yield (
            f"{printable(labels.name)}: has {len(found):,} labels, but {printable(images.name)} has"
            f" {pictures[0] if pictures else 0:,} pictures"
        )


def read_labels(labels: ArrayFile) -> tuple[str, ...]:
    """Return the label of each picture.

    Raises:
        ValueError: They are no classes, one a picture; to be read after the name.
    """
    with labels.open() as stream:
        header = read_header(stream)
        if header.dtype.hasobject:
            raise ValueError("holds Python objects, which are not read; save numbers or texts")
        size = int(np.prod(header.shape, dtype=object)) * header.dtype.itemsize
        if size > MOST_LABELS:
            raise ValueError(f"is {header.dtype} {header.shape}, which is too large for labels")
        flat: npt.NDArray[np.generic] = np.frombuffer(_exactly(stream, size), header.dtype)
    values = flat.reshape(header.shape, order="F" if header.is_fortran else "C")
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim == 2 and values.dtype.kind in "iufb":
        values = _from_one_hot(values)
    if values.ndim != 1:
        raise ValueError(f"is {header.dtype} {header.shape}; labels must be one a picture: (n,)")
    return tuple(_texts(values))


def _from_one_hot(values: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
    if not np.isin(values, (0, 1)).all():
        raise ValueError(REGRESSION)
    if not (values.sum(axis=1) == 1).all():
        raise ValueError(MULTI_LABEL)
    return np.asarray(values.argmax(axis=1))


def _texts(values: npt.NDArray[np.generic]) -> Iterator[str]:
    if values.dtype.kind == "f":
        if not (np.equal(np.floor(values), values) & (np.abs(values) < 2**53)).all():
            raise ValueError(REGRESSION)
        values = values.astype(np.int64)
    if values.dtype.kind not in "iubUS":
        raise ValueError(f"is {values.dtype}; labels must be whole numbers or texts")
    for value in values.tolist():
        yield value.decode("utf-8") if isinstance(value, bytes) else str(value)


def bytes_of(pairs: Pairs) -> int:
    """Return how many bytes the pictures take as files."""
    total = 0
    for images, _ in pairs.values():
        with images.open() as stream:
            shape = read_header(stream).shape
        total += int(np.prod(shape, dtype=object)) + 20 * shape[0]
    return total


def count_of(pairs: Pairs) -> int:
    """Return how many pictures there are."""
    return sum(len(read_labels(labels)) for _, labels in pairs.values())


def items_of(pairs: Pairs) -> Iterator[Item]:
    """Yield the pictures in their order, one at a time."""
    for split, (images, labels) in pairs.items():
        folder = split or "pictures"
        with images.open() as stream:
            header = read_header(stream)
            for index, label in enumerate(read_labels(labels)):
                try:
                    data, suffix = _as_file(stream, header.shape[1:])
                except DAMAGE as error:
                    problem = f"{printable(images.name)}: picture {index:,}: {error}"
                    raise DataError("The arrays cannot be used as they are.", [problem]) from error
                yield Item(data, label, split=split, name=f"{folder}/{index:06d}{suffix}")
            if stream.read(1):
                problem = f"{printable(images.name)}: goes on where its header says that it ends"
                raise DataError("The arrays cannot be used as they are.", [problem], EXPECTED)


def _as_file(stream: IO[bytes], shape: tuple[int, ...]) -> tuple[bytes, str]:
    """Read one picture and return it as the content of a file, with the file's extension."""
    height, width, *channels = shape
    colour = channels == [3]
    pixels = _exactly(stream, height * width * (3 if colour else 1))
    return as_content(pixels, height, width, colour=colour), ".ppm" if colour else ".pgm"


def _exactly(stream: IO[bytes], size: int) -> bytes:
    data = stream.read(size)
    while len(data) < size:  # of a compressed member a read may give less
        if not (more := stream.read(size - len(data))):
            raise ValueError("ends before its header says")
        data += more
    return data


def find_pair(path: Path) -> list[Path]:
    """Return the .npy files beside one that a user names: all that go with its split."""
    return [it for it in find_arrays(path.parent) if it.suffix.lower() == ".npy"]
