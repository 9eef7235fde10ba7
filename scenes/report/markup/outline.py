"""What a filled template holds: its HTML in, its tables, cross-reference targets and facts out.

A document is filled twice. The first filling tells what there is to refer to and to list; the
second one prints it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from html import unescape

from scenes.report.language.fact_trace import Group, Printed, group_facts
from scenes.report.markup.own_figures import OwnFigure

_HEADING = re.compile(r"<h[234] id=\"([^\"]+)\"[^>]*>(.*?)</h[234]>", re.DOTALL)
_FIGURE = re.compile(
    r"<figure id=\"fig-(\w+)\" data-key=\"([^\"]*)\"(?: data-stands-for=\"([^\"]*)\")?"
)
_TABLE = re.compile(
    r"<caption(?: id=\"tab-([^\"]+)\")?(?: data-stands-for=\"([^\"]*)\")?[^>]*>(.*?)</caption>",
    re.DOTALL,
)
_NUMBER = re.compile(r"<span class=\"number\">(.*?)</span>\s*", re.DOTALL)
_CITED = re.compile(r"data-cite=\"([^\"]*)\"")


@dataclass(frozen=True)
class Target:
    """What can be referred to.

    Attributes:
        kind: `figure`, `table` or `section`.
        anchor: Of the element.
        number: As printed; empty for a section without.
        title: Of a section, or the caption of a table.
    """

    kind: str
    anchor: str
    number: str
    title: str


@dataclass(frozen=True)
class Outline:
    """What the first filling of a template has found; empty while it is being filled.

    Attributes:
        is_known: Whether there has been a first filling.
        targets: By the name that a reference uses, such as `fig:batch_size-loss`.
        facts: What the document prints, by section.
        cited: Keys of the references, in the order in which they are cited.
        own_figures: Those that the author wrote, in order.
    """

    is_known: bool = False
    targets: Mapping[str, Target] = field(default_factory=dict)
    facts: tuple[Group, ...] = ()
    cited: tuple[str, ...] = ()
    own_figures: tuple[OwnFigure, ...] = ()

    @property
    def tables(self) -> list[Target]:
        """The numbered tables, in order."""
        return [
            target
            for name, target in self.targets.items()
            if target.kind == "table" and target.anchor == name.replace(":", "-", 1)
        ]


def read_outline(html: str, facts: tuple[Printed, ...]) -> Outline:
    """Return what a document holds.

    Args:
        html: The document, its facts traced.
        facts: What it prints.
    """
    cited = (key for found in _CITED.findall(html) for key in found.split())
    return Outline(True, dict(_targets(html)), group_facts(facts), tuple(dict.fromkeys(cited)))


def with_titles(outline: Outline, html: str, own: tuple[OwnFigure, ...]) -> Outline:
    """Return an outline with the titles that things have where all references are known."""
    return replace(outline, targets=dict(_targets(html)), own_figures=own)


def _targets(html: str) -> Iterator[tuple[str, Target]]:
    """Yield what there is; what stands for several things is found by the name of each."""
    for number, key, others in _FIGURE.findall(html):
        for name in (unescape(key), *unescape(others).split()):
            yield f"fig:{name}", Target("figure", f"fig-{number}", number, "")
    for number, (name, others, caption) in enumerate(_TABLE.findall(html), 1):
        if name:
            target = Target("table", f"tab-{name}", str(number), _text(caption))
            for each in (name, *unescape(others).split()):
                yield f"tab:{each}", target
    for anchor, heading in _HEADING.findall(html):
        found = _NUMBER.match(heading)
        title = _text(_NUMBER.sub("", heading, count=1))
        number = _text(found.group(1)) if found else ""
        yield f"sec:{anchor.removeprefix('study-')}", Target("section", anchor, number, title)


def _text(html: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", html)).strip()
