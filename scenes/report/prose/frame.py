"""What stands around the studies: abstract, definitions of the method, conclusions, limits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from scenes.claims.predicates import GAP
from scenes.report.language.locale import Words
from scenes.report.language.metric_words import metric_name, superlative
from scenes.report.language.printed_facts import PrintedFact, setting_text
from scenes.report.prose.comparison import equal_within, follows_factor, main_metric, order, rivals
from scenes.report.prose.decision import chosen, taken
from scenes.report.prose.findings import overfitting_in_short
from scenes.report.prose.phrasing import agreeing, paragraph, plain, sentence, with_values
from scenes.report.views.dataset import DataView
from scenes.report.views.study import StudyView, TrialView
from scenes.stats.overfitting import SIZE, WINDOW
from scenes.stats.simultaneous import CONFIDENCE


def abstract(studies: Sequence[StudyView], data: DataView, words: Words, *, seeds: int) -> Markup:
    """Say what is studied on what, the highest accuracy, and how far it can be trusted."""
    sentences = [
        sentence(
            words,
            "abstract.subject",
            factors=words.listed(dict.fromkeys(study.phrase for study in studies)),
            classes=words.count("count.classes", len(data.classes)),
            train=at_most(data.totals[0], studies, words),
            val=data.totals[1],
        )
    ]
    if data.synthetic:
        sentences.append(sentence(words, "abstract.synthetic"))
    sentences += [line for study in studies if (line := _in_a_line(study, words))]
    return paragraph([*sentences, *_highest(studies, words), _trust(words, seeds)])


def _in_a_line(study: StudyView, words: Words) -> Markup:
    """Answer a study in one sentence, and say with what the report goes on."""
    if not study.finished:
        return Markup()
    finding = plain(_shown(study, words)).removesuffix(".")
    if study.is_single and len(study.finished) > 1:
        top = study.top(main_metric(study))
        finding = words.html(
            "abstract.one_seed",
            best=superlative(main_metric(study), words),
            value=top.facts[main_metric(study)],
            values=with_values(study, study.tied(top, main_metric(study)), words),
        )
    going_on = chosen(study, words)
    key = "abstract.study_chosen" if going_on else "abstract.study"
    lowered = Markup(finding[:1].lower() + finding[1:])
    return sentence(words, key, title=study.title, finding=lowered, values=going_on)


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


def _highest(studies: Sequence[StudyView], words: Words) -> Iterator[Markup]:
    found = highest(studies)
    if not found:
        return
    places = [
        words.html("abstract.place", number=study.number, values=_where(study, trials, words))
        for study in studies
        if (trials := [it.trial for it in found if it.study is study])
    ]
    value = found[0].trial.val_accuracy
    yield sentence(words, "abstract.highest", value=value, places=words.listed(places))


def _where(study: StudyView, trials: Sequence[TrialView], words: Words) -> Markup:
    """Name some values of a study, but not each one where it is all of them."""
    every = len(trials) == len(study.finished) > 1
    return words.html("overfit.everywhere") if every else with_values(study, trials, words)


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


def _trust(words: Words, seeds: int) -> Markup:
    return agreeing(words, "abstract.trust", seeds)


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


def definitions(studies: Sequence[StudyView], words: Words, *, seeds: int) -> tuple[Markup, ...]:
    """Say what the words of the discussion mean: the rule, the error, overfitting, chance."""
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
        agreeing(words, "method.pairs", seeds),
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
    return plain(paragraph([_shown(study, words), overfits, taken(study, words)]))


def _shown(study: StudyView, words: Words) -> Markup:
    if not study.finished:
        return sentence(words, "conclusion.nothing")
    metric = main_metric(study)
    if len(study.finished) == 1:
        return sentence(words, "conclusion.only", values=with_values(study, study.finished, words))
    if follows_factor(study, metric):
        return next(order(study, metric, words))
    top = study.top(metric)
    tied = study.tied(top, metric)
    params = {
        "best": superlative(metric, words),
        "metric": metric_name(metric, words),
        "value": top.facts[metric],
        "values": with_values(study, tied, words),
    }
    if study.is_single:
        return sentence(words, "conclusion.one_seed", **params)
    others = rivals(study, metric)
    if len(tied) < len(study.finished):
        others = others.without(tied)  # which are named together
    if len(others.equal) == len(others.all):
        return agreeing(words, "conclusion.equal", len(others.all), **params)
    if not others.contradicted:
        return agreeing(words, "conclusion.open", len(others.all), **params)
    if others.inconclusive:
        level = with_values(study, others.inconclusive, words)
        return sentence(words, "conclusion.mixed", **params, level=level)
    return agreeing(words, "conclusion.clear", len(others.all), **params)


def closing(words: Words, *, seeds: int, is_tested: bool = False) -> Markup:
    """Say what it would take to say more."""
    return agreeing(words, "conclusion.tested" if is_tested else "conclusion.closing", seeds)
