"""Runs that cannot be planned yet are counted once, and not where they are planned already."""

from typing import Any

import pytest
from conftest import VERSIONS, MakeReport
from hypothesis import given
from hypothesis import strategies as st

from scenes.plan.pending import Progress, find_waiting
from scenes.plan.plan import plan_report
from scenes.runs.identity import identify, run_id
from scenes.runs.lookup import Results
from scenes.runs.store import Store
from scenes.spec.loader import check_report
from scenes.spec.settings import Settings


def study(name: str, factor: str, values: list[Any], **more: Any) -> dict[str, Any]:
    """Return the description of a study that chooses by its results."""
    texts = {"title": "T", "question": "?", "choose": {"by": "val_loss"}}
    return {"name": name, "factor": factor, "values": values, **texts, **more}


BATCH = study("batch", "batch_size", [8, 32])
SIZE = study("size", "image_size", [16, 64], use=["batch"])
RATE = study("rate", "learning_rate", [0.01, 0.1], use=["batch", "size"])
ZOOM = study("zoom", "augmentation", ["none", "zoom"], use=["batch", "size"])
MIXED = study(
    "mixed",
    "augmentation",
    [
        "none",
        "zoom",
        "rotation",
        {"key": "both", "combine": {"best": 2, "of": ["zoom", "rotation"]}},
    ],
)
GROUP = study(
    "group",
    "network",
    [{"key": "deep", "filters": [8, 8, 8]}, {"key": "wide", "filters": [64], "kernel_size": 5}],
    factor_label="network",
)
UNITS = study("units", "dense_units", [64, 128], use=["group"])


@pytest.mark.parametrize(
    ("studies", "count"),
    [
        ([BATCH], 0),
        ([BATCH, SIZE], 1),  # at 64, the base's size, it is a run of the first study
        ([BATCH, SIZE, RATE], 2),  # so is the base's rate of the second
        ([BATCH, SIZE, RATE, ZOOM], 3),
        ([BATCH, SIZE, {**SIZE, "name": "again"}], 1),
        ([BATCH, study("sides", "image_size", [16, 24], use=["batch"])], 2),
        ([MIXED], 1),
        ([MIXED, study("rate", "learning_rate", [0.01, 0.1], use=["mixed"])], 2),
        ([GROUP, UNITS], 1),
    ],
    ids=lambda value: "+".join(one["name"] for one in value) if isinstance(value, list) else "",
)
def test_shared_runs_are_counted_once(
    studies: list[dict[str, Any]], count: int, make_report: MakeReport, tmp_path: Any
) -> None:
    """Whatever an earlier study chooses, a run that is there or to come is no other run."""
    report = make_report(study=studies, base={"image_size": 64}, seeds=[0, 1])
    plan = plan_report(report, lambda _: "d", Results(Store(tmp_path)), versions=VERSIONS)
    assert len(plan.later) == count
    assert plan.waiting == 2 * count


FACTORS = {
    "batch_size": [8, 16, 32],
    "image_size": [16, 32, 64],
    "learning_rate": [0.01, 0.1],
    "dense_units": [64, 128],
}


@st.composite
def descriptions(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Return studies of several factors, each of which may use those before it."""
    studies: list[dict[str, Any]] = []
    for index, factor in enumerate(draw(st.permutations(list(FACTORS)))[:3]):
        before = [one["name"] for one in studies]
        use = [name for name in before if draw(st.booleans())]
        values = draw(st.lists(st.sampled_from(FACTORS[factor]), min_size=2, unique=True))
        studies.append(study(f"s{index}", factor, values, use=use))
    return studies


@given(descriptions(), st.data())
def test_the_count_is_what_comes(studies: list[dict[str, Any]], data: st.DataObject) -> None:
    """However the studies choose, there are no more new runs than were foreseen, and all known."""
    report = check_report({"title": "T", "authors": ["A"], "study": studies}, "a test")

    def of(settings: Settings) -> str:
        return run_id(identify(settings, 0, data="d", versions=VERSIONS))

    chosen: dict[str, dict[str, Any]] = {}
    now: set[str] = set()
    all_runs: set[str] = set()
    progress = []
    for one in report.studies:
        carried = {name: item for used in one.use for name, item in chosen[used].items()}
        trials = [
            report.base.model_copy(update={**carried, **value.settings}) for value in one.values
        ]
        all_runs |= {of(settings) for settings in trials}
        is_open = bool(one.use)
        now |= set() if is_open else {of(settings) for settings in trials}
        keys = [value.key for value in one.values] if is_open else []
        progress.append(Progress(one, [] if is_open else trials, keys, None))
        chosen[one.name] = data.draw(st.sampled_from(one.values)).settings
    foreseen = find_waiting(progress, report.base)
    assert len(all_runs - now) <= len(foreseen) <= sum(len(one.waiting) for one in progress)
