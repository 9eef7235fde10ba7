"""The embedded data set: fifteen kinds of painted scenes, named as in Scene-15.

In: a seed and how many pictures of what size. Out: a folder of grey JPEG pictures,
`train/<class>/<class>_0001.jpg` and `val/<class>/...`. A picture depends on the seed, its split,
class and number only, so that a smaller set is the beginning of a larger one.
"""

import contextlib
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from scenes.data.parallel import map_in_processes
from scenes.data.synthetic import business, city, home, nature, outskirts
from scenes.data.synthetic.canvas import SUPERSAMPLING, Canvas, blank
from scenes.data.synthetic.texture import Floats, noise, stretched
from scenes.errors import DataError
from scenes.system.files import save_folder
from scenes.system.formatting import agreed, said_count
from scenes.system.machine import usable_cores

PAINTERS: dict[str, Callable[[Canvas], None]] = {
    "Bedroom": home.bedroom,
    "Coast": nature.coast,
    "Forest": nature.forest,
    "Highway": outskirts.highway,
    "Industrial": outskirts.industrial,
    "InsideCity": city.inside_city,
    "Kitchen": home.kitchen,
    "LivingRoom": home.living_room,
    "Mountain": nature.mountain,
    "Office": business.office,
    "OpenCountry": nature.open_country,
    "Store": business.store,
    "Street": city.street,
    "Suburb": outskirts.suburb,
    "TallBuilding": city.tall_building,
}
CLASSES = tuple(sorted(PAINTERS))
SPLITS = ("train", "val")
JPEG_QUALITY = 92
PIXELS_WORTH_A_PROCESS = 4_000_000  # about 80 pictures of 224: two seconds of painting
LEAST = {"seed": 0, "train": 1, "val": 1, "size": 8}


def paint_picture(kind: str, rng: np.random.Generator, size: int) -> NDArray[np.uint8]:
    """Paint one picture of a class.

    Args:
        kind: One of `CLASSES`.
        rng: Decides everything about the picture; small and large show the same scene.
        size: Width and height in pixels.

    Returns:
        uint8 (size, size, 3), grey.

    Raises:
        DataError: The class is unknown, or the size is below 8.
    """
    _check(size=size)
    if kind not in PAINTERS:
        problem = f"kind must be one of {', '.join(CLASSES)}; {kind!r} came."
        raise DataError("No such kind of scene can be painted.", [problem])
    canvas = blank(rng, size)
    PAINTERS[kind](canvas)
    grey = _photograph(canvas.image, rng)
    return np.repeat(grey[:, :, None], 3, axis=2)


def _photograph(drawing: Image.Image, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Take the picture: hold the camera askew, expose, and add the faults of lens and sensor."""
    picture = _framed(drawing, rng)
    size = picture.width
    blur = 0.004 * size * max(0.0, rng.normal())
    if blur > 0.2:
        picture = picture.filter(ImageFilter.GaussianBlur(blur))
    light = np.asarray(picture, np.float32) / 255  # (size, size)
    light = light ** rng.uniform(0.75, 1.35)
    contrast, exposure = rng.uniform(0.23, 0.34), rng.uniform(0.42, 0.58)
    light = exposure + contrast * (light - light.mean()) / (light.std() + 0.02)
    light = light * stretched(_uneven_light(rng), (size, size))
    light += rng.uniform(0.0, 0.04) * rng.standard_normal((size, size), np.float32)
    grey: NDArray[np.uint8] = (np.clip(light, 0, 1) * 255).astype(np.uint8)
    return grey


def _framed(drawing: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Mirror, turn, enlarge and shift the picture; its edges stay covered."""
    if rng.random() < 0.5:
        drawing = drawing.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    side, angle = drawing.width, np.clip(rng.normal(0, 0.03), -0.08, 0.08)
    scale = rng.uniform(0.75, 0.9)
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    room = (1 - cos - abs(sin)) / 2
    shift = rng.uniform(-room, room, 2) + 0.5
    left = shift[0] - 0.5 * cos + 0.5 * sin
    top = shift[1] - 0.5 * sin - 0.5 * cos
    cos, sin = cos * SUPERSAMPLING, sin * SUPERSAMPLING
    matrix = (cos, -sin, left * side, sin, cos, top * side)
    size = side // SUPERSAMPLING
    return drawing.transform(
        (size, size), Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR
    )


def _uneven_light(rng: np.random.Generator) -> Floats:
    """Draw shades that drift over the picture, and corners darker than the middle (16, 16)."""
    place = np.linspace(-1, 1, 16)
    corner = (place[:, None] ** 2 + place**2) / 2
    drift = noise(rng, (2, 2), 4)
    return 1 - rng.uniform(0, 0.4) * corner + rng.uniform(0, 0.15) * drift


def save_synthetic(
    folder: Path,
    *,
    seed: int = 0,
    train: int = 100,
    val: int = 100,
    size: int = 224,
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Paint the data set into a folder, which appears whole or not at all.

    Where the folder holds this very set, nothing is painted. Large sets are painted by one process
    per core, or by this one alone where no others can be started.

    Args:
        folder: Where to; its parents are made.
        seed: Of the whole set.
        train: Pictures of each class to learn from.
        val: Pictures of each class to validate with.
        size: Width and height in pixels.
        progress: Called with (done, total) after each picture.

    Returns:
        The folder.

    Raises:
        DataError: A number is out of range, or the folder holds something else.
    """
    _check(seed=seed, train=train, val=val, size=size)
    jobs = _jobs(seed, (train, val), size)
    if folder.exists() and any(folder.iterdir()):
        _check_whole(folder, jobs)
        return folder

    def paint(draft: Path) -> Path:
        _paint_all(draft, jobs, progress)
        return draft

    try:
        save_folder(folder, paint)
    except OSError:
        if not folder.exists() or not any(folder.iterdir()):
            raise
        _check_whole(folder, jobs)  # another process was there first
    return folder


class Painting(NamedTuple):
    """One picture of the set: where it goes below the folder, and what decides it."""

    path: str
    kind: str
    key: tuple[int, ...]
    size: int


def _jobs(seed: int, counts: tuple[int, int], size: int) -> list[Painting]:
    return [
        Painting(
            path=f"{split}/{kind}/{kind}_{index + 1:04d}.jpg",
            kind=kind,
            key=(seed, number, int.from_bytes(kind.encode(), "big"), index),
            size=size,
        )
        for number, (split, count) in enumerate(zip(SPLITS, counts, strict=True))
        for kind in CLASSES
        for index in range(count)
    ]


def _paint(job: Painting) -> NDArray[np.uint8]:
    return paint_picture(job.kind, np.random.default_rng(job.key), job.size)


def _save(root: Path, job: Painting) -> None:
    Image.fromarray(_paint(job)).save(root / job.path, "JPEG", quality=JPEG_QUALITY)


def _paint_all(
    root: Path, jobs: Sequence[Painting], progress: Callable[[int, int], None] | None
) -> None:
    """Paint all jobs below a folder, here or in several processes."""
    for place in {(root / job.path).parent for job in jobs}:
        place.mkdir(parents=True, exist_ok=True)

    def follow(done: Iterable[None]) -> None:
        for number, _ in enumerate(done, start=1):
            if progress is not None:
                progress(number, len(jobs))

    save = partial(_save, root)
    workers = min(usable_cores(), len(jobs) * jobs[0].size ** 2 // PIXELS_WORTH_A_PROCESS)
    if workers < 2:
        follow(map(save, jobs))
        return
    try:
        with contextlib.closing(map_in_processes(save, jobs)) as done:
            follow(done)
    except DataError:  # memory may be short
        follow(map(save, jobs))


def _check_whole(folder: Path, jobs: Sequence[Painting]) -> None:
    """Refuse a folder that does not hold exactly these pictures; of them the first is compared."""
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    wanted = {job.path for job in jobs}
    problems = []
    if missing := sorted(wanted - there):
        are = agreed(len(missing), "is|are")
        problems.append(f"{len(missing)} of {len(wanted)} pictures {are} missing: {missing[0]} …")
    if foreign := sorted(there - wanted):
        problems.append(
            f"{said_count(len(foreign), 'file|files does|do')} not belong to it: {foreign[0]} …"
        )
    if not problems and not _shows(folder / jobs[0].path, jobs[0]):
        problems.append(f"{jobs[0].path} is of another seed, size or version.")
    if problems:
        raise DataError(
            f"{folder} exists and does not hold the data set that is asked for.",
            problems,
            "Delete the folder, or name another one.",
        )


def _shows(path: Path, job: Painting) -> bool:
    """Return whether a file shows the picture of a job, up to the losses of JPEG."""
    try:
        with Image.open(path) as picture:
            seen = np.asarray(picture.convert("RGB"), np.float32)
    except OSError:
        return False
    wanted = _paint(job)
    return seen.shape == wanted.shape and float(np.abs(seen - wanted).mean()) < 10


def _check(**numbers: int) -> None:
    """Refuse numbers out of range, all at once."""
    problems = [
        f"{name} must be a whole number of at least {LEAST[name]}; {number!r} came."
        for name, number in numbers.items()
        if number < LEAST[name]
    ]
    if problems:
        raise DataError("The synthetic data set cannot be painted.", problems)
