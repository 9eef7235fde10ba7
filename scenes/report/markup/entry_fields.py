"""The fields of a BibTeX entry: LaTeX in; texts, people, dates, addresses and faults out.

Texts hold the marks of `latex_text`; people and dates are in the form of CSL-JSON.
"""

import re
from typing import Any

from bibtexparser.middlewares.names import (
    InvalidNameError,
    parse_single_name_into_parts,
    split_multiple_persons_names,
)

from scenes.report.markup.addresses import SCHEMES, is_doi, is_web_address, read_address, read_doi
from scenes.report.markup.bibtex import MONTHS, Entry, Fault
from scenes.report.markup.latex_text import OTHERS, bare, read_latex

_DATE = re.compile(r"(-?\d{1,4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?")


class FieldReader:
    """Reads the fields of one entry, collecting what is wrong with them.

    Attributes:
        entry: That is read.
        faults: Why it cannot be set.
        notes: What a reader will miss.
    """

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        self.faults = list(entry.faults)
        self.notes: list[Fault] = []

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
        self.faults += [self.entry.fault(name, problem) for problem in read.problems]
        self.notes += [
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
                self.faults.append(self.entry.fault(name, f"{person!r}: {reason}; {hint}"))
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
            self.faults.append(
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
            self.faults.append(
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
