"""What a study hands on, what its rule says of it, and who uses it."""

from collections.abc import Iterable, Iterator

from markupsafe import Markup

from scenes.claims import predicates as claims
from scenes.report.language.locale import Words
from scenes.report.markup.claim_tag import noted
from scenes.report.prose.phrasing import agreeing, paragraph, sentence, with_values
from scenes.report.views.study import ChoiceView, StudyView


def decision(study: StudyView, studies: Iterable[StudyView], words: Words) -> Markup:
    """Say with what the report goes on and whether the rule agrees."""
    if study.choice is None:
        # A study whose results are missing cannot follow its rule, and that has been said.
        rule = study.plan.study.choose
        return sentence(words, "choice.none" if rule is None else "choice.undecided")
    sentences = [*_taken(study, study.choice, words), *_used_by(study, studies, words)]
    return paragraph(sentences)


def taken(study: StudyView, words: Words) -> Markup:
    """Name the value with which the report goes on, or say nothing where there is none."""
    values = chosen(study, words)
    return sentence(words, "choice.going_on", values=values) if values else values


def chosen(study: StudyView, words: Words) -> Markup:
    """Return "with batches of 32" for the value with which the report goes on, or nothing."""
    if study.choice is None:
        return Markup()
    return with_values(study, [study.trial(study.choice.key)], words)


def _taken(study: StudyView, choice: ChoiceView, words: Words) -> Iterator[Markup]:
    values = chosen(study, words)
    if not choice.by_author:
        yield sentence(words, "choice.by_rule", values=values, rule=choice.rule)
    else:
        yield sentence(words, "choice.by_authors", values=values)
        yield _rule_says(study, choice, words)
    yield _tested(study, choice, words)


def _rule_says(study: StudyView, choice: ChoiceView, words: Words) -> Markup:
    if choice.rule_key is None:
        return sentence(words, "choice.rule_unknown", rule=choice.rule)
    if choice.rule_key == choice.key:
        return sentence(words, "choice.rule_agrees", rule=choice.rule)
    other = with_values(study, [study.trial(choice.rule_key)], words)
    return sentence(words, "choice.rule_disagrees", rule=choice.rule, values=other)


def _tested(study: StudyView, choice: ChoiceView, words: Words) -> Markup:
    """Say whether the value taken, and the one the rule ranks first, can be told apart."""
    rule = study.plan.study.choose
    if rule is None or rule.epoch != "last" or len(study.finished) < 2 or not choice.rule_key:
        return Markup()  # claims compare last epochs
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
    return sentence(words, key) if key else Markup()


def _used_by(study: StudyView, studies: Iterable[StudyView], words: Words) -> Iterator[Markup]:
    numbers = [each.number for each in studies if study.name in each.plan.study.use]
    if numbers:
        yield agreeing(words, "choice.used", len(numbers), studies=words.listed(numbers))
