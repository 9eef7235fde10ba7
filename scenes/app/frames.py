"""What a notebook or a script asks of a report: a folder in, its plan, tables and verdicts out.

    import scenes

    plan = scenes.open_plan("reports/mine", profile="full")
    scenes.facts_frame(plan)
    scenes.judge("better", plan.study("rate"), "0.1", than="0.01")

Tables are pandas': the extra `scenes[pandas]`. Nothing is trained here, and nothing is written but
caches.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from scenes.app.request import Request, open_request
from scenes.app.trust import report_components
from scenes.app.writing import recorded_plan
from scenes.claims.facts import MEASURES, trial_fact
from scenes.claims.predicates import Verdict, find_predicate
from scenes.errors import MachineError
from scenes.plan.plan import Plan, Run, StudyPlan
from scenes.runs.identity import effective
from scenes.runs.record import Failure, Record

if TYPE_CHECKING:
    import pandas as pd


def open_plan(
    folder: Path | str,
    *,
    profile: str | None = None,
    data: str | None = None,
    store: Path | str | None = None,
    seeds: Sequence[int] | None = None,
    trust: bool = False,
) -> Plan:
    """Return the plan of a report with what is recorded of each run.

    Args:
        folder: Of the report, or its report.toml.
        profile: How much of each study; None for `quick` where the report has it.
        data: Where pictures are, in place of the report's own.
        store: Where runs are kept; None for `store` beside the folder.
        seeds: In place of the profile's.
        trust: Run the code that the folder brings, if it has not been accepted.

    Raises:
        UserError: The report or its pictures have mistakes, or its code is not accepted.
    """
    request = Request(
        Path(folder),
        profile=profile,
        data=data,
        store=None if store is None else Path(store),
        seeds=None if seeds is None else tuple(seeds),
    )
    console = Console(quiet=True)
    with report_components(request.folder, trust=trust):
        return recorded_plan(open_request(request, console), console)


def judge(claim: str, study: StudyPlan, *args: Any, **options: Any) -> Verdict:
    """Return what the records of a study say of a claim, as templates ask `claims.NAME(study, …)`.

    Args:
        claim: Its name, such as `better`; that of an own one within `scenes.report_components`.
        study: Of a plan.
        *args: What the claim takes, such as the key of a value.
        **options: The same by name, such as `than` and `metric`.

    Raises:
        ValueError: There is no such claim; the choices are listed.
    """
    return find_predicate(claim)(study, *args, **options)


def runs_frame(plan: Plan) -> "pd.DataFrame":
    """Return a table with a row for each run of each value: settings, state and last figures.

    Columns: `study`, `value`, `seed`, `run` (its id), `state` (recorded, failed or missing),
    `reason` of a failure, the settings that have an effect, `epochs`, `seconds`, and loss and
    accuracy of the model that was kept.
    """
    return _frame().DataFrame.from_records(list(_runs(plan)))


def history_frame(plan: Plan) -> "pd.DataFrame":
    """Return a table with a row for each epoch of each recorded run.

    Columns: `study`, `value`, `seed`, `run`, `epoch` from 1, and Keras' keys.
    """
    rows = [
        {**head, "epoch": epoch + 1, **{name: it[epoch] for name, it in record.history.items()}}
        for head, run in _each(plan)
        if isinstance(record := run.result, Record)
        for epoch in range(record.epochs)
    ]
    return _frame().DataFrame.from_records(rows)


def facts_frame(plan: Plan, measures: Sequence[str] = tuple(MEASURES)) -> "pd.DataFrame":
    """Return a table with a row for each fact: what a report prints of each value.

    Columns: `study`, `value`, `measure`, `mean`, `spread` over seeds, `low` and `high` of its 95 %
    interval, `n` (runs), `unit`.

    Args:
        plan: With results.
        measures: Names in `scenes.claims.facts.MEASURES`, or metrics, such as `macro_f1`.
    """
    rows = []
    for study in plan.studies:
        for trial in study.trials:
            for measure in measures if trial.records else ():
                fact = trial_fact(study.study.name, trial, measure)
                low, high = fact.interval or (None, None)
                rows.append(
                    {"study": study.study.name, "value": trial.key, "measure": measure,
                     "mean": fact.value, "spread": fact.spread, "low": low, "high": high,
                     "n": fact.n, "unit": fact.unit}
                )  # fmt: skip
    return _frame().DataFrame.from_records(rows)


def _each(plan: Plan) -> Iterator[tuple[dict[str, Any], Run]]:
    """Yield each run of each value, with what it is in each table."""
    for study in plan.studies:
        for trial in study.trials:
            for run in trial.runs:
                name, key = study.study.name, trial.key
                yield {"study": name, "value": key, "seed": run.seed, "run": run.id}, run


def _runs(plan: Plan) -> Iterator[dict[str, Any]]:
    for head, run in _each(plan):
        row = {**head, "state": "missing", "reason": None, **effective(run.settings)}
        match run.result:
            case Failure(reason=reason):
                row |= {"state": "failed", "reason": reason}
            case Record() as record:
                last = {name: record.final(name) for name in record.history}
                row |= {"state": "recorded", "epochs": record.epochs, "seconds": record.seconds}
                row |= last
        yield row


def _frame() -> Any:
    try:
        import pandas
    except ImportError:
        raise MachineError(
            "Tables cannot be made here.",
            ["pandas is not installed; it is an extra of the package"],
            "Install it with: pip install 'scenes[pandas]'",
        ) from None
    return pandas
