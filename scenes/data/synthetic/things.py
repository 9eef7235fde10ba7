"""What several kinds of scenes show: sky, ground, hills, trees, people, cars, furniture.

In: a canvas and where the thing stands. Out: the thing, drawn at random, on the canvas.
"""

import numpy as np

from scenes.data.synthetic.canvas import Canvas
from scenes.data.synthetic.space import Box, Face, box, face
from scenes.data.synthetic.texture import outline, seamless

# Nature.


def sky(art: Canvas) -> float:
    """Cover the canvas with a clear, cloudy or dusky sky; return the tone over the horizon."""
    high, low = art.between(0.6, 0.92), art.between(0.75, 1.0)
    clouds = art.between(0.0, 0.3) if art.chance(0.7) else 0.02
    art.backdrop(high, low, rough=clouds, cells=(art.count(3, 8), art.count(2, 4)))
    return low


def ground(art: Canvas, tone: float, far: float, *, rough: float, grain: float = 12.0) -> None:
    """Cover everything below the horizon; grain is the size of the texture in metres."""
    art.plane(0.0, tone, far, seamless(art.texture(8, 8)), rough=rough, scale=(grain, grain))


def ridge(art: Canvas, base: float, height: float, tone: float, **look: float) -> None:
    """Draw hills across the picture, from a base line in the picture up to about a height."""
    x = np.linspace(-0.05, 1.05, 65)
    y = base - height * (0.5 + 0.5 * outline(art.rng, 65, look.pop("smooth", 0.5)))
    points = np.concatenate([np.stack([x, y], axis=1), [[1.05, base + 0.3], [-0.05, base + 0.3]]])
    art.fill(points, tone, tone * 0.9, cells=(8, 8), **look)


def blob(art: Canvas, x: float, y: float, size: tuple[float, float], tone: float) -> None:
    """Draw a leafy blob around a point in the picture; size is (width, height)."""
    angles = np.linspace(0, 2 * np.pi, 26)[:-1]
    radius = 0.5 * (1 + 0.15 * art.rng.uniform(-1, 1, 25))
    across = x + size[0] * radius * np.cos(angles)
    down = y + size[1] * radius * np.sin(angles)
    lit = tone * (0.9 + 0.3 * float(art.sun[1]))
    art.fill(np.stack([across, down], axis=1), lit, lit * 0.6, rough=0.14, cells=(4, 4))


def tree(art: Canvas, x: float, z: float, height: float, tone: float) -> None:
    """Draw a tree: leafy or a conifer, which never look twice the same."""
    across, foot, metre = art.spot(x, 0, z)
    tall = height * metre
    trunk = art.between(0.02, 0.04) * tall
    art.line([(across, foot), (across, foot - 0.6 * tall)], tone * 0.5, trunk)
    if art.chance(0.3):
        _conifer(art, across, foot, tall, tone)
        return
    for _ in range(art.count(3, 6)):
        place = art.rng.uniform(-0.2, 0.2, 2) * tall
        size = art.between(0.35, 0.6) * tall
        middle = foot - 0.68 * tall
        blob(art, across + place[0], middle + place[1], (size, 0.8 * size), tone)


def _conifer(art: Canvas, across: float, foot: float, tall: float, tone: float) -> None:
    layers = art.count(3, 6)
    for layer in range(layers):
        low = foot - tall * (0.12 + 0.8 * layer / layers)
        wide = tall * 0.24 * (1 - layer / layers) + 0.03 * tall
        tip = (across, low - 1.6 * tall / layers)
        art.fill([(across - wide, low), tip, (across + wide, low)], tone, tone * 0.7, rough=0.08)


def treeline(art: Canvas, z: float, height: float, tone: float, wide: float = 1.0) -> None:
    """Draw a row of trees at a distance, over `wide` of the picture, with gaps."""
    extent = z / art.camera.focal
    for x in np.arange(-extent, extent, height * 0.55):
        if art.chance(wide):
            across, foot, metre = art.spot(x + art.between(-1, 1), 0, z)
            tall = art.between(0.7, 1.2) * height * metre
            blob(art, across, foot - tall * 0.45, (tall * 0.9, tall * 1.1), tone)


# In the open.


def person(art: Canvas, x: float, z: float) -> None:
    """Draw someone who stands or walks."""
    across, foot, metre = art.spot(x, 0, z)
    tall = art.between(1.55, 1.85) * metre
    coat, legs, step = art.between(0.05, 0.8), art.between(0.05, 0.5), art.between(0.01, 0.13)
    for side in (-1, 1):
        hip, shoe = (across, foot - 0.5 * tall), (across + side * step * tall, foot)
        art.line([hip, shoe], legs, 0.09 * tall)
    shoulders, waist = 0.13 * tall, 0.1 * tall
    art.fill(
        [
            (across - shoulders, foot - 0.82 * tall),
            (across + shoulders, foot - 0.82 * tall),
            (across + waist, foot - 0.42 * tall),
            (across - waist, foot - 0.42 * tall),
        ],
        coat,
    )
    art.oval(across, foot - 0.91 * tall, 0.12 * tall, 0.16 * tall, art.between(0.2, 0.7))


def car(art: Canvas, x: float, z: float, turn: float = 0.0) -> None:
    """Draw a car or a van; without a turn it drives along z."""
    tone, glass = art.between(0.08, 0.95), art.between(0.08, 0.3)
    van = art.chance(0.2)
    body = box(x, 0.3, z, (1.8, 0.65 if not van else 0.9, 4.3), turn)
    roof, length = (0.55, 2.3) if not van else (0.95, 3.9)
    cabin = box(x, 0.95 if not van else 1.2, z, (1.6, roof, length), turn)
    art.shape(box(x, 0.0, z, (1.9, 0.02, 4.4), turn).top.corners, 0.12)
    _wheels(art, body)
    art.box(body, tone)
    art.box(cabin, tone)
    for side in (cabin.front, cabin.back, cabin.left, cabin.right):
        if side.normal @ (art.camera.eye - side.corner) > 0:
            art.grid(side.part(0.06, 0.1, 0.94, 0.9), 1, 2, (glass, glass), gap=(0.06, 0.0))
    lamp = art.between(0.4, 1.0)
    if body.front.normal @ (art.camera.eye - body.front.corner) > 0:
        for left in (0.03, 0.77):
            art.face(body.front.part(left, 0.5, left + 0.2, 0.8), lamp)


def truck(art: Canvas, x: float, z: float) -> None:
    """Draw a lorry from behind."""
    tone = art.between(0.3, 1.0)
    art.shape(box(x, 0, z, (2.6, 0.1, 9)).top.corners, 0.1)
    art.box(box(x, 0.5, z, (2.4, 3.0, 8)), tone)
    art.face(face([x - 1.1, 0.1, z - 4], [2.2, 0, 0], [0, 0.6, 0]), 0.1)


def _wheels(art: Canvas, body: Box) -> None:
    for side in (body.left, body.right):
        for along in (0.2, 0.8):
            across, down, metre = art.spot(*side.at(along, 0.05))
            wide = 0.62 * metre * max(0.3, abs(float(side.normal @ art.camera.axes[2])))
            art.oval(across, down, wide, 0.62 * metre, 0.08)


def lamp_post(art: Canvas, x: float, z: float, height: float, reach: float, tone: float) -> None:
    """Draw a street lamp whose arm reaches out along x."""
    foot, top, tip = (x, 0, z), (x, height, z), (x + reach, height + 0.3, z)
    points = np.array([art.spot(*place)[:2] for place in (foot, top, tip)])
    art.line(points, tone, 0.14 * art.spot(*top)[2])
    metre = art.spot(*tip)[2]
    art.oval(points[2, 0], points[2, 1], 0.7 * metre, 0.2 * metre, min(1.0, tone + 0.4))


def ribbon(
    art: Canvas, left: float, right: float, reach: tuple[float, float], tone: float, bend: float = 0
) -> None:
    """Draw a strip on the ground from z to z; it bends away by `bend` metres at 100 metres."""
    near, far = reach
    z = near * (far / near) ** np.linspace(0, 1, 24 if far > 2 * near else 3)
    curve = bend * (z / 100) ** 2
    there = np.stack([left + curve, 0 * z, z], axis=1)
    back = np.stack([right + curve, 0 * z, z], axis=1)[::-1]
    art.shape(np.concatenate([there, back]), tone)


def sign(art: Canvas, board: Face, tone: float, ink: float) -> None:
    """Draw a board with something written on it."""
    art.face(board, tone)
    rows, columns = art.count(1, 2), art.count(4, 9)
    art.grid(board.part(0.08, 0.2, 0.92, 0.8), rows, columns, (ink, ink), gap=(0.35, 0.4))


# Indoors.


def window(art: Canvas, wall: Face, *, rows: int = 1, columns: int = 2) -> None:
    """Draw a window with its frame; it is bright by day and dark by night."""
    glass = art.between(0.75, 1.0) if art.chance(0.75) else art.between(0.05, 0.25)
    frame = art.between(0.3, 0.95)
    art.face(wall, frame)
    inner = wall.part(0.04, 0.05, 0.96, 0.95)
    art.grid(inner, rows, columns, (glass * 0.92, glass), gap=(0.08, 0.06))


def curtains(art: Canvas, wall: Face) -> None:
    """Draw two curtains that hang at the sides of a face, in folds."""
    tone = art.between(0.2, 0.9)
    wide = art.between(0.16, 0.3)
    for left in (-0.12, 1.12 - wide):
        cloth = wall.part(left, -0.25, left + wide, 1.1)
        art.face(cloth, tone)
        art.grid(cloth, 1, art.count(3, 6), (tone * 0.75, tone * 0.85), gap=(0.5, 0.0))


def picture(art: Canvas, wall: Face) -> None:
    """Draw a framed picture."""
    art.face(wall, art.between(0.05, 0.9))
    art.face(wall.part(0.1, 0.1, 0.9, 0.9), art.between(0.3, 0.95), rough=0.2, cells=(2, 2))


def table(art: Canvas, x: float, z: float, size: tuple[float, float, float], turn: float) -> None:
    """Draw a table of a (width, height, depth)."""
    width, height, depth = size
    tone = art.between(0.15, 0.9)
    cos, sin = np.cos(turn), np.sin(turn)
    for across, ahead in ((-1, 1), (1, 1), (-1, -1), (1, -1)):
        u, w = 0.44 * across * width, 0.44 * ahead * depth
        place = x + u * cos - w * sin, z + u * sin + w * cos
        art.box(box(place[0], 0, place[1], (0.06, height, 0.06), turn), tone * 0.7)
    art.box(box(x, height - 0.05, z, (width, 0.05, depth), turn), tone)


def chair(art: Canvas, x: float, z: float, turn: float, tone: float) -> None:
    """Draw a chair; without a turn one sees its back from the front of the room."""
    art.box(box(x, 0, z, (0.08, 0.45, 0.08), turn), 0.15)
    art.box(box(x, 0.42, z, (0.48, 0.08, 0.48), turn), tone)
    back = x + 0.22 * np.sin(turn), z - 0.22 * np.cos(turn)
    art.box(box(back[0], 0.5, back[1], (0.46, 0.5, 0.06), turn), tone)


def table_lamp(art: Canvas, x: float, y: float, z: float) -> None:
    """Draw a lamp with a shade on a foot."""
    art.cylinder((x, y, z), 0.28, 0.03, 0.3)
    art.cylinder((x, y + 0.25, z), 0.24, 0.17, art.between(0.75, 1.1), top=0.1)


def plant(art: Canvas, x: float, z: float, height: float) -> None:
    """Draw a plant in a pot."""
    art.cylinder((x, 0, z), 0.35, 0.16, art.between(0.2, 0.8), top=0.2)
    across, foot, metre = art.spot(x, 0.35, z)
    tone = art.between(0.1, 0.4)
    for angle in art.rng.uniform(-1.1, 1.1, 14):
        tip = height * metre * art.between(0.6, 1.0)
        end = (across + tip * 0.6 * np.sin(angle), foot - tip * np.cos(angle))
        art.line([(across, foot), end], tone * art.between(0.7, 1.4), 0.05 * metre)


def clutter(art: Canvas, place: Face, number: int, height: float = 0.25) -> None:
    """Put small things on a level face: cups, books, boxes, bottles."""
    spots = place.corner + art.rng.uniform(0.05, 0.95, (number, 1)) * place.across
    spots = spots + art.rng.uniform(0.2, 0.8, (number, 1)) * place.up
    for x, y, z in spots[np.argsort(-spots[:, 2])]:
        tone, tall = art.between(0.05, 0.95), art.between(0.3, 1.0) * height
        if art.chance(0.5):
            art.cylinder((x, y, z), tall, art.between(0.03, 0.07), tone, strips=8)
        else:
            wide, deep = art.rng.uniform(0.06, 0.25, 2)
            art.box(box(x, y, z, (wide, tall, deep), art.between(-0.3, 0.3)), tone)
