"""The document for a screen: the HTML of the PDF in, one file with everything inside out.

Fonts, with the characters that are used, style and figures are in the file. Figures are inline:
their letters are the page's and can be searched; style and script of the screen are added here and
never reach the PDF.
"""

import base64
import hashlib
import re
from collections.abc import Mapping
from html import escape, unescape
from pathlib import Path
from urllib.parse import quote

from scenes.errors import RenderError
from scenes.report.output.font_subset import kept_subset, signs_of
from scenes.report.style import font_assets

MEDIA = {
    ".jpg": "image/jpeg",
    ".otf": "font/otf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
}

_PICTURE = re.compile(r'<img src="asset:([\w./-]+\.svg)" alt="([^"]*)">')
_ASSET = re.compile(r"asset:([\w./-]+)")
_ASKING = re.compile(
    r"""\bsrc=(["']?)asset:[\w./-]+\1|\bstyle=(["']).*?\2|<style\b[^>]*>.*?</style>""", re.DOTALL
)
"""Where a page asks for something."""
_BEGIN = re.compile(r"\s*<!DOCTYPE html>\s*<html\b[^>]*>\s*<head>", re.IGNORECASE)
_STYLE = re.compile(r"<style\b[^>]*>(.*?)</style>", re.DOTALL)
_TABLE = re.compile(r"<table\b.*?</table>", re.DOTALL)
_CAPTION = re.compile(r'<caption id="([^"]+)"')
_HEADING = re.compile(
    r'(?P<open><h[234]\b[^>]*?\bid="(?P<id>[^"]+)"[^>]*>)(?P<text>.*?)(?P<close></h[234]>)',
    re.DOTALL,
)
_CONTENTS = re.compile(r'<h2\b[^>]*\bid="contents"[^>]*>(.*?)</h2>', re.DOTALL)
_PACK = re.compile(r'(<span class="pack">)(?=</span>)')
_SEE_TABLE = re.compile(r'(<a class="see-table" href="#([^"]+)">[^<]*)(</a>)')


def render_screen(
    html: str,
    assets: Mapping[str, bytes],
    *,
    folder: Path,
    pack: str = "",
    signs: frozenset[str] = frozenset(),
    fonts: Path | None = None,
) -> str:
    """Return a document as one HTML file.

    Args:
        html: As the PDF is made from.
        assets: Pictures by the names that the HTML uses.
        folder: Of the templates, where the screen's style and script are.
        pack: The file beside the page that holds its evidence; "" for none.
        signs: More characters for its fonts, so that many pages share them: to cut fonts down takes
            longer than all the rest.
        fonts: The folder that keeps fonts that were cut down, if any.

    Raises:
        RenderError: It does not begin as an HTML document does, so that no policy would hold.
    """
    style = (folder / "screen.css").read_text(encoding="utf-8")
    script = (folder / "screen.js").read_text(encoding="utf-8")
    html = _link_pack(_number_tables(html), pack)
    html = _TABLE.sub(lambda found: _table(found[0]), html)
    html = _HEADING.sub(_anchored, _with_way_back(html))
    html = html.replace("</head>", f'<style media="screen">\n{style}</style>\n</head>', 1)
    html = html.replace("</body>", f"<script>\n{script}</script>\n</body>", 1)
    drawn = b"".join(_asset(name, assets) for name, _ in _PICTURE.findall(html))
    signs |= signs_of(html) | signs_of(drawn.decode("utf-8"))
    html = _with_assets(html, {**_fonts(html, signs, fonts), **assets})
    # Figures come last: they are nine tenths of a page, in which there is nothing to look for.
    html = _PICTURE.sub(
        lambda found: _inline_svg(_asset(found[1], assets), unescape(found[2])), html
    )
    return _with_policy(html, script)


def _anchored(heading: re.Match[str]) -> str:
    """Return a heading with a link to itself, which is what one sends to somebody else."""
    link = f'<a class="anchor" href="#{heading["id"]}" aria-label="{heading["id"]}">#</a>'
    return f"{heading['open']}{heading['text']} {link}{heading['close']}"


def _with_way_back(html: str) -> str:
    """Return a page with a link to its contents that stays in sight."""
    contents = _CONTENTS.search(html)
    if contents is None:
        return html
    name = re.sub(r"<[^>]*>", "", contents[1])
    return html.replace(
        "</body>", f'<a class="to-contents" href="#contents">{name}</a>\n</body>', 1
    )


def _with_assets(html: str, assets: Mapping[str, bytes]) -> str:
    """Return a page with what it asks for inside: in sources and styles, not where it is read of.

    Figures stay as they are, to become part of the page.
    A quotation mark in a text is escaped, so that no text looks like an attribute.
    """

    def inline(found: re.Match[str]) -> str:
        if _PICTURE.match(html, found.start() - len("<img ")):
            return found[0]
        return _ASSET.sub(lambda name: _data(name[1], assets), found[0])

    return _ASKING.sub(inline, html)


def _with_policy(html: str, script: str) -> str:
    """Return a page that begins with its policy, which counts in the head only, from there on."""
    begin = _BEGIN.match(html)
    if begin is None:
        raise RenderError("the document must begin with <!DOCTYPE html>, <html …> and <head>")
    head = f'{begin.group()}\n<meta charset="utf-8">\n{_policy(html, script)}'
    return head + html[begin.end() :]


def _policy(html: str, script: str) -> str:
    """Return the element that forbids a page all that is not in it (Content-Security-Policy).

    Style attributes are allowed rather than hashed one by one: figures are full of them. They
    run nothing, and all that they could fetch is forbidden as well.
    """
    rules = {
        "default-src": ["'none'"],
        "img-src": ["data:"],
        "font-src": ["data:"],
        "script-src": [_hash(f"\n{script}")],
        "style-src": [_hash(text) for text in _STYLE.findall(html)] or ["'none'"],
        "style-src-attr": ["'unsafe-inline'"],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
    }
    content = "; ".join(" ".join([name, *values]) for name, values in rules.items())
    return f'<meta http-equiv="Content-Security-Policy" content="{content}">'


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def _fonts(html: str, signs: frozenset[str], cache: Path | None) -> dict[str, bytes]:
    """Return the fonts that a page asks for, with the characters that it can show."""
    return {
        name: kept_subset(data, signs, cache)
        for name, data in font_assets().items()
        if f"asset:{name}" in html
    }


def _inline_svg(svg: bytes, alt: str) -> str:
    """Return a figure as part of the page; its text alternative is what it is called."""
    source = svg.decode("utf-8")
    source = source[source.index("<svg") :]
    source = re.sub(r"<title>.*?</title>", "", source, count=1, flags=re.DOTALL)
    head, rest = source.split(">", 1)
    width = re.search(r' width="([\d.]+pt)"', head)
    head = re.sub(r' (width|height)="[^"]*"', "", head)
    shown = f' style="max-width: calc(1.35 * {width[1]})"' if width else ""
    label = f' role="img" aria-label="{escape(alt)}"'
    return f'<div class="plate">{head}{label}{shown}>{rest}</div>'


def _number_tables(html: str) -> str:
    """Write the number of a table where it is referred to, which only paper counts by itself."""
    numbers = {name: index for index, name in enumerate(_CAPTION.findall(html), 1)}
    return _SEE_TABLE.sub(lambda found: f"{found[1]}{numbers.get(found[2], '')}{found[3]}", html)


def _link_pack(html: str, pack: str) -> str:
    """Link the evidence where the document names it, as the page cannot carry it."""
    link = f'<a href="{escape(quote(pack))}" download>{escape(pack)}</a>' if pack else ""
    return _PACK.sub(lambda found: found[1] + link, html, count=1)


def _table(table: str) -> str:
    """Return a table that scrolls by itself where it is too wide, with heads that say of what."""
    table = re.sub(r"<th(?=[\s>])(?![^>]*\bscope=)", '<th scope="col"', table)
    name = _CAPTION.search(table)
    label = f' role="region" tabindex="0" aria-labelledby="{name[1]}"' if name else ""
    return f'<div class="scroll"{label}>{table}</div>'


def _data(name: str, assets: Mapping[str, bytes]) -> str:
    encoded = base64.b64encode(_asset(name, assets)).decode("ascii")
    return f"data:{MEDIA[Path(name).suffix]};base64,{encoded}"


def _asset(name: str, assets: Mapping[str, bytes]) -> bytes:
    if name not in assets:
        raise RenderError(f"there is no picture or file named {name}")
    return assets[name]
