"""What the figures of a list are about: views of studies in, the networks that are shown out."""

from collections.abc import Sequence
from dataclasses import dataclass

from scenes.data.folder import Dataset
from scenes.plan.final import final_trial
from scenes.plan.plan import Trial
from scenes.report.figures.cache import Drawer
from scenes.report.language.locale import Words
from scenes.report.lint.targets import WHOLE
from scenes.report.views.study import StudyView, TrialView


@dataclass(frozen=True)
class Scope:
    """What the figures of a list are about.

    Attributes:
        name: Of the study, or `WHOLE`.
        studies: Those whose networks are compared.
        final: The study of the final configuration.
        trial: The final configuration.
    """

    name: str
    studies: tuple[StudyView, ...]
    final: StudyView
    trial: TrialView

    @property
    def records(self) -> Trial:
        """The final configuration with its records."""
        return self.final.plan.trial(self.trial.key)


@dataclass(frozen=True)
class Gallery:
    """What every figure is made with."""

    dataset: Dataset
    words: Words
    drawer: Drawer

    def model(self, scope: Scope) -> str:
        """Return how captions call the network that a scope is about."""
        key = "phrase.final" if scope.name == WHOLE else "phrase.of_study"
        study = scope.final
        return self.words(key, study=study.number, factor=study.factor, label=scope.trial.label)

    def called(self, key: str, scope: Scope) -> tuple[str, str]:
        """Return the title of a figure, for lists, and the first sentence of its caption."""
        chosen = "short.final" if scope.name == WHOLE else "short.of_study"
        short = self.words(chosen, study=scope.final.number)
        return self.words(key, model=short).rstrip("."), self.words(key, model=self.model(scope))

    def percent(self, share: float) -> str:
        """Return a share as it is printed."""
        return self.words.percent(share)


def scope_of(name: str, studies: Sequence[StudyView]) -> Scope | None:
    """Return what a list of figures is about; None where nothing has finished."""
    finished = [study for study in studies if study.finished]
    if not finished:
        return None
    final = final_trial([study.plan for study in finished])
    key = final[1].key if final else finished[-1].finished[0].key
    return Scope(name, tuple(finished), finished[-1], finished[-1].trial(key))
