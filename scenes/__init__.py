"""Write lab reports on picture classifiers in which every number comes from the results."""

# Nothing is imported here: what comes before `scenes.__main__` runs without care for Ctrl-C.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from scenes.app.frames import facts_frame as facts_frame
    from scenes.app.frames import history_frame as history_frame
    from scenes.app.frames import judge as judge
    from scenes.app.frames import open_plan as open_plan
    from scenes.app.frames import runs_frame as runs_frame
    from scenes.app.trust import report_components as report_components
    from scenes.claims.verdict import Verdict as Verdict
    from scenes.data.items import Item as Item
    from scenes.runs.store import Store as Store
    from scenes.spec.components import augmentation as augmentation
    from scenes.spec.components import claim as claim
    from scenes.spec.components import figure as figure
    from scenes.spec.components import loader as loader
    from scenes.spec.components import metric as metric
    from scenes.spec.components import model as model
    from scenes.spec.components import schedule as schedule
    from scenes.spec.loader import load_report as load_report
    from scenes.training.augmentations import build_augmentation as build_augmentation
    from scenes.training.models import build_model as build_model

__version__ = "0.1.0"

API_VERSION = 1
"""Of what a components.py and a script may rely on: the names below, what they take, and what they
return. A change that breaks one raises it, and the version before it goes on working for a year."""

INTERFACE = {
    "Item": "scenes.data.items:Item",
    "Store": "scenes.runs.store:Store",
    "Verdict": "scenes.claims.verdict:Verdict",
    "augmentation": "scenes.spec.components:augmentation",
    "build_augmentation": "scenes.training.augmentations:build_augmentation",
    "build_model": "scenes.training.models:build_model",
    "claim": "scenes.spec.components:claim",
    "facts_frame": "scenes.app.frames:facts_frame",
    "figure": "scenes.spec.components:figure",
    "history_frame": "scenes.app.frames:history_frame",
    "judge": "scenes.app.frames:judge",
    "load_report": "scenes.spec.loader:load_report",
    "loader": "scenes.spec.components:loader",
    "metric": "scenes.spec.components:metric",
    "model": "scenes.spec.components:model",
    "open_plan": "scenes.app.frames:open_plan",
    "report_components": "scenes.app.trust:report_components",
    "runs_frame": "scenes.app.frames:runs_frame",
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
    return ["API_VERSION", "__version__", *INTERFACE]
