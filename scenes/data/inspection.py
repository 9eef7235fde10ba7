"""The pre-flight: decode every picture once and remember what was seen.

In: paths of pictures. Out: an `Inspection`, what was `Seen` in each good file and the cause for
each bad one.

What was seen is kept in one file of the cache, by content. The size, times and inode of each file
stand beside it, so that the next start reads no picture. Bad files are not remembered: they are
few, and what is wrong with them may have been mended without a trace in the file (a permission).
"""

import contextlib
import hashlib
import json
import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import repeat
from pathlib import Path

import PIL

from scenes.data.decoding import MAX_PIXELS, Seen, see_picture
from scenes.data.image_files import PictureError, open_regular
from scenes.data.parallel import Progress, map_in_threads, map_pictures
from scenes.data.pixel_code import sight_digest
from scenes.data.stamps import SETTLED_NS, Stamp, stamp_of
from scenes.errors import StorageError
from scenes.system.files import load_checked, save_checked

CACHE_FILE = "pictures.json"
FORMAT = 7
"""Of the file that remembers; one of another format, or by other code, counts as empty."""
SAVED_EVERY = 60.0
"""Seconds after which what was seen so far is saved: a kill loses no more than that."""


@dataclass(frozen=True)
class Inspection:
    """What every file showed.

    Attributes:
        seen: By path, for each good file.
        bad: By path, the cause for each other.
    """

    seen: Mapping[Path, Seen]
    bad: Mapping[Path, str]


def inspect_pictures(
    paths: Sequence[Path],
    *,
    cache: Path | None,
    max_pixels: int = MAX_PIXELS,
    progress: Progress | None = None,
) -> Inspection:
    """Decode every picture that is not yet known, and hash every file that may have changed.

    Args:
        paths: The files.
        cache: The folder that remembers, made if need be; None remembers nothing.
        max_pixels: Pictures above are bad.
        progress: Called after each unknown picture with (done, all), and once where none is.

    Raises:
        StorageError: The cache cannot be written.
    """
    memory = _load_memory(cache)
    stamps = {path: stamp_of(path) for path in paths}  # before reading: a later change shows
    seen = memory.unchanged(stamps, max_pixels)
    bad: dict[Path, str] = {}

    def tell() -> None:
        if progress is not None:
            progress(len(seen) + len(bad), len(paths))

    unknown = [path for path in paths if path not in seen]
    if not unknown:
        tell()

    def save() -> None:
        if cache is not None and unknown:
            _save_memory(cache, memory.extended(seen, stamps))

    saved = time.monotonic()
    try:
        with contextlib.closing(_looked_at(unknown, memory, max_pixels)) as looked_at:
            for path, one in looked_at:
                if isinstance(one, Seen):
                    seen[path] = one
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
    by_path = {path: seen[path] for path in paths if path in seen}
    return Inspection(by_path, {path: bad[path] for path in paths if path in bad})


def _looked_at(
    paths: Sequence[Path], memory: "_Memory", max_pixels: int
) -> Generator[tuple[Path, Seen | PictureError], None, None]:
    """Yield what each file shows: those first whose content is known, then the decoded ones."""
    strange = []
    recognise = partial(memory.recognised, max_pixels=max_pixels)
    # Where nothing is remembered, hashing comes with decoding.
    hashed = map_in_threads(recognise, paths) if memory.contents else repeat(None, len(paths))
    for path, known in zip(paths, hashed, strict=True):
        if known is None:
            strange.append(path)
        else:
            yield path, known
    yield from zip(
        strange, map_pictures(partial(_look, max_pixels=max_pixels), strange), strict=True
    )


def _look(path: Path, *, max_pixels: int) -> Seen | PictureError:
    try:
        return see_picture(path, max_pixels=max_pixels)
    except PictureError as error:
        return error


@dataclass(frozen=True)
class _Memory:
    """What the cache knows.

    Attributes:
        contents: SHA-256 to what the content showed.
        files: Absolute path to the stamp of the file and its SHA-256.
    """

    contents: Mapping[str, Seen]
    files: Mapping[str, tuple[str, str]]

    def unchanged(self, stamps: Mapping[Path, Stamp], max_pixels: int) -> dict[Path, Seen]:
        """Return what is known of the files that are as they were."""
        found = {}
        for path, stamp in stamps.items():
            known, sha256 = self.files.get(str(path.absolute()), ("", ""))
            one = self.contents.get(sha256)
            if stamp.text and stamp.text == known and one and one.pixels <= max_pixels:
                found[path] = one
        return found

    def recognised(self, path: Path, max_pixels: int) -> Seen | None:
        """Return what is known of the content of a file, wherever it was when it was seen."""
        try:
            with open_regular(path) as stream:
                sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        except (OSError, PictureError):
            return None  # decoding will meet it again and say so
        one = self.contents.get(sha256)
        return one if one and one.pixels <= max_pixels else None

    def extended(self, seen: Mapping[Path, Seen], stamps: Mapping[Path, Stamp]) -> "_Memory":
        """Return a memory that also knows these files."""
        settled = time.time_ns() - SETTLED_NS
        files = {
            str(path.absolute()): (stamps[path].text, one.sha256)
            for path, one in seen.items()
            if stamps[path].mtime_ns < settled
        }
        contents = {one.sha256: one for one in seen.values()}
        return _Memory({**self.contents, **contents}, {**self.files, **files})


def _version() -> str:
    return f"{FORMAT} {PIL.__version__} {sight_digest()}"


def _load_memory(cache: Path | None) -> _Memory:
    """Read what was remembered; a missing or damaged cache remembers nothing."""
    try:
        if cache is None:
            return _Memory({}, {})
        body = json.loads(load_checked(cache / CACHE_FILE) or b"{}")
        if body["version"] != _version():
            return _Memory({}, {})
        contents = {
            sha256: Seen(sha256, kind, width, height, tuple(notes), likeness)
            for sha256, (kind, width, height, notes, likeness) in body["contents"].items()
        }
        return _Memory(contents, {path: (file[0], file[1]) for path, file in body["files"].items()})
    except (ValueError, KeyError, TypeError, AttributeError):
        return _Memory({}, {})


def _save_memory(cache: Path, memory: _Memory) -> None:
    """Write what is remembered, whole or not at all.

    Raises:
        StorageError: The cache cannot be written.
    """
    body = {
        "version": _version(),
        "contents": {
            sha256: (one.format, one.width, one.height, one.notes, one.likeness)
            for sha256, one in memory.contents.items()
        },
        "files": memory.files,
    }
    save_checked(cache / CACHE_FILE, json.dumps(body).encode("ascii"))
