"""The doors for data: which reader takes what a user names, and what it finds.

In: a folder or a file. Out: a `Scan` of the pictures, whatever form they came in:

====================  =====================================================================
class folders         `train/CLASS/*` and `val/CLASS/*`, `CLASS/train/*`, `CLASS/*`
tables                CSV, TSV or JSON lines with path, label, and maybe split and group
arrays                `.npz`, or pairs of `.npy`
shards                Parquet with pictures and labels in it, as Hugging Face writes it
archives              `.zip`, `.tar`, `.tar.gz` and the like, with any of these in it
====================  =====================================================================

Of a folder, a table by a known name comes first, then class folders, then what else is there. What
arrays and archives hold is kept as files, once for each content.
"""

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from scenes.data import array_files, parquet
from scenes.data.archives import unpack
from scenes.data.detection import marks_places
from scenes.data.items import LABELS, fill, kept
from scenes.data.layout import scan_folder
from scenes.data.masks import shows_masks
from scenes.data.other_forms import is_no_archive, other_forms
from scenes.data.parallel import Progress
from scenes.data.scan import Scan
from scenes.data.stamps import hashes_of
from scenes.data.tables import (
    TABLE_SUFFIXES,
    find_tables,
    names_pictures,
    read_table,
    scan_tables,
    why_unused,
)
from scenes.errors import DataError
from scenes.system.disk import require_space
from scenes.system.formatting import printable

ARCHIVES = (".zip", ".tar", ".tgz", ".tbz", ".tbz2", ".txz", ".gz", ".bz2", ".xz")
ARRAYS = (".npz", ".npy")
HASHES = "hashes.json"
SHOWN = 3
"""Files that the reader names; of many shards the others are counted."""

NOT_KEPT = "What is in it must be kept as files, and there is no folder for that; name a --store."


def scan_source(
    source: Path, *, imports: Path | None = None, progress: Progress | None = None
) -> Scan:
    """Return the pictures that a user names.

    Args:
        source: A folder, or a file that holds pictures or their labels.
        imports: Keeps what is in archives and arrays as files; None refuses those.
        progress: Called while such files are made, with (done, all).

    Raises:
        DataError: There is nothing that can be read.
        StorageError: What it holds cannot be kept.
    """
    if source.is_dir():
        return _scan_folder(source, imports, progress)
    suffix = source.suffix.lower()
    if source.is_file() and suffix in TABLE_SUFFIXES:
        return scan_tables(source.parent, [read_table(source.parent, source)])
    if source.is_file() and suffix in ARRAYS:
        paths = [source] if suffix == ".npz" else array_files.find_pair(source)
        return _scan_arrays(paths, imports, progress)
    if source.is_file() and suffix == ".parquet":
        return _scan_shards([source], imports, progress)
    if source.is_file() and suffix in ARCHIVES and not is_no_archive(source.name):
        return _scan_archive(source, imports, progress)
    return scan_folder(source)  # which says what it is instead


def _scan_folder(root: Path, imports: Path | None, progress: Progress | None) -> Scan:
    tables = [read_table(root, path) for path in find_tables(root)]
    usable = [table for table in tables if names_pictures(root, table)]
    if usable:
        scan = scan_tables(root, usable)
        scan.left_out += [table.path for table in tables if table not in usable]
        return scan
    if places := marks_places(root):
        return Scan(root, "detection", problems=[places])
    scan = scan_folder(root)
    if masks := shows_masks(scan):
        return Scan(root, "segmentation", problems=[masks])
    if scan.is_data_set:
        return scan
    if not scan.paths() and (arrays := array_files.find_arrays(root)):
        return _scan_arrays(arrays, imports, progress)
    if not scan.paths() and (shards := parquet.find_shards(root)):
        parquet.require_all(shards)
        return _scan_shards(shards, imports, progress)
    for table in tables:
        scan.problems += why_unused(table)
    scan.problems += other_forms(root, known=[table.path for table in tables])
    return scan


def _scan_archive(source: Path, imports: Path | None, progress: Progress | None) -> Scan:
    imports = _required(source, imports)
    (sha256,) = hashes_of([source], imports / HASHES)
    folder = kept(imports, sha256, partial(unpack, source, progress=progress))
    scan = _scan_folder(folder, imports, progress)
    return replace(scan, reader=f"{scan.reader} in {printable(source.name)}")


def _scan_arrays(paths: Sequence[Path], imports: Path | None, progress: Progress | None) -> Scan:
    def make(folder: Path) -> None:
        pairs = array_files.read_pairs(paths)
        require_space(folder, array_files.bytes_of(pairs), "the pictures of the arrays")
        total = array_files.count_of(pairs)
        fill(folder, array_files.items_of(pairs), total=total, progress=progress)

    return _scan_kept("arrays", paths, imports, make)


def _scan_shards(paths: Sequence[Path], imports: Path | None, progress: Progress | None) -> Scan:
    def make(folder: Path) -> None:
        shards = parquet.open_shards(paths)
        require_space(folder, sum(shard.size for shard in shards), "the pictures of the shards")
        total = sum(shard.rows for shard in shards)
        fill(folder, parquet.items_of(shards), total=total, progress=progress)

    return _scan_kept("Parquet", paths, imports, make)


def _scan_kept(
    reader: str, paths: Sequence[Path], imports: Path | None, make: Callable[[Path], None]
) -> Scan:
    """Return the pictures that are kept for files, by the contents and names of those."""
    imports = _required(paths[0], imports)
    hashes = hashes_of(paths, imports / HASHES)
    top = Path(os.path.commonpath([path.parent for path in paths]))
    names = [path.relative_to(top).as_posix() for path in paths]
    told = json.dumps([*zip(names, hashes, strict=True)])
    folder = kept(imports, hashlib.sha256(told.encode()).hexdigest(), make)
    scan = scan_tables(folder, [read_table(folder, folder / LABELS)])
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return replace(scan, reader=f"{reader} {', '.join(map(printable, names[:SHOWN]))}{more}")


def _required(source: Path, imports: Path | None) -> Path:
    if imports is None:
        raise DataError(f"{printable(source)} cannot be read here.", [], NOT_KEPT)
    return imports
