"""What `plan` lists: a plan in; a table and lines for a terminal out."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from rich import box
from rich.table import Table

from scenes.plan.cost import expected_duration
from scenes.plan.memory import expected_memory
from scenes.plan.plan import Plan, Run, StudyPlan
from scenes.plan.timing import Times
from scenes.runs.record import Failure, Record
from scenes.stats.folds import overlap_factor
from scenes.stats.power import (
    MOST_SEEDS,
    detectable_lead,
    detectable_over_folds,
    seeds_for_equality,
)
from scenes.stats.sequential import plan_looks
from scenes.stats.simultaneous import ALPHA
from scenes.system.formatting import said_count, said_size, said_time

EXPECTED_SPREADS = (0.01, 0.02, 0.04)
"""Standard deviations of accuracy between seeds, as small networks on few pictures have them."""


def plan_table(plan: Plan, times: Times, *, workers: int) -> Table:
    """Return the studies of a plan with what is recorded, shared and missing of each."""
    table = Table(box=box.SIMPLE_HEAD, show_footer=True)
    missing = [times.of(run.settings) for run in plan.missing]
    later = [times.of(settings) for _, settings in plan.later]
    left = expected_duration(missing, workers) + expected_duration(later, workers)
    footers = (
        "once each",
        str(len(plan.runs)),
        str(sum(isinstance(run.result, Record) for run in plan.runs)),
        "",
        str(len(missing)),
        str(plan.waiting or ""),
        said_time(left) if left else "",
    )
    heads = ("study", "runs", "done", "shared", "to do", "waiting", "time")
    for head, footer in zip(heads, footers, strict=True):
        table.add_column(head, footer, justify="left" if head == "study" else "right")
    uses = Counter(run_id for study in plan.studies for run_id in {run.id for run in _runs(study)})
    for study in plan.studies:
        table.add_row(*_plan_row(study, plan, uses, times))
    return table


def _runs(study: StudyPlan) -> Iterator[Run]:
    return (run for trial in study.trials for run in trial.runs)


def _plan_row(study: StudyPlan, plan: Plan, uses: Mapping[str, int], times: Times) -> Iterable[str]:
    runs = list(_runs(study))
    missing = [run for run in runs if run.is_missing]
    name = study.study.name
    later = [settings for of_study, settings in plan.later if of_study == name]
    seconds = sum(times.of(settings) for settings in [*later, *(run.settings for run in missing)])
    yield name
    yield str(len(runs))
    yield str(sum(isinstance(run.result, Record) for run in runs))
    yield str(sum(uses[run.id] > 1 for run in runs) or "")
    yield str(len(missing) or "")
    yield str(len(later) or "")
    yield said_time(seconds) if seconds else ""


def sharing_lines(plan: Plan) -> Iterator[str]:
    """Give a line for each trial that several studies ask for."""
    names: dict[tuple[str, ...], list[str]] = {}
    for study in plan.studies:
        for trial in study.trials:
            runs = tuple(run.id for run in trial.runs)
            names.setdefault(runs, []).append(f"{study.study.name} {trial.key}")
    for trials in names.values():
        if len(trials) > 1:
            yield f"shared: {' = '.join(trials)}"


def time_lines(plan: Plan, times: Times, *, workers: int) -> Iterator[str]:
    """Say what the times are, and what they are worth."""
    if plan.missing:
        shared = said_count(workers, "worker|workers")
        yield f"time: of one core for each study; of {shared}, started, for all"
        guessed = "a guess, good to a factor of two, until runs are recorded on this machine"
        learned = f"after {said_count(times.learned, 'run|runs')} on this machine"
        yield f"  {learned if times.learned else guessed}"
    for name in _guessed_models(plan):
        yield f"  of {name} as of a small residual network, a guess: state operations=… in @model;"
        yield f"  they are counted by: scenes models {name} --report FOLDER --expect"


def _guessed_models(plan: Plan) -> list[str]:
    """Return the models to be trained whose cost nobody states."""
    coming = [run.settings for run in plan.missing] + [settings for _, settings in plan.later]
    return sorted({it.model for it in coming if it.entry.is_cost_guessed})


def power_lines(
    seeds: int,
    values: Sequence[int],
    *,
    margin: float,
    most: int | None = None,
    folds: int | None = None,
) -> Iterator[str]:
    """Say what the number of seeds can show, before anything is trained.

    Args:
        seeds: Of each value.
        values: How many each study compares.
        margin: Within which accuracies count as practically equal.
        most: Seeds that may be trained, where they are added until a study is decided.
        folds: Parts of the pictures, where they take the place of seeds.
    """
    if folds is not None:
        yield _folds_line(folds, max(values))
        return
    looks = plan_looks(most) if most is not None else (seeds,)
    if most is not None:
        listed = ", ".join(map(str, looks))
        yield f"seeds: until decided, at most {most} of each value; looks after {listed}"
    if seeds == 1:
        yield "seeds: one decides nothing between values; the report will describe differences only"
        return
    leads = _leads(seeds, values, looks)
    yield f"seeds: {seeds} find, four times out of five, a difference of {leads}"
    needed = (
        f"{_seeds_needed(spread, margin, max(values))} where seeds spread by {spread:.0%}"
        for spread in EXPECTED_SPREADS
    )
    yield f"  to show accuracies equal within {margin:.1%} takes {', '.join(needed)}"


def _folds_line(folds: int, values: int) -> str:
    """Say what folds can show between so many values."""
    lead = detectable_over_folds(folds, math.comb(values, 2))
    lead *= overlap_factor(folds) / math.sqrt(2)
    return (
        f"folds: {folds} find, four times out of five, a difference {lead:.1f} times its "
        f"standard deviation from fold to fold, between {values} values"
    )


def _leads(seeds: int, values: Sequence[int], looks: Sequence[int]) -> str:
    """Return the differences that seeds can show, in the largest study and the smallest."""
    fewest, largest = min(values), max(values)
    alpha = ALPHA / len(looks)
    lead = detectable_lead(seeds, largest, alpha=alpha)
    sizes = [f"{lead:.1f} standard deviations between {largest} values"]
    if fewest < largest:
        sizes += [f"{detectable_lead(seeds, fewest, alpha=alpha):.1f} between {fewest}"]
    return " and ".join(sizes)


def _seeds_needed(deviation: float, margin: float, values: int) -> str:
    needed = seeds_for_equality(deviation, margin, values)
    return str(needed) if needed else f"more than {MOST_SEEDS}"


def memory_lines(plan: Plan, *, workers: int, available: float) -> Iterator[str]:
    """Say what the largest run to come needs, and whether the machine has it."""
    coming = [
        (trial.settings, f"{study.study.name} {trial.key}")
        for study in plan.studies
        for trial in study.trials
        if trial.is_missing
    ]
    coming += [(settings, f"of {name}") for name, settings in plan.later]
    if not coming:
        return
    need, name = max((expected_memory(settings), name) for settings, name in coming)
    free = said_size(available)
    yield f"memory: the largest run ({name}) needs about {said_size(need)}; {free} are free"
    if need > available:
        yield "It may not fit: it will run alone, and be recorded as failed if it dies."
    elif workers * need > available:
        yield f"There is no room for {workers} of its size: others wait until it has ended."


def failures_of(plan: Plan) -> list[str]:
    """Return a line for each run that failed."""
    return [
        f"{run.id} failed: {run.result.reason}"
        for run in plan.runs
        if isinstance(run.result, Failure)
    ]
