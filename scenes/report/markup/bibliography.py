"""The references of a report: a BibTeX file in, entries as HTML out, in the report's language."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from markupsafe import Markup
from pybtex.backends.html import Backend
from pybtex.database import BibliographyData, parse_string
from pybtex.exceptions import PybtexError
from pybtex.style import FormattedEntry
from pybtex.style.formatting.unsrt import Style
from pybtex.style.template import Node

from scenes.errors import SpecError
from scenes.report.language.locale import Words
from scenes.spec.report import Report

TERMS = {
    "In": "in", " and ": "and", ", and ": "last_and", "editor": "editor", "editors": "editors",
    "pages": "pages", "Volume": "volume_first", "volume": "volume", "Number": "number_first",
    "number": "number", "of": "of", "in": "in_series", "chapter": "chapter",
    "edition": "edition", "PhD thesis": "phd_thesis", "Master's thesis": "masters_thesis",
    "Technical Report": "technical_report", " (visited on ": "visited",
}  # fmt: skip
"""What pybtex writes in English, and the catalogue's name for it."""


@dataclass(frozen=True)
class Reference:
    """An entry of the list of references."""

    key: str
    html: Markup


@dataclass(frozen=True)
class Bibliography:
    """A file of references.

    Attributes:
        source: The file, for messages.
        extra: Keys that are listed though no text cites them.
        database: As pybtex has read it.
    """

    source: str = "the report"
    extra: tuple[str, ...] = ()
    database: Any = field(default_factory=BibliographyData)

    def require(self, *keys: str) -> None:
        """Fail for keys that there are not.

        Raises:
            SpecError: All of them, and the choices.
        """
        missing = [key for key in keys if key not in self.database.entries]
        if missing:
            known = ", ".join(self.database.entries) or "none"
            problems = [f"{key}; it has {known}" for key in missing]
            raise SpecError(f"{self.source} lacks cited keys", problems)

    def order(self, cited: Iterable[str]) -> list[str]:
        """Return the keys of the list: as they are cited, the rest after; all where none is."""
        keys = dict.fromkeys([*cited, *self.extra])
        return list(keys or self.database.entries)

    def listed(self, cited: Iterable[str], words: Words) -> list[Reference]:
        """Return the entries of the list in a language."""
        backend: Any = Backend("utf-8")
        formatted = _LocalStyle(words).format_bibliography(self.database, self.order(cited))
        return [Reference(entry.key, Markup(entry.text.render(backend))) for entry in formatted]


def load_bibliography(report: Report, folder: Path) -> Bibliography:
    """Load the references of a report; an empty bibliography where it names none.

    Raises:
        SpecError: The file is missing, is not BibTeX, or lacks a key of `cite`.
    """
    if report.bibliography is None:
        if report.cite:
            raise SpecError(
                "references are cited, and there is no bibliography",
                [f"cite: {', '.join(report.cite)}"],
                'Name the file that holds them: bibliography = "references.bib"',
            )
        return Bibliography("the report names no bibliography, and")
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
    _refuse_unknown_types(database, path)
    _refuse_strange_links(database, path)
    bibliography = Bibliography(str(path), report.cite, database)
    bibliography.require(*report.cite)
    return bibliography


def _refuse_unknown_types(database: Any, path: Path) -> None:
    known = sorted(
        name[4:-9] for name in dir(Style) if name.startswith("get_") and name.endswith("_template")
    )
    problems = [
        f"@{entry.type}{{{key}}}; the choices are {', '.join(known)}"
        for key, entry in database.entries.items()
        if entry.type not in known
    ]
    if problems:
        raise SpecError(f"{path} has entries of an unknown kind", problems)


def _refuse_strange_links(database: Any, path: Path) -> None:
    schemes = [(key, entry.fields.get("url", "https:")) for key, entry in database.entries.items()]
    strange = [f"{key}: {url}" for key, url in schemes if not url.startswith(("https:", "http:"))]
    if strange:
        raise SpecError(f"{path} has links that do not begin with https: or http:", strange)


class _LocalStyle(Style):  # type: ignore[misc]  # pybtex publishes no types
    """Pybtex's plain numbered style with the words of a catalogue."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._terms = {term: words(f"reference.{key}") for term, key in TERMS.items()}

    def format_entry(self, label: str, entry: Any, bib_data: Any = None) -> Any:
        """Format an entry by its template, whose words are exchanged first."""
        template = getattr(self, f"get_{entry.type}_template")(entry)
        context = {"entry": entry, "style": self, "bib_data": bib_data}
        return FormattedEntry(entry.key, self._translated(template).format_data(context), label)

    def _translated(self, part: Any) -> Any:
        if isinstance(part, str):
            return self._terms.get(part, part)
        if isinstance(part, list | tuple):
            return [self._translated(item) for item in part]
        if not isinstance(part, Node):
            return part
        other = part._clone()
        other.children = self._translated(part.children)
        # Arguments are names of fields, but for what joins a list of people.
        if part.name == "names":
            other.kwargs = {key: self._translated(value) for key, value in part.kwargs.items()}
        return other
