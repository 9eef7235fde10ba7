"""The formats of a document beside PDF and HTML, and what their files are called."""

from collections.abc import Mapping

FORMATS: Mapping[str, str] = {
    "docx": "docx",
    "latex": "latex.zip",
    "markdown": "markdown.zip",
}
"""The ending of each format's file."""


def file_name(document: str, one: str) -> str:
    """Return the name of a document's file in a format."""
    return f"{document}.{FORMATS[one]}"
