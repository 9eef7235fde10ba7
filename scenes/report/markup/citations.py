"""Sets references by a citation style: items in, HTML out, in any language that CSL knows.

Styles are CSL files: those in `templates/csl` by their name, or the report's own. What is set here
are numbered styles. Those of author and year are set by `scenes.report.markup.author_date`: of them
citeproc-py cannot tell apart two works of one author and year, and repeats an editor who stands in
for the author.
"""

import html
import json
import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from citeproc import (
    LOCALES_PATH,
    Citation,
    CitationItem,
    CitationStylesBibliography,
    CitationStylesStyle,
)
from citeproc.source.json import CiteProcJSON
from lxml import etree
from markupsafe import Markup

from scenes.errors import SpecError
from scenes.report.markup.addresses import doi_address
from scenes.report.markup.csl_items import Item
from scenes.report.markup.latex_text import FORMS, OTHERS
from scenes.spec.validation import guess

NUMERIC, AUTHOR_DATE = "numeric", "author-date"
CSL = "{http://purl.org/net/xbiblio/csl}"
_TAGS = {"i": ("<i>", "</i>"), "b": ("<b>", "</b>"), "sub": ("<sub>", "</sub>"),
         "sup": ("<sup>", "</sup>"), "code": ("<code>", "</code>"), "case": ("", ""),
         "small": ('<span class="small-caps">', "</span>")}  # fmt: skip
_MARKS = f"[{''.join(mark for marks in FORMS.values() for mark in marks)}]*"
_MOST_BYTES = 2_000_000


@dataclass(frozen=True)
class CitationStyle:
    """A style that can set references.

    Attributes:
        name: As report.toml has it.
        path: Of its CSL file.
        is_numbered: Whether it cites by numbers; else by author and year.
    """

    name: str
    path: Path
    is_numbered: bool = True

    def set_items(self, items: Sequence[Item], language: str) -> list[Markup]:
        """Return references as HTML, without their numbers.

        Raises:
            SpecError: The style cannot set one of them.
        """
        locale = locale_of(language)
        return [self._set(item, locale) for item in items]

    def _set(self, item: Item, locale: str) -> Markup:
        try:
            text = _in_style(
                self.path, self.path.stat().st_mtime_ns, locale, json.dumps(_cased(item.data))
            )
        except Exception as error:  # the library raises errors of any kind for odd styles
            raise SpecError(
                f"the citation style {self.name} cannot set the reference {item.key}",
                [f"{type(error).__name__}: {error}".splitlines()[0]],
                "Choose another citation_style.",
            ) from None
        text = with_note(with_others(text, locale), str(item.data.get("note", "")))
        text = re.sub(rf"\.({_MARKS})\.(?!\.)", r".\1", re.sub(r"\s+([.,])", r"\1", text))
        if locale == "en-US":
            text = _quotes_outside(text)
        return linked(marked_up(text), item.data)


def find_style(name: str, folder: Path, own: Path) -> CitationStyle:
    """Return a citation style by its name.

    Args:
        name: Of a style that is shipped, or of a CSL file.
        folder: Of the styles that are shipped.
        own: The report's, in which its CSL files are.

    Raises:
        SpecError: There is no such style, or it is none that can be used.
    """
    if not name.endswith(".csl"):
        path, choices = folder / f"{name}.csl", sorted(it.stem for it in folder.glob("*.csl"))
        if name not in choices:
            raise SpecError(
                f"there is no citation style {name!r}{guess(name, choices)}",
                [f"the choices are {', '.join(choices)}"],
                "Any other style, by number or by author and year: put its CSL file "
                "(zotero.org/styles) beside report.toml and name it: "
                'citation_style = "mine.csl"',
            )
        return CitationStyle(name, path, is_numbered=_kind_of(path) == NUMERIC)
    path = own / name
    if not path.resolve().is_relative_to(own.resolve()) or not path.is_file():
        raise SpecError(
            f"there is no citation style {name!r}", [f"{path} is no file of the report"]
        )
    return CitationStyle(name, path, is_numbered=_kind_of(path) == NUMERIC)


def _kind_of(path: Path) -> str:
    """Return how a style cites: by number, or by author and year.

    Raises:
        SpecError: It is no style of CSL, or cites otherwise.
    """
    wrong = f"{path} cannot be used as a citation style"
    if path.stat().st_size > _MOST_BYTES:
        raise SpecError(wrong, [f"it is larger than {_MOST_BYTES} bytes"])
    try:
        root = etree.parse(path, etree.XMLParser(resolve_entities=False, no_network=True)).getroot()
    except (etree.XMLSyntaxError, OSError) as error:
        raise SpecError(wrong, [f"it is no XML: {error}"]) from None
    kinds = [it.get("citation-format") for it in root.iter(f"{CSL}category")]
    if root.tag != f"{CSL}style" or root.find(f"{CSL}bibliography") is None:
        raise SpecError(wrong, ["it is no style of CSL that sets a bibliography"])
    named = next((kind for kind in kinds if kind), "none")
    if named not in (NUMERIC, AUTHOR_DATE):
        known = f"{NUMERIC} and {AUTHOR_DATE}"
        raise SpecError(wrong, [f"its citation-format is {named}; only {known} are set"])
    return named


@cache
def locale_of(language: str) -> str:
    """Return CSL's locale for a language: `es-ES` for `es`; `en-US` where it has none."""
    known = sorted(path.stem.removeprefix("locales-") for path in Path(LOCALES_PATH).glob("*.xml"))
    short = language.split("-")[0]
    for wanted in (language, {"en": "en-US"}.get(short, ""), f"{short}-{short.upper()}", short):
        if wanted in known:
            return wanted
    return next((it for it in known if it.split("-")[0] == short), "en-US")


@lru_cache(maxsize=8)
def _read_style(path: Path, _changed: int, locale: str) -> Any:
    """Return a style without its numbers, which the page itself prints."""
    style = CitationStylesStyle(str(path), locale=locale, validate=False)
    # citeproc-py shortens 1–163 to 1–63; whole numbers are right in every style.
    style.root.attrib.pop("page-range-format", None)
    bibliography = style.root.find(f"{CSL}bibliography")
    for number in [*bibliography.iter(f"{CSL}text")]:
        if number.get("variable") == "citation-number":
            number.getparent().remove(number)
    return style


@lru_cache(maxsize=4096)
def _in_style(path: Path, changed: int, locale: str, data: str) -> str:
    """Return an item as a style sets it; what has been set before is kept.

    Args:
        path: Of the style.
        changed: When it was last changed.
        locale: CSL's.
        data: The item as JSON.
    """
    with warnings.catch_warnings(action="ignore"):  # of fields that CSL does not know
        style = _read_style(path, changed, locale)
        source = CiteProcJSON([{**json.loads(data), "id": "it"}])
        bibliography = CitationStylesBibliography(style, source, _FORMATTER)
        bibliography.register(Citation([CitationItem("it")]))
        return "".join(str(part) for part in bibliography.bibliography()[0]).strip()


def _cased(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return an item whose marks for the case of letters are CSL's."""
    on, off = FORMS["case"]
    tags = {ord(on): '<span class="nocase">', ord(off): "</span>"}
    return {key: value.translate(tags) if isinstance(value, str) else value
            for key, value in data.items()}  # fmt: skip


def _form(form: str) -> Any:
    return lambda text: f"{FORMS[form][0]}{text}{FORMS[form][1]}"


_FORMATTER = SimpleNamespace(
    preformat=str, Italic=_form("i"), Oblique=_form("i"), Bold=_form("b"), Light=str,
    Underline=str, Superscript=_form("sup"), Subscript=_form("sub"), SmallCaps=_form("small"),
)  # fmt: skip
"""Marks forms instead of writing HTML: everything is escaped at once, at the end."""


@cache
def _term(name: str, locale: str) -> str:
    tree = etree.parse(f"{LOCALES_PATH}/locales-{locale}.xml")
    found = (it for it in tree.iter(f"{CSL}term") if it.get("name") == name and not it.get("form"))
    return str(next((it.text for it in found), "") or "")


def with_others(text: str, locale: str) -> str:
    """Put “et al.” where the names end in `and others`."""
    if OTHERS not in text:
        return text
    joint = "|".join(re.escape(it) for it in (_term("and", locale), "and", "&") if it)
    text = re.sub(rf"(?:\s*,)?\s*(?:(?:{joint})\s+)?{OTHERS}", f" {_term('et-al', locale)}", text)
    return text.replace("..", ".").strip()


def with_note(text: str, note: str) -> str:
    """Add the remark of an entry where the style leaves it out."""
    if not note or note in text:
        return text
    return f"{text.rstrip()}{'' if text.rstrip().endswith('.') else '.'} {note}."


def _quotes_outside(text: str) -> str:
    """Put commas and full stops before a closing quotation mark, as American English does."""
    text = re.sub(rf"([.,?!]{_MARKS}[”’])[.,]", r"\1", text)
    return re.sub(r"([”’])([.,])", r"\2\1", text)


def marked_up(text: str) -> str:
    """Return escaped HTML, with a tag for each mark: all closed, in order."""
    begins = {on: form for form, (on, _) in FORMS.items()}
    ends = {off: form for form, (_, off) in FORMS.items()}
    out: list[str] = []
    opened: list[str] = []
    for sign in text:
        if sign in begins:
            opened.append(begins[sign])
            out.append(_TAGS[begins[sign]][0])
        elif sign in ends:
            while ends[sign] in opened:
                form = opened.pop()
                out.append(_TAGS[form][1])
                if form == ends[sign]:
                    break
        else:
            out.append(html.escape(sign))
    return "".join(out) + "".join(_TAGS[form][1] for form in reversed(opened))


def linked(text: str, data: Mapping[str, Any]) -> Markup:
    """Make links of the DOI and the address in a reference."""
    doi, url = html.escape(data.get("DOI", "")), html.escape(data.get("URL", ""))
    patterns = [re.escape(url)] if url else []
    patterns += [rf"(?:https?://(?:dx\.)?doi\.org/)?{re.escape(doi)}"] if doi else []
    if not patterns:
        return Markup(text)

    def link(found: re.Match[str]) -> str:
        target = url if found[0] == url else html.escape(doi_address(data["DOI"]))
        return f'<a href="{target}">{found[0]}</a>'

    return Markup(re.sub("|".join(patterns), link, text))
