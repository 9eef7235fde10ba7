"""Reads BibTeX and biblatex files: text in, entries with the line of each field out.

A block that cannot be read costs that block only: it is kept as a broken entry, so that whoever
cites it learns why, and the rest of the file is used.
"""

import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from bibtexparser.entrypoint import parse_string
from bibtexparser.model import (
    Block,
    DuplicateBlockKeyBlock,
    DuplicateFieldKeyBlock,
    ParsingFailedBlock,
)
from bibtexparser.model import Entry as Parsed

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_PIECE = re.compile(
    r'\s*(?:"(?P<quoted>.*)"|\{(?P<braced>.*)\}|(?P<bare>[^\s"{}#]+))\s*', re.DOTALL
)
_NOT_INHERITED = ("crossref", "xdata", "xref", "ids", "entryset", "label", "options", "presort",
                  "related", "relatedtype", "shorthand", "sortkey", "doi", "url", "pages",
                  "title", "subtitle", "titleaddon", "shorttitle", "author")  # fmt: skip
_PARTS = ("inproceedings", "conference", "incollection", "inbook", "inreference", "suppbook",
          "suppcollection", "bookinbook")  # fmt: skip
_RENAMED = {"title": "booktitle", "subtitle": "booksubtitle", "author": "bookauthor"}
_PERIODICAL = {"title": "journaltitle", "subtitle": "journalsubtitle"}


_DEEPEST = 100


@dataclass(frozen=True)
class Fault:
    """What is wrong with an entry.

    Attributes:
        line: Counted from 1.
        place: Key of the entry, and its field where one is at fault.
        text: The rest of the sentence.
    """

    line: int
    place: str
    text: str

    def told(self, file: str) -> str:
        """Return the fault as it is printed."""
        return f"{file}:{self.line}: {self.place} {self.text}"


@dataclass(frozen=True)
class FieldValue:
    """A field: its text as the file has it, and its line."""

    text: str
    line: int


@dataclass(frozen=True)
class Entry:
    """An entry of a file.

    Attributes:
        key: What cites it.
        kind: In lower case: `article`, `book`, …
        line: Counted from 1.
        fields: By name in lower case; with those that it inherits.
        faults: Why it cannot be listed.
    """

    key: str
    kind: str
    line: int
    fields: Mapping[str, FieldValue] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()

    def fault(self, name: str, text: str) -> Fault:
        """Return a fault of one of its fields."""
        line = self.fields[name].line if name in self.fields else self.line
        return Fault(line, f"{self.key}, {name}:", text)


@dataclass(frozen=True)
class BibFile:
    """A file of references.

    Attributes:
        entries: By key, in the order of the file; broken ones too.
        notes: What was passed over.
    """

    entries: Mapping[str, Entry] = field(default_factory=dict)
    notes: tuple[Fault, ...] = ()


def read_bibtex(text: str) -> BibFile:
    """Read a file; nothing in it raises an error."""
    # It would print each faulty block to the terminal, where `Fault` says more.
    logging.getLogger("bibtexparser").setLevel(logging.CRITICAL + 1)
    library = parse_string(text, parse_stack=[])
    macros = {month: month for month in MONTHS}
    for string in library.strings:
        macros[string.key.lower()] = _resolve(string.value, macros)[0]
    entries: dict[str, Entry] = {}
    notes: list[Fault] = []
    for block in library.blocks:
        if (entry := _entry(block, macros, notes)) is None:
            continue
        first = entries.setdefault(entry.key, entry)
        if first is not entry:
            same = "is the second of this key; the first, in line {}, is used"
            notes.append(Fault(entry.line, entry.key, same.format(first.line)))
    # BibTeX compares the key of a crossref without case.
    named = {**{key.lower(): it for key, it in entries.items()}, **entries}
    known: dict[str, Entry | None] = {}
    return BibFile({key: _inherit(it, named, known) for key, it in entries.items()}, tuple(notes))


def _entry(block: Block, macros: Mapping[str, str], notes: list[Fault]) -> Entry | None:
    """Return the entry that a block holds; None for comments, strings and the like."""
    whole = block
    if isinstance(block, DuplicateFieldKeyBlock | DuplicateBlockKeyBlock):
        whole = block.ignore_error_block or block
    if isinstance(block, DuplicateFieldKeyBlock) and isinstance(whole, Parsed):
        names = ", ".join(sorted(block.duplicate_keys))
        notes.append(Fault(_line(whole), whole.key, f"has several of {names}; the first is used"))
    if isinstance(whole, Parsed):
        return _parsed(whole, macros)
    return _broken(whole, notes) if isinstance(whole, ParsingFailedBlock) else None


def _parsed(block: Parsed, macros: Mapping[str, str]) -> Entry:
    key, line = block.key.strip(), _line(block)
    faults: list[Fault] = []
    fields: dict[str, FieldValue] = {}
    for it in block.fields:
        name, place = it.key.strip().lower(), (it.start_line or 0) + 1
        text, unknown = _resolve(str(it.value), macros)
        if unknown:
            known = "put it in braces, or define it by @string"
            faults += [Fault(place, f"{key}, {name}:", f"{it!r} is not defined; {known}")
                       for it in unknown]  # fmt: skip
        fields.setdefault(name, FieldValue(text, place))
    if not key or re.search(r"[\s,=]", key):
        faults.append(Fault(line, repr(key), "is no key: it is empty or holds a space, “,” or “=”"))
    return Entry(key, block.entry_type.lower(), line, fields, tuple(faults))


def _broken(block: ParsingFailedBlock, notes: list[Fault]) -> Entry | None:
    """Return what is left of a block that cannot be read."""
    error = block.error
    reason = str(getattr(error, "abort_reason", "") or error) or "its braces do not match"
    text = f"cannot be read as BibTeX: {' '.join(reason.split()).rstrip('. ')}"
    found = re.match(r"\s*@\s*(\w+)\s*[{(]\s*([^\s,={}()]+)", block.raw or "")
    if found is None or found[1].lower() in ("comment", "string", "preamble"):
        notes.append(Fault(_line(block), "a block that", text))
        return None
    key, kind, line = found[2], found[1].lower(), _line(block)
    return Entry(key, kind, line, faults=(Fault(line, key, text),))


def _line(block: Block) -> int:
    return (block.start_line or 0) + 1


def _resolve(source: str, macros: Mapping[str, str]) -> tuple[str, list[str]]:
    """Return the text of a value such as `"a" # jan # {b}`, and the names that are not defined."""
    texts, unknown = [], []
    for piece in _pieces(source):
        found = _PIECE.fullmatch(piece)
        if found is None:
            texts.append(piece.strip())
        elif found["bare"] is None:
            texts.append(found["quoted"] if found["quoted"] is not None else found["braced"])
        elif found["bare"].isdigit():
            texts.append(found["bare"])
        elif found["bare"].lower() in macros:
            texts.append(macros[found["bare"].lower()])
        else:
            unknown.append(found["bare"])
    return "".join(texts), unknown


def _pieces(source: str) -> Iterator[str]:
    """Yield what `#` joins: not those inside of braces or quotes."""
    depth, quoted, start = 0, False, 0
    for index, sign in enumerate(source):
        depth += (sign == "{") - (sign == "}")
        quoted ^= sign == '"' and depth == 0
        if sign == "#" and depth == 0 and not quoted:
            yield source[start:index]
            start = index + 1
    yield source[start:]


def _inherit(
    entry: Entry, named: Mapping[str, Entry], known: dict[str, Entry | None], depth: int = 0
) -> Entry:
    """Return an entry with what it takes from those that `crossref` and `xdata` name.

    Args:
        entry: As it is read.
        named: Every entry, by key and by key in lower case.
        known: Those that are done; None while one is under way, which shows circles.
        depth: How many entries inherit from this one, one after the other.
    """
    if (done := known.get(entry.key)) is not None:
        return done
    whole, known[entry.key] = entry, None
    if depth > _DEEPEST:
        fault = Fault(entry.line, entry.key, f"inherits over more than {_DEEPEST} entries")
        whole = known[entry.key] = replace(entry, faults=(*entry.faults, fault))
        return whole
    for name in ("crossref", "xdata"):
        source = entry.fields[name].text if name in entry.fields else ""
        for key in dict.fromkeys(it.strip() for it in source.split(",") if it.strip()):
            parent = named.get(key) or named.get(key.lower())
            if parent is None or (parent.key in known and known[parent.key] is None):
                why = "is not an entry of this file" if parent is None else "leads in a circle"
                fault = entry.fault(name, f"{key!r} {why}")
                whole = replace(whole, faults=(*whole.faults, fault))
            else:
                whole = _with_parent(whole, _inherit(parent, named, known, depth + 1), name)
    known[entry.key] = whole
    return whole


def _with_parent(entry: Entry, parent: Entry, by: str) -> Entry:
    if by == "xdata":
        taken = {name: it for name, it in parent.fields.items() if name not in ("xdata", "ids")}
        return replace(entry, fields={**taken, **entry.fields})
    taken = {name: it for name, it in parent.fields.items() if name not in _NOT_INHERITED}
    renamed = _RENAMED if entry.kind in _PARTS else {}
    if parent.kind in ("periodical", "journal"):
        renamed = _PERIODICAL
    taken |= {renamed[name]: it for name, it in parent.fields.items() if name in renamed}
    return replace(entry, fields={**taken, **entry.fields})
