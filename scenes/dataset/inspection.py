"""The pre-flight: decode every picture once, remember what was seen, tell what stands out.

In: paths of pictures. Out: an `Inspection`, what was `Seen` in each good file and the cause for
each bad one, and from them `Finding`s: what does not stop a study but belongs in its report.

What was seen is kept in one file of the cache, by content. The size, times and inode of each file
stand beside it, so that the next start reads no picture. Bad files are not remembered: they are
few, and what is wrong with them may have been mended without a trace in the file (a permission).
"""

import contextlib
import hashlib
import json
import os
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from scenes.dataset.decoding import (
    FORMATS,
    MAX_PIXELS,
    PictureError,
    Progress,
    Seen,
    map_pictures,
    open_regular,
    printable,
    read_picture,
)
from scenes.errors import MachineError

CACHE_FILE = "pictures.json"
CACHE_VERSION = 1  # of what `Seen` means: another version is read as an empty cache

TINY = 16  # pixels on the shorter side
EXTREME_ASPECT = 4.0  # the longer side by the shorter one
SETTLED_NS = 2_000_000_000  # FAT keeps times to two seconds: a younger file may change unseen
EXAMPLES = 12

FINDINGS: Mapping[str, str] = {
    "exif_rotation": "turned as their EXIF orientation asks",
    "alpha": "transparent, laid over white",
    "sixteen_bit": "16 bits a channel, scaled to 8",
    "cmyk": "CMYK, converted to RGB",
    "grey_among_colour": "grey, among pictures in colour",
    "animated": "several frames, of which the first is used",
    "wrong_extension": "of another format than their extension says",
    "tiny": f"smaller than {TINY} pixels on one side",
    "extreme_aspect": f"more than {EXTREME_ASPECT:g} times as long as wide",
    "duplicates_in_split": "copies of a picture of the same class and split",
    "duplicates_across_classes": "the same picture in several classes",
    "leakage": "pictures outside train that are in train as well",
    "left_out": "left out: hidden, stray or not in a class folder",
    "case_twins": "classes of which the names differ only in case",
    "val_from_train": "taken from train, as the folder has no val",
    "fewer_than_asked": "classes with fewer pictures than asked for",
}
"""What each kind of finding says of its pictures, to be read after their number."""

# Findings that follow from what one file shows; the others need a folder.
NOTED = ("exif_rotation", "alpha", "sixteen_bit", "cmyk", "animated")


@dataclass(frozen=True)
class Finding:
    """Something that does not stop a study but belongs in its report.

    Attributes:
        kind: A key of `FINDINGS`.
        count: How many pictures (or classes) it concerns.
        pictures: The first `EXAMPLES` of them; of copies, all places in one string.
    """

    kind: str
    count: int
    pictures: tuple[str, ...]


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
        MachineError: The cache cannot be written.
    """
    memory = _load_memory(cache)
    stamps = {path: _stamp(path) for path in paths}  # before reading: a later change shows
    seen = memory.unchanged(stamps, max_pixels)

    def look(path: Path) -> Seen | PictureError:
        try:
            known = memory.recognised(path, max_pixels)
            return known or read_picture(path, max_pixels=max_pixels)[1]
        except PictureError as error:
            return error

    def report(done: int, _: int) -> None:
        if progress is not None:
            progress(len(paths) - len(unknown) + done, len(paths))

    unknown = [path for path in paths if path not in seen]
    if not unknown:
        report(0, 0)
    looked = dict(zip(unknown, map_pictures(look, unknown, progress=report), strict=True))
    seen |= {path: one for path, one in looked.items() if isinstance(one, Seen)}
    bad = {path: one.cause for path, one in looked.items() if isinstance(one, PictureError)}
    if cache is not None and unknown:
        _save_memory(cache, memory.extended(seen, stamps))
    return Inspection({path: seen[path] for path in paths if path in seen}, bad)


def picture_findings(seen: Mapping[str, Seen]) -> tuple[Finding, ...]:
    """Return what stands out in single pictures, in the order of `FINDINGS`.

    Args:
        seen: By the path to show, which is relative to the folder of the data set.
    """
    kinds: dict[str, list[str]] = {kind: [] for kind in FINDINGS}
    colour = any("grey" not in one.notes for one in seen.values())
    for path, one in sorted(seen.items()):
        for kind in (note for note in one.notes if note in NOTED):
            kinds[kind].append(path)
        if "grey" in one.notes and colour:
            kinds["grey_among_colour"].append(path)
        if Path(path).suffix.lower() not in FORMATS[one.format]:
            kinds["wrong_extension"].append(path)
        if min(one.width, one.height) < TINY:
            kinds["tiny"].append(path)
        if max(one.width, one.height) > EXTREME_ASPECT * min(one.width, one.height):
            kinds["extreme_aspect"].append(path)
    return _findings(kinds)


def duplicate_findings(
    splits: Mapping[str, Iterable[tuple[str, int, str]]],
) -> tuple[Finding, ...]:
    """Return which pictures are there more than once, byte by byte.

    Args:
        splits: For each split, (path to show, label, SHA-256) of its pictures.

    Returns:
        Up to three findings. "duplicates_in_split" counts the copies beyond the first,
        "duplicates_across_classes" the contents that stand in several classes, and "leakage" the
        pictures of other splits whose content is also in train.
    """
    places: dict[str, list[tuple[str, int, str]]] = defaultdict(list)
    for split, pictures in splits.items():
        for path, label, sha256 in pictures:
            places[sha256].append((split, label, path))
    kinds: dict[str, list[str]] = {kind: [] for kind in FINDINGS}
    for group in sorted(places.values()):
        if len(group) > 1:
            for kind, shown in _copies(sorted(group)):
                kinds[kind].append(shown)
    return _findings(kinds)


def _copies(group: Sequence[tuple[str, int, str]]) -> Iterable[tuple[str, str]]:
    """Yield (kind, what to show) for one content at several places (split, label, path)."""
    together = " = ".join(path for _, _, path in group)
    if len({label for _, label, _ in group}) > 1:
        yield "duplicates_across_classes", together
    first: dict[tuple[str, int], str] = {}
    for split, label, path in group:
        original = first.setdefault((split, label), path)
        if path != original:
            yield "duplicates_in_split", f"{path} = {original}"
    trained = next((path for split, _, path in group if split == "train"), None)
    for split, _, path in group:
        if trained is not None and split != "train":
            yield "leakage", f"{path} = {trained}"


def _findings(kinds: Mapping[str, Sequence[str]]) -> tuple[Finding, ...]:
    return tuple(
        Finding(kind, len(pictures), tuple(map(printable, pictures[:EXAMPLES])))
        for kind, pictures in kinds.items()
        if pictures
    )


@dataclass(frozen=True)
class _Memory:
    """What the cache knows.

    Attributes:
        contents: SHA-256 to what the content showed.
        files: Absolute path to the stamp of the file and its SHA-256.
    """

    contents: Mapping[str, Seen]
    files: Mapping[str, tuple[str, str]]

    def unchanged(self, stamps: Mapping[Path, "_Stamp"], max_pixels: int) -> dict[Path, Seen]:
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
        if not self.contents:
            return None  # hashing comes with decoding
        try:
            with open_regular(path) as stream:
                sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError:
            return None  # decoding will meet it again and say so
        one = self.contents.get(sha256)
        return one if one and one.pixels <= max_pixels else None

    def extended(self, seen: Mapping[Path, Seen], stamps: Mapping[Path, "_Stamp"]) -> "_Memory":
        """Return a memory that also knows these files."""
        settled = time.time_ns() - SETTLED_NS
        files = {
            str(path.absolute()): (stamps[path].text, one.sha256)
            for path, one in seen.items()
            if stamps[path].mtime_ns < settled
        }
        contents = {one.sha256: one for one in seen.values()}
        return _Memory({**self.contents, **contents}, {**self.files, **files})


class _Stamp(NamedTuple):
    """What changes when a file does; no text where there is no file."""

    text: str
    mtime_ns: int


def _stamp(path: Path) -> _Stamp:
    try:
        status = path.stat()
    except OSError:
        return _Stamp("", 0)
    times = f"{status.st_mtime_ns}-{status.st_ctime_ns}"
    return _Stamp(f"{status.st_size}-{times}-{status.st_ino}", status.st_mtime_ns)


def _load_memory(cache: Path | None) -> _Memory:
    """Read what was remembered; a missing or damaged cache remembers nothing."""
    try:
        if cache is None:
            return _Memory({}, {})
        document = json.loads((cache / CACHE_FILE).read_bytes())
        body = document["body"]
        if document["sha256"] != _checksum(body) or body["version"] != CACHE_VERSION:
            return _Memory({}, {})
        contents = {
            sha256: Seen(sha256, kind, width, height, tuple(notes))
            for sha256, (kind, width, height, notes) in body["contents"].items()
        }
        return _Memory(contents, {path: (file[0], file[1]) for path, file in body["files"].items()})
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return _Memory({}, {})


def _save_memory(cache: Path, memory: _Memory) -> None:
    """Write what is remembered, whole or not at all.

    Raises:
        MachineError: The cache cannot be written.
    """
    body = {
        "version": CACHE_VERSION,
        "contents": {
            sha256: (one.format, one.width, one.height, one.notes)
            for sha256, one in memory.contents.items()
        },
        "files": memory.files,
    }
    text = json.dumps({"sha256": _checksum(body), "body": body})
    temporary = cache / f".{CACHE_FILE}.{os.getpid()}"
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with temporary.open("w", encoding="ascii") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(cache / CACHE_FILE)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise MachineError(
            "What was seen in the pictures cannot be remembered.",
            [f"{printable(cache)}: {error.strerror or error}"],
            "Free some space there, or name another folder for the cache.",
        ) from error


def _checksum(body: Any) -> str:
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()
