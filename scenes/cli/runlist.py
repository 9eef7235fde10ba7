"""What `scenes runs` shows: the runs of a store, and why each run of a report is there or not.

An inventory or a plan goes in, a table for a terminal comes out. A terminal gets short ids and
wrapped cells; a console as wide as it likes gets everything in one line.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from rich import box
from rich.table import Table

from scenes.plan.plan import Plan, Run
from scenes.runs.identity_diff import Identity, find_nearest, said_value
from scenes.runs.inventory import StoredRun, folder_size
from scenes.runs.record import Failure, Record
from scenes.runs.store import Store
from scenes.system.formatting import said_size, said_time

SHORT_ID = 8
"""Digits of an id on a terminal: four thousand million ids differ in them."""
NEAR = 3
"""A record with at most so many changes is what a run used to be; any other is another run."""
WAITING = "needs the results of the runs before it"


def runs_table(entries: Sequence[StoredRun], *, short: bool) -> Table:
    """Return what is recorded: what each run is, what it found, its time and its size.

    Args:
        entries: Of the store.
        short: Make it fit 80 columns.
    """
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("run", no_wrap=True)
    table.add_column("what it is", overflow="fold")
    for head in ("seed", "acc", "loss", "time", "size", "when"):
        table.add_column(head, justify="right", no_wrap=True)
    table.caption = "acc, loss: of the validation pictures, at the epoch that the run kept"
    table.caption_justify = "left"
    usual = _usual_settings(entries)
    for entry in entries:
        table.add_row(*_row(entry, usual, short=short), style=_style(entry))
    return table


def _style(entry: StoredRun) -> str:
    styles = {"failed": "red", "damaged": "yellow", "running": "cyan", "interrupted": "dim"}
    return styles.get(entry.state, "")


def _row(entry: StoredRun, usual: Mapping[str, Any], *, short: bool) -> Iterator[str]:
    yield entry.id[:SHORT_ID] if short else entry.id
    yield describe_entry(entry, usual)
    yield "" if entry.identity is None else str(entry.identity["seed"])
    accuracy, loss = entry.history.get("val_accuracy"), entry.history.get("val_loss")
    yield f"{accuracy[entry.kept]:.1%}" if accuracy else ""
    yield f"{loss[entry.kept]:.3f}" if loss else ""
    yield said_time(entry.seconds) if entry.seconds is not None else ""
    yield said_size(entry.size)
    yield _when(entry.started) if short else f"{entry.started:%Y-%m-%d %H:%M}"


def _when(time: datetime) -> str:
    is_today = time.date() == datetime.now().astimezone().date()
    return f"{time:%H:%M}" if is_today else f"{time:%Y-%m-%d}"


def describe_entry(entry: StoredRun, usual: Mapping[str, Any]) -> str:
    """Say what a run is: its model, and the settings in which it differs from most others."""
    parts = []
    if entry.identity is not None:
        settings = entry.identity["settings"]
        parts = [str(settings.get("backbone") or settings["model"])]
        parts += [
            f"{name} {said_value(value)}"
            for name, value in settings.items()
            if name not in ("model", "backbone") and value != usual.get(name)
        ]
        if entry.identity["data"] != usual["data"]:
            parts.append(f"pictures {entry.identity['data'][:SHORT_ID]}")
    epochs = len(entry.history.get("loss", ()))
    states = {
        "failed": f"failed: {entry.note}",
        "damaged": f"damaged: {entry.note}",
        "running": f"running, epoch {epochs}",
        "interrupted": f"interrupted in epoch {epochs + 1}",
    }
    if entry.state in states:
        parts.append(states[entry.state])
    return ", ".join(parts)


def _usual_settings(entries: Sequence[StoredRun]) -> dict[str, Any]:
    """Return the commonest value of each setting, and the commonest pictures."""
    known = [entry.identity for entry in entries if entry.identity is not None]
    values: dict[str, list[Any]] = {"data": [identity["data"] for identity in known]}
    for identity in known:
        for name, value in identity["settings"].items():
            values.setdefault(name, []).append(value)
    return {name: _commonest(of_name) for name, of_name in values.items()}


def _commonest(values: Sequence[Any]) -> Any:
    # Lists are no keys: they are counted as the text that stands for them.
    counts = Counter(map(repr, values))
    return next((value for value in values if repr(value) == counts.most_common(1)[0][0]), None)


def summary_line(entries: Sequence[StoredRun], store: Store) -> str:
    """Say how much there is, and how much of the disk it takes."""
    counts = Counter(entry.state for entry in entries)
    told = ", ".join(f"{count} {state}" for state, count in counts.items()) or "nothing recorded"
    runs, cache = sum(entry.size for entry in entries), folder_size(store.cache)
    return (
        f"{store.root}: {told}, {said_size(runs)}; "
        f"caches {said_size(cache)} (they can be deleted, and are made again)"
    )


def why_table(plan: Plan, entries: Sequence[StoredRun], *, short: bool) -> Table:
    """Return each run of a plan with what became of it, and why.

    Args:
        plan: Of the report.
        entries: Of the store.
        short: Make it fit 80 columns.
    """
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for head in ("study", "value"):
        table.add_column(head, overflow="fold")
    table.add_column("seed", justify="right")
    for head in ("run", "state"):
        table.add_column(head, no_wrap=True)
    table.add_column("why", overflow="fold")
    unused = find_unused(plan, entries)
    for study in plan.studies:
        for trial in study.trials:
            for run in trial.runs:
                state, why = explain(run, entries, unused)
                name = run.id[:SHORT_ID] if short else run.id
                table.add_row(study.study.name, trial.key, str(run.seed), name, state, why)
        for key in study.waiting:
            table.add_row(study.study.name, key, "", "", "waiting", WAITING)
    return table


def find_unused(plan: Plan, entries: Sequence[StoredRun]) -> dict[str, Identity]:
    """Return the identities of the records that answer no run of a plan, by id."""
    used = {run.id for run in plan.runs}
    return {
        entry.id: entry.identity
        for entry in entries
        if entry.state == "recorded" and entry.identity is not None and entry.id not in used
    }


def explain(
    run: Run, entries: Sequence[StoredRun], unused: Mapping[str, Identity]
) -> tuple[str, str]:
    """Return what became of a run, and why.

    A run is stale where a record is near it that no run of the plan uses: it is what the run was
    before something changed.
    """
    if isinstance(run.result, Record):
        return "recorded", ""
    if isinstance(run.result, Failure):
        return "failed", run.result.reason
    states = {entry.state: entry for entry in entries if entry.id == run.id}
    if "running" in states:
        return "running", f"epoch {len(states['running'].history.get('loss', ()))}"
    if "damaged" in states:
        return "damaged", states["damaged"].note
    nearest = find_nearest(run.identity, unused)
    if nearest is not None and len(nearest[1]) <= NEAR:
        return "stale", f"{'; '.join(map(str, nearest[1]))} (was {nearest[0]})"
    return "missing", "it was interrupted" if "interrupted" in states else "not trained yet"
