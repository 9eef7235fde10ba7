"""What stands around the studies: definitions of the method, findings in a sentence, limits."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from scenes.claims.predicates import GAP
from scenes.report.language.locale import Words
from scenes.report.language.metric_words import metric_name, superlative
from scenes.report.language.printed_facts import PrintedFact, setting_text
from scenes.report.prose.comparison import equal_within, follows_factor, main_metric, order, rivals
from scenes.report.prose.decision import taken
from scenes.report.prose.findings import overfitting_in_short
from scenes.report.prose.phrasing import agreeing, paragraph, plain, sentence, with_values
from scenes.report.views.dataset import DataView
from scenes.report.views.study import StudyView, TrialView
from scenes.stats.overfitting import SIZE, WINDOW
from scenes.stats.simultaneous import CONFIDENCE


def takes_parts(studies: Sequence[StudyView]) -> bool:
    """Return whether some runs take fewer training pictures than others."""
    trials = (trial for study in studies for trial in study.plan.trials)
    return len({trial.settings.train_per_class for trial in trials}) > 1


def at_most(count: PrintedFact, studies: Sequence[StudyView], words: Words) -> Markup:
    """Return a number of training pictures: "up to 750" where not every run takes them all."""
    return words.html("data.up_to", n=count) if takes_parts(studies) else escape(count)


def enlarged(studies: Sequence[StudyView], data: DataView, words: Words) -> Markup:
    """Say that some networks take pictures larger than there are, where they do."""
    sizes = [trial.settings.image_size for study in studies for trial in study.plan.trials]
    largest = max(sizes, default=0)
    if not 0 < data.side < largest:
        return Markup()
    return sentence(words, "data.enlarged", size=setting_text("image_size", largest, words))


@dataclass(frozen=True)
class StudyTrial:
    """A value of a study."""

    study: StudyView
    trial: TrialView


def highest(studies: Sequence[StudyView]) -> tuple[StudyTrial, ...]:
    """Return where the highest validation accuracy of a report is reached; ties are all there."""
    every = [StudyTrial(study, trial) for study in studies for trial in study.finished]
    if not every:
        return ()
    top = max(every, key=lambda it: it.trial.val_accuracy.value)
    shown = str(top.trial.val_accuracy.mean)
    rest = [it for it in every if it is not top and str(it.trial.val_accuracy.mean) == shown]
    return (top, *rest)


def setting(study: StudyView, name: str, words: Words) -> str:
    """Return the value of a setting in a study: all of them where it varies."""
    values = [getattr(trial.settings, name) for trial in study.plan.trials]
    return str(words.listed(dict.fromkeys(setting_text(name, value, words) for value in values)))


def by_setting(
    studies: Sequence[StudyView], name: str, words: Words
) -> tuple[tuple[str, Markup], ...]:
    """Group the studies by a setting: its value, and the numbers of the studies that have it."""
    groups: dict[str, list[str]] = {}
    for study in studies:
        if study.plan.trials:
            groups.setdefault(setting(study, name, words), []).append(study.number)
    return tuple((value, words.listed(numbers)) for value, numbers in groups.items())


def training_seeds(
    studies: Sequence[StudyView], words: Words, *, seeds: int, most: int | None
) -> Markup:
    """Return "3 seeds", and which values have another number of them.

    Args:
        studies: Of the report.
        words: Its language.
        seeds: How many a value has, at most.
        most: How many may be added to a study until it is decided, where that is so.
    """
    if most is not None:
        return words.html("count.until_decided", n=words.integer(most))
    usual = words.count("count.seeds", seeds)
    if others := [*_other_seeds(studies, words, seeds)]:
        return words.html("count.seeds_but", usual=usual, others=words.listed(others))
    return escape(usual)


def _other_seeds(studies: Sequence[StudyView], words: Words, usual: int) -> Iterator[Markup]:
    """Yield the values of each study whose number of seeds is not the usual one."""
    for study in studies:
        numbers = {trial.key: len(study.plan.trial(trial.key).runs) for trial in study.trials}
        for number in dict.fromkeys(numbers.values()):
            trials = [trial for trial in study.trials if numbers[trial.key] == number]
            if number != usual:
                whole = len(trials) == len(study.trials)
                values = "" if whole else with_values(study, trials, words) + " "
                seeds = words.count("count.seeds", number)
                yield words.html("count.seeds_of", values=values, number=study.number, seeds=seeds)


def definitions(
    studies: Sequence[StudyView], words: Words, *, seeds: int, is_short: bool = False
) -> tuple[Markup, ...]:
    """Say what the words of the discussion mean: the rule, the error, overfitting, chance.

    What few seeds leave open is among the limits of a short paper already.
    """
    groups = [study.number for study in studies if _is_group(study)]
    has_rule = any(study.plan.study.choose for study in studies)
    first = [
        agreeing(words, "method.group", len(groups), studies=words.listed(groups))
        if groups
        else Markup(),
        sentence(words, "method.rule") if has_rule else Markup(),
    ]
    second = [
        sentence(words, "method.error", confidence=words.percent(CONFIDENCE, 0)),
        Markup() if is_short and seeds > 1 else agreeing(words, "method.pairs", seeds),
        sentence(words, "method.equal", margin=equal_within(studies[0], words)),
    ]
    third = [_overfitting(words), sentence(words, "method.chance")]
    return tuple(text for part in (first, second, third) if (text := paragraph(part)))


def _overfitting(words: Words) -> Markup:
    gap = words("number.points", number=words.points(GAP, 0))
    sizes = {"turn": words.percent(SIZE, 0), "window": words.integer(WINDOW)}
    return sentence(words, "method.overfitting", gap=gap, **sizes)


def _is_group(study: StudyView) -> bool:
    """Return whether some value of a study sets several settings at once."""
    return any(len(value.settings) > 1 for value in study.plan.study.values)


def conclusion(study: StudyView, words: Words) -> Markup:
    """Return what a study has shown, where it overfits, and what was chosen."""
    overfits = overfitting_in_short(study, words) if len(study.finished) > 1 else Markup()
    return plain(paragraph([shown(study, words).text, overfits, taken(study, words)]))


@dataclass(frozen=True)
class Finding:
    """What a study has shown: by which words it is told, and how.

    Attributes:
        key: Of the catalogue, below `conclusion`; "" where the factor itself is followed.
        n: How many others there are, by which the words agree.
        params: What they are filled with.
        text: The sentence.
    """

    key: str
    n: int
    params: Mapping[str, object]
    text: Markup


def shown(study: StudyView, words: Words) -> Finding:
    """Return what the results of a study bear out, in one sentence."""
    if not study.finished:
        return _told("nothing", 2, {}, words)
    metric = main_metric(study)
    if len(study.finished) == 1:
        values = with_values(study, study.finished, words)
        return _told("only", 2, {"values": values}, words)
    if follows_factor(study, metric):
        return Finding("", 2, {}, next(order(study, metric, words)))
    top = study.top(metric)
    tied = study.tied(top, metric)
    params: dict[str, object] = {
        "best": superlative(metric, words),
        "metric": metric_name(metric, words),
        "value": top.facts[metric],
        "values": with_values(study, tied, words),
    }
    if study.is_single:
        return _told("one_seed", 2, params, words)
    others = rivals(study, metric)
    if len(tied) < len(study.finished):
        others = others.without(tied)  # which are named together
    n = len(others.all)
    if len(others.equal) == n:
        return _told("equal", n, params, words)
    if not others.contradicted:
        return _told("open", n, params, words)
    if others.inconclusive:
        level = with_values(study, others.inconclusive, words)
        return _told("mixed", n, {**params, "level": level}, words)
    return _told("clear", n, params, words)


def _told(key: str, n: int, params: Mapping[str, object], words: Words) -> Finding:
    name = f"conclusion.{key}"
    text = (
        sentence(words, name, **params) if words.has(name) else agreeing(words, name, n, **params)
    )
    return Finding(key, n, params, text)


def closing(words: Words, *, seeds: int, is_tested: bool = False) -> Markup:
    """Say what it would take to say more."""
    return agreeing(words, "conclusion.tested" if is_tested else "conclusion.closing", seeds)
