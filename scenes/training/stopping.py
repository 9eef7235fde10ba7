"""Early stopping: settings with a `patience` and a history in; whether to stop, and what is kept.

Both follow from the history alone, so that a run that goes on from a checkpoint decides as one
that was never interrupted.
"""

from scenes.runs.record import History
from scenes.spec.settings import Settings


def has_stalled(history: History, settings: Settings) -> bool:
    """Return whether the last `patience` epochs were all no better than an earlier one."""
    done = len(history[settings.stop_by])
    return done > 0 and done - 1 - _best(history, settings) >= settings.patience


def kept_epoch(history: History, settings: Settings) -> int:
    """Return the index of the epoch with which the run ends: its best so far, or its last."""
    if settings.restore_best:
        return _best(history, settings)
    return len(history[settings.stop_by]) - 1


def stopped_early(history: History, settings: Settings) -> bool:
    """Return whether a run has ended before the epochs that its settings allow."""
    return len(history[settings.stop_by]) < settings.epochs


def _best(history: History, settings: Settings) -> int:
    """Return the index of the best epoch, the first of ties."""
    sign = 1 if settings.stop_by == "val_loss" else -1
    values = history[settings.stop_by]
    return min(range(len(values)), key=lambda epoch: sign * values[epoch])
