"""What is held of a reader of own code: its first pictures, read from the report's own source."""

import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from pkgutil import resolve_name

from scenes.data.items import Item
from scenes.data.loaders import Loader, scan_loader
from scenes.data.scan import Scan
from scenes.spec import registry
from scenes.testing.checks import Suite, require

MOST = 200
"""Pictures that are read: what is wrong with a reader shows in the first ones."""


@dataclass(frozen=True)
class LoaderCase:
    """A reader of the registry and what it reads."""

    name: str
    source: Path

    def scan(self, folder: Path) -> Scan:
        """Return its first pictures, with what is no file kept in a folder.

        Raises:
            DataError: It fails, or yields what is no picture with a label.
            Refuted: There is nothing to read.
        """
        require(self.source.exists(), f"{self.source} is not there")
        read: Callable[[Path], Iterable[Item]] = resolve_name(
            registry.current().loaders[self.name].builder
        )
        first = Loader(self.name, lambda source: islice(read(source), MOST))
        return scan_loader(self.source, first, imports=folder)


LOADERS: Suite[LoaderCase] = Suite()


def _read(scan: Scan) -> tuple[object, ...]:
    """Return everything that a reader said, with the content of each file."""
    contents = [(scan.root / path).read_bytes() for path in scan.paths()]
    return scan.parts, scan.groups, scan.bad, scan.problems, contents


def _state(source: Path) -> list[tuple[str, int, int]]:
    """Return path, size and time of each file of a source."""
    files = [source] if source.is_file() else sorted(it for it in source.rglob("*") if it.is_file())
    return [(str(it), it.stat().st_size, it.stat().st_mtime_ns) for it in files]


@LOADERS.holds("it yields pictures, each with a label")
def _yields_pictures(case: LoaderCase) -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = case.scan(Path(folder))
    require(found.paths() or found.bad, "it yields nothing")
    require(not found.problems, "; ".join(found.problems))
    bad = [f"{path}: {reason}" for path, reason in found.bad.items()]
    require(not bad, "\n".join(bad))


@LOADERS.holds("it yields the same each time")
def _is_settled(case: LoaderCase) -> None:
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        first, second = _read(case.scan(Path(one))), _read(case.scan(Path(other)))
    require(first == second, "two readings of one source differ, and so would the ids of all runs")


@LOADERS.holds("its source stays as it was")
def _copies(case: LoaderCase) -> None:
    before = _state(case.source)
    with tempfile.TemporaryDirectory() as folder:
        case.scan(Path(folder))
    require(_state(case.source) == before, f"reading changes {case.source.name}")
