"""Says why a rule takes a value: its ranking in, a sentence with the numbers out."""

from collections.abc import Mapping

from markupsafe import Markup

from scenes.claims.facts import Fact, Kind
from scenes.plan.plan import Chosen
from scenes.plan.ranking import Candidate
from scenes.report.language.locale import Words
from scenes.report.language.metric_words import measure_kind, measure_name, rule_name
from scenes.report.language.printed_facts import PrintedFact, Source
from scenes.spec.study import Choice


def rule_text(choice: Choice, words: Words) -> str:
    """Return a rule in words."""
    rule = rule_name(choice, words)
    return rule if choice.take == "best" else words("rule.cheapest", rule=rule)


def rule_reason(
    study: str, chosen: Chosen, labels: Mapping[str, str], words: Words, *, section: str = ""
) -> Markup:
    """Return a rule with the numbers by which it takes a value; alone before it can.

    Args:
        study: Its name.
        chosen: What it hands on.
        labels: Of its values, by key.
        words: The report's language.
        section: Number and title of the study; its name where nothing is said.
    """
    ranking, rule = chosen.ranking, rule_text(chosen.choice, words)
    if ranking is None:
        return Markup("{}.").format(rule)
    by = chosen.choice.by

    def fact(item: Candidate, what: str, value: float, kind: Kind) -> PrintedFact:
        found = Fact(f"{study}.{item.key}.{what}", value, kind, runs=item.runs)
        source = Source(section or study, labels[item.key], measure_name(what, words))
        return PrintedFact(found, words, source)

    def score(item: Candidate) -> PrintedFact:
        return fact(item, f"rule.{by}", item.score, measure_kind(by))

    best, *others = ranking.candidates
    first = {"rule": rule, "value": labels[best.key], "score": score(best)}
    if not others:
        return words.html("reason.only", **first)
    if chosen.choice.take == "best":
        second = {"second": labels[others[0].key], "second_score": score(others[0])}
        return words.html("reason.best", **first, **second)
    equals = ranking.equals[1:]
    if not equals:
        return words.html("reason.alone", **first)
    listed = Markup(", ").join(
        words.html("reason.equal", value=labels[item.key], score=score(item)) for item in equals
    )
    return words.html("reason.cheapest", **first, equals=listed, taken=labels[ranking.taken])
