"""The runs of a plan, each once, with the places in the report where it stands."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from scenes.plan.plan import Plan, Run
from scenes.runs.record import Record


@dataclass(frozen=True)
class RunRow:
    """A run and where it stands.

    Attributes:
        run: With its result; None where it has not been trained.
        places: `study/value`, in the order of the report.
    """

    run: Run
    places: tuple[str, ...]

    @property
    def state(self) -> str:
        """What became of it: `finished`, `failed` or `missing`."""
        if self.run.is_missing:
            return "missing"
        return "finished" if isinstance(self.run.result, Record) else "failed"

    @property
    def name(self) -> str:
        """The first place, and the seed: what a reader calls it."""
        return f"{self.places[0]}/seed-{self.run.seed}"


def run_rows(plan: Plan) -> list[RunRow]:
    """Return the runs of a plan; one that several studies share stands once."""
    runs: dict[str, Run] = {}
    places: dict[str, list[str]] = {}
    for study in plan.studies:
        for trial in study.trials:
            for run in trial.runs:
                runs.setdefault(run.id, run)
                places.setdefault(run.id, []).append(f"{study.study.name}/{trial.key}")
    return [RunRow(run, tuple(dict.fromkeys(places[name]))) for name, run in runs.items()]


def finished(rows: Sequence[RunRow]) -> Iterator[tuple[RunRow, Record]]:
    """Yield the runs that have a record."""
    for row in rows:
        if isinstance(row.run.result, Record):
            yield row, row.run.result


def epoch_ends(record: Record) -> list[float]:
    """Return when each epoch ended, in seconds since 1970, by when and how fast it was trained."""
    moment = datetime.fromisoformat(record.environment["started"]).timestamp()
    ends = []
    for seconds in record.pace.seconds:
        moment += seconds
        ends.append(moment)
    return ends
