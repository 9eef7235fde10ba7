"""Bedroom, Kitchen and LivingRoom.

In: an empty canvas. Out: the room and its furniture on it.
"""

import numpy as np

from scenes.data.synthetic import interior, things
from scenes.data.synthetic.canvas import Canvas
from scenes.data.synthetic.space import Box, Face, box, face


def bedroom(art: Canvas) -> None:
    """Paint a bed with pillows and a headboard, with bedside tables and lamps."""
    art, room = interior.empty_room(
        art, (3.6, 5.0), (3.2, 4.4), walls=(0.35, 0.8), floor=(0.15, 0.6)
    )
    interior.openings(art, room, 0.05, 0.5)
    interior.pictures(art, room)
    if art.chance(0.4):
        wardrobe = box(room.left + 0.35, 0, room.back - 1.2, (0.7, 2.1, art.between(1.2, 2)))
        tone = art.between(0.2, 0.9)
        art.box(wardrobe, tone)
        art.grid(wardrobe.right, 1, 3, (tone * 0.85, tone * 0.95), gap=(0.06, 0.05))
    width, length = art.between(1.2, 1.9), art.between(1.9, 2.2)
    yaw = art.camera.yaw
    if art.chance(0.5) or yaw < 0.1:
        seen = (room.back - 1.2) * np.tan(yaw) + art.between(-0.7, 0.7)
        x = float(np.clip(seen, room.left + width / 2 + 0.6, room.right - width / 2 - 0.5))
        _bed(art, x, room.back - length / 2 - 0.1, (width, length), 0.0)
    else:
        x = room.right - length / 2 - 0.1
        _bed(art, x, room.back - width / 2 - art.between(0.4, 1.0), (width, length), -np.pi / 2)
    if art.chance(0.25):
        things.chair(art, room.left + 0.7, art.between(1.8, 2.6), art.between(-1, 1), 0.4)


def _bed(art: Canvas, x: float, z: float, size: tuple[float, float], turn: float) -> None:
    """Draw a bed whose head is at the far end, before it is turned."""
    width, length = size
    wood, cover, linen = art.between(0.05, 0.5), art.between(0.5, 1.0), art.between(0.8, 1.0)
    height = art.between(0.5, 0.65)
    ahead, across = np.array([-np.sin(turn), np.cos(turn)]), np.array([np.cos(turn), np.sin(turn)])
    middle = np.array([x, z])

    def beside(u: float, w: float) -> tuple[float, float]:
        place = middle + u * across + w * ahead
        return float(place[0]), float(place[1])

    head = beside(0, length / 2)
    art.box(box(head[0], 0, head[1], (width + 0.1, art.between(0.9, 1.3), 0.08), turn), wood)
    for side in (-1, 1):
        if art.chance(0.7):
            place = beside(side * (width / 2 + 0.32), length / 2 - 0.25)
            art.box(box(place[0], 0, place[1], (0.45, 0.5, 0.4), turn), wood)
            things.table_lamp(art, place[0], 0.5, place[1])
    art.box(box(x, 0.12, z, (width, 0.2, length), turn), wood)
    art.box(box(x, 0.3, z, (width, height - 0.3, length), turn), linen)
    for share in (-0.25, 0.25) if width > 1.4 else (0.0,):
        place = beside(share * width, length / 2 - 0.3)
        pillow = box(place[0], height, place[1], (min(0.7, 0.45 * width), 0.16, 0.42), turn)
        art.box(pillow, min(1.0, linen + 0.05))
    foot = beside(0, -0.16 * length)
    blanket = box(foot[0], 0.22, foot[1], (width + 0.06, height - 0.18, 0.7 * length), turn)
    art.box(blanket, cover, rough=0.1, cells=(4, 4))
    if art.chance(0.5):
        end = beside(0, -length / 2)
        art.box(box(end[0], 0, end[1], (width + 0.1, art.between(0.5, 0.8), 0.08), turn), wood)


def living_room(art: Canvas) -> None:
    """Paint a sofa and armchairs around a low table, with a rug, a television or a fireplace."""
    art, room = interior.empty_room(
        art, (4.5, 6.2), (3.8, 5.4), walls=(0.55, 0.95), floor=(0.3, 0.75)
    )
    interior.openings(art, room)
    interior.pictures(art, room)
    corner = art.between(0.0, 0.7)
    if corner < 0.25:
        _fireplace(art, room)
    elif corner < 0.5:
        _television(art, room)
    if art.chance(0.4):
        shelf = box(room.left + 0.2, 0, room.back - 0.9, (0.4, 1.9, 1.4))
        art.box(shelf, 0.4)
        interior.bookcase(art, shelf.right, 5)
    if art.chance(0.4):
        things.plant(art, room.right - 0.5, room.back - 0.4, art.between(0.7, 1.2))
    x, z = art.between(-0.6, 0.6), room.back - art.between(1.7, 2.3)
    if art.chance(0.7):
        _rug(art, x, z)
    fabric = art.between(0.08, 0.45)
    if corner > 0.45:
        _sofa(art, (x, room.back - 0.6), art.between(1.9, 2.5), 0.0, fabric)
    for side in (-1, 1):
        if art.chance(0.65):
            wide = art.between(0.9, 2.1)
            _sofa(art, (x + side * 1.75, z + 0.1), wide, -side * np.pi / 2, fabric)
    table = box(x, 0.28, z, (art.between(0.8, 1.2), 0.08, 0.6))
    things.table(art, x, z, (1.0, 0.36, 0.6), 0.0)
    things.clutter(art, table.top, art.count(0, 4), 0.2)
    if art.chance(0.4):
        _floor_lamp(art, room.left + 0.5, room.back - 0.5)


def _sofa(
    art: Canvas, place: tuple[float, float], width: float, turn: float, fabric: float
) -> None:
    """Draw a sofa or an armchair; without a turn it faces the camera from the back wall."""
    middle = np.array(place)
    across = np.array([np.cos(turn), np.sin(turn)])
    ahead = np.array([-np.sin(turn), np.cos(turn)])
    parts = [(0.0, 0.38, 0.0, (width, 0.85, 0.2))]
    seats = max(1, round(width / 0.75))
    for seat in range(seats):
        u = width * ((seat + 0.5) / seats - 0.5) * 0.85
        parts.append((u, 0.22, 0.4, (0.82 * width / seats, 0.42, 0.16)))
        parts.append((u, -0.08, 0.1, (0.82 * width / seats, 0.36, 0.7)))
    parts += [(side * (width / 2), -0.02, 0.0, (0.2, 0.62, 0.85)) for side in (-1, 1)]
    places = [middle + u * across + w * ahead for u, w, _, _ in parts]
    order = sorted(range(len(parts)), key=lambda i: -float(np.hypot(*places[i])))
    for i in order:
        tone = fabric * art.between(0.92, 1.08)
        art.box(box(places[i][0], parts[i][2], places[i][1], parts[i][3], turn), tone)


def _rug(art: Canvas, x: float, z: float) -> None:
    rug = box(x, 0, z, (art.between(2, 3), 0.01, art.between(1.4, 2.2))).top
    tone = art.between(0.2, 0.9)
    art.face(rug, tone)
    art.face(rug.part(0.08, 0.1, 0.92, 0.9), 1 - tone, rough=0.2, cells=(4, 4))


def _television(art: Canvas, room: interior.Room) -> None:
    art.box(box(0, 0, room.back - 0.25, (1.8, 0.5, 0.5)), art.between(0.15, 0.8))
    screen = face([-0.65, 0.6, room.back - 0.2], [1.3, 0, 0], [0, 0.75, 0])
    art.shape(screen.corners, 0.08)
    art.shape(screen.part(0.04, 0.06, 0.96, 0.94).corners, art.between(0.1, 0.6), rough=0.2)


def _fireplace(art: Canvas, room: interior.Room) -> None:
    tone = art.between(0.4, 1.0)
    chest = box(0, 0, room.back - 0.2, (1.5, 1.2, 0.4))
    art.box(box(0, 1.2, room.back - 0.15, (1.1, room.height - 1.2, 0.3)), tone * 0.9)
    art.box(chest, tone)
    art.face(chest.front.part(0.22, 0, 0.78, 0.68), 0.06)
    art.oval(*art.spot(0, 0.2, room.back - 0.42)[:2], 0.05, 0.04, 0.95)
    art.box(box(0, 1.2, room.back - 0.25, (1.7, 0.08, 0.5)), tone * 0.7)


def _floor_lamp(art: Canvas, x: float, z: float) -> None:
    art.cylinder((x, 0, z), 1.45, 0.02, 0.25)
    art.cylinder((x, 1.4, z), 0.32, 0.24, art.between(0.8, 1.1), top=0.14)


def kitchen(art: Canvas) -> None:
    """Paint counters with cupboards above and below, a stove under its hood, a fridge."""
    art, room = interior.empty_room(
        art, (3.0, 4.8), (2.8, 4.2), walls=(0.4, 0.8), floor=(0.15, 0.7)
    )
    doors, counter = art.between(0.5, 1.0), art.between(0.05, 0.5)
    _splash(art, room)
    if art.chance(0.6):
        middle = art.between(0.3, 0.6)
        things.window(art, room.back_wall.part(middle, 0.45, middle + 0.25, 0.8))
    _cupboards(art, room, doors)
    _counter(art, room, doors, counter)
    stove = art.between(room.left + 1.2, room.right - 1.0)
    _stove(art, stove, room.back - 0.3, room.height)
    if art.chance(0.7):
        side = room.right if art.chance(0.5) else room.left
        fridge = box(side - np.sign(side) * 0.35, 0, room.back - 0.95, (0.7, 1.8, 0.7))
        _fridge(art, fridge.front, fridge)
    if art.chance(0.6):
        _side_counter(art, room, doors, counter)
    if art.chance(0.35):
        x, z = art.between(-0.8, 0.8), art.between(1.9, 2.5)
        things.table(art, x, z, (1.1, 0.75, 0.8), art.between(-0.3, 0.3))
        things.chair(art, x + 0.9, z, art.between(-0.5, 0.5), art.between(0.2, 0.7))


def _splash(art: Canvas, room: interior.Room) -> None:
    tile = art.between(0.4, 0.95)
    wall = room.back_wall.part(0, 0.9 / room.height, 1, 1.5 / room.height)
    art.face(wall, tile * 0.8)
    art.grid(wall, 5, round(room.width * 6), (tile * 0.92, tile), gap=(0.12, 0.12))


def _cupboards(art: Canvas, room: interior.Room, tone: float) -> None:
    top = art.between(2.1, 2.35)
    for x in np.arange(room.left, room.right - 0.3, 0.9):
        if art.chance(0.75):
            unit = box(x + 0.45, 1.45, room.back - 0.18, (0.9, top - 1.45, 0.36))
            _doors(art, unit.front, 2, tone)
            if unit.bottom.normal @ (art.camera.eye - unit.bottom.corner) > 0:
                art.face(unit.bottom, tone * 0.5)


def _doors(art: Canvas, front: Face, columns: int, tone: float) -> None:
    """Draw cupboard doors with their knobs."""
    art.face(front, tone * 0.55)
    art.grid(front, 1, columns, (tone * 0.95, tone), gap=(0.06, 0.05))
    art.grid(front, 1, columns, (tone * 0.8, tone * 0.85), gap=(0.35, 0.3))
    knob = 0.1 if tone > 0.5 else 0.9
    art.grid(front.part(0, 0.75, 1, 0.83), 1, columns, (knob, knob), gap=(0.86, 0.2))


def _counter(art: Canvas, room: interior.Room, doors: float, counter: float) -> None:
    base = box((room.left + room.right) / 2, 0, room.back - 0.3, (room.width, 0.86, 0.6))
    art.box(base, doors * 0.9)
    units = round(room.width / 0.55)
    _doors(art, base.front.part(0, 0.1, 1, 0.78), units, doors)
    art.grid(base.front.part(0, 0.8, 1, 1), 1, units, (doors * 0.9, doors), gap=(0.08, 0.15))
    slab = box((room.left + room.right) / 2, 0.86, room.back - 0.31, (room.width, 0.05, 0.64))
    art.box(slab, counter)
    things.clutter(art, slab.top, art.count(3, 10), 0.35)
    x = art.between(room.left + 0.8, room.right - 0.8)
    art.face(box(x, 0.905, room.back - 0.3, (0.55, 0.01, 0.4)).top, 0.4)
    foot, top = art.spot(x, 0.92, room.back - 0.08), art.spot(x, 1.2, room.back - 0.1)
    art.line([foot[:2], top[:2], art.spot(x, 1.15, room.back - 0.28)[:2]], 0.85, 0.03 * foot[2])


def _stove(art: Canvas, x: float, z: float, height: float) -> None:
    """Draw a stove with its oven, plates and pots, and the hood above."""
    steel = art.between(0.1, 1.0)
    stove = box(x, 0, z - 0.03, (0.7, 0.93, 0.66))
    art.box(stove, steel)
    art.face(stove.front.part(0.1, 0.2, 0.9, 0.7), 0.1)
    art.face(stove.front.part(0.14, 0.28, 0.86, 0.6), art.between(0.15, 0.35))
    art.grid(stove.front.part(0.05, 0.85, 0.95, 0.95), 1, 5, (1 - steel,) * 2, gap=(0.5, 0.1))
    for across, ahead in ((-0.17, 0.15), (0.17, 0.15), (-0.17, -0.15), (0.17, -0.15)):
        art.cylinder((x + across, 0.93, z + ahead), 0.02, 0.12, 0.08)
    if art.chance(0.6):
        art.cylinder((x - 0.17, 0.95, z), 0.2, 0.13, art.between(0.2, 0.95))
    hood = art.between(0.3, 1.0)
    art.box(box(x, 1.75, z + 0.12, (0.3, height - 1.75, 0.3)), hood)
    low, high = box(x, 1.5, z, (0.8, 0.3, 0.6)), box(x, 1.8, z + 0.1, (0.3, 0.05, 0.3))
    a, b = low.front.corners[:2]
    d, c = high.front.corners[3], high.front.corners[2]
    art.shape([a, b, c, d], art.lit(low.front, hood * 0.9))
    art.face(low.front.part(0, 0, 1, 0.2), hood * 0.7)


def _fridge(art: Canvas, front: Face, body: Box) -> None:
    tone = art.between(0.45, 1.0)
    art.box(body, tone)
    art.face(front.part(0, 0.63, 1, 0.65), tone * 0.4)
    for low, high in ((0.3, 0.58), (0.7, 0.9)):
        art.face(front.part(0.08, low, 0.13, high), tone * 0.4)


def _side_counter(art: Canvas, room: interior.Room, doors: float, counter: float) -> None:
    """Draw a second row of units along the left wall."""
    length = room.back - 1.6
    z = room.back - 0.7 - length / 2
    base = box(room.left + 0.3, 0, z, (0.6, 0.86, length))
    art.box(base, doors * 0.9)
    _doors(art, base.right.part(0, 0.1, 1, 0.95), max(2, round(length / 0.5)), doors)
    slab = box(room.left + 0.31, 0.86, z, (0.64, 0.05, length))
    art.box(slab, counter)
    things.clutter(art, slab.top, art.count(1, 6), 0.3)
    upper = box(room.left + 0.18, 1.45, z, (0.36, 0.75, length))
    if art.chance(0.7):
        art.box(upper, doors * 0.8)
        _doors(art, upper.right, max(2, round(length / 0.5)), doors)
