"""Whether results bear out what the authors expected of a study."""

from typing import Any

from scenes.claims.predicates import PREDICATES
from scenes.claims.verdict import Verdict
from scenes.plan.plan import StudyPlan


def judge_expectation(study: StudyPlan) -> Verdict | None:
    """Return the verdict on the claim of a study's expectation; None where it has none.

    Test, unit and source are those of the claim. A value that was not planned leaves it open.
    """
    expected = study.study.expected
    if expected is None:
        return None
    if expected.value is not None and study.waiting:
        return Verdict("inconclusive", expected.claim, "some of its values wait for results")
    options: dict[str, Any] = {}
    if expected.than is not None:
        options["than"] = expected.than
    if expected.direction is not None:
        options["direction"] = expected.direction
    if expected.claim in ("better", "best", "no_difference"):
        options["metric"] = expected.metric
    if expected.claim == "ordered":
        first: tuple[str, ...] = (expected.metric,)
    else:
        first = (expected.value,) if expected.value is not None else ()
    return PREDICATES[expected.claim](study, *first, **options)
