"""Components of a report's own, as a student writes them, and a folder that holds them."""

from pathlib import Path

from scenes.spec.component_files import load_components
from scenes.spec.component_sources import find_origin
from scenes.spec.registry import Registry

COMPONENTS = """
from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from scenes import augmentation, model, schedule

from .blocks import residual


@model(minimum_size=8, label={"en": "small residual network", "es": "red residual pequeña"})
def small_resnet(
    *,
    image_size,
    classes,
    activation="relu",
    width: Annotated[int, Field(ge=1, le=64)] = 4,
    blocks=1,
) -> keras.Model:
    import keras
    from keras import layers

    pictures = keras.Input((image_size, image_size, 3))
    x = layers.Rescaling(1 / 255)(pictures)
    x = layers.Conv2D(width, 3, strides=2, padding="same", activation=activation)(x)
    for _ in range(blocks):
        x = residual(x, width, activation)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(pictures, layers.Dense(classes, activation="softmax", dtype="float32")(x))


@augmentation(maximum=100, unit="grey levels", assumption="Noise hides no class.")
def noise(pictures, *, strength=10.0, generator, tint: Literal["grey", "colour"] = "grey"):
    import keras

    shape = keras.ops.shape(pictures)
    shape = shape if tint == "colour" else (*shape[:3], 1)
    return pictures + strength * keras.random.normal(shape, seed=generator)


@schedule
def one_cycle(epoch, *, epochs, peak=0.3):
    done = (epoch + 1) / (epochs + 1)
    return done / peak if done < peak else (1 - done) / (1 - peak)
"""

BLOCKS = '''
def residual(x, width, activation):
    """Add two convolutions to their input."""
    from keras import layers

    y = layers.Conv2D(width, 3, padding="same", activation=activation)(x)
    return layers.Add()([x, layers.Conv2D(width, 3, padding="same")(y)])


def unused():
    return 0
'''

REPORT = """
title = "T"
authors = ["A"]
[base]
model = "small_resnet"
image_size = 16
epochs = 2
batch_size = 4
augmentation = "noise+flip"
learning_rate_schedule = "one_cycle"
[[study]]
name = "width"
title = "Width"
question = "Which?"
factor = "width"
values = [2, 4]
"""


def write_own(folder: Path, components: str = COMPONENTS, **others: str) -> Path:
    """Write components.py and more Python files into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in {"components": components, "blocks": BLOCKS, **others}.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    return folder


def load_own(folder: Path) -> Registry:
    """Return the registry with the components of a folder."""
    origin = find_origin(folder)
    assert origin is not None
    return load_components(origin)


def write_distribution(site: Path, code: str, points: str, *, version: str = "1.2") -> Path:
    """Put a distribution where installers put it: a package `labnets` with a module and metadata.

    Args:
        site: A folder on the path of imports.
        code: Of its module `labnets.nets`.
        points: Its entry points, as `entry_points.txt` has them.
        version: Of the distribution.
    """
    package, about = site / "labnets", site / f"labnets-{version}.dist-info"
    for folder in (package, about):
        folder.mkdir(parents=True, exist_ok=True)
    (package / "__init__.py").write_text("", encoding="utf-8")
    (package / "nets.py").write_text(code, encoding="utf-8")
    metadata = f"Metadata-Version: 2.1\nName: labnets\nVersion: {version}\n"
    (about / "METADATA").write_text(metadata, encoding="utf-8")
    (about / "entry_points.txt").write_text(points, encoding="utf-8")
    return site
