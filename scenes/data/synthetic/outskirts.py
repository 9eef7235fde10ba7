"""Highway, Industrial and Suburb.

In: an empty canvas. Out: the scene on it.
"""

from dataclasses import replace

import numpy as np

from scenes.data.synthetic import things
from scenes.data.synthetic.canvas import Canvas, spread
from scenes.data.synthetic.space import Box, Camera, Face, box, face


def highway(art: Canvas) -> None:
    """Paint a road of many lanes that runs to the horizon, with cars, rails and signs."""
    camera = Camera(
        height=art.between(1.5, 9),
        yaw=art.between(-0.25, 0.25),
        focal=art.between(0.7, 1.3),
        rise=art.between(0.3, 0.6),
    )
    art = replace(art, camera=camera)
    glow = things.sky(art)
    for _ in range(art.count(0, 2)):
        tone = art.between(0.2, 0.8) * glow
        things.ridge(art, camera.rise + 0.01, art.between(0.02, 0.15), tone, rough=0.05)
    things.ground(art, art.between(0.25, 0.5), art.between(0.3, 0.5), rough=0.15)
    if art.chance(0.5):
        things.treeline(art, art.between(60, 120), art.between(6, 14), art.between(0.15, 0.4), 0.7)
    lanes, shift, bend = art.count(3, 8), art.between(-9, 9), art.between(-25, 25)
    if art.chance(0.25):
        _overpass(art, art.between(40, 90))
    _lanes(art, lanes, shift, bend)
    if art.chance(0.4):
        _gantry(art, shift, 1.9 * lanes, art.between(18, 60))
    if art.chance(0.4):
        side = shift + (1.9 * lanes + 2) * (1 if art.chance(0.5) else -1)
        for z in spread(130, 8, (18, 24), art):
            curve = bend * (z / 100) ** 2
            things.lamp_post(art, side + curve, z, 9, np.sign(shift - side) * 2.5, 0.4)
    for z in sorted(art.rng.uniform(8, 120, art.count(2, 14)), reverse=True):
        x = shift + 3.7 * (art.count(0, lanes - 1) - (lanes - 1) / 2) + bend * (z / 100) ** 2
        (things.truck if art.chance(0.15) else things.car)(art, x, z)


def _lanes(art: Canvas, lanes: int, shift: float, bend: float) -> None:
    asphalt = art.between(0.25, 0.5)
    paint = min(1.0, asphalt + art.between(0.25, 0.5))
    half = 1.85 * lanes
    reach = (0.8, 500)
    things.ribbon(art, shift - half - 2.5, shift + half + 2.5, reach, asphalt, bend)
    for side in (-half, half):
        things.ribbon(art, shift + side - 0.12, shift + side + 0.12, reach, paint, bend)
    divided = art.count(0, lanes)
    for lane in range(1, lanes):
        x = shift - half + 3.7 * lane
        if lane == divided:
            things.ribbon(art, x - 0.7, x + 0.7, reach, asphalt * 0.6, bend)
            _rail(art, x, bend, 0.7, paint)
            continue
        for z in range(2, 150, 9):
            things.ribbon(art, x - 0.1, x + 0.1, (z, z + 4), paint, bend)
    for side in (-half - 2.6, half + 2.6):
        if art.chance(0.6):
            _rail(art, shift + side, bend, 0.75, art.between(0.5, 0.9))


def _rail(art: Canvas, x: float, bend: float, height: float, tone: float) -> None:
    z = np.geomspace(1.0, 300, 24)
    low = np.stack([x + bend * (z / 100) ** 2, 0 * z + 0.55 * height, z], axis=1)
    art.shape(np.concatenate([low, (low + np.array([0, 0.45 * height, 0]))[::-1]]), tone)


def _gantry(art: Canvas, shift: float, half: float, z: float) -> None:
    steel = art.between(0.3, 0.6)
    for side in (-half - 2.5, half + 2.5):
        art.box(box(shift + side, 0, z, (0.5, 7, 0.5)), steel)
    art.box(box(shift, 6.6, z, (2 * half + 5, 0.6, 0.5)), steel)
    tone = art.between(0.2, 0.5)
    for x in np.linspace(shift - half * 0.6, shift + half * 0.6, art.count(1, 3)):
        things.sign(art, face([x - 2.5, 5.4, z - 0.4], [5, 0, 0], [0, 2.6, 0]), tone, 0.95)


def _overpass(art: Canvas, z: float) -> None:
    tone = art.between(0.4, 0.8)
    for x in range(-60, 61, 20):
        art.box(box(x, 0, z + 2, (1.5, 6, 2)), tone * 0.8)
    art.box(box(0, 5.5, z, (400, 1.8, 8)), tone)
    art.face(face([-200, 7.3, z - 4.1], [400, 0, 0], [0, 0.9, 0]), tone * 0.7)


def suburb(art: Canvas) -> None:
    """Paint a family house with a pitched roof behind its lawn."""
    camera = Camera(
        height=art.between(1.5, 3),
        yaw=art.between(-0.2, 0.2),
        focal=art.between(0.75, 1.2),
        rise=art.between(0.48, 0.62),
    )
    art = replace(art, camera=camera)
    things.sky(art)
    lawn = art.between(0.3, 0.5)
    things.ground(art, lawn, lawn, rough=art.between(0.08, 0.2), grain=6)
    if art.chance(0.8):
        leaves = art.between(0.12, 0.4)
        things.treeline(art, art.between(30, 45), art.between(5, 11), leaves, art.between(0.4, 1))
    z, turn = art.between(13, 22), art.between(-0.6, 0.6)
    if art.chance(0.35):
        _house(art, art.between(-20, -14) * (1 if art.chance(0.5) else -1), z + 5, turn)
    x = art.between(-3.5, 3.5)
    _house(art, x, z, turn)
    _garden(art, x, z, lawn)


def _house(art: Canvas, x: float, z: float, turn: float) -> None:
    size = art.between(9, 13), art.between(2.8, 5.6), art.between(6, 9)
    walls, roof = art.between(0.6, 1.0), art.between(0.12, 0.45)
    if art.chance(0.7):
        _garage(art, (x + size[0] / 2 * np.cos(turn), z + size[0] / 2 * np.sin(turn)), turn, walls)
    house = box(x, 0, z, size, turn)
    art.box(house, walls)
    if art.chance(0.5):
        for side in (house.front, house.left, house.right):
            if side.normal @ (art.camera.eye - side.corner) > 0:
                art.grid(side, round(size[1] * 3), 1, (walls * 0.9,) * 2, gap=(0.0, 0.5))
    _gable(art, house, art.between(1.6, 3.6), roof, walls)
    storeys = 2 if size[1] > 4.2 else 1
    dark, frame = art.between(0.05, 0.35), art.between(0.5, 1.0)
    rows = house.front.part(0.05, 0.1, 0.95, 0.97)
    columns, gap = art.count(3, 5), art.between(0.35, 0.6)
    art.grid(rows, storeys, columns, (frame, frame), gap=(gap - 0.1, 0.45))
    art.grid(rows, storeys, columns, (dark, dark + 0.1), gap=(gap, 0.52))
    left = art.between(0.35, 0.55)
    art.face(house.front.part(left, 0, left + 0.12, 2.3 / size[1]), walls * 0.8)
    art.face(house.front.part(left + 0.02, 0, left + 0.1, 2.1 / size[1]), art.between(0.05, 0.9))
    if art.chance(0.5):
        top = house.top.at(art.between(0.2, 0.8), 0.6)
        art.box(box(top[0], top[1], top[2], (0.8, art.between(2.5, 4.0), 0.8), turn), 0.5)


def _gable(art: Canvas, house: Box, height: float, roof: float, walls: float) -> None:
    """Put a roof of two slopes on a box; its ridge runs along the front or towards it."""
    a, b, c, d = house.top.corners  # front left, front right, back right, back left
    if art.chance(0.3):
        a, b, c, d = b, c, d, a  # the triangle faces the front
    up = np.array([0, height, 0])
    left, right = (a + d) / 2 + up, (b + c) / 2 + up
    over = 0.08 * (b - a)
    slopes = [
        Face(a - over, b - a + 2 * over, left - a),
        Face(d - over, c - d + 2 * over, left - d),
    ]
    slopes.sort(key=lambda slope: -np.linalg.norm(slope.at(0.5, 0) - art.camera.eye))
    ends = [(left, d, a), (right, b, c)]
    art.face(slopes[0], roof, rough=0.05)
    for end in ends:
        wall = Face(end[1], end[2] - end[1], up)
        art.shape(end, art.lit(wall, walls))
    art.face(slopes[1], roof, rough=0.06, cells=(8, 8))


def _garage(art: Canvas, place: tuple[float, float], turn: float, tone: float) -> None:
    x, z = place[0] + 2 * np.cos(turn), place[1] + 2 * np.sin(turn)
    garage = box(x, 0, z, (6.5, 2.9, 6.5), turn)
    art.box(garage, tone)
    door = garage.front.part(0.3, 0, 0.92, 0.78)
    art.face(door, min(1.0, tone + 0.15))
    art.grid(door, 4, 4, (tone * 0.8, tone * 0.85), gap=(0.2, 0.25))
    art.face(garage.front.part(0, 0.9, 1, 1.1), tone * 0.4)
    a, b = door.at(0, 0), door.at(1, 0)
    kerb = np.array([[b[0] + 1, 0, 2], [a[0], 0, 2]])
    art.shape(np.concatenate([[a, b], kerb]), art.between(0.5, 0.85))


def _garden(art: Canvas, x: float, z: float, lawn: float) -> None:
    """Draw what stands before the house: bushes, trees, a fence, a pavement."""
    for across in spread(x - 6, x + 4, (1.0, 3.0), art):
        place = art.spot(across, 0, z - 5.5)
        size = art.between(0.7, 1.8) * place[2]
        if art.chance(0.6):
            things.blob(art, place[0], place[1] - 0.4 * size, (1.3 * size, size), lawn * 0.6)
    for near in sorted(art.rng.uniform(0.45, 0.8, art.count(0, 2)), reverse=True):
        leaves = art.between(0.12, 0.4)
        things.tree(art, art.between(-0.45, 0.45) * near * z, near * z, art.between(2.5, 6), leaves)
    if art.chance(0.3):
        fence = face([-12, 0, z - 7.5], [24, 0, 0], [0, 0.9, 0])
        art.grid(fence, 1, 60, (0.8, 0.95), gap=(0.4, 0))
        art.face(fence.part(0, 0.65, 1, 0.75), 0.9)
    if art.chance(0.5):
        road = art.between(0.3, 0.6)
        art.shape(face([-40, 0, 1], [80, 0, 0], [0, 0, 4.2]).corners, road)
        art.shape(face([-40, 0, 5.2], [80, 0, 0], [0, 0, 1.2]).corners, road + 0.3)
    if art.chance(0.25):
        things.car(art, art.between(-5, 5), art.between(8, 10), art.between(-1.6, 1.6))


def industrial(art: Canvas) -> None:
    """Paint a works: halls, chimneys, tanks and pipes on a bare yard."""
    camera = Camera(
        height=art.between(1.7, 8),
        yaw=art.between(-0.3, 0.3),
        focal=art.between(0.75, 1.25),
        rise=art.between(0.5, 0.72),
    )
    art = replace(art, camera=camera)
    things.sky(art)
    yard = art.between(0.45, 0.75)
    things.ground(art, yard, yard + 0.05, rough=art.between(0.05, 0.15))
    for z in sorted(art.rng.uniform(55, 100, art.count(1, 4)), reverse=True):
        _chimney(art, art.between(-0.45, 0.45) * z / camera.focal, z)
    parts = (_hall, _tanks, _hall, _column, _tanks)
    for z in sorted(art.rng.uniform(22, 52, art.count(2, 5)), reverse=True):
        x = art.between(-0.45, 0.45) * z / camera.focal
        parts[art.count(0, len(parts) - 1)](art, x, z)
    if art.chance(0.7):
        _pipes(art, art.between(14, 22))
    if art.chance(0.3):
        things.truck(art, art.between(-6, 6), art.between(13, 18))


def _chimney(art: Canvas, x: float, z: float) -> None:
    height, radius, tone = art.between(0.35, 0.75) * z, art.between(1.2, 2.6), art.between(0.3, 0.9)
    art.cylinder((x, 0, z), height, radius, tone, top=0.65 * radius)
    bands = art.count(0, 3)
    for band in range(bands):
        y = height * (0.96 - 0.12 * band)
        art.cylinder((x, y - 0.05 * height, z), 0.05 * height, 0.74 * radius, 1.1 - tone)
    if art.chance(0.6):
        across, top, metre = art.spot(x, height, z)
        drift, smoke = art.between(-0.05, 0.05), art.between(0.5, 1.0)
        for puff in range(9):
            size = (1.5 + puff) * 1.3 * radius * metre
            y = top - 0.022 * puff * (1 + 0.1 * puff)
            things.blob(art, across + drift * puff, y, (size, 0.7 * size), smoke)


def _hall(art: Canvas, x: float, z: float) -> None:
    """Draw a hall with a flat or a saw-tooth roof, ribbed walls and gates."""
    size = art.between(14, 30), art.between(5, 10), art.between(8, 16)
    tone, turn = art.between(0.25, 0.7), art.between(-0.5, 0.5)
    hall = box(x, 0, z + size[2] / 2, size, turn)
    art.box(hall, tone)
    art.grid(hall.front, 1, art.count(14, 28), (tone * 0.85,) * 2, gap=(0.5, 0.0))
    front = hall.front
    if art.chance(0.55):
        teeth = art.count(3, 6)
        for tooth in range(teeth):
            low, high = front.at(tooth / teeth, 1), front.at((tooth + 1) / teeth, 1)
            art.shape([low, high, high + np.array([0, 2.6, 0])], tone * 0.8)
    art.grid(front.part(0.03, 0.62, 0.97, 0.85), 1, art.count(5, 12), (0.1, 0.3), gap=(0.15, 0))
    for left in art.rng.uniform(0.05, 0.75, art.count(1, 2)):
        gate = front.part(left, 0, left + 0.18, 0.5)
        art.face(gate, art.between(0.1, 0.5))
        art.grid(gate, 6, 1, (0.2, 0.5), gap=(0.04, 0.3))


def _tanks(art: Canvas, x: float, z: float) -> None:
    """Draw a row of silos or of wide, low tanks."""
    slim = art.chance(0.5)
    radius = art.between(1.8, 2.6) if slim else art.between(4, 6.5)
    height = art.between(9, 16) if slim else art.between(5, 9)
    tone = art.between(0.5, 1.0)
    for tank in range(art.count(1, 4)):
        place = (x + 2.15 * radius * tank, 0.0, z)
        art.cylinder(place, height, radius, tone, strips=22)
        art.cylinder((place[0], height, z), 0.2 * radius, radius, tone * 0.9, top=0.2)
        for level in (0.35, 0.7):
            art.cylinder((place[0], level * height, z), 0.2, 1.01 * radius, tone * 0.5)


def _column(art: Canvas, x: float, z: float) -> None:
    """Draw a steel frame with platforms and a still inside."""
    height, half, tone = art.between(12, 24), art.between(2.5, 4), art.between(0.15, 0.45)
    art.cylinder((x, 0, z), height * 1.1, 0.55 * half, art.between(0.6, 0.95))
    for level in np.arange(3, height, 3.2):
        art.box(box(x, level, z, (2 * half, 0.3, 2 * half)), tone)
        low, high = art.spot(x - half, level, z - half), art.spot(x + half, level + 3.2, z - half)
        art.line([low[:2], high[:2]], tone, 0.15 * low[2])
    for side in (-half, half):
        art.box(box(x + side, 0, z - half, (0.4, height, 0.4)), tone)


def _pipes(art: Canvas, z: float) -> None:
    tone = art.between(0.2, 0.9)
    for x in range(-24, 25, 8):
        art.box(box(x, 0, z, (0.35, 4.6, 0.35)), tone * 0.6)
    for level in np.arange(2.6, 4.7, 0.6):
        art.face(face([-30, level, z - 0.3], [60, 0, 0], [0, 0.36, 0]), tone, tone * 0.6)
