"""Entries of a BibTeX file as the items that citation styles (CSL) set.

The names of fields follow CSL-JSON, which every tool that sets citations reads.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from scenes.report.markup.addresses import is_resolver, read_address
from scenes.report.markup.bibtex import Entry, Fault
from scenes.report.markup.entry_fields import FieldReader
from scenes.report.markup.latex_text import FORMS, bare

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


def build_item(entry: Entry, genres: Mapping[str, str]) -> Item:
    """Return an entry as CSL has it, with what is wrong with it.

    Args:
        entry: As it is read.
        genres: The words for `GENRES` in the report's language.
    """
    reader = FieldReader(entry)
    data = {"type": KINDS.get(entry.kind, "document"), **_data(reader, genres)}
    item = Item(entry.key, {name: value for name, value in data.items() if value})
    item.faults += [*reader.faults, *_kind_faults(entry)]
    if not (item.faults or data["title"]):
        item.faults.append(entry.fault("title", "is missing"))
    item.notes += missing_fields(entry)
    if entry.kind not in KINDS:
        text = f"is of an unknown kind, @{entry.kind}: set as @misc"
        item.notes.append(Fault(entry.line, entry.key, text))
    item.notes += reader.notes
    return item


def _kind_faults(entry: Entry) -> Iterator[Fault]:
    """Yield why entries of this kind are never set."""
    if entry.kind in ("set", "xdata"):
        text = f"is a @{entry.kind}, which is no reference: cite the entries that it serves"
        yield Fault(entry.line, entry.key, text)


def _data(reader: FieldReader, genres: Mapping[str, str]) -> dict[str, Any]:
    """Return the fields of an entry as CSL has them, empty ones among them."""
    data: dict[str, Any] = {csl: reader.names(name) for name, csl in _NAMES.items()}
    kind = reader.entry.kind
    issue = reader.titled("issuetitle", "issuesubtitle") if kind == "periodical" else ""
    data["title"] = issue or reader.titled("title", "subtitle")
    for name, csl in _TEXTS.items():
        data[csl] = reader.text(name, *(old for old, new in _SAME.items() if new == name))
    data["publisher-place"] = _listed(data["publisher-place"])
    data |= _container(reader) | _numbers(reader) | _publication(reader, genres)
    return data | {"issued": reader.date(""), "accessed": reader.date("url")}


def _container(reader: FieldReader) -> dict[str, str]:
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


def _numbers(reader: FieldReader) -> dict[str, str]:
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


def _publication(reader: FieldReader, genres: Mapping[str, str]) -> dict[str, str]:
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


def _note(reader: FieldReader, url: str) -> str:
    """Return the remarks of an entry, without an address that is printed anyway."""
    texts = [reader.text(name) for name in ("note", "addendum")]
    texts = [text.replace(url, "").strip(" ,;") if url else text for text in texts]
    case = "".join(FORMS["case"])
    return ". ".join(text.strip(case).rstrip(". ") for text in texts if bare(text).strip(" ."))


def all_faults(items: Sequence[Item]) -> list[Fault]:
    """Return what is wrong with items, by line."""
    return sorted((fault for item in items for fault in item.faults), key=lambda it: it.line)
