"""How long runs take on this machine: what they cost, and how fast recorded ones were here.

The pictures of a report and the records of a store go in; seconds come out.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from pydantic import ValidationError

from scenes.plan.cost import RunCost, expected_cost, learn_speed, run_cost
from scenes.runs.store import Store
from scenes.spec.settings import Settings
from scenes.system.machine import describe_machine

Count = Callable[[Settings], tuple[int, int]]
"""Gives how many training and validation pictures settings select."""


@dataclass(frozen=True)
class Times:
    """Expects how long runs take.

    Attributes:
        count: Of the pictures of a run.
        speed: Of a core of this machine, the nominal one being 1.
        learned: From how many recorded runs.
    """

    count: Count
    speed: float = 1.0
    learned: int = 0

    def of(self, settings: Settings) -> float:
        """Return the seconds that one core needs for a run."""
        return expected_cost(settings, *self.count(settings)) / self.speed


def learn_times(store: Store, count: Count) -> Times:
    """Return what to expect after the runs that this machine has recorded."""
    runs = [(cost.whole, seconds) for cost, seconds in _timed_runs(store)]
    return Times(count, learn_speed(runs), len(runs))


def recorded_pace(
    store: Store, machines: Sequence[Mapping[str, object]] | None = None
) -> dict[str, float]:
    """Return the seconds for each unit of cost that runs took, by their kind.

    Where features are computed before the first epoch, a record does not say whether it found them.

    Args:
        store: Where they are recorded.
        machines: That trained them (`describe_machine`); None for this one.
    """
    ratios: dict[str, list[float]] = {}
    for cost, seconds in _timed_runs(store, machines):
        if not cost.features and seconds > 0:
            ratios.setdefault(cost.kind, []).append(seconds / cost.whole)
    return {kind: median(found) for kind, found in ratios.items()}


def _timed_runs(
    store: Store, machines: Sequence[Mapping[str, object]] | None = None
) -> Iterator[tuple[RunCost, float]]:
    """Yield cost and measured seconds of the runs that were trained on such machines."""
    kinds = [(one["processor"], one["cores"]) for one in machines or [describe_machine()]]
    for identity, environment in store.provenance():
        if (environment.get("processor"), environment.get("cores")) in kinds:
            try:
                settings = Settings.model_validate(identity["settings"])
                if settings.patience:  # it may have stopped early: nothing says when
                    continue
                pictures, seconds = environment["pictures"], float(environment["seconds"])
                yield run_cost(settings, pictures["train"], pictures["val"]), seconds
            except (ValidationError, KeyError, TypeError, ValueError):
                continue  # of another version, which said less
