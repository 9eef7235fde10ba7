"""What is held of every figure of own code: it is drawn on made-up results, before any training."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenes.plan.plan import Plan
from scenes.report.figures.own_code import draw_own
from scenes.report.figures.scope import Scope, scope_of
from scenes.report.language.catalogue import load_words
from scenes.report.lint.targets import WHOLE
from scenes.report.markup.templates import catalogues_folder
from scenes.report.views.study import StudyView, view_study
from scenes.spec import registry
from scenes.spec.entries import FigureEntry
from scenes.testing.checks import Refuted, Suite, require
from scenes.testing.made_up import MadeUp, without_training_libraries

RARE = ("one seed", "one seed failed", "first value failed", "all but the first failed",
        "stopped early", "few epochs", "last two alike")  # fmt: skip
"""Results that a figure meets after days of training, where it had better not fail."""
Drawing = NDArray[np.uint8]


@dataclass(frozen=True)
class FigureCase:
    """A figure of the registry, and results of the report that asks for it."""

    name: str
    results: MadeUp

    @property
    def entry(self) -> FigureEntry:
        """Its entry."""
        return registry.current().figures[self.name]

    @property
    def languages(self) -> list[str]:
        """Those in which it has texts, and that of the report."""
        texts = (self.entry.label, self.entry.caption, self.entry.alt)
        own = {language for text in texts for language in text if language}
        return sorted({*own, self.results.report.language})

    def draw(self, plan: Plan, language: str | None = None) -> list[Drawing]:
        """Return what it draws of a plan, uint8 (h, w, 4), wherever the report asks for it.

        Raises:
            UserError: It fails, or draws what no page can hold.
        """
        language = language or self.results.report.language
        return [_pixels(self.name, scope, language) for scope in _scopes(self.name, plan, language)]


FIGURES: Suite[FigureCase] = Suite()


def _scopes(name: str, plan: Plan, language: str) -> Iterator[Scope]:
    report, views = plan.report, dict[str, StudyView]()
    # Which words a catalogue has changes no drawing; those of the program have every language.
    words = load_words(language, catalogues_folder())
    for study in plan.studies:
        views[study.study.name] = view_study(study, views, report, words)
    asked = {it.name: [views[it.name]] for it in report.studies if name in it.figures}
    if name in report.figures or not asked:
        asked[WHOLE] = list(views.values())
    found = (scope_of(place, studies) for place, studies in asked.items())
    yield from (scope for scope in found if scope is not None)


def _pixels(name: str, scope: Scope, language: str) -> Drawing:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(draw_own(name, scope, language))
    canvas.draw()
    return np.array(canvas.buffer_rgba())


def _same(one: list[Drawing], other: list[Drawing]) -> bool:
    return len(one) == len(other) and all(map(np.array_equal, one, other))


@FIGURES.holds("it draws a figure that a page can hold, in each of its languages")
def _is_drawn(case: FigureCase) -> None:
    for language in case.languages:
        require(case.draw(case.results.plans[0], language), "there is nothing to draw it of")


@FIGURES.holds("caption and text alternative say something, and not the same")
def _has_words(case: FigureCase) -> None:
    for language in case.languages:
        said = {}
        for name in ("caption", "alt"):
            text = getattr(case.entry, name)
            said[name] = str(text.get(language) or text.get("", "")).strip()
            require(said[name], f"{name}: there is none in {language!r}")
        require(
            said["caption"] != said["alt"],
            f"alt: it repeats the caption in {language!r}; say what can be seen",
        )


@FIGURES.holds("it is drawn without TensorFlow")
def _is_light(case: FigureCase) -> None:
    with without_training_libraries(case.name):
        case.draw(case.results.plans[0])


@FIGURES.holds("the same results give the same drawing")
def _is_settled(case: FigureCase) -> None:
    plan = case.results.plans[0]
    require(_same(case.draw(plan), case.draw(plan)), "two drawings of the same results differ")


@FIGURES.holds("other results give another drawing")
def _shows_results(case: FigureCase) -> None:
    first, *others = case.results.plans
    drawn = case.draw(first)
    require(
        any(not _same(drawn, case.draw(plan)) for plan in others),
        f"{len(others) + 1} reports with different results give one drawing",
    )


@FIGURES.holds("runs that fail, stop early or are alone can be drawn")
def _bears_mishaps(case: FigureCase) -> None:
    for name in RARE:
        try:
            case.draw(case.results.worlds[name])
        except Exception as error:
            raise Refuted(f"where the results are {name!r}: {error}") from error
