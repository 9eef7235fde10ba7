"""Whatever a user types or names, the report prints it, fits it on the page and fetches nothing."""

import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pypdf
import pytest
from attacks import ATTACKS, attack
from browser import open_browser, visit
from factories import build_record, describe
from PIL import Image

from scenes.data.folder import Dataset, Picture
from scenes.errors import RenderError, SpecError, UserError
from scenes.plan.planning import plan_report
from scenes.report import style
from scenes.report.document import Document
from scenes.report.language.catalogue import load_words
from scenes.report.lint.glyph_check import check_signs
from scenes.report.markup.bibliography import load_bibliography
from scenes.report.markup.templates import render_html, templates_folder
from scenes.report.output.pdf import PdfWriter, render_pdf
from scenes.report.saving import save_document
from scenes.runs.record import Record
from scenes.spec.loader import check_report
from scenes.spec.text import WORD_LENGTH


@dataclass
class Server:
    """A server on this machine that counts who asks it for something."""

    address: str
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def server() -> Iterator[Server]:
    """Serve on a free port: everything redirects to a file."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(302)
            self.send_header("Location", "file:///etc/hostname")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    http = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=http.serve_forever, daemon=True).start()
    yield Server(f"http://127.0.0.1:{http.server_port}", asked)
    http.shutdown()
    http.server_close()


class Recorded:
    """Answers every question of a plan with a record."""

    def find(self, identity: Mapping[str, Any]) -> Record:
        """Return a run that learnt something."""
        history = {
            "loss": [0.7, 0.5],
            "accuracy": [0.5, 0.8],
            "val_loss": [0.7, 0.6],
            "val_accuracy": [0.5, 0.7],
        }
        right = [index < 28 for index in range(40)]
        return build_record(identity=identity, history=history, right=right, probability=0.6)


Write = Callable[..., str]


@pytest.fixture(scope="module")
def write() -> Iterator[Write]:
    """Return what writes a report of a text, in one process for all of them."""
    with PdfWriter() as writer:
        yield partial(write_with, writer)


def write_with(
    writer: PdfWriter,
    folder: Path,
    text: str,
    classes: tuple[str, str] = ("one", "two"),
    *,
    prose: str = "",
) -> str:
    """Return the HTML of a report in which this text stands wherever a user may type one."""
    prose = prose or text
    study = {
        "name": "batch",
        "title": text,
        "question": prose,
        "factor": "batch_size",
        "values": [8, {"batch_size": 16, "label": text}],
        "choose": {"value": 8, "because": prose},
    }
    report = check_report(
        describe(
            title=text,
            subtitle=text,
            course=text,
            abstract=prose,
            authors=[text, "B"],
            data={"name": text},
            study=[study],
            workload=[{"task": text, "hours": {text: 1.5}}],
        ),
        "a test",
    )
    results: Any = Recorded()
    plan = plan_report(report, lambda _: "fingerprint", results, versions=None)
    Image.new("RGB", (16, 16), "navy").save(folder / "p.png")
    pictures = tuple(Picture(Path("p.png"), index % 2, "0") for index in range(40))
    dataset = Dataset(
        name=text,
        source="folder",
        root=folder,
        classes=classes,
        splits={"train": pictures, "val": pictures},
    )
    document = Document(plan, dataset, folder, "r", "scenes report r")
    _, html = save_document(document, writer=writer)
    return html.read_text(encoding="utf-8")


def text_of(folder: Path) -> str:
    """Return the text of the PDF, without the line breaks that the page made."""
    pages = pypdf.PdfReader(folder / "out" / "r.pdf").pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


PAYLOADS = {
    "tags": "<script>alert(1)</script> & <b>x</b>",
    "template": "{{ 7*7 }} {% raw %} {# x #}",
    "style": "</style><style>*{display:none}",
    "quotes": "\"O'Neil\" 'x' “y”",
    "attribute": '" onload="x" style="color:red',
    "entity": "&lt;b&gt; &amp;",
    "assets": "asset:none.png asset:figures/02.svg url(asset:x)",
    "accents": "Ñandú àéîõü ß Ж",
    "other signs": "100% #1 $5 ~ ^ \\ | ±",
}


@pytest.mark.parametrize("text", PAYLOADS.values(), ids=PAYLOADS)
def test_a_text_is_printed_as_it_is_typed(write: Write, text: str, tmp_path: Path) -> None:
    """Nothing of it becomes markup, template or style, in any place that takes a text."""
    html = write(tmp_path, text, classes=(text, "two"))
    said = text_of(tmp_path)
    assert said.count(" ".join(text.split())) >= 6
    assert "<script>" not in html.replace("<script>\n", "")
    assert "{{ 7*7 }}" in said or "7*7" not in text


@pytest.mark.browser
def test_attacks_that_are_typed_are_only_read(write: Write, tmp_path: Path) -> None:
    """A report whose every text is an attack opens in a browser, runs nothing and asks nobody."""
    attacks = [attack(name) for name in ATTACKS]
    short = [text for text in attacks if len(text) <= 60]
    folder = tmp_path / "of somebody else"
    folder.mkdir()
    write(folder, " ".join(short)[:199], classes=(short[0], short[1]), prose="\n\n".join(attacks))
    with open_browser() as browser:
        page, seen = visit(browser, folder / "out" / "r.html")
        said = page.locator("body").inner_text()
    assert (seen.requests, seen.errors, seen.owned) == ([], [], False)
    assert "<script>window.owned = 1</script>" in said
    assert said.count("window.owned") > 30


def test_a_name_has_an_end() -> None:
    """What stands in a line is refused where no line, head or cell could hold it."""
    with pytest.raises(SpecError) as caught:
        check_report(describe(title="x " * 101, authors=["x" * 61]), "a test")
    assert "title: must be at most 200 characters, got 202" in caught.value.problems
    assert any(
        line.startswith("authors.0: words of must be at most 60 characters, got one of 61")
        or line.endswith("got one of 61")
        for line in caught.value.problems
    )


def test_right_to_left_and_emoji_are_printed(write: Write, tmp_path: Path) -> None:
    """Hebrew, Arabic and the signs of the symbol face come out as themselves."""
    write(tmp_path, "שלום مرحبا 😀 →")
    said = text_of(tmp_path)
    assert "😀" in said
    assert "שלום" in said or "םולש" in said


def test_common_signs_are_in_the_faces() -> None:
    """They are not looked up, which takes a tenth of a second."""
    assert {ord(sign) for sign in style.COMMON} <= style._printable()


def test_a_sign_that_no_face_has_is_told(tmp_path: Path) -> None:
    """A sign that would print as a box stops the report, and says which and where."""
    report = check_report(describe(title="日本 scenes", authors=["B"]), "a test")
    with pytest.raises(SpecError) as caught:
        check_signs(report, ["one", "\U000f1234"])
    assert caught.value.problems[0] == "title: U+65E5 (日), U+672C (本)"
    assert caught.value.problems[1].startswith("class: U+F1234")


@pytest.mark.parametrize("text", ["x", "long words ", "a\nb\n\nc "], ids=repr)
def test_a_text_of_any_length_stays_on_the_page(write: Write, text: str, tmp_path: Path) -> None:
    """Two thousand signs without a blank break over lines and pages; none leaves the paper."""
    name = ((text * WORD_LENGTH)[:WORD_LENGTH] + " ") * 3
    write(tmp_path, name, prose=text * (2000 // len(text)))
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed")
    boxes = subprocess.run(
        ["pdftotext", "-bbox", str(tmp_path / "out" / "r.pdf"), "-"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    right = [
        float(line.split('xMax="')[1].split('"')[0])
        for line in boxes.splitlines()
        if "<word" in line
    ]
    assert max(right) < 210 / 25.4 * 72


@pytest.mark.parametrize(
    "body",
    [
        '<img src="{url}/x.png" alt="x">',
        '<link rel="stylesheet" href="{url}/x.css">',
        '<link rel="attachment" href="{url}/x">',
        '<style>@font-face {{ font-family: X; src: url("{url}/x.ttf") }}</style>',
        '<style>@import url("{url}/x.css");</style>',
        '<p style="background: url({url}/x.png)">x</p>',
        '<object data="{url}/x.svg">x</object>',
        '<embed src="{url}/x.svg">',
        '<img src="asset:nested.svg" alt="x">',
        '<img src="asset:entity.svg" alt="x">',
        '<svg viewBox="0 0 9 9"><image href="{url}/x.png" width="9" height="9"/></svg>',
    ],
)
def test_nothing_is_fetched(body: str, server: Server) -> None:
    """No way of naming an address makes the renderer ask for it; the document is refused."""
    svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{}</svg>'
    image = f'<image href="{server.address}/x.png" width="9" height="9"/>'
    entity = f'<!DOCTYPE svg [<!ENTITY x SYSTEM "{server.address}/x">]>' + svg.format(
        "<text>&x;</text>"
    )
    assets = {"nested.svg": svg.format(image).encode(), "entity.svg": entity.encode()}
    page = '<!DOCTYPE html><html lang="en"><head><title>t</title></head><body>{}</body></html>'
    with pytest.raises(RenderError, match="not written"):
        render_pdf(page.format(body.format(url=server.address)), assets=assets)
    assert server.asked == []


@pytest.mark.parametrize("name", ["../secret.html", "/etc/hostname", "link.html"])
def test_a_template_stays_in_its_folders(name: str, tmp_path: Path) -> None:
    """Neither a path nor a link leads a template out of the report's folder."""
    report = tmp_path / "report"
    report.mkdir()
    (tmp_path / "secret.html").write_text("secret", encoding="utf-8")
    (report / "link.html").symlink_to(tmp_path / "secret.html")
    (report / "own.html").write_text(f'{{% include "{name}" %}}', encoding="utf-8")
    with pytest.raises(UserError, match="there is no template"):
        render_html("own.html", {}, folder=report)


def test_a_bibliography_stays_in_its_folder(tmp_path: Path) -> None:
    """References are read from the report's own folder."""
    report = check_report(describe(bibliography="../refs.bib"), "a test")
    (tmp_path / "refs.bib").write_text("@misc{a, title = {A}}", encoding="utf-8")
    (tmp_path / "report").mkdir()
    with pytest.raises(SpecError, match="outside"):
        load_bibliography(report, tmp_path / "report")


def test_a_reference_is_data(tmp_path: Path) -> None:
    """What stands in a bibliography becomes no markup, and its link leads to the web only."""
    (tmp_path / "r.bib").write_text(
        "@misc{a, title = {<script>x</script> {{7*7}}}, author = {A, <b>B</b>}, year = 2020}",
        encoding="utf-8",
    )
    report = check_report(describe(bibliography="r.bib"), "a test")
    words = load_words("en", templates_folder() / "locale")
    (reference,) = load_bibliography(report, tmp_path).listed([], words)
    assert "<script>" not in reference.html
    assert "<b>" not in reference.html


def test_a_link_of_a_reference_leads_to_the_web(tmp_path: Path) -> None:
    """An address that a browser would run is refused, with the entry that has it."""
    (tmp_path / "r.bib").write_text("@misc{a, url = {javascript:alert(1)}}", encoding="utf-8")
    bibliography = load_bibliography(
        check_report(describe(bibliography="r.bib"), "a test"), tmp_path
    )
    with pytest.raises(SpecError, match=r"r\.bib:1: a, url: javascript"):
        bibliography.listed([], load_words("en", templates_folder() / "locale"))


def test_an_old_report_outlives_a_failed_one(write: Write, tmp_path: Path) -> None:
    """A report that cannot be written leaves the last good files in place, byte for byte."""
    write(tmp_path, "first")
    before = {path: path.read_bytes() for path in (tmp_path / "out").glob("r.*")}
    assert len(before) == 2
    (tmp_path / "lab_report.html").write_text('<p>{{ report.titel }}</p><a href="#no">x</a>')
    with pytest.raises(RenderError, match="titel"):
        write(tmp_path, "second")
    assert {path: path.read_bytes() for path in (tmp_path / "out").glob("r.*")} == before
