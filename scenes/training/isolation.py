"""What libraries read from the environment and from files, and what a worker makes of it.

A result depends on the report alone: whatever else could change it is set here, or removed, before
a worker starts. Rules are by prefix, so that a variable of a later version is covered as well.
What stays is what cannot change a result, or is recorded with the run.
"""

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from scenes.system.keras_cache import keras_models_folder

# Names and values below are part of a run's id; comments, which hold the reasons, are not.
ENVIRONMENT = {
    "KERAS_BACKEND": "tensorflow",  # what the code is written for
    "OMP_NUM_THREADS": "1",  # the order of sums, and so the last bits, depends on threads
    "OPENBLAS_NUM_THREADS": "1",  # the same, in NumPy
    "TF_NUM_INTRAOP_THREADS": "1",  # the same, within an operation
    "TF_NUM_INTEROP_THREADS": "1",  # the same, between operations
    "TF_CPP_MIN_LOG_LEVEL": "3",  # changes no result: keeps the log short
    # Other kernels, other bits. By itself TensorFlow turns oneDNN on for AVX-512 alone; with AVX2
    # it is 2.3 times as fast.
    "TF_ENABLE_ONEDNN_OPTS": "1",
}
"""Variables of every worker."""

REMOVED = (
    "AUTOGRAPH_",  # how Python is turned into graphs
    "CUBLAS_",  # workspaces decide which algorithm is chosen
    "CUDNN_",  # which algorithms are allowed, and with which precision
    "DNNL_",  # oneDNN: instruction set, precision of float32 products
    "KERAS_",  # the backend, a limit of epochs and steps, a distribution over machines
    "KMP_",  # threads of Intel's OpenMP
    "MKL_",  # threads and instruction set
    "NPY_",  # instruction set of NumPy
    "NUMPY_",  # experiments of NumPy
    "NVIDIA_TF32_OVERRIDE",  # precision of float32 products on a GPU
    "OMP_",  # threads and how they share work
    "ONEDNN_",  # oneDNN: instruction set, precision of float32 products
    "OPENBLAS_",  # threads and instruction set of NumPy
    "TF_",  # mixed precision, autotuning, XLA, oneDNN, deterministic kernels, a cluster
    "XLA_",  # what the compiler may reorder
)
"""Prefixes of variables that no worker has, unless it is given one above or by its device."""

KEPT = (
    "KERAS_HOME",  # where weights lie; which weights they are is part of a run's id
)
"""Exceptions. Beside them stays what changes no result or is recorded with the hardware:
CUDA_VISIBLE_DEVICES, GLIBC_TUNABLES (memory pages), PYTHONHASHSEED (the order of sets)."""

KERAS_CONFIG: Mapping[str, Any] = {
    "image_data_format": "channels_last",
    "floatx": "float32",
    "epsilon": 1e-7,
    "backend": "tensorflow",
}
"""What Keras would read from keras.json: a worker sets it itself, after Keras has read it."""


def worker_variables(present: Mapping[str, str], extra: Mapping[str, str]) -> dict[str, str | None]:
    """Return what a worker's environment has in place of this one's; None for a variable removed.

    Args:
        present: The environment of this process.
        extra: Variables that the worker's device needs.
    """
    removed = [name for name in present if name.startswith(REMOVED) and name not in KEPT]
    return {**dict.fromkeys(removed), **ENVIRONMENT, **extra}


@contextlib.contextmanager
def worker_environment(extra: Mapping[str, str]) -> Iterator[None]:
    """Let processes that start meanwhile have the environment of a worker."""
    variables = worker_variables(os.environ, extra)
    before = {name: os.environ.get(name) for name in variables}
    _set(variables)
    try:
        yield
    finally:
        _set(before)


def _set(variables: Mapping[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def settle_keras() -> None:
    """Give Keras its own defaults back, whatever keras.json says."""
    import keras

    keras.config.set_image_data_format(KERAS_CONFIG["image_data_format"])
    keras.config.set_floatx(KERAS_CONFIG["floatx"])
    keras.config.set_epsilon(KERAS_CONFIG["epsilon"])


def foreign_keras_config() -> dict[str, Any]:
    """Return what keras.json sets otherwise than a worker does."""
    try:
        told = json.loads(keras_config_path().read_bytes())
    except (OSError, ValueError):
        return {}
    if not isinstance(told, dict):
        return {}
    return {
        name: told[name]
        for name, value in KERAS_CONFIG.items()
        if name in told and told[name] != value
    }


def keras_config_path() -> Path:
    """Return the file from which Keras reads its settings."""
    return keras_models_folder().with_name("keras.json")
