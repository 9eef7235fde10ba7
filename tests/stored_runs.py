"""A store with a run in each state that a run can be in."""

from conftest import MakeRecord
from factories import VERSIONS

from scenes.runs.identity import identify, run_id
from scenes.runs.record_files import HISTORY_COLUMNS
from scenes.runs.store import Store, append_epoch
from scenes.spec.settings import Settings

IDENTITIES = [identify(Settings(), seed, data="d", versions=VERSIONS) for seed in range(6)]
IDS = [run_id(identity) for identity in IDENTITIES]


def fill(store: Store, make_record: MakeRecord) -> None:
    """Put a run of each state into a store: recorded, failed, damaged, set aside, cut off."""
    for index in (0, 2, 3):
        store.save(make_record(IDS[index], identity=IDENTITIES[index]))
    store.begin(IDS[1], IDENTITIES[1])
    store.save_failure(IDS[1], "diverged in epoch 2")
    path = store.runs / IDS[2] / "history.csv"
    path.write_bytes(path.read_bytes()[:-3])
    (store.runs / IDS[3] / "summary.json").unlink()
    store.set_aside(IDS[3])
    append_epoch(store.begin(IDS[4], IDENTITIES[4]), dict.fromkeys(HISTORY_COLUMNS, 0.25))
