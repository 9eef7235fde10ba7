"""What the results cannot show: a plan with its records in, a list of sentences out."""

from collections.abc import Iterator

from markupsafe import Markup

from scenes.data.folder import Dataset
from scenes.plan.plan import Plan
from scenes.report.language.locale import Words
from scenes.report.views.noise import noise_sentences
from scenes.report.views.power import PowerView
from scenes.report.views.test_set import TestView
from scenes.runs.record import Record

HARDWARE = ("instruction_set", "threads", "devices")
"""What of a run's environment can change the last digits of its result."""


def view_limits(
    plan: Plan,
    dataset: Dataset,
    words: Words,
    power: PowerView,
    *,
    test: TestView | None = None,
    reduced_by: str | None,
) -> list[str]:
    """Return the limits of a report, the gravest first.

    Args:
        plan: With its results.
        dataset: Their pictures.
        words: Of the report's language.
        power: Of its comparisons.
        test: Of the test set; None where there is none.
        reduced_by: The profile that takes less than the report describes, if one does.
    """
    one = power.seeds.value == 1
    limits = [
        words("limit.one_seed") if one else _seeds(plan, words, power),
        power.sentence,
        _which_split(test, words),
    ]
    if power.pictures.value:
        told = words.html("limit.pictures", n=power.pictures, margin=power.margin.cell)
        limits.insert(2, told)
    limits += noise_sentences(plan, words)
    limits += _leakage(dataset, words)
    machines = {_hardware(run.result) for run in plan.runs if isinstance(run.result, Record)}
    if len(machines) > 1:
        limits.append(words("limit.hardware", n=words.integer(len(machines))))
    if reduced_by is not None:
        limits.insert(0, words("limit.reduced", profile=reduced_by))
    if dataset.source == "synthetic":
        limits.append(words("limit.synthetic"))
    return limits


def _which_split(test: TestView | None, words: Words) -> str:
    """Say which figures are of pictures that took part in the choices."""
    if test is None:
        return words("limit.validation")
    state = "sealed"
    if test.dates:
        state = "untested" if not test.is_measured else "tested"
    if test.is_measured and len(test.dates) > 1:
        state = "reopened"
    return words.html(f"limit.{state}", n=test.pictures, times=test.times)


def _seeds(plan: Plan, words: Words, power: PowerView) -> Markup:
    """Say with how many seeds the networks were trained."""
    fewest = min((len(it.runs) for study in plan.studies for it in study.trials), default=0)
    if plan.report.max_seeds is None and fewest == power.seeds.value:
        return words.html("limit.seeds", n=power.seeds)
    key = "limit.uneven_seeds" if plan.report.max_seeds is None else "limit.until_decided"
    return words.html(key, fewest=words.integer(fewest), most=power.seeds)


def _hardware(record: Record) -> tuple[str, ...]:
    return tuple(str(record.environment.get(name)) for name in HARDWARE)


def _leakage(dataset: Dataset, words: Words) -> Iterator[str]:
    """Say what figures owe to pictures that are in another split as well, or nearly so."""
    for item in dataset.findings:
        if item.kind in ("leakage", "near_leakage") and item.at_most is not None:
            share = words("number.points", number=words.points(item.at_most))
            yield words.count(f"limit.{item.kind}", item.count, share=share)
        elif item.kind in ("test_leakage", "near_test_leakage"):
            yield words.count(f"limit.{item.kind}", item.count)
