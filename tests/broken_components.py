"""Components with one mistake each, and the fact that it refutes."""

HEAD = """
from __future__ import annotations

from scenes import Item, Verdict, augmentation, claim, figure, loader, metric, model, schedule


def start(image_size):
    import keras
    from keras import layers

    pictures = keras.Input((image_size, image_size, 3))
    x = layers.Rescaling(1 / 255)(pictures)
    return keras, layers, pictures, layers.Flatten()(layers.AveragePooling2D(4)(x))


"""

_MODEL = "@model{facts}\ndef broken(*, image_size, classes{more}) -> keras.Model:\n"
_START = "    keras, layers, pictures, x = start(image_size)\n"
_END = "    return keras.Model(pictures, layers.Dense(classes, activation='softmax')(x))\n"


def _model(body: str, *, facts: str = "", more: str = "", end: str = _END, before: str = "") -> str:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return f"{HEAD}{before}{_MODEL.format(facts=facts, more=more)}{_START}{lines}{end}"


def _layer(call: str, build: str = "pass") -> str:
    """Return a layer that does something wrong."""
    return (
        "class Odd(keras.layers.Layer):\n"
        f"    def build(self, shape):\n        {build}\n"
        f"    def call(self, x, training=False):\n        {call}\n"
        "x = Odd()(layers.Dense(8)(x))"
    )


def _always(layer: str, options: str = "") -> str:
    """Return a layer that takes inference for training."""
    return (
        f"class Odd({layer}):\n"
        "    def call(self, x, training=False):\n        return super().call(x, training=True)\n"
        f"x = Odd({options})(x)"
    )


_DENSE = "x = layers.Dense(8, activation='relu')(x)"

SOUND_MODEL = _model(_DENSE, facts="(trainable=1_679, frozen=0, operations=1_656)")

MODELS = {
    "a dead layer": (
        _model("x = layers.Dense(8)(x)\nx = layers.Lambda(lambda it: 0 * it)(x)"),
        "every trainable weight gets a gradient",
    ),
    "a layer that is not connected to the loss": (
        _model("x = layers.Dense(8)(x)\nx = layers.Lambda(keras.ops.stop_gradient)(x)"),
        "every trainable weight gets a gradient",
    ),
    "a softmax over the batch": (
        _model("", end="    x = layers.Dense(classes)(x)\n"
               "    return keras.Model(pictures, layers.Softmax(axis=0)(x))\n"),
        "its probabilities sum to 1",
    ),
    "no softmax": (
        _model("", end="    return keras.Model(pictures, layers.Dense(classes)(x))\n"),
        "its probabilities sum to 1",
    ),
    "a sigmoid for each class": (
        _model("", end="    x = layers.Dense(classes, activation='sigmoid')(x)\n"
               "    return keras.Model(pictures, x)\n"),
        "its probabilities sum to 1",
    ),
    "half precision to the end": (
        _model("", end="    x = layers.Dense(classes, activation='softmax', dtype='float16')(x)\n"
               "    return keras.Model(pictures, x)\n"),
        "its probabilities sum to 1",
    ),
    "a fixed number of classes": (
        _model("classes = 3"),
        "it is built for the smallest pictures and for any number of classes",
    ),
    "layers instead of a model": (
        _model("", end="    return layers.Dense(classes)\n"),
        "it is built for the smallest pictures and for any number of classes",
    ),
    "a minimum that is too small": (
        _model("x = layers.Reshape((8, 8, 3))(x)\nx = layers.Flatten()(x)"),
        "it is built for the smallest pictures and for any number of classes",
    ),
    "other counts than stated": (
        _model(_DENSE, facts="(trainable=1_680)"),
        "it has the counts that it states",
    ),
    "weights shared by accident": (
        _model("dense = layers.Dense(8)\nx = layers.Dense(8)(x)\nx = dense(dense(x))",
               facts="(trainable=1_823)"),
        "it has the counts that it states",
    ),
    "a frozen layer that is not": (
        _model("layer = layers.Dense(8)\nx = layer(x)\nlayer.trainable = False\n"
               "layer.trainable = True", facts="(frozen=1_544)"),
        "it has the counts that it states",
    ),
    "dropout in inference": (
        _model(_always("layers.Dropout", "0.5, seed=1")),
        "nothing is drawn in inference",
    ),
    "statistics of the batch in inference": (
        _model(_always("layers.BatchNormalization")),
        "a picture is predicted alone as among others",
    ),
    "pictures less the mean of their batch": (
        _model("x = layers.Lambda(lambda it: it - keras.ops.mean(it, axis=0, keepdims=True))(x)"),
        "a picture is predicted alone as among others",
    ),
    "a frozen layer that moves": (
        _model(_layer(
            "self.count.assign_add(1.0) if training else None\n        return x + 0 * self.count",
            "self.count = self.add_weight(shape=(), initializer='zeros', trainable=False)",
        )),
        "nothing frozen changes",
    ),
    "noise that no seed decides": (
        _model("import numpy as np\n"
               "noise = np.random.default_rng().normal(size=x.shape[1:])\n"
               "x = layers.Lambda(lambda it: it + noise.astype('float32'))(x)\n"
               "x = layers.Dense(8, kernel_initializer=keras.initializers.Constant(noise[0]))(x)"),
        "the same seed gives the same network, and another seed another",
    ),
    "the same weights from every seed": (
        _model("", end="    kernel = keras.initializers.GlorotUniform(seed=1)\n"
               "    x = layers.Dense(classes, activation='softmax', kernel_initializer=kernel)(x)\n"
               "    return keras.Model(pictures, x)\n"),
        "the same seed gives the same network, and another seed another",
    ),
    "dropout that no seed decides": (
        _model("import random\n" + _layer(
            "import numpy as np\n        n = keras.ops.convert_to_tensor(np.random.default_rng()"
            ".normal(size=8).astype('float32'))\n        return x + n if training else x"
        )),
        "the same seed trains the same network",
    ),
    "a layer outside of the function": (
        _model("cache.setdefault('layer', layers.Dense(8))\nx = cache['layer'](x)",
               before="cache = {}\n\n"),
        "two networks share no weights",
    ),
    "too little to learn from": (
        _model("x = layers.Lambda(lambda it: keras.ops.mean(it, axis=-1, keepdims=True))(x)\n"
               "x = layers.Lambda(lambda it: 1e-6 * it)(x)"),
        "ten pictures can be learned by heart",
    ),
    "a layer that cannot be loaded": (
        _model(
            "class Odd(keras.layers.Layer):\n"
            "    def __init__(self, factor, **options):\n"
            "        super().__init__(**options)\n        self.factor = factor\n"
            "    def call(self, x):\n        return self.factor * x\n"
            "x = Odd(2.0)(x)"
        ),
        "it predicts the same when it is saved and loaded",
    ),
}  # fmt: skip
"""What is wrong: the code, and the fact that shows it."""


def _augmentation(body: str, *, takes: str = "pictures, labels", strength: str = "0.5") -> str:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return (
        f"{HEAD}@augmentation\ndef broken({takes}, *, strength={strength}, generator):\n"
        f"    import keras\n    import numpy as np\n{lines}"
    )


_NOISE = "keras.random.normal(keras.ops.shape(pictures), seed=generator)"

SOUND_AUGMENTATION = _augmentation(f"return pictures + strength * {_NOISE}, labels")

AUGMENTATIONS = {
    "labels that change": (
        _augmentation(f"return pictures + {_NOISE}, labels[:, ::-1]"),
        "pictures of one class stay in it",
    ),
    "labels that lose weight": (
        _augmentation(f"return pictures + {_NOISE}, 0.9 * labels"),
        "labels sum to 1",
    ),
    "pictures in [0, 1]": (
        _augmentation(f"return (pictures + {_NOISE}) / 255, labels"),
        "pictures stay in [0, 255]",
    ),
    "pixels that are no numbers": (
        _augmentation(f"return keras.ops.sqrt(pictures - 127 + {_NOISE}), labels"),
        "pictures stay in [0, 255]",
    ),
    "smaller pictures": (
        _augmentation(f"return (pictures + {_NOISE})[:, :8], labels"),
        "shape and type stay",
    ),
    "a picture less": (
        _augmentation(f"return (pictures + {_NOISE})[1:], labels"),
        "shape and type stay",
    ),
    "another type": (
        _augmentation(f"return keras.ops.cast(pictures + {_NOISE}, 'float16'), labels"),
        "shape and type stay",
    ),
    "what no seed decides": (
        _augmentation("return pictures + np.random.default_rng().normal(), labels"),
        "the same seed gives the same pictures",
    ),
    "a fixed seed": (
        _augmentation("n = keras.random.normal(keras.ops.shape(pictures), seed=1)\n"
                      "return pictures + n, labels"),
        "another seed gives other pictures, and so does the next batch",
    ),
    "what is drawn once, when it is compiled": (
        _augmentation("n = float(np.asarray(generator.state.value)[0] % 50)\n"
                      "generator.state.assign(generator.state + 1)\nreturn pictures + n, labels"),
        "a compiled step draws anew in every batch",
    ),
    "pictures that are written into": (
        _augmentation("pictures[:] += 1\n"
                      f"return pictures + {_NOISE}, labels"),
        "what it is given stays as it was",
    ),
}  # fmt: skip


def _schedule(body: str) -> str:
    return f"{HEAD}@schedule\ndef broken(epoch, *, epochs):\n    {body}\n"


SOUND_SCHEDULE = _schedule("return 1 / (1 + epoch)")

SCHEDULES = {
    "a rate that reaches 0": (
        _schedule("return 1 - epoch / max(1, epochs - 1)"),
        "the rate of every epoch is positive and finite",
    ),
    "a division by 0": (
        _schedule("return 1 / epoch"),
        "the rate of every epoch is positive and finite",
    ),
    "a rate that is drawn": (
        _schedule("import random; return 0.5 + random.random()"),
        "an epoch has one rate",
    ),
    "a rate that explodes": (
        _schedule("return 2.0 ** epoch"),
        "no rate is ten times that of the settings",
    ),
}


def _metric(body: str, *, facts: str = "") -> str:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return (
        f"{HEAD}import numpy as np\n\n@metric{facts}\ndef broken(labels, probabilities):\n{lines}"
    )


_RIGHT = "probabilities.argmax(axis=1) == labels"

SOUND_METRIC = _metric(f"return ({_RIGHT}).mean()")

METRICS = {
    "a wrong direction": (
        _metric(f"return ({_RIGHT}).mean()", facts="(better='lower')"),
        "perfect predictions have the best value, and none is better",
    ),
    "a share of 0 to 100": (
        _metric(f"return 100 * ({_RIGHT}).mean()"),
        "every value is in its range",
    ),
    "a mean of nothing": (
        _metric(f"return float('nan') if len(labels) < 20 else ({_RIGHT}).mean()"),
        "every value is in its range",
    ),
    "a value for each picture": (
        _metric(f"return ({_RIGHT}).astype(float)"),
        "it gives one number, or one for each class",
    ),
    "a regard for the order": (
        _metric(f"return np.average({_RIGHT}, weights=np.arange(len(labels)) + 1)"),
        "the order of the pictures changes nothing",
    ),
    "probabilities that are written into": (
        _metric(f"probabilities /= 2\nreturn ({_RIGHT}).mean()"),
        "labels and probabilities stay as they were",
    ),
    "a metric of TensorFlow's": (
        _metric(f"import tensorflow as tf\nreturn float(tf.reduce_mean(1.0 * ({_RIGHT})))"),
        "it is computed without TensorFlow",
    ),
}  # fmt: skip


def _figure(body: str, *, facts: str = "caption='Losses.', alt='A bar for each value.'") -> str:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return (
        f"{HEAD}@figure({facts})\ndef broken(studies, *, language):\n"
        "    from matplotlib.figure import Figure\n\n"
        "    drawing = Figure()\n    axes = drawing.subplots()\n"
        "    trials = [trial for study in studies for trial in study.finished]\n"
        f"{lines}    return drawing\n"
    )


_BARS = "axes.bar([it.label for it in trials], [it.val_loss.value for it in trials])"

SOUND_FIGURE = _figure(_BARS)

FIGURES = {
    "axes instead of a figure": (
        _figure(f"{_BARS}\nreturn axes"),
        "it draws a figure that a page can hold, in each of its languages",
    ),
    "a language that it lacks": (
        _figure(f"{_BARS}\naxes.set_ylabel({{'en': 'loss'}}[language])",
                facts="caption={'en': 'Losses.', 'es': 'Pérdidas.'}, alt='Bars.'"),
        "it draws a figure that a page can hold, in each of its languages",
    ),
    "a figure taller than a page": (
        _figure(f"{_BARS}\ndrawing.set_size_inches(5, 40)"),
        "it draws a figure that a page can hold, in each of its languages",
    ),
    "an empty text alternative": (
        _figure(_BARS, facts="caption='Losses.', alt=' '"),
        "caption and text alternative say something, and not the same",
    ),
    "a caption said twice": (
        _figure(_BARS, facts="caption='Losses.', alt='Losses.'"),
        "caption and text alternative say something, and not the same",
    ),
    "Keras for a colour": (
        _figure(f"import keras\n{_BARS}"),
        "it is drawn without TensorFlow",
    ),
    "points that are scattered at random": (
        _figure("import random\naxes.plot([random.random() for _ in trials])"),
        "the same results give the same drawing",
    ),
    "results that are typed": (
        _figure("axes.bar(['a', 'b'], [0.7, 0.8])"),
        "other results give another drawing",
    ),
    "a first run that must not fail": (
        _figure(f"{_BARS}\nepochs = [it.records[0].epochs for it in studies[0].plan.trials]"),
        "runs that fail, stop early or are alone can be drawn",
    ),
}  # fmt: skip


def _claim(body: str, *, takes: str = "study, key") -> str:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return f"{HEAD}@claim\ndef broken({takes}):\n{lines}"


_OPEN = (
    "records = study.trial(key).records\n"
    "if not records:\n    return Verdict('inconclusive', 'it learns', 'no run has a result')\n"
)
_JUDGED = (
    "found = records[0].final('val_accuracy')\n"
    "return Verdict('supported' if found > 0.55 else 'contradicted', 'it learns', f'{found:.2f}')"
)

SOUND_CLAIM = _claim(_OPEN + _JUDGED)

CLAIMS = {
    "true or false": (
        _claim(f"{_OPEN}return records[0].final('val_accuracy') > 0.55"),
        "it gives a verdict whatever the results are",
    ),
    "a status of its own": (
        _claim(f"{_OPEN}return Verdict('yes', 'it learns', 'as can be seen')"),
        "it gives a verdict whatever the results are",
    ),
    "a verdict without a reason": (
        _claim(f"{_OPEN}return Verdict('supported', 'it learns', '')"),
        "it gives a verdict whatever the results are",
    ),
    "a first run that must not fail": (
        _claim(f"records = study.trial(key).records\n{_JUDGED}"),
        "it gives a verdict whatever the results are",
    ),
    "a verdict by chance": (
        _claim("import random\nreturn Verdict('supported', 'it learns', str(random.random()))"),
        "the same results give the same verdict",
    ),
    "what is always true": (
        _claim(f"{_OPEN}return Verdict('inconclusive', 'it learns', 'perhaps')"),
        "other results give another verdict",
    ),
    "a finding without a result": (
        _claim(f"{_OPEN.replace('inconclusive', 'contradicted')}{_JUDGED}"),
        "it is left open where no run has a result",
    ),
    "a verdict of TensorFlow's": (
        _claim(f"import tensorflow\n{_OPEN}{_JUDGED}"),
        "it is judged without TensorFlow",
    ),
}  # fmt: skip


def _loader(body: str) -> str:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return f"{HEAD}import numpy as np\n\n@loader\ndef broken(source):\n{lines}"


_READ = "with np.load(source) as file:\n    pixels, labels = file['x'], file['y']\n"
_YIELD = "for one, label in zip(pixels, labels):\n    yield Item(one, f'class {label}')"

SOUND_LOADER = _loader(_READ + _YIELD)

LOADERS = {
    "pairs instead of items": (
        _loader(f"{_READ}yield from zip(pixels, labels)"),
        "it yields pictures, each with a label",
    ),
    "pixels from 0 to 1": (
        _loader(f"{_READ}pixels = pixels / 255\n{_YIELD}"),
        "it yields pictures, each with a label",
    ),
    "labels that are missing": (
        _loader(f"{_READ}for one in pixels:\n    yield Item(one, '')"),
        "it yields pictures, each with a label",
    ),
    "nothing": (
        _loader("yield from ()"),
        "it yields pictures, each with a label",
    ),
    "another order each time": (
        _loader(f"{_READ}import random\norder = random.sample(range(len(labels)), len(labels))\n"
                f"pixels, labels = pixels[order], labels[order]\n{_YIELD}"),
        "it yields the same each time",
    ),
    "a source that is written again": (
        _loader(f"{_READ}np.savez(source, x=pixels, y=labels, z=labels)\n{_YIELD}"),
        "its source stays as it was",
    ),
}  # fmt: skip
