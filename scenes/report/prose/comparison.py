"""Which value of a study does best, with the test behind it, and whether it follows the factor."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Literal

from markupsafe import Markup

from scenes.claims import predicates as claims
from scenes.claims.facts import Fact
from scenes.report.language.locale import Words
from scenes.report.language.metric_words import metric_name, superlative
from scenes.report.language.printed_facts import PrintedFact, Source
from scenes.report.markup.claim_tag import noted
from scenes.report.prose.findings import overfitting_in_short, places
from scenes.report.prose.phrasing import (
    agreeing,
    in_order,
    paragraph,
    plain,
    sentence,
    with_values,
)
from scenes.report.views.grouping import Sorted
from scenes.report.views.study import StudyView, TrialView
from scenes.spec.registry import is_lower_better
from scenes.spec.study import Metric
from scenes.stats.inference import spread
from scenes.stats.metrics import mean


def compared(study: StudyView, words: Words) -> tuple[Markup, ...]:
    """Compare the values, a paragraph for each finding, which its first words tell.

    First the metric of the study's rule: whether it follows a numeric factor, and who leads; then
    the other metric and the largest effect, and for batches the control with equal steps.
    """
    if len(study.finished) < 2:
        return ()
    metric = main_metric(study)
    if study.is_single:
        told = [*order(study, metric, words), leader(study, metric, words), *places(study, words)]
        return (paragraph(told),)
    other: Metric = "val_accuracy" if metric == "val_loss" else "val_loss"
    follows = tuple(order(study, metric, words))
    if _leads(study, metric) and _leads(study, other) and study.top(metric) is study.top(other):
        first, second = [_both(study, (metric, other), words)], []
    else:
        first = [leader(study, metric, words), *_smaller(study, words)]
        second = [leader(study, other, words)]
    if follows:
        first = [*follows, *map(plain, first)]
    first += places(study, words)
    second += largest_effect(study, words)
    return tuple(map(paragraph, (first, second, same_steps(study, words))))


def compared_in_short(study: StudyView, words: Words) -> list[Markup]:
    """Return the findings alone: who leads in both metrics, the control, where it overfits."""
    if len(study.finished) < 2:
        return []
    metric = main_metric(study)
    other: Metric = "val_accuracy" if metric == "val_loss" else "val_loss"
    if study.is_single:
        told = [*order(study, metric, words), leader(study, metric, words)]
    elif _leads(study, metric) and _leads(study, other) and study.top(metric) is study.top(other):
        told = [_both(study, (metric, other), words)]
    else:
        follows = list(order(study, metric, words)) if follows_factor(study, metric) else []
        first = leader(study, metric, words)
        told = [*follows, plain(first) if follows else first, leader(study, other, words)]
    return [*told, *same_steps(study, words), overfitting_in_short(study, words)]


def largest_effect(study: StudyView, words: Words) -> Iterator[Markup]:
    """Say how far the value that accuracy tells furthest from the reference is from it."""
    table = study.effects
    if table is None:
        return
    by_label = {trial.label: trial for trial in study.trials}
    reference = with_values(study, [by_label[table.reference]], words)
    apart = [
        (row.label, effect)
        for row in table.rows
        for metric, effect in zip(table.metrics, row.effects, strict=True)
        if metric == "val_accuracy" and effect.status in ("better", "worse")
    ]
    if not apart:
        yield sentence(words, "effects.none_apart", reference=reference)
        return
    label, effect = max(apart, key=lambda it: abs(it[1].difference.value))
    told = {
        "value": with_values(study, [by_label[label]], words),
        "reference": reference,
        "difference": effect.difference,
        "low": effect.low.cell,
        "high": effect.high,
    }
    if len(apart) == len(table.rows) > 1:
        yield sentence(words, "effects.all_apart", **told)
    else:
        counts = {"count": words.integer(len(apart)), "all": words.integer(len(table.rows))}
        yield agreeing(words, "effects.largest", len(apart), **told, **counts)


def same_steps(study: StudyView, words: Words) -> Iterator[Markup]:
    """Compare batch sizes after equally many steps: a control that needs no further training.

    In the same epochs a large batch takes fewer steps; the small one has taken as many in an
    earlier epoch, whose accuracy its history holds.
    """
    trials = in_order(study)
    if study.plan.study.factor != "batch_size" or len(trials) < 2:
        return
    small, large = trials[0], trials[-1]
    sizes = [study.plan.trial(trial.key).settings.batch_size for trial in (small, large)]
    last = min(record.epochs for record in study.plan.trial(large.key).records)
    epoch = round(last * sizes[0] / sizes[1])
    early = fact_at(study, small, "accuracy", epoch, words) if epoch else None
    if early is not None:
        yield sentence(
            words,
            "effects.same_steps",
            large=with_values(study, [large], words),
            small=with_values(study, [small], words),
            epoch=words.integer(epoch),
            early=early,
            late=large.train_accuracy,
            end=small.train_accuracy,
        )


def fact_at(
    study: StudyView, trial: TrialView, metric: str, epoch: int, words: Words
) -> PrintedFact | None:
    """Return a figure of an epoch, counted from 1; None where some run has not reached it."""
    records = study.plan.trial(trial.key).records
    values = [record.history[metric][epoch - 1] for record in records if record.epochs >= epoch]
    if not values or len(values) < len(records):
        return None
    fact = Fact(
        f"{study.name}.{trial.key}.{metric}@{epoch}",
        mean(values),
        "percent",
        spread(values),
        tuple(record.id for record in records),
    )
    what = words("measure.at_epoch", epoch=words.integer(epoch))
    return PrintedFact(fact, words, Source(study.section, trial.label, what))


def _leads(study: StudyView, metric: Metric) -> bool:
    """Return whether one of three values or more is told apart from each of the others."""
    others = rivals(study, metric)
    return 1 < len(others.all) == len(others.contradicted)


def _both(study: StudyView, metrics: tuple[Metric, Metric], words: Words) -> Markup:
    top = study.top(metrics[0])
    best, other = (superlative(metric, words) for metric in metrics)
    value, other_value = (top.facts[metric] for metric in metrics)
    values = with_values(study, [top], words)
    params = {"value": value, "other": other, "other_value": other_value}
    return sentence(words, "leader.both", values=values, best=best, **params)


def main_metric(study: StudyView) -> Metric:
    """Return what a study's rule goes by; validation loss where it has none."""
    choice = study.plan.study.choose
    return choice.by if choice is not None else "val_loss"


def rivals(study: StudyView, metric: Metric) -> Sorted[TrialView]:
    """Sort the others by whether they beat the first one: those behind it are `contradicted`."""
    return study.sorted_by("better", than=study.top(metric), metric=metric)


def leader(study: StudyView, metric: Metric, words: Words) -> Markup:
    """Say who leads, and from whom that can be told apart."""
    top = study.top(metric)
    tied = study.tied(top, metric)
    if len(tied) == len(study.finished):
        if metric == "val_accuracy":
            return Markup()  # the range of the accuracies has said so
        named = metric_name(metric, words)
        return sentence(words, "seen.same", metric=named, value=top.facts[metric].mean)
    params = {
        "best": superlative(metric, words),
        "value": top.facts[metric],
        "values": with_values(study, tied, words),
    }
    if study.is_single:
        return sentence(words, "leader.one_seed", **params)
    others = rivals(study, metric).without(tied)  # which are named together
    if others.contradicted and others.inconclusive:
        behind = with_values(study, others.contradicted, words)
        level = with_values(study, others.inconclusive, words)
        return sentence(words, "leader.mixed", **params, behind=behind, level=level)
    second = others.all[0].facts[metric]
    key = "leader.open" if others.inconclusive else "leader.clear"
    if len(others.equal) == len(others.all):
        key, params = "leader.equal", {**params, "margin": equal_within(study, words)}
    return agreeing(words, key, len(others.all), **params, second=second)


def equal_within(study: StudyView, words: Words) -> str:
    """Return the margin within which accuracies are practically equal: "2 points"."""
    return words("number.points", number=words.points(study.plan.margin, 0))


def _smaller(study: StudyView, words: Words) -> Iterator[Markup]:
    """Name the smallest network that is not told apart from the first, where it is smaller."""
    top = study.top(main_metric(study))
    level = rivals(study, main_metric(study)).inconclusive
    small = min(level, key=lambda trial: trial.parameters.value, default=top)
    if small.parameters.value < top.parameters.value:
        values = with_values(study, [small], words)
        counts = {"count": small.parameters, "instead": top.parameters}
        yield sentence(words, "leader.cheaper", values=values, **counts)


def order(study: StudyView, metric: Metric, words: Words) -> Iterator[Markup]:
    """Say whether a metric follows a numeric factor of three values or more."""
    trials = _whole_order(study)
    if not trials:
        return
    first, last = trials[0], trials[-1]
    if study.is_single:
        ends = {"first": first.facts[metric], "last": last.facts[metric]}
        name = words(f"metric.{metric}")
        yield sentence(words, "order.one_seed", metric=name, factor=study.phrase, **ends)
        return
    rises = last.facts[metric].value > first.facts[metric].value
    found = _order_found(study, trials, metric)
    yield sentence(
        words,
        f"order.{found}" if found == "none" else f"order.{found}.{'rises' if rises else 'falls'}",
        metric=metric_name(metric, words),
        factor=study.phrase,
        first=first.facts[metric],
        last=last.facts[metric],
    )


def follows_factor(study: StudyView, metric: Metric) -> bool:
    """Return whether the results support that a metric rises, or falls, with a numeric factor."""
    trials = _whole_order(study)
    return bool(trials) and _order_found(study, trials, metric) == "steady"


def _whole_order(study: StudyView) -> tuple[TrialView, ...]:
    """Return the trials in order; none where they are few, or a value has no result.

    What the others do is then not known of the factor.
    """
    trials = in_order(study)
    return trials if len(trials) >= max(3, len(study.values)) else ()


def _order_found(study: StudyView, trials: tuple[TrialView, ...], metric: Metric) -> str:
    """Return `steady`, `ends` (sure of the ends alone), `unsure` (the ends are not) or `none`."""
    keys = [trial.key for trial in trials]
    steps = [b.facts[metric].value - a.facts[metric].value for a, b in pairwise(trials)]
    sign = 1 if sum(steps) > 0 else -1
    direction: Literal["rises", "falls"] = "rises" if sign > 0 else "falls"
    verdict = noted(study.name, claims.ordered(study.plan, metric, direction=direction, keys=keys))
    if verdict.status == "supported":
        return "steady"
    ends = noted(study.name, claims.better(study.plan, keys[-1], than=keys[0], metric=metric))
    ahead = (sign > 0) != is_lower_better(metric)
    if ends.status == ("supported" if ahead else "contradicted"):
        return "ends"
    return "unsure" if all(sign * step > 0 for step in steps) else "none"
