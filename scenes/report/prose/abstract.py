"""The abstract of a report: what its studies have shown, each finding said once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from scenes.report.language.fact_trace import unmarked
from scenes.report.language.locale import Words
from scenes.report.language.metric_words import superlative
from scenes.report.prose.comparison import main_metric
from scenes.report.prose.decision import chosen
from scenes.report.prose.frame import Finding, at_most, highest, shown
from scenes.report.prose.phrasing import agreeing, paragraph, plain, sentence, with_values
from scenes.report.views.dataset import DataView
from scenes.report.views.study import StudyView, TrialView

JOINED = ("open", "clear", "equal", "one_seed")
"""Findings that several studies may share: they are told once, not study after study."""


@dataclass(frozen=True)
class _Answer:
    """A finding and the studies that have it, in their order."""

    finding: Finding
    studies: tuple[StudyView, ...]
    values: tuple[Markup, ...] = ()
    """Where it is found, with its figure, study by study."""

    def shares(self, other: "_Answer") -> bool:
        """Return whether the same words tell both."""
        mine, its = self.finding, other.finding
        is_same = (mine.key, mine.params.get("best")) == (its.key, its.params.get("best"))
        return is_same and mine.key in JOINED and (mine.n == 1) == (its.n == 1)


def abstract(studies: Sequence[StudyView], data: DataView, words: Words, *, seeds: int) -> Markup:
    """Say what is studied on what, what was found, the highest accuracy, and how sure that is."""
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
    sentences += [_told(answer, words) for answer in _answers(studies, words)]
    return paragraph(
        [*sentences, *_highest(studies, words), agreeing(words, "abstract.trust", seeds)]
    )


def _answers(studies: Sequence[StudyView], words: Words) -> list[_Answer]:
    """Return what was found, each once, in the order of the first study that found it."""
    found: list[_Answer] = []
    for study in studies:
        if not study.finished:
            continue
        new = _answer(study, words)
        index = next((i for i, each in enumerate(found) if each.shares(new)), len(found))
        if index < len(found):
            old = found[index]
            new = replace(old, studies=(*old.studies, study), values=(*old.values, *new.values))
        found[index : index + 1] = [new]
    return found


def _answer(study: StudyView, words: Words) -> _Answer:
    finding = shown(study, words)
    values = {key: finding.params.get(key, "") for key in ("values", "value")}
    return _Answer(finding, (study,), (words.html("abstract.found", **values),))


def _told(answer: _Answer, words: Words) -> Markup:
    """Answer some studies in one sentence, and say with what the report goes on."""
    going_on = [values for study in answer.studies if (values := chosen(study, words))]
    if len(answer.studies) == 1:
        return _alone(answer.studies[0], answer.finding, going_on, words)
    n = 1 if answer.finding.n == 1 else 2
    told = agreeing(
        words,
        f"abstract.several_{answer.finding.key}",
        n,
        studies=words.listed(study.number for study in answer.studies),
        best=answer.finding.params["best"],
        values=words.listed(_once(answer.values)),
    )
    if not going_on:
        return told
    return paragraph(
        [told, sentence(words, "abstract.going_on", values=words.listed(_once(going_on)))]
    )


def _once(texts: Sequence[Markup]) -> list[Markup]:
    """Return texts without those that read like an earlier one, whatever study they are of."""
    found: dict[str, Markup] = {}
    for text in texts:
        found.setdefault(unmarked(text), text)
    return list(found.values())


def _alone(study: StudyView, finding: Finding, going_on: Sequence[Markup], words: Words) -> Markup:
    told = plain(finding.text).removesuffix(".")
    if finding.key == "one_seed":
        metric = main_metric(study)
        told = words.html(
            "abstract.one_seed",
            best=superlative(metric, words),
            value=finding.params["value"],
            values=finding.params["values"],
        )
    key = "abstract.study_chosen" if going_on else "abstract.study"
    lowered = Markup(told[:1].lower() + told[1:])
    return sentence(words, key, title=study.title, finding=lowered, values=words.listed(going_on))


def _highest(studies: Sequence[StudyView], words: Words) -> Iterator[Markup]:
    """Say where the highest accuracy is reached, studies with the same values together."""
    found = highest(studies)
    if not found:
        return
    numbers: dict[Markup, list[str]] = {}
    for study in studies:
        if trials := [it.trial for it in found if it.study is study]:
            numbers.setdefault(_where(study, trials, words), []).append(study.number)
    places = [
        words.plural("abstract.place", len(each), number=words.listed(each), values=values)
        for values, each in numbers.items()
    ]
    value = found[0].trial.val_accuracy
    yield sentence(words, "abstract.highest", value=value, places=words.listed(places))


def _where(study: StudyView, trials: Sequence[TrialView], words: Words) -> Markup:
    """Name some values of a study, but not each one where it is all of them."""
    every = len(trials) == len(study.finished) > 1
    return words.html("overfit.everywhere") if every else with_values(study, trials, words)
