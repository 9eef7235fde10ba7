"""The tables of `scenes runs` say everything, at 80 columns and in a pipe."""

from pathlib import Path

import pytest
from conftest import MakePlan, MakeRecord
from factories import VERSIONS
from stored_runs import IDENTITIES, IDS, fill
from tables import printed

from scenes.cli.runlist import (
    explain,
    find_unused,
    runs_table,
    summary_line,
    why_table,
)
from scenes.plan.plan import Plan, Run, StudyPlan, Trial
from scenes.runs.identity import identify, run_id
from scenes.runs.inventory import load_inventory
from scenes.runs.record import Failure
from scenes.runs.store import Store
from scenes.spec.settings import Settings


@pytest.fixture
def store(tmp_path: Path, make_record: MakeRecord) -> Store:
    """Return a store with a run of each state, and one of other settings."""
    store = Store(tmp_path)
    fill(store, make_record)
    settings = Settings(batch_size=8, filters=(4,), learning_rate=0.1, dropout=0.5)
    other = identify(settings, 0, data="d", versions=VERSIONS)
    store.save(make_record(run_id(other), identity=other))
    return store


def test_a_pipe_gets_everything(store: Store) -> None:
    """Whole ids, every figure, one line each."""
    text = printed(runs_table(load_inventory(store), short=False), width=10_000)
    lines = {line.split()[0]: line for line in text.splitlines() if line.strip()}
    assert set(IDS[:5]) <= lines.keys()
    recorded = lines[IDS[0]]
    for part in ("tutorial", "50.0%", "0.500", "2 s", "2026-01-01"):
        assert part in recorded
    assert "failed: diverged in epoch 2" in lines[IDS[1]]
    assert f"damaged: set aside as {IDS[3]}.damaged-1" in lines[IDS[3]]
    assert "interrupted in epoch 2" in lines[IDS[4]]
    assert "tutorial, batch_size 8, dropout 0.5, filters 4, learning_rate 0.1" in text


def test_a_terminal_of_80_columns_is_enough(store: Store) -> None:
    """Nothing is wider, and no figure is cut off."""
    text = printed(runs_table(load_inventory(store), short=True), width=80)
    assert max(map(len, text.splitlines())) <= 80
    assert all(name[:8] in text for name in IDS[:5])
    assert "…" not in text
    assert text.count("50.0%") == 2


def test_an_empty_store_is_told(tmp_path: Path) -> None:
    """In a line; the table has no rows."""
    store = Store(tmp_path / "none")
    assert "nothing recorded" in summary_line([], store)
    assert runs_table([], short=True).row_count == 0


def plan_of(study: StudyPlan, runs: list[Run], plan: Plan) -> Plan:
    """Return the plan of a study with these runs as its values."""
    trials = tuple(Trial(f"v{i}", "", run.settings, (run,)) for i, run in enumerate(runs))
    return Plan(plan.report, (StudyPlan(study.study, trials, ("later",), None),))


def test_each_run_of_a_report_says_why(store: Store, make_plan: MakePlan) -> None:
    """Recorded, failed, damaged, cut off, stale with what changed, missing."""
    faster = Settings(learning_rate=0.5)
    far = Settings(model="mlp", image_size=8, epochs=3)
    stale = identify(faster, 0, data="d", versions=VERSIONS)
    missing = identify(far, 0, data="d", versions=VERSIONS)
    runs = [
        Run(IDS[0], Settings(), 0, IDENTITIES[0], store.load(IDS[0])),
        Run(IDS[1], Settings(), 1, IDENTITIES[1], Failure(IDS[1], "diverged")),
        Run(IDS[3], Settings(), 3, IDENTITIES[3], None),
        Run(IDS[4], Settings(), 4, IDENTITIES[4], None),
        Run(run_id(missing), far, 0, missing, None),
    ]
    base = make_plan([(Settings(), None)] * 2)
    plan = plan_of(base.studies[0], runs, base)
    entries = load_inventory(store)
    told = [explain(run, entries, find_unused(plan, entries)) for run in runs]
    assert [state for state, _ in told] == ["recorded", "failed", "damaged", "missing", "missing"]
    assert [why for _, why in told] == [
        "",
        "diverged",
        f"set aside as {IDS[3]}.damaged-1: summary.json: No such file or directory",
        "it was interrupted",
        "not trained yet",
    ]
    changed = Run(run_id(stale), faster, 0, stale, None)
    alone = plan_of(base.studies[0], [changed], base)
    assert explain(changed, entries, find_unused(alone, entries)) == (
        "stale",
        f"learning_rate 0.01 → 0.5 (was {IDS[0]})",
    )
    # Where the plan uses that record, the run is a new value beside it.
    both = plan_of(base.studies[0], [runs[0], changed], base)
    assert explain(changed, entries, find_unused(both, entries))[0] == "missing"
    for short, width in ((False, 10_000), (True, 80)):
        text = printed(why_table(plan, entries, short=short), width=width)
        assert max(map(len, text.splitlines())) <= width
        assert "diverged" in text
        assert "waiting" in text


def test_a_run_under_way_says_how_far_it_is(store: Store) -> None:
    """As long as its process lives."""
    run = Run(IDS[4], Settings(), 4, IDENTITIES[4], None)
    with store.lock(IDS[4]):
        assert explain(run, load_inventory(store), {}) == ("running", "epoch 1")
