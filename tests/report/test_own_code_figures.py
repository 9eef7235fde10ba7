"""Figures of own code stand in a report like those that ship."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import MakeRecord, MakeReport, MakeStudy
from factories import describe
from own_code import load_own, write_own
from PIL import Image

from scenes.data.folder import Dataset
from scenes.errors import SpecError, UserError
from scenes.report.figures.appendix_figures import exhibit_figures
from scenes.report.figures.cache import Drawer
from scenes.report.language.catalogue import load_words
from scenes.report.lint.targets import find_targets
from scenes.report.markup.templates import templates_folder
from scenes.report.views.figure import FigureView
from scenes.report.views.study import view_study
from scenes.spec import registry
from scenes.spec.loader import check_report
from scenes.spec.registry import Registry

Draw = Callable[..., tuple[FigureView, str]]

CODE = """
from scenes import figure


@figure(
    caption={"en": "Accuracy of each value. One bar.", "es": "Exactitud de cada valor. Barras."},
    alt={"en": "A bar for each value.", "es": "Una barra por valor."},
)
def bars(studies, *, language):
    from matplotlib.figure import Figure

    drawing = Figure()
    axes = drawing.subplots()
    for study in studies:
        for trial in study.finished:
            axes.bar(trial.label, trial.val_accuracy.value, hatch="//")
    axes.set_ylabel({"en": "accuracy", "es": "exactitud"}[language])
    axes.set_yscale("log")
    return drawing


@figure(caption="Nothing", alt="Nothing.", label="Broken")
def broken(studies, *, language):
    return 1 / (studies[0].trials[0].n - 1)


@figure(caption="Nothing", alt="Nothing.")
def nothing(studies, *, language):
    return None


@figure(caption="Much", alt="Much.")
def huge(studies, *, language):
    from matplotlib.figure import Figure

    return Figure(figsize=(5, 40))
"""


@pytest.fixture
def known(tmp_path: Path) -> Registry:
    """Return the registry with the figures above."""
    return load_own(write_own(tmp_path / "own", CODE))


@pytest.fixture
def draw(
    known: Registry,
    tmp_path: Path,
    make_record: MakeRecord,
    make_report: MakeReport,
    make_study: MakeStudy,
) -> Draw:
    """Return what makes a figure of two values in a language: its view and its SVG."""
    Image.new("RGB", (20, 30)).save(tmp_path / "0.png")
    dataset = Dataset("d", "folder", tmp_path, ("cat", "dog"), {})
    plan = make_study({"a": [make_record()], "b": [make_record()]})

    def made(name: str, language: str = "en") -> tuple[FigureView, str]:
        words = load_words(language, templates_folder() / "locale")
        drawer = Drawer(tmp_path / "cache")
        with registry.using(known):
            study = view_study(plan, {}, make_report(), words)
            (figure,) = exhibit_figures([study], [name], dataset, words, drawer)
        return figure, drawer.assets[figure.asset].decode()

    return made


@pytest.mark.parametrize(
    ("language", "caption", "axis"),
    [("en", "Accuracy of each value", "accuracy"), ("es", "Exactitud de cada valor", "exactitud")],
)
def test_it_has_number_caption_list_entry_and_key(
    draw: Draw, language: str, caption: str, axis: str
) -> None:
    """In the language of the report, and it can be referred to."""
    figure, svg = draw("bars", language)
    assert (figure.number, figure.title, figure.key) == ("A1", caption, "report-bars")
    assert figure.caption.startswith(f"{caption}. ")
    assert figure.alt
    assert axis in svg


def test_a_drawing_keeps_its_hatches_and_its_marks_of_powers(draw: Draw) -> None:
    """What the picture refers to is in it, and no formula is printed as it is typed."""
    _, svg = draw("bars")
    named = set(re.findall(r"url\(#([^)]+)\)", svg))
    assert len(named) > 1
    assert named <= set(re.findall(r'id="([^"]+)"', svg))
    assert "mathdefault" not in svg


def test_it_is_drawn_again_where_its_code_or_its_data_changes(draw: Draw, tmp_path: Path) -> None:
    """Else it is taken from the cache."""
    first, again = draw("bars"), draw("bars")
    assert first == again
    assert len(list((tmp_path / "cache").iterdir())) == 1
    draw("bars", "es")
    assert len(list((tmp_path / "cache").iterdir())) == 2


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("broken", r"components.py:24: ZeroDivisionError: division by zero"),
        ("nothing", "must return a matplotlib.figure.Figure, and returned NoneType"),
        ("huge", "5.0×40.0 inches large; a page has room for"),
    ],
)
def test_one_that_cannot_be_drawn_is_named_with_its_line(
    draw: Draw, name: str, problem: str
) -> None:
    """And no traceback is printed."""
    with pytest.raises(UserError, match=problem):
        draw(name)


def test_references_to_it_are_known_before_training(known: Registry) -> None:
    """A study that asks for it has one of its own; an unknown one is refused with the choices."""
    study = {**describe()["study"][0], "figures": ["bars"]}
    with registry.using(known):
        report = check_report(describe(study=[study], figures=["bars"]), "a test")
        assert {"fig:report-bars", "fig:batch-bars"} <= set(find_targets(report, []).names)
        with pytest.raises(SpecError, match=r"there is no figure 'bar' \(did you mean 'bars'"):
            check_report(describe(figures=["bar"]), "a test")


@pytest.mark.parametrize(
    ("decorator", "problem"),
    [
        ("@figure", "caption"),
        ("@figure(caption='C')", "alt"),
        ("@figure(caption=1, alt='A')", "caption"),
    ],
)
def test_caption_and_text_alternative_are_required(
    decorator: str, problem: str, tmp_path: Path
) -> None:
    """A figure without either is refused when its file is read."""
    code = f"from scenes import figure\n{decorator}\ndef f(studies, *, language): ...\n"
    with pytest.raises(UserError, match=rf"components.py:2: f: {problem}"):
        load_own(write_own(tmp_path, code))
