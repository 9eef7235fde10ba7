"""What a template asks for a report's own sentences: one method for each paragraph."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from scenes.report.language.locale import Words
from scenes.report.pending import pending_sentence
from scenes.report.prose import abstract, comparison, decision, expectation, findings, frame
from scenes.report.prose.phrasing import paragraph
from scenes.report.views.dataset import DataView
from scenes.report.views.study import StudyView


@dataclass(frozen=True)
class Writer:
    """The paragraphs of a report; each is empty where there is nothing to say."""

    words: Words
    studies: Sequence[StudyView]
    data: DataView
    seeds: int
    """How many a value has, at most."""
    most: int | None = field(default=None, kw_only=True)
    """How many may be added until a study is decided; None where their number is fixed."""
    is_tested: bool = field(default=False, kw_only=True)
    """Whether there are test figures of the final configuration."""
    is_short: bool = field(default=False, kw_only=True)
    """Whether a study has one paragraph, as in a short paper."""

    def abstract(self) -> Markup:
        """Say what is studied on what, and how far it can be trusted."""
        if any(study.is_pending for study in self.studies):
            return pending_sentence(self.words, "pending.abstract")
        return abstract.abstract(self.studies, self.data, self.words, seeds=self.seeds)

    def training_pictures(self) -> Markup:
        """Return how many there are: "up to 750" where not every run takes them all."""
        return frame.at_most(self.data.totals[0], self.studies, self.words)

    def highest(self) -> tuple[frame.StudyTrial, ...]:
        """Return where the highest validation accuracy is reached; more than one place if tied."""
        return frame.highest(self.studies)

    def factors(self) -> Markup:
        """List what the studies vary, as a sentence has it."""
        return self.words.listed(dict.fromkeys(study.phrase for study in self.studies))

    def setting(self, study: StudyView, name: str) -> str:
        """Return the value of a setting in a study."""
        return frame.setting(study, name, self.words)

    def by_setting(self, name: str) -> tuple[tuple[str, Markup], ...]:
        """Return each value of a setting with the numbers of the studies that have it."""
        return frame.by_setting(self.studies, name, self.words)

    def enlarged(self) -> Markup:
        """Say that some networks take pictures larger than there are, where they do."""
        return frame.enlarged(self.studies, self.data, self.words)

    def takes_parts(self) -> bool:
        """Return whether some runs take fewer training pictures than others."""
        return frame.takes_parts(self.studies)

    def training_seeds(self) -> Markup:
        """Return with how many seeds the values are trained, and which have other numbers."""
        return frame.training_seeds(self.studies, self.words, seeds=self.seeds, most=self.most)

    def definitions(self) -> tuple[Markup, ...]:
        """Say what the words of the discussion mean."""
        return frame.definitions(self.studies, self.words, seeds=self.seeds, is_short=self.is_short)

    def discussion(self, study: StudyView) -> tuple[Markup, ...]:
        """Return the paragraphs that discuss a study."""
        words = self.words
        if study.is_pending:
            return (pending_sentence(words, "pending.discussion"),)
        parts = [findings.what_there_is(study, words)]
        if self.is_short:
            parts += comparison.compared_in_short(study, words) if study.finished else []
            return (paragraph(parts),) if any(parts) else ()
        if study.finished:
            parts += [
                *comparison.compared(study, words),
                findings.overfitting(study, words),
                findings.cost(study, words),
            ]
        return tuple(part for part in parts if part)

    def outcome(self, study: StudyView) -> Markup:
        """Say whether the results bear out what was expected of a study."""
        if study.is_pending:
            return pending_sentence(self.words, "pending.outcome")
        return expectation.outcome(study, self.words)

    def decision(self, study: StudyView) -> Markup:
        """Say what a study hands on; in a short paper, whether it came out as expected as well."""
        if study.is_pending:
            return pending_sentence(self.words, "pending.decision")
        told = decision.decision(study, self.words)
        return paragraph([told, self.outcome(study)]) if self.is_short else told

    def conclusion(self, study: StudyView) -> Markup:
        """Return what a study has shown, and what was chosen."""
        if study.is_pending:
            return pending_sentence(self.words, "pending.conclusion")
        return frame.conclusion(study, self.words)

    def closing(self) -> Markup:
        """Say what it would take to say more."""
        return frame.closing(self.words, seeds=self.seeds, is_tested=self.is_tested)
