"""What runs took on this machine says how long others will take."""

from pathlib import Path
from typing import Any

import pytest
from conftest import MakeRecord
from factories import VERSIONS

from scenes.plan.cost import expected_cost
from scenes.plan.timing import learn_times
from scenes.runs.identity import identify
from scenes.runs.store import Store
from scenes.spec.settings import Settings
from scenes.system.machine import describe_machine

SETTINGS = Settings(batch_size=8)
IDENTITY = identify(SETTINGS, 0, data="d", versions=VERSIONS)
PICTURES = {"train": 100, "val": 50}


def save(store: Store, make_record: MakeRecord, name: str, **environment: Any) -> None:
    """Record a run that took a third of what is expected on a nominal core."""
    identity = {**IDENTITY, "data": name}
    record = make_record(identity=identity)
    seconds = expected_cost(SETTINGS, 100, 50) / 3
    record.environment.update(describe_machine(), pictures=PICTURES, seconds=seconds)
    record.environment.update(environment)
    store.save(record)


def test_recorded_runs_set_the_speed(tmp_path: Path, make_record: MakeRecord) -> None:
    """A machine that was three times as fast as expected is expected to be so again."""
    store = Store(tmp_path)
    before = learn_times(store, lambda _: (200, 100))
    assert (before.speed, before.learned) == (1.0, 0)
    assert before.of(SETTINGS) == expected_cost(SETTINGS, 200, 100)
    for name in ("a", "b"):
        save(store, make_record, name)
    after = learn_times(store, lambda _: (200, 100))
    assert after.learned == 2
    assert after.of(SETTINGS) == pytest.approx(before.of(SETTINGS) / 3)


@pytest.mark.parametrize(
    "environment",
    [{"processor": "Z80"}, {"cores": 999}, {"pictures": None}, {"seconds": "long"}],
    ids=str,
)
def test_other_machines_and_older_records_say_nothing(
    environment: dict[str, Any], tmp_path: Path, make_record: MakeRecord
) -> None:
    """Nor do records that do not say how many pictures there were."""
    save(Store(tmp_path), make_record, "a", **environment)
    assert learn_times(Store(tmp_path), lambda _: (1, 1)).learned == 0


def test_a_machine_is_described() -> None:
    """With what stands in the environment of each record."""
    assert describe_machine().keys() == {"system", "processor", "cores", "instruction_set"}
    assert describe_machine()["processor"]
