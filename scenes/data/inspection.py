"""The pre-flight: decode every picture once and remember what was seen.

In: paths of pictures. Out: an `Inspection`, what was `Seen` in each good file and the cause for
each bad one.

What was seen is kept in the index of the cache, so that the next start reads no picture. Bad files
are not remembered: they are few, and what is wrong with them may have been mended without a trace
in the file (a permission).
"""

import contextlib
import hashlib
import os
import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import repeat
from pathlib import Path

from scenes.data.decoding import MAX_PIXELS, Seen, see_picture
from scenes.data.image_files import PictureError, open_regular
from scenes.data.parallel import Progress, map_in_threads, map_pictures
from scenes.data.picture_index import Index, load_index, save_index
from scenes.data.stamps import Stamp, stamp_of
from scenes.errors import StorageError

SAVED_EVERY = 60.0
"""Seconds after which what was seen so far is saved: a kill loses no more than that."""


@dataclass(frozen=True)
class Inspection:
    """What every file showed.

    Attributes:
        seen: By path as a text, for each good file: of 100,000 paths, texts save half a second.
        bad: By path, the cause for each other.
    """

    seen: Mapping[str, Seen]
    bad: Mapping[Path, str]


def inspect_pictures(
    paths: Sequence[Path],
    *,
    cache: Path | None,
    root: Path = Path(),
    max_pixels: int = MAX_PIXELS,
    progress: Progress | None = None,
) -> Inspection:
    """Decode every picture that is not yet known, and hash every file that may have changed.

    Args:
        paths: The files, each once.
        cache: The folder that remembers, made if need be; None remembers nothing.
        root: The folder that relative paths start from.
        max_pixels: Pictures above are bad.
        progress: Called after each unknown picture with (done, all), and once where none is.

    Raises:
        StorageError: The cache cannot be written.
    """
    index = load_index(cache)
    seen, unknown = _compared(paths, root, index, max_pixels)
    bad: dict[Path, str] = {}

    def tell() -> None:
        if progress is not None:
            progress(len(seen) + len(bad), len(paths))

    if not unknown:
        tell()
        return Inspection(seen, bad)

    def save() -> None:
        if cache is not None:
            new = [(*it, seen[str(path)]) for path, it in unknown.items() if str(path) in seen]
            save_index(cache, index.extended(new))

    saved = time.monotonic()
    try:
        files = {path: file for path, (file, _) in unknown.items()}
        with contextlib.closing(_looked_at(files, index, max_pixels)) as looked_at:
            for path, one in looked_at:
                if isinstance(one, Seen):
                    seen[str(path)] = one
                else:
                    bad[path] = one.cause
                tell()
                if time.monotonic() - saved > SAVED_EVERY:
                    save()
                    saved = time.monotonic()
    except BaseException:  # Ctrl-C above all: what has been seen need not be looked at again
        with contextlib.suppress(StorageError):
            save()
        raise
    save()
    names = map(str, paths)
    by_path = {name: seen[name] for name in names if name in seen}
    return Inspection(by_path, {path: bad[path] for path in paths if path in bad})


def _compared(
    paths: Sequence[Path], root: Path, index: Index, max_pixels: int
) -> tuple[dict[str, Seen], dict[Path, tuple[str, Stamp | None]]]:
    """Return what is known of the files that are as they were, and each other file's stamp.

    The stamps are taken before anything is read, so that a later change shows at the next start.
    """
    seen: dict[str, Seen] = {}
    unknown: dict[Path, tuple[str, Stamp | None]] = {}
    start = str(root.absolute())
    for path in paths:
        name = str(path)
        file = os.path.join(start, name)  # noqa: PTH118  # see `stamp_of`
        stamp = stamp_of(file)
        known = index.find(file, stamp)
        if known is not None and known.pixels <= max_pixels:
            seen[name] = known
        else:
            unknown[path] = file, stamp
    return seen, unknown


def _looked_at(
    files: Mapping[Path, str], index: Index, max_pixels: int
) -> Generator[tuple[Path, Seen | PictureError], None, None]:
    """Yield what each file shows: those first whose content is known, then the decoded ones."""
    strange = {}
    recognise = partial(_recognise, contents=index.contents, max_pixels=max_pixels)
    # Where nothing is remembered, hashing comes with decoding.
    hashed = (
        map_in_threads(recognise, [*files.values()]) if index.contents else repeat(None, len(files))
    )
    for (path, file), known in zip(files.items(), hashed, strict=True):
        if known is None:
            strange[path] = file
        else:
            yield path, known
    look = partial(_look, max_pixels=max_pixels)
    yield from zip(strange, map_pictures(look, [*strange.values()]), strict=True)


def _recognise(file: str, *, contents: Mapping[str, Seen], max_pixels: int) -> Seen | None:
    """Return what is known of the content of a file, wherever it was when it was seen."""
    try:
        with open_regular(Path(file)) as stream:
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    except (OSError, PictureError):
        return None  # decoding will meet it again and say so
    one = contents.get(sha256)
    return one if one and one.pixels <= max_pixels else None


def _look(file: str, *, max_pixels: int) -> Seen | PictureError:
    try:
        return see_picture(Path(file), max_pixels=max_pixels)
    except PictureError as error:
        return error
