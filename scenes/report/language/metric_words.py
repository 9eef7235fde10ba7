"""What a metric is called in a language: its name in, words for texts and tables out."""

from scenes.claims.facts import Kind
from scenes.report.language.locale import Words
from scenes.spec.registry import find_metric, is_lower_better
from scenes.spec.study import Choice


def bare_name(metric: str, words: Words) -> str:
    """Return a metric's name as a table has it: "macro-F1", "recall of “cat”".

    One without words in the catalogue goes by the label of its entry, a user's own by language.
    """
    own, colon, class_name = metric.partition(":")
    label = find_metric(metric).label
    if not isinstance(label, str):
        name = label.get(words.language) or label.get("", own)
    else:
        name = words(f"metric_name.{label}") if words.has(f"metric_name.{label}") else label or own
    return words("metric_name.of_class", metric=name, name=class_name) if colon else name


def metric_name(metric: str, words: Words) -> str:
    """Return a metric's name as a sentence has it, with its article."""
    own = f"metric.{metric}"
    return words(own) if words.has(own) else words("metric.any", metric=bare_name(metric, words))


def superlative(metric: str, words: Words) -> str:
    """Return what the best value of a metric is called: "the lowest final validation loss"."""
    own = f"superlative.{metric}"
    if words.has(own):
        return words(own)
    end = "lowest" if is_lower_better(metric) else "highest"
    return words(f"superlative.{end}", metric=bare_name(metric, words))


def rule_name(choice: Choice, words: Words) -> str:
    """Return by what a rule ranks: "highest macro-F1 on validation"."""
    own = f"rule.{choice.epoch}.{choice.by}"
    if words.has(own):
        return words(own)
    end = "lowest" if is_lower_better(choice.by) else "highest"
    return words(f"rule.{end}", metric=bare_name(choice.by, words))


def measure_name(measure: str, words: Words) -> str:
    """Return what a measure of a trial is called in the list of printed facts."""
    own = f"measure.{measure}"
    if words.has(own):
        return words(own)
    metric = measure.removeprefix("rule.")
    key = "measure.any" if metric == measure else "measure.rule.any"
    return words(key, metric=bare_name(metric, words))


def measure_kind(metric: str) -> Kind:
    """Return how the values of a metric are printed."""
    return find_metric(metric).kind
