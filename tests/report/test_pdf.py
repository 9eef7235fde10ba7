"""HTML to PDF: what is refused, what is promised, and that the templates make a whole report."""

import io
import logging
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pypdf
import pytest
from jinja2 import DictLoader, FileSystemLoader
from jinja2.loaders import ChoiceLoader
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup
from PIL import Image

from scenes.errors import RenderError
from scenes.report.figures.data import Curve
from scenes.report.figures.plots import (
    figure_svg,
    plot_confusion,
    plot_curves,
    plot_samples,
)
from scenes.report.language.catalogue import load_words
from scenes.report.language.locale import Words
from scenes.report.markup.bibliography import Bibliography
from scenes.report.markup.crossrefs import CrossReferences
from scenes.report.markup.markdown import Prose
from scenes.report.markup.outline import Outline, Target
from scenes.report.markup.templates import build_environment
from scenes.report.output import pdf, weasyprint_worker
from scenes.report.output.pdf import render_pdf
from scenes.system.limited_child import ChildEndedError

TEMPLATES = Path(__file__).parents[2] / "templates"
CSS = (TEMPLATES / "report.css").read_text(encoding="utf-8")


def page(body: str, *, head: str = "") -> str:
    """Return a document in the style of a report."""
    return (
        f'<!DOCTYPE html><html lang="es"><head><title>t</title><style>{CSS}</style>{head}</head>'
        f"<body>{body}</body></html>"
    )


def png() -> bytes:
    """Return a small picture."""
    out = io.BytesIO()
    Image.new("RGB", (4, 4), "navy").save(out, "png")
    return out.getvalue()


def text_of(document: bytes) -> str:
    """Return the text of a PDF."""
    pages = pypdf.PdfReader(io.BytesIO(document)).pages
    return "\n".join(one.extract_text() for one in pages)


@pytest.fixture(scope="module")
def writer() -> Iterator[pdf.PdfWriter]:
    """One process for the documents that many tests ask for."""
    with pdf.PdfWriter() as one:
        yield one


SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{}</svg>'


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('<img src="asset:no.png" alt="x">', "no picture or file named no.png"),
        ('<img src="asset:broken.png" alt="x">', "broken.png"),
        ('<img src="asset:empty.png" alt="x">', "empty.png"),
        ('<img src="asset:ok.png">', "no required alt"),
        ('<a href="#nowhere">x</a>', "nowhere"),
        ('<p id="a">x</p><p id="a">y</p><a href="#a">z</a>', "Anchor defined twice"),
        ("<p>casa \U000f1234 azul</p>", "(U+F1234), in the text: … t casa"),
        ("<p>mil \N{CJK UNIFIED IDEOGRAPH-6F22} aes</p>", "(U+6F22), in the text: … t mil"),
        ('<img src="asset:glyph.svg" alt="x">', "in glyph.svg"),
        ('<p style="colour: red">x</p>', "colour"),
        ('<img src="file:///etc/passwd" alt="x">', "file:///etc/passwd"),
        ('<img src="http://127.0.0.1:9/x.png" alt="x">', "127.0.0.1"),
        ('<img src="../x.png" alt="x">', "x.png"),
        ('<link rel="attachment" href="file:///etc/passwd">', "file:///etc/passwd"),
        ('<a rel="attachment" href="file:///etc/passwd">x</a>', "file:///etc/passwd"),
        ('<img src="asset:reads.svg" alt="x">', "reads.svg"),
    ],
)
def test_a_hole_in_the_document_stops_it(writer: pdf.PdfWriter, body: str, said: str) -> None:
    """Whatever WeasyPrint would only log, or fetch, is an error that says what and where."""
    reads = SVG.format('<image href="file:///etc/hostname" width="9" height="9"/>')
    assets = {
        "ok.png": png(),
        "broken.png": png()[:30],
        "empty.png": b"",
        "reads.svg": reads.encode(),
    }
    if "glyph.svg" in body:
        assets["glyph.svg"] = SVG.format("<text>\N{CJK UNIFIED IDEOGRAPH-6F22}</text>").encode()
    with pytest.raises(RenderError) as caught:
        writer.render(page(body), assets=assets)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "rule",
    [
        '@import "http://127.0.0.1:9/x.css";',
        '@font-face { font-family: X; src: url("http://127.0.0.1:9/x.ttf") }',
        'body { background: url("file:///etc/passwd") }',
        "p { colour: red }",
    ],
)
def test_a_style_sheet_is_held_to_the_same(writer: pdf.PdfWriter, rule: str) -> None:
    """A rule that fetches or means nothing stops the document too."""
    with pytest.raises(RenderError, match="not written"):
        writer.render(page("<p>x</p>", head=f"<style>{rule}</style>"), assets={})


def test_all_problems_come_at_once() -> None:
    """Two mistakes are reported in one message."""
    body = '<a href="#one">x</a><a href="#two">y</a>'
    with pytest.raises(RenderError) as caught:
        render_pdf(page(body), assets={})
    assert "#one" in str(caught.value)
    assert "#two" in str(caught.value)


def test_names_are_taken_literally() -> None:
    """Accents, signs of other templates and escaped tags reach the page as they are."""
    said = text_of(
        render_pdf(page("<p>¿Niño? {{7*7}} &lt;script&gt; → 3 ± 1 × 2 −1</p>"), assets={})
    )
    assert "¿Niño? {{7*7}} <script> → 3 ± 1 × 2 −1" in said


def test_the_same_document_has_the_same_bytes() -> None:
    """Neither the time nor the process shows in the file."""
    html = page('<h2>Uno</h2><img src="asset:p.png" alt="x">')
    assert render_pdf(html, assets={"p.png": png()}) == render_pdf(html, assets={"p.png": png()})


def test_one_writer_writes_many_documents() -> None:
    """A later document is as if it were the first; a bad one before it leaves no trace."""
    html = page('<h2>Uno</h2><img src="asset:p.png" alt="x">')
    first = render_pdf(html, assets={"p.png": png()})
    with pdf.PdfWriter() as writer:
        with pytest.raises(RenderError, match="nowhere"):
            writer.render(page('<a href="#nowhere">x</a>'), assets={})
        for _ in range(2):
            assert writer.render(html, assets={"p.png": png()}) == first
            assert writer.render(page("<p>x</p>"), assets={}) != first


def test_a_writer_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a document for ever."""
    monkeypatch.setattr(pdf, "TIME_LIMIT", 0.01)
    with pytest.raises(RenderError, match="not ready after"):
        render_pdf(page("<p>x</p>"), assets={})


@pytest.fixture
def no_fonts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide every font of the machine."""
    config = tmp_path / "fonts.conf"
    config.write_text("<fontconfig></fontconfig>", encoding="utf-8")
    monkeypatch.setenv("FONTCONFIG_FILE", str(config))


@pytest.mark.usefixtures("no_fonts")
def test_a_machine_without_fonts_makes_the_same_page() -> None:
    """The faces come with the report."""
    assert "Página" in text_of(render_pdf(page("<p>Página <code>x</code></p>"), assets={}))


@pytest.mark.usefixtures("no_fonts")
@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not use fontconfig")
def test_a_crash_of_the_libraries_is_an_error() -> None:
    """A document that asks for no face of ours crashes the child, and only the child."""
    with pytest.raises(RenderError, match="crashed while writing"):
        render_pdf("<p>x</p>", assets={})


def test_missing_libraries_are_told_with_the_way_to_install_them() -> None:
    """The message says what to install."""
    wrote = "OSError: cannot load library 'libpango-1.0-0': no such file"
    said = pdf._explain_end(ChildEndedError("died", 1, wrote))
    assert "apt install libpango-1.0-0" in said


def test_starting_to_write_imports_neither_weasyprint_nor_training() -> None:
    """The writing half starts light; the heavy parts load where they are used."""
    code = "import sys, scenes.report.output.pdf; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"weasyprint", "matplotlib", "numpy", "tensorflow", "keras"}
    assert heavy.isdisjoint(done.stdout.split())


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        ("No anchor #x for internal URI reference", True),
        ('Using fontTools instead of HarfBuzz-Subset for font "X".', False),
    ],
)
def test_only_what_changes_the_page_counts(message: str, kept: bool) -> None:
    """How a font is cut down depends on the machine and is no mistake of the document."""
    collector = weasyprint_worker._Collector()
    collector.handle(logging.LogRecord("weasyprint", logging.WARNING, "", 0, message, (), None))
    assert list(collector.problems) == ([message] if kept else [])


# A whole report from plain values, in the shape that the templates are written against.


@dataclass(frozen=True)
class Number:
    """A printed number, as a fact is."""

    value: float
    text: str
    spread: float | None = None

    @property
    def mean(self) -> "Number":
        """The number without its spread."""
        return self

    def __str__(self) -> str:
        return self.text

    def __html__(self) -> str:
        return str(Markup('<span class="fact">{}</span>').format(self.text))


@dataclass(frozen=True)
class Plain:
    """One report's context for the templates, and its pictures."""

    words: Words
    assets: dict[str, bytes] = field(default_factory=dict)

    @property
    def outline(self) -> Outline:
        """What its texts may refer to."""
        return Outline(True, {"tab:two": Target("table", "tab-two", "4", "Dos.")})

    @property
    def links(self) -> CrossReferences:
        """The references of its texts."""
        return CrossReferences(self.outline, Bibliography(), self.words)

    def integer(self, value: int) -> Number:
        """Return a whole number."""
        return Number(value, self.words.integer(value))

    def share(self, value: float) -> Number:
        """Return a percentage."""
        return Number(value, self.words.percent(value))

    def loss(self, value: float) -> Number:
        """Return a loss."""
        return Number(value, self.words.decimal(value, 3))

    def picture(self, number: int | str | None, svg: bytes, caption: str) -> SimpleNamespace:
        """Return a figure and keep its picture."""
        name = f"figures/{number or 'samples'}.svg"
        self.assets[name] = svg
        return SimpleNamespace(
            number=number, kind="image", asset=name, alt=caption, caption=caption, title="",
            key=str(number),
            summary=None, remarks=(), continued=(), stands_for=(),
        )  # fmt: skip

    def trial(self, label: str, parameters: int, trainable: int) -> SimpleNamespace:
        """Return a finished trial."""
        shares = ("train_accuracy", "val_accuracy", "best_train_accuracy", "best_val_accuracy")
        losses = ("train_loss", "val_loss", "best_train_loss", "best_val_loss")
        return SimpleNamespace(
            label=label, failed=None, n=1, gap=Number(0.1, self.words.points(0.1)),
            parameters=self.integer(parameters), trainable=self.integer(trainable),
            best_epoch=self.integer(3), last_epoch="50",
            seconds=Number(70.0, self.words.duration(70)),
            **{name: self.share(0.432) for name in shares},
            **{name: self.loss(1.234) for name in losses},
        )  # fmt: skip

    def study(self, name: str, number: int, **more: Any) -> SimpleNamespace:
        """Return a study of two values with two figures."""
        words, labels = self.words, ("ocho", "dieciséis")
        curves = [Curve(label, [[0.1, 0.3, 0.4]], [[0.1, 0.2, 0.25]]) for label in labels]
        svg = figure_svg(plot_curves(curves, metric="accuracy", words=words), title=name)
        figures = [self.picture(2 * number + i - 1, svg, f"Curvas {i}.") for i in range(2)]
        trials = [self.trial(labels[0], 156719, 156719), self.trial(labels[1], 14778063, 63375)]
        known = SimpleNamespace(
            name=name, number=f"4.{number}", title=f"Título {name}",
            question="¿**Qué**?",
            points=Number(1.5, "1,5"), factor="tamaño de lote", phrase="el tamaño de lote",
            values=labels, epochs="50", most_epochs=50, finished=trials, top=lambda _: trials[0],
            tied=lambda *_: trials[:1],
            fixed=(("red", "tutorial"),), uses=(("tamaño", "32×32", "4.0"),), trials=trials,
            figures=figures, choice=None, notes=(), remarks=(), metrics=(),
            expected="", effects=(), looks="", seeds="1 semilla",
        )  # fmt: skip
        return SimpleNamespace(**{**vars(known), **more})

    def context(self, studies: Sequence[SimpleNamespace], **more: Any) -> dict[str, Any]:
        """Return the names that the templates use."""
        black = np.zeros((4, 4, 3), np.uint8)
        samples = self.picture(
            None, figure_svg(plot_samples([("a", black)]), title="s"), "Muestra."
        )
        rows = [
            SimpleNamespace(name=f"Class{i}", counts=(self.integer(100), self.integer(50)))
            for i in range(15)
        ]
        hours = (Number(3.5, "3,5"), Number(2.0, "2,0"))
        shown = {
            key: known
            for key, known in self.outline.targets.items()
            if key[4:] in [one.name for one in studies]
        }
        outline = Outline(True, shown)
        known = SimpleNamespace(
            words=self.words, language=self.words.language,
            report=SimpleNamespace(
                title="Un <título>", subtitle="Sub", authors=["A. Uno", "B. Dos"], date="hoy",
                created="2026-03-01", course="Curso", abstract="Resumen breve.",
            ),
            studies=studies, study={one.name: one for one in studies}.__getitem__,
            data=SimpleNamespace(
                name="escenas", synthetic=True, splits=("Entrenamiento", "Validación"),
                classes=rows, totals=(self.integer(1500), self.integer(750)), findings=("una",),
                sizes="", samples=samples,
            ),
            models=[SimpleNamespace(name="VGG16", parameters=self.integer(14778063),
                                    trainable=self.integer(63375), frozen=self.integer(14714688))],
            workload=SimpleNamespace(
                people=("A", "B"), rows=(SimpleNamespace(task="P4.1", hours=hours),),
                totals=(Number(16.5, "16,5"), Number(17.0, "17,0")),
            ),
            references=[SimpleNamespace(key="vgg", ordinal="1", html=Markup("K. <i>VGG</i>."))],
            provenance=[("Orden", "scenes report"), ("Huella", "ab" * 64)],
            seeds=[0], max_seeds=None, limits=["Una semilla."], outline=outline,
            see=self.links.see, cite=self.links.cite,
            prose=Prose(self.links.cite, self.links.see, lambda tex, _: Markup(tex)),
            writer=SimpleNamespace(
                seeds=1, training_seeds=lambda: "1 semilla",
                abstract=lambda: "Se estudia.", definitions=lambda: ("Se define.",),
                takes_parts=lambda: False, discussion=lambda _: ("Se discute.",),
                decision=lambda _: "Se elige.", conclusion=lambda _: "Se concluye.",
                closing=lambda: "Se acaba.",
            ),
        )  # fmt: skip
        return {**vars(known), **more}


def environment(children: Mapping[str, str]) -> ImmutableSandboxedEnvironment:
    """Return the templates, with a write-up of the test's own beside them."""
    return build_environment(ChoiceLoader([DictLoader(children), FileSystemLoader(TEMPLATES)]))


@pytest.fixture(scope="module", params=["es", "en"])
def plain(request: pytest.FixtureRequest) -> Plain:
    """A report in each language."""
    return Plain(load_words(request.param, TEMPLATES / "locale"))


def test_the_general_template_makes_a_whole_report(plain: Plain) -> None:
    """Every part is on the page, figures and tables are numbered, notices stand once."""
    words = plain.words
    chosen = SimpleNamespace(
        value="ocho",
        because="porque sí",
        by_author=True,
        rule="menor pérdida",
        rule_value="dieciséis",
        rule_reason="",
    )
    layers = [SimpleNamespace(name="vgg16", type="Functional", output_shape="(1, 1, 512)",
                              parameters=plain.integer(14714688))]  # fmt: skip
    counts = {"parameters": 14778063, "trainable": 63375, "frozen": 14714688}
    numbers = {name: plain.integer(value) for name, value in counts.items()}
    summary = SimpleNamespace(
        number=14, kind="summary", asset="", alt="", caption="Resumen de la red.", title="",
        key="s", summary=SimpleNamespace(layers=layers, **numbers), remarks=("Al azar.",),
        continued=(), stands_for=(),
    )  # fmt: skip
    last = plain.study("two", 2, notes=("Pesos al azar.",), remarks=("Al azar.",))
    broken = SimpleNamespace(label="treinta", failed="sin memoria", n=0, is_pending=False)
    last.figures.append(summary)
    last.trials.append(broken)
    studies = [plain.study("one", 1, choice=chosen), last]
    html = environment({}).get_template("lab_report.html").render(plain.context(studies))
    said = " ".join(text_of(render_pdf(html, assets=plain.assets)).split())
    sections = ("contents", "data", "method", "studies", "conclusions", "limits", "workload")
    for key in (*sections, "references", "provenance"):
        assert words(f"section.{key}") in said
    for number in (1, 2, 3, 4, 14):
        assert f"{words('label.figure')} {number}." in said
    assert f"{words('label.table')} 1." in said
    for text in ("Un <título>", "¿Qué?", "porque sí", "dieciséis", "sin memoria", "16,5"):
        assert text in said
    for value in (63375, 14714688):
        assert words.integer(value) in said
    assert said.count("Pesos al azar.") == 1  # where the study begins
    assert said.count("Al azar.") == 2  # at the figure, below the table
    assert words("data.synthetic", name="escenas")[:40] in said


def test_a_write_up_overrides_blocks_study_by_study(plain: Plain) -> None:
    """A child template speaks of one study in its own words and leaves the others to the parent."""
    child = """{% extends "lab_report.html" %}
    {% block discussion %}{% if study.name == "one" %}<p>De mi puño:
    {{ m.see_figure(study.figures[1]) }}, {{ see("tab:two") }}.</p>
    {% else %}{{ super() }}{% endif %}{% endblock %}"""
    studies = [plain.study("one", 1), plain.study("two", 2)]
    html = (
        environment({"mine.html": child}).get_template("mine.html").render(plain.context(studies))
    )
    said = " ".join(text_of(render_pdf(html, assets=plain.assets)).split())
    words = plain.words
    figure, table = words("label.figure").lower(), words("label.table").lower()
    assert f"De mi puño: {figure} 2, {table} 4." in said.replace("\N{NO-BREAK SPACE}", " ")
    generic = "Se discute."
    assert said.count(generic.strip()) == 1


def test_a_report_without_optional_parts_is_whole_too(plain: Plain) -> None:
    """No data, workload, references, models or limits: no empty heading either."""
    bare = plain.context(
        [plain.study("one", 1)], data=None, workload=None, references=[], models=[], limits=[]
    )
    html = environment({}).get_template("lab_report.html").render(bare)
    said = text_of(render_pdf(html, assets=plain.assets))
    for key in ("workload", "references", "limits"):
        assert plain.words(f"section.{key}") not in said


@pytest.fixture(scope="module")
def whole(plain: Plain) -> bytes:
    """The PDF of a small report with tables, curves and a figure of the appendix."""
    svg = figure_svg(plot_confusion(np.array([[3, 1], [0, 4]]), "ab", words=plain.words), title="c")
    exhibit = plain.picture("A1", svg, "Matriz.")
    context = plain.context([plain.study("one", 1)], exhibits=[exhibit])
    html = environment({}).get_template("lab_report.html").render(context)
    return render_pdf(html, assets=plain.assets)


@pytest.mark.parametrize("profile", ["3a", "ua1"])
def test_the_pdf_is_what_it_claims_to_be(whole: bytes, profile: str) -> None:
    """A validator finds no breach of PDF/A-3a, and none of PDF/UA-1."""
    page_validation = pytest.importorskip("page")
    found = page_validation.validate_pdf_bytes(whole, profile=profile)
    # A compressed stream that happens to end in a line end is taken for one of a wrong length.
    breaches = [item for item in found.failures if "STREAM-LENGTH" not in item.rule_id]
    assert breaches == []


@pytest.mark.skipif(shutil.which("qpdf") is None, reason="qpdf is not installed")
def test_the_pdf_is_well_formed(whole: bytes, tmp_path: Path) -> None:
    """Qpdf finds nothing to repair."""
    (tmp_path / "r.pdf").write_bytes(whole)
    done = subprocess.run(["qpdf", "--check", tmp_path / "r.pdf"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_pdf_is_tagged_titled_and_dated_by_its_report(whole: bytes, plain: Plain) -> None:
    """The file claims PDF/A-3a and PDF/UA-1, and carries title, language, outline and date."""
    reader = pypdf.PdfReader(io.BytesIO(whole))
    catalog: Any = reader.trailer["/Root"]
    metadata = catalog["/Metadata"].get_data().decode()
    assert 'pdfaid:part="3"' in metadata
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata
    assert catalog["/Lang"] == plain.words.language
    assert catalog["/MarkInfo"]["/Marked"]
    assert reader.metadata is not None
    assert reader.metadata.title == "Un <título>"
    assert str(reader.metadata.get("/CreationDate")).startswith("D:20260301")
    titles = [str(item["/Title"]) for item in reader.outline if not isinstance(item, list)]
    assert plain.words("section.studies") in titles
