"""One component of each kind that a small report needs, written from the documentation alone."""

import numpy as np

from scenes import Item, augmentation, figure, loader, metric, model, schedule


@model(minimum_size=8, label={"en": "residual network", "es": "red residual"})
def small_resnet(*, image_size, classes, activation="relu", width=8, blocks=1):
    """Build a network of `blocks` residual blocks of `width` channels."""
    import keras
    from keras import layers

    pictures = keras.Input((image_size, image_size, 3))
    x = layers.Rescaling(1 / 127.5, offset=-1)(pictures)
    x = layers.Conv2D(width, 3, strides=2, padding="same", activation=activation)(x)
    for _ in range(blocks):
        x = layers.Add()([x, _convolutions(x, width, activation)])
        x = layers.Activation(activation)(x)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(pictures, layers.Dense(classes, activation="softmax", dtype="float32")(x))


def _convolutions(x, width, activation):
    from keras import layers

    x = layers.Conv2D(width, 3, padding="same", activation=activation)(x)
    return layers.Conv2D(width, 3, padding="same")(x)


@augmentation(
    maximum=100,
    unit={"en": "grey levels", "es": "niveles de gris"},
    assumption={"en": "Noise hides no class.", "es": "El ruido no oculta ninguna clase."},
)
def noise(pictures, *, strength=10.0, generator):
    """Add noise to each pixel."""
    import keras

    return pictures + strength * keras.random.normal(keras.ops.shape(pictures), seed=generator)


@schedule(label={"en": "one cycle", "es": "un ciclo"})
def one_cycle(epoch, *, epochs, peak=0.3):
    """Rise to the learning rate, and fall."""
    done = (epoch + 1) / (epochs + 1)
    return done / peak if done < peak else (1 - done) / (1 - peak)


@metric(label={"en": "mean F1", "es": "F1 media"})
def mean_f1(labels, probabilities):
    """Return the mean of F1 over the classes that there are."""
    predicted = probabilities.argmax(axis=1)
    scores = []
    for one in np.unique(labels):
        hits = ((predicted == one) & (labels == one)).sum()
        scores.append(2 * hits / ((predicted == one).sum() + (labels == one).sum()))
    return float(np.mean(scores))


@figure(
    label={"en": "Loss by value", "es": "Pérdida por valor"},
    caption={"en": "Validation loss of each value.", "es": "Pérdida en validación de cada valor."},
    alt={"en": "A bar for each value of the study.", "es": "Una barra por valor del estudio."},
)
def loss_bars(studies, *, language):
    """Draw a bar for each value."""
    from matplotlib.figure import Figure

    drawing = Figure()
    axes = drawing.subplots()
    for study in studies:
        for trial in study.finished:
            axes.bar(trial.label, trial.val_loss.value)
    axes.set_ylabel({"en": "validation loss", "es": "pérdida en validación"}[language])
    return drawing


@loader
def from_npz(source):
    """Yield the pictures of a file of arrays."""
    with np.load(source) as file:
        for pixels, label in zip(file["x"], file["y"], strict=True):
            yield Item(pixels, "dark" if label else "light")
