"""Pages are compared as pictures: what a person may overlook is seen, moved edges are not."""

import numpy as np
import pytest
from numpy.typing import NDArray

from scenes.evidence.page_content import is_alike

SIZE = (300, 200, 3)


@pytest.fixture
def page() -> NDArray[np.uint8]:
    """Return a page with a block of stripes, as lines of text are."""
    pixels = np.full(SIZE, 255, np.uint8)
    pixels[60:120:12, 40:160] = 90
    return pixels


def test_edges_may_lie_elsewhere(page: NDArray[np.uint8]) -> None:
    """By a pixel, as another version of a library draws a line."""
    assert is_alike(page, page)
    moved = page.copy()
    moved[60:120:12, 40:160] = 150
    assert is_alike(moved, page)


@pytest.mark.parametrize("colour", [(250, 250, 250), (255, 255, 240), (255, 249, 255)])
def test_a_faint_mark_on_the_paper_is_seen(
    page: NDArray[np.uint8], colour: tuple[int, int, int]
) -> None:
    """Of any colour, in any corner."""
    for place in (np.s_[2:8, 2:20], np.s_[200:206, 90:120], np.s_[290:299, 180:199]):
        marked = page.copy()
        marked[place] = colour
        assert not is_alike(marked, page)


def test_a_colour_of_the_same_grey_is_another(page: NDArray[np.uint8]) -> None:
    """The lines of a figure may be swapped by their colours alone."""
    page[200:220, 40:160] = (76, 76, 76)
    red = page.copy()
    red[200:220, 40:160] = (255, 0, 0)
    assert not is_alike(red, page)


def test_a_page_of_another_size_is_another(page: NDArray[np.uint8]) -> None:
    """Whatever is on it."""
    assert not is_alike(page[:-1], page)
