"""A run that was trained again is the recorded one, is not, or cannot be determined."""

import base64
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from factories import ENVIRONMENT, build_identity, build_record

from scenes.evidence.findings import Finding
from scenes.evidence.judging import allowed_distance, growth_of, judge_run
from scenes.evidence.recorded_runs import RecordedRun, stack_of
from scenes.runs.record import METRICS, Record
from scenes.spec.settings import Settings

HISTORY = {name: [0.9, 0.8, 0.7] for name in METRICS}
AGAIN = replace(
    build_record(identity=build_identity(), history=HISTORY),
    environment={**ENVIRONMENT, "pictures": {"train": 1000, "val": 1000}},
)


def recorded(record: Record = AGAIN, **changed: Any) -> RecordedRun:
    """Return a record as a document carries it, with some of it changed."""
    probabilities = np.ascontiguousarray(record.predictions.probabilities, "<f4").tobytes()
    whole = {
        "id": "0" * 16,
        "study": "batch",
        "value": "8",
        "settings": Settings(epochs=3).model_dump_json(),
        "seed": 0,
        "identity": record.identity,
        "stack": stack_of(record.environment),
        "seconds": 1.0,
        "history": record.history,
        "probabilities": base64.b64encode(probabilities).decode(),
        "pictures": "d",
    }
    return RecordedRun.model_validate({**whole, **changed})


def shifted(metric: str, epoch: int, by: float) -> dict[str, list[float]]:
    """Return the history with one figure changed."""
    values = list(HISTORY[metric])
    values[epoch - 1] += by
    return {**HISTORY, metric: values}


def judged(one: RecordedRun, again: Record = AGAIN) -> Finding:
    """Return what is found."""
    return judge_run(one, again, title="batch 8")


def on_another(**changed: Any) -> dict[str, Any]:
    """Return the stack of another machine."""
    return stack_of({**AGAIN.environment, **changed})


def test_a_run_that_is_equal_to_the_bit_holds_on_any_machine() -> None:
    """What differs of the machine is said all the same."""
    assert (judged(recorded()).state, judged(recorded()).kind) == ("holds", "run equal")
    other = judged(recorded(stack=on_another(instruction_set="SSE41")))
    assert other.state == "holds"
    assert "instruction_set SSE41, here AVX2" in other.text


@pytest.mark.parametrize("metric", METRICS)
def test_on_the_same_stack_the_last_bit_counts(metric: str) -> None:
    """The first figure that differs is named."""
    found = judged(recorded(history=shifted(metric, 2, 1e-15)))
    assert (found.state, found.kind) == ("fails", "run differs")
    assert f"{metric} is 1e-15 off after epoch 2" in found.text


def test_probabilities_count_where_the_history_is_equal() -> None:
    """Confusion matrices and intervals come from them."""
    changed = AGAIN.predictions.probabilities[:, ::-1]
    data = base64.b64encode(np.ascontiguousarray(changed, "<f4").tobytes()).decode()
    found = judged(recorded(probabilities=data))
    assert found.state == "fails"
    assert "probabilities" in found.text


def test_on_another_processor_the_difference_is_judged_epoch_by_epoch() -> None:
    """Within bounds it holds and says how near; beyond them it fails, early ones being narrow."""
    stack = on_another(instruction_set="SSE41")
    near = judged(recorded(history=shifted("val_loss", 3, 5e-4), stack=stack))
    assert (near.state, near.kind) == ("holds", "run judged")
    assert "val_loss is 0.0005 off after epoch 3, where 0.0027 is allowed" in near.text
    far = judged(recorded(history=shifted("val_loss", 1, 2e-3), stack=stack))
    assert (far.state, far.kind) == ("fails", "run differs")
    assert judged(recorded(history=shifted("val_loss", 3, 2e-3), stack=stack)).state == "holds"


@pytest.mark.parametrize(
    "changed",
    [
        {"identity": build_identity(code={"scenes.training.loop": "0"})},
        {"identity": build_identity(versions={**build_identity()["versions"], "keras": "3.14"})},
        {"stack": on_another(devices=["a GPU"])},
    ],
)
def test_beyond_bounds_nothing_can_be_told_where_more_than_rounding_differs(
    changed: dict[str, Any],
) -> None:
    """Other code, libraries and GPUs were not measured: that neither holds nor fails."""
    found = judged(recorded(history=shifted("loss", 1, 0.5), **changed))
    assert found.state == "unknown"


def test_a_run_with_other_epochs_differs() -> None:
    """Unless it may stop early, where rounding decides when."""
    longer = {name: [*values, 0.6] for name, values in HISTORY.items()}
    stack = on_another(threads=2)
    found = judged(recorded(history=longer, stack=stack))
    assert found.state == "fails"
    assert "4 epochs, and 3 were trained" in found.text
    patient = Settings(epochs=9, patience=2).model_dump_json()
    assert judged(recorded(history=longer, stack=stack, settings=patient)).state == "holds"


def test_what_is_no_number_is_beyond_every_bound() -> None:
    """A comparison with NaN must not pass."""
    stack = on_another(threads=2)
    found = judged(recorded(history=shifted("loss", 2, math.nan), stack=stack))
    assert found.state == "fails"


def test_bounds_grow_to_an_end_and_know_how_fast_rounding_grows() -> None:
    """Plain SGD keeps rounding small; Adam, momentum and long steps do not."""
    slow, fast = growth_of(Settings()), growth_of(Settings(optimizer="adam"))
    assert (
        slow < fast == growth_of(Settings(momentum=0.9)) == growth_of(Settings(learning_rate=0.1))
    )
    for growth in (slow, fast):
        steps = range(1, 60_000, 27)
        bounds = [allowed_distance("loss", it, growth=growth, pictures=9) for it in steps]
        assert bounds == sorted(bounds)
        assert (bounds[0], bounds[1], bounds[-1]) == (1e-3, 1e-3, 0.5)
    assert allowed_distance("accuracy", 1, growth=slow, pictures=10) == 0.2
    many = allowed_distance("loss", 56, growth=slow, pictures=9)
    assert many == pytest.approx(1.5e-3)  # in one epoch of 56 steps, or in two of 28
