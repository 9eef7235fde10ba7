"""What a study hands on, and what its rule says of it."""

from markupsafe import Markup

from scenes.claims import predicates as claims
from scenes.report.language.locale import Words
from scenes.report.markup.claim_tag import noted
from scenes.report.prose.phrasing import sentence, with_values
from scenes.report.views.study import ChoiceView, StudyView


def decision(study: StudyView, words: Words) -> Markup:
    """Say how far the results bear what a study hands on.

    Its box names the value, and the settings of later studies name the study it comes from.
    """
    if study.choice is None:
        # A study whose results are missing cannot follow its rule, and that has been said.
        rule = study.plan.study.choose
        return Markup() if rule is None else sentence(words, "choice.undecided")
    return _tested(study, study.choice, words)


def taken(study: StudyView, words: Words) -> Markup:
    """Name the value with which the report goes on, or say nothing where there is none."""
    values = chosen(study, words)
    return sentence(words, "choice.going_on", values=values) if values else values


def chosen(study: StudyView, words: Words) -> Markup:
    """Return "with batches of 32" for the value with which the report goes on, or nothing."""
    if study.choice is None:
        return Markup()
    return with_values(study, [study.trial(study.choice.key)], words)


def _tested(study: StudyView, choice: ChoiceView, words: Words) -> Markup:
    """Say whether the value taken, and the one the rule ranks first, can be told apart."""
    rule = study.plan.study.choose
    if rule is None or rule.epoch != "last" or len(study.finished) < 2 or not choice.rule_key:
        unknown = rule is not None and choice.rule_key is None
        # claims compare last epochs
        return sentence(words, "choice.rule_unknown", rule=choice.rule) if unknown else Markup()
    if study.is_single:
        return sentence(words, "choice.one_seed")
    if choice.rule_key == choice.key:
        others = study.sorted_by("better", than=choice.key, metric=rule.by)
        told_apart = "not" if others.contradicted else "none"
        key = f"choice.{told_apart}_told_apart" if others.inconclusive else ""
    else:
        rule_key = choice.rule_key
        verdict = noted(
            study.name, claims.better(study.plan, rule_key, than=choice.key, metric=rule.by)
        )
        keys = {"supported": "choice.worse", "inconclusive": "choice.level"}
        key = keys.get(verdict.status, "")
    values = with_values(study, [study.trial(choice.rule_key)], words)
    return sentence(words, key, values=values) if key else Markup()
