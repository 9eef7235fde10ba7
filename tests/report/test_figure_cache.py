"""A figure is drawn once for the same data, and again for any other."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from scenes.report.figures.cache import Drawer, _place
from scenes.report.figures.pool import Drawing

PICTURE = np.zeros((4, 4, 3), np.uint8)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note the title of every figure that is really drawn."""
    titles: list[str] = []

    def draw(_: Figure, *, title: str) -> bytes:
        titles.append(title)
        return f"<svg>{len(titles)}</svg>".encode()

    monkeypatch.setattr("scenes.report.figures.plots.figure_svg", draw)
    return titles


def test_the_same_data_is_drawn_once(tmp_path: Path, drawn: list[str]) -> None:
    """A second document of the same results takes the picture of the first."""
    first, second = Drawer(tmp_path), Drawer(tmp_path)
    first.draw("a.svg", "plot_samples", [("x", PICTURE)], title="t")
    second.draw("b.svg", "plot_samples", [("x", PICTURE.copy())], title="t")
    assert drawn == ["t"]
    assert first.assets["a.svg"] == second.assets["b.svg"]


@pytest.mark.parametrize(
    ("label", "picture", "title"),
    [("y", PICTURE, "t"), ("x", PICTURE + 1, "t"), ("x", PICTURE, "u")],
)
def test_other_data_is_drawn_again(
    tmp_path: Path, drawn: list[str], label: str, picture: np.ndarray, title: str
) -> None:
    """A label, a pixel or a title that differs makes another picture."""
    Drawer(tmp_path).draw("a.svg", "plot_samples", [("x", PICTURE)], title="t")
    Drawer(tmp_path).draw("a.svg", "plot_samples", [(label, picture)], title=title)
    assert drawn == ["t", title]


def test_numbers_beside_each_other_are_not_one(tmp_path: Path) -> None:
    """(1, 23) is other data than (12, 3)."""
    first, second = (Drawing("plot_samples", (data,), {}, "t") for data in ((1, 23), (12, 3)))
    assert _place(first, tmp_path) != _place(second, tmp_path)


def test_without_a_cache_every_picture_is_drawn(drawn: list[str]) -> None:
    """Nothing is kept where there is no place to keep it."""
    for _ in range(2):
        Drawer(None).draw("a.svg", "plot_samples", [("x", PICTURE)], title="t")
    assert drawn == ["t", "t"]


@pytest.mark.parametrize("place", [0, 70, 400, -1])
def test_a_damaged_picture_is_drawn_again(place: int, tmp_path: Path) -> None:
    """A byte that changed in the cache never reaches a document."""
    Drawer(tmp_path).draw("a.svg", "plot_samples", [("x", PICTURE)], title="t")
    (path,) = tmp_path.iterdir()
    whole = path.read_bytes()
    data = bytearray(whole)
    data[place] ^= 1
    path.write_bytes(data)
    again = Drawer(tmp_path)
    again.draw("a.svg", "plot_samples", [("x", PICTURE)], title="t")
    assert path.read_bytes() == whole
    assert again.assets["a.svg"] == whole.partition(b"\n")[2]
