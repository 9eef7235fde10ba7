"""What docx, LaTeX and Markdown say is what the filled HTML says."""

import io
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import pypdf
import pytest
from lxml import etree
from PIL import Image
from rich.console import Console
from written import SHORT, make_folder, open_folder, train_by_hand, write

from scenes.cli import options
from scenes.cli.options import formats_option
from scenes.errors import MachineError, RenderError
from scenes.report.formats import pictures, writing
from scenes.report.formats.names import FORMATS
from scenes.report.formats.nodes import number_in, text, walk, words_of
from scenes.report.formats.pandoc import require_pandoc
from scenes.report.formats.reading import read_content
from scenes.report.formats.writing import write_formats
from scenes.report.output.pdf import PdfWriter

pytest.importorskip("pypandoc")

SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="360pt" height="90pt" viewBox="0 0 360 90">'
    b'<text x="9" y="30" font-family="Source Serif Pro" font-size="12px">50 % &amp; more</text>'
    b'<path d="M0 0L360 90" stroke="#14365f"/></svg>'
)
HTML = """<!DOCTYPE html>
<html lang="es"><head><meta charset="utf-8"><title>Título &amp; más</title>
<meta name="dcterms.created" content="2026-01-31T10:00:00+00:00"><style>p { color: red }</style>
</head><body><a class="skip" href="#main">Saltar</a><div class="running-title">Título</div>
<section class="title-page"><p class="institution">Universidad</p><p class="course">Curso_1</p>
<h1>Título &amp; más</h1><p class="subtitle">Sub</p>
<p class="authors"><span>Ana Ruiz</span><span>Bo Li</span></p><p class="date">31 de enero</p>
<div class="abstract"><p class="abstract-label">Resumen</p><div><p>Abs. $5 y 100 %.</p></div></div>
</section>
<section class="contents"><h2 class="plain" id="contents">Índice</h2><ol><li>Nada</li></ol>
</section>
<main id="main"><section class="chapter"><h2 id="data">Datos</h2>
<p>Hay <a class="fact" href="#fact-1" title="x">50</a> en la
<a class="see" href="#tab-a">tabla\u00a01</a>, la <a class="see-table" href="#tab-a">tabla\u00a0</a>
y la <a class="see" href="#fig-1">figura\u00a01</a>; véase
<span class="cites">[<a class="cite" href="#ref-x" data-cite="x">1</a>,
<a class="cite" href="#ref-y" data-cite="y">2</a>]</span>.
Sea <img class="math" src="asset:math/1.svg" alt="\\frac{n^2}{2}" style="height:1em">, y
<span class="display"><img class="math" src="asset:math/1.svg" alt="x \\leq 1"></span>
con nota<span class="footnote">Una <em>nota</em>.</span>.
<span class="drawn">La línea es su intervalo.</span></p>
<table class="counts"><caption id="tab-a" data-label="Tabla">Por clase.</caption>
<thead><tr><th>Clase</th><th class="num">Exact.<br>entren.</th></tr></thead>
<tbody><tr><td>[gato_1]</td><td class="num">50 %</td></tr></tbody>
<tbody><tr><td colspan="2">Falló: a|b &amp; c</td></tr></tbody></table>
<div class="table-note"><p>Una nota de tabla.</p></div>
<figure id="fig-1" data-key="a" class="image"><img src="asset:figures/a.svg" alt="Curvas «a»">
<figcaption><span class="label">Figura 1.</span> Las curvas.</figcaption></figure>
<section class="study"><h3 id="study-s"><span class="number">4.1</span> Lote</h3>
<div class="question"><p class="label">Pregunta<span class="points">1 punto</span></p>
<p>¿Qué?</p></div>
<dl class="setup"><dt>Varía</dt><dd>lote: 8, 16</dd></dl>
<p class="notice"><span class="label">Aviso</span> Pesos al azar.</p><h4>Discusión</h4>
<figure id="fig-2" class="summary"><table class="summary"><thead><tr><th>Capa</th>
<th class="num">N</th></tr></thead><tbody><tr><td><code>conv_1</code></td>
<td class="num">9</td></tr>
</tbody></table><figcaption><span class="label">Figura 2.</span> Capas.</figcaption></figure>
</section></section>
<section class="chapter"><h2 id="references">Referencias</h2><ol class="references">
<li id="ref-x"><span class="ordinal">[1]</span> A. Uno, <i>Obra</i>.</li>
<li id="ref-y"><span class="ordinal">[2]</span> B. Dos, <a href="https://x.org/a_b%20c">x.org</a>.</li>
</ol></section>
<section class="chapter exhibits"><h2 id="exhibits">Más</h2>
<figure id="fig-A1" data-key="b" class="exhibit"><img src="asset:own/p.png" alt="Foto">
<figcaption><span class="label">Figura A1.</span> Foto.</figcaption></figure></section>
<section class="chapter facts"><h2 id="facts">Lista</h2><p id="fact-1">Nadie la lee</p></section>
</main></body></html>"""


def png() -> bytes:
    """Return a small picture."""
    out = io.BytesIO()
    Image.new("RGB", (40, 30), (200, 0, 0)).save(out, "PNG")
    return out.getvalue()


ASSETS = {"figures/a.svg": SVG, "math/1.svg": SVG, "own/p.png": png()}
Files = Mapping[str, bytes]


@pytest.fixture(scope="module")
def writer() -> Iterator[PdfWriter]:
    """Yield what draws figures."""
    with PdfWriter() as made:
        yield made


@pytest.fixture(scope="module")
def written(writer: PdfWriter) -> Files:
    """Return the document in every format."""
    return write_formats(HTML, ASSETS, list(FORMATS), "doc", writer=writer)


def unzip(data: bytes) -> dict[str, bytes]:
    """Return the files of an archive."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def latex(written: Files) -> str:
    """Return the text in LaTeX."""
    return unzip(written["doc.latex.zip"])["doc.tex"].decode()


@pytest.fixture(scope="module")
def markdown(written: Files) -> str:
    """Return the text in Markdown."""
    return unzip(written["doc.markdown.zip"])["doc.md"].decode()


@pytest.fixture(scope="module")
def word(written: Files) -> Any:
    """Return the text in Word's XML."""
    return etree.fromstring(unzip(written["doc.docx"])["word/document.xml"])


W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def styled(word: Any, style: str) -> list[str]:
    """Return the texts of the paragraphs with a style."""
    return [
        "".join(it.text or "" for it in paragraph.iter(f"{W}t"))
        for paragraph in word.iter(f"{W}p")
        for name in paragraph.iter(f"{W}pStyle")
        if name.get(f"{W}val") == style
    ]


def test_the_same_document_gives_the_same_bytes(written: Files, writer: PdfWriter) -> None:
    """A second writing differs in nothing, whatever the clock says."""
    again = write_formats(HTML, ASSETS, list(FORMATS), "doc", writer=writer)
    assert again == written
    assert list(again) == ["doc.docx", "doc.latex.zip", "doc.markdown.zip"]


def test_latex_numbers_and_refers_by_itself(latex: str) -> None:
    """Captions have no number typed in them; references and citations are LaTeX's own."""
    assert r"\caption{Por clase.}\label{tab-a}" in latex
    assert r"\caption{Las curvas.}\label{fig-1}" in latex
    assert r"\hyperref[fig-1]{figura~\ref*{fig-1}}" in latex
    assert latex.count(r"\ref*{tab-a}") == 2
    assert r"\cite{x,y}" in latex
    assert re.search(r"\\bibitem\{x\}\s+A\. Uno, \\emph\{Obra\}", latex)
    assert r"\renewcommand{\tablename}{Tabla}" in latex
    assert r"\setcounter{figure}{0}\renewcommand{\thefigure}{A\arabic{figure}}" in latex


def test_latex_sets_formulas_tables_and_notes(latex: str) -> None:
    """A formula is TeX, a table a tabular with its note, a footnote a footnote."""
    assert r"\(\frac{n^2}{2}\)" in latex
    assert r"\[x \leq 1\]" in latex
    assert r"con nota\footnote{Una \emph{nota}.}" in latex
    assert r"\shortstack[r]{Exact.\\entren.}" in latex
    assert r"{}{[}gato\_1{]} & 50~\%\\" in latex.replace("50 \\%", "50~\\%")
    assert r"\multicolumn{2}{l}{Falló: a\textbar b \& c}\\" in latex
    table = latex[latex.index(r"\begin{table}") : latex.index(r"\end{table}")]
    assert "Una nota de tabla." in table


def test_a_table_wider_than_the_page_is_set_smaller(writer: PdfWriter) -> None:
    """In Word in the smallest print, in LaTeX down to the width of the text; no number breaks."""
    cells = "".join('<td class="num">−0.153 [−1.834; 1.528]</td>' for _ in range(6))
    wide = HTML.replace('<td class="num">50 %</td></tr>', '<td class="num">50 %</td></tr>'
                        f"<tr><td>x</td>{cells}</tr>")  # fmt: skip
    files = write_formats(wide, ASSETS, ["docx", "latex"], "doc", writer=writer)
    tree = etree.fromstring(unzip(files["doc.docx"])["word/document.xml"])
    assert styled(tree, "TableSmallest").count("−0.153 [−1.834; 1.528]") == 6
    assert styled(tree, "TableSmall") == []
    source = unzip(files["doc.latex.zip"])["doc.tex"].decode()
    table = source[source.index(r"\begin{table}") : source.index(r"\end{table}")]
    assert (
        r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{\begin{tabular}" in table
    )


def test_latex_carries_figures_as_pages(written: Files) -> None:
    """Drawings are PDF of their own size, photographs stay as they are."""
    files = unzip(written["doc.latex.zip"])
    assert set(files) == {"doc.tex", "figures/a.pdf", "figures/p.png"}
    assert files["figures/a.pdf"].startswith(b"%PDF")
    page = pypdf.PdfReader(io.BytesIO(files["figures/a.pdf"])).pages[0]
    assert [float(side) for side in page.mediabox] == [0, 0, 360, 90]
    assert files["figures/p.png"] == ASSETS["own/p.png"]


def test_a_title_page_stands_above_every_format(latex: str, markdown: str, word: Any) -> None:
    """Title, authors, institution, course, date and abstract are those of the title page."""
    assert r"\title{Título \& más}" in latex
    assert r"\author{Ana Ruiz \and Bo Li}" in latex
    assert r"\date{Universidad\\Curso\_1\\31 de enero}" in re.sub(r"\\\\\s+", r"\\\\", latex)
    assert "spanish" in latex
    head = markdown.split("## ")[0]
    assert head.startswith("# Título & más\n\n*Sub*\n\nAna Ruiz · Bo Li\n")
    assert styled(word, "Author") == ["Ana Ruiz", "Bo Li"]
    assert "Abs. $5 y 100 %." in styled(word, "Abstract")


def test_what_serves_a_page_only_is_left_out(latex: str, markdown: str, word: Any) -> None:
    """No skip link, running title, style sheet, or list of printed numbers is in the text.

    Nor a word on what is drawn where a document of text has numbers alone.
    """
    for whole in (latex, markdown, "".join(word.itertext())):
        assert "La línea es su intervalo" not in whole
        assert "Nadie la lee" not in whole
        assert "Saltar" not in whole
        assert "color: red" not in whole
        assert "Hay 50 en la" in whole.replace("\n", " ")


def test_markdown_is_tables_anchors_and_dollars(markdown: str) -> None:
    """Tables are Markdown's, references lead to anchors, formulas stand between dollars."""
    assert '<a id="tab-a"></a>**Tabla 1.** Por clase.' in markdown
    assert re.search(r"\| +Clase +\| +Exact\. entren\. +\|", markdown)
    assert "Falló: a\\|b & c" in markdown
    assert "[figura\u00a01](#fig-1)" in markdown
    assert '<a id="fig-1"></a>**Figura 1.** Las curvas.' in markdown
    assert "![Curvas «a»](figures/a.png)" in markdown
    assert r"$\frac{n^2}{2}$" in markdown
    assert r"$$x \leq 1$$" in markdown
    assert "[^1]: Una *nota*." in markdown
    assert "- **Varía**: lote: 8, 16" in markdown
    assert "> **Pregunta (1 punto)**" in markdown
    assert '### <a id="study-s"></a>4.1 Lote' in markdown


def test_every_reference_of_markdown_leads_somewhere(markdown: str) -> None:
    """Each link within the document has its anchor."""
    targets = set(re.findall(r"\]\(#([^)]+)\)", markdown))
    assert targets
    assert targets <= set(re.findall(r'<a id="([^"]+)">', markdown))


def test_word_has_styles_formulas_and_alternatives(word: Any) -> None:
    """Captions, notes and notices have styles, formulas are Word's, pictures are described."""
    assert styled(word, "TableCaption") == ["Tabla 1. Por clase."]
    assert styled(word, "ImageCaption")[0] == "Figura 1. Las curvas."
    assert styled(word, "TableNote") == ["Una nota de tabla."]
    assert styled(word, "Notice") == ["Aviso Pesos al azar."]
    assert styled(word, "BlockText") == ["Pregunta (1 punto)", "¿Qué?"]
    assert styled(word, "Heading2") == ["4.1 Lote"]
    assert styled(word, "Bibliography")[0] == "[1] A. Uno, Obra."
    math = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
    assert len(list(word.iter(f"{math}f"))) == 1
    names = [it.get("descr") for it in word.iter() if etree.QName(it).localname == "docPr"]
    assert names == ["Curvas «a»", "Foto"]


def test_every_reference_of_word_leads_somewhere(word: Any) -> None:
    """Each link within the document has its bookmark."""
    links = {it.get(f"{W}anchor") for it in word.iter(f"{W}hyperlink")} - {None}
    marks = {it.get(f"{W}name") for it in word.iter(f"{W}bookmarkStart")}
    assert {"fig-1", "tab-a", "ref-x", "data", "study-s"} <= links
    assert links <= marks


def test_word_knows_page_and_language(written: Files) -> None:
    """The page is A4 and numbered, the language that of the text."""
    files = unzip(written["doc.docx"])
    section = files["word/document.xml"].decode()
    assert 'w:h="16838" w:w="11906"' in section
    assert b"PAGE" in files["word/footer1.xml"]
    assert re.search(rb'<w:lang [^>]*w:val="es"', files["word/styles.xml"])


def test_pictures_of_any_kind_and_size_are_placed(writer: PdfWriter) -> None:
    """An inline drawing without a size, a picture in the address: both become files."""
    drawing = '<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0L9 9" stroke="red"/></svg>'
    html = HTML.replace("<p>Hay", f"<p>{drawing}<img src='data:image/gif;base64,{GIF}' alt='g'>Hay")
    files = unzip(
        write_formats(html, ASSETS, ["markdown"], "doc", writer=writer)["doc.markdown.zip"]
    )
    drawn = [data for name, data in files.items() if name.endswith(".png")]
    assert len(drawn) == 4
    assert all(data.startswith(b"\x89PNG") for data in drawn)


GIF = "R0lGODdhAQABAIAAAP///////ywAAAAAAQABAAACAkQBADs="


def test_a_picture_that_is_missing_is_an_error(writer: PdfWriter) -> None:
    """No document is written with a hole."""
    with pytest.raises(RenderError, match=r"no picture named figures/a\.svg"):
        write_formats(HTML, {"own/p.png": png()}, ["docx"], "doc", writer=writer)


def test_a_formula_that_word_has_not_is_an_error(writer: PdfWriter) -> None:
    """What pandoc would only warn of and set as source is refused, with its words."""
    html = HTML.replace("x \\leq 1", "\\mathdefault{x}")
    with pytest.raises(RenderError, match="mathdefault"):
        write_formats(html, ASSETS, ["docx"], "doc", writer=writer)


def test_nothing_is_read_where_no_format_is_asked_for(writer: PdfWriter) -> None:
    """PDF and HTML need no pandoc."""
    assert write_formats("not even HTML", {}, [], "doc", writer=writer) == {}


def test_without_pandoc_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says what to install."""
    monkeypatch.setitem(sys.modules, "pypandoc", None)
    with pytest.raises(MachineError, match=r"pip install 'scenes\[formats\]'"):
        require_pandoc()


def test_every_format_has_its_writer() -> None:
    """What may be asked for can be written, in this order."""
    assert list(writing._WRITERS) == list(FORMATS)


@pytest.mark.parametrize(
    ("svg", "size"),
    [
        ('width="100" height="50"', (75, 37.5)),
        ('width="100mm" viewBox="0 0 2 1"', (283.46, 141.73)),
        ('viewBox="0 0 200 100"', (150, 75)),
        ('width="100%" height="100%" viewBox="0,0,200,100"', (150, 75)),
        ("", (225, 112.5)),
    ],
)
def test_a_drawing_is_as_large_as_it_says(svg: str, size: tuple[float, float]) -> None:
    """Units, a share of the page, a view box, or nothing: as browsers read them."""
    found = pictures.size_of(f'<svg xmlns="http://www.w3.org/2000/svg" {svg}/>'.encode())
    assert found == pytest.approx(size, abs=0.01)


def test_a_foreign_document_keeps_its_text() -> None:
    """Without title page, contents or labels there is still a title, and all that is written."""
    html = (
        "<!DOCTYPE html><html><head><title>T</title></head><body><h1>T</h1><p>Só</p></body></html>"
    )
    content = read_content(html, {})
    assert words_of(content.title) == "T"
    assert "Só" in words_of(content.body)
    assert (content.language, content.word("Table")) == ("en", "")


@pytest.mark.parametrize(
    ("words", "number"), [("figura\u00a03", "3"), ("Figura A12.", "A12"), ("los datos", "")]
)
def test_a_reference_ends_in_its_number(words: str, number: str) -> None:
    """So that LaTeX can count it instead."""
    assert number_in(words) == number


def test_a_walk_replaces_the_innermost_first() -> None:
    """What encloses a node sees what became of it."""
    tree = [{"t": "Strong", "c": [{"t": "Emph", "c": text("a b")}]}]
    order: list[str] = []
    same = walk(tree, lambda node: order.append(node["t"]) or [node])  # type: ignore[func-returns-value]
    assert same == tree
    assert order == ["Str", "Space", "Str", "Emph", "Strong"]


def test_a_report_is_written_in_the_formats_that_are_asked_for(tmp_path: Path) -> None:
    """They lie beside its PDF, and the request ends with where they are."""
    folder = make_folder(tmp_path)
    (folder / "own.html").write_text(SHORT, encoding="utf-8")
    opened = open_folder(folder, to=("markdown",))
    train_by_hand(opened)
    made = write(opened, opened.plan(opened.report), Console(quiet=True))
    assert made.others == [opened.folder / "out/mine-full.markdown.zip"]
    said = unzip(made.others[0].read_bytes())["mine-full.md"].decode()
    assert "**Table 1.** Results" not in said  # it names no label
    assert "| Rate" in said


def test_the_command_line_lists_formats() -> None:
    """Several in one word or in several; those that are always written may be named."""
    command = click.Command("x", params=[], callback=lambda to: to)
    command = formats_option(command)
    assert command.main(["--to", "docx, pdf", "--to", "latex"], standalone_mode=False) == (
        "docx",
        "latex",
    )
    with pytest.raises(click.BadParameter, match="'odt': no such format; choices: pdf, html, docx"):
        command.main(["--to", "odt"], standalone_mode=False)


def test_the_command_line_knows_every_format() -> None:
    """What it offers is what can be written."""
    assert tuple(FORMATS) == options.FORMATS


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="LaTeX is not installed")
def test_the_latex_compiles_and_counts_as_the_document(written: Files, tmp_path: Path) -> None:
    """No error, nothing undefined, and each figure and table has the number that HTML printed."""
    for name, data in unzip(written["doc.latex.zip"]).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "doc.tex"]
    for _ in range(3):
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
        assert done.returncode == 0, done.stdout[-2000:]
    assert b"undefined" not in done.stdout
    labels = (tmp_path / "doc.aux").read_text(encoding="utf-8")
    found = dict(re.findall(r"\\newlabel\{((?:fig|tab)-\w+)\}\{\{(\w+)\}", labels))
    assert found == {"tab-a": "1", "fig-1": "1", "fig-2": "2", "fig-A1": "A1"}
