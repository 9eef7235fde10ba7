"""Entries of a BibTeX file as the items that citation styles (CSL) set.

The names of fields follow CSL-JSON, which every tool that sets citations reads.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from bibtexparser.middlewares.names import (
    InvalidNameError,
    parse_single_name_into_parts,
    split_multiple_persons_names,
)

from scenes.report.markup.addresses import (
    SCHEMES,
    is_doi,
    is_resolver,
    is_web_address,
    read_address,
    read_doi,
)
from scenes.report.markup.bibtex import MONTHS, Entry, Fault
from scenes.report.markup.latex_text import FORMS, OTHERS, bare, read_latex

KINDS = {
    "article": "article-journal", "suppperiodical": "article-journal", "book": "book",
    "mvbook": "book", "collection": "book", "mvcollection": "book", "proceedings": "book",
    "mvproceedings": "book", "reference": "book", "mvreference": "book", "manual": "book",
    "booklet": "pamphlet", "inbook": "chapter", "incollection": "chapter", "suppbook": "chapter",
    "suppcollection": "chapter", "bookinbook": "chapter", "inreference": "entry-encyclopedia",
    "inproceedings": "paper-conference", "conference": "paper-conference", "thesis": "thesis",
    "phdthesis": "thesis", "mastersthesis": "thesis", "report": "report", "techreport": "report",
    "online": "webpage", "electronic": "webpage", "www": "webpage", "unpublished": "manuscript",
    "patent": "patent", "periodical": "periodical", "software": "software", "dataset": "dataset",
    "standard": "standard", "video": "motion_picture", "movie": "motion_picture", "audio": "song",
    "image": "graphic", "letter": "personal_communication", "misc": "document",
    "artwork": "graphic", "legislation": "legislation", "jurisdiction": "legal_case",
    "commentary": "document", "legal": "legal_case", "music": "song", "performance": "performance",
    "review": "review", "bibnote": "document", "customa": "document",
}  # fmt: skip
"""Kinds of entries of BibTeX and biblatex, and what CSL calls them."""
EXPECTED = {
    "article": ("author", "title", "journaltitle", "year"), "book": ("author", "title", "year"),
    "inproceedings": ("author", "title", "booktitle", "year"),
    "incollection": ("author", "title", "booktitle", "year"),
    "thesis": ("author", "title", "institution", "year"),
    "report": ("author", "title", "institution", "year"),
}  # fmt: skip
"""Fields without which an entry is set, with a note."""
GENRES = {"phdthesis": "phd_thesis", "mathesis": "masters_thesis", "bathesis": "bachelors_thesis",
          "mastersthesis": "masters_thesis", "techreport": "technical_report",
          "resreport": "research_report"}  # fmt: skip
"""What kind of thesis or report it is, and the catalogue's name for it."""
_SAME = {"journal": "journaltitle", "address": "location", "school": "institution",
         "archiveprefix": "eprinttype", "primaryclass": "eprintclass", "key": "sortkey",
         "mastersthesis": "thesis", "phdthesis": "thesis", "techreport": "report",
         "conference": "inproceedings"}  # fmt: skip
_TEXTS = {"volume": "volume", "chapter": "chapter-number", "isbn": "ISBN", "issn": "ISSN",
          "version": "version", "eventtitle": "event-title", "location": "publisher-place",
          "volumes": "number-of-volumes", "pagetotal": "number-of-pages", "pubstate": "status",
          "venue": "event-place"}  # fmt: skip
_NAMES = {"author": "author", "editor": "editor", "translator": "translator",
          "bookauthor": "container-author"}  # fmt: skip
_NUMBERED = {"article-journal": "issue", "periodical": "issue", "report": "number",
             "patent": "number", "standard": "number", "document": "number"}  # fmt: skip
"""What the field `number` counts in each kind; elsewhere volumes of a series."""
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth",
             "tenth")  # fmt: skip
_DATE = re.compile(r"(-?\d{1,4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?")


@dataclass
class Item:
    """An entry ready to be set.

    Attributes:
        key: What cites it.
        data: CSL-JSON without `id`; texts hold the marks of `latex_text`.
        faults: Why it cannot be set.
        notes: What a reader will miss.
    """

    key: str
    data: dict[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    notes: list[Fault] = field(default_factory=list)


def missing_fields(entry: Entry) -> list[Fault]:
    """Return a note for each field that references of this kind need and this one lacks."""
    given = {_SAME.get(name, name) for name, value in entry.fields.items() if value.text.strip()}
    given |= {"year"} if "date" in given else set()
    given |= {"author"} if given & {"editor", "sortkey", "organization"} else set()
    given |= {"journaltitle"} if "eprint" in given else set()
    wanted = EXPECTED.get(_SAME.get(entry.kind, entry.kind), ("title",))
    return [entry.fault(name, "is missing") for name in wanted if name not in given | {"title"}]


class _Reader:
    """Reads the fields of one entry, collecting what is wrong with them."""

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        self.item = Item(entry.key, faults=list(entry.faults), notes=missing_fields(entry))

    def raw(self, *names: str) -> tuple[str, str]:
        """Return the first of these fields that is there, and its source; "" where none is."""
        for name in names:
            value = self.entry.fields.get(name)
            if value is not None and value.text.strip():
                return name, value.text
        return names[0], ""

    def text(self, *names: str) -> str:
        """Return the text of the first of these fields that is there, with marks."""
        return self.latex(*self.raw(*names))

    def latex(self, name: str, source: str) -> str:
        """Return the text of a source that stands in a field."""
        read = read_latex(source)
        self.item.faults += [self.entry.fault(name, problem) for problem in read.problems]
        self.item.notes += [
            self.entry.fault(name, f"\\{macro} is not known and left out") for macro in read.unknown
        ]
        return read.text

    def titled(self, title: str, subtitle: str) -> str:
        """Return a title with its subtitle."""
        main, rest = self.text(title), self.text(subtitle)
        if not (main and rest):
            return main or rest
        return f"{main}{' ' if bare(main)[-1:] in '?!.:' else ': '}{rest}"

    def names(self, name: str) -> list[dict[str, str]]:
        """Return the people of a field."""
        _, source = self.raw(name)
        found = []
        for person in split_multiple_persons_names(source) if source else []:
            if person.strip().lower() in ("others", "{others}"):
                found.append({"family": OTHERS})
                continue
            try:
                parts = _person(person)
            except InvalidNameError as error:
                hint = "people are parted by “ and ”, each as “Family, Given”"
                reason = " ".join(error.reason.split())
                self.item.faults.append(self.entry.fault(name, f"{person!r}: {reason}; {hint}"))
                continue
            texts = {part: bare(self.latex(name, text)) for part, text in parts.items() if text}
            if any(texts.values()):
                found.append({"family": "", **texts} if "family" not in texts else texts)
        return found

    def address(self) -> str:
        """Return the web address of the entry; "" where it has none."""
        name, source = self.raw("url")
        if not source:
            name, source = self.raw("howpublished", "note")
            found = re.search(r"\\url\s*\{([^}]*)\}", source)
            source = found[1] if found else ""
        url = read_address(source)
        if url and not is_web_address(url):
            known = ", ".join(f"{scheme}:" for scheme in SCHEMES)
            self.item.faults.append(
                self.entry.fault(
                    name, f"{url[:200]} is no address of the web: it begins with none of {known}"
                )
            )
            return ""
        return url

    def doi(self) -> str:
        """Return the DOI without the address of its resolver."""
        name, source = self.raw("doi")
        doi = read_doi(source)
        if doi and not is_doi(doi):
            self.item.faults.append(
                self.entry.fault(name, f"{doi[:200]!r} is no DOI: one looks like 10.1109/5.771073")
            )
            return ""
        return doi

    def date(self, prefix: str) -> dict[str, Any]:
        """Return `date`, or `year`, `month` and `day`, as CSL has it."""
        name, source = self.raw(f"{prefix}date", *(() if prefix == "url" else ("year",)))
        if not source:
            return {}
        text = bare(self.latex(name, source))
        parts = [_date_parts(part) for part in text.split("/")][:2]
        parts = [part for part in parts if part]
        if not parts:
            return {"literal": text}
        if name == "year" and len(parts[0]) == 1:
            parts[0] += self._month()
        circa = {"circa": True} if "~" in source or "?" in source else {}
        return {"date-parts": parts, **circa}

    def _month(self) -> list[int]:
        """Return month and day; BibTeX allows `feb # {~3}` for both."""
        text, day = bare(self.text("month")).lower(), self.text("day")
        word, number = re.search(r"[^\W\d_]{3}", text), re.search(r"\d{1,2}", text)
        if word and word[0] in MONTHS:
            month, day = MONTHS.index(word[0]) + 1, day or (number[0] if number else "")
        else:
            month = int(number[0]) if number else 0
        if not 0 < month < 13:
            return []
        return [month, int(day)] if day.isdigit() and 0 < int(day) < 32 else [month]


def build_item(entry: Entry, genres: Mapping[str, str]) -> Item:
    """Return an entry as CSL has it, with what is wrong with it.

    Args:
        entry: As it is read.
        genres: The words for `GENRES` in the report's language.
    """
    reader = _Reader(entry)
    data: dict[str, Any] = {"type": KINDS.get(entry.kind, "document")}
    if entry.kind not in KINDS:
        reader.item.notes.append(
            Fault(entry.line, entry.key, f"is of an unknown kind, @{entry.kind}: set as @misc")
        )
    for name, csl in _NAMES.items():
        data[csl] = reader.names(name)
    issue = reader.titled("issuetitle", "issuesubtitle") if entry.kind == "periodical" else ""
    data["title"] = issue or reader.titled("title", "subtitle")
    for name, csl in _TEXTS.items():
        data[csl] = reader.text(name, *(old for old, new in _SAME.items() if new == name))
    data["publisher-place"] = _listed(data["publisher-place"])
    data |= _container(reader) | _numbers(reader) | _publication(reader, genres)
    data |= {"issued": reader.date(""), "accessed": reader.date("url")}
    reader.item.data = {name: value for name, value in data.items() if value}
    if entry.kind in ("set", "xdata"):
        reader.item.faults.append(
            Fault(
                entry.line,
                entry.key,
                f"is a @{entry.kind}, which is no reference: cite the entries that it serves",
            )
        )
    elif not data["title"] and not reader.item.faults:
        reader.item.faults.append(entry.fault("title", "is missing"))
    return reader.item


def _person(source: str) -> dict[str, str]:
    """Return the parts of a name in BibTeX's or biblatex' notation, in LaTeX."""
    named = dict(re.findall(r"\b(family|given|prefix|suffix)\s*=\s*(\{[^{}]*\}|[^,{}]+)", source))
    if named:
        keys = {"family": "family", "given": "given", "prefix": "non-dropping-particle",
                "suffix": "suffix"}  # fmt: skip
        return {keys[name]: text.strip() for name, text in named.items()}
    parts = parse_single_name_into_parts(source)
    # Tilde and space both part words.
    return {"family": " ".join(parts.last), "given": " ".join(parts.first),
            "non-dropping-particle": " ".join(parts.von), "suffix": " ".join(parts.jr)}  # fmt: skip


def _date_parts(text: str) -> list[int]:
    found = _DATE.fullmatch(text.strip(" ~?%[]{}").split("T")[0])
    if found is None:
        return []
    year, month, day = (int(part) if part else 0 for part in found.groups())
    if not 0 < month < 13:
        return [year]
    return [year, month, day] if 0 < day < 32 else [year, month]


def _container(reader: _Reader) -> dict[str, str]:
    """Return what a work appeared in."""
    if reader.entry.kind == "periodical":
        return {"container-title": reader.titled("title", "subtitle")}
    if KINDS.get(reader.entry.kind) == "article-journal":
        journal = reader.titled("journaltitle", "journalsubtitle") or reader.text("journal")
        return {"container-title": journal, "collection-title": reader.text("series")}
    book, whole = (reader.titled(f"{it}title", f"{it}subtitle") for it in ("book", "main"))
    if whole and (not book or reader.raw("volume")[1]):
        book = whole
    book = book or reader.text("journaltitle", "journal")
    return {"container-title": book, "collection-title": reader.text("series")}


def _numbers(reader: _Reader) -> dict[str, str]:
    number, edition = reader.text("number"), reader.text("edition")
    word = bare(edition).lower().removesuffix(" edition").strip()
    if word in _ORDINALS:
        edition = str(_ORDINALS.index(word) + 1)
    elif found := re.fullmatch(r"(\d+)\s*(?:st|nd|rd|th|\.|ª|º|a)?(?:\s*ed(?:ition|\.)?)?", word):
        edition = found[1]
    kind = KINDS.get(reader.entry.kind)
    place = _NUMBERED.get(kind or "", "collection-number")
    if kind in ("article-journal", "periodical") and not number:
        number = reader.text("issue")
    pages = re.sub(r"\s*[-–—]+\s*", "-", reader.text("pages"))
    return {place: number, "edition": edition, "page": pages}


def _publication(reader: _Reader, genres: Mapping[str, str]) -> dict[str, str]:
    """Return who published a work, what kind of work it is, where to read it, and the rest."""
    kind = reader.entry.kind
    publisher = _listed(reader.text("publisher", "institution", "school", "organization"))
    how = reader.raw("howpublished")[1]
    if how and not re.search(r"\\url|https?:", how):
        publisher = publisher or reader.text("howpublished")
    genre = bare(reader.text("type"))
    known = GENRES.get(genre.lower() or kind)
    doi, url = reader.doi(), reader.address()
    eprint = read_address(reader.raw("eprint")[1])
    archive = reader.raw("eprinttype", "archiveprefix")[1]
    if eprint and not url and archive.lower().strip() in ("arxiv", ""):
        url = f"https://arxiv.org/abs/{quote(eprint, safe='/.:')}"
    if doi and is_resolver(url):
        url = ""
    data = {"publisher": publisher, "genre": genres[known] if known else genre,
            "DOI": doi, "URL": url}  # fmt: skip
    return {**data, "note": _note(reader, url)}


def _listed(text: str) -> str:
    """Return publishers or places, which BibTeX parts by “and” in every language."""
    return "; ".join(part.strip() for part in text.split(" and "))


def _note(reader: _Reader, url: str) -> str:
    """Return the remarks of an entry, without an address that is printed anyway."""
    texts = [reader.text(name) for name in ("note", "addendum")]
    texts = [text.replace(url, "").strip(" ,;") if url else text for text in texts]
    case = "".join(FORMS["case"])
    return ". ".join(text.strip(case).rstrip(". ") for text in texts if bare(text).strip(" ."))


def all_faults(items: Sequence[Item]) -> list[Fault]:
    """Return what is wrong with items, by line."""
    return sorted((fault for item in items for fault in item.faults), key=lambda it: it.line)
