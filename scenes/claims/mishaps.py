"""Perturbed results in which training goes another way: runs fail, stop early, tie or disagree.

Trials in, the same trials with other results out, as in `scenes.claims.perturbation`.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from scenes.plan.plan import Run, Trial
from scenes.runs.record import Failure, Pace, Record

Trials = tuple[Trial, ...]
DIVERGED = "training diverged: the loss is no longer a number"
FEW_EPOCHS = 9


def mishaps(settle: Callable[[Trials], Trials]) -> Mapping[str, Callable[[Trials], Trials]]:
    """Return what can go wrong, by name.

    Args:
        settle: Gives every trial results of three seeds to start from.
    """
    return {
        "one seed failed": lambda trials: _fail_one(settle(trials)),
        "first value failed": lambda trials: _fail(trials[:1]) + trials[1:],
        "last value failed": lambda trials: trials[:-1] + _fail(trials[-1:]),
        "all but the first failed": lambda trials: trials[:1] + _fail(trials[1:]),
        "all failed": _fail,
        "first value is no number": lambda trials: _fail(trials[:1], DIVERGED) + trials[1:],
        "all are no number": lambda trials: _fail(trials, DIVERGED),
        "stopped early": lambda trials: _cut(settle(trials), is_early=True),
        "few epochs": lambda trials: _cut(settle(trials), is_early=False),
        "one seed": lambda trials: _single(settle(trials)),
        "first two alike": lambda trials: _copy(settle(trials), 0, 1),
        "last two alike": lambda trials: _copy(settle(trials), -1, -2),
    }


def _fail(trials: Trials, reason: str = "the machine ran out of memory") -> Trials:
    return tuple(replace(trial, runs=_failed_runs(trial.runs, reason)) for trial in trials)


def _failed_runs(runs: tuple[Run, ...], reason: str) -> tuple[Run, ...]:
    return tuple(replace(run, result=Failure(run.id, reason)) for run in runs)


def _fail_one(trials: Trials) -> Trials:
    """Let the last seed of the first value fail."""
    first, *rest = trials
    runs = (*first.runs[:-1], *_failed_runs(first.runs[-1:], "the machine ran out of memory"))
    return (replace(first, runs=runs), *rest)


def _single(trials: Trials) -> Trials:
    return tuple(replace(trial, runs=trial.runs[:1]) for trial in trials)


def _copy(trials: Trials, giver: int, taker: int) -> Trials:
    """Let one value end exactly as another."""
    if len(trials) < 2:
        return trials
    places = range(len(trials))
    given = trials[giver]
    runs = tuple(
        replace(run, result=other.result)
        for run, other in zip(trials[taker].runs, given.runs, strict=False)
    )
    return tuple(
        replace(trials[place], runs=runs) if place == taker % len(trials) else trials[place]
        for place in places
    )


def _cut(trials: Trials, *, is_early: bool) -> Trials:
    """Let every run end after fewer epochs: each after its own, or all as planned."""
    return tuple(
        replace(
            trial,
            settings=trial.settings.model_copy(
                update={"patience": 3} if is_early else {"epochs": FEW_EPOCHS}
            ),
            runs=tuple(
                _cut_run(run, FEW_EPOCHS + (index + number) % 3 * is_early, is_early=is_early)
                for number, run in enumerate(trial.runs)
            ),
        )
        for index, trial in enumerate(trials)
    )


def _cut_run(run: Run, epochs: int, *, is_early: bool) -> Run:
    record = run.result
    if not isinstance(record, Record):
        return run
    epochs = min(epochs, record.epochs)
    cut = replace(
        record,
        history={name: values[:epochs] for name, values in record.history.items()},
        pace=Pace(record.pace.learning_rate[:epochs], record.pace.seconds[:epochs]),
        kept=epochs - 1,
        stopped_early=is_early,
    )
    return replace(run, result=cut)
