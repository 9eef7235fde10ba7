"""Where labels go so that none covers another: plain geometry, in any unit."""

import math
from collections.abc import Sequence
from itertools import pairwise

Box = tuple[float, float, float, float]  # left, bottom, right, top
Side = tuple[int, int]  # right (1), centre (0) or left (-1) of a point; above, level or below

SIDES: tuple[Side, ...] = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))
LINE = 9.0  # points: height of a line at 8 points
NAME_LENGTH = 40
"""Signs of a value's name that a figure has room for; tables print it whole."""

BETWEEN = 4.0  # points from one label to the next on its line
CLOSER = 1.25
"""So many times as far as from its own point a label is from every other."""

COVERED = 5.0  # points between two markers of which one covers the other
AWAY = (7.0, 6.0)  # points from a marker to its label, across and up


def short_name(name: str) -> str:
    """Return a value's name as figures print it: in one line, cut where it is too long."""
    name = " ".join(name.split())
    return name if len(name) <= NAME_LENGTH else name[: NAME_LENGTH - 1].rstrip() + "…"


def short_names(names: Sequence[str]) -> list[str]:
    """Return names as figures print them, told apart where they differ.

    Names that would be cut before they differ are cut in the middle; what is still alike is
    numbered.
    """
    cut = [short_name(name) for name in names]
    if len(set(cut)) < len(set(names)):
        cut = [_middle_cut(name) if cut.count(short) > 1 else short
               for name, short in zip(names, cut, strict=True)]  # fmt: skip
    whole = dict(zip(names, cut, strict=True))
    alike = [name for name in whole if [*whole.values()].count(whole[name]) > 1]
    numbers = {name: f" ({index})" for index, name in enumerate(alike, 1)}
    return [f"{whole[name]}{numbers.get(name, '')}" for name in names]


def halved(text: str) -> str:
    """Return a text in two lines, broken at the space nearest its middle, for a low axis."""
    spaces = [at for at, sign in enumerate(text) if sign == " "]
    if not spaces:
        return text
    at = min(spaces, key=lambda at: abs(2 * at - len(text)))
    return f"{text[:at]}\n{text[at + 1 :]}"


def _middle_cut(name: str) -> str:
    """Return a name in one line with its beginning and its end, cut between them."""
    name = " ".join(name.split())
    if len(name) <= NAME_LENGTH:
        return name
    half = (NAME_LENGTH - 1) // 2
    return f"{name[:half].rstrip()}…{name[-half:].lstrip()}"


def spread(heights: Sequence[float], gap: float) -> list[float]:
    """Move labels of a column apart, keeping their order and staying near.

    Args:
        heights: Where each label would stand, as a share of the axis (0 to 1).
        gap: Least distance of two neighbours, as a share of the axis.
    """
    groups = [[index] for index in sorted(range(len(heights)), key=lambda i: heights[i])]
    while (close := _first_too_close(groups, heights, gap)) is not None:
        groups[close : close + 2] = [groups[close] + groups[close + 1]]
    placed = list(heights)
    for group in groups:
        lowest = _centre(group, heights, gap) - gap * (len(group) - 1) / 2
        for rank, index in enumerate(group):
            placed[index] = lowest + gap * rank
    return placed


def free_sides(
    widths: Sequence[float],
    places: Sequence[tuple[float, float]],
    *,
    room: tuple[float, float] = (math.inf, math.inf),
    taken: Sequence[Box] = (),
) -> list[Side | None]:
    """Return for each labelled point the first side on which its label covers nothing, or None.

    A label about as close to another point would be read as that one's name: there it may not
    go. Markers that cover each other are one to the eye, and only keep clear of each other's label.

    Args:
        widths: Width of each label.
        places: The points, in typographic points from the lower left corner of their axes.
        room: Width and height of the axes, in which the labels stay too.
        taken: What else no label may cover.
    """
    edges: list[Box] = [
        (-math.inf, -math.inf, 0, math.inf),
        (-math.inf, -math.inf, math.inf, 0),
        (room[0], -math.inf, math.inf, math.inf),
        (-math.inf, room[1], math.inf, math.inf),
    ]
    covered = [*edges, *taken, *((x - 4, y - 4, x + 4, y + 4) for x, y in places)]
    sides: list[Side | None] = []
    for wide, place in zip(widths, places, strict=True):
        boxes = {side: label_box(wide, place, side) for side in SIDES}
        free = (
            side
            for side, box in boxes.items()
            if not any(overlap(box, other) for other in covered)
            and all(
                CLOSER * distance(box, place) <= distance(box, other)
                for other in places
                if math.dist(place, other) > COVERED
            )
        )
        side = next(free, None)
        if side is not None:
            left, bottom, right, top = boxes[side]
            covered.append((left - BETWEEN, bottom, right + BETWEEN, top))
        sides.append(side)
    return sides


def label_box(wide: float, place: tuple[float, float], side: Side) -> Box:
    """Return where a label of a width lies when it stands on one side of a point."""
    high = LINE
    left = place[0] + AWAY[0] * side[0] + (side[0] - 1) * wide / 2
    bottom = place[1] + AWAY[1] * side[1] + (side[1] - 1) * high / 2
    return left, bottom, left + wide, bottom + high


def distance(box: Box, place: tuple[float, float]) -> float:
    """Return how far a point is from the nearest edge of a box; 0 inside."""
    left, bottom, right, top = box
    across = max(left - place[0], 0.0, place[0] - right)
    up = max(bottom - place[1], 0.0, place[1] - top)
    return math.hypot(across, up)


def overlap(one: Box, other: Box) -> bool:
    """Return whether two boxes share an area."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def columns_that_fit(widths: Sequence[float], *, room: float) -> int:
    """Return into how many columns of a legend its entries go, side by side.

    Args:
        widths: Width of each entry with its line and gaps.
        room: Width of the legend.
    """
    for columns in range(len(widths), 1, -1):
        if sum(max(widths[column::columns]) for column in range(columns)) <= room:
            return columns
    return 1


def _first_too_close(
    groups: Sequence[Sequence[int]], heights: Sequence[float], gap: float
) -> int | None:
    for position, (left, right) in enumerate(pairwise(groups)):
        room = gap * (len(left) + len(right)) / 2
        if _centre(right, heights, gap) - _centre(left, heights, gap) < room - 1e-9:
            return position
    return None


def _centre(group: Sequence[int], heights: Sequence[float], gap: float) -> float:
    """Return the middle of a group of labels, moved inside the axis where it has room."""
    half = gap * (len(group) - 1) / 2
    middle = sum(heights[index] for index in group) / len(group)
    return min(max(middle, half), max(half, 1.0 - half))
