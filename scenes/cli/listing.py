"""What the commands list: plans, pictures, models and weights in, tables for a terminal out."""

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rich import box
from rich.table import Table

from scenes.data.findings import FINDINGS
from scenes.data.folder import Dataset
from scenes.data.known_datasets import differences, recognise_set, totals
from scenes.plan.cost import expected_duration
from scenes.plan.memory import expected_memory
from scenes.plan.plan import Plan, Run, StudyPlan
from scenes.plan.timing import Times
from scenes.report.lint.claim_check import Mutations
from scenes.report.lint.guards import Sentence
from scenes.report.markup.claim_tag import BRANCHES, Judged
from scenes.runs.record import Failure, Record
from scenes.spec import registry
from scenes.spec.builtin_backbones import BACKBONES
from scenes.stats.folds import overlap_factor
from scenes.stats.power import (
    MOST_SEEDS,
    detectable_lead,
    detectable_over_folds,
    seeds_for_equality,
)
from scenes.stats.sequential import plan_looks
from scenes.stats.simultaneous import ALPHA
from scenes.system.formatting import agreed, said_count, said_size, said_time
from scenes.system.keras_cache import keras_models_folder
from scenes.training.weights import weights_status

EXPECTED_SPREADS = (0.01, 0.02, 0.04)
"""Standard deviations of accuracy between seeds, as small networks on few pictures have them."""


def plan_table(plan: Plan, times: Times, *, workers: int) -> Table:
    """Return the studies of a plan with what is recorded, shared and missing of each."""
    table = Table(box=box.SIMPLE_HEAD, show_footer=True)
    missing = [times.of(run.settings) for run in plan.missing]
    later = [times.of(settings) for _, settings in plan.later]
    left = expected_duration(missing, workers) + expected_duration(later, workers)
    footers = (
        "once each",
        str(len(plan.runs)),
        str(sum(isinstance(run.result, Record) for run in plan.runs)),
        "",
        str(len(missing)),
        str(plan.waiting or ""),
        said_time(left) if left else "",
    )
    heads = ("study", "runs", "done", "shared", "to do", "waiting", "time")
    for head, footer in zip(heads, footers, strict=True):
        table.add_column(head, footer, justify="left" if head == "study" else "right")
    uses = Counter(run_id for study in plan.studies for run_id in {run.id for run in _runs(study)})
    for study in plan.studies:
        table.add_row(*_plan_row(study, plan, uses, times))
    return table


def _runs(study: StudyPlan) -> Iterator[Run]:
    return (run for trial in study.trials for run in trial.runs)


def _plan_row(study: StudyPlan, plan: Plan, uses: Mapping[str, int], times: Times) -> Iterable[str]:
    runs = list(_runs(study))
    missing = [run for run in runs if run.is_missing]
    name = study.study.name
    later = [settings for of_study, settings in plan.later if of_study == name]
    seconds = sum(times.of(settings) for settings in [*later, *(run.settings for run in missing)])
    yield name
    yield str(len(runs))
    yield str(sum(isinstance(run.result, Record) for run in runs))
    yield str(sum(uses[run.id] > 1 for run in runs) or "")
    yield str(len(missing) or "")
    yield str(len(later) or "")
    yield said_time(seconds) if seconds else ""


def sharing_lines(plan: Plan) -> Iterator[str]:
    """Give a line for each trial that several studies ask for."""
    names: dict[tuple[str, ...], list[str]] = {}
    for study in plan.studies:
        for trial in study.trials:
            runs = tuple(run.id for run in trial.runs)
            names.setdefault(runs, []).append(f"{study.study.name} {trial.key}")
    for trials in names.values():
        if len(trials) > 1:
            yield f"shared: {' = '.join(trials)}"


def time_lines(plan: Plan, times: Times, *, workers: int) -> Iterator[str]:
    """Say what the times are, and what they are worth."""
    if plan.missing:
        shared = said_count(workers, "worker|workers")
        yield f"time: of one core for each study; of {shared}, started, for all"
        guessed = "a guess, good to a factor of two, until runs are recorded on this machine"
        learned = f"after {said_count(times.learned, 'run|runs')} on this machine"
        yield f"  {learned if times.learned else guessed}"
    for name in _guessed_models(plan):
        yield f"  of {name} as of a small residual network, a guess: state operations=… in @model;"
        yield f"  they are counted by: scenes models {name} --report FOLDER --expect"


def _guessed_models(plan: Plan) -> list[str]:
    """Return the models to be trained whose cost nobody states."""
    coming = [run.settings for run in plan.missing] + [settings for _, settings in plan.later]
    return sorted({it.model for it in coming if it.entry.is_cost_guessed})


def power_lines(
    seeds: int,
    values: Sequence[int],
    *,
    margin: float,
    most: int | None = None,
    folds: int | None = None,
) -> Iterator[str]:
    """Say what the number of seeds can show, before anything is trained.

    Args:
        seeds: Of each value.
        values: How many each study compares.
        margin: Within which accuracies count as practically equal.
        most: Seeds that may be trained, where they are added until a study is decided.
        folds: Parts of the pictures, where they take the place of seeds.
    """
    if folds is not None:
        lead = detectable_over_folds(folds, math.comb(max(values), 2))
        lead *= overlap_factor(folds) / math.sqrt(2)
        yield (
            f"folds: {folds} find, four times out of five, a difference {lead:.1f} times its "
            f"standard deviation from fold to fold, between {max(values)} values"
        )
        return
    looks = plan_looks(most) if most is not None else (seeds,)
    if most is not None:
        listed = ", ".join(map(str, looks))
        yield f"seeds: until decided, at most {most} of each value; looks after {listed}"
    if seeds == 1:
        yield "seeds: one decides nothing between values; the report will describe differences only"
        return
    fewest, largest = min(values), max(values)
    alpha = ALPHA / len(looks)
    lead = detectable_lead(seeds, largest, alpha=alpha)
    sizes = [f"{lead:.1f} standard deviations between {largest} values"]
    if fewest < largest:
        sizes += [f"{detectable_lead(seeds, fewest, alpha=alpha):.1f} between {fewest}"]
    yield f"seeds: {seeds} find, four times out of five, a difference of {' and '.join(sizes)}"
    needed = (
        f"{_seeds_needed(spread, margin, largest)} where seeds spread by {spread:.0%}"
        for spread in EXPECTED_SPREADS
    )
    yield f"  to show accuracies equal within {margin:.1%} takes {', '.join(needed)}"


def _seeds_needed(deviation: float, margin: float, values: int) -> str:
    needed = seeds_for_equality(deviation, margin, values)
    return str(needed) if needed else f"more than {MOST_SEEDS}"


def memory_lines(plan: Plan, *, workers: int, available: float) -> Iterator[str]:
    """Say what the largest run to come needs, and whether the machine has it."""
    coming = [
        (trial.settings, f"{study.study.name} {trial.key}")
        for study in plan.studies
        for trial in study.trials
        if trial.is_missing
    ]
    coming += [(settings, f"of {name}") for name, settings in plan.later]
    if not coming:
        return
    need, name = max((expected_memory(settings), name) for settings, name in coming)
    free = said_size(available)
    yield f"memory: the largest run ({name}) needs about {said_size(need)}; {free} are free"
    if need > available:
        yield "It may not fit: it will run alone, and be recorded as failed if it dies."
    elif workers * need > available:
        yield f"There is no room for {workers} of its size: others wait until it has ended."


def claim_lines(claims: Sequence[Judged]) -> Iterator[str]:
    """Give two lines for each claim: its verdict and place, and the numbers behind it."""
    counts = Counter[str](claim.verdict.status for claim in claims)
    told = ", ".join(f"{counts[status]} {status}" for status in BRANCHES)
    yield f"{said_count(len(claims), 'claim|claims')}: {told}"
    for claim in claims:
        verdict = claim.verdict
        lack = "" if claim.has_branch else f" - NO BRANCH: add {{% {verdict.status} %}}"
        yield f"{verdict.status:13} {verdict.study}: {verdict.claim}  {_place(claim)}{lack}"
        yield f"{'':13} {verdict.reason}"


def sentence_lines(sentences: Sequence[Sentence]) -> Iterator[str]:
    """Say how many sentences a write-up has, and give a line for each that nothing guards."""
    open_ones = [sentence for sentence in sentences if sentence.problem]
    marked = sum(sentence.is_marked for sentence in sentences)
    total = said_count(len(sentences), "sentence|sentences")
    yield f"{total} of prose: {len(open_ones)} unguarded, {marked} marked as opinion or literature"
    yield from (f"UNGUARDED {sentence}" for sentence in open_ones)


def mutation_lines(mutations: Mutations) -> Iterator[str]:
    """Say which claims the perturbed results move, and which they do not."""
    moved = Counter(str(item.moved_by) for item in mutations.tested if item.moved_by is not None)
    total = len(mutations.tested)
    under = said_count(len(mutations.names), "perturbation|perturbations")
    claims, move = said_count(total, "claim|claims"), agreed(moved.total(), "moves|move")
    yield f"{moved.total()} of {claims} {move} under {under}"
    for item in mutations.tested:
        verdict = item.claim.verdict
        if item.moved_by is not None:
            now = item.found[item.moved_by].verdict.status
            yield (
                f"{verdict.status} -> {now} ({item.moved_by})  "
                f"{verdict.study}: {verdict.claim}  {_place(item.claim)}"
            )
    for item in mutations.unmoved:
        verdict = item.claim.verdict
        yield f"NOT MOVED, always {verdict.status}: {verdict.claim}  {_place(item.claim)}"
    for file, line in mutations.unreached:
        yield f"NOT REACHED by any results: {file}:{line}"
    for name, reason in mutations.broken.items():
        yield f"NOT WRITTEN ({name}): {reason}"


def _place(claim: Judged) -> str:
    return f"{claim.file}:{claim.line}"


def failures_of(plan: Plan) -> list[str]:
    """Return a line for each run that failed."""
    return [
        f"{run.id} failed: {run.result.reason}"
        for run in plan.runs
        if isinstance(run.result, Failure)
    ]


def dataset_table(dataset: Dataset) -> Table:
    """Return how many pictures of each class each split has."""
    splits = [name for name in ("train", "val", "test") if dataset.splits.get(name)]
    table = Table(
        title=f"{dataset.name} ({dataset.source})", title_justify="left", show_footer=True
    )
    table.add_column("class", "all")
    for split in splits:
        table.add_column(split, str(len(dataset.splits[split])), justify="right")
    counts = {split: dataset.counts(split) for split in splits}
    for name in dataset.classes:
        table.add_row(name, *(str(counts[split][name]) for split in splits))
    return table


def finding_lines(dataset: Dataset) -> Iterator[str]:
    """Give a line for each finding, with examples."""
    for finding in dataset.findings:
        examples = ", ".join(finding.pictures[:3])
        more = ", …" if finding.count > 3 else ""
        worth = ""
        if finding.at_most is not None:
            worth = f" (at most {finding.at_most * 100:.1f} points of validation accuracy)"
        yield f"{said_count(finding.count, FINDINGS[finding.kind])}{worth}: {examples}{more}"
    for skipped in dataset.skipped:
        yield f"left out: {skipped.path}: {skipped.cause}"


def known_lines(dataset: Dataset) -> Iterator[str]:
    """Say whether a folder that looks like a known data set is all of it."""
    known = recognise_set(dataset)
    if known is None:
        return
    wrong = list(differences(known, totals(known, dataset)))
    if not wrong:
        yield f"These are all {known.total:,} pictures of {known.title}, class by class."
    for line in wrong:
        yield f"not as published: {line}"


def models_table() -> Table:
    """Return the models and backbones that a report can name."""
    table = Table(box=box.SIMPLE_HEAD)
    for head in ("name", "kind", "what it takes"):
        table.add_column(head)
    for name, model in registry.current().models.items():
        table.add_row(name, "model", ", ".join(model.parameters))
    for name, backbone in BACKBONES.items():
        table.add_row(name, "backbone", f"pictures of {backbone.minimum_size} pixels or more")
    return table


def components_table(kind: str) -> Table:
    """Return what a report can name of a kind: its name, where it is from, and its settings."""
    known = registry.current()
    table = Table(box=box.SIMPLE_HEAD)
    for head in ("name", "from", "settings"):
        table.add_column(head)
    for name, entry in getattr(known, kind).items():
        place = known.written.get(str(entry.builder), "built in")
        table.add_row(name, place, ", ".join(map(_with_default, getattr(entry, "parameters", ()))))
    return table


def _with_default(name: str) -> str:
    """Return a setting, an own one with its default, as it is written in a report.toml."""
    own = registry.current().settings.get(name)
    return name if own is None else f"{name} = {_written(own.default)}"


def _written(value: object) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_written, value))}]"
    return json.dumps(value)


def counts_line(name: str, counts: Mapping[str, int]) -> str:
    """Return the decorator of a model with its counts, as one pastes it into components.py."""
    return f"@model({', '.join(f'{what}={count:_}' for what, count in counts.items())})  # {name}"


def expected_lines(name: str, *, image_size: int, classes: int, counts: Mapping[str, int]) -> str:
    """Return what a report.toml expects of a model, as one pastes it."""
    written = [f"{what} = {count:_}" for what, count in counts.items()]
    head = [f"[expected.{name}]", f"image_size = {image_size}", f"classes = {classes}"]
    return "\n".join([*head, *written])


def weights_lines(image_size: int) -> Iterator[str]:
    """Give a line for each backbone: its ImageNet weights file, and whether it is there."""
    for name in BACKBONES:
        status = weights_status(name, image_size=image_size)
        here = "wrong" if status.hash_ok is False else "here" if status.present else "-"
        yield f"{name:18}{here:7}{status.file_name}"
    yield f"Keras looks for them in {keras_models_folder()}"


def summary_table(summary: Mapping[str, Any], title: str) -> Table:
    """Return a model's layers with shapes and parameters."""
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, show_footer=True)
    table.add_column("layer", "in all\ntrainable\nfrozen")
    table.add_column("type")
    table.add_column("output shape")
    totals = "\n".join(f"{summary[what]:,}" for what in ("parameters", "trainable", "frozen"))
    table.add_column("parameters", totals, justify="right")
    table.add_column("trainable", justify="right")
    for layer in summary["layers"]:
        shape = ", ".join("None" if side is None else str(side) for side in layer["output_shape"])
        table.add_row(
            layer["name"],
            layer["type"],
            f"({shape})",
            f"{layer['parameters']:,}",
            f"{layer['trainable']:,}",
        )
    return table
