"""The world before the camera: points, faces, boxes, and how they are projected.

In: positions in metres; x to the right, y up, z ahead; the camera stands at x = z = 0.
Out: positions in the picture, 0..1 from its top left corner.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import hypot

import numpy as np
from numpy.typing import ArrayLike

from scenes.data.synthetic.texture import Floats


@dataclass(frozen=True)
class Camera:
    """A pinhole camera above the origin.

    Args:
        height: Of the eye over the ground, in metres.
        yaw: Turn to the right, in radians.
        pitch: Turn upwards, in radians.
        focal: Focal length in picture widths; 0.5 is a wide angle, 2 a telephoto lens.
        rise: Where a ray straight ahead meets the picture, 0 (top) to 1 (bottom).
    """

    height: float = 1.6
    yaw: float = 0.0
    pitch: float = 0.0
    focal: float = 0.9
    rise: float = 0.5

    @cached_property
    def axes(self) -> Floats:
        """Right, up and ahead as rows (3, 3)."""
        sin_yaw, cos_yaw = np.sin(self.yaw), np.cos(self.yaw)
        sin_pitch, cos_pitch = np.sin(self.pitch), np.cos(self.pitch)
        right = [cos_yaw, 0, -sin_yaw]
        up = [-sin_pitch * sin_yaw, cos_pitch, -sin_pitch * cos_yaw]
        ahead = [cos_pitch * sin_yaw, sin_pitch, cos_pitch * cos_yaw]
        return np.array([right, up, ahead])

    @property
    def eye(self) -> Floats:
        """Position of the eye in the world (3,)."""
        return np.array([0.0, self.height, 0.0])

    def see(self, points: ArrayLike) -> Floats:
        """Turn world points (..., 3) into right, up, ahead of the eye (..., 3)."""
        seen: Floats = (np.asarray(points, float) - self.eye) @ self.axes.T
        return seen

    def flatten(self, seen: Floats) -> Floats:
        """Project points before the eye (..., 3) into the picture (..., 2)."""
        centre = np.array([0.5, self.rise])
        picture: Floats = centre + self.focal * seen[..., :2] * (1, -1) / seen[..., 2:]
        return picture


@dataclass(frozen=True)
class Face:
    """A parallelogram in the world: a corner and two edges (3,)."""

    corner: Floats
    across: Floats
    up: Floats

    def at(self, u: float, v: float) -> Floats:
        """Return the point at the fractions u across and v up."""
        point: Floats = self.corner + u * self.across + v * self.up
        return point

    def part(self, left: float, bottom: float, right: float, top: float) -> "Face":
        """Return the part between the fractions left..right across and bottom..top up."""
        across, up = (right - left) * self.across, (top - bottom) * self.up
        return Face(self.at(left, bottom), across, up)

    @property
    def corners(self) -> Floats:
        """The four corners in order (4, 3)."""
        end = self.corner + self.across
        return np.array([self.corner, end, end + self.up, self.corner + self.up])

    @cached_property
    def normal(self) -> Floats:
        """Unit normal (3,): up x across, written out because `np.cross` is slow for one pair."""
        (ux, uy, uz), (ax, ay, az) = self.up.tolist(), self.across.tolist()
        normal = uy * az - uz * ay, uz * ax - ux * az, ux * ay - uy * ax
        return np.array(normal) / (hypot(*normal) + 1e-12)


def face(corner: ArrayLike, across: ArrayLike, up: ArrayLike) -> Face:
    """Make a face from three plain triples."""
    return Face(np.asarray(corner, float), np.asarray(across, float), np.asarray(up, float))


@dataclass(frozen=True)
class Box:
    """A box on its base, turned about the vertical: six faces by name."""

    front: Face
    back: Face
    left: Face
    right: Face
    top: Face
    bottom: Face

    @property
    def faces(self) -> tuple[Face, ...]:
        """All faces; each normal points outwards."""
        return self.front, self.back, self.left, self.right, self.top, self.bottom


def box(x: float, y: float, z: float, size: Sequence[float], turn: float = 0.0) -> Box:
    """Make a box from the middle of its base and its (width, height, depth), in metres."""
    width, height, depth = size
    across = width * np.array([np.cos(turn), 0.0, np.sin(turn)])
    ahead = depth * np.array([-np.sin(turn), 0.0, np.cos(turn)])
    up = np.array([0.0, height, 0.0])
    corner = np.array([x, y, z]) - across / 2 - ahead / 2
    return Box(
        front=Face(corner, across, up),
        back=Face(corner + across + ahead, -across, up),
        left=Face(corner + ahead, -ahead, up),
        right=Face(corner + across, ahead, up),
        top=Face(corner + up, across, ahead),
        bottom=Face(corner + ahead, across, -ahead),
    )
