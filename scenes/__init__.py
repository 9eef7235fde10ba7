"""Write lab reports on picture classifiers in which every number comes from the results."""

# Nothing is imported here: what comes before `scenes.__main__` runs without care for Ctrl-C.
TYPE_CHECKING = False
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


def __getattr__(name: str) -> object:
    """Load a part of the interface."""
    from pkgutil import resolve_name

    if name not in INTERFACE:
        raise AttributeError(f"module 'scenes' has no attribute {name!r}")
    found: object = resolve_name(INTERFACE[name])
    return found


def __dir__() -> list[str]:
    """Return the interface."""
    return ["__version__", *INTERFACE]
