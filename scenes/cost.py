"""How much work a run is, before it starts: to begin with the longest and to tell the time left.

Counted in floating-point operations from the architecture; a training step costs about three
forward passes. Good to a factor of two, which is all that ordering and a progress bar need.
"""

from scenes.settings import Settings

FIXED = 2e9
"""Building and tracing a model, in operations."""
PER_PICTURE = 2e5
"""Gathering, augmenting and moving one picture."""
CORE_RATE = 7e10
"""Operations a second of one current core; a guess until a run has been watched."""

GIGA_MACS = {
    "VGG16": 15.3,
    "VGG19": 19.5,
    "ResNet50": 3.9,
    "ResNet101V2": 7.2,
    "MobileNetV2": 0.3,
    "MobileNetV3Small": 0.06,
    "EfficientNetV2B0": 0.72,
    "DenseNet121": 2.8,
    "InceptionV3": 2.8,
    "Xception": 4.6,
    "ConvNeXtTiny": 4.5,
}


def expected_cost(settings: Settings, train: int, val: int) -> float:
    """Return the floating-point operations of a run on so many pictures."""
    step = 3 * train + val
    if settings.model != "transfer":
        picture = _forward(settings) + PER_PICTURE
        return FIXED + settings.epochs * step * picture
    backbone = _backbone_forward(settings)
    if settings.trainable == "none" and settings.augmentation == "none":
        # Features are computed once; the head alone is trained.
        return 5 * FIXED + (train + val) * backbone + settings.epochs * step * PER_PICTURE
    return 5 * FIXED + settings.epochs * (train * 3 + val) * backbone


def _forward(settings: Settings) -> float:
    side, channels, total = settings.image_size, 3, 0.0
    for filters in settings.filters:
        total += 2.0 * side * side * settings.kernel_size**2 * channels * filters
        side, channels = max(1, side // 2), filters
    return total + 2.0 * side * side * channels * settings.dense_units


def _backbone_forward(settings: Settings) -> float:
    return 2e9 * GIGA_MACS[str(settings.backbone)] * (settings.image_size / 224) ** 2
