"""Coast, Forest, Mountain and OpenCountry.

In: an empty canvas. Out: the scene on it.
"""

from dataclasses import replace

import numpy as np

from scenes.data.synthetic import things
from scenes.data.synthetic.canvas import Canvas
from scenes.data.synthetic.space import Camera
from scenes.data.synthetic.texture import Floats, outline, seamless


def _outlook(art: Canvas, height: tuple[float, float], rise: tuple[float, float]) -> Canvas:
    """Stand somewhere high or low and look at a horizon high or low in the picture."""
    camera = Camera(
        height=art.between(*height), focal=art.between(0.7, 1.3), rise=art.between(*rise)
    )
    return replace(art, camera=camera)


def coast(art: Canvas) -> None:
    """Paint the sea up to the horizon, and the beach that it runs out on."""
    art = _outlook(art, (2, 12), (0.28, 0.6))
    glow = things.sky(art)
    horizon = art.camera.rise
    tone = art.between(0.2, 0.45)
    waves = seamless(art.texture(24, 4))
    art.plane(0, tone, 0.6 * tone + 0.25 * glow, waves, rough=art.between(0.1, 0.3), scale=(60, 60))
    if art.chance(0.3):
        _glitter(art, horizon)
    if art.chance(0.5):
        _headland(art, horizon)
    for _ in range(art.count(0, 2)):
        _sail(art, art.between(0.05, 0.95), horizon + art.between(0.0, 0.05))
    if art.chance(0.85):
        _beach(art, horizon)


def _glitter(art: Canvas, horizon: float) -> None:
    sun = art.between(0.2, 0.8)
    art.oval(sun, horizon - art.between(0.05, 0.2), 0.06, 0.06, 1.0)
    for down in art.rng.uniform(0, 1 - horizon, 70):
        wide, across = 0.02 + 0.1 * down, sun + art.rng.normal() * (0.02 + 0.1 * down)
        art.oval(across, horizon + down, wide, 0.004 + 0.01 * down, 0.95)


def _headland(art: Canvas, horizon: float) -> None:
    """Draw a cape that falls into the sea from one side."""
    x = np.linspace(0, art.between(0.3, 0.8), 33)
    fall = np.linspace(1, 0, 33) ** 0.6
    y = horizon - art.between(0.08, 0.3) * fall * (1 + 0.25 * outline(art.rng, 33))
    low = horizon + art.between(0.005, 0.05)
    points = np.concatenate([np.stack([x, y], axis=1), [[x[-1], low], [0, low]]])
    tone = art.between(0.15, 0.5)
    art.fill(points, tone, tone * 0.8, rough=0.15, cells=(3, 8))


def _sail(art: Canvas, x: float, y: float) -> None:
    size, tone = art.between(0.015, 0.06), art.between(0.7, 1.0)
    art.fill([(x, y - 1.6 * size), (x + 0.6 * size, y - 0.1 * size), (x, y - 0.1 * size)], tone)
    art.fill([(x - size / 2, y - 0.1 * size), (x + size / 2, y - 0.1 * size), (x, y)], 0.15)


def _beach(art: Canvas, horizon: float) -> None:
    """Draw sand up to a winding water line with foam, and perhaps rocks."""
    x = np.linspace(-0.02, 1.02, 33)
    slope = art.between(-0.5, 0.5) * (1 - horizon)
    level = horizon + art.between(0.35, 0.85) * (1 - horizon)
    line = level + slope * (x - 0.5) + 0.05 * outline(art.rng, 33)
    line = np.maximum(line, horizon + 0.02)
    shore = np.stack([x, line], axis=1)
    sand = art.between(0.65, 0.95)
    for shift in (0.05, 0.025, 0.0):
        foam = np.stack([x, line - shift + 0.012 * outline(art.rng, 33)], axis=1)
        art.line(foam, art.between(0.8, 1.0), art.between(0.004, 0.014))
    corners = np.concatenate([shore, [[1.02, 1.02], [-0.02, 1.02]]])
    art.fill(corners, sand * 0.75, sand, rough=art.between(0.03, 0.12), cells=(6, 4))
    for _ in range(art.count(0, 4) if art.chance(0.4) else 0):
        size = art.between(0.05, 0.25)
        things.blob(
            art, art.between(0, 1), level + art.between(-0.05, 0.3), (size, 0.6 * size), 0.25
        )


def open_country(art: Canvas) -> None:
    """Paint fields and meadows under a wide sky."""
    art = _outlook(art, (1.6, 9), (0.3, 0.62))
    glow = things.sky(art)
    horizon = art.camera.rise
    for layer in range(art.count(0, 2)):
        tone = 0.3 * glow + art.between(0.1, 0.4) / (layer + 1)
        things.ridge(art, horizon + 0.01, art.between(0.02, 0.14), tone, rough=0.05, smooth=0.35)
    meadow = art.between(0.3, 0.55)
    rough = art.between(0.06, 0.25)
    things.ground(art, meadow, art.between(0.3, 0.5), rough=rough, grain=art.between(6, 30))
    if art.chance(0.45):
        _furrows(art, meadow)
    for _ in range(art.count(1, 3)):
        _hedge(art, horizon)
    if art.chance(0.4):
        things.ribbon(art, -1.2, 1.2, (1.5, 400), art.between(0.5, 0.9), art.between(-150, 150))
    for z in sorted(art.rng.uniform(12, 90, art.count(0, 4)), reverse=True):
        reach = 0.5 * z / art.camera.focal
        things.tree(art, art.between(-reach, reach), z, art.between(4, 9), art.between(0.15, 0.4))
    if art.chance(0.3):
        _bales(art)
    if art.chance(0.3):
        _fence(art)


def _furrows(art: Canvas, tone: float) -> None:
    wide, shift = art.between(0.6, 2.0), art.between(-0.6, 0.6)
    ink = tone + art.between(0.12, 0.3) * (1 if art.chance(0.4) else -1)
    for x in np.arange(-60, 60, 2 * wide):
        near, far = [x, 0, 1.0], [x + 150 * shift, 0, 150]
        art.shape([near, far, [far[0] + wide, 0, 150], [x + wide, 0, 1.0]], ink)


def _hedge(art: Canvas, horizon: float) -> None:
    y = horizon + art.between(0.0, 0.14)
    start, length = art.between(-0.2, 0.7), art.between(0.2, 0.9)
    tall, tone = 0.015 + 0.25 * (y - horizon), art.between(0.12, 0.4)
    for x in np.arange(start, start + length, tall * 0.9):
        size = tall * art.between(0.9, 1.6)
        things.blob(art, x, y, (1.3 * size, size), tone)


def _bales(art: Canvas) -> None:
    for z in sorted(art.rng.uniform(8, 50, art.count(2, 6)), reverse=True):
        across, foot, metre = art.spot(art.between(-0.5, 0.5) * z, 0, z)
        art.oval(across, foot - 0.7 * metre, 1.8 * metre, 1.4 * metre, 0.45)
        art.oval(across - 0.2 * metre, foot - 0.7 * metre, 1.2 * metre, 1.3 * metre, 0.75)


def _fence(art: Canvas) -> None:
    tone, z = art.between(0.1, 0.9), art.between(3, 10)
    for x in np.arange(-z, z, z / 5):
        foot, top = art.spot(x, 0, z), art.spot(x, 1.2, z)
        art.line([foot[:2], top[:2]], tone, 0.12 * foot[2])
    for height in (0.5, 1.0):
        ends = [art.spot(-z, height, z)[:2], art.spot(z, height, z)[:2]]
        art.line(ends, tone, 0.07 * art.spot(0, 0, z)[2])


def mountain(art: Canvas) -> None:
    """Paint a mountain range, most often with snow, over woods, meadows or a lake."""
    art = _outlook(art, (2, 20), (0.55, 0.85))
    glow = things.sky(art)
    base = art.camera.rise
    if art.chance(0.6):
        height = art.between(0.2, 0.5)
        things.ridge(art, base, height, 0.65 * glow, rough=0.06, smooth=0.6)
    for _ in range(art.count(1, 3)):
        _peak(art, art.between(0.1, 0.9), base)
    things.ridge(art, base, art.between(0.04, 0.18), art.between(0.12, 0.4), rough=0.12)
    if art.chance(0.35):
        art.plane(
            0, 0.5 * glow, 0.7 * glow, seamless(art.texture(16, 2)), rough=0.1, scale=(80, 80)
        )
    else:
        things.ground(art, art.between(0.15, 0.45), art.between(0.2, 0.4), rough=0.2, grain=20)
    if art.chance(0.5):
        things.treeline(art, art.between(25, 60), art.between(5, 9), art.between(0.1, 0.3), 0.7)


def _peak(art: Canvas, x: float, base: float) -> None:
    """Draw a mountain of a sunny and a shady side, with snow from some height on."""
    height, half = art.between(0.35, 0.75), art.between(0.35, 0.8)
    top = max(base - height, 0.04)
    left, right = _flank(art, (x, top), (x - half, base)), _flank(art, (x, top), (x + half, base))
    crest = _flank(art, (x, top), (x + art.between(-0.15, 0.15), base))
    rock = art.between(0.25, 0.55)
    shady = rock * art.between(0.45, 0.75)
    art.fill([*left, *crest[::-1]], rock, rough=0.16, cells=(6, 4))
    art.fill([*right, *crest[::-1]], shady, rough=0.16, cells=(6, 4))
    if art.chance(0.75):
        share = art.count(6, 22)
        snow = art.between(0.85, 1.0)
        rim = 0.03 * art.rng.uniform(-1, 1, (2, 2))
        art.fill([*left[:share], left[share] + rim[0], *crest[share // 2 :: -1]], snow, rough=0.08)
        art.fill([*right[:share], right[share] + rim[1], *crest[share // 2 :: -1]], 0.75 * snow)


def _flank(art: Canvas, top: tuple[float, float], foot: tuple[float, float]) -> Floats:
    """Draw a jagged line from a summit down (33, 2)."""
    way = np.linspace(0, 1, 33)[:, None]
    line = np.asarray(top) * (1 - way) + np.asarray(foot) * way
    jag = 0.05 * outline(art.rng, 33, 0.65) * np.sin(np.pi * way[:, 0])
    return line + np.stack([jag, -jag], axis=1)


def forest(art: Canvas) -> None:
    """Paint trunk behind trunk under leaves, dark or with light between them."""
    art = _outlook(art, (1.5, 3), (0.4, 0.65))
    glow = art.between(0.4, 0.9)
    leaves = art.between(0.1, 0.35)
    art.backdrop(
        leaves, glow, rough=art.between(0.15, 0.35), cells=(art.count(5, 9), art.count(5, 9))
    )
    things.ground(art, art.between(0.15, 0.6), glow * 0.7, rough=0.25, grain=art.between(4, 10))
    if art.chance(0.35):
        things.ribbon(art, -0.8, 0.8, (1.5, 60), art.between(0.4, 0.8), art.between(-300, 300))
    bark, near = art.between(0.05, 0.3), art.between(2.5, 6)
    for z in np.sort(art.rng.uniform(near, 40, art.count(14, 45)))[::-1]:
        _trunk(art, z, bark, glow)
    for _ in range(art.count(3, 14)):
        y = art.between(0, 0.3) if art.chance(0.6) else art.between(0.7, 1.0)
        size = art.between(0.15, 0.45)
        things.blob(art, art.between(0, 1), y, (size, 0.6 * size), leaves * art.between(0.5, 1.3))


def _trunk(art: Canvas, z: float, bark: float, glow: float) -> None:
    """Draw a trunk that paler air hides with distance, and a few branches."""
    x = art.between(-0.6, 0.6) * z / art.camera.focal
    across, foot, metre = art.spot(x, 0, z)
    wide = art.between(0.12, 0.35) * metre
    lean = art.between(-0.05, 0.05)
    haze = min(1.0, z / 50)
    tone = bark * art.between(0.6, 1.3) * (1 - haze) + 0.7 * glow * haze
    art.fill(
        [
            (across - wide, foot),
            (across - 0.6 * wide + lean, -0.02),
            (across + 0.6 * wide + lean, -0.02),
            (across + wide, foot),
        ],
        tone,
        tone * 0.8,
        rough=0.08,
        cells=(8, 2),
    )
    for _ in range(art.count(0, 3)):
        start = art.between(0, foot)
        reach = art.between(-5, 5) * wide
        art.line([(across, start), (across + reach, start - abs(reach) * 0.7)], tone, 0.3 * wide)
