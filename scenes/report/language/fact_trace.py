"""The way of a printed number through a template: marks in, links and a ledger out.

A template may put a fact anywhere: into a sentence, a table, a caption, an alternative text, the
title of the window. Only when the document is filled is it known where markup can go and which
facts were printed at all. Until then a fact is its text between marks, which carry what a reader
may ask of it; `trace_facts` then turns each into a link, or into plain text where no link can
stand, and says which there were.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup, escape

from scenes.errors import RenderError

# Private use: no text of a report holds them, and no filter of a template changes them.
OPEN, FIELD, TEXT, CLOSE = "\ue000", "\ue001", "\ue002", "\ue003"
SHORT_ID = 8
"""Digits of a run's id that the document prints; the whole id is in the record."""

_MARK = re.compile(f"{OPEN}([^{TEXT}{CLOSE}]*){TEXT}([^{OPEN}{CLOSE}]*){CLOSE}")
_TAG = re.compile(r"(<!--.*?-->|<[^>]*>)", re.DOTALL)
_PLAIN = ("title", "style", "script", "option", "textarea")


@dataclass(frozen=True)
class Printed:
    """A fact as the document prints it.

    Attributes:
        name: Of the fact.
        group: The section that it belongs to.
        part: Of what in that section, such as a value of a study.
        what: What is measured.
        value: With its unit and spread.
        origin: Where it comes from, in a sentence.
        runs: Short ids of the runs behind it, joined by spaces.
    """

    name: str
    group: str
    part: str
    what: str
    value: str
    origin: str
    runs: str


@dataclass(frozen=True)
class TracedFact:
    """A fact with the place where the document explains it."""

    printed: Printed
    anchor: str


@dataclass(frozen=True)
class FactGroup:
    """Facts of the same runs: what a section of the list has to say of one thing."""

    title: str
    runs: tuple[str, ...]
    entries: tuple[TracedFact, ...]


@dataclass(frozen=True)
class Group:
    """A section of the list of printed facts."""

    title: str
    parts: tuple[FactGroup, ...]


def mark_fact(printed: Printed, text: str) -> Markup:
    """Return a text that remembers the fact it prints."""
    fields = FIELD.join(str(escape(item)) for item in vars(printed).values())
    return Markup(f"{OPEN}{fields}{TEXT}{escape(text)}{CLOSE}")


def unmarked(text: str) -> str:
    """Return a text as it is read: each fact is its digits."""
    return _MARK.sub(r"\2", text)


def trace_facts(html: str, *, link: bool) -> tuple[str, tuple[Printed, ...]]:
    """Turn the marks of a filled template into markup.

    Args:
        html: The document.
        link: Whether it has a list of facts to link to.

    Returns:
        The document without marks, and each fact that it prints once, in order.

    Raises:
        RenderError: A filter has cut a fact in two, or two numbers go by the same name.
    """
    found: dict[str, Printed] = {}
    pieces, in_link, in_plain = [], False, False
    for index, piece in enumerate(_TAG.split(html)):
        is_tag = index % 2 == 1
        if is_tag:
            name = _element(piece)
            in_link = name == "a" if name.strip("/") == "a" else in_link
            in_plain = name in _PLAIN if name.strip("/") in _PLAIN else in_plain
        plain, linked = is_tag or in_plain, link and not in_link
        pieces.append(_MARK.sub(lambda it, p=plain, li=linked: _write(it, found, p, li), piece))
    whole = "".join(pieces)
    if (cut := re.search(f"[{OPEN}{TEXT}{CLOSE}]", whole)) is not None:
        near = re.sub("[\ue000-\ue003]", " ", whole[cut.start() : cut.start() + 60])
        raise RenderError(f"a template has cut a number in two, near {near!r}")
    return whole, tuple(found.values())


def group_facts(facts: Iterable[Printed]) -> tuple[Group, ...]:
    """Sort facts by section, by what they tell of, and by what is measured.

    Each keeps the anchor that `trace_facts` links to: its place in the order of printing.
    """
    sections: dict[str, dict[tuple[str, str], list[TracedFact]]] = {}
    for number, fact in enumerate(facts, 1):
        parts = sections.setdefault(fact.group, {})
        parts.setdefault((fact.part, fact.runs), []).append(TracedFact(fact, f"fact-{number}"))
    return tuple(
        Group(title, tuple(_part(*item) for item in sorted(parts.items(), key=_title)))
        for title, parts in sorted(sections.items(), key=lambda item: _natural(item[0]))
    )


def _title(item: tuple[tuple[str, str], object]) -> list[str | int]:
    return _natural(item[0][0])


def _part(key: tuple[str, str], entries: list[TracedFact]) -> FactGroup:
    inner = sorted(entries, key=lambda entry: _natural(entry.printed.what))
    return FactGroup(key[0], tuple(key[1].split()), tuple(inner))


def _natural(text: str) -> list[str | int]:
    """Return a key by which 9 comes before 10."""
    return [int(part) if part.isdigit() else part for part in re.split(r"([0-9]+)", text.lower())]


def _element(tag: str) -> str:
    found = re.match(r"</?[a-zA-Z][\w-]*", tag)
    return found.group()[1:].lower() if found else ""


def _write(found: re.Match[str], known: dict[str, Printed], plain: bool, link: bool) -> str:
    fields = [str(Markup(item).unescape()) for item in found.group(1).split(FIELD)]
    printed, text = Printed(*fields), found.group(2)
    other = known.setdefault(printed.name, printed)
    if other.value != printed.value:
        raise RenderError(f"{printed.name} is both {other.value} and {printed.value}")
    if plain:
        return text
    if not link:
        span = Markup('<span class="fact" data-fact="{}" title="{}">{}</span>')
        return str(span.format(printed.name, printed.origin, Markup(text)))
    number = list(known).index(printed.name) + 1
    anchor = Markup('<a class="fact" href="#fact-{}" data-fact="{}" title="{}">{}</a>')
    return str(anchor.format(number, printed.name, printed.origin, Markup(text)))
