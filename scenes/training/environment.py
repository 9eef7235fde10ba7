"""Where a run is trained and with what, as its record says it. Called in the worker that trains."""

import platform
import sys
from datetime import datetime
from typing import Any

import tensorflow as tf

from scenes import __version__
from scenes.system.machine import describe_machine

LIBRARIES = {
    "tensorflow": "tensorflow",
    "keras": "keras",
    "numpy": "numpy",
    "pillow": "PIL",
    "h5py": "h5py",
}
"""Module of each library that a result may depend on."""


def describe_environment(started: datetime) -> dict[str, Any]:
    """Return what a record says of machine and libraries.

    Versions are those of the modules that this process has imported: what is installed may have
    been replaced since.
    """
    return {
        "scenes": __version__,
        "python": platform.python_version(),
        "libraries": {
            name: str(sys.modules[module].__version__)
            for name, module in LIBRARIES.items()
            if module in sys.modules
        },
        **describe_machine(),
        "threads": tf.config.threading.get_intra_op_parallelism_threads(),
        "devices": [_device_name(device) for device in tf.config.get_visible_devices("GPU")],
        "started": started.isoformat(timespec="seconds"),
    }


def _device_name(device: Any) -> str:
    details = tf.config.experimental.get_device_details(device)
    return str(details.get("device_name", device.name))
