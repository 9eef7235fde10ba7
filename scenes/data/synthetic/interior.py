"""An empty room with its windows, pictures, shelves and lamps.

In: a canvas and the ranges of the room's measures and tones. Out: the room, and the canvas seen
from inside it.
"""

from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from scenes.data.synthetic import things
from scenes.data.synthetic.canvas import Canvas
from scenes.data.synthetic.space import Camera, Face, face
from scenes.data.synthetic.texture import Floats, seamless

Range: TypeAlias = tuple[float, float]


@dataclass(frozen=True)
class Room:
    """The inside of a room; the camera stands within, at x = z = 0.

    Args:
        left: Where the left wall is along x, in metres.
        right: Where the right wall is.
        back: Where the back wall is along z.
        height: From floor to ceiling.
    """

    left: float
    right: float
    back: float
    height: float

    @property
    def back_wall(self) -> Face:
        """The wall ahead."""
        return face([self.left, 0, self.back], [self.width, 0, 0], [0, self.height, 0])

    @property
    def left_wall(self) -> Face:
        """The wall on the left, from behind the camera to the back."""
        return face([self.left, 0, -1], [0, 0, self.back + 1], [0, self.height, 0])

    @property
    def right_wall(self) -> Face:
        """The wall on the right, from the back to behind the camera."""
        return face([self.right, 0, self.back], [0, 0, -self.back - 1], [0, self.height, 0])

    @property
    def width(self) -> float:
        """From the left to the right wall."""
        return self.right - self.left


def _enter(art: Canvas) -> Canvas:
    """Stand in a room and look along it or into a corner."""
    camera = Camera(
        height=art.between(1.15, 1.75),
        yaw=art.between(-0.38, 0.38),
        pitch=art.between(-0.22, -0.02),
        focal=art.between(0.6, 0.9),
    )
    sun = np.array([art.between(-0.8, 0.8), art.between(0.3, 0.9), art.between(-0.9, -0.2)])
    return replace(art, camera=camera, sun=sun / np.linalg.norm(sun), ambient=art.between(0.4, 0.8))


def empty_room(
    art: Canvas,
    width: Range,
    depth: Range,
    *,
    walls: Range,
    floor: Range,
    height: Range = (2.4, 2.9),
) -> tuple[Canvas, Room]:
    """Draw an empty room: floor of boards, tiles or carpet, ceiling and walls.

    Args:
        art: The canvas.
        width: Range of the room's width, in metres.
        depth: Range of the distance to the back wall.
        walls: Range of the tone of the walls.
        floor: Range of the tone of the floor.
        height: Range of the height of the ceiling.
    """
    art = _enter(art)
    wide, share = art.between(*width), art.between(0.35, 0.65)
    tall = art.between(*height)
    room = Room(-share * wide, (1 - share) * wide, art.between(*depth), tall)
    ceiling, wall, ground = art.between(0.7, 1.0), art.between(*walls), art.between(*floor)
    art.plane(tall, ceiling, ceiling * 0.9, np.zeros((1, 1)), rough=0.0, scale=(1, 1))
    art.plane(0.0, ground, ground, _flooring(art), rough=art.between(0.05, 0.18), scale=(2, 2))
    rough = art.between(0.0, 0.08)
    art.face(room.left_wall, wall, rough=rough, cells=(3, 3))
    art.face(room.right_wall, wall, rough=rough, cells=(3, 3))
    art.face(room.back_wall, wall, wall * art.between(0.8, 1.0), rough=rough, cells=(3, 3))
    skirting = min(1.0, wall + art.between(-0.3, 0.3))
    for side in (room.left_wall, room.right_wall, room.back_wall):
        art.face(side.part(0, 0, 1, 0.04), skirting)
    return art, room


def _flooring(art: Canvas) -> Floats:
    kind = art.count(0, 2)
    if kind == 0:
        return seamless(art.texture(8, 8))
    if kind == 1:
        return np.repeat(art.rng.uniform(-1, 1, (2, 12)), 8, axis=0)
    return np.kron([[1.0, -1.0], [-1.0, 1.0]], np.ones((8, 8)))


def openings(art: Canvas, room: Room, left: float = 0.3, right: float = 0.7) -> None:
    """Draw the window of the back wall, and perhaps one at a side, a door, a picture."""
    sill, lintel = art.between(0.3, 0.45), art.between(0.75, 0.9)
    if art.chance(0.65):
        span = art.between(0.2, 0.4)
        start = art.between(left, max(left, right - span))
        pane = room.back_wall.part(start, sill, start + span, lintel)
        things.window(art, pane, rows=art.count(1, 2), columns=art.count(1, 3))
        if art.chance(0.5):
            things.curtains(art, pane)
    if art.chance(0.4):
        side = room.left_wall if art.chance(0.5) else room.right_wall
        pane = side.part(0.4, sill, 0.75, lintel)
        things.window(art, pane, columns=2)
    if art.chance(0.25):
        art.face(room.right_wall.part(0.12, 0, 0.3, 0.8), art.between(0.2, 1.0))


def pictures(art: Canvas, room: Room) -> None:
    """Hang pictures on some of the walls."""
    for wall in (room.back_wall, room.left_wall, room.right_wall):
        if art.chance(0.4):
            left, bottom = art.between(0.1, 0.7), art.between(0.5, 0.65)
            wide = art.between(0.08, 0.22)
            things.picture(
                art, wall.part(left, bottom, left + wide, bottom + art.between(0.1, 0.25))
            )


def bookcase(art: Canvas, front: Face, rows: int) -> None:
    """Draw shelves full of books on a face."""
    art.face(front, art.between(0.1, 0.6))
    for row in range(rows):
        shelf = front.part(0.03, (row + 0.08) / rows, 0.97, (row + 0.85) / rows)
        art.face(shelf, 0.12)
        books = shelf.part(0, 0, art.between(0.5, 1.0), art.between(0.7, 1.0))
        art.grid(books, 1, art.count(8, 20), (0.1, 0.9), gap=(0.1, 0.0))


def ceiling_lights(art: Canvas, room: Room, rows: int) -> None:
    """Cover the ceiling with panels and rows of lamps."""
    ceiling = face(
        [room.left, room.height - 0.01, 0.3], [room.width, 0, 0], [0, 0, room.back - 0.3]
    )
    art.grid(ceiling, 8, 8, (0.75, 0.8), gap=(0.06, 0.06))
    lamp = (1.3, 1.5) if art.chance(0.8) else (0.4, 0.5)
    art.grid(ceiling, rows + 1, rows, lamp, gap=(0.6, 0.5))
