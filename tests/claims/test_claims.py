"""Each predicate supports what the results show, contradicts the opposite, and else says so."""

from collections.abc import Sequence

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
    leaves_chance,
    no_difference,
    ordered,
    overfits,
    worse,
)
from scenes.plan.plan import Chosen, StudyPlan
from scenes.runs.record import Failure, Record
from scenes.spec.study import Choice
from scenes.stats.power import detectable_difference


def seeds(metric: str, values: Sequence[float]) -> list[Record]:
    """Return a record per value, in which the metric ends at that value."""
    return [
        build_record(f"r{seed}", seed=seed, history={metric: [0.5, value]})
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
    ],
    ids=["lower", "higher", "too wide", "equal", "one seed, same pictures"],
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
    """An accuracy is better when higher; the reason tells difference, p and pairs."""
    study = make_study({"a": seeds("val_accuracy", HIGH), "b": seeds("val_accuracy", LOW)})
    verdict = better(study, "a", than="b", metric="val_accuracy")
    assert verdict.status == "supported"
    assert verdict.reason.startswith("a − b: +0.4033 (p ")
    assert verdict.reason.endswith(", 3 seeds)")
    assert better(study, "b", than="a", metric="val_accuracy").status == "contradicted"


@pytest.mark.parametrize(
    ("first", "second", "status"),
    [(0.8, 0.3, "supported"), (0.3, 0.8, "contradicted"), (0.8, 0.8, "inconclusive")],
)
def test_one_seed_is_compared_by_picture(
    first: float, second: float, status: str, make_study: MakeStudy
) -> None:
    """With one seed, the validation pictures are the pairs, for loss and accuracy alike."""
    study = make_study({"a": pictures(first, 0), "b": pictures(second, 1)})
    verdict = better(study, "a", than="b")
    assert verdict.status == status
    assert "50 pictures" in verdict.reason


def test_one_seed_by_accuracy_needs_pictures_that_differ(make_study: MakeStudy) -> None:
    """Right against wrong on most pictures is sure, on one of them it is not."""
    right = [True] * 40
    many = [index % 4 == 0 for index in range(40)]
    one = [index > 0 for index in range(40)]
    results = {
        key: [build_record(right=it)] for key, it in [("all", right), ("many", many), ("one", one)]
    }
    study = make_study(results)
    assert better(study, "all", than="many", metric="val_accuracy").status == "supported"
    assert better(study, "many", than="all", metric="val_accuracy").status == "contradicted"
    assert better(study, "all", than="one", metric="val_accuracy").status == "inconclusive"


def test_seeds_are_paired_by_number(make_study: MakeStudy) -> None:
    """A seed that failed on one side is left out on the other."""
    first = [
        build_record(seed=s, history={"val_loss": [v]}) for s, v in ((0, 0.1), (1, 0.2), (2, 9))
    ]
    second = [build_record(seed=s, history={"val_loss": [v]}) for s, v in ((1, 0.9), (0, 0.85))]
    study = make_study({"a": first, "b": [*second, Failure("x", "died")]})
    verdict = better(study, "a", than="b")
    assert "-0.725" in verdict.reason
    assert "2 seeds" in verdict.reason


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


def test_best_corrects_for_being_several(make_study: MakeStudy) -> None:
    """A difference that is sure by itself need not be among many comparisons."""
    near = [0.30, 0.36, 0.33]
    low = [0.2, 0.29, 0.21]
    alone = make_study({"a": seeds("val_loss", low), "b": seeds("val_loss", near)})
    assert better(alone, "a", than="b").status == "supported"
    results = {"a": seeds("val_loss", low)}
    results |= {f"b{i}": seeds("val_loss", near) for i in range(5)}
    assert best(make_study(results), "a").status == "inconclusive"


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
        ({"a": LOW, "c": HIGH, "b": MIDDLE}, "inconclusive"),
        ({"a": WIDE, "b": WIDE[::-1]}, "inconclusive"),
        ({key: values[:1] for key, values in ROWS.items()}, "inconclusive"),
    ],
    ids=["rises", "falls", "rises and falls", "too wide", "one seed"],
)
def test_ordered_over_seeds(
    rows: dict[str, list[float]], status: str, make_study: MakeStudy
) -> None:
    """A metric rises where its ends differ for sure and no step goes back."""
    study = study_of("accuracy", rows, make_study)
    assert ordered(study, "accuracy", direction="rises").status == status


def test_ordered_falls(make_study: MakeStudy) -> None:
    """The direction and the keys can be named."""
    study = study_of("val_loss", ROWS, make_study)
    assert ordered(study, "val_loss", direction="falls").status == "contradicted"
    verdict = ordered(study, "val_loss", direction="falls", keys=["c", "b", "a"])
    assert verdict.status == "supported"
    assert verdict.reason.startswith("val_loss: c 0.7033, b 0.5067, a 0.3; a − c: -0.4033 (p ")


@pytest.mark.parametrize(
    ("first", "second", "status"),
    [(0.3, 0.8, "supported"), (0.8, 0.3, "contradicted"), (0.5, 0.5, "inconclusive")],
)
def test_ordered_by_picture(
    first: float, second: float, status: str, make_study: MakeStudy
) -> None:
    """With one seed, validation pictures tell whether the ends differ."""
    rows = {}
    for draw, (key, likely) in enumerate([("a", first), ("b", second)]):
        (record,) = pictures(likely, draw)
        loss = float(-np.log(record.predictions.truth_probability).mean())
        record.history["val_loss"][-1] = loss
        rows[key] = [record]
    study = make_study(rows)
    assert ordered(study, "val_loss", direction="falls").status == status


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
    if np.ptp(np.subtract(first, second)) > 1e-6:  # else there is no test
        none = no_difference(study, "a", "b").status
        assert none == ("supported" if ahead == "inconclusive" else "contradicted")


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
    study = study_of("val_loss", {"a": [0.5, 0.6, 0.7], "b": [0.6, 0.6, 0.6]}, make_study)
    expected = detectable_difference(float(np.std([-0.1, 0, 0.1], ddof=1)), 3)
    assert no_difference(study, "a", "b").reason.endswith(f"could have shown {expected:.2g}")


def test_what_could_have_been_shown_counts_every_pair(make_study: MakeStudy) -> None:
    """Among three values a difference must be larger to be found than between two."""
    rows = {"a": [0.5, 0.6, 0.7], "b": [0.6, 0.6, 0.6], "c": [0.1, 0.2, 0.1]}
    deviation = float(np.std([-0.1, 0, 0.1], ddof=1))
    expected = detectable_difference(deviation, 3, alpha=0.05 / 3)
    reason = no_difference(study_of("val_loss", rows, make_study), "a", "b").reason
    assert reason.endswith(f"could have shown {expected:.2g}")


def test_no_difference_needs_a_test(make_study: MakeStudy) -> None:
    """Two training figures of one seed are not found equal: nothing was tested."""
    study = study_of("loss", {"a": [0.5], "b": [0.5]}, make_study)
    assert no_difference(study, "a", "b", metric="loss").status == "inconclusive"


def test_every_pair_of_the_study_is_corrected_for(make_study: MakeStudy) -> None:
    """A pair that is told apart alone is not among many, though a claim names only that pair."""
    rows = {"a": [0.2, 0.29, 0.21], "b": [0.30, 0.36, 0.33]}
    assert better(study_of("val_loss", rows, make_study), "a", than="b").status == "supported"
    many = {**rows, **{f"c{index}": WIDE for index in range(4)}}
    many |= {f"d{index}": [*reversed(WIDE)] for index in range(4)}
    assert better(study_of("val_loss", many, make_study), "a", than="b").status == "inconclusive"


def swinging(probability: float, draw: int, before: Sequence[float]) -> list[Record]:
    """Return the record of one seed whose validation loss came this way to where it ends."""
    (record,) = pictures(probability, draw)
    final = float(-np.log(record.predictions.truth_probability).mean())
    record.history["val_loss"][:] = [*before, final]
    return [record]


@pytest.mark.parametrize(
    ("before", "status"),
    [
        ([9.0, 0.5, 0.5, 0.5, 0.5], "supported"),
        ([0.5, 0.5, 0.5, 0.9, 0.5], "inconclusive"),
        ([], "inconclusive"),
    ],
    ids=["swung long ago", "swings", "one epoch"],
)
def test_one_seed_must_differ_by_more_than_its_curves_swing(
    before: list[float], status: str, make_study: MakeStudy
) -> None:
    """A difference beyond the error of the pictures, but not beyond the epochs', says nothing."""
    steady = [0.6] * len(before)
    rows = {"a": swinging(0.65, 0, before), "b": swinging(0.5, 1, steady)}
    verdict = better(make_study(rows), "a", than="b")
    assert verdict.status == status, verdict.reason
    assert ", swing " in verdict.reason


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
    """A curve has levelled off in every seed, still moves in every seed, or cannot be told."""
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


def test_templates_find_every_predicate_by_its_name() -> None:
    """What the register offers is what the words say, and each tells its test and source."""
    wanted = {"better", "worse", "no_difference", "best", "ordered", "overfits", "converged"}
    wanted |= {"diverged", "fewer_parameters", "more_parameters", "within", "at_least"}
    assert wanted <= PREDICATES.keys()
    for name, predicate in PREDICATES.items():
        assert predicate.__name__ == name
        assert predicate.__doc__


def curves(accuracy: float, val_accuracy: float, val_loss: Sequence[float]) -> Record:
    """Return a record over 400 pictures that ends at these figures."""
    history = {
        "accuracy": [0.1] * (len(val_loss) - 1) + [accuracy],
        "val_accuracy": [0.1] * (len(val_loss) - 1) + [val_accuracy],
        "val_loss": val_loss,
    }
    return build_record(history=history, right=[True] * 400)


@pytest.mark.parametrize("n", [1, 3])
@pytest.mark.parametrize(
    ("record", "status"),
    [
        (curves(0.95, 0.6, [1.0, 0.9, 0.9]), "supported"),
        (curves(0.60, 0.6, [1.0, 0.5, 0.9]), "supported"),
        (curves(0.50, 0.6, [1.0, 0.9, 0.8]), "contradicted"),
        (curves(0.66, 0.6, [1.0, 0.9, 0.8]), "inconclusive"),
        (curves(0.60, 0.6, [1.0, 0.9, 0.8]), "contradicted"),
    ],
    ids=["wide gap", "loss turned", "below", "within the margin", "no gap"],
)
def test_overfits(record: Record, status: str, n: int, make_study: MakeStudy) -> None:
    """A wide gap or a loss that turns is overfitting, with one seed and with three."""
    verdict = overfits(make_study({"a": [record] * n, "b": [record]}), "a")
    assert verdict.status == status, verdict.reason


def test_overfits_where_seeds_disagree(make_study: MakeStudy) -> None:
    """One seed that overfits and one that does not leave it open."""
    results = [curves(0.95, 0.6, [1.0, 0.9]), curves(0.5, 0.6, [1.0, 0.9])]
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
