"""What a run executes is what its id covers: asks the interpreter, where ids follow the text."""

import inspect
import sys
import threading
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest
from conftest import save_pictures

import scenes
from scenes.data.folder import load_folder
from scenes.runs.identity import identify, run_id
from scenes.runs.run_code import ROOTS, STOPS, builders, unused
from scenes.runs.store import Store
from scenes.spec.settings import Settings
from scenes.system.source.code_hash import reach, read_program
from scenes.system.source.names import Definition
from scenes.training.worker import Job, imported_versions, run_job

PACKAGE = Path(scenes.__file__).parent
ASIDE = (
    "scenes.runs.store:append_epoch",  # passed to `find_outcome`; writes what is already known
    "scenes.training.worker:_train",  # its callbacks, which tell others how far the run is
    "scenes.data.parallel:*",  # generators below `map_pictures`, closed after it has returned
    "scenes.data.part_files:*",  # what `arrays:_part` returns: storage, checked when it is read
)
SMALL: dict[str, Any] = {"batch_size": 4, "epochs": 2}
RUNS = {
    "tutorial": Settings(image_size=16, dense_units=4, filters=(2,), **SMALL),
    "changed": Settings(
        model="lenet",
        image_size=16,
        augmentation="zoom+mixup",
        learning_rate_schedule="cosine",
        patience=2,
        restore_best=True,
        optimizer="adam",
        **SMALL,
    ),
    "frozen": Settings(
        model="transfer", backbone="MobileNetV2", weights="random", image_size=32, **SMALL
    ),
}


class Watcher:
    """Collects the definitions of the package that are executed, except below a stop.

    Args:
        roots: Where the code of a run starts, even when a stop calls it.
        stops: Nothing that these call is collected.
    """

    def __init__(self, roots: set[Definition], stops: set[Definition]) -> None:
        self.roots, self.stops = roots, stops
        self.seen: set[Definition] = set()
        self._known: dict[CodeType, Definition | None] = {}

    def __call__(self, frame: FrameType, event: str, argument: object) -> None:
        """Handle an event of the interpreter's profiler."""
        definition = self._definition(frame) if event == "call" else None
        if definition is not None and self._is_inside(frame):
            self.seen.add(definition)

    def _definition(self, frame: FrameType) -> Definition | None:
        if frame.f_code not in self._known:
            self._known[frame.f_code] = definition_of(frame.f_code)
        return self._known[frame.f_code]

    def _is_inside(self, frame: FrameType | None) -> bool:
        """Return whether the nearest root among the callers is nearer than any stop."""
        while frame is not None:
            definition = self._definition(frame)
            if definition in self.roots:
                return True
            if definition is not None and not self.stops.isdisjoint(definition.owners):
                return False
            frame = frame.f_back
        return False


def definition_of(code: CodeType) -> Definition | None:
    """Return the definition that contains some code; None outside the package, and of imports."""
    path = Path(code.co_filename)
    is_called = code.co_flags & inspect.CO_OPTIMIZED  # the body of a module or a class is not
    if not path.is_relative_to(PACKAGE) or not is_called or code.co_qualname.startswith("<"):
        return None
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    names = code.co_qualname.partition(".<")[0]  # code inside a function counts as that function
    return Definition(".".join(parts), names)


@pytest.mark.slow
@pytest.mark.parametrize("run", RUNS)
def test_what_a_run_executes_is_in_its_id(run: str, tmp_path: Path) -> None:
    """Every function that runs between a picture and the outcome counts, except the stops."""
    settings = RUNS[run]
    save_pictures(tmp_path / "pictures")
    dataset = load_folder(tmp_path / "pictures", cache=None)
    identity = identify(settings, 0, data=dataset.fingerprint, versions=imported_versions())
    job = Job(run_id(identity), settings, 0, identity, dataset, Store(tmp_path / "store"))
    starts = [*ROOTS, *builders(settings)]
    covered = reach(
        read_program(STOPS),
        map(Definition.parse, starts),
        stops=map(Definition.parse, unused(settings)),
    )
    # Pictures are decoded in threads of their own, which begin with this function.
    used = {*starts} - {*unused(settings)}
    roots = {*map(Definition.parse, used), Definition("scenes.data.arrays", "_square")}
    watcher = Watcher(roots, {*map(Definition.parse, [*STOPS, *unused(settings), *ASIDE])})
    threading.setprofile(watcher)
    sys.setprofile(watcher)
    try:
        run_job(job)
    finally:
        sys.setprofile(None)
        threading.setprofile(None)  # type: ignore[arg-type]
    assert job.store.holds(job.id)
    assert watcher.seen <= covered
    assert len(watcher.seen) > 30
    assert {it.name for it in watcher.seen} >= {"_square", "run_training", "_softmax"}
