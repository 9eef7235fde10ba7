"""Builds the page: its parts in, one HTML text out, with the policy under which it works.

The parts lie in `page/`. They are joined into one file because a page that is opened from a disk
may load no other, and because a policy can then name style and script by their hashes.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from importlib.resources import files

from scenes.report.style import STROKES

STYLES = ("live.css",)
SCRIPTS = ("elements.js", "model.js", "curves.js", "training.js", "compare.js", "errors.js",
           "document.js", "live.js")  # fmt: skip
"""In the order in which they need each other."""
_UNSAFE = re.compile(r"[<>&\u2028\u2029]")


def build_page(settings: Mapping[str, object], *, data: str = "null") -> str:
    """Return the page as HTML.

    Args:
        settings: What its script is to know of where it runs.
        data: JSON of all that it shows, where no server feeds it.
    """
    style = "\n".join(map(_part, STYLES)) + _palette()
    script = "\n".join(map(_part, SCRIPTS))
    told = json.dumps({**settings, "colours": len(STROKES)})
    html = _part("live.html")
    for name, text in (
        ("style", f"<style>{style}</style>"),
        ("settings", _json_element("settings", told)),
        ("data", _json_element("data", data)),
        ("script", f"<script>{script}</script>"),
        ("policy", _policy_element(style, script, is_static=data != "null")),
    ):
        html = html.replace(f"<!-- {name} -->", text, 1)
    return html


def _part(name: str) -> str:
    return files("scenes.live").joinpath("page", name).read_text(encoding="utf-8")


def _palette() -> str:
    """Return the colours of the report's figures, and lighter ones on a dark ground."""
    light = "".join(f"--value-{index}: {it.colour};" for index, it in enumerate(STROKES))
    dark = "".join(f"--value-{index}: {it};" for index, it in enumerate(DARK))
    return f":root {{ {light} }} @media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}"


DARK = ("#8db8f2", "#ff8d57", "#43cdb4", "#f0c24a", "#c98be0", "#b9b0a3", "#7fc6f5", "#ffffff")
"""The same hues, in the same order, with enough contrast on a dark ground."""


def _json_element(name: str, data: str) -> str:
    """Return data as a part of the page; no text in it can end the element."""
    safe = _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", data)
    return f'<script type="application/json" id="{name}">{safe}</script>'


def _policy_element(style: str, script: str, *, is_static: bool) -> str:
    beside = " file:" if is_static else ""  # where a page has no origin to be the same as
    rules = {
        "default-src": "'none'",
        "script-src": _hash(script),
        "style-src": _hash(style),
        "img-src": f"'self' data:{beside}",
        "connect-src": "'self'",
        "frame-src": f"'self'{beside}",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    content = "; ".join(f"{name} {value}" for name, value in rules.items())
    return f'<meta http-equiv="Content-Security-Policy" content="{content}">'


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
