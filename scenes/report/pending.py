"""Drafts: a plan whose runs are still to be trained in, one that can be written with gaps out.

A value counts as trained once all of its seeds are: until then no figure of it is printed, as half
of its seeds are another number than all of them. What is not there is marked and never guessed.
"""

import re
from dataclasses import fields, replace

from markupsafe import Markup

from scenes.plan.plan import Plan, StudyPlan, Trial
from scenes.report.language.locale import MISSING, Words
from scenes.runs.record import Failure

_BODY = re.compile(r"<body\b[^>]*>")
_MISSING_FACT = re.compile(rf'(<(?:a|span) class="fact)("[^>]*>{MISSING}</)')


class Pending(Failure):
    """The result of a run that is still to be trained, for those who write meanwhile."""


class PendingStudy(StudyPlan):
    """A study whose values follow from runs that are still to be trained."""


def draft_plan(plan: Plan) -> Plan:
    """Return a plan in which each run has a result: those to come are pending."""
    is_missing = any(trial.is_missing for study in plan.studies for trial in study.trials)
    return replace(plan, studies=tuple(_draft_study(it, is_missing) for it in plan.studies))


def _draft_study(study: StudyPlan, is_missing: bool) -> StudyPlan:
    if is_missing and study.waiting and not study.trials:
        return PendingStudy(**{it.name: getattr(study, it.name) for it in fields(study)})
    return replace(study, trials=tuple(map(_draft_trial, study.trials)))


def _draft_trial(trial: Trial) -> Trial:
    if not trial.is_missing:
        return trial
    runs = tuple(replace(run, result=Pending(run.id, "pending")) for run in trial.runs)
    return replace(trial, runs=runs)


def is_pending(trial: Trial) -> bool:
    """Return whether runs of a value are still to be trained."""
    return any(isinstance(failure, Pending) for failure in trial.failures)


def is_pending_study(study: StudyPlan) -> bool:
    """Return whether runs of a study are still to be trained, or to be planned after those."""
    return isinstance(study, PendingStudy) or any(map(is_pending, study.trials))


def pending_sentence(words: Words, key: str) -> Markup:
    """Return a sentence that stands where something is to follow."""
    return Markup('<span class="pending">{}</span>').format(words(key))


def mark_draft(html: str, words: Words, *, missing: int) -> str:
    """Return a document that says that it is a draft, and marks what is not there.

    Args:
        html: Rendered from a plan with pending runs.
        words: Its language.
        missing: How many runs are still to be trained, at least.
    """
    html = _MISSING_FACT.sub(r"\1 pending\2", html)
    told = Markup('<p class="draft"><span class="pending">{}</span></p>')
    notice = told.format(words.count("pending.draft", missing))
    return _BODY.sub(lambda found: f"{found[0]}{notice}", html, count=1)
