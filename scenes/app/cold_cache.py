"""Says before a training that pictures come from the disk first: a plan in, notes out."""

from collections.abc import Iterator
from pathlib import Path

from scenes.app.request import Opened
from scenes.data.arrays import bytes_to_prepare
from scenes.plan.memory import available_memory
from scenes.plan.plan import Plan
from scenes.spec.settings import Settings
from scenes.system.formatting import said_size
from scenes.system.page_cache import resident_share

WORTH_TELLING = 2**28
"""Bytes: reading fewer takes no time that anybody notices."""
WARM = 0.9
"""Share of a set in memory from which on it counts as warm."""


def cold_notes(opened: Opened, plan: Plan) -> Iterator[str]:
    """Yield a note where much of what the missing runs read is not in memory, or never fits there.

    Pictures that are still to be prepared are in memory once that is done.
    """
    arrays = {path for run in plan.missing for path in _prepared(opened, run.settings)}
    sizes = {path: path.stat().st_size for path in arrays}
    cold = sum(size * (1 - _share(path)) for path, size in sizes.items())
    whole = sum(sizes.values())
    if whole > available_memory() and whole > WORTH_TELLING:
        yield (
            f"The prepared pictures take {said_size(whole)}, more than the memory that is free "
            f"({said_size(available_memory())}): each epoch reads part of them from the disk."
        )
    elif cold > max(WORTH_TELLING, (1 - WARM) * whole):
        yield (
            f"{said_size(cold)} of the prepared pictures are not in memory: the first epoch reads "
            "them from the disk and takes longer than the others."
        )


def _share(path: Path) -> float:
    share = resident_share(path)
    return 1.0 if share is None else share  # nothing is said where nothing is known


def _prepared(opened: Opened, settings: Settings) -> Iterator[Path]:
    folder, missing = bytes_to_prepare(
        opened.pictures.part(settings),
        settings.image_size,
        cache=opened.store.cache / "arrays",
        interpolation=settings.interpolation,
    )
    if not missing:
        yield from (path for path in (folder / "train.npy", folder / "val.npy") if path.is_file())
