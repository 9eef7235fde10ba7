"""The references of a report: a BibTeX or biblatex file in, entries as HTML out.

They are set by a citation style, in the report's language: numbered ones here, those of author and
year once it is known what the document cites (`scenes.report.markup.author_date`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from scenes.errors import SpecError
from scenes.report.language.locale import Words
from scenes.report.markup.bibtex import BibFile, Entry, Fault, read_bibtex
from scenes.report.markup.templates import templates_folder
from scenes.spec.report import Report

if TYPE_CHECKING:
    from scenes.report.markup.citations import CitationStyle
    from scenes.report.markup.cited import Citations
    from scenes.report.markup.csl_items import Item

MOST_BYTES = 20_000_000
CONTAINERS = ("set", "xdata")
"""Kinds of entries that serve others, and are no reference themselves."""
GENRES = ("phd_thesis", "masters_thesis", "bachelors_thesis", "technical_report", "research_report")


@dataclass(frozen=True)
class Reference:
    """An entry of the list of references; `ordinal` is its number, where the style has numbers."""

    key: str
    html: Markup
    ordinal: str = ""


@dataclass(frozen=True)
class Bibliography:
    """A file of references.

    Attributes:
        source: The file, for messages.
        extra: Keys that are listed though no text cites them.
        style: Name of the citation style.
        folder: Of the report, in which its own styles are.
        file: As it is read.
        citations: By author and year, where the style has them and they are set.
    """

    source: str = "the report"
    extra: tuple[str, ...] = ()
    style: str = "ieee"
    folder: Path = Path()
    file: BibFile = field(default_factory=BibFile)
    citations: "Citations | None" = None

    @property
    def entries(self) -> Mapping[str, Entry]:
        """The entries by key, broken ones too."""
        return self.file.entries

    def require(self, *keys: str) -> None:
        """Fail for keys that there are not.

        Raises:
            SpecError: All of them, and the choices.
        """
        missing = [key for key in keys if key not in self.entries]
        if missing:
            known = ", ".join(self.entries) or "none"
            problems = [f"{key}; it has {known}" for key in missing]
            raise SpecError(f"{self.source} lacks cited keys", problems)

    def order(self, cited: Iterable[str]) -> list[str]:
        """Return the keys of the list: as they are cited, the rest after; all where none is."""
        keys = dict.fromkeys([*cited, *self.extra])
        return list(keys or (key for key, it in self.entries.items() if it.kind not in CONTAINERS))

    @cached_property
    def csl(self) -> "CitationStyle":
        """The citation style.

        Raises:
            SpecError: There is no such style, or it cannot be used.
        """
        # Readers of styles load slowly, and a report without references needs none.
        from scenes.report.markup.citations import find_style

        return find_style(self.style, templates_folder() / "csl", self.folder)

    def listed(self, cited: Iterable[str], words: Words) -> list[Reference]:
        """Return the entries of the list in a language; those that are not set yet are empty.

        Raises:
            SpecError: Some of them cannot be set: all mistakes, each with entry, field and line.
        """
        keys = self.order(cited)
        if not keys:
            return []
        items = self.items(keys, words)
        if self.csl.is_numbered:
            texts = self.csl.set_items(items, words.language)
            numbered = enumerate(zip(keys, texts, strict=True), 1)
            return [Reference(key, text, str(number)) for number, (key, text) in numbered]
        from scenes.report.markup.author_date import print_entries

        known = print_entries(items, self.citations)
        return [Reference(key, text) for key, text in known.items()]

    def items(self, keys: Sequence[str], words: Words) -> "list[Item]":
        """Return entries as citation styles set them.

        Raises:
            SpecError: Some of them cannot be set: all mistakes, each with entry, field and line.
        """
        from scenes.report.markup.csl_items import all_faults, build_item

        genres = {genre: words(f"reference.{genre}") for genre in GENRES}
        items = [build_item(self.entries[key], genres) for key in keys]
        if faults := all_faults(items):
            raise SpecError(f"{self.source} has entries that cannot be set", self.told(faults))
        return items

    def set_citations(
        self, clusters: Sequence[Sequence[str]], cited: Iterable[str], words: Words
    ) -> "Citations | None":
        """Return citations by author and year and their list; None where the style has numbers.

        Args:
            clusters: The keys of each citation.
            cited: All of them, with those that are listed without.
            words: Of the report's language.

        Raises:
            UserError: The style or an entry cannot be set, or what sets them is not installed.
        """
        keys = self.order(cited)
        if not keys or self.csl.is_numbered:
            return None
        from scenes.report.markup.author_date import cite

        return cite(self.csl, self.items(keys, words), clusters, words.language)

    def told(self, faults: Iterable[Fault]) -> list[str]:
        """Return faults as they are printed."""
        return [fault.told(Path(self.source).name) for fault in faults]

    def notes(self, cited: Iterable[str], words: Words) -> list[str]:
        """Return what does not stop the report: fields that are missing, entries passed over."""
        if not self.entries:
            return self.told(self.file.notes)
        from scenes.report.markup.csl_items import build_item

        listed = dict.fromkeys(self.order(cited))
        genres = {genre: words(f"reference.{genre}") for genre in GENRES}
        faults = [note for key in listed for note in build_item(self.entries[key], genres).notes]
        faults += [
            replace(fault, text=f"{fault.text} (not cited)")
            for key, entry in self.entries.items()
            if key not in listed
            for fault in entry.faults
        ]
        return self.told(sorted([*self.file.notes, *faults], key=lambda fault: fault.line))


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
        return Bibliography("the report names no bibliography, and", style=report.citation_style)
    path = folder / report.bibliography
    if not path.resolve().is_relative_to(folder.resolve()):
        raise SpecError(
            f"the bibliography {report.bibliography} is outside of the report's folder",
            [f"references are read from {folder} only"],
            "Copy the file there.",
        )
    bibliography = Bibliography(
        str(path), report.cite, report.citation_style, folder, read_bibtex(_text(path))
    )
    if bibliography.entries and all(entry.faults for entry in bibliography.entries.values()):
        faults = [fault for entry in bibliography.entries.values() for fault in entry.faults]
        raise SpecError(f"{path} cannot be read as BibTeX", bibliography.told(faults))
    bibliography.require(*report.cite)
    return bibliography


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise SpecError(
                f"{path} cannot be read",
                [f"it is larger than {MOST_BYTES // 1_000_000} MB"],
                "Export the references that the report cites only.",
            )
        content = path.read_bytes()
    except OSError as error:
        raise SpecError(f"{path} cannot be read", [error.strerror or str(error)]) from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SpecError(
            f"{path} cannot be read as BibTeX",
            [f"line {line} is not UTF-8: it holds the byte {content[error.start]:#04x}"],
            "Save it as UTF-8.",
        ) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")
