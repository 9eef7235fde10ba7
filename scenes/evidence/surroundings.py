"""With what a document is written: the versions of all that decides its bytes."""

import ctypes
import ctypes.util
import hashlib
import os
import platform
import zlib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from scenes import __version__
from scenes.report.markup.templates import templates_folder
from scenes.report.output.pdf import FONT_STAMP
from scenes.report.style import font_assets

PACKAGES = (
    *("babel", "citeproc-py", "fonttools", "jinja2", "markdown-it-py", "matplotlib", "numpy"),
    *("pillow", "pydyf", "pyphen", "scipy", "tinycss2", "tinyhtml5", "weasyprint"),
)
PACKAGE = Path(__file__).parents[1]
HALVES = ("claims", "data", "evidence", "plan", "report", "runs", "spec", "stats", "system")
"""Rooms whose code decides what a document says and carries."""
TEXTS = (".css", ".html", ".toml")
"""Of the templates, what decides a PDF."""
NATIVE = {
    "pango": ("pango-1.0", "pango_version_string"),
    "harfbuzz": ("harfbuzz", "hb_version_string"),
    "harfbuzz-subset": ("harfbuzz-subset", "hb_version_string"),
    "fontconfig": ("fontconfig", ""),
}


@cache
def surroundings() -> dict[str, str]:
    """Return the versions of this program and of all that it writes with, by name."""
    packages = {name: found for name in PACKAGES if (found := _version(name))}
    native = {name: found for name, it in NATIVE.items() if (found := _native_version(*it))}
    return {
        "scenes": __version__,
        "code": _code(),
        "source_date_epoch": os.environ.get("SOURCE_DATE_EPOCH", FONT_STAMP),
        "fonts": _hash(list(font_assets().values())),
        "python": platform.python_version(),
        "zlib": zlib.ZLIB_RUNTIME_VERSION,
        **packages,
        **native,
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _native_version(library: str, function: str) -> str:
    """Return the version of a library of the system; "" where it is missing or does not say."""
    path = ctypes.util.find_library(library)
    if path is None:
        return ""
    if not function:
        return Path(path).name
    try:
        ask = getattr(ctypes.CDLL(path), function)
    except (OSError, AttributeError):
        return ""
    ask.restype = ctypes.c_char_p
    return (ask() or b"").decode("ascii", "replace")


def _code() -> str:
    """Return a hash of the code, templates, styles and catalogues that documents are made with."""
    code = [path for room in HALVES for path in sorted((PACKAGE / room).rglob("*.py"))]
    shared = [path for path in sorted(templates_folder().rglob("*")) if path.suffix in TEXTS]
    return _hash([path.read_bytes() for path in (*code, *shared)])


def _hash(contents: list[bytes]) -> str:
    return hashlib.sha256(b"\0".join(contents)).hexdigest()[:16]
