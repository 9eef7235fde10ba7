"""Describes a plan, its runs and the programs at work as the page takes them: plain JSON values."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from scenes.live.health import Note
from scenes.live.verdicts import find_verdict
from scenes.plan.plan import Plan, Run, StudyPlan, Trial
from scenes.runs.news import News, as_number
from scenes.runs.record import METRICS, Failure, History, Record
from scenes.spec.text import text_in, with_epochs

DIGITS = 5
"""Significant digits of a figure: more than a screen shows."""
LISTED = 50
"""Waiting runs that are named one by one."""


def describe_plan(plan: Plan) -> dict[str, Any]:
    """Return the studies of a plan with the ids of their runs; what became of those is news."""
    report = plan.report
    return {
        "title": text_in(report.title, report.language),
        "language": report.language,
        "seeds": list(plan.seeds),
        "studies": [_describe_study(study, report.language) for study in plan.studies],
        "settings": _varied(plan.runs),
    }


def _describe_study(study: StudyPlan, language: str) -> dict[str, Any]:
    verdict = find_verdict(study, language)
    known = {trial.key: trial for trial in study.trials}
    return {
        "name": study.study.name,
        "number": study.study.number or "",
        "title": text_in(study.study.title, language),
        "question": with_epochs(text_in(study.study.question, language), _epochs(study)),
        "factor": study.study.factor,
        "values": [
            _describe_value(value.key, text_in(value.label or value.key, language), known)
            for value in study.study.values
        ],
        "more": study.further_seeds,
        "stage": verdict.stage,
        "verdict": list(verdict.lines),
    }


def _epochs(study: StudyPlan) -> str:
    """Return how many epochs its values are allowed: "25", or "10–25"."""
    ends = sorted({trial.settings.epochs for trial in study.trials})
    return "–".join(str(value) for value in ends[:1] + ends[1:][-1:])


def _describe_value(key: str, label: str, known: Mapping[str, Trial]) -> dict[str, Any]:
    trial = known.get(key)
    return {"key": key, "label": label, "runs": [run.id for run in trial.runs] if trial else []}


def _varied(runs: Sequence[Run]) -> dict[str, dict[str, Any]]:
    """Return, by run, the settings in which runs differ: what they share tells none apart."""
    settings = {run.id: run.settings.model_dump(mode="json") for run in runs}
    names = next(iter(settings.values()), {})
    varied = [name for name in names if len({repr(one[name]) for one in settings.values()}) > 1]
    return {run_id: {name: one[name] for name in varied} for run_id, one in settings.items()}


def describe_run(
    run: Run,
    state: str,
    history: History,
    notes: Iterable[Note],
    *,
    reason: str = "",
    updated: float | None = None,
) -> dict[str, Any]:
    """Return what the page shows of a run: its state, curves and health.

    Args:
        run: The run.
        state: `waiting`, `preparing`, `training`, `interrupted`, `failed` or `recorded`.
        history: As far as it has come.
        notes: On its health.
        reason: Why it failed or waits.
        updated: When it was last heard of; None where it is not under way.
    """
    record = run.result if isinstance(run.result, Record) else None
    return {
        "seed": run.seed,
        "state": state,
        "epochs": run.settings.epochs,
        "history": {name: [_short(value) for value in history.get(name, ())] for name in METRICS},
        "kept": record.kept if record else None,
        "seconds": _short(record.seconds) if record else None,
        "parameters": _parameters(record),
        "notes": [[note.level, note.text] for note in notes],
        "reason": run.result.reason if isinstance(run.result, Failure) else reason,
        "updated": updated,
    }


def _parameters(record: Record | None) -> int | None:
    found = record.summary.get("parameters") if record else None
    total = found.get("total") if isinstance(found, Mapping) else found
    return total if isinstance(total, int) else None


def _short(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def describe_program(program: News, *, is_ours: bool, age: float) -> dict[str, Any]:
    """Return what the page shows of a program at work on the store.

    Args:
        program: What it says.
        is_ours: Whether it trains runs of this report.
        age: Seconds since it said so.
    """
    waiting = program.rows("waiting")
    return {
        "host": program.owner.host,
        "pid": program.owner.pid,
        "is_here": program.owner.is_here,
        "is_ours": is_ours,
        "state": "lost" if program.owner.is_dead and program.state != "ended" else program.state,
        "done": as_number(program.more.get("done")),
        "total": as_number(program.more.get("total")),
        "left": program.more.get("seconds_left_range"),
        "running": program.rows("running"),
        "waiting": waiting[:LISTED],
        "waiting_count": len(waiting),
        "unplanned": sum(not row.get("id") for row in waiting),
        "updated": program.updated,
        "silent": age,
    }
