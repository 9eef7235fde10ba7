"""How prose names the values of a study and builds a sentence around them."""

from collections.abc import Iterable, Sequence

from markupsafe import Markup

from scenes.report.language.locale import Words
from scenes.report.views.study import StudyView, TrialView


def sentence(words: Words, key: str, **params: object) -> Markup:
    """Return a sentence of the catalogue, filled in and with a capital at its start."""
    return _capital(words.html(key, **params))


def agreeing(words: Words, key: str, n: int, **params: object) -> Markup:
    """Return the form of a sentence that agrees with a number, as `sentence` does."""
    return _capital(words.plural(key, n, **params))


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
    if not own and words.has(f"with.{factor}.each"):
        keys = [f"with.{factor}.{trial.key}" for trial in trials]
        known = [key if words.has(key) else f"with.{factor}.each" for key in keys]
        pairs = zip(known, labels, strict=True)
        return words.listed(words.html(key, value=label) for key, label in pairs)
    if own or not words.has(f"with.{factor}.other"):
        factor, labels = "any", [words.html("with.any.item", value=label) for label in labels]
    return words.plural(f"with.{factor}", len(labels), values=words.listed(labels))


def in_order(study: StudyView) -> tuple[TrialView, ...]:
    """Return the finished trials by their value, lowest first; none where it is not a number."""
    factor = study.plan.study.factor
    settings = {each.key: study.plan.trial(each.key).settings for each in study.finished}
    values = {key: getattr(each, factor, None) for key, each in settings.items()}
    numbers = [value for value in values.values() if isinstance(value, int | float)]
    if len(numbers) < len(values) or len(set(numbers)) < len(numbers):
        return ()
    return tuple(sorted(study.finished, key=lambda trial: float(values[trial.key] or 0)))


def figure_link(number: int | str, words: Words) -> Markup:
    """Return "figure 3" as a link to it."""
    label = words("label.figure").lower()
    link = Markup('<a href="#fig-{0}">{1}\N{NO-BREAK SPACE}{0}</a>')
    return link.format(number, label)


def table_link(study: StudyView, words: Words) -> Markup:
    """Return "table 5" as a link to a study's table, whose number the style sheet counts."""
    label = words("label.table").lower()
    link = Markup('<a class="see-table" href="#tab-{}">{}\N{NO-BREAK SPACE}</a>')
    return link.format(study.name, label)
