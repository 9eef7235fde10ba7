"""Draw in light and shade: polygons in the picture; faces, boxes and cylinders in the world.

In: a random generator and positions, either in the picture (0..1 from its top left corner) or in
the world (metres; x to the right, y up, z ahead; the camera stands at x = z = 0).
Out: marks on a canvas. A tone is a luminance from 0 (black) to 1 (white).

What is drawn at random does not depend on the size of the canvas: one generator paints the same
scene small and large.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image, ImageDraw

from scenes.data.synthetic.space import Box, Camera, Face
from scenes.data.synthetic.texture import Floats, noise, stretched

NEAR = 0.1  # metres; what is nearer to the camera is cut off
SUPERSAMPLING = 2  # the canvas is this much larger than the picture, for smooth edges


@dataclass(frozen=True)
class Canvas:
    """A grey picture in the making, with the camera and the light that it is seen in.

    Args:
        image: What is drawn so far, mode "L".
        rng: Source of everything that is drawn at random.
        grain: Noise that textures are cut from, (128, 128).
        sun: Direction towards the light (3,), length 1.
        ambient: Share of light that reaches a face turned away from the sun.
        camera: Where from faces and boxes are seen.
    """

    image: Image.Image
    rng: np.random.Generator
    grain: Floats
    sun: Floats
    ambient: float
    camera: Camera = field(default_factory=Camera)

    @property
    def side(self) -> int:
        """Width and height in pixels."""
        return self.image.width

    def between(self, low: float, high: float) -> float:
        """Draw a number from the range."""
        return float(self.rng.uniform(low, high))

    def chance(self, probability: float) -> bool:
        """Draw whether something happens."""
        return bool(self.rng.random() < probability)

    def count(self, low: int, high: int) -> int:
        """Draw a whole number, both ends included."""
        return int(self.rng.integers(low, high + 1))

    def texture(self, rows: int, columns: int) -> Floats:
        """Cut a texture of cells that hold finer cells from the grain, 4 x (rows, columns)."""
        height, width = 4 * rows, 4 * columns
        top, left = self.count(0, 128 - height), self.count(0, 128 - width)
        return self.grain[top : top + height, left : left + width]

    # In the picture.

    def fill(
        self,
        points: ArrayLike,
        tone: float,
        to: float | None = None,
        *,
        rough: float = 0.0,
        cells: tuple[int, int] = (6, 6),
    ) -> None:
        """Fill a polygon (n, 2).

        Args:
            points: Corners in the picture.
            tone: Tone, or that of the upper end of a gradient.
            to: Tone of the lower end.
            rough: Strength of a random texture.
            cells: Coarsest cells of the texture, (rows, columns) over the polygon.
        """
        texture = self.texture(*cells) if rough else None
        corners = np.asarray(points, float).reshape(-1, 2) * self.side
        if len(corners) < 3:
            return
        if to is None and texture is None:
            self.draw.polygon(corners.ravel().tolist(), fill=_level(tone))
            return
        low = np.floor(corners.min(axis=0).clip(0, self.side)).astype(int)
        high = np.ceil(corners.max(axis=0).clip(0, self.side)).astype(int)
        width, height = (high - low).tolist()
        if width < 1 or height < 1:
            return
        shade = np.linspace(tone, tone if to is None else to, height, dtype=np.float32)[:, None]
        if texture is not None:
            shade = shade + rough * stretched(texture, (height, width))
        mask = Image.new("1", (width, height))
        ImageDraw.Draw(mask).polygon((corners - low).ravel().tolist(), fill=1)
        left, top = low.tolist()
        self.image.paste(_grey(np.broadcast_to(shade, (height, width))), (left, top), mask)

    def backdrop(self, tone: float, to: float, *, rough: float, cells: tuple[int, int]) -> None:
        """Cover the whole picture with a gradient and a random texture."""
        square = [(0, 0), (1, 0), (1, 1), (0, 1)]
        self.fill(square, tone, to, rough=rough, cells=cells)

    def oval(self, x: float, y: float, width: float, height: float, tone: float) -> None:
        """Fill an ellipse around (x, y)."""
        ends = np.array([x - width / 2, y - height / 2, x + width / 2, y + height / 2])
        if width > 0 and height > 0:
            self.draw.ellipse([*(ends * self.side)], fill=_level(tone))

    def line(self, points: ArrayLike, tone: float, width: float) -> None:
        """Draw a line (n, 2); its width is a fraction of the picture."""
        pixels = np.asarray(points, float) * self.side
        thick = max(1, round(width * self.side))
        self.draw.line([*pixels.flat], fill=_level(tone), width=thick)

    # In the world.

    @cached_property
    def draw(self) -> ImageDraw.ImageDraw:
        """The pen."""
        return ImageDraw.Draw(self.image)

    def spot(self, x: float, y: float, z: float) -> tuple[float, float, float]:
        """Return where a point is in the picture, and how long a metre is there."""
        seen = self.camera.see([x, y, z])
        seen[2] = max(seen[2], NEAR)
        across, down = self.camera.flatten(seen)
        return float(across), float(down), float(self.camera.focal / seen[2])

    def shape(self, points: ArrayLike, tone: float, to: float | None = None, **look: Any) -> None:
        """Fill a flat polygon in the world (n, 3); the rest is as for `fill`."""
        self.fill(self.camera.flatten(_before(self.camera.see(points))), tone, to, **look)

    def lit(self, flat: Face, tone: float) -> float:
        """Return the tone of the visible side of a face in the light of the scene."""
        normal = flat.normal
        if normal @ (self.camera.eye - flat.corner) < 0:
            normal = -normal
        return tone * (self.ambient + (1 - self.ambient) * max(0.0, float(normal @ self.sun)))

    def face(self, flat: Face, tone: float, to: float | None = None, **look: Any) -> None:
        """Fill a face, shaded by the light; the rest is as for `fill`."""
        self.shape(
            flat.corners,
            self.lit(flat, tone),
            None if to is None else self.lit(flat, to),
            **look,
        )

    def box(self, solid: Box, tone: float, **look: Any) -> None:
        """Draw those faces of a box that the camera sees."""
        for flat in solid.faces:
            if flat.normal @ (self.camera.eye - flat.corner) > 0:
                self.face(flat, tone, **look)

    def grid(
        self,
        flat: Face,
        rows: int,
        columns: int,
        tones: tuple[float, float],
        *,
        gap: tuple[float, float] = (0.3, 0.3),
        odd: tuple[float, float] | None = None,
        share: float = 0.0,
    ) -> None:
        """Cover a face with rows x columns of equal cells: windows, doors, tiles, goods.

        Args:
            flat: What is covered.
            rows: Number of cells up.
            columns: Number of cells across.
            tones: Range that the tone of each cell is drawn from.
            gap: Share of each cell left free, (across, up).
            odd: Range of tones of some of the cells, such as lit windows.
            share: Share of the cells that are odd.
        """
        number = rows * columns
        tone = self.rng.uniform(*tones, number)
        if odd is not None:
            tone = np.where(self.rng.random(number) < share, self.rng.uniform(*odd, number), tone)
        light = self.lit(flat, 1.0)
        cell_rows, cell_columns = np.divmod(np.arange(number), columns)
        left, bottom = cell_columns + gap[0] / 2, cell_rows + gap[1] / 2
        right, top = left + 1 - gap[0], bottom + 1 - gap[1]
        u = np.stack([left, right, right, left], axis=1)[..., None] / columns  # (n, 4, 1)
        v = np.stack([bottom, bottom, top, top], axis=1)[..., None] / rows
        seen = self.camera.see(flat.corner + u * flat.across + v * flat.up)  # (n, 4, 3)
        ahead = (seen[..., 2] > NEAR).all(axis=1)
        pixels = self.camera.flatten(seen[ahead]) * self.side
        for cell, shade in zip(pixels.reshape(-1, 8).tolist(), tone[ahead] * light, strict=True):
            self.draw.polygon(cell, fill=_level(shade))

    def cylinder(
        self,
        base: tuple[float, float, float],
        height: float,
        radius: float,
        tone: float,
        *,
        top: float | None = None,
        strips: int = 14,
    ) -> None:
        """Draw an upright cylinder, or a cone cut off where its top has another radius."""
        angles = np.linspace(0, 2 * np.pi, strips + 1)
        ring = np.stack([np.cos(angles), 0 * angles, np.sin(angles)], axis=1)
        low = np.asarray(base) + radius * ring
        high = np.asarray(base) + (radius if top is None else top) * ring + [0, height, 0]
        for i in range(strips):
            strip = Face(low[i], low[i + 1] - low[i], high[i] - low[i])
            outwards = ring[i] + ring[i + 1]
            if outwards @ (self.camera.eye - low[i]) > 0:
                corners = [low[i], low[i + 1], high[i + 1], high[i]]
                self.shape(corners, self.lit(strip, tone))
        self.shape(high[:-1], tone)

    def plane(
        self,
        level: float,
        tone: float,
        far: float,
        pattern: Floats,
        *,
        rough: float,
        scale: tuple[float, float],
        reach: float = 40.0,
    ) -> None:
        """Paint the endless horizontal plane at a height: ground, sea, floor, ceiling.

        Args:
            level: Height in metres.
            tone: Tone near the camera.
            far: Tone at the horizon.
            pattern: Repeated texture (rows along z, columns along x), about -1..1.
            rough: Strength of the texture.
            scale: Metres that the pattern covers, (along x, along z).
            reach: Distance in metres at which half of the near look is lost.
        """
        camera, side = self.camera, self.side
        # Every second pixel is enough: what is under a plane's texture is never sharp.
        place = (np.arange(side // 2, dtype=np.float32) * 2 + 1) / side
        ahead = camera.axes[2] + (camera.rise - place[:, None]) / camera.focal * camera.axes[1]
        drop = level - camera.height
        rows = np.flatnonzero(ahead[:, 1] * drop > 0)
        if not len(rows):
            return
        distance = (drop / ahead[rows, 1])[:, None].astype(np.float32)  # (rows, 1)
        aside = (place - 0.5) / camera.focal  # (columns,)
        x = distance * (ahead[rows, :1].astype(np.float32) + aside * np.float32(camera.axes[0, 0]))
        z = distance * (ahead[rows, 2:].astype(np.float32) + aside * np.float32(camera.axes[0, 2]))
        down, across = pattern.shape
        cell = (z * (down / scale[1])).astype(np.int32) % down
        cell = cell * across + (x * (across / scale[0])).astype(np.int32) % across
        near = reach / (reach + distance)
        shade = far + (tone - far) * near + rough * near * pattern.ravel().take(cell)
        strip = _grey(shade).resize((side, 2 * len(rows)), Image.Resampling.BILINEAR)
        self.image.paste(strip, (0, 2 * int(rows[0])))


def blank(rng: np.random.Generator, size: int) -> Canvas:
    """Return an empty canvas for a picture of a size, in a light drawn at random."""
    side = SUPERSAMPLING * size
    sun = np.array([rng.uniform(-1, 1), rng.uniform(0.2, 1), rng.uniform(-1, 0.2)])
    return Canvas(
        Image.new("L", (side, side), 128),
        rng,
        grain=noise(rng, (32, 32), 3),
        sun=sun / np.linalg.norm(sun),
        ambient=rng.uniform(0.45, 0.85),
    )


def spread(first: float, last: float, step: tuple[float, float], art: Canvas) -> Iterator[float]:
    """Walk from first towards last in random steps (least, most); the way may lead back."""
    way, place = np.sign(last - first), first
    while (last - place) * way > 0:
        yield float(place)
        place += way * art.between(*step)


def _before(seen: Floats) -> Floats:
    """Cut off the part of a polygon (n, 3) behind the camera."""
    depth = seen[:, 2] - NEAR
    if (depth >= 0).all():
        return seen
    kept = []
    for here, there, now, then in zip(
        seen, np.roll(seen, -1, axis=0), depth, np.roll(depth, -1), strict=True
    ):
        if now >= 0:
            kept.append(here)
        if now * then < 0:
            kept.append(here + (there - here) * now / (now - then))
    return np.array(kept).reshape(-1, 3)


def _level(tone: float) -> int:
    return int(min(max(tone, 0.0), 1.0) * 255)


def _grey(shade: Floats) -> Image.Image:
    return Image.fromarray((np.clip(shade, 0, 1) * 255).astype(np.uint8))
