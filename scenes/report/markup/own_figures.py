"""Figures that an author writes into a template: numbered with the report's own, and embedded.

In: the HTML of a filled template, where

    <figure id="map"><img src="map.png" alt="…"><figcaption>…</figcaption></figure>

shows a file of the report's folder. Out: the numbers of all figures in the order of the page, and
HTML that has the number in each caption and names its pictures as assets.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape, unescape
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from scenes.data.image_files import PictureError
from scenes.errors import RenderError
from scenes.report.figures.own_picture import load_own_picture
from scenes.report.lint.html_rules import is_own_picture
from scenes.report.markup.claim_tag import note_file

MOST_BYTES = 60 * 2**20
"""Of all own pictures of a report, as they are embedded."""
NO_ALT = 'without a text alternative: say in alt="…" what the picture shows'

_ATTRIBUTES = r"""(?:\s+[^\s=>]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'>]+))?)*\s*/?"""
_FIGURE = re.compile(
    rf"<!--.*?-->|<figure\b(?P<start>{_ATTRIBUTES})>(?P<inside>.*?)</figure>", re.DOTALL
)
_IMAGE = re.compile(rf"<!--.*?-->|<img\b(?P<start>{_ATTRIBUTES})>", re.DOTALL)
_CAPTION = re.compile(rf"(<figcaption\b{_ATTRIBUTES}>)(.*?)</figcaption>", re.DOTALL)
_ATTRIBUTE = re.compile(r"""([^\s=>/]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?""")
_LABEL = re.compile(r"<span class=\"label\">.*?</span>", re.DOTALL)


@dataclass(frozen=True)
class OwnFigure:
    """A figure of the author's, as the list of figures shows it."""

    number: int
    title: str


@dataclass(frozen=True)
class _Figure:
    """A figure on the page: its key, and whether the author wrote it."""

    key: str
    is_own: bool


def figure_numbers(html: str) -> Mapping[str, int]:
    """Return the number of each figure by its key, in the order of the page.

    It is empty for a page without figures of the author's: there the report's numbers hold.
    Figures of the appendix keep theirs, such as A1.
    """
    figures = list(_figures(html))
    if not any(figure.is_own for figure in figures):
        return {}
    return {figure.key: number for number, figure in enumerate(figures, 1)}


def own_figures(html: str) -> tuple[OwnFigure, ...]:
    """Return the author's figures of a page, in their order, each with the title of its caption."""
    numbers = figure_numbers(html)
    found = zip(_figures(html), _numbered(html), strict=True)
    return tuple(
        OwnFigure(numbers[figure.key], _title(match["inside"]))
        for figure, match in found
        if figure.is_own
    )


def write_numbers(html: str, label: str) -> str:
    """Return a page where each figure of the author's has its number, anchor and key.

    Args:
        html: The page, its other figures numbered by `figure_numbers`.
        label: The word before the number.
    """
    numbers = figure_numbers(html)
    figures = iter(list(_figures(html)))

    def write(found: re.Match[str]) -> str:
        if not _counts(found) or not (figure := next(figures)).is_own:
            return found[0]
        number = numbers[figure.key]
        name = _attributes(found["start"]).get("id")
        rest = re.sub(r"""\sid\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+)""", "", found["start"], count=1)
        is_taken = name is None or re.fullmatch(r"fig-\d+", name)  # by a number of the report's
        place = "" if is_taken else f'<span id="{escape(str(name))}"></span>'
        inside = _CAPTION.sub(
            lambda it: f'{it[1]}<span class="label">{label} {number}.</span> {it[2]}</figcaption>',
            found["inside"],
            count=1,
        )
        key = escape(figure.key)
        return f'<figure id="fig-{number}" data-key="{key}"{rest}>{place}{inside}</figure>'

    return _FIGURE.sub(write, html)


def embed_pictures(html: str, folder: Path) -> tuple[str, dict[str, bytes]]:
    """Return a page that names its own pictures as assets, and these.

    Raises:
        RenderError: A picture cannot be shown, has no text alternative, or they are too large.
    """
    assets: dict[str, bytes] = {}

    def embed(found: re.Match[str]) -> str:
        attributes = _attributes(found["start"] or "")
        source = attributes.get("src", "").strip()
        if not is_own_picture(source):
            return found[0]
        if not attributes.get("alt", "").strip():
            raise RenderError(f"<img src={source}> is {NO_ALT}")
        asset, data = _load(folder, source)
        assets[asset] = data
        if sum(map(len, assets.values())) > MOST_BYTES:
            raise RenderError(f"the report's own pictures take more than {MOST_BYTES:,} bytes")
        kept = {**attributes, "class": f"own {attributes.get('class', '')}".strip()}
        # With the text alternative first, the page for a screen leaves a drawing by itself.
        words = {"alt": kept.pop("alt"), **kept, "src": f"asset:{asset}"}
        written = (f'{name}="{escape(value)}"' for name, value in words.items())
        return f"<img {' '.join(written)}>"

    return _IMAGE.sub(embed, html), assets


def _load(folder: Path, source: str) -> tuple[str, bytes]:
    try:
        ending, data = load_own_picture(folder, source)
        note_file(unquote(source))
    except PictureError as error:
        raise RenderError(str(error)) from error
    return f"own/{hashlib.sha256(data).hexdigest()[:16]}{ending}", data


def _figures(html: str) -> Iterator[_Figure]:
    """Yield the figures of a page that count, the author's by the name or file that they have."""
    known: set[str] = set()
    for found in _numbered(html):
        attributes = _attributes(found["start"])
        if (key := attributes.get("data-key")) is None:
            key = _free(_own_key(attributes, found["inside"]), known)
        known.add(key)
        yield _Figure(key, "data-key" not in attributes)


def _numbered(html: str) -> list[re.Match[str]]:
    return [found for found in _FIGURE.finditer(html) if _counts(found)]


def _counts(found: re.Match[str]) -> bool:
    """Return whether a figure has a number of the text's: the report's, or one that it is to get.

    The author's are those with a caption; plates that the report shows in passing have no number.
    """
    if found["inside"] is None:
        return False
    attributes = _attributes(found["start"])
    if "data-key" in attributes:
        return attributes.get("id", "").removeprefix("fig-").isdigit()
    return _CAPTION.search(found["inside"]) is not None and 'src="asset:' not in found["inside"]


def _own_key(attributes: Mapping[str, str], inside: str) -> str:
    if name := attributes.get("id"):
        return name.removeprefix("fig-")
    image = _IMAGE.search(inside)
    source = _attributes(image["start"] or "").get("src", "") if image else ""
    return PurePosixPath(unquote(source)).stem if is_own_picture(source) else "own"


def _free(key: str, known: set[str]) -> str:
    """Return a key that no figure before has: with a number, if need be."""
    count, free = 2, key
    while free in known:
        count, free = count + 1, f"{key}-{count}"
    return free


def _attributes(text: str) -> dict[str, str]:
    found = [
        (name.lower(), unescape("".join(values))) for name, *values in _ATTRIBUTE.findall(text)
    ]
    return dict(reversed(found))  # of a repeated attribute the first one counts


def _title(inside: str) -> str:
    """Return the first sentence of a caption."""
    caption = _CAPTION.search(inside)
    text = re.sub(r"<[^>]*>", "", _LABEL.sub("", caption[2])) if caption else ""
    return " ".join(unescape(text).split()).split(". ")[0].rstrip(".")
