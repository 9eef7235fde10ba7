"""Opens the pictures that a report names, and gives each run the part of them that it asks for."""

import hashlib
import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from pkgutil import resolve_name

import platformdirs

from scenes.data.decoding import MAX_PIXELS
from scenes.data.division import Picture, divide_folds, in_order
from scenes.data.findings import fold_findings
from scenes.data.folder import Dataset, load_folder
from scenes.data.loaders import Loader
from scenes.data.parallel import Progress
from scenes.data.subsets import hold_out_test, take_per_class, without_leaks
from scenes.data.synthetic.generate import save_synthetic
from scenes.errors import DataError
from scenes.spec import registry
from scenes.spec.report import Data, Report
from scenes.spec.settings import Settings
from scenes.system.disk import write_problem
from scenes.system.files import load_checked, make_folder, remove_whatever, save_checked, writing
from scenes.system.locks import locked

SYNTHETIC = "synthetic"
PAINTED_SIZE = 224
"""Side of a painted picture, in pixels: that of the largest image size in common use."""


@dataclass
class Pictures:
    """All pictures of a report; a run trains on a part of them.

    Attributes:
        whole: The checked data set; with folds, train holds all that they are made of.
        seed: Of what is taken per class.
        folds: Parts of the pictures, each of which is val for some runs; none where there is one
            split for all.
    """

    whole: Dataset
    seed: int
    folds: Sequence[Sequence[Picture]] = ()
    _parts: dict[tuple[int | None, int | None, int], Dataset] = field(default_factory=dict)

    def part(self, settings: Settings, fold: int | None = None) -> Dataset:
        """Return the pictures that settings select, with one fold as val, by default the first."""
        key = (settings.train_per_class, settings.val_per_class, fold or 0)
        if key not in self._parts:
            part = self._split(fold or 0) if self.folds else self.whole
            if key[:2] != (None, None):
                part = take_per_class(part, train=key[0], val=key[1], seed=self.seed)
            # No run sees a test split. What each picture showed is for the report, and heavy to
            # send to a worker.
            splits = {split: part.splits[split] for split in ("train", "val")}
            self._parts[key] = replace(part, splits=splits, seen={})
        return self._parts[key]

    def _split(self, fold: int) -> Dataset:
        """Return all pictures with one fold as val and the others as train."""
        train = in_order(one for index, it in enumerate(self.folds) if index != fold for one in it)
        splits = {**self.whole.splits, "train": train, "val": tuple(self.folds[fold])}
        return replace(self.whole, splits=splits)

    def widest(self, settings: Iterable[Settings]) -> Dataset:
        """Return the largest part that any settings select, with what stands out in any of them.

        With folds it has all pictures in train, and what stands out between train and val of each.
        It is for one document, whose printed bitmaps are in its album.
        """
        album = self.whole.album.emptied()
        parts = [self.part(one) for one in settings]
        if self.folds:
            own = fold_findings([self._split(it).findings for it in range(len(self.folds))])
            return replace(self.whole, notes=(*self.whole.notes, *own), album=album)
        widest = max(parts, key=lambda part: sum(map(len, part.splits.values())))
        notes = dict.fromkeys([*widest.notes, *(note for part in parts for note in part.notes)])
        splits = {**self.whole.splits, **widest.splits}  # with a test split, which no run sees
        seen = self.whole.seen
        return replace(widest, splits=splits, notes=tuple(notes), seen=seen, album=album)

    @property
    def test(self) -> Dataset | None:
        """The test split alone; None where there is none."""
        if not self.whole.splits.get("test"):
            return None
        return replace(self.whole, splits={"test": self.whole.splits["test"]}, seen={})

    def count(self, settings: Settings) -> tuple[int, int]:
        """Return how many training and validation pictures settings select."""
        splits = self.part(settings).splits
        return len(splits["train"]), len(splits["val"])

    def fingerprint(self, settings: Settings, fold: int | None = None) -> str:
        """Return the fingerprint of the pictures that settings select; see `part`."""
        return self.part(settings, fold).fingerprint


def user_cache() -> Path:
    """Return the folder for what is remembered outside of a store, as this system has it."""
    return platformdirs.user_cache_path("scenes")


def open_pictures(
    report: Report,
    folder: Path,
    *,
    cache: Path,
    skip_bad: bool = False,
    drop_duplicates: bool = False,
    max_pixels: int = MAX_PIXELS,
    progress: Progress | None = None,
) -> Pictures:
    """Paint or index the pictures of a report, and check each of them.

    Args:
        report: Says where they come from and how many a run takes.
        folder: Of the report; a relative source starts there.
        cache: Where painted pictures and what was seen in pictures are kept.
        skip_bad: Leave bad files out instead of refusing the folder.
        drop_duplicates: Leave out of train what is, or looks like, a picture outside it.
        max_pixels: Pictures above are bad.
        progress: Called with (done, total).

    Raises:
        DataError: The pictures cannot be used; every problem is named.
    """
    data = report.data
    is_painted = data.source == SYNTHETIC
    whole = load_folder(
        _paint(data, report, cache, progress) if is_painted else _find(folder / data.source),
        # What cannot be remembered is looked at again; the pictures are none the worse.
        cache=None if write_problem(cache) else cache / "pictures",
        imports=None if write_problem(cache) else cache / "imports",
        seed=data.seed,
        val_share=data.val_share,
        source="synthetic" if is_painted else "folder",
        skip_bad=skip_bad,
        max_pixels=max_pixels,
        progress=progress,
        loader=_loader(data.loader),
        is_whole=data.folds is not None,
    )
    if data.test is not None:
        whole = hold_out_test(whole, share=data.test, seed=data.seed)
    whole = without_leaks(whole) if drop_duplicates else whole
    if data.folds is None:
        return Pictures(whole, data.seed)
    folds = divide_folds(whole.splits["train"], seed=data.seed, folds=data.folds)
    return Pictures(whole, data.seed, folds)


def _loader(name: str | None) -> Loader | None:
    """Return the reader that a report brings, by name."""
    if name is None:
        return None
    return Loader(name, resolve_name(registry.current().loaders[name].builder))


def _find(folder: Path) -> Path:
    """Return a folder or file of pictures as a whole path.

    Raises:
        DataError: There is none.
    """
    root = folder.resolve()
    if not root.exists():
        raise DataError(
            f"{root}: there are no pictures here",
            ["a source is a folder, a table, an archive or arrays of pictures, or `synthetic`"],
            "Name it with --data PATH, or in report.toml: [data] source = …",
        )
    return root


def _paint(data: Data, report: Report, cache: Path, progress: Progress | None) -> Path:
    """Paint as many pictures as the report's runs take, once."""
    train = _most(report, "train_per_class", data.train_per_class)
    val = _most(report, "val_per_class", data.val_per_class)
    if data.test is not None:  # what is set aside is painted in addition
        train = math.ceil((train + data.test * val) / (1 - data.test))
    name = f"seed{data.seed}-{train}+{val}-{PAINTED_SIZE}px-{_painter_fingerprint()}"
    root = cache / SYNTHETIC / name
    if not _is_as_painted(root):
        with writing(root):
            make_folder(root.parent)
            with locked(root.with_name(f"{root.name}.lock")):
                if not _is_as_painted(root):  # by another process, while this one waited
                    remove_whatever(root)
                    sizes = {"train": train, "val": val, "size": PAINTED_SIZE}
                    save_synthetic(root, seed=data.seed, **sizes, progress=progress)
                    save_checked(_sums_path(root), json.dumps(_sums(root)).encode())
    return root


def _is_as_painted(root: Path) -> bool:
    """Return whether a painted folder holds what was painted, to the last byte."""
    sums = load_checked(_sums_path(root))
    return sums is not None and json.loads(sums) == _sums(root)


def _sums_path(root: Path) -> Path:
    return root.with_name(f"{root.name}.sums")


def _sums(root: Path) -> dict[str, str]:
    """Return the SHA-256 of each file under a folder, by path."""
    files = sorted(path for path in root.rglob("*") if path.is_file())
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def _most(report: Report, setting: str, otherwise: int) -> int:
    """Return the most pictures per class that a run takes; `otherwise` of one without a limit."""
    wanted = [
        {**report.base.model_dump(), **study.set, **value.settings}[setting]
        for study in report.studies
        for value in study.values
    ]
    return max(otherwise if count is None else count for count in wanted)


def _painter_fingerprint() -> str:
    """Return a short hash of the painter's code: another painter paints other pictures.

    A comment counts as well: to follow the painter's 160 definitions takes half a second.
    """
    sources = sorted((Path(__file__).parent / "synthetic").glob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:8]
