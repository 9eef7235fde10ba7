"""Readers that users bring: what such a function yields, checked and made into a `Scan`.

In: the function with its name, and what the user names as data. Out: a `Scan`, by the same rules
as of a table. Contents and pixels are kept as files, under the hash of all that was yielded.
"""

import hashlib
import itertools
import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from scenes.data.items import LABELS, Item, Reader, keep_items, kept
from scenes.data.scan import Scan
from scenes.data.tables import Table, read_table, scan_tables
from scenes.errors import DataError
from scenes.system.files import make_folder, writing
from scenes.system.formatting import printable

NAMES = ("path", "label", "split", "group")


@dataclass(frozen=True)
class Loader:
    """A reader that a user brings.

    Attributes:
        name: As the user calls it.
        read: Yields the pictures.
    """

    name: str
    read: Reader


def scan_loader(source: Path, loader: Loader, *, imports: Path | None) -> Scan:
    """Return the pictures that a loader finds.

    Raises:
        DataError: It fails, or yields what is no picture with a label.
        StorageError: What it yields cannot be kept.
    """
    items = _checked(source, loader)
    first = next(items, None)
    everything = items if first is None else itertools.chain([first], items)
    if first is None or isinstance(first.picture, Path):
        scan = _scan_files(source, everything, loader)
    else:
        scan = _scan_contents(everything, loader, imports)
    return replace(scan, reader=f"loader {printable(loader.name)}")


def _checked(source: Path, loader: Loader) -> Iterator[Item]:
    """Yield what the loader yields; what it raises is an error with its name."""
    count = 0
    try:
        for item in loader.read(source):
            if not isinstance(item, Item):
                raise TypeError(f"yielded {type(item).__name__}, not scenes.data.items.Item")
            yield item
            count += 1
    except DataError:
        raise
    except (Exception, SystemExit) as error:
        problem = f"after {count:,} pictures: {type(error).__name__}: {error}"
        raise _failed(loader, problem) from error


def _failed(loader: Loader, problem: str) -> DataError:
    return DataError(f"The loader {printable(loader.name)} failed.", [printable(problem)])


def _scan_files(source: Path, items: Iterable[Item], loader: Loader) -> Scan:
    """Return a scan of files that lie in the folder of the source."""
    root = source if source.is_dir() else source.parent
    rows = []
    for item in items:
        if not isinstance(item.picture, Path):
            raise _failed(loader, "a loader yields files or contents, not both")
        path = os.path.relpath(root / item.picture, root)
        rows.append((path, *item.cells))
    table = Table(Path(loader.name), NAMES, tuple(rows), tuple(range(1, len(rows) + 1)))
    return scan_tables(root, [table])


def _scan_contents(items: Iterable[Item], loader: Loader, imports: Path | None) -> Scan:
    """Return a scan of files that are made here."""
    if imports is None:
        raise _failed(
            loader, "yields contents, and there is no folder to keep them; name a --store"
        )
    with writing(make_folder(imports)), tempfile.TemporaryDirectory(dir=imports) as draft:
        whole = Path(draft) / "items"
        whole.mkdir()
        try:
            keep_items(items, whole, total=0)
        except (ValueError, FileExistsError) as error:
            raise _failed(loader, str(error)) from error
        folder = kept(imports, _hash_of(whole), whole.replace)
    return scan_tables(folder, [read_table(folder, folder / LABELS)])


def _hash_of(folder: Path) -> str:
    """Return the hash of all names and contents below a folder."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.*")):
        if path.is_file():
            with path.open("rb") as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
            digest.update(f"{path.relative_to(folder).as_posix()} {content}\n".encode())
    return digest.hexdigest()
