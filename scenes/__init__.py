"""Write lab reports on picture classifiers in which every number comes from the results."""

from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scenes.spec.components import augmentation as augmentation
    from scenes.spec.components import model as model
    from scenes.spec.components import schedule as schedule

__version__ = "0.1.0"

INTERFACE = {
    "augmentation": "scenes.spec.components:augmentation",
    "model": "scenes.spec.components:model",
    "schedule": "scenes.spec.components:schedule",
}
"""What users import from here; each is loaded when it is asked for."""


def __getattr__(name: str) -> Any:
    """Load a part of the interface."""
    if name not in INTERFACE:
        raise AttributeError(f"module 'scenes' has no attribute {name!r}")
    return resolve_name(INTERFACE[name])


def __dir__() -> list[str]:
    """Return the interface."""
    return ["__version__", *INTERFACE]
