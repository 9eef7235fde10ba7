"""Sphinx builds this folder as a site: `nox -s docs`. A warning is an error.

Sphinx is kept by many hands, reads these pages as the Markdown that a forge shows too (MyST),
checks every link between them, and takes pages that are generated from the code.
"""

import sys
from pathlib import Path

from scenes import __version__

sys.path.insert(0, str(Path(__file__).parent / "_extensions"))

project = "scenes"
author = "The scenes authors"
release = version = __version__
extensions = ["myst_nb", "generated_reference"]
root_doc = "index"
exclude_patterns = ["_build", "_extensions"]
nitpicky = True
html_theme = "furo"
html_title = f"scenes {__version__}"
html_static_path: list[str] = []

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 4
nb_execution_mode = "cache"
nb_execution_raise_on_error = True
nb_execution_timeout = 600
