"""A rule ranks by the mean over seeds and, where asked, takes the cheapest within their noise."""

import math
from collections.abc import Sequence

import pytest
from conftest import build_record

from scenes.plan.ranking import Ranking, rank_values
from scenes.runs.record import Record
from scenes.spec.settings import Settings
from scenes.spec.study import Choice
from scenes.stats.simultaneous import compare_family

SIZES = {"small": 16, "middle": 32, "large": 64}
CHEAPEST = Choice(take="cheapest within noise")


def runs(losses: Sequence[float]) -> list[Record]:
    """Return a run per seed that ends at this validation loss."""
    return [
        build_record(f"r{seed}", seed=seed, history={"val_loss": [2.0, loss]})
        for seed, loss in enumerate(losses)
    ]


def ranked(choice: Choice, values: dict[str, list[Record]]) -> Ranking:
    """Rank values whose cost is that of their picture size."""
    found = rank_values(
        choice, {key: (Settings(image_size=SIZES[key]), of) for key, of in values.items()}
    )
    assert found is not None
    return found


NEAR = {
    "large": runs([0.50, 0.52, 0.51]),
    "middle": runs([0.51, 0.51, 0.53]),
    "small": runs([0.9, 0.91, 0.92]),
}


def test_the_best_is_taken_unless_the_cheapest_is_asked_for() -> None:
    """Of values that the seeds do not tell apart, the rule may take the one of least work."""
    assert ranked(Choice(), NEAR).taken == "large"
    found = ranked(CHEAPEST, NEAR)
    assert found.taken == "middle"
    assert [item.key for item in found.candidates] == ["large", "middle", "small"]
    assert [item.key for item in found.equals] == ["large", "middle"]


def test_a_value_beyond_the_noise_is_not_taken_however_cheap() -> None:
    """Two values that every seed tells apart leave no choice."""
    values = {"large": NEAR["large"], "small": NEAR["small"]}
    assert ranked(CHEAPEST, values).taken == "large"


def test_the_noise_is_what_claims_go_by() -> None:
    """Half the simultaneous interval of the difference from the best value."""
    found = ranked(CHEAPEST, NEAR)
    scores = {key: [it.history["val_loss"][-1] for it in each] for key, each in NEAR.items()}
    pair = compare_family(scores)["middle", "large"]
    assert found.candidates[1].behind == pytest.approx(pair.difference)
    assert found.candidates[1].noise == pytest.approx(pair.high - pair.difference)
    assert found.best.noise == 0


@pytest.mark.parametrize(("step", "taken"), [(0.12, "small"), (0.02, "large")])
def test_one_seed_has_the_noise_of_its_curves(step: float, taken: str) -> None:
    """With one seed a difference counts as noise where a curve swings as much."""
    bumpy = [0.55, 0.55, 0.55 + step, 0.55, 0.55]
    values = {
        "large": [build_record(history={"val_loss": [0.5] * 5})],
        "small": [build_record(history={"val_loss": bumpy})],
    }
    assert ranked(CHEAPEST, values).taken == taken


def test_without_a_common_seed_the_noise_is_not_known() -> None:
    """Nothing then speaks against the cheaper value."""
    other = [build_record(seed=7, history={"val_loss": [2.0, 0.9]})]
    found = ranked(CHEAPEST, {"large": runs([0.5]), "small": other})
    assert math.isinf(found.candidates[1].noise)
    assert found.taken == "small"


def test_equal_costs_leave_the_better_one() -> None:
    """Where nothing is cheaper, the rule takes the best."""
    settings = Settings(image_size=16)
    values = {"b": (settings, runs([0.53, 0.51])), "a": (settings, runs([0.5, 0.52]))}
    found = rank_values(CHEAPEST, values)
    assert found is not None
    assert found.taken == "a"


def test_a_value_that_failed_is_not_ranked() -> None:
    """The others are; where all failed there is no ranking."""
    found = ranked(CHEAPEST, {**NEAR, "small": []})
    assert [item.key for item in found.candidates] == ["large", "middle"]
    assert rank_values(CHEAPEST, {"small": (Settings(), [])}) is None


def test_a_rule_may_go_by_any_metric() -> None:
    """Balanced accuracy is best when high, Brier's score when low; the loss has no say."""
    good = build_record("a", right=[True] * 8, probability=0.9, history={"val_loss": [2.0, 2.0]})
    bad = build_record("b", right=[True, False] * 4, history={"val_loss": [0.1, 0.1]})
    values = {"large": [good], "small": [bad]}
    for by in ("balanced_accuracy", "brier", "recall:class 1", "log_loss"):
        assert ranked(Choice(by=by), values).taken == "large"
    assert ranked(Choice(), values).taken == "small"


def test_one_seed_has_the_noise_of_its_pictures_where_no_curve_is_known() -> None:
    """Eight pictures say little of a macro-F1, so the cheapest is within its noise."""
    one = [build_record("a", right=[True] * 7 + [False])]
    other = [build_record("b", right=[True] * 6 + [False] * 2)]
    found = ranked(
        Choice(by="macro_f1", take="cheapest within noise"), {"large": one, "small": other}
    )
    assert 0 < found.candidates[1].behind < found.candidates[1].noise < 1
    assert found.taken == "small"
