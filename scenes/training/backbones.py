"""Feature extractors of keras.applications: name and size in, a Keras model without its top out.

What each needs, and which function of `keras.applications` builds it, stands in its entry in
`scenes.spec.builtin_backbones`. `build_preprocessing` converts pictures in [0, 255] to what it
expects.
"""

import warnings
from collections.abc import Callable
from pkgutil import resolve_name
from typing import Any

import keras

from scenes.errors import UserError
from scenes.spec.builtin_backbones import Preprocessing, find_backbone
from scenes.spec.registry import refuse_small
from scenes.system.keras_cache import resolve_weights
from scenes.training.weights import load_weights_into, missing_weights

IMAGENET_MEANS = (103.939, 116.779, 123.68)
"""Of blue, green and red over ImageNet, in [0, 255] (Simonyan and Zisserman, 2014)."""


def build_backbone(name: str, *, image_size: int, weights: str = "imagenet") -> keras.Model:
    """Build a backbone without its top: (n, size, size, 3), preprocessed -> (n, h, w, channels).

    Args:
        name: One of `scenes.spec.builtin_backbones.BACKBONES`.
        image_size: Side of the square pictures, in pixels.
        weights: "imagenet" (Keras' own loading), "random", or the path of a weights file.

    Raises:
        UserError: The name is unknown, or the size is below the backbone's minimum.
        WeightsError: The weights are missing or do not fit.
    """
    entry = find_backbone(name)
    refuse_small(name, image_size, entry.minimum_size)
    source = "imagenet" if weights == "imagenet" else None
    try:
        backbone = _build_bare(resolve_name(entry.builder), image_size, source)
    except Exception as error:
        if source is None or "URL fetch failure" not in str(error):
            raise
        raise missing_weights(name, image_size) from error
    if weights not in ("imagenet", "random"):
        load_weights_into(backbone, resolve_weights(weights))
    return backbone


def _build_bare(builder: Callable[..., Any], image_size: int, weights: str | None) -> keras.Model:
    with warnings.catch_warnings():
        # The mobile nets warn that their weights are those of another size: so are everybody's.
        warnings.filterwarnings("ignore", message="`input_shape` is undefined or non-square")
        return builder(include_top=False, weights=weights, input_shape=(image_size, image_size, 3))


def build_preprocessing(pictures: Any, kind: Preprocessing) -> Any:
    """Return pictures as a backbone wants to see them, made of Keras' own serialisable layers.

    The same as `preprocess_input` of the backbone's module, which is a plain function and would
    have to be wrapped in a Lambda layer, refused by `load_model`.

    Args:
        pictures: RGB in [0, 255], (n, h, w, 3), symbolic.
        kind: One of `Preprocessing`.
    """
    if kind == "included":
        return pictures
    if kind == "tf":
        return keras.layers.Rescaling(1 / 127.5, offset=-1, name="to_minus_one_and_one")(pictures)
    if kind == "torch":
        means, deviations = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
        return keras.layers.Normalization(
            mean=[255 * mean for mean in means],
            variance=[(255 * deviation) ** 2 for deviation in deviations],
            name="imagenet_standardisation",
        )(pictures)
    reversed_channels = keras.ops.flip(pictures, axis=-1)  # RGB -> BGR
    return keras.layers.Normalization(
        mean=IMAGENET_MEANS, variance=(1.0, 1.0, 1.0), name="imagenet_means"
    )(reversed_channels)


def freeze(backbone: keras.Model, trainable: str | int) -> None:
    """Choose what of a backbone is trained; the rest stays as at inference.

    Args:
        backbone: Changed in place.
        trainable: "none", "all", or its last N layers (as `backbone.layers` counts them).

    Raises:
        UserError: It is none of these, or there are fewer than N layers.
    """
    count = len(backbone.layers)
    last = {"none": 0, "all": count}.get(trainable) if isinstance(trainable, str) else trainable
    if last is None or not 0 <= last <= count:
        raise UserError(
            "The model cannot be built",
            [
                f'trainable: choose "none", "all", or a number of last layers up to {count} '
                f"({backbone.name} has {count}); {trainable!r} came"
            ],
        )
    backbone.trainable = last > 0
    for number, layer in enumerate(backbone.layers, start=1):
        layer.trainable = number > count - last
        if not layer.trainable and isinstance(layer, keras.layers.Dropout):
            # A frozen batch normalisation stays at inference by itself. Dropout does not, and a
            # training=False given here would lose to the outer model's training=True (Keras 3).
            layer.rate = 0.0
