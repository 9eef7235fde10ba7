"""With folds each value has one run a fold, with a seed and pictures of its own."""

from typing import Any

import pytest
from factories import describe

from scenes.errors import SpecError
from scenes.plan.plan import Plan
from scenes.plan.planning import plan_report
from scenes.runs.lookup import Results
from scenes.runs.store import Store
from scenes.spec.loader import apply_profile, check_report
from scenes.spec.report import Report
from scenes.spec.settings import Settings


def report_with(folds: int | None, **changed: Any) -> Report:
    """Return a report with so many folds."""
    return check_report(
        describe(**{"data": {"folds": folds} if folds else {}, **changed}), "a test"
    )


def plan(report: Report, store: Store) -> Plan:
    """Plan a report whose pictures go by the name of their fold."""

    def fingerprint(settings: Settings, fold: int | None = None) -> str:
        return f"fold {fold}"

    return plan_report(report, fingerprint, Results(store), versions=None)


def test_each_fold_is_a_run(tmp_path: Any) -> None:
    """Seeds go on from the report's; what is no fold is the run that it was before."""
    store = Store(tmp_path)
    with_folds, without = plan(report_with(4, seeds=[7]), store), plan(report_with(None), store)
    (trial, *_) = with_folds.studies[0].trials
    assert [(run.seed, run.fold) for run in trial.runs] == [(7, 0), (8, 1), (9, 2), (10, 3)]
    assert [run.identity["data"] for run in trial.runs] == [f"fold {it}" for it in range(4)]
    assert len({run.id for run in trial.runs}) == 4
    single = without.studies[0].trials[0].runs[0]
    assert (single.fold, single.identity["data"]) == (None, "fold None")
    assert trial.runs[0].identity.keys() == single.identity.keys()
    assert with_folds.report.most_seeds == 4


@pytest.mark.parametrize(
    ("changed", "match"),
    [
        ({"seeds": [0, 1]}, "each fold has a seed of its own: name one seed"),
        ({"seeds": "until decided", "max_seeds": 5}, "each fold has a seed of its own"),
        ({"seeds": [2**32 - 2]}, "below 2"),
        ({"data": {"folds": 1}}, "folds: must be at least 2"),
    ],
)
def test_what_does_not_go_with_folds_is_refused(changed: dict[str, Any], match: str) -> None:
    """Before anything is trained, with the reason."""
    with pytest.raises(SpecError, match=match):
        report_with(3, **changed)


def test_a_profile_may_not_bring_seeds_to_folds() -> None:
    """The profile is named in the error when the report is read."""
    with pytest.raises(SpecError, match="name one seed"):
        report_with(3, profile={"full": {"seeds": [0, 1, 2]}})
    report = report_with(3, profile={"quick": {"epochs": 0.5}})
    assert apply_profile(report, "quick").most_seeds == 3
