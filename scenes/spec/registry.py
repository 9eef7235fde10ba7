"""What a report can name: models, backbones, augmentations, activations, optimizers, schedules.

In: nothing. Out: plain tables that are read without TensorFlow, so that a description is checked,
and a mistake in it told, before anything heavy is imported. `scenes.training` holds the builders
behind these names; tests assert that tables and builders name the same things.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from scenes.errors import UserError
from scenes.spec.load import Load

Preprocessing = Literal["caffe", "tf", "torch", "included"]


@dataclass(frozen=True)
class ModelEntry:
    """A model that `model = "…"` can name.

    Args:
        parameters: The settings that its builder takes, beyond image size and classes.
    """

    parameters: tuple[str, ...]


@dataclass(frozen=True)
class BackboneEntry:
    """A feature extractor of keras.applications, without its ImageNet classifier.

    Args:
        builder: The function's name in `keras.applications`.
        minimum_size: The smallest picture that it takes, in pixels a side.
        preprocessing: What it wants to see. caffe: BGR less the ImageNet means; tf: [-1, 1];
            torch: ImageNet mean 0 and deviation 1; included: [0, 255], it rescales by itself.
        load: What it costs with a picture of 224×224.
        weights_url: Where Keras downloads the ImageNet weights from. `{size}` stands for the
            picture size where there are several.
        weights_hash: What Keras checks the file against: MD5, or SHA-256 if 64 digits long;
            empty where Keras checks nothing.
        weights_sizes: The sizes that have weights of their own; any other takes the last.
        weights_name: The file that Keras looks for, where it is not the address's last part.
    """

    builder: str
    minimum_size: int
    preprocessing: Preprocessing
    load: Load
    weights_url: str
    weights_hash: str
    weights_sizes: tuple[int, ...] = (224,)
    weights_name: str = ""

    def url(self, image_size: int = 224) -> str:
        """Return the address of the ImageNet weights for pictures of `image_size` pixels."""
        fits = image_size in self.weights_sizes
        return self.weights_url.format(size=image_size if fits else self.weights_sizes[-1])

    def weights_file(self, image_size: int = 224) -> str:
        """Return the name of the file in which Keras keeps those weights."""
        return self.weights_name or self.url(image_size).rpartition("/")[2]


@dataclass(frozen=True)
class AugmentationEntry:
    """A random change of the training pictures.

    Args:
        strength: Its default strength; 0 would change nothing.
        maximum: The largest strength that it takes.
        unit: What the strength measures, by language.
        assumption: What it assumes about pictures, one sentence by language.
    """

    strength: float
    maximum: float
    unit: Mapping[str, str]
    assumption: Mapping[str, str]


ACTIVATIONS = (
    "linear", "tanh", "relu", "sigmoid", "leaky_relu", "elu", "selu", "gelu", "silu", "softplus",
)  # fmt: skip
OPTIMIZERS = ("sgd", "adam", "adamw", "rmsprop")

SCHEDULES: Mapping[str, tuple[str, ...]] = {
    "constant": (),
    "cosine": ("schedule_floor",),
    "exponential": ("schedule_factor", "schedule_every"),
    "step": ("schedule_factor", "schedule_every"),
}
"""How the learning rate goes from epoch to epoch, and the settings that this takes."""

MODELS: Mapping[str, ModelEntry] = {
    "tutorial": ModelEntry(("activation", "filters", "kernel_size", "dense_units", "dropout")),
    "lenet": ModelEntry(("activation", "dropout")),
    "mlp": ModelEntry(("activation", "dense_units", "dropout")),
    "transfer": ModelEntry(
        ("activation", "backbone", "head_units", "dropout", "weights", "trainable")
    ),
}
MODEL_NAMES = tuple(MODELS)

_HOST = "https://storage.googleapis.com/tensorflow/keras-applications"
_NO_TOP = "weights_tf_dim_ordering_tf_kernels_notop.h5"

BACKBONES: Mapping[str, BackboneEntry] = {
    "VGG16": BackboneEntry(
        "VGG16", 32, "caffe", Load(15.35, 15.23, 3.21, 14.71),
        f"{_HOST}/vgg16/vgg16_{_NO_TOP}",
        "6d6bbae143d832006294945121d1f1fc",
    ),
    "VGG19": BackboneEntry(
        "VGG19", 32, "caffe", Load(19.51, 16.53, 3.21, 20.02),
        f"{_HOST}/vgg19/vgg19_{_NO_TOP}",
        "253f8cb515780f3b799900260a226db6",
    ),
    "ResNet50": BackboneEntry(
        "ResNet50", 32, "caffe", Load(3.86, 37.12, 0.83, 23.59),
        f"{_HOST}/resnet/resnet50_{_NO_TOP}",
        "4d473c1dd8becc155b73f8504c6f6626",
    ),
    "ResNet101V2": BackboneEntry(
        "ResNet101V2", 32, "tf", Load(7.19, 51.26, 0.83, 42.63),
        f"{_HOST}/resnet/resnet101v2_{_NO_TOP}",
        "c0ed64b8031c3730f411d2eb4eea35b5",
    ),
    "MobileNetV2": BackboneEntry(
        "MobileNetV2", 32, "tf", Load(0.3, 21.81, 1.23, 2.26),
        f"{_HOST}/mobilenet_v2/"
        "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_{size}_no_top.h5",
        "",
        weights_sizes=(96, 128, 160, 192, 224),
    ),
    "MobileNetV3Small": BackboneEntry(
        "MobileNetV3Small", 32, "included", Load(0.055, 5.36, 0.23, 0.94),
        f"{_HOST}/mobilenet_v3/weights_mobilenet_v3_small_224_1.0_float_no_top_v2.h5",
        "d3e8ec802a04aa4fc771ee12a9a9b836",
    ),
    "EfficientNetV2B0": BackboneEntry(
        "EfficientNetV2B0", 32, "included", Load(0.717, 16.16, 0.4, 5.92),
        f"{_HOST}/efficientnet_v2/efficientnetv2-b0_notop.h5",
        "893217f2bb855e2983157299931e43ff",
    ),
    "DenseNet121": BackboneEntry(
        "DenseNet121", 32, "torch", Load(2.83, 49.92, 0.83, 7.04),
        f"{_HOST}/densenet/densenet121_{_NO_TOP}",
        "30ee3e1110167f948a6b9946edeeb738",
    ),
    "InceptionV3": BackboneEntry(
        "InceptionV3", 75, "tf", Load(2.84, 16.73, 0.76, 21.8),
        f"{_HOST}/inception_v3/inception_v3_{_NO_TOP}",
        "bcbd6486424b2319ff4ef7d526e38f63",
    ),
    "Xception": BackboneEntry(
        "Xception", 71, "tf", Load(4.55, 34.57, 1.52, 20.86),
        f"{_HOST}/xception/xception_{_NO_TOP}",
        "b0042744bf5b25fce3cb969f33bebb97",
    ),
    "ConvNeXtTiny": BackboneEntry(
        "ConvNeXtTiny", 32, "included", Load(4.46, 29.62, 1.2, 27.82),
        f"{_HOST}/convnext/convnext_tiny_notop.h5",
        "d547c096cabd03329d7be5562c5e14798aa39ed24b474157cef5e85ab9e49ef1",
    ),
}  # fmt: skip

_SHARE = {"en": "share of the picture", "es": "fracción de la imagen"}
_NOTHING = {"en": "nothing", "es": "nada"}

AUGMENTATIONS: Mapping[str, AugmentationEntry] = {
    "none": AugmentationEntry(
        0.0, 0.0, _NOTHING,
        {
            "en": "The training pictures alone show enough of each class.",
            "es": "Las imágenes de entrenamiento bastan por sí solas para mostrar cada clase.",
        },
    ),
    "horizontal_flip": AugmentationEntry(
        0.5, 1.0,
        {"en": "probability of a flip", "es": "probabilidad de volteo"},
        {
            "en": "A scene and its mirror image belong to the same class.",
            "es": "Una escena y su imagen especular pertenecen a la misma clase.",
        },
    ),
    "zoom": AugmentationEntry(
        0.2, 0.9,
        {"en": "share by which it grows or shrinks", "es": "fracción en que crece o se reduce"},
        {
            "en": "The class does not depend on how near the camera stands.",
            "es": "La clase no depende de lo cerca que esté la cámara.",
        },
    ),
    "rotation": AugmentationEntry(
        0.05, 0.5,
        {"en": "share of a full turn", "es": "fracción de una vuelta completa"},
        {
            "en": "The class does not depend on a slight tilt of the camera.",
            "es": "La clase no depende de una ligera inclinación de la cámara.",
        },
    ),
    "translation": AugmentationEntry(
        0.1, 1.0, _SHARE,
        {
            "en": "The class does not depend on where in the frame things are.",
            "es": "La clase no depende de en qué parte del encuadre está cada cosa.",
        },
    ),
    "random_crop": AugmentationEntry(
        0.2, 0.9,
        {"en": "largest share of a side cut away", "es": "fracción máxima de lado que se recorta"},
        {
            "en": "A part of a scene is enough to tell its class.",
            "es": "Una parte de la escena basta para reconocer su clase.",
        },
    ),
    "brightness": AugmentationEntry(
        0.2, 1.0,
        {"en": "share of the range from black to white", "es": "fracción del rango negro–blanco"},
        {
            "en": "The class does not depend on the exposure or the time of day.",
            "es": "La clase no depende de la exposición ni de la hora del día.",
        },
    ),
    "contrast": AugmentationEntry(
        0.3, 1.0,
        {"en": "share by which contrast varies", "es": "fracción en que varía el contraste"},
        {
            "en": "The class does not depend on the haze or hardness of the light.",
            "es": "La clase no depende de la bruma ni de la dureza de la luz.",
        },
    ),
    "random_erasing": AugmentationEntry(
        0.2, 1.0,
        {"en": "largest share of the picture erased", "es": "fracción máxima de imagen borrada"},
        {
            "en": "A scene is still recognised when something stands in front of it.",
            "es": "Una escena se reconoce aunque algo tape una parte.",
        },
    ),
    "mixup": AugmentationEntry(
        0.2, 10.0,
        {"en": "alpha of the Beta(alpha, alpha) weight", "es": "alfa del peso Beta(alfa, alfa)"},
        {
            "en": "A blend of two pictures belongs to both classes in the same proportion.",
            "es": "La mezcla de dos imágenes pertenece a ambas clases en la misma proporción.",
        },
    ),
}  # fmt: skip
AUGMENTATION_NAMES = tuple(AUGMENTATIONS)
_SHORT_NAMES = {"flip": "horizontal_flip", "crop": "random_crop", "erasing": "random_erasing"}


def canonical_augmentation(name: str) -> str:
    """Return the one spelling of an augmentation or of a combination ("zoom+flip").

    Parts stand in the order of the table; "none" adds nothing to a combination.

    Raises:
        UserError: A part is unknown or stands twice.
    """
    parts = [_SHORT_NAMES.get(part, part) for part in (p.strip() for p in name.split("+"))]
    problems = [
        f"augmentation: {part!r} is unknown; choose from {', '.join(AUGMENTATION_NAMES)}"
        for part in parts
        if part not in AUGMENTATIONS
    ]
    if len(set(parts)) < len(parts):
        problems.append(f"augmentation: {name!r} names a part twice; name each once")
    if problems:
        raise UserError("The augmentation cannot be built", problems)
    changes = [part for part in AUGMENTATION_NAMES if part in parts and part != "none"]
    return "+".join(changes) or "none"


def minimum_image_size(settings: Mapping[str, Any]) -> int:
    """Return the smallest picture, in pixels a side, that the model of these settings takes.

    Raises:
        UserError: The model or its backbone is unknown.
    """
    model = settings["model"]
    if model == "transfer":
        return find_backbone(settings["backbone"]).minimum_size
    if model == "tutorial":
        return int(2 ** len(settings.get("filters") or (16, 32, 64)))  # each block halves the side
    if model == "lenet":
        return 12  # (12 / 2 - 5 + 1) / 2 = 1
    if model in MODELS:
        return 1
    raise UserError(
        "The model cannot be built",
        [f"model: {model!r} is unknown; choose from {', '.join(MODEL_NAMES)}"],
    )


def find_backbone(name: str) -> BackboneEntry:
    """Return the table's row of a backbone.

    Raises:
        UserError: No backbone has this name; the message lists those that there are.
    """
    if name not in BACKBONES:
        raise UserError(
            "The model cannot be built",
            [f"backbone: {name!r} is unknown; choose from {', '.join(BACKBONES)}"],
        )
    return BACKBONES[name]


def check_image_size(settings: Mapping[str, Any]) -> None:
    """Refuse pictures that are too small for the model of these settings.

    Raises:
        UserError: The size is below the minimum; the message names the model or backbone.
    """
    minimum, size = minimum_image_size(settings), settings["image_size"]
    if size >= minimum:
        return
    name = settings["backbone"] if settings["model"] == "transfer" else settings["model"]
    raise UserError(
        "The model cannot be built",
        [f"image_size: {name} needs at least {minimum}×{minimum} pixels; {size}×{size} came"],
        f"Set image_size to {minimum} or more, or choose another model.",
    )
