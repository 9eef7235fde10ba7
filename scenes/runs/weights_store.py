"""What the models of finished runs have learned, in folders beside the runs.

A folder belongs to one run and is sealed like it (`scenes.runs.sealed`); it may be deleted at any
time, and the record stays what it is. `weights.npz` holds the arrays by name, `policy.json` for
how long they are kept: `final` until the final configuration of a report is known, `all` for ever.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from scenes.runs.sealed import (
    MANIFEST,
    DamagedRecordError,
    check_sealed,
    encode_json,
    load_json,
    open_sealed,
    seal,
)
from scenes.runs.store import Store
from scenes.system.files import (
    make_folder,
    read_regular,
    remove_whatever,
    save_atomically,
    sync_folder,
    writing,
)
from scenes.system.npz import decode_npz, encode_npz

KeepWeights = Literal["final", "all", "none"]
"""Of which runs of a report weights are kept: of the final configuration, of every run, of none."""

WEIGHTS = "weights.npz"
POLICY = "policy.json"


def save_weights(
    store: Store, run_id: str, weights: Mapping[str, NDArray[np.floating[Any]]], keep: KeepWeights
) -> None:
    """Keep the weights of a run; caller holds the run's lock.

    Raises:
        StorageError: They cannot be written; then there are none.
    """
    # Weights are noise to a compressor.
    content = {WEIGHTS: encode_npz(weights, compress=False), POLICY: encode_json({"keep": keep})}
    partial = _begin(store, run_id)
    seal(partial, content, kind="weights", run_id=run_id)
    _publish(partial, store.weights / run_id)


def adopt_weights(store: Store, run_id: str, content: Mapping[str, bytes]) -> None:
    """Keep the weights of a run that another machine has trained; caller holds the run's lock.

    Args:
        store: That keeps them.
        run_id: Of the run.
        content: The files of their folder.

    Raises:
        DamagedRecordError: They are not the weights of this run; nothing is kept.
        StorageError: They cannot be written; then there are none.
    """
    check_sealed(content, kind="weights", run_id=run_id)
    partial = _begin(store, run_id)
    for name in sorted(content, key=MANIFEST.__eq__):  # which comes last
        save_atomically(partial / name, content[name])
    _publish(partial, store.weights / run_id)


def _begin(store: Store, run_id: str) -> Path:
    partial = store.weights / f"{run_id}.partial"
    with writing(partial):
        remove_whatever(partial)
        return make_folder(partial)


def _publish(partial: Path, target: Path) -> None:
    with writing(target):
        sync_folder(partial)
        remove_whatever(target)
        partial.replace(target)
        sync_folder(target.parent)


def load_weights(store: Store, run_id: str) -> dict[str, NDArray[Any]] | None:
    """Return the weights of a run by name, in the order of the model; None where none are kept.

    Raises:
        DamagedRecordError: They are not as they were written, or of another run.
    """
    folder = store.weights / run_id
    if not folder.is_dir():
        return None
    content = open_sealed(folder, kind="weights", run_id=run_id)
    try:
        return decode_npz(content[WEIGHTS])
    except (KeyError, ValueError) as error:
        raise DamagedRecordError(f"{WEIGHTS}: {error}") from None


def forget_weights(store: Store, run_ids: Iterable[str]) -> list[str]:
    """Delete the weights of runs that were kept for the time being; return whose.

    Those that a report keeps for ever stay, whichever report asks.

    Raises:
        StorageError: Some cannot be deleted.
    """
    forgotten = [run_id for run_id in run_ids if _is_temporary(store, run_id)]
    for run_id in forgotten:
        with writing(store.weights / run_id):
            remove_whatever(store.weights / run_id)
    return forgotten


def _is_temporary(store: Store, run_id: str) -> bool:
    try:
        policy = load_json(read_regular(store.weights / run_id / POLICY, limit=10_000))
        return isinstance(policy, dict) and policy.get("keep") == "final"
    except (OSError, ValueError):
        return False
