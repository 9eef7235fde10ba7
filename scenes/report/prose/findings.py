"""What the results of a study show: what there is, chance, overfitting, the best epoch, cost."""

from collections.abc import Callable, Iterator

from markupsafe import Markup

from scenes.report.language.locale import Words
from scenes.report.prose.phrasing import (
    agreeing,
    figure_link,
    paragraph,
    sentence,
    table_link,
    with_values,
)
from scenes.report.views.study import StudyView, TrialView

Telling = Callable[[StudyView, tuple[TrialView, ...], Words], Iterator[Markup]]
"""Tells of values that overfit."""

AT_WORK = ("augmentation", "augmentation_strength", "dropout")
"""Factors that make training harder than validation, each value in its own measure."""

SOONER = 0.97
"""Share of the lowest final loss below which the loss of an earlier epoch is worth telling."""

COSTLY = 5.0
"""Times whose ratio is below this are left to the table: the machine did other things as well."""


def what_there_is(study: StudyView, words: Words) -> Markup:
    """Say where the results are, what is missing of them, and between what they lie."""
    if not study.finished:
        return paragraph(_nothing(study, words))
    return paragraph(
        [*_missing(study, words), *_diverged(study, words), *_only(study, words),
         *_chance(study, words)]
    )  # fmt: skip


def _nothing(study: StudyView, words: Words) -> Iterator[Markup]:
    if study.trials:
        yield sentence(words, "seen.nothing", table=table_link(study, words))
    else:
        used = [number for _, value, number in study.uses if not value]
        yield agreeing(words, "seen.unplanned", len(used), studies=words.listed(used))


def places(study: StudyView, words: Words) -> Iterator[Markup]:
    """Say where the results are drawn and tabulated."""
    curves = [each.number for each in study.figures if each.kind == "image" and each.number]
    if len(curves) >= 2:
        accuracy, loss = map(figure_link, curves[:2])
        table = table_link(study, words)
        yield sentence(words, "seen.places", accuracy=accuracy, loss=loss, table=table)


def _missing(study: StudyView, words: Words) -> Iterator[Markup]:
    """Say which runs failed and which values were never trained."""
    failed = [trial for trial in study.trials if not trial.n]
    if failed:
        runs = sum(len(study.plan.trial(trial.key).runs) for trial in failed)
        yield agreeing(words, "seen.failed", runs, values=with_values(study, failed, words))
    for trial in study.finished:
        runs = len(study.plan.trial(trial.key).runs)
        if trial.n < runs:
            values = with_values(study, [trial], words)
            counts = {"done": words.integer(trial.n), "all": words.integer(runs)}
            yield agreeing(words, "seen.partly", trial.n, values=values, **counts)
    if waiting := _waiting(study, words):
        yield agreeing(words, "seen.waiting", len(waiting), values=words.listed(waiting))


def _waiting(study: StudyView, words: Words) -> list[Markup]:
    keys = [value.key for value in study.plan.study.values]
    labels = dict(zip(keys, study.values, strict=True))
    return [words.html("with.any.item", value=labels[key]) for key in study.plan.waiting]


def _diverged(study: StudyView, words: Words) -> Iterator[Markup]:
    if diverged := study.sorted_by("diverged").supported:
        yield sentence(words, "overfit.diverged", where=_where(study, diverged, words))


def _only(study: StudyView, words: Words) -> Iterator[Markup]:
    if len(study.finished) == 1:
        (only,) = study.finished
        yield sentence(
            words,
            "seen.only",
            values=with_values(study, [only], words),
            train=only.train_accuracy,
            val=only.val_accuracy,
            loss=only.val_loss,
        )


def _chance(study: StudyView, words: Words) -> Iterator[Markup]:
    """Say which values rise above chance; of those that diverged all has been said."""
    diverged = study.sorted_by("diverged").supported
    found = study.sorted_by("leaves_chance")
    count = len(study.finished)
    if len(found.supported) == count:
        return
    if len(found.contradicted) == count and not diverged:
        yield agreeing(words, "chance.none", count)
    else:
        for name, trials in (("some", found.contradicted), ("open", found.inconclusive)):
            if others := [trial for trial in trials if trial not in diverged]:
                yield sentence(words, f"chance.{name}", values=with_values(study, others, words))


def overfitting(study: StudyView, words: Words) -> Markup:
    """Say which values overfit, by what it shows, and of which the data cannot tell."""
    told = [*_overfitting(study, words, _shown), *_gaps(study, words)]
    sentences = [*told, *best_epoch(study, words)]
    if len(study.finished) > 1 and study.plan.study.factor in AT_WORK:
        sentences.append(sentence(words, "overfit.at_work", factor=study.phrase))
    return paragraph(sentences)


def best_epoch(study: StudyView, words: Words) -> Iterator[Markup]:
    """Name the lowest validation loss of any epoch, where none of the values ends with it."""
    best = min(study.finished, key=lambda trial: trial.best_val_loss.value)
    lowest = min(trial.val_loss.value for trial in study.finished)
    if best.best_val_loss.value < SOONER * lowest:
        yield sentence(
            words,
            "overfit.best_epoch",
            value=best.best_val_loss,
            epoch=best.best_epoch.mean,
            values=with_values(study, [best], words),
            end=best.val_loss,
        )


def overfitting_in_short(study: StudyView, words: Words) -> Markup:
    """Say which values overfit, without numbers."""
    return paragraph([*_diverged(study, words), *_overfitting(study, words, _named)])


def _overfitting(study: StudyView, words: Words, tell: Telling) -> Iterator[Markup]:
    """Say which values overfit, as `tell` has it, which may and which do not."""
    diverged = study.sorted_by("diverged").supported
    found = study.sorted_by("overfits")
    # A value that diverged is inconclusive here, and has been dealt with.
    unknown = tuple(trial for trial in found.inconclusive if trial not in diverged)
    count = len(study.finished) - len(diverged)
    if not count:
        return
    if len(found.contradicted) == count and not diverged:
        yield agreeing(words, "overfit.none", count)
    elif len(unknown) == count and not diverged:
        yield agreeing(words, "overfit.undecided", count)
    else:
        if found.supported:
            yield from tell(study, found.supported, words)
        # The first sentence names what the others call "it".
        unsure = "open" if found.supported else "open_first"
        for name, trials in ((unsure, unknown), ("no", found.contradicted)):
            if trials:
                values = with_values(study, trials, words)
                yield sentence(words, f"overfit.{name}", values=values)


def _named(study: StudyView, trials: tuple[TrialView, ...], words: Words) -> Iterator[Markup]:
    yield sentence(words, "overfit.some", where=_where(study, trials, words))


def _where(study: StudyView, trials: tuple[TrialView, ...], words: Words) -> Markup:
    every = len(trials) == len(study.finished) > 1
    return words.html("overfit.everywhere") if every else with_values(study, trials, words)


def _shown(study: StudyView, trials: tuple[TrialView, ...], words: Words) -> Iterator[Markup]:
    yield from _named(study, trials, words)
    if len(trials) > 1:
        worst = max(trials, key=lambda trial: trial.val_loss.value / trial.best_val_loss.value)
        yield sentence(
            words,
            "overfit.turn_most",
            values=with_values(study, [worst], words),
            epoch=worst.best_epoch.mean,
            lowest=worst.best_val_loss,
            end=worst.val_loss,
        )
    else:
        ends = {"lowest": trials[0].best_val_loss, "end": trials[0].val_loss}
        yield sentence(words, "overfit.turn_here", epoch=trials[0].best_epoch.mean, **ends)


def _gaps(study: StudyView, words: Words) -> Iterator[Markup]:
    """Say where training accuracy ends far above that of validation, which is no overfitting."""
    wide = study.sorted_by("has_gap").supported
    dealt_with = (*study.sorted_by("overfits").supported, *study.sorted_by("diverged").supported)
    trials = tuple(trial for trial in wide if trial not in dealt_with)
    if not trials:
        return
    where = _where(study, trials, words)
    gaps = sorted((trial.gap for trial in trials), key=lambda gap: gap.value)
    low, high = gaps[0], gaps[-1]
    if str(low.mean) == str(high.mean):
        yield sentence(words, "overfit.gap", where=where, low=low)
    else:
        yield sentence(words, "overfit.gaps", where=where, low=low.cell, high=high)


def cost(study: StudyView, words: Words) -> Markup:
    """Say how long training took, where that differs by more than the machine's other work."""
    by_time = sorted(study.finished, key=lambda trial: trial.seconds.value)
    quick, slow = by_time[0], by_time[-1]
    if slow.seconds.value < COSTLY * quick.seconds.value:
        return Markup()
    return sentence(
        words,
        "cost.range",
        low=quick.seconds.mean,
        high=slow.seconds.mean,
        with_low=with_values(study, study.tied(quick, "seconds"), words),
        with_high=with_values(study, study.tied(slow, "seconds"), words),
    )
