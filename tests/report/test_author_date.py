"""Citations by author and year stand in the text and in a sorted list, in every language."""

import html
import re
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import pytest
import written
from rich.console import Console
from written import write

from scenes.errors import MachineError, SpecError
from scenes.evidence.verify import Verifier
from scenes.report.language.catalogue import load_words
from scenes.report.markup.bibliography import Bibliography
from scenes.report.markup.bibtex import read_bibtex
from scenes.report.markup.cited import read_clusters
from scenes.report.markup.crossrefs import CrossReferences
from scenes.report.markup.outline import Outline
from scenes.report.markup.templates import templates_folder

WORDS = {name: load_words(name, templates_folder() / "locale") for name in ("es", "en", "ca")}
BIB = r"""
@article{oliva, author = {Oliva, Aude and Torralba, Antonio}, year = 2001, volume = 42,
  title = {Modeling the Shape of the Scene}, journal = {IJCV}, pages = {145--175}, number = 3,
  doi = {10.1023/A:1011139631724}}
@article{he:a, author = {He, Kaiming and Zhang, X. and Ren, S.}, title = {Deep}, year = 2016,
  journal = {J}}
@article{he:b, author = {He, Kaiming and Zhang, X. and Ren, S.}, title = {Identity}, year = 2016,
  journal = {J}}
@book{bengio, editor = {Bengio, Yoshua}, title = {Learning <script>}, publisher = {P}, year = 2015}
@misc{garcia, author = {Garc{\'\i}a, J. and others}, title = {$n^2$}, url = {https://x.org/a_b}}
"""
CLUSTERS = [("oliva",), ("he:a", "oliva"), ("he:b",), ("he:b", "he:a"), ("bengio",), ("garcia",)]


def plain(markup: str) -> str:
    """Return HTML as the text that a reader sees."""
    return " ".join(html.unescape(re.sub("<[^>]+>", "", markup)).split())


def links(style: str, language: str, clusters: list[tuple[str, ...]]) -> CrossReferences:
    """Return what prints citations, of a document that cites these."""
    cited = tuple(dict.fromkeys(key for cluster in clusters for key in cluster))
    bibliography = Bibliography("r.bib", style=style, file=read_bibtex(BIB))
    found = bibliography.set_citations(clusters, cited, WORDS[language])
    known = replace(bibliography, citations=found)
    return CrossReferences(Outline(True, cited=cited), known, WORDS[language])


@pytest.mark.parametrize(
    ("style", "language", "shown", "first"),
    [
        ("apa", "en", "(He et al., 2016a; Oliva & Torralba, 2001)", "Bengio, Y. (Ed.). (2015)."),
        ("apa", "es", "(He et al., 2016a; Oliva & Torralba, 2001)", "Bengio, Y. (Ed.). (2015)."),
        ("apa", "ca", "(He et al., 2016a; Oliva & Torralba, 2001)", "Bengio, Y. (Ed.). (2015)."),
        ("chicago-author-date", "en", "(He et al. 2016a; Oliva and Torralba 2001)",
         "Bengio, Yoshua, ed. 2015."),
        ("harvard", "es", "(Oliva y Torralba, 2001; He, Zhang y Ren, 2016a)",
         "Bengio, Y. (ed.) (2015)"),
    ],
)  # fmt: skip
def test_a_style_of_author_and_year_cites_and_lists(
    style: str, language: str, shown: str, first: str
) -> None:
    """Two works of one author and year are told apart; the list is sorted, nobody is doubled."""
    found = links(style, language, CLUSTERS)
    assert plain(found.cite("he:a", "oliva")) == shown
    assert "2016b" in plain(found.cite("he:b"))
    assert plain(found.cite("he:b", "he:a")).count("He") == 1
    listed = found.listed
    assert [it.key for it in listed] == ["bengio", "garcia", "he:a", "he:b", "oliva"]
    assert plain(listed[0].html).startswith(first)
    assert plain(listed[0].html).count("Bengio") == 1
    assert all(it.ordinal == "" for it in listed)


def test_what_is_printed_is_escaped_linked_and_in_the_language() -> None:
    """A title cannot bring a tag; forms, addresses, `and others` and missing years are words."""
    found = links("apa", "es", CLUSTERS)
    entries = {it.key: str(it.html) for it in found.listed}
    assert "&lt;script&gt;" in entries["bengio"]
    assert "<script>" not in entries["bengio"]
    assert "n</i><sup>2</sup>" in entries["garcia"]
    assert 'href="https://x.org/a_b"' in entries["garcia"]
    assert 'href="https://doi.org/10.1023/A:1011139631724"' in entries["oliva"]
    assert plain(found.cite("garcia")) == "(García et al., s. f.)"
    cited = str(found.cite("he:a", "oliva"))
    assert cited.count('<a class="cite"') == 2
    assert 'href="#ref-he:a" data-cite="he:a">He et\xa0al., 2016a</a>' in cited


def test_only_what_is_cited_is_told_apart() -> None:
    """A year needs no letter where the other work of that year is not cited."""
    found = links("apa", "en", [("he:b",)])
    assert plain(found.cite("he:b")) == "(He et al., 2016)"
    assert [it.key for it in found.listed] == ["he:b"]


def test_a_document_tells_what_it_cites() -> None:
    """Each group of keys once, in order, whatever is printed meanwhile."""
    unset = CrossReferences(
        Outline(), Bibliography("r.bib", style="apa", file=read_bibtex(BIB)), WORDS["en"]
    )
    page = f"<p>{unset.cite('he:a', 'oliva')} {unset.cite('he:b')} {unset.cite('he:b')}</p>"
    assert read_clusters(page) == (("he:a", "oliva"), ("he:b",))


def test_without_pandoc_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is trained, as the texts are checked then."""
    monkeypatch.setitem(__import__("sys").modules, "pypandoc", None)
    with pytest.raises(MachineError, match=r"(?s)style apa needs pandoc.*scenes\[formats\]"):
        links("apa", "en", CLUSTERS)


def test_a_style_that_pandoc_cannot_use_is_named(tmp_path: Path) -> None:
    """With what pandoc says of it."""
    (tmp_path / "own.csl").write_text(
        '<style xmlns="http://purl.org/net/xbiblio/csl" class="in-text" version="1.0"><info>'
        '<category citation-format="author-date"/></info><bibliography><layout/></bibliography>'
        "</style>",
        encoding="utf-8",
    )
    bibliography = Bibliography("r.bib", style="own.csl", folder=tmp_path, file=read_bibtex(BIB))
    with pytest.raises(SpecError, match=r"own\.csl cannot set the references") as caught:
        bibliography.set_citations([("oliva",)], ["oliva"], WORDS["en"])
    assert caught.value.problems


TEMPLATE = """{% extends "lab_report.html" %}
{% block discussion %}<p>As {{ cite("oliva", "he:a") }}, {{ cite("he:a", "he:b") }}.</p>
{% endblock %}"""


@pytest.mark.slow
def test_a_report_by_author_and_year_holds_in_every_format(tmp_path: Path) -> None:
    """The PDF is made again from its evidence, where no program can be started."""
    folder = written.make_folder(tmp_path)
    told = 'bibliography = "r.bib"\ncitation_style = "apa"\n'
    (folder / "report.toml").write_text(told + written.REPORT, encoding="utf-8")
    (folder / "own.html").write_text(TEMPLATE, encoding="utf-8")
    (folder / "r.bib").write_text(BIB, encoding="utf-8")
    opened = written.open_folder(folder, to=("latex", "markdown"))
    written.train_by_hand(opened)
    made = write(opened, opened.plan(opened.report), Console(quiet=True))
    page = made.html.read_text(encoding="utf-8")
    assert "As (He et al., 2016a; Oliva &amp; Torralba, 2001), (He et al., 2016a, 2016b)." in (
        re.sub("</?(a|span)[^>]*>", "", page)
    )
    with ZipFile(made.pdf.with_suffix(".latex.zip")) as archive:
        (name,) = [it for it in archive.namelist() if it.endswith(".tex")]
        latex = archive.read(name).decode()
    assert r"\hyperlink{cite.oliva}{Oliva \& Torralba, 2001}" in latex
    assert r"\bibitem[]{oliva}" in latex
    with ZipFile(made.pdf.with_suffix(".markdown.zip")) as archive:
        (name,) = [it for it in archive.namelist() if it.endswith(".md")]
        assert "[Oliva & Torralba, 2001](#ref-oliva)" in archive.read(name).decode()
    with Verifier() as verifier:
        states = {finding.state for finding in verifier.verify(made.pdf)}
    assert "fails" not in states
    assert "unknown" not in states
