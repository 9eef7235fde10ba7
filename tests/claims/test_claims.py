"""Each predicate supports what the results show, contradicts the opposite, and else says so."""

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from conftest import MakeRecord, MakeStudy
from factories import build_record, build_study
from hypothesis import given
from hypothesis import strategies as st

from scenes.claims.predicates import (
    PREDICATES,
    best,
    better,
    chosen_by_rule,
    converged,
    diverged,
    equal,
    has_gap,
    leaves_chance,
    no_difference,
    ordered,
    overfits,
    worse,
)
from scenes.plan.plan import Chosen, StudyPlan
from scenes.runs.record import Failure, Record
from scenes.spec.study import Choice
from scenes.stats.power import detectable_lead


def seeds(metric: str, values: Sequence[float]) -> list[Record]:
    """Return a record per value over 1,000 pictures, in which the metric ends at that value."""
    right = [True] * 1000
    return [
        build_record(f"r{seed}", seed=seed, history={metric: [0.5, value]}, right=right)
        for seed, value in enumerate(values)
    ]


def pictures(probability: float, draw: int) -> list[Record]:
    """Return the record of one seed, in which the true classes have about this probability."""
    drawn = np.random.default_rng(draw).normal(0, 0.1, 50)
    likely = np.clip(probability + drawn, 0.01, 0.99)
    return [build_record(right=(likely > 0.5).tolist(), probability=likely.tolist())]


LOW, MIDDLE, HIGH = [0.30, 0.31, 0.29], [0.50, 0.52, 0.50], [0.70, 0.68, 0.73]
WIDE = [0.1, 0.9, 0.5]


@pytest.mark.parametrize(
    ("first", "second", "status"),
    [
        (LOW, HIGH, "supported"),
        (HIGH, LOW, "contradicted"),
        (WIDE, MIDDLE, "inconclusive"),
        (LOW, LOW, "inconclusive"),
        (LOW[:1], HIGH[:1], "inconclusive"),
        ([*LOW[:2], float("nan")], HIGH, "inconclusive"),
    ],
    ids=["lower", "higher", "too wide", "equal", "one seed", "no number"],
)
def test_better_by_loss_over_seeds(
    first: Sequence[float], second: Sequence[float], status: str, make_study: MakeStudy
) -> None:
    """A loss is better when lower, beyond what seeds vary."""
    study = make_study({"a": seeds("val_loss", first), "b": seeds("val_loss", second)})
    verdict = better(study, "a", than="b")
    assert verdict.status == status
    assert verdict.claim == "better('a', than='b', val_loss)"


def test_better_by_accuracy_over_seeds(make_study: MakeStudy) -> None:
    """An accuracy is better when higher; the reason has difference, interval, p and seeds."""
    study = make_study({"a": seeds("val_accuracy", HIGH), "b": seeds("val_accuracy", LOW)})
    verdict = better(study, "a", than="b", metric="val_accuracy")
    assert verdict.status == "supported"
    assert re.match(r"a − b: \+0.4033 \(\+0.3\d+ to \+0.4\d+ with all pairs, p 0.0", verdict.reason)
    assert verdict.reason.endswith(", 3 seeds)")
    assert better(study, "b", than="a", metric="val_accuracy").status == "contradicted"


@pytest.mark.parametrize("metric", ["val_loss", "val_accuracy", "loss"])
@pytest.mark.parametrize(("first", "second"), [(0.9, 0.1), (0.1, 0.9), (0.8, 0.8)])
def test_one_seed_decides_nothing(first: float, second: float, metric: str) -> None:
    """However far two networks lie apart, their seeds are not known to differ by less."""
    study = build_study({"a": pictures(first, 0), "b": pictures(second, 1)})
    for claim in (better, worse):
        assert claim(study, "a", than="b", metric=metric).status == "inconclusive"
    assert best(study, "a", metric=metric).status == "inconclusive"
    assert equal(study, "a", "b", metric=metric, margin=0.5).status == "inconclusive"
    assert no_difference(study, "a", "b", metric=metric).status == "inconclusive"
    for direction in ("rises", "falls"):
        assert ordered(study, metric, direction=direction).status == "inconclusive"  # type: ignore[arg-type]


def test_one_seed_is_described_by_picture(make_study: MakeStudy) -> None:
    """The reason has the margin that the pictures bring, and says of what it is."""
    study = make_study({"a": pictures(0.8, 0), "b": pictures(0.3, 1)})
    reason = better(study, "a", than="b").reason
    assert re.search(r"\(±0\.\d+ by 50 pictures, of these networks, 1 seed\)$", reason)


def test_a_failed_seed_stays_visible(make_study: MakeStudy) -> None:
    """What failed is counted in the reason, and each side has the seeds that it has."""
    first = seeds("val_loss", [0.10, 0.20, 0.15])
    second = [*seeds("val_loss", [0.85, 0.9]), Failure("x", "died")]
    verdict = better(make_study({"a": first, "b": second}), "a", than="b")
    assert verdict.status == "supported"
    assert verdict.reason.endswith(", 3 and 2 seeds, 1 run failed)")


def test_no_common_seed_and_other_pictures_say_nothing(make_study: MakeStudy) -> None:
    """Runs that share neither seed nor pictures cannot be paired."""
    study = make_study({"a": [build_record(seed=0)], "b": [build_record(seed=1, right=[True] * 9)]})
    assert better(study, "a", than="b").status == "inconclusive"


@pytest.mark.parametrize(
    ("key", "status"), [("a", "supported"), ("b", "contradicted"), ("c", "contradicted")]
)
def test_best_of_three(key: str, status: str, make_study: MakeStudy) -> None:
    """The best beats every other; one that a single other beats is not the best."""
    values = {"a": LOW, "b": MIDDLE, "c": HIGH}
    study = make_study({name: seeds("val_loss", losses) for name, losses in values.items()})
    assert best(study, key).status == status


def test_best_is_open_where_one_is_as_good(make_study: MakeStudy) -> None:
    """To beat one of two is not enough."""
    values = {"a": LOW, "b": [0.29, 0.33, 0.28], "c": HIGH}
    study = make_study({name: seeds("val_loss", losses) for name, losses in values.items()})
    assert best(study, "a").status == "inconclusive"


def test_best_waits_for_every_value(make_study: MakeStudy) -> None:
    """While a value of the study is not yet planned, nothing beats every other."""
    study = make_study({"a": seeds("val_loss", LOW), "b": seeds("val_loss", HIGH)}, waiting=["c"])
    assert best(study, "a").status == "inconclusive"


ROWS = {"a": LOW, "b": MIDDLE, "c": HIGH}


def study_of(metric: str, rows: dict[str, list[float]], make_study: MakeStudy) -> StudyPlan:
    """Return a study in which a metric ends at these values."""
    return make_study({key: seeds(metric, values) for key, values in rows.items()})


@pytest.mark.parametrize(
    ("rows", "status"),
    [
        (ROWS, "supported"),
        (dict(reversed(ROWS.items())), "contradicted"),
        ({"a": LOW, "c": HIGH, "b": MIDDLE}, "contradicted"),
        ({"a": LOW, "b": HIGH, "c": [0.71, 0.68, 0.72]}, "inconclusive"),
        ({"a": WIDE, "b": WIDE[::-1]}, "inconclusive"),
        ({key: values[:1] for key, values in ROWS.items()}, "inconclusive"),
    ],
    ids=["rises", "falls", "rises and falls", "plateau", "too wide", "one seed"],
)
def test_ordered_over_seeds(
    rows: dict[str, list[float]], status: str, make_study: MakeStudy
) -> None:
    """A metric rises where each step does for sure, and does not where one goes back."""
    study = study_of("accuracy", rows, make_study)
    assert ordered(study, "accuracy", direction="rises").status == status


def test_a_plateau_is_not_ordered() -> None:
    """Values that rise once and then stay are seldom called rising, value by value."""
    random, found = np.random.default_rng(0), []
    for _ in range(100):
        rows = {key: random.normal(mean, 0.01, 3) for key, mean in (("a", 0.2), ("b", 0.8))}
        rows["c"] = random.normal(0.8, 0.01, 3)
        study = build_study({key: seeds("accuracy", list(each)) for key, each in rows.items()})
        found.append(ordered(study, "accuracy", direction="rises").status)
    assert found.count("supported") / 100 <= 0.05


def test_ordered_falls(make_study: MakeStudy) -> None:
    """The direction and the keys can be named."""
    study = study_of("val_loss", ROWS, make_study)
    assert ordered(study, "val_loss", direction="falls").status == "contradicted"
    verdict = ordered(study, "val_loss", direction="falls", keys=["c", "b", "a"])
    assert verdict.status == "supported"
    assert verdict.reason.startswith("val_loss: c 0.7033, b 0.5067, a 0.3; b − c: -0.1967 (-0.")


def test_worse_mirrors_better(make_study: MakeStudy) -> None:
    """What is better is not worse, and what cannot be told apart is neither."""
    study = study_of("val_loss", {"a": LOW, "b": HIGH, "c": [0.71, 0.68, 0.72]}, make_study)
    assert worse(study, "b", than="a").status == "supported"
    assert worse(study, "a", than="b").status == "contradicted"
    assert worse(study, "b", than="c").status == "inconclusive"


LOSSES = st.lists(st.floats(0.125, 3, width=16), min_size=3, max_size=3)


@given(LOSSES, LOSSES, LOSSES)
def test_two_values_are_better_worse_or_without_a_difference(
    first: list[float], second: list[float], third: list[float]
) -> None:
    """One of the three is supported, whatever the results, and better turns round with its keys."""
    rows = {"a": first, "b": second, "c": third}
    study = build_study({key: seeds("val_loss", losses) for key, losses in rows.items()})
    verdicts = [better(study, "a", than="b"), worse(study, "a", than="b")]
    ahead, behind = (verdict.status for verdict in verdicts)
    assert better(study, "b", than="a").status == behind
    assert sorted([ahead, behind]) in (["contradicted", "supported"], ["inconclusive"] * 2)
    none = no_difference(study, "a", "b").status
    expected = {"supported", "inconclusive"} if ahead == "inconclusive" else {"contradicted"}
    assert none in expected  # inconclusive where no seed differs


@pytest.mark.parametrize(
    ("keys", "status"),
    [(("b", "c"), "supported"), (("a", "b"), "contradicted"), ((), "contradicted")],
)
def test_no_difference_is_found_or_is_not(
    keys: tuple[str, ...], status: str, make_study: MakeStudy
) -> None:
    """It holds for values that no test tells apart; without keys it is about all values."""
    study = study_of("val_loss", {"a": LOW, "b": HIGH, "c": [0.71, 0.68, 0.72]}, make_study)
    assert no_difference(study, *keys).status == status


def test_no_difference_tells_what_could_have_been_shown(make_study: MakeStudy) -> None:
    """The reason names the difference that these seeds would find four times out of five."""
    study = study_of("val_loss", {"a": [0.5, 0.6, 0.7], "b": [0.6, 0.7, 0.8]}, make_study)
    expected = detectable_lead(3, 2) * 0.1
    assert no_difference(study, "a", "b").reason.endswith(f"could have shown {expected:.2g}")


def test_what_could_have_been_shown_counts_every_value(make_study: MakeStudy) -> None:
    """Among four values a difference must be larger to be found than between two."""
    rows = {key: [0.5, 0.6, 0.7] for key in "abcd"}
    expected = detectable_lead(3, 4) * 0.1
    reason = no_difference(study_of("val_loss", rows, make_study), "a", "b").reason
    assert reason.endswith(f"could have shown {expected:.2g}")
    assert expected > detectable_lead(3, 2) * 0.1


NEAR = {"a": [0.801, 0.803, 0.800], "b": [0.802, 0.800, 0.801], "c": [0.4, 0.402, 0.401]}


@pytest.mark.parametrize(
    ("keys", "margin", "status"),
    [
        (("a", "b"), None, "supported"),
        (("a", "b"), 0.001, "inconclusive"),
        (("a", "c"), None, "contradicted"),
        ((), None, "contradicted"),
        (("a", "c"), 0.9, "supported"),
    ],
)
def test_equal_is_shown_within_a_margin(
    keys: tuple[str, ...], margin: float | None, status: str, make_study: MakeStudy
) -> None:
    """Two points of accuracy are the report's margin; an interval wider than it shows nothing."""
    study = study_of("val_accuracy", NEAR, make_study)
    assert equal(study, *keys, margin=margin).status == status


def test_practically_equal_is_a_verdict_of_its_own(make_study: MakeStudy) -> None:
    """It is neither a difference nor ignorance, and the margin is the report's."""
    study = study_of("val_accuracy", NEAR, make_study)
    assert better(study, "a", than="b", metric="val_accuracy").status == "equal"
    assert best(study, "a", metric="val_accuracy").status == "equal"
    assert best(study, "c", metric="val_accuracy").status == "contradicted"
    strict = replace(study, margin=0.001)
    assert better(strict, "a", than="b", metric="val_accuracy").status == "inconclusive"


def test_a_loss_has_no_margin_of_its_own(make_study: MakeStudy) -> None:
    """Losses are never called equal unasked, and a claim must name its margin."""
    study = study_of("val_loss", NEAR, make_study)
    assert better(study, "a", than="b").status == "inconclusive"
    assert equal(study, "a", "b", metric="val_loss", margin=0.1).status == "supported"
    with pytest.raises(ValueError, match="equal needs a margin for val_loss"):
        equal(study, "a", "b", metric="val_loss")


def test_no_difference_needs_a_test(make_study: MakeStudy) -> None:
    """Two training figures of one seed are not found equal: nothing was tested."""
    study = study_of("loss", {"a": [0.5], "b": [0.5]}, make_study)
    assert no_difference(study, "a", "b", metric="loss").status == "inconclusive"


def test_every_pair_of_the_study_is_corrected_for(make_study: MakeStudy) -> None:
    """A pair that is told apart alone is not among many, though a claim names only that pair."""
    rows = {"a": [0.2, 0.22, 0.21], "b": [0.30, 0.36, 0.33]}
    assert better(study_of("val_loss", rows, make_study), "a", than="b").status == "supported"
    many = {**rows, **{f"c{index}": WIDE for index in range(4)}}
    many |= {f"d{index}": [*reversed(WIDE)] for index in range(4)}
    assert better(study_of("val_loss", many, make_study), "a", than="b").status == "inconclusive"


def falling(per_epoch: float, noise: float = 0.0) -> Record:
    """Return a record of 30 epochs whose losses end by falling this much per epoch."""
    drawn = np.random.default_rng(0).normal(0, noise, 30)
    late = [1.0 - per_epoch * epoch for epoch in range(29)]
    return build_record(history={"loss": list(np.array([2.5, *late]) + drawn)})


@pytest.mark.parametrize(
    ("records", "status"),
    [
        ([falling(0.0)], "supported"),
        ([falling(0.002)] * 3, "supported"),
        ([falling(0.03)], "contradicted"),
        ([falling(0.0), falling(0.03)], "inconclusive"),
        ([falling(0.0, noise=0.1)], "inconclusive"),
        ([build_record(history={"loss": [3.0, 2.0, 1.0]})], "inconclusive"),
    ],
    ids=["flat", "nearly flat", "falls", "seeds disagree", "noisy", "too few epochs"],
)
def test_converged(records: list[Record], status: str, make_study: MakeStudy) -> None:
    """A curve has levelled off in every seed, still moves in every seed, or is undetermined."""
    verdict = converged(make_study({"a": records, "b": records}), "a")
    assert verdict.status == status, verdict.reason


RISES, SINKS = (build_record(history={"loss": losses}) for losses in ([2.7, 3.0], [2.7, 2.0]))
NAN = Failure("x", "TrainingError: diverged in epoch 3: loss is not a number (…)")


@pytest.mark.parametrize(
    ("results", "status"),
    [
        ([SINKS, SINKS], "contradicted"),
        ([SINKS, RISES], "supported"),
        ([SINKS, NAN], "supported"),
        ([NAN], "supported"),
        ([SINKS, Failure("x", "killed")], "inconclusive"),
        ([Failure("x", "killed")], "inconclusive"),
        ([None], "inconclusive"),
    ],
)
def test_diverged(
    results: list[Record | Failure | None], status: str, make_study: MakeStudy
) -> None:
    """A loss that is no number or that rises, in any run, is divergence; another failure is not."""
    assert diverged(make_study({"a": results, "b": results}), "a").status == status


@pytest.mark.parametrize(
    ("losses", "status"),
    [
        ([3e10, 5.0, 2.7, 2.75], "supported"),
        ([3e10, 5.0, 0.9, 0.4], "contradicted"),
        ([5.0, 2.7, 2.6, 2.5], "contradicted"),
        ([1.0, 900.0, 2.0, 0.99], "supported"),
    ],
)
def test_a_loss_that_blew_up_has_diverged(
    losses: list[float], status: str, make_study: MakeStudy
) -> None:
    """Its first epoch is no measure then: it ends worse than guessing, or it has recovered."""
    history = dict.fromkeys(("loss", "val_loss"), losses)
    record = build_record(history={**history, "accuracy": [0.5] * 4, "val_accuracy": [0.5] * 4})
    study = make_study({"a": [record], "b": [record]})
    assert diverged(study, "a").status == status
    if status == "supported":
        assert "worse than guessing" in diverged(study, "a").reason
        assert overfits(study, "a").status == "inconclusive"


def test_templates_find_every_predicate_by_its_name() -> None:
    """What the register offers is what the words say, and each tells its test and source."""
    wanted = {"better", "worse", "no_difference", "best", "ordered", "overfits", "converged"}
    wanted |= {"diverged", "fewer_parameters", "more_parameters", "within", "at_least"}
    assert wanted <= PREDICATES.keys()
    for name, predicate in PREDICATES.items():
        assert predicate.__name__ == name
        assert predicate.__doc__


def curves(gap: float, val_loss: Sequence[float], *, loss: tuple[float, float] = (2, 1)) -> Record:
    """Return a record over 400 pictures with this gap and validation loss."""
    epochs = len(val_loss)
    history = {
        "loss": list(np.linspace(*loss, epochs)),
        "accuracy": [0.6 + gap] * epochs,
        "val_accuracy": [0.6] * epochs,
        "val_loss": val_loss,
    }
    return build_record(history=history, right=[True] * 400)


FALLS = list(np.linspace(2.0, 1.0, 16))
TURNS = [*np.linspace(2.0, 1.0, 16), *np.linspace(1.05, 1.5, 10)]


@pytest.mark.parametrize("n", [1, 3])
@pytest.mark.parametrize(
    ("record", "status"),
    [
        (curves(0.3, TURNS), "supported"),
        (curves(0.0, TURNS), "inconclusive"),
        (curves(0.3, TURNS, loss=(1, 1)), "inconclusive"),
        (curves(0.3, FALLS), "contradicted"),
        (curves(0.3, [1.0] * 7), "inconclusive"),
        (curves(0.3, TURNS, loss=(1, 2)), "inconclusive"),
    ],
    ids=["turned", "no gap", "training stands still", "wide gap alone", "short", "diverged"],
)
def test_overfits(record: Record, status: str, n: int, make_study: MakeStudy) -> None:
    """Only a lasting rise with a gap, while training goes on, is overfitting."""
    verdict = overfits(make_study({"a": [record] * n, "b": [record]}), "a")
    assert verdict.status == status, verdict.reason


def test_a_value_that_diverged_does_not_overfit(make_study: MakeStudy) -> None:
    """Divergence is its own verdict, and the reason says so."""
    verdict = overfits(make_study({"a": [curves(0.3, TURNS, loss=(1, 2))], "b": []}), "a")
    assert verdict.reason == "training diverged, which is not overfitting"


@pytest.mark.parametrize(
    ("gap", "status"), [(0.3, "supported"), (0.06, "inconclusive"), (-0.1, "contradicted")]
)
def test_has_gap(gap: float, status: str, make_study: MakeStudy) -> None:
    """A gap counts beyond the sampling error of 400 pictures."""
    assert has_gap(make_study({"a": [curves(gap, FALLS)], "b": []}), "a").status == status


def test_overfits_where_seeds_disagree(make_study: MakeStudy) -> None:
    """One seed that overfits and one that does not leave it open."""
    results = [curves(0.3, TURNS), curves(0.3, FALLS)]
    assert overfits(make_study({"a": results, "b": results}), "a").status == "inconclusive"


def guesses(val_accuracy: float, n: int = 400) -> Record:
    """Return a record over n pictures of four classes that ends at this accuracy."""
    return build_record(history={"val_accuracy": [0.1, val_accuracy]}, right=[True] * n, classes=4)


@pytest.mark.parametrize(
    ("shares", "status"),
    [
        ([0.6], "supported"),
        ([0.25], "contradicted"),
        ([0.28], "inconclusive"),
        ([0.28, 0.27, 0.29], "inconclusive"),
        ([0.6, 0.5, 0.55], "supported"),
        ([0.25, 0.24, 0.26], "contradicted"),
        ([0.6, 0.25, 0.6], "inconclusive"),
    ],
)
def test_leaves_chance(shares: list[float], status: str, make_study: MakeStudy) -> None:
    """Every seed must be above one in four, beyond the error of 400 pictures."""
    records = [guesses(share) for share in shares]
    verdict = leaves_chance(make_study({"a": records, "b": records}), "a")
    assert verdict.status == status
    assert "chance 0.250" in verdict.reason


def test_few_pictures_are_not_enough(make_study: MakeStudy) -> None:
    """Above chance on four pictures is not above chance."""
    records = [guesses(0.5, n=4)]
    assert leaves_chance(make_study({"a": records, "b": records}), "a").status != "supported"


@pytest.mark.parametrize(
    ("key", "by_rule", "status"),
    [("a", "a", "supported"), ("a", "b", "contradicted"), ("a", None, "inconclusive")],
)
def test_chosen_by_rule(key: str, by_rule: str | None, status: str, make_study: MakeStudy) -> None:
    """The authors' value is the rule's, is not, or the rule has not spoken."""
    study = make_study({"a": [], "b": []})
    chosen = Chosen(Choice(), key, by_rule)
    decided = StudyPlan(study.study, study.trials, (), chosen)
    assert chosen_by_rule(decided).status == status
    assert chosen_by_rule(study).status == "inconclusive"


def test_failed_runs_leave_every_claim_open(make_record: MakeRecord, make_study: MakeStudy) -> None:
    """Where a value has no result at all, nothing is said of it."""
    study = make_study({"a": [make_record()], "b": [Failure("x", "died")], "c": [None]})
    verdicts = [
        better(study, "a", than="b"),
        better(study, "c", than="a"),
        best(study, "a"),
        ordered(study, "loss", direction="falls"),
        overfits(study, "b"),
        leaves_chance(study, "c"),
    ]
    assert {verdict.status for verdict in verdicts} == {"inconclusive"}
    assert {verdict.reason for verdict in verdicts} == {"some of its runs have no result"}
