"""What a worker needs that sees nothing of the store: files, known by their content.

In: a job whose arrays are prepared. Out: the files to send, and the place of each in the folder of
the worker. It receives them in pieces, checks them against their hash, and keeps them.
"""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scenes.data.arrays import MANIFEST, bytes_to_prepare
from scenes.runs.sealed import load_json
from scenes.spec.component_sources import digest_of, read_files
from scenes.system.files import make_folder, open_regular, read_regular, writing
from scenes.training.executors.job_files import save_job
from scenes.training.executors.protocol import Job

PIECE = 2**24
"""Bytes that are sent at a time."""
SHIPPED = "shipped"
"""The folder of pictures and components that came from elsewhere."""


@dataclass(frozen=True)
class Part:
    """A file that a worker needs.

    Attributes:
        path: Where it belongs, relative to the folder of the worker, with `/`.
        size: In bytes.
        sha256: Of its content.
    """

    path: str
    size: int
    sha256: str


_checked: set[tuple[int, int, int, Part]] = set()
"""The files that this process has read: device, number, time, and what they were found to be."""


def pack_job(job: Job) -> dict[Part, Path]:
    """Write a job for a worker that sees nothing of this machine; return all that it needs.

    Returns:
        Each part with its place here, in the order in which they are to be sent.

    Raises:
        StorageError: The job cannot be written.
        UserError: Its components cannot be read any more.
    """
    own = read_files(job.components) if job.components else []
    folder = f"{SHIPPED}/components-{digest_of(own)[:16]}"
    pictures = f"{SHIPPED}/pictures-{job.dataset.fingerprint[:16]}"
    files = save_job(job, pictures=pictures, components=folder)
    root = job.store.root
    parcel = {_part(path.relative_to(root).as_posix(), path): path for path in files}
    if job.components:
        for file in own:
            name = file.path.relative_to(job.components.folder).as_posix()
            parcel[_part(f"{folder}/{name}", file.path)] = file.path
    parcel |= dict(_shown(job, pictures))
    return {**parcel, **dict(_arrays(job))}


def _part(name: str, path: Path) -> Part:
    data = read_regular(path)
    return Part(name, len(data), hashlib.sha256(data).hexdigest())


def _shown(job: Job, folder: str) -> Iterator[tuple[Part, Path]]:
    """Yield the pictures that a record shows as its augmentation changes them."""
    if job.settings.augmentation != "none":
        for picture in job.dataset.examples():
            path = job.dataset.root / picture.path
            size = path.stat().st_size
            yield Part(f"{folder}/{picture.path.as_posix()}", size, picture.sha256), path


def _arrays(job: Job) -> Iterator[tuple[Part, Path]]:
    """Yield the prepared arrays; last their manifest, without which there are none."""
    cache = job.store.cache / "arrays"
    settings = job.settings
    folder, _ = bytes_to_prepare(
        job.dataset, settings.image_size, cache=cache, interpolation=settings.interpolation
    )
    place = folder.relative_to(job.store.root).as_posix()
    manifest = load_json(read_regular(folder / MANIFEST))
    for name, told in manifest["files"].items():
        yield Part(f"{place}/{name}", told["bytes"], told["sha256"]), folder / name
    yield _part(f"{place}/{MANIFEST}", folder / MANIFEST), folder / MANIFEST


def missing_parts(root: Path, parts: list[Part]) -> list[Part]:
    """Return the parts that are not in a worker's folder, or are damaged there."""
    return [part for part in parts if not _is_whole(root / part.path, part)]


def _is_whole(path: Path, part: Part) -> bool:
    """Return whether a file has this content; it is read once as long as it stays as it is."""
    try:
        with open_regular(path) as file:
            status = os.fstat(file.fileno())
            # By its number, which moving it does not change.
            seen = (status.st_dev, status.st_ino, status.st_mtime_ns, part)
            if seen in _checked:
                return True
            if status.st_size != part.size:
                return False
            if hashlib.file_digest(file, "sha256").hexdigest() != part.sha256:
                return False
    except OSError:
        return False
    _checked.add(seen)
    return True


def receive_piece(root: Path, part: Part, start: int, data: bytes, *, sender: str) -> None:
    """Write a piece of a part; the last one puts it into its place.

    Args:
        root: The folder of the worker.
        part: The whole.
        start: Where the piece begins, in bytes; pieces come in order.
        data: Of the piece.
        sender: Names who sends it: two programs may send the same at a time.

    Raises:
        StorageError: It cannot be written, or is not what was announced.
    """
    path = root / part.path
    draft = path.with_name(f".{path.name}.{sender}")
    with writing(path):
        make_folder(path.parent)
        with draft.open("wb" if start == 0 else "ab") as file:
            file.write(data)
            is_last = file.tell() >= part.size
        if is_last:
            if not _is_whole(draft, part):
                draft.unlink()
                raise OSError("it arrived damaged")
            draft.replace(path)


def pieces_of(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield a file in pieces, each with its place; an empty one has one piece."""
    start = 0
    with open_regular(path) as file:
        while (data := file.read(PIECE)) or not start:
            yield start, data
            start += len(data)
            if not data:
                return
