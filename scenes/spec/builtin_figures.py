"""The built-in figures that a report may ask for besides its curves."""

from collections.abc import Mapping

from scenes.spec.entries import FigureEntry

_KEYS = {
    "confusion": "confusion",
    "recall": "recall",
    "confused_pairs": "pairs",
    "mistakes": "mistakes",
    "suspects": "suspects",
    "reliability": "reliability",
    "parameters": "parameters",
    "time": "seconds",
    "layers": "layers",
}
"""How the name ends by which each is referred to."""

FIGURES: Mapping[str, FigureEntry] = {name: FigureEntry(None, key) for name, key in _KEYS.items()}
"""By name."""
