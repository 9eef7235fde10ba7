"""Components of this report, which report.toml can name: `scenes test FOLDER` checks them."""

from scenes import model


@model(minimum_size=8, trainable=9_983)  # for 32×32 pixels, 15 classes and the defaults below
def small_net(*, image_size, classes, activation="relu", width=16, blocks=2):
    """Build a residual network; `width` and `blocks` are settings, and a study can vary them."""
    import keras
    from keras import layers

    pictures = keras.Input((image_size, image_size, 3))  # RGB in [0, 255]
    x = layers.Rescaling(1 / 127.5, offset=-1)(pictures)
    x = layers.Conv2D(width, 3, strides=2, padding="same", activation=activation)(x)
    for _ in range(blocks):
        y = layers.Conv2D(width, 3, padding="same", activation=activation)(x)
        y = layers.Conv2D(width, 3, padding="same")(y)
        x = layers.Activation(activation)(layers.Add()([x, y]))
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(pictures, layers.Dense(classes, activation="softmax", dtype="float32")(x))
