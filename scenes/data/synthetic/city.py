"""InsideCity, Street and TallBuilding.

In: an empty canvas. Out: the scene on it.
"""

from dataclasses import replace

import numpy as np

from scenes.data.synthetic import things
from scenes.data.synthetic.canvas import Canvas, spread
from scenes.data.synthetic.space import Camera, Face, box, face


def street(art: Canvas) -> None:
    """Paint a road between two rows of houses that run towards one point."""
    camera = Camera(
        height=art.between(1.5, 4.5),
        yaw=art.between(-0.22, 0.22),
        focal=art.between(0.6, 1.1),
        rise=art.between(0.45, 0.65),
    )
    art = replace(art, camera=camera)
    things.sky(art)
    asphalt, shift, half = art.between(0.2, 0.55), art.between(-3, 3), art.between(3.5, 6)
    things.ground(art, min(1.0, asphalt + 0.2), asphalt + 0.15, rough=0.06)
    things.ribbon(art, shift - half, shift + half, (0.8, 200), asphalt)
    if art.chance(0.6):
        for start in range(2, 90, 7):
            reach = (start, start + 3)
            things.ribbon(art, shift - 0.1, shift + 0.1, reach, min(1.0, asphalt + 0.4))
    pavement = art.between(2, 4)
    height = art.between(7, 18)
    if art.chance(0.5):
        end = box(shift, 0, 110, (60, art.between(0.6, 1.5) * height, 10))
        art.box(end, 0.5)
        _facade(art, end.front, 0.5)
    for side in (-1, 1):
        edge = shift + side * (half + pavement)
        for z in spread(100, 4, (9, 17), art):
            _row_house(art, edge + side * 6, z, height * art.between(0.6, 1.35))
    _kerb_side(art, shift, half)


def _row_house(art: Canvas, x: float, z: float, height: float) -> None:
    tone = art.between(0.2, 0.75)
    house = box(x, 0, z, (12, height, 17))
    art.box(house, tone)
    street_side = house.left if x > 0 else house.right
    shops = min(0.4, 3.5 / height)
    art.face(street_side.part(0, 0, 1, shops), tone * 0.7)
    art.grid(street_side.part(0.02, 0, 0.98, shops * 0.9), 1, 5, (0.1, 0.7), gap=(0.25, 0.1))
    _facade(art, street_side.part(0.02, shops, 0.98, 0.96), tone)
    art.face(street_side.part(0, 0.96, 1, 1), tone * 0.6)


def _kerb_side(art: Canvas, shift: float, half: float) -> None:
    """Fill the kerbs: parked cars, trees, lamps and passers-by, from far to near."""
    parked, green = art.between(0, 0.8), art.between(0, 0.6)
    for z in spread(60, 6, (5, 7), art):
        for side in (-1, 1):
            kerb = shift + side * half
            if art.chance(green * 0.5):
                things.tree(art, kerb + side * 0.8, z, art.between(4, 9), art.between(0.12, 0.4))
            if art.chance(parked):
                things.car(art, kerb - side * 1.1, z)
            if art.chance(0.12):
                things.lamp_post(art, kerb + side * 0.5, z, 7, -side * 1.6, 0.2)
            if art.chance(0.15):
                things.person(art, kerb + side * art.between(0.5, 2), z)
    for z in sorted(art.rng.uniform(9, 60, art.count(0, 2)), reverse=True):
        things.car(art, shift + art.between(-0.5, 0.5) * half, z)


def inside_city(art: Canvas) -> None:
    """Paint the front of a block from across the road: shops below, windows above."""
    camera = Camera(
        height=art.between(1.5, 3.5),
        yaw=art.between(-0.5, 0.5),
        pitch=art.between(0.0, 0.12),
        focal=art.between(0.8, 1.25),
        rise=art.between(0.6, 0.78),
    )
    art = replace(art, camera=camera)
    things.sky(art)
    z = art.between(9, 17)
    asphalt = art.between(0.25, 0.55)
    things.ground(art, asphalt, asphalt + 0.1, rough=0.08, grain=5)
    art.shape([[-60, 0, z - 3], [60, 0, z - 3], [60, 0, z], [-60, 0, z]], asphalt + 0.2)
    storey, start = art.between(3.0, 3.8), art.between(-38, -32)
    for x in spread(start, 32, (6, 13), art):
        _shop_house(art, x, z, storey)
    for _ in range(art.count(0, 4)):
        things.person(art, art.between(-7, 7), z - art.between(0.5, 2.5))
    for x in spread(art.between(-14, -8), 14, (5, 16), art):
        if art.chance(0.5):
            things.car(art, x, z - 4.3, np.pi / 2 * (1 if art.chance(0.5) else -1))
    if art.chance(0.4):
        things.tree(art, art.between(-5, 5), z - 3.5, art.between(4, 7), art.between(0.15, 0.4))
    if art.chance(0.4):
        things.lamp_post(art, art.between(-5, 5), z - 3.3, 6, art.between(-1.5, 1.5), 0.15)


def _shop_house(art: Canvas, x: float, z: float, storey: float) -> None:
    tone, floors = art.between(0.45, 0.95), art.count(3, 6)
    front = face([x, 0, z], [13, 0, 0], [0, storey * (floors + 1.2), 0])
    art.face(front, tone, rough=0.04)
    shop = 1.2 / (floors + 1.2)
    columns = art.count(3, 5)
    dark, gap = art.between(0.05, 0.3), (art.between(0.35, 0.6), art.between(0.3, 0.5))
    upper = front.part(0.02, shop, 0.98, 0.97)
    art.grid(upper, floors, columns, (min(1.0, tone + 0.2),) * 2, gap=(gap[0] - 0.1, gap[1] - 0.1))
    art.grid(upper, floors, columns, (dark, dark + 0.2), gap=gap, odd=(0.6, 0.9), share=0.15)
    if art.chance(0.4):
        art.grid(upper, floors, columns, (0.15, 0.2), gap=(gap[0] - 0.2, 0.88))
    art.face(front.part(0, shop * 0.95, 1, shop), tone * 0.6)
    _shop(art, front.part(0.03, 0, 0.97, shop * 0.92))


def _shop(art: Canvas, front: Face) -> None:
    """Draw a shop window with its door, sign and awning."""
    frame = art.between(0.1, 0.6)
    art.face(front, frame)
    glow = art.between(0.1, 0.5) if art.chance(0.6) else art.between(0.7, 1.0)
    art.grid(front.part(0.02, 0.12, 0.72, 0.72), 1, art.count(1, 3), (glow, glow), gap=(0.06, 0))
    goods = front.part(0.04, 0.14, 0.7, 0.45)
    art.grid(goods, 1, art.count(4, 9), (0.1, 0.9), gap=(0.4, 0.3))
    art.face(front.part(0.77, 0, 0.95, 0.7), art.between(0.05, 0.8))
    if art.chance(0.75):
        tone = art.between(0.1, 0.95)
        things.sign(art, front.part(0.03, 0.76, 0.97, 0.97), tone, 1 - round(tone))
    if art.chance(0.45):
        edge = front.part(0, 0.74, 0.75, 0.75)
        cloth = Face(edge.corner, edge.across, np.array([0.0, -0.6, -1.1]))
        tone = art.between(0.4, 1.0)
        art.face(cloth, tone)
        if art.chance(0.5):
            art.grid(cloth, 1, 8, (tone * 0.4, tone * 0.4), gap=(0.5, 0))


def tall_building(art: Canvas) -> None:
    """Paint towers that fill the picture up to the sky, seen from below or from afar."""
    camera = Camera(
        height=art.between(1.7, 30),
        pitch=art.between(0.1, 0.5),
        focal=art.between(0.7, 1.2),
        rise=art.between(0.5, 0.75),
    )
    art = replace(art, camera=camera)
    things.sky(art)
    things.ground(art, 0.4, 0.5, rough=0.1)
    for z in sorted(art.rng.uniform(130, 220, art.count(0, 5)), reverse=True):
        x = art.between(-0.5, 0.5) * z / camera.focal
        _tower(art, x, z, art.between(0.2, 0.6) * z)
    for z in sorted(art.rng.uniform(60, 110, art.count(1, 3)), reverse=True):
        x = art.between(-0.25, 0.25) * z / camera.focal
        _tower(art, x, z, z * art.between(0.75, 1.4))
    if art.chance(0.5):
        _foot(art)


def _tower(art: Canvas, x: float, z: float, height: float) -> None:
    """Draw a tower: one shaft or a few set back on each other, and perhaps a spire."""
    wide, deep = art.rng.uniform(16, 32, 2)
    turn, tone, base = art.between(-0.8, 0.8), art.between(0.15, 0.65), 0.0
    windows = _glazing(art)
    for _ in range(1 if art.chance(0.65) else 3):
        part = (height - base) * (art.between(0.5, 0.8) if base or art.chance(0.3) else 1.0)
        shaft = box(x, base, z, (wide, part, deep), turn)
        art.box(shaft, tone)
        for side in (shaft.front, shaft.left, shaft.right):
            if side.normal @ (art.camera.eye - side.corner) > 0:
                _glaze(art, side, windows)
        base, wide, deep = base + part, wide * 0.7, deep * 0.7
    if art.chance(0.3):
        foot, tip = art.spot(x, base, z), art.spot(x, base + 0.25 * height, z)
        art.line([foot[:2], tip[:2]], 0.3, 0.8 * tip[2])


def _glazing(art: Canvas) -> dict[str, float]:
    """Draw the look of a tower's windows: single panes, upright strips or level bands."""
    kind = art.count(0, 2)
    return {
        "floor": art.between(3.5, 6.5),
        "pane": art.between(2.2, 5.5),
        "across": (art.between(0.25, 0.5), art.between(0.3, 0.6), 0.02)[kind],
        "up": (art.between(0.3, 0.5), 0.04, art.between(0.35, 0.55))[kind],
        "tone": art.between(0.05, 0.5) if art.chance(0.8) else 0.9,
        "lit": art.between(0.0, 0.3),
    }


def _glaze(art: Canvas, side: Face, look: dict[str, float]) -> None:
    wide, tall = np.linalg.norm(side.across), np.linalg.norm(side.up)
    rows, columns = max(2, round(tall / look["floor"])), max(2, round(wide / look["pane"]))
    tone = look["tone"]
    art.grid(
        side.part(0.03, 0.0, 0.97, 0.97),
        min(rows, 40),
        columns,
        (tone, tone + 0.12),
        gap=(look["across"], look["up"]),
        odd=(0.7, 1.0),
        share=look["lit"],
    )


def _foot(art: Canvas) -> None:
    """Draw the low houses and trees at the foot of the towers."""
    for x in spread(-45, 45, (9, 20), art):
        if art.chance(0.6):
            house = box(x, 0, art.between(40, 50), (art.between(9, 16), art.between(5, 16), 8))
            tone = art.between(0.25, 0.8)
            art.box(house, tone)
            _facade(art, house.front, tone)
        if art.chance(0.4):
            things.tree(art, x, 36, art.between(6, 12), art.between(0.12, 0.35))


def _facade(art: Canvas, wall: Face, tone: float, floor: float = 3.3) -> None:
    """Cover a wall with the windows of its storeys; floor is their height in metres."""
    wide, tall = np.linalg.norm(wall.across), np.linalg.norm(wall.up)
    rows = max(1, round(tall / floor))
    columns = max(1, round(wide / art.between(2.2, 4.2)))
    dark = art.between(0.05, 0.35)
    gap = art.between(0.25, 0.6), art.between(0.3, 0.5)
    if art.chance(0.5):
        frame = (min(1.0, tone + 0.2),) * 2
        art.grid(wall, rows, columns, frame, gap=(gap[0] * 0.75, gap[1] * 0.8))
    art.grid(wall, rows, columns, (dark, dark + 0.15), gap=gap, odd=(0.6, 1.0), share=0.12)
