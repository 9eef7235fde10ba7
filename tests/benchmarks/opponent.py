"""The notebook way, as a good student writes it: one trial after the other, from a folder.

    python -m benchmarks.opponent FOLDER '[{"image_size": 32, …}, …]' [SEED …]

Prints JSON: for each seed and trial, the seconds of each epoch and the last validation accuracy.
TensorFlow runs as it comes, with every core. Nothing of the program is used here.
"""

import json
import sys
import time
from typing import Any

import keras
from tensorflow.keras.preprocessing.image import ImageDataGenerator


class Clock(keras.callbacks.Callback):  # type: ignore[misc]
    """Notes how long each epoch takes, validation included."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []
        self._began = 0.0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Start the clock."""
        self._began = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Stop the clock."""
        self.seconds.append(time.perf_counter() - self._began)


def build_tutorial(trial: dict[str, Any], classes: int) -> keras.Model:
    """Build the network of TensorFlow's image-classification tutorial."""
    size, activation = trial["image_size"], trial["activation"]
    layers: list[Any] = [keras.Input((size, size, 3))]
    for filters in (16, 32, 64):
        layers += [
            keras.layers.Conv2D(filters, 3, padding="same", activation=activation),
            keras.layers.MaxPooling2D(),
        ]
    layers += [
        keras.layers.Flatten(),
        keras.layers.Dense(128, activation=activation),
        keras.layers.Dense(classes, activation="softmax"),
    ]
    return keras.Sequential(layers)


def build_transfer(trial: dict[str, Any], classes: int) -> keras.Model:
    """Build a frozen backbone with a dense layer of 120 units on top."""
    size = trial["image_size"]
    builder = getattr(keras.applications, trial["backbone"])
    backbone = builder(include_top=False, weights=None, input_shape=(size, size, 3))
    backbone.trainable = False
    return keras.Sequential(
        [
            keras.Input((size, size, 3)),
            backbone,
            keras.layers.Flatten(),
            keras.layers.Dense(120, activation=trial["activation"]),
            keras.layers.Dense(classes, activation="softmax"),
        ]
    )


def build_generator(trial: dict[str, Any]) -> Any:
    """Return the generator that brings pictures into the range that the network wants."""
    if trial["model"] == "tutorial":
        return ImageDataGenerator(rescale=1 / 255)
    module = {"VGG16": "vgg16", "ResNet50": "resnet50"}[trial["backbone"]]
    preprocess = getattr(keras.applications, module).preprocess_input
    return ImageDataGenerator(preprocessing_function=preprocess)


def train(folder: str, trial: dict[str, Any], seed: int) -> dict[str, Any]:
    """Train and validate one trial."""
    keras.utils.set_random_seed(seed)
    generator = build_generator(trial)
    size = (trial["image_size"], trial["image_size"])
    training = generator.flow_from_directory(
        f"{folder}/train", target_size=size, batch_size=trial["batch_size"], seed=seed
    )
    validation = generator.flow_from_directory(
        f"{folder}/val", target_size=size, batch_size=trial["batch_size"], shuffle=False
    )
    build = build_tutorial if trial["model"] == "tutorial" else build_transfer
    model = build(trial, training.num_classes)
    rate = {"learning_rate": trial["learning_rate"]}
    optimizer = keras.optimizers.get({"class_name": trial["optimizer"], "config": rate})
    model.compile(optimizer=optimizer, loss="categorical_crossentropy", metrics=["accuracy"])
    clock = Clock()
    history = model.fit(
        training,
        validation_data=validation,
        epochs=trial["epochs"],
        callbacks=[clock],
        verbose=0,
    )
    return {
        "activation": trial["activation"],
        "epochs": clock.seconds,
        "val_accuracy": history.history["val_accuracy"][-1],
    }


def main(folder: str, trials: str, *seeds: str) -> None:
    """Train every trial with every seed and print what came out."""
    results = [
        train(folder, trial, int(seed)) for seed in seeds or ("0",) for trial in json.loads(trials)
    ]
    print(json.dumps(results))


if __name__ == "__main__":
    main(*sys.argv[1:])
