"""The page for a screen is one file that needs nothing else, and can be used by anyone."""

import base64
import hashlib
import re
from html import escape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenes.errors import RenderError
from scenes.report.markup.templates import templates_folder
from scenes.report.output.html import _with_assets, render_screen

SVG = (
    b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="425.2pt" height="90pt"'
    b' viewBox="0 0 425 90"><title>T</title><path d="M 0 0"/></svg>'
)
PAGE = """<!DOCTYPE html>
<html><head><style>@font-face { src: url("asset:fonts/SourceSerifPro-It.ttf") }</style>
</head><body><figure><img src="asset:figures/a.svg" alt="De 1 a 2 &amp; &#34;tres&#34;"></figure>
<table><caption id="tab-a">A</caption><thead><tr><th>x</th><th class="num">y</th></tr></thead>
</table><table><caption id="tab-b">B</caption></table>
<p><a class="see-table" href="#tab-b">tabla&nbsp;</a></p></body></html>"""


@pytest.fixture
def screen() -> str:
    """The page of a small document."""
    return render_screen(PAGE, {"figures/a.svg": SVG}, folder=templates_folder())


def test_nothing_is_asked_for_outside_of_the_file(screen: str) -> None:
    """Pictures and fonts are inside; no address is left."""
    assert "asset:" not in screen
    assert "data:font/ttf;base64," in screen
    assert not re.search(r"(src|href)=.?https?:", screen)
    assert "http" not in (templates_folder() / "screen.js").read_text(encoding="utf-8")


def test_a_figure_is_inline_and_called_by_its_text(screen: str) -> None:
    """It scales with the page, and its alternative text is its name."""
    assert (
        '<div class="plate"><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 425 90"' in screen
    )
    assert 'role="img" aria-label="De 1 a 2 &amp; &quot;tres&quot;"' in screen
    assert "<title>T</title>" not in screen


def test_tables_scroll_and_their_heads_say_of_what(screen: str) -> None:
    """A wide table scrolls by itself, with the keyboard too, under the name of its caption."""
    assert 'role="region" tabindex="0" aria-labelledby="tab-a"><table>' in screen
    assert '<th scope="col">x</th><th scope="col" class="num">y</th>' in screen


def test_a_table_is_referred_to_by_its_number(screen: str) -> None:
    """On paper the style sheet counts; a browser cannot."""
    assert '<a class="see-table" href="#tab-b">tabla&nbsp;2</a>' in screen


@given(st.text(), st.text())
def test_a_text_may_speak_of_assets(before: str, after: str) -> None:
    """Only sources and styles are asked for; what is read stays as it is, whatever it names."""
    text = escape(f"{before}asset:figures/a.svg {after} asset:none.png url(asset:x.ttf)")
    read = f'<p title="{text}">{text}</p>'
    page = f"{read}<img src='asset:figures/a.svg' alt='{text}'>{read}"
    inlined = _with_assets(page, {"figures/a.svg": b"<svg/>"})
    picture = "data:image/svg+xml;base64,PHN2Zy8+"
    assert inlined == f"{read}<img src='{picture}' alt='{text}'>{read}"


def test_a_picture_that_is_not_there_is_told(screen: str) -> None:
    """It is an error with its name, in a source and in a style."""
    for asking in ("<img src='asset:no.png'>", "<p style='background: url(asset:no.png)'>"):
        with pytest.raises(RenderError, match=r"named no\.png"):
            render_screen(f"{PAGE}{asking}", {"figures/a.svg": SVG}, folder=templates_folder())


def test_the_policy_comes_first_and_names_each_style(screen: str) -> None:
    """Nothing is loaded, one script runs, and styles are known by their hash."""
    head, policy = re.findall(r"<head>\s*(<[^>]*>)\s*(<[^>]*>)", screen)[0]
    assert head == '<meta charset="utf-8">'
    assert policy.startswith(
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\';'
        " img-src data:; font-src data:; script-src 'sha256-"
    )
    styles = re.findall(r"<style[^>]*>(.*?)</style>", screen, re.DOTALL)
    hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()) for text in styles]
    assert len(hashes) == 2
    assert all(f"'sha256-{digest.decode()}'" in policy for digest in hashes)
    assert policy.endswith("base-uri 'none'; form-action 'none'\">")


def test_a_document_that_begins_otherwise_is_refused() -> None:
    """A policy counts in the head only, and only for what follows it."""
    for before in ("<p>x", "<script>x</script>", "<!-- x -->"):
        with pytest.raises(RenderError, match="must begin with"):
            render_screen(before + PAGE, {"figures/a.svg": SVG}, folder=templates_folder())


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour (WCAG 2.1)."""
    whole = colour if len(colour) == 7 else "#" + "".join(2 * digit for digit in colour[1:])
    parts = [int(whole[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours (WCAG 2.1)."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("text", ["ink", "soft", "accent", "warn"])
@pytest.mark.parametrize("ground", ["paper", "tint"])
@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_stands_out(text: str, ground: str, scheme: int) -> None:
    """Every colour of text has a contrast of at least 4.5 on both grounds, by day and by night."""
    style = Path(templates_folder() / "screen.css").read_text(encoding="utf-8")
    colours = dict(re.findall(r"--(\w+): (#\w+)", re.findall(r":root \{(.*?)\}", style)[scheme]))
    assert contrast(colours[text], colours[ground]) >= 4.5


PAPER_ONLY = {".running-title"}
"""Selectors of what a screen does not show."""


def coloured(style: str, value: str) -> set[tuple[str, str]]:
    """Return each selector of a style sheet with the property whose value has a form."""
    rules = re.findall(
        r"([^{}]+)\{([^{}]*)\}", re.sub(r"/\*.*?\*/|\{[%#].*?[%#]\}", "", style, flags=re.S)
    )
    return {
        (selector.strip(), name)
        for selectors, body in rules
        if "@" not in selectors
        for name in re.findall(rf"\b(?<!-)(color|background): {value}", body)
        for selector in selectors.split(",")
    }


def test_no_colour_of_the_paper_reaches_a_dark_screen() -> None:
    """What the paper colours, the screen colours by a variable, which the dark scheme changes."""
    folder = templates_folder()
    paper = "".join((folder / name).read_text("utf-8") for name in ("report.css", "layout.css"))
    screen = (folder / "screen.css").read_text(encoding="utf-8")
    left = coloured(paper, "#") - coloured(screen, r"var\(")
    assert {selector for selector, _ in left} <= PAPER_ONLY
