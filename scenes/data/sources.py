"""The doors for data: which reader takes what a user names, and what it finds.

In: a folder or a file. Out: a `Scan` of the pictures, whatever form they came in:

====================  =====================================================================
class folders         `train/CLASS/*` and `val/CLASS/*`, `CLASS/train/*`, `CLASS/*`
tables                CSV, TSV or JSON lines with path, label, and maybe split and group
arrays                `.npz`, or pairs of `.npy`
archives              `.zip`, `.tar`, `.tar.gz` and the like, with any of these in it
====================  =====================================================================

Of a folder, a table by a known name comes first, then class folders, then what else is there. What
arrays and archives hold is kept as files, once for each content.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from scenes.data import array_files
from scenes.data.archives import unpack
from scenes.data.items import LABELS, fill, kept
from scenes.data.layout import scan_folder
from scenes.data.other_forms import other_forms
from scenes.data.parallel import Progress
from scenes.data.scan import Scan
from scenes.data.stamps import hashes_of
from scenes.data.tables import TABLE_SUFFIXES, find_tables, names_pictures, read_table, scan_tables
from scenes.errors import DataError
from scenes.system.disk import require_space
from scenes.system.formatting import printable

ARCHIVES = (".zip", ".tar", ".tgz", ".tbz", ".tbz2", ".txz", ".gz", ".bz2", ".xz")
ARRAYS = (".npz", ".npy")
HASHES = "hashes.json"

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
    if source.is_file() and suffix in ARCHIVES:
        return _scan_archive(source, imports, progress)
    return scan_folder(source)  # which says what it is instead


def _scan_folder(root: Path, imports: Path | None, progress: Progress | None) -> Scan:
    tables = [read_table(root, path) for path in find_tables(root)]
    usable = [table for table in tables if names_pictures(root, table)]
    if usable:
        scan = scan_tables(root, usable)
        scan.left_out += [table.path for table in tables if table not in usable]
        return scan
    scan = scan_folder(root)
    if scan.is_data_set:
        return scan
    if not scan.paths() and (arrays := array_files.find_arrays(root)):
        return _scan_arrays(arrays, imports, progress)
    for table in tables:
        wrong = table.columns if isinstance(table.columns, tuple) else ("names no picture here",)
        scan.problems += [f"{printable(table.path)}: {cause}" for cause in wrong]
    scan.problems += other_forms(root, known=[table.path for table in tables])
    return scan


def _scan_archive(source: Path, imports: Path | None, progress: Progress | None) -> Scan:
    imports = _required(source, imports)
    (sha256,) = hashes_of([source], imports / HASHES)
    folder = kept(imports, sha256, partial(unpack, source, progress=progress))
    scan = _scan_folder(folder, imports, progress)
    return replace(scan, reader=f"{scan.reader} in {printable(source.name)}")


def _scan_arrays(paths: Sequence[Path], imports: Path | None, progress: Progress | None) -> Scan:
    imports = _required(paths[0], imports)
    hashes = hashes_of(paths, imports / HASHES)
    told = json.dumps([(path.name, sha256) for path, sha256 in zip(paths, hashes, strict=True)])

    def make(folder: Path) -> None:
        pairs = array_files.read_pairs(paths)
        require_space(folder, array_files.bytes_of(pairs), "the pictures of the arrays")
        total = array_files.count_of(pairs)
        fill(folder, array_files.items_of(pairs), total=total, progress=progress)

    folder = kept(imports, hashlib.sha256(told.encode()).hexdigest(), make)
    scan = scan_tables(folder, [read_table(folder, folder / LABELS)])
    return replace(scan, reader=f"arrays {', '.join(printable(path.name) for path in paths)}")


def _required(source: Path, imports: Path | None) -> Path:
    if imports is None:
        raise DataError(f"{printable(source)} cannot be read here.", [], NOT_KEPT)
    return imports
