"""Figures that other processes draw are the same, and each is there once."""

import hashlib
import os
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
from matplotlib.figure import Figure
from PIL import Image

from scenes.errors import RenderError
from scenes.report.figures import pool
from scenes.report.figures.cache import Drawer
from scenes.report.figures.pool import FEW, Drawing, Studio
from scenes.system.processes import is_alone


def plot_title(title: str) -> Figure:
    """Plot a title; a function of a module, as other processes want it."""
    if title == "none":
        raise ValueError("nothing to plot")
    if title.startswith("deadly") and is_alone():
        os._exit(3)
    figure = Figure(figsize=(1, 1))
    figure.text(0, 0, title)
    return figure


PLOT = f"{__name__}:plot_title"


@pytest.fixture(autouse=True)
def found_by_children(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let other processes find this module."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))


def digests(pictures: dict[str, bytes]) -> dict[str, str]:
    """Return a hash of each picture."""
    return {name: hashlib.sha256(svg).hexdigest() for name, svg in pictures.items()}


def test_a_process_that_may_start_no_other_draws_by_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A limited child, in which documents are checked, has no pool and no error."""
    monkeypatch.setattr(pool, "usable_cores", lambda: 4)
    monkeypatch.setattr(pool, "is_alone", lambda: True)
    with Studio() as one:
        for index in range(FEW + 2):
            one.add(f"{index}", Drawing(PLOT, (f"t{index}",), {}, "t"))
        assert one._threads is None
        assert len(dict(one.pictures())) == FEW + 2


def test_many_figures_are_drawn_by_several_processes_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is there once, with the bytes that this process draws; a second document begins anew."""
    monkeypatch.setattr(pool, "usable_cores", lambda: 2)
    drawings = {f"{index}": Drawing(PLOT, (f"t{index}",), {}, "t") for index in range(9)}
    with Studio() as one:
        for name, drawing in drawings.items():
            one.add(name, drawing)
        got = list(one.pictures())
        assert list(one.pictures()) == []
    assert sorted(name for name, _ in got) == sorted(drawings)
    assert digests(dict(got)) == digests({name: one.svg() for name, one in drawings.items()})


@pytest.mark.parametrize(("count", "cores"), [(FEW, 8), (3 * FEW, 1)])
def test_no_process_starts_for_a_few_figures_or_on_one_core(
    count: int, cores: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would be ready when they are drawn, or take the core from who draws."""
    monkeypatch.setattr(pool, "usable_cores", lambda: cores)
    monkeypatch.setattr(pool, "LimitedChild", None)  # whoever calls it fails
    with Studio() as one:
        for index in range(count):
            one.add(f"{index}", Drawing(PLOT, ("t",), {}, "t"))
        assert len(list(one.pictures())) == count


def test_a_figure_that_cannot_be_drawn_is_an_error() -> None:
    """What its function raises is raised here."""
    with Studio() as one:
        one.add("a", Drawing(PLOT, ("none",), {}, "t"))
        with pytest.raises(ValueError, match="nothing to plot"):
            list(one.pictures())


def test_a_picture_that_cannot_be_encoded_names_its_figure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Pillow raises an OSError that says neither which picture nor of what."""

    def fail(*_: object, **__: object) -> None:
        raise OSError("broken data stream when writing image file")

    pixels = np.random.default_rng(0).integers(0, 99, (80, 80, 3), np.uint8)
    drawing = Drawing("plot_samples", ([("cat", pixels)],), {}, "One picture of each class")
    assert drawing.svg()
    monkeypatch.setattr(Image.Image, "save", fail)
    with pytest.raises(RenderError, match="“One picture of each class” cannot be written: broken"):
        drawing.svg()


@pytest.mark.parametrize(
    ("title", "error", "told"),
    [
        ("deadly", RenderError, "a process that draws figures has died"),
        ("none", ValueError, "noth"),
    ],
)
def test_what_fails_in_another_process_is_raised_here(
    title: str, error: type[Exception], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it died of a figure or could not draw it; a figure added later does not hide it."""
    monkeypatch.setattr(pool, "usable_cores", lambda: 2)
    with Studio() as one:
        for index in range(FEW + 1):
            one.add(f"{index}", Drawing(PLOT, (title if index == 0 else "t",), {}, "t"))
        while not one._begun["0"].done():
            time.sleep(0.01)
        one.add("late", Drawing(PLOT, ("t",), {}, "t"))
        with pytest.raises(error, match=told):
            list(one.pictures())


def test_no_process_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither where all figures are drawn, nor where nobody asks for them."""
    monkeypatch.setattr(pool, "usable_cores", lambda: 3)
    with Studio() as one:
        for index in range(3 * FEW):
            one.add(f"{index}", Drawing(PLOT, (f"t{index}",), {}, "t"))
        pids = [child._process._child.pid for child in one._children if child._process]
        assert len(pids) == 2
    assert not [pid for pid in pids if psutil.pid_exists(pid)]


def test_a_drawer_keeps_what_the_studio_draws(tmp_path: Path) -> None:
    """The pictures are there after `finish`, and in the cache for the next document."""
    with Studio() as one:
        drawer = Drawer(tmp_path, studio=one)
        drawer.draw("a.svg", PLOT, "x", title="t")
        assert drawer.assets == {"a.svg": b""}
        drawer.finish()
    again = Drawer(tmp_path)
    again.draw("a.svg", PLOT, "x", title="t")
    assert again.assets == drawer.assets
    assert drawer.assets["a.svg"].startswith(b"<?xml")
