"""How prose names the values of a study and builds a sentence around them."""

from collections.abc import Iterable, Sequence

from markupsafe import Markup

from scenes.report.language.locale import Words
from scenes.report.views.study import StudyView, TrialView

LEAD = "¦"
"""In the catalogue: ends the lead of a sentence."""


def sentence(words: Words, key: str, **params: object) -> Markup:
    """Return a sentence of the catalogue, filled in and with a capital at its start."""
    return _led(_capital(words.html(key, **params)))


def agreeing(words: Words, key: str, n: int, **params: object) -> Markup:
    """Return the form of a sentence that agrees with a number, as `sentence` does."""
    return _led(_capital(words.plural(key, n, **params)))


def plain(text: Markup) -> Markup:
    """Return a sentence without the weight of its lead, for where many stand in a row."""
    return Markup(text.replace("<b>", "").replace("</b>", ""))


def _led(text: Markup) -> Markup:
    """Set in bold what stands before the catalogue's mark: the finding before its figures."""
    lead, found, rest = text.partition(LEAD)
    return Markup(f"<b>{lead}</b>{rest}") if found else text


def _capital(text: Markup) -> Markup:
    return Markup(text[:1].upper() + text[1:])


def paragraph(sentences: Iterable[Markup]) -> Markup:
    """Join sentences; those that are empty leave no trace."""
    return Markup(" ").join(each for each in sentences if each)


def with_values(study: StudyView, trials: Sequence[TrialView], words: Words) -> Markup:
    """Return "with batch sizes of 8 and 16": values as the factor's own language has them.

    A factor that the catalogue does not know, or values that the report labels itself, are
    quoted: "with “small” and “large”".
    """
    factor = study.plan.study.factor
    labels = [trial.label for trial in trials]
    own = any(study.plan.trial(trial.key).label != trial.key for trial in study.trials)
    if words.has(f"with.{factor}.each"):
        return words.listed(_with_one(study, trial, words) for trial in trials)
    if (own and not _is_named(study)) or not words.has(f"with.{factor}.other"):
        factor, labels = "any", [words.html("with.any.item", value=label) for label in labels]
    values = words.listed(labels)
    if len(trials) == 1 and _setting(study, trials[0]) == 1 and words.has(f"with.{factor}.single"):
        return words.html(f"with.{factor}.single", values=values)  # one epoch, not one value
    return words.plural(f"with.{factor}", len(labels), values=values)


def _setting(study: StudyView, trial: TrialView) -> object:
    """Return the value of the study's factor."""
    return getattr(study.plan.trial(trial.key).settings, study.plan.study.factor, None)


def _is_named(study: StudyView) -> bool:
    """Return whether the values are names, whose own labels read like any other: "ReLU"."""
    settings = [study.plan.trial(trial.key).settings for trial in study.trials]
    return all(isinstance(getattr(it, study.plan.study.factor, None), str) for it in settings)


def _with_one(study: StudyView, trial: TrialView, words: Words) -> Markup:
    """Return "without augmentation" or "with zoom"; what combines several has a name in quotes."""
    factor = study.plan.study.factor
    if study.plan.trial(trial.key).combined:
        return words.plural("with.any", 1, values=words.html("with.any.item", value=trial.label))
    known = f"with.{factor}.{trial.key}"
    return words.html(known if words.has(known) else f"with.{factor}.each", value=trial.label)


def in_order(study: StudyView) -> tuple[TrialView, ...]:
    """Return the finished trials by their value, lowest first; none where it is not a number."""
    factor = study.plan.study.factor
    settings = {each.key: study.plan.trial(each.key).settings for each in study.finished}
    values = {key: getattr(each, factor, None) for key, each in settings.items()}
    numbers = [value for value in values.values() if isinstance(value, int | float)]
    if len(numbers) < len(values) or len(set(numbers)) < len(numbers):
        return ()
    return tuple(sorted(study.finished, key=lambda trial: float(values[trial.key] or 0)))


def figure_link(number: int | str) -> Markup:
    """Return the number of a figure as a link to it."""
    return Markup('<a href="#fig-{0}">{0}</a>').format(number)


def table_link(study: StudyView, words: Words) -> Markup:
    """Return "table 5" as a link to a study's table, whose number the style sheet counts."""
    label = words("label.table").lower()
    link = Markup('<a class="see-table" href="#{}">{}\N{NO-BREAK SPACE}</a>')
    return link.format(study.table or f"tab-{study.name}", label)
