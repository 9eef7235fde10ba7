"""Says how many seeds a study took: its looks in, sentences out."""

from collections.abc import Iterator

from scenes.plan.plan import StudyPlan
from scenes.report.language.locale import Words
from scenes.report.language.printed_facts import trial_label
from scenes.stats.sequential import Look
from scenes.stats.simultaneous import ALPHA


def looks_text(plan: StudyPlan, words: Words) -> str:
    """Return how many seeds a study needed and why it stopped; empty where it has no looks."""
    return " ".join(_sentences(plan, words)) if plan.looks else ""


def _sentences(plan: StudyPlan, words: Words) -> Iterator[str]:
    last = plan.looks[-1]
    labels = {trial.key: trial_label(trial, plan.study.factor, words) for trial in plan.trials}
    if last.stop is None:
        return  # more seeds are to be trained
    yield _outcome(plan, last, labels, words)
    if last.out:
        yield words("looks.out", values=words.listed(labels[key] for key in last.out))
    counts = words.listed(words.integer(look.seeds) for look in plan.looks)
    yield words("looks.error", counts=counts, looks=words.integer(len(plan.planned_looks)))
    if plan.earlier:
        spent = ALPHA + sum(look.alpha for look in plan.earlier)
        error = words.percent(min(1.0, spent), 0)
        yield words("looks.earlier", count=words.integer(len(plan.earlier)), error=error)


def _outcome(plan: StudyPlan, last: Look, labels: dict[str, str], words: Words) -> str:
    reference = plan.study.reference
    key = f"looks.{last.stop}" + ("_against" if reference and last.stop != "nothing" else "")
    return words(
        key,
        n=words.integer(last.seeds),
        most=words.integer(plan.planned_looks[-1]),
        leader=labels.get(last.leader, ""),
        reference=labels.get(reference or "", ""),
        open=words.listed(labels[key] for key in last.open),
    )
