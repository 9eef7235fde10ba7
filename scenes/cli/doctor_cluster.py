"""Examines a cluster: what each worker has, and whether they agree.

In: what `--cluster` names, and the store. Out: `Check`s.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from scenes.app.clusters import cluster_asked
from scenes.cli.doctor import Check
from scenes.runs.store import Store
from scenes.system.formatting import printable, said_count, said_size

LOSSES = 2
"""How many lost workers a run survives at home."""


def examine_cluster(cluster: str, store: Path, *, insecure: bool = False) -> Iterator[Check]:
    """Give a check of each worker of a cluster, and of what they have in common.

    Args:
        cluster: As `--cluster` names it.
        store: Where runs are to be kept.
        insecure: Accept a cluster to which messages go unprotected.

    Raises:
        UserError: It cannot be reached, or has no workers.
    """
    with cluster_asked(cluster, Store(store), insecure=insecure) as answers:
        for address, one in answers.workers.items():
            yield _worker(address, one)
        for problem in answers.problems:
            yield Check("missing", "agreement", printable(problem), "Install the same everywhere.")
        if not answers.problems:
            yield Check("ok", "agreement", "all workers have the same libraries")
        yield _losses(answers.allowed_failures)


def _worker(address: str, one: Mapping[str, Any]) -> Check:
    libraries = ", ".join(f"{name} {it}" for name, it in (one["versions"] or {}).items())
    place = "uses the store" if one["sees_store"] else f"has a folder of its own, {one['folder']}"
    told = (
        f"{one['host']}: scenes {one['scenes']}, {libraries or 'no TensorFlow'}; "
        f"{one['machine']['instruction_set']}, {said_size(one['memory'])} of memory are free; "
        f"it {place}, {said_size(one['free'])} are free"
    )
    name = f"worker {printable(address)}"
    if one["problem"] or not libraries:
        return Check("missing", name, printable(told), one["problem"] or "Install TensorFlow.")
    return Check("ok", name, printable(told))


def _losses(allowed: int) -> Check:
    told = f"a run fails once it has lost {said_count(allowed + 1, 'worker|workers')}"
    if allowed == LOSSES:
        return Check("ok", "lost workers", told)
    hint = f"As at home: DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES={LOSSES} dask scheduler"
    return Check("note", "lost workers", told, hint)
