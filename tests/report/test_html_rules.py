"""A report holds text, tables and pictures of its own; whatever runs, loads or sends is refused."""

import html
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from attacks import ATTACKS, FOR_TEMPLATES, attack
from conftest import MakePlan
from hypothesis import given
from hypothesis import strategies as st

from scenes.errors import RenderError
from scenes.report import rendering
from scenes.report.document import Document
from scenes.report.lint.html_rules import DRAWING, TEXT, find_forbidden
from scenes.report.saving import save_document
from scenes.spec.settings import Settings

Save = Callable[..., tuple[Path, Path]]
PAGE = "<!DOCTYPE html>\n<html lang='en'><head><title>t</title></head>\n<body>\n{}\n</body></html>"


class Writer:
    """Stands in for the process that writes PDFs."""

    def lay_out(self, *_: object) -> None:
        """Take a document."""

    def write(self, _: object) -> bytes:
        """Return a PDF."""
        return b"pdf"


@pytest.mark.parametrize("name", [name for name in ATTACKS if name not in FOR_TEMPLATES])
def test_an_attack_is_found(name: str) -> None:
    """Each is refused by name."""
    found = find_forbidden(PAGE.format(attack(name)))
    assert found
    assert all(it.what for it in found)


@pytest.mark.parametrize(
    "body",
    [
        '<p class="a" id="b" style="color: red">x <a href="https://example.org/?a=1&amp;b">y</a></p>',
        '<a href="#fig-1">1</a><a href="mailto:a@b.org">m</a>',
        '<img src="asset:figures/a.svg" alt="a"><img src="data:image/png;base64,AA" alt="b">',
        '<svg viewBox="0 0 9 9"><g clip-path="url(#a)"><path d="M0 0L9 9" fill="none"/></g></svg>',
        "<style>@page { size: A4 } @media print { p { color: red } } /* url(x) */</style>",
        '<table><caption>c</caption><tr><th scope="col">a</th><td colspan="2">b</td></tr></table>',
        "<!-- a note --><details><summary>a</summary>b</details><p hidden data-x='<script>'>c",
    ],
)
def test_what_a_report_is_made_of_is_allowed(body: str) -> None:
    """Text, links, tables, drawings and style pass."""
    assert find_forbidden(PAGE.format(body)) == []


@given(st.text(max_size=40))
def test_an_element_that_is_not_listed_is_refused(name: str) -> None:
    """Whatever letters an element's name has, it is on the list or refused."""
    element = "x" + re.sub(r"[^a-z0-9-]", "", name.lower())
    assert element not in TEXT | DRAWING
    (found,) = find_forbidden(PAGE.format(f"<{element} title='a'>x</{element}>"))
    assert found.what.startswith(f"<{element}>")


@given(st.text())
def test_text_that_is_escaped_is_allowed(text: str) -> None:
    """Nothing that somebody types is taken for an element."""
    assert find_forbidden(PAGE.format(f'<p title="{html.escape(text)}">{html.escape(text)}')) == []


@pytest.fixture
def save(
    make_plan: MakePlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[Path, Path]]:
    """Return what saves the document of a template, with a folder of other templates."""
    monkeypatch.setattr(rendering, "template_context", lambda *_: {"language": "en"})
    plan = make_plan([(Settings(image_size=16), None)] * 2)
    report = plan.report.model_copy(update={"template": "own.html"})
    nothing: Any = None
    written = Document(replace(plan, report=report), nothing, tmp_path, "r", "scenes report r")

    def save(body: str, **beside: str) -> tuple[Path, Path]:
        (tmp_path / "own.html").write_text(PAGE.replace("{}", body), encoding="utf-8")
        for name, text in beside.items():
            (tmp_path / f"{name}.html").write_text(text, encoding="utf-8")
        writer: Any = Writer()
        return save_document(written, writer=writer)

    return save


@pytest.mark.parametrize("name", ATTACKS)
def test_a_template_that_attacks_is_not_written(name: str, save: Save, tmp_path: Path) -> None:
    """The message names file and line of each, and no document is there."""
    with pytest.raises(RenderError) as caught:
        save(f"<p>\n{attack(name)}", evil="\n\n<script>window.owned = 1</script>")
    place = "evil.html:3: " if name == "through an include" else "own.html:5: "
    assert str(tmp_path / place) in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_each_place_is_named(save: Save, tmp_path: Path) -> None:
    """In blocks, loops and includes, after many lines of one piece, and after facts."""
    body = """
{% block one %}<p>a</p>
<p>b</p>

<iframe></iframe>
{% endblock %}
{% for name in ("a", "b") %}
  {% include "inner.html" %}
{% endfor %}
<p onclick="x">
"""
    with pytest.raises(RenderError) as caught:
        save(body, inner="<p>{{ name }}\n<embed>\n")
    lines = str(caught.value).splitlines()[1:]
    found = [(line.split(": ")[0].rpartition("/")[2], line.split(": ")[1]) for line in lines]
    assert found == [
        ("own.html:8", "<iframe>"),
        ("inner.html:2", "<embed>"),
        ("own.html:13", "<p onclick=…>"),
    ]


def test_what_a_report_is_made_of_is_written(save: Save) -> None:
    """A template without any of that becomes a document."""
    pdf, page = save("<p>fine</p>")
    assert pdf.read_bytes() == b"pdf"
    assert "<p>fine</p>" in page.read_text(encoding="utf-8")
