"""The references of a report: a BibTeX file in, entries as HTML out."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup
from pybtex.backends.html import Backend
from pybtex.database import BibliographyData, parse_string
from pybtex.exceptions import PybtexError
from pybtex.style.formatting.unsrt import Style

from scenes.errors import SpecError
from scenes.spec import Report


@dataclass(frozen=True)
class Reference:
    """An entry of the list of references."""

    key: str
    html: Markup


def load_references(report: Report, folder: Path) -> list[Reference]:
    """Return the references that a report cites, in that order.

    Raises:
        SpecError: The bibliography is missing, is not BibTeX, or lacks a key.
    """
    if report.bibliography is None:
        if report.cite:
            raise SpecError(
                "references are cited, and there is no bibliography",
                [f"cite: {', '.join(report.cite)}"],
                'Name the file that holds them: bibliography = "references.bib"',
            )
        return []
    path = folder / report.bibliography
    if not path.resolve().is_relative_to(folder.resolve()):
        raise SpecError(
            f"the bibliography {report.bibliography} is outside of the report's folder",
            [f"references are read from {folder} only"],
            "Copy the file there.",
        )
    try:
        database = parse_string(path.read_text(encoding="utf-8"), "bibtex")
    except OSError as error:
        raise SpecError(f"{path} cannot be read", [error.strerror or str(error)]) from None
    except (UnicodeDecodeError, PybtexError) as error:
        raise SpecError(f"{path} cannot be read as BibTeX", [str(error)]) from None
    missing = [key for key in report.cite if key not in database.entries]
    if missing:
        known = ", ".join(database.entries)
        raise SpecError(f"{path} lacks cited keys", [f"{key}; it has {known}" for key in missing])
    schemes = [(key, entry.fields.get("url", "https:")) for key, entry in database.entries.items()]
    strange = [f"{key}: {url}" for key, url in schemes if not url.startswith(("https:", "http:"))]
    if strange:
        raise SpecError(f"{path} has links that do not begin with https: or http:", strange)
    return list(_formatted(database, list(report.cite) or list(database.entries)))


def _formatted(database: BibliographyData, keys: list[str]) -> Iterator[Reference]:
    backend: Any = Backend("utf-8")
    formatted = Style().format_bibliography(database, keys)
    for entry in formatted:
        yield Reference(entry.key, Markup(entry.text.render(backend)))
