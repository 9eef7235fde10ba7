"""Seeds are added to a study until its looks decide it, and no look is forgotten."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import MakeReport
from outcomes import EPOCHS, Outcome, Results, study_table

from scenes.claims.comparison import compare_study
from scenes.cli.plan_listing import power_lines
from scenes.errors import SpecError, UserError
from scenes.plan.plan import Plan, StudyPlan
from scenes.plan.planning import plan_report
from scenes.plan.sealing import keep_looks, recall_looks, seal_looks
from scenes.report.language.catalogue import load_words
from scenes.report.markup.templates import catalogues_folder
from scenes.report.views.looks import looks_text
from scenes.runs.looks import load_looks
from scenes.spec.loader import apply_profile, check_report
from scenes.spec.report import Report
from scenes.stats.simultaneous import ALPHA

LOSSES = {8: 1.0, 16: 1.5, 32: 2.0}


class Store(Results):
    """Answers with the runs that are trained so far."""

    def __init__(self, losses: Mapping[int, float], noise: float = 0.01) -> None:
        super().__init__(lambda settings, _: Outcome(losses[settings["batch_size"]], noise=noise))
        self.trained: set[tuple[int, int]] = set()
        self.lost: set[tuple[int, int]] = set()

    def find(self, identity: Mapping[str, Any]) -> Any:
        """Return a run, a failure, or nothing where it is still to be trained."""
        key = identity["settings"]["batch_size"], identity["seed"]
        if key not in self.trained:
            return None
        return (
            Results(lambda *_: None).find(identity) if key in self.lost else super().find(identity)
        )


def describe(most: int = 10, **more: Any) -> Report:
    """Return a report of one study whose seeds are added until it is decided."""
    study = study_table("batch_size", list(LOSSES), **more)
    return check_report(
        {
            "title": "T", "authors": ["A"], "seeds": "until decided", "max_seeds": most,
            "study": [study], "base": {"epochs": EPOCHS, "image_size": 16},
        },
        "a test",
    )  # fmt: skip


def planned(report: Report, store: Store) -> Plan:
    """Plan on what is trained so far."""
    results: Any = store
    return plan_report(report, lambda _: "data", results, versions=None)


def trained(report: Report, store: Store) -> tuple[Plan, list[int]]:
    """Train run by run, as the engine does; return the plan and how many each plan asked for."""
    asked = []
    plan = planned(report, store)
    while plan.missing:
        asked.append(len(plan.missing))
        run = plan.missing[0]
        store.trained.add((run.settings.batch_size, run.seed))
        plan = planned(report, store)
    return plan, asked


def only(plan: Plan) -> StudyPlan:
    """Return the single study of a plan."""
    (study,) = plan.studies
    return study


def test_a_clear_lead_is_decided_at_the_first_look() -> None:
    """Three seeds of each value are trained, and no more."""
    plan, asked = trained(describe(), Store(LOSSES))
    assert asked == [9, 8, 7, 6, 5, 4, 3, 2, 1]
    (look,) = only(plan).looks
    assert (look.seeds, look.leader, look.stop) == (3, "8", "decided")
    assert plan.waiting == 0
    assert plan.seeds == (0, 1, 2)


def test_values_that_are_alike_take_every_seed() -> None:
    """Each look asks for the seeds of the next, until the most are trained."""
    plan, asked = trained(describe(most=6), Store(dict.fromkeys(LOSSES, 1.0)))
    assert [look.seeds for look in only(plan).looks] == [3, 4, 6]
    assert [look.stop for look in only(plan).looks] == [None, None, "most"]
    assert len(asked) == 18
    assert max(asked) == 9  # never more than a look needs


def test_the_most_is_planned_for() -> None:
    """Before training, what may be trained is what is missing and what waits."""
    plan = planned(describe(), Store(LOSSES))
    assert (len(plan.missing), plan.waiting) == (9, 21)
    lines = list(power_lines(10, [3], margin=0.02, most=10))
    assert lines[0] == "seeds: until decided, at most 10 of each value; looks after 3, 4, 6, 9, 10"


def test_a_question_against_a_reference_needs_no_other_pair() -> None:
    """Both others differ from the reference, though not from each other."""
    losses = {8: 1.0, 16: 2.0, 32: 2.0}
    open_one, _ = trained(
        describe(most=4, choose={"by": "val_loss"}), Store({8: 2.0, 16: 1.0, 32: 1.0})
    )
    against, _ = trained(describe(most=4, reference=8), Store(losses))
    assert only(open_one).looks[-1].stop == "most"
    assert [look.stop for look in only(against).looks] == ["decided"]


def test_the_choice_waits_for_the_last_look() -> None:
    """What a study hands on is not known between two looks."""
    report, store = describe(most=4, choose={"by": "val_loss"}), Store(dict.fromkeys(LOSSES, 1.0))
    store.trained = {(value, seed) for value in LOSSES for seed in range(3)}
    assert only(planned(report, store)).chosen is None
    store.trained |= {(value, 3) for value in LOSSES}
    assert only(planned(report, store)).chosen is not None


def test_claims_pay_for_the_looks() -> None:
    """Intervals are wider than those of the same seeds that were fixed beforehand."""
    plan, _ = trained(describe(), Store(LOSSES, noise=0.1))
    study = only(plan)
    paid = compare_study(study, "val_loss")["8", "16"].found
    free = compare_study(replace(study, planned_looks=()), "val_loss")["8", "16"].found
    assert study.alpha == ALPHA / 5
    assert paid.high - paid.low > 1.2 * (free.high - free.low)
    assert (paid.p < ALPHA) == paid.is_sure


def test_a_value_that_fails_is_left_out() -> None:
    """The others are decided without it, and the report says so; none left is an end as well."""
    store = Store(LOSSES)
    store.lost = {(32, seed) for seed in range(10)}
    plan, _ = trained(describe(), store)
    (look,) = only(plan).looks
    assert (look.out, look.stop) == (("32",), "decided")
    store = Store(LOSSES)
    store.lost = {(value, seed) for value in (16, 32) for seed in range(10)}
    plan, _ = trained(describe(), store)
    assert [look.stop for look in only(plan).looks] == ["nothing"]


def test_every_look_is_kept_once(tmp_path: Path) -> None:
    """A second time changes nothing, and a look that was changed afterwards is refused."""
    plan, _ = trained(describe(most=4), Store(dict.fromkeys(LOSSES, 1.0)))
    for _ in range(2):
        keep_looks(tmp_path, plan)
    files = sorted((tmp_path / "looks").iterdir())
    assert len(files) == 2
    assert [look.seeds for look in seal_looks(only(plan))] == [3, 4]
    assert sorted(look.seeds for look in load_looks(tmp_path)) == [3, 4]
    assert only(recall_looks(plan, load_looks(tmp_path))).earlier == ()
    files[0].write_text(files[0].read_text().replace('"seeds": ', '"seeds": 1'))
    with pytest.raises(UserError, match="cannot be used"):
        load_looks(tmp_path)


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_later_plan_knows_the_looks_before(tmp_path: Path, language: str) -> None:
    """Raising the maximum after two looks adds their share of the error, which is printed."""
    store = Store(dict.fromkeys(LOSSES, 1.0))
    keep_looks(tmp_path, trained(describe(most=4), store)[0])
    plan, _ = trained(describe(most=6), store)
    study = only(recall_looks(plan, load_looks(tmp_path)))
    assert len(study.earlier) == 2
    told = looks_text(study, load_words(language, catalogues_folder()))
    assert "10" in told.rpartition("2 ")[2]
    assert "5" in told


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("more", [{}, {"reference": 16}])
def test_the_report_says_how_many_and_why(language: str, more: dict[str, Any]) -> None:
    """Of a study that was decided and of one that was not."""
    words = load_words(language, catalogues_folder())
    decided, _ = trained(describe(**more), Store(LOSSES))
    open_, _ = trained(describe(most=4, **more), Store(dict.fromkeys(LOSSES, 1.0)))
    assert "3" in looks_text(only(decided), words)
    assert looks_text(only(decided), words) != looks_text(only(open_), words)
    assert "{" not in looks_text(only(open_), words)
    assert looks_text(only(planned(describe(), Store(LOSSES))), words) == ""


def test_mistakes_in_seeds(make_report: MakeReport) -> None:
    """Each says what was expected."""
    cases: list[tuple[dict[str, Any], str]] = [
        ({"seeds": "until decided"}, "needs max_seeds as well"),
        ({"seeds": "until bored", "max_seeds": 5}, "must be a list of seeds or 'until decided'"),
        ({"seeds": "until decided", "max_seeds": 1}, "must be at least 2, got 1"),
        ({"seeds": "until decided", "max_seeds": "many"}, "max_seeds"),
        ({"seeds": "until decided", "max_seeds": 10**9}, "max_seeds"),
        ({"seeds": [0, 5], "max_seeds": 5}, "goes with seeds = 'until decided'"),
    ]
    for changed, text in cases:
        with pytest.raises(SpecError) as caught:
            make_report(**changed)
        assert text in str(caught.value)


def test_a_profile_has_its_own_seeds(make_report: MakeReport) -> None:
    """Those of a list in place of looks, looks in place of a list, or the report's."""
    report = make_report(
        seeds="until decided",
        max_seeds=8,
        profile={
            "quick": {"seeds": [0]},
            "full": {"seeds": "until decided", "max_seeds": 20},
            "same": {"epochs": 1},
        },
    )
    found = {name: apply_profile(report, name) for name in report.profiles}
    assert (found["quick"].seeds, found["quick"].max_seeds) == ((0,), None)
    assert (len(found["full"].seeds), found["full"].max_seeds) == (20, 20)
    assert (len(found["same"].seeds), found["same"].max_seeds) == (8, 8)
