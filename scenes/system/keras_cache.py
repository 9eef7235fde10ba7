"""Where Keras keeps downloaded weights, found by Keras' own rule without importing it."""

import os
import tempfile
from pathlib import Path


def keras_models_folder() -> Path:
    """Return the folder in which Keras keeps downloaded weights, by Keras' own rule.

    That is `models` in KERAS_HOME, or in ~/.keras, or in /tmp/.keras where neither can be written
    (keras/src/backend/config.py and utils/file_utils.py).
    """
    home = Path.home()
    fallback = Path("/tmp" if Path("/tmp").is_dir() else tempfile.gettempdir(), ".keras")
    if "KERAS_HOME" in os.environ:
        base = Path(os.environ["KERAS_HOME"]).expanduser()
    else:
        base = home / ".keras" if os.access(home, os.W_OK) else Path("/tmp/.keras")
    # Keras makes the folder when it is imported, so one that is not there yet counts as writable.
    usable = os.access(base, os.W_OK) if base.exists() else os.access(_existing(base), os.W_OK)
    return (base if usable else fallback) / "models"


def _existing(path: Path) -> Path:
    return next(parent for parent in path.absolute().parents if parent.exists())


def resolve_weights(weights: str) -> Path:
    """Return the weights file of this name: a path, or a file in Keras' folder of weights."""
    path = Path(weights).expanduser()
    installed = keras_models_folder() / weights
    return installed if not path.exists() and installed.is_file() else path
