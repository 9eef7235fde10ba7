"""The feature extractors that a model can be built on, as entries that need no TensorFlow."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from scenes.errors import UserError
from scenes.spec.entries import Load

Preprocessing = Literal["caffe", "tf", "torch", "included"]

LOAD_SIZE = 224
"""The picture size, in pixels, for which the loads are counted."""


@dataclass(frozen=True)
class BackboneEntry:
    """A feature extractor of keras.applications, without its ImageNet classifier.

    Args:
        builder: What builds it, as "module:function".
        minimum_size: The smallest picture that it takes, in pixels a side.
        preprocessing: What it expects. caffe: BGR less the ImageNet means; tf: [-1, 1];
            torch: ImageNet mean 0 and deviation 1; included: [0, 255], it rescales by itself.
        load: What it costs with a picture of `LOAD_SIZE` pixels a side.
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


_HOST = "https://storage.googleapis.com/tensorflow/keras-applications"
_NO_TOP = "weights_tf_dim_ordering_tf_kernels_notop.h5"

BACKBONES: Mapping[str, BackboneEntry] = {
    "VGG16": BackboneEntry(
        "keras.applications:VGG16", 32, "caffe", Load(15.35, 15.23, 3.21, 14.71),
        f"{_HOST}/vgg16/vgg16_{_NO_TOP}",
        "6d6bbae143d832006294945121d1f1fc",
    ),
    "VGG19": BackboneEntry(
        "keras.applications:VGG19", 32, "caffe", Load(19.51, 16.53, 3.21, 20.02),
        f"{_HOST}/vgg19/vgg19_{_NO_TOP}",
        "253f8cb515780f3b799900260a226db6",
    ),
    "ResNet50": BackboneEntry(
        "keras.applications:ResNet50", 32, "caffe", Load(3.86, 37.12, 0.83, 23.59),
        f"{_HOST}/resnet/resnet50_{_NO_TOP}",
        "4d473c1dd8becc155b73f8504c6f6626",
    ),
    "ResNet101V2": BackboneEntry(
        "keras.applications:ResNet101V2", 32, "tf", Load(7.19, 51.26, 0.83, 42.63),
        f"{_HOST}/resnet/resnet101v2_{_NO_TOP}",
        "c0ed64b8031c3730f411d2eb4eea35b5",
    ),
    "MobileNetV2": BackboneEntry(
        "keras.applications:MobileNetV2", 32, "tf", Load(0.3, 21.81, 1.23, 2.26),
        f"{_HOST}/mobilenet_v2/"
        "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_{size}_no_top.h5",
        "",
        weights_sizes=(96, 128, 160, 192, 224),
    ),
    "MobileNetV3Small": BackboneEntry(
        "keras.applications:MobileNetV3Small", 32, "included", Load(0.055, 5.36, 0.23, 0.94),
        f"{_HOST}/mobilenet_v3/weights_mobilenet_v3_small_224_1.0_float_no_top_v2.h5",
        "d3e8ec802a04aa4fc771ee12a9a9b836",
    ),
    "EfficientNetV2B0": BackboneEntry(
        "keras.applications:EfficientNetV2B0", 32, "included", Load(0.717, 16.16, 0.4, 5.92),
        f"{_HOST}/efficientnet_v2/efficientnetv2-b0_notop.h5",
        "893217f2bb855e2983157299931e43ff",
    ),
    "DenseNet121": BackboneEntry(
        "keras.applications:DenseNet121", 32, "torch", Load(2.83, 49.92, 0.83, 7.04),
        f"{_HOST}/densenet/densenet121_{_NO_TOP}",
        "30ee3e1110167f948a6b9946edeeb738",
    ),
    "InceptionV3": BackboneEntry(
        "keras.applications:InceptionV3", 75, "tf", Load(2.84, 16.73, 0.76, 21.8),
        f"{_HOST}/inception_v3/inception_v3_{_NO_TOP}",
        "bcbd6486424b2319ff4ef7d526e38f63",
    ),
    "Xception": BackboneEntry(
        "keras.applications:Xception", 71, "tf", Load(4.55, 34.57, 1.52, 20.86),
        f"{_HOST}/xception/xception_{_NO_TOP}",
        "b0042744bf5b25fce3cb969f33bebb97",
    ),
    "ConvNeXtTiny": BackboneEntry(
        "keras.applications:ConvNeXtTiny", 32, "included", Load(4.46, 29.62, 1.2, 27.82),
        f"{_HOST}/convnext/convnext_tiny_notop.h5",
        "d547c096cabd03329d7be5562c5e14798aa39ed24b474157cef5e85ab9e49ef1",
    ),
}  # fmt: skip


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
