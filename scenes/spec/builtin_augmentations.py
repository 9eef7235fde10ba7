"""The built-in augmentations, as entries of the registry."""

from collections.abc import Mapping

from scenes.spec.entries import AugmentationEntry

_SHARE = {"en": "share of the picture", "es": "fracción de la imagen"}
_NOTHING = {"en": "nothing", "es": "nada"}

AUGMENTATIONS: Mapping[str, AugmentationEntry] = {
    "none": AugmentationEntry(
        None, "augmentation.none",
        0.0, 0.0, _NOTHING,
        {
            "en": "The training pictures alone show enough of each class.",
            "es": "Las imágenes de entrenamiento bastan por sí solas para mostrar cada clase.",
        },
    ),
    "horizontal_flip": AugmentationEntry(
        "scenes.training.augmentations:build_horizontal_flip", "augmentation.horizontal_flip",
        0.5, 1.0,
        {"en": "probability of a flip", "es": "probabilidad de volteo"},
        {
            "en": "A scene and its mirror image belong to the same class.",
            "es": "Una escena y su imagen especular pertenecen a la misma clase.",
        },
    ),
    "zoom": AugmentationEntry(
        "scenes.training.augmentations:build_zoom", "augmentation.zoom",
        0.2, 0.9,
        {"en": "share by which it grows or shrinks", "es": "fracción en que crece o se reduce"},
        {
            "en": "The class does not depend on how near the camera stands.",
            "es": "La clase no depende de lo cerca que esté la cámara.",
        },
    ),
    "rotation": AugmentationEntry(
        "scenes.training.augmentations:build_rotation", "augmentation.rotation",
        0.05, 0.5,
        {"en": "share of a full turn", "es": "fracción de una vuelta completa"},
        {
            "en": "The class does not depend on a slight tilt of the camera.",
            "es": "La clase no depende de una ligera inclinación de la cámara.",
        },
    ),
    "translation": AugmentationEntry(
        "scenes.training.augmentations:build_translation", "augmentation.translation",
        0.1, 1.0, _SHARE,
        {
            "en": "The class does not depend on where in the frame things are.",
            "es": "La clase no depende de en qué parte del encuadre está cada cosa.",
        },
    ),
    "random_crop": AugmentationEntry(
        "scenes.training.augmentations:build_random_crop", "augmentation.random_crop",
        0.2, 0.9,
        {"en": "largest share of a side cut away", "es": "fracción máxima de lado que se recorta"},
        {
            "en": "A part of a scene is enough to tell its class.",
            "es": "Una parte de la escena basta para reconocer su clase.",
        },
    ),
    "brightness": AugmentationEntry(
        "scenes.training.augmentations:build_brightness", "augmentation.brightness",
        0.2, 1.0,
        {"en": "share of the range from black to white", "es": "fracción del rango negro–blanco"},
        {
            "en": "The class does not depend on the exposure or the time of day.",
            "es": "La clase no depende de la exposición ni de la hora del día.",
        },
    ),
    "contrast": AugmentationEntry(
        "scenes.training.augmentations:build_contrast", "augmentation.contrast",
        0.3, 1.0,
        {"en": "share by which contrast varies", "es": "fracción en que varía el contraste"},
        {
            "en": "The class does not depend on the haze or hardness of the light.",
            "es": "La clase no depende de la bruma ni de la dureza de la luz.",
        },
    ),
    "random_erasing": AugmentationEntry(
        "scenes.training.augmentations:build_random_erasing", "augmentation.random_erasing",
        0.2, 1.0,
        {"en": "largest share of the picture erased", "es": "fracción máxima de imagen borrada"},
        {
            "en": "A scene is still recognised when something stands in front of it.",
            "es": "Una escena se reconoce aunque algo tape una parte.",
        },
    ),
    "mixup": AugmentationEntry(
        "scenes.training.augmentations:build_mixup", "augmentation.mixup",
        0.2, 10.0,
        {"en": "alpha of the Beta(alpha, alpha) weight", "es": "alfa del peso Beta(alfa, alfa)"},
        {
            "en": "A blend of two pictures belongs to both classes in the same proportion.",
            "es": "La mezcla de dos imágenes pertenece a ambas clases en la misma proporción.",
        },
    ),
}  # fmt: skip
