"""What the machine can do at best: a large product and a convolution, with every core.

    python -m benchmarks.ceiling [DTYPE …]

Prints JSON: operations a second of the best of many goes, by type and kind.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

SIDE = 2048
PICTURES, PIXELS, CHANNELS = 32, 56, 64
SECONDS = 2.0
"""How long each is tried."""


def measure(dtype: str) -> dict[str, float]:
    """Return operations a second of a product and of a 3×3 convolution in one type."""
    import tensorflow as tf

    square = tf.cast(tf.random.normal((SIDE, SIDE)), dtype)
    pictures = tf.cast(tf.random.normal((PICTURES, PIXELS, PIXELS, CHANNELS)), dtype)
    kernel = tf.cast(tf.random.normal((3, 3, CHANNELS, CHANNELS)), dtype)
    product = tf.function(lambda: tf.matmul(square, square))
    convolution = tf.function(lambda: tf.nn.conv2d(pictures, kernel, 1, "SAME"))
    return {
        "product": 2.0 * SIDE**3 / _best(product),
        "convolution": 2.0 * PICTURES * PIXELS**2 * 9 * CHANNELS**2 / _best(convolution),
    }


def _best(function: Callable[[], Any]) -> float:
    """Return the seconds of the fastest call."""
    function().numpy()
    times: list[float] = []
    while sum(times) < SECONDS:
        began = time.perf_counter()
        function().numpy()
        times.append(time.perf_counter() - began)
    return min(times)


if __name__ == "__main__":
    os.environ["TF_ENABLE_ONEDNN_OPTS"] = "1"
    print(json.dumps({dtype: measure(dtype) for dtype in sys.argv[1:] or ["float32"]}))
