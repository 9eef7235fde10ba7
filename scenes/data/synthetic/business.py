"""Office and Store.

In: an empty canvas. Out: the room and its furniture on it.
"""

import numpy as np

from scenes.data.synthetic import interior, things
from scenes.data.synthetic.canvas import Canvas, spread
from scenes.data.synthetic.space import Face, box, face


def office(art: Canvas) -> None:
    """Paint desks with screens and chairs, shelves of binders, a ceiling of panels."""
    art, room = interior.empty_room(art, (3.6, 7), (3.8, 6), walls=(0.55, 0.9), floor=(0.15, 0.5))
    interior.ceiling_lights(art, room, art.count(1, 3))
    if art.chance(0.7):
        left = art.between(0.05, 0.4)
        pane = room.back_wall.part(left, 0.38, left + art.between(0.3, 0.5), 0.88)
        things.window(art, pane, columns=art.count(1, 3))
        if art.chance(0.6):
            art.grid(pane, 14, 1, (0.6, 0.8), gap=(0.0, 0.5))
    if art.chance(0.6):
        shelf = box(room.right - 0.2, 0, room.back - 1.1, (0.4, 1.9, 1.8))
        art.box(shelf, 0.5)
        interior.bookcase(art, shelf.left, 4)
    if art.chance(0.4):
        board = room.left_wall.part(0.45, 0.4, 0.75, 0.75)
        things.sign(art, board, art.between(0.5, 1.0), 0.2)
    tone, turn = art.between(0.1, 0.6), (0.0, np.pi / 2)[art.count(0, 1)]
    for z in sorted(art.rng.uniform(2.6, room.back - 0.5, art.count(0, 2)), reverse=True):
        for x in spread(room.left + 0.9, room.right - 0.8, (1.9, 2.6), art):
            if art.chance(0.75):
                _desk(art, x, z, tone, turn if art.chance(0.8) else 0.0)
    z = art.between(1.9, 2.4)
    x = z * np.tan(art.camera.yaw) + art.between(-0.5, 0.5)
    _desk(art, float(np.clip(x, room.left + 0.9, room.right - 0.8)), z, tone, turn)
    if art.chance(0.3):
        _partition(art, room)


def _desk(art: Canvas, x: float, z: float, tone: float, turn: float) -> None:
    """Draw a desk with a screen, a keyboard, papers and its chair."""
    depth = 0.75
    desk = box(x, 0.7, z, (1.5, 0.04, depth), turn)
    if turn == 0.0 and art.chance(0.5):
        art.box(box(x - 0.5, 0, z, (0.42, 0.7, depth - 0.1)), tone * 0.8)
        art.grid(box(x - 0.5, 0, z, (0.42, 0.7, depth - 0.1)).front, 3, 1, (tone * 0.6,) * 2)
    things.table(art, x, z, (1.5, 0.74, depth), turn)
    things.clutter(art, desk.top, art.count(1, 5), 0.2)
    for shift in (-0.35, 0.3)[: art.count(1, 2)]:
        away = 0.15
        place = (
            x + shift * np.cos(turn) - away * np.sin(turn),
            z + shift * np.sin(turn) + away * np.cos(turn),
        )
        _screen(art, place[0], place[1], turn + art.between(-0.3, 0.3))
    front = (x + 0.7 * np.sin(turn), z - 0.7 * np.cos(turn))
    if art.chance(0.75):
        things.chair(art, front[0], front[1], turn + art.between(-0.6, 0.6), art.between(0.05, 0.5))


def _screen(art: Canvas, x: float, z: float, turn: float) -> None:
    case = art.between(0.05, 0.9)
    art.box(box(x, 0.74, z, (0.2, 0.1, 0.15), turn), case * 0.7)
    deep = art.between(0.05, 0.35)
    screen = box(x, 0.82, z, (0.5, 0.38, deep), turn)
    art.box(screen, case)
    if screen.front.normal @ (art.camera.eye - screen.front.corner) > 0:
        glass = screen.front.part(0.06, 0.08, 0.94, 0.94)
        art.shape(glass.corners, art.between(0.05, 0.9))
        art.grid(glass.part(0.05, 0.3, 0.8, 0.9), 5, 1, (0.3, 0.7), gap=(0.1, 0.6))
    keys = box(x + 0.4 * np.sin(turn), 0.74, z - 0.4 * np.cos(turn), (0.42, 0.03, 0.15), turn)
    art.box(keys, case)


def _partition(art: Canvas, room: interior.Room) -> None:
    x = art.between(room.left * 0.8, room.right * 0.8)
    art.box(box(x, 0, room.back - 1.0, (0.06, 1.4, 2.0)), art.between(0.3, 0.7))


def store(art: Canvas) -> None:
    """Paint an aisle between shelves full of goods, or racks of clothes, under rows of lamps."""
    art, room = interior.empty_room(
        art, (4.5, 9), (6, 14), walls=(0.3, 0.9), floor=(0.3, 0.8), height=(2.8, 4)
    )
    interior.ceiling_lights(art, room, art.count(2, 4))
    _shelf(art, room.back_wall.part(0.02, 0, 0.98, art.between(0.5, 0.75)))
    if art.chance(0.6):
        tone = art.between(0.1, 0.9)
        left = art.between(0.1, 0.5)
        things.sign(art, room.back_wall.part(left, 0.8, left + 0.35, 0.96), tone, 1 - round(tone))
    gap = art.between(0.8, 1.4)
    height = art.between(1.3, 2.3)
    for side in (-1, 1):
        wall = room.left if side < 0 else room.right
        for x in spread(wall, side * gap, (1.9, 3.0), art):
            _gondola(art, x, room, side, height)
    for z in sorted(art.rng.uniform(2.5, 6, art.count(0, 3)), reverse=True):
        _bin(art, art.between(-0.6, 0.6) * gap, z)
    if art.chance(0.35):
        things.person(art, art.between(-0.7, 0.7), art.between(3, 6))
    for z in spread(room.back - 1, 3, (2, 3.5), art):
        if art.chance(0.3):
            board = face([-0.5, 2.2, z], [1.0, 0, 0], [0, 0.35, 0])
            things.sign(art, board, art.between(0.2, 1.0), 0.1)


def _gondola(art: Canvas, x: float, room: interior.Room, side: int, height: float) -> None:
    """Draw a free-standing row of shelves along the aisle."""
    length = room.back - art.between(1.6, 2.6)
    body = box(x, 0, room.back - 0.8 - length / 2, (0.9, height, length))
    art.box(body, art.between(0.3, 0.9))
    _shelf(art, body.left if side > 0 else body.right)
    _shelf(art, body.front)
    things.clutter(art, body.top, art.count(0, 8), 0.3)


def _shelf(art: Canvas, front: Face) -> None:
    """Cover a face with shelves of goods, each shelf with its own kind of goods."""
    length, tall = np.linalg.norm(front.across), np.linalg.norm(front.up)
    rows = max(2, round(tall / art.between(0.35, 0.5)))
    art.face(front, art.between(0.1, 0.4))
    for row in range(rows):
        level = front.part(0, (row + 0.1) / rows, 1, (row + 0.85) / rows)
        columns = min(40, max(2, round(length / art.between(0.12, 0.3))))
        low = art.between(0.05, 0.4)
        art.grid(level, 1, columns, (low, low + 0.4), gap=(0.15, art.between(0.0, 0.3)))
        if art.chance(0.35):
            label = level.part(0, 0.25, 1, 0.5)
            art.grid(label, 1, columns, (0.1, 0.95), gap=(0.35, 0.0))
        art.face(front.part(0, row / rows, 1, (row + 0.1) / rows), art.between(0.7, 1.0))


def _bin(art: Canvas, x: float, z: float) -> None:
    crate = box(x, 0, z, (0.7, 0.6, 0.7))
    art.box(crate, art.between(0.2, 0.8))
    things.clutter(art, crate.top, 12, 0.2)
