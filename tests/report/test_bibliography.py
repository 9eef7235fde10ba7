"""References come from BibTeX and biblatex, in the order of citation, in the report's language."""

import html
import random
import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenes.errors import SpecError
from scenes.report.language.catalogue import load_words
from scenes.report.markup.bibliography import Bibliography, load_bibliography
from scenes.report.markup.bibtex import read_bibtex
from scenes.report.markup.templates import templates_folder
from scenes.spec.report import Report

WORDS = {name: load_words(name, templates_folder() / "locale") for name in ("es", "en")}
BIB = """
@article{one, author = {Ada B. Writer}, title = {On <b>}, journal = {J}, year = {2001}}
@book{two, author = {C. D. Other}, title = {Two}, publisher = {P}, year = {2002}}
@inproceedings{talk, author = {A. One and B. Two and C. Three}, title = {Talk}, year = {2003},
  booktitle = {Meeting}, editor = {E. Ditor and F. Ditor}, pages = {1--9}, volume = {4}}
@phdthesis{thesis, author = {A. One and B. Two}, title = {Long}, school = {S}, year = {2004}}
@incollection{part, author = {A. One}, title = {Part}, booktitle = {Whole}, chapter = {2},
  pages = {3--4}, publisher = {P}, year = {2005}}
"""


def report(**fields: object) -> Report:
    """Make the smallest report, with these fields."""
    study = {"name": "s", "title": "S", "question": "?", "factor": "epochs", "values": [1, 2]}
    return Report.model_validate({"title": "T", "authors": ["A"], "study": [study], **fields})


def load(folder: Path, *cite: str, bib: str = BIB, **fields: object) -> Bibliography:
    """Load these references from a report's folder."""
    (folder / "r.bib").write_text(bib, encoding="utf-8")
    return load_bibliography(report(bibliography="r.bib", cite=cite, **fields), folder)


def plain(markup: str) -> str:
    """Return HTML as the text that a reader sees."""
    return " ".join(html.unescape(re.sub("<[^>]+>", "", markup)).split())


def entry(folder: Path, key: str, language: str) -> str:
    """Return a reference as text."""
    (found,) = load(folder).listed([key], WORDS[language])
    return plain(found.html)


def set_entry(bib: str, language: str = "en", style: str = "ieee") -> str:
    """Return the HTML of the only entry of a file."""
    bibliography = Bibliography("r.bib", style=style, file=read_bibtex(bib))
    (found,) = bibliography.listed([], WORDS[language])
    return str(found.html)


def refusal(bib: str, *cited: str) -> list[str]:
    """Return why references are refused."""
    with pytest.raises(SpecError) as caught:
        Bibliography("r.bib", file=read_bibtex(bib)).listed(cited, WORDS["en"])
    return list(caught.value.problems)


def notes(bib: str, *cited: str) -> list[str]:
    """Return what is noted of references that are set."""
    return Bibliography("r.bib", file=read_bibtex(bib)).notes(cited, WORDS["en"])


def test_cited_entries_come_first_and_escaped(tmp_path: Path) -> None:
    """The order is that of the citations, then that of `cite`; a title is text, not markup."""
    found = load(tmp_path, "two", "one").listed(["thesis", "one"], WORDS["en"])
    assert [entry.key for entry in found] == ["thesis", "one", "two"]
    assert "Writer" in found[1].html
    assert "On &lt;b&gt;" in found[1].html


def test_where_nothing_is_cited_everything_is_listed(tmp_path: Path) -> None:
    """A list of reading without citations is whole, in the order of the file."""
    found = load(tmp_path).listed([], WORDS["en"])
    assert [entry.key for entry in found] == ["one", "two", "talk", "thesis", "part"]


@pytest.mark.parametrize(
    ("key", "english", "spanish"),
    [
        ("talk", "One, B. Two, and C. Three", "One, B. Two, y C. Three"),
        ("talk", "Meeting, E. Ditor and F. Ditor, Eds.", "Meeting, E. Ditor y F. Ditor, Eds."),
        ("thesis", "PhD thesis", "Tesis doctoral"),
        ("part", "pp. 3–4", "pp. 3-4"),
    ],
)  # fmt: skip
def test_references_speak_the_language_of_the_report(
    tmp_path: Path, key: str, english: str, spanish: str
) -> None:
    """Conjunctions, “In”, editors, pages and theses are in Spanish in a Spanish report."""
    said = {name: entry(tmp_path, key, name) for name in WORDS}
    assert english in said["en"]
    assert spanish in said["es"]
    assert not re.search(r"\b(and|In|in|editors|pages|chapter)\b", said["es"])


def test_without_a_bibliography_there_are_no_references() -> None:
    """A report need not cite anything; citing then fails because there is no file."""
    empty = load_bibliography(report(), Path())
    assert empty.listed([], WORDS["en"]) == []
    with pytest.raises(SpecError, match="names no bibliography"):
        empty.require("one")


def test_every_missing_key_is_named(tmp_path: Path) -> None:
    """A key that the file lacks is an error that lists what it has."""
    with pytest.raises(SpecError, match="lacks cited keys") as caught:
        load(tmp_path, "x", "y")
    assert len(caught.value.problems) == 2
    assert "one, two" in caught.value.problems[0]


@pytest.mark.parametrize("content", [None, "@article{broken, title = {"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: str | None) -> None:
    """A bibliography that is missing or is not BibTeX is the user's to mend."""
    if content is not None:
        (tmp_path / "r.bib").write_text(content, encoding="utf-8")
    with pytest.raises(SpecError, match=r"r\.bib cannot be read"):
        load_bibliography(report(bibliography="r.bib"), tmp_path)


def test_another_encoding_is_told_with_its_line(tmp_path: Path) -> None:
    """A file saved as Latin-1 is refused, and the message says where it shows."""
    (tmp_path / "r.bib").write_bytes("@misc{a,\n title = {Canción}}".encode("latin-1"))
    with pytest.raises(SpecError, match=r"line 2 is not UTF-8: it holds the byte 0xf3"):
        load_bibliography(report(bibliography="r.bib"), tmp_path)


def test_citing_without_a_bibliography_is_a_mistake(tmp_path: Path) -> None:
    """A key that nothing defines does not vanish."""
    with pytest.raises(SpecError, match="there is no bibliography"):
        load_bibliography(report(cite=["one"]), tmp_path)


@pytest.mark.parametrize(
    ("bib", "text"),
    [
        # As Zotero's biblatex export writes it.
        (
            "@article{he, title = {Deep {{Residual Learning}} for {{Image Recognition}}},"
            " author = {He, Kaiming and Zhang, Xiangyu}, date = {2016-06},"
            " journaltitle = {IEEE Trans.}, volume = {1}, pages = {770--778},"
            " doi = {10.1109/CVPR.2016.90}, url = {https://ieee.org/document/7780459/},"
            " urldate = {2024-01-10}, file = {C\\:\\\\Users\\\\ana\\\\He.pdf:application/pdf}}",
            "K. He and X. Zhang, “Deep Residual Learning for Image Recognition,” IEEE Trans.,"
            " vol. 1, pp. 770–778, Jun. 2016, doi: 10.1109/CVPR.2016.90.",
        ),
        (
            "@thesis{t, author = {Ruiz, Eva}, title = {Redes}, type = {mathesis},"
            " institution = {Universidad}, date = {2020}, location = {Zaragoza}}",
            "E. Ruiz, “Redes,” Master’s thesis, Universidad, Zaragoza, 2020.",
        ),
        (
            "@report{r, author = {{World Health Organization}}, title = {Report},"
            " type = {techreport}, institution = {WHO}, number = {7}, year = 2019}",
            "World Health Organization, “Report,” WHO, Technical report 7, 2019.",
        ),
        (
            "@online{o, author = {Chollet, François}, title = {Keras}, url = {https://keras.io},"
            " urldate = {2024-03-02}}",
            "F. Chollet, “Keras.” Accessed: Mar. 02, 2024. [Online]. Available: https://keras.io",
        ),
        (
            "@conference{c, author = {A. One}, title = {T}, booktitle = {Proc. B}, year = {2001}}",
            "A. One, “T,” in Proc. B, 2001.",
        ),
        (
            "@article{k, author = {Kingma, D. P. and Ba, J.}, title = {Adam}, eprint = {1412.6980},"
            " archivePrefix = {arXiv}, year = {2014}}",
            "https://arxiv.org/abs/1412.6980",
        ),
        ("@tweet{t, author = {A. One}, title = {T}, year = {2001}}", "A. One, “T.” 2001."),
        (
            "@inproceedings{c, author = {A. One}, title = {T}, crossref = {P}, pages = {1--2}}\n"
            "@proceedings{p, title = {Proc. P}, year = {2010}, editor = {E. Ed}}",
            "A. One, “T,” in Proc. P, E. Ed, Ed., 2010, pp. 1–2.",
        ),
        (
            "@book{b, author = {van der Maaten, Laurens and Brown, Jr, Tom}, title = {B},"
            " edition = {Second}, publisher = {P and Q}, year = {2001}}",
            "L. van der Maaten and T. Brown Jr, B, 2nd ed. P; Q, 2001.",
        ),
        (
            "@article{m, author = {A. One}, title = {T}, journal = {J}, month = feb # {~3},"
            " year = 2001, number = 4}",
            "A. One, “T,” J, no. 4, Feb. 2001.",
        ),
        ("@book{b, author = {A. One}, title = {What?}, year = {forthcoming}}", "forthcoming"),
    ],
)  # fmt: skip
def test_what_reference_managers_write_is_set(bib: str, text: str) -> None:
    """Names of fields and kinds are BibTeX's or biblatex', inherited ones included."""
    found = Bibliography("r.bib", file=read_bibtex(bib)).listed(
        [bib.split("{")[1].split(",")[0]], WORDS["en"]
    )
    assert text in plain(found[0].html)


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        (r"Garc{\'{\i}}a", "García"),
        (r"Garc{\'\i}a na\"{\i}ve Mu{\~n}oz", "García naïve Muñoz"),
        (r"{\'A}lvarez, Ng{\^o}, \v{S}, \L{}ukasz, {\ss}, \o", "Álvarez, Ngô, Š, Łukasz, ß, ø"),
        (r"\textit{see} \emph{it} {\it old}", "<i>see</i> <i>it</i> <i>old</i>"),
        (r"\textbf{B} \texttt{x\_y}", "<b>B</b> <code>x_y</code>"),
        (r"of $n^2$ and $H_{2}O$", "of <i>n</i><sup>2</sup> and <i>H</i><sub>2</sub><i>O</i>"),
        (r"$\alpha_i^{n+1} < x$", "α<sub><i>i</i></sub><sup><i>n</i>+1</sup> &lt; <i>x</i>"),
        (r"50\% \& 60% {\LaTeX} \#1", "50% &amp; 60% LaTeX #1"),
        (r"\url{https://a.b/c_d}", "https://a.b/c_d"),
        (r"\href{https://a.b}{here}", "here (https://a.b)"),
        (r"1--2 --- ``q'' `s'", "1–2 — “q” ‘s’"),
        (r"A {Deep {Net}} a~b", "A Deep Net a b"),
        (r"<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("a\ue000b\x00\x1b[31mc", "ab[31mc"),
    ],
)  # fmt: skip
def test_latex_becomes_text(source: str, shown: str) -> None:
    """Accents, forms, formulas and links of LaTeX are set, and nothing of it is printed raw."""
    found = set_entry(f"@misc{{a, title = {{{source}}}, year = 2001}}")
    assert found == f"“{shown}.” 2001."


@pytest.mark.parametrize(
    ("authors", "language", "shown"),
    [
        (
            r"Mart{\'{\i}}n Abadi and Jos{\'{e}} Garc{\'{\i}}a and others",
            "es",
            "M. Abadi, J. García et al., «T",
        ),
        ("Abadi, M. and others", "es", "M. Abadi et al., «T"),
        ("A. One and B. Two and others", "en", "A. One, B. Two et al., “T"),
        (" and ".join(f"{letter}. Author" for letter in "ABCDEFGH"), "en", "A. Author et al., “T"),
    ],
)  # fmt: skip
def test_others_are_et_al(authors: str, language: str, shown: str) -> None:
    """`and others` is “et al.” in every language, never a person called Others."""
    bib = f"@article{{a, author = {{{authors}}}, title = {{T}}, journal = {{J}}, year = 2001}}"
    assert shown in plain(set_entry(bib, language))


@pytest.mark.parametrize(
    ("fields", "target", "shown"),
    [
        ("doi = {https://doi.org/10.1/ab_c}", "https://doi.org/10.1/ab_c", "10.1/ab_c"),
        ("doi = {https://doi.org/http://dx.doi.org/10.1/a}", "https://doi.org/10.1/a", "10.1/a"),
        ("doi = {doi:10.1/abc}", "https://doi.org/10.1/abc", "10.1/abc"),
        (r"doi = {10.1007/x{\_}1}", "https://doi.org/10.1007/x_1", "10.1007/x_1"),
        ("doi = {10.1/<1::A>3.0}", "https://doi.org/10.1/%3C1::A%3E3.0", "10.1/&lt;1::A&gt;3.0"),
        ('doi = {10.1/"><script>alert(1)</script>}', "https://doi.org/10.1/%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
         "10.1/&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"),
        (r"url = {https://a.b/c{\_}d\%20\#e}", "https://a.b/c_d%20#e", "https://a.b/c_d%20#e"),
        ('url = {https://x/" onmouseover="alert(1)}', "https://x/&quot;onmouseover=&quot;alert(1)",
         "https://x/&quot;onmouseover=&quot;alert(1)"),
        (r"howpublished = {\url{https://a.b/~c}}", "https://a.b/~c", "https://a.b/~c"),
        ("url = {https://doi.org/10.1/a}, doi = {10.1/a}", "https://doi.org/10.1/a", "10.1/a"),
    ],
)  # fmt: skip
def test_links_lead_where_they_say(fields: str, target: str, shown: str) -> None:
    """A DOI is resolved once, LaTeX in addresses is undone, and every attribute is escaped."""
    found = set_entry(f"@article{{a, title = {{T}}, journal = {{J}}, year = 2001, {fields}}}")
    assert re.findall("<a [^>]*>.*?</a>", found) == [f'<a href="{target}">{shown}</a>']
    assert "<script" not in found


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//x", "ftp://x", "x.y"],
)
def test_only_addresses_of_the_web_are_links(url: str) -> None:
    """Whatever a browser would run or open elsewhere is refused, with entry, field and line."""
    (problem,) = refusal(f"@misc{{a,\n title = {{T}},\n url = {{{url}}}}}")
    assert problem.startswith(f"r.bib:3: a, url: {url} is no address of the web")


@pytest.mark.parametrize(
    ("bib", "problem"),
    [
        ("@misc{a,\n\n author = {A. One}}", "r.bib:1: a, title: is missing"),
        ("@misc{a,\n title = {T},\n crossref = {b}}", "r.bib:3: a, crossref: 'b' is not an entry"),
        ("@misc{a, title = {T},\n xdata = {a}}", "r.bib:2: a, xdata: 'a' leads in a circle"),
        ("@misc{a, title = {T},\n journal = ieee}", "r.bib:2: a, journal: 'ieee' is not defined"),
        ("@misc{a, title = {T},\n author = {A, B, C, D}}", "r.bib:2: a, author: 'A, B, C, D'"),
        ("@misc{a, title = {T},\n doi = {see paper}}", "r.bib:2: a, doi: 'seepaper' is no DOI"),
        ("@misc{a, title = {T\n\\frac}}", "r.bib:1: a, title: cannot be read as LaTeX"),
        ("@misc{a, title = {" + "{" * 60 + "}" * 60 + "}}", "r.bib:1: a, title: nests 60 braces"),
        ("@misc{a, title = {" + "x^" * 11_000 + "}}", "r.bib:1: a, title: is 22000 characters"),
        ("@misc{b, title = {B}}\n@misc{a, title = {T}\n@misc{c, title = {C}}",
         "r.bib:2: a cannot be read as BibTeX: Unexpected block start"),
        ("@set{a, entryset = {b, c}}", "r.bib:1: a is a @set"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_entry_field_and_line(bib: str, problem: str) -> None:
    """Where a reference cannot be set, the message says which, why and where."""
    (found,) = refusal(bib, "a")
    assert found.startswith(problem)


def test_entries_that_inherit_from_many_are_read_at_once() -> None:
    """A ladder of forty steps with two rails is read in a moment, not along every path."""
    rungs = (f"@xdata{{{s}{i}, xdata = {{a{i + 1}, b{i + 1}}}}}" for i in range(40) for s in "ab")
    began = time.monotonic()
    read_bibtex("\n".join([*rungs, "@xdata{a40, note = {N}}", "@xdata{b40, note = {N}}"]))
    assert time.monotonic() - began < 5
    chain = (f"@xdata{{c{i}, xdata = {{c{i + 1}}}}}" for i in range(3000))
    faults = read_bibtex("\n".join(chain)).entries["c101"].faults
    assert [fault.text for fault in faults] == ["inherits over more than 100 entries"]


def test_all_mistakes_are_told_at_once() -> None:
    """One message holds them all, by line."""
    bib = "@misc{a, author = {X}}\n@misc{b, title = {B}, url = {x}, doi = {y}}"
    assert [it.split(" ")[:3] for it in refusal(bib)] == [
        ["r.bib:1:", "a,", "title:"], ["r.bib:2:", "b,", "doi:"], ["r.bib:2:", "b,", "url:"]
    ]  # fmt: skip


def test_what_is_not_cited_is_noted_only() -> None:
    """A broken entry, a second one of a key, an unknown macro: the rest of the file is used."""
    bib = (
        "@misc{good, title = {G}}\n@misc{bad, title = {T}\n@misc{last, title = {L}, x = y}\n"
        "@misc{good, title = {H}}\n@misc{twice, title = {T}, title = {U}}"
    )
    found = Bibliography("r.bib", file=read_bibtex(bib)).listed(["good", "twice"], WORDS["en"])
    assert [plain(it.html) for it in found] == ["“G.”", "“T.”"]
    told = notes(bib, "good")
    assert [note.split(" ")[:3] for note in told] == [
        ["r.bib:2:", "bad", "cannot"], ["r.bib:3:", "last,", "x:"], ["r.bib:4:", "good", "is"],
        ["r.bib:5:", "twice", "has"],
    ]  # fmt: skip
    assert told[1].endswith("by @string (not cited)")


def test_a_date_that_changes_each_day_is_left_out_and_noted() -> None:
    r"""`\today` would make another document of the same results tomorrow."""
    bib = "@misc{a, title = {T \\today}}"
    assert plain(set_entry(bib)) == "“T.”"
    assert notes(bib) == ["r.bib:1: a, title: \\today is not known and left out"]


def test_fields_that_a_reader_will_miss_are_noted() -> None:
    """An article without its year is set, and the note says where it belongs."""
    bib = "@article{perez2020,\n  author = {Pérez, Ana},\n  title = {Un título},\n  journal = {R}}"
    assert plain(set_entry(bib)) == "A. Pérez, “Un título,” R."
    assert notes(bib) == ["r.bib:1: perez2020, year: is missing"]
    assert notes("@misc{a, title = {\\foo{x}}}") == [
        "r.bib:1: a, title: \\foo is not known and left out"
    ]


@pytest.mark.parametrize(
    ("style", "shown"),
    [
        ("ieee", "A. One and B. Two, “T,” J, vol. 1, no. 2, pp. 163–170, 2001."),
        ("vancouver", "One A, Two B. T. J. 2001;1(2):163–170."),
        ("nature", "One, A. & Two, B. T. J 1, 163–170 (2001)."),
        ("lncs", "One, A., Two, B.: T. J. 1, 163–170 (2001)."),
        ("elsevier", "A. One, B. Two, T, J 1 (2001) 163–170."),
        ("acm", "A. One and B. Two. 2001. T. J 1, 2 (2001), 163–170."),
    ],
)  # fmt: skip
def test_styles_go_by_name(style: str, shown: str) -> None:
    """Each style that is shipped sets an article as its own guide does."""
    bib = (
        "@article{a, author = {One, A. and Two, B.}, title = {T}, journal = {J}, volume = 1,"
        " number = 2, pages = {163--170}, year = 2001}"
    )
    assert plain(set_entry(bib, style=style)) == shown


def test_every_style_that_is_shipped_is_tested() -> None:
    """The table above names the numbered ones; `test_author_date` has the others."""
    shipped = {path.stem for path in (templates_folder() / "csl").glob("*.csl")}
    (mark,) = test_styles_go_by_name.pytestmark
    by_author = {"apa", "chicago-author-date", "harvard"}
    assert {style for style, _ in mark.args[1]} | by_author == shipped


def test_an_unknown_style_lists_the_choices(tmp_path: Path) -> None:
    """A style that is misspelt is guessed."""
    with pytest.raises(SpecError, match=r"'iee' \(did you mean 'ieee'\?\)") as caught:
        load(tmp_path, citation_style="iee").listed([], WORDS["en"])
    assert "acm, apa, chicago-author-date, elsevier, harvard, ieee, lncs, nature, vanc" in str(
        caught.value
    )


CSL = """<style xmlns="http://purl.org/net/xbiblio/csl" class="in-text" version="1.0">
<info><category citation-format="{kind}"/></info>
<citation><layout><text variable="citation-number"/></layout></citation>
<bibliography><layout><text variable="citation-number" suffix=". "/>
<text variable="title" prefix="{prefix}"/></layout></bibliography></style>"""


def test_a_style_of_ones_own_is_used(tmp_path: Path) -> None:
    """A CSL file beside report.toml sets the list; what it writes is escaped."""
    (tmp_path / "own.csl").write_text(CSL.format(kind="numeric", prefix="&lt;b>"), "utf-8")
    found = load(tmp_path, citation_style="own.csl").listed(["two"], WORDS["en"])
    assert found[0].html == "&lt;b&gt;Two"


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.csl", CSL.format(kind="note", prefix=""), "citation-format is note"),
        ("a.csl", "<style", "is no XML"),
        ("a.csl", "<html/>", "no style of CSL"),
        ("a.csl", CSL.format(kind="numeric", prefix="").replace("title", "nope"), "cannot set the"),
        ("../a.csl", "", "no citation style"),
        ("b.csl", "", "no citation style"),
    ],
)  # fmt: skip
def test_a_style_that_cannot_be_used_is_refused(
    tmp_path: Path, name: str, content: str, why: str
) -> None:
    """Styles of footnotes, other files and files elsewhere are refused with the reason."""
    folder = tmp_path / "report"
    folder.mkdir()
    (tmp_path / "a.csl").write_text(content, encoding="utf-8")
    (folder / "a.csl").write_text(content, encoding="utf-8")
    with pytest.raises(SpecError, match=why):
        load(folder, citation_style=name).listed([], WORDS["en"])


PIECES = st.sampled_from(
    ["{", "}", '"', "\\", "$", "^", "_", "#", "@misc{k,", "=", ",", " and ", "title", "author",
     "\\'", "\\url{", "%", "~", "&", "\n", "date = {", "2016-13", "crossref = {k}", "é", "\x00",
     "(", ")", "\\begin{x}", "\\frac", "10.1/", "https://", "doi = "]
)  # fmt: skip


@given(st.lists(PIECES, max_size=40).map("".join))
def test_no_file_ends_in_a_traceback(text: str) -> None:
    """Any text is read, and each entry is set or refused in words."""
    assert_set_or_refused(f"@misc{{a, title = {{T}}, author = {{{text}}}}}\n{text}")


def test_damaged_files_are_set_or_refused() -> None:
    """A hundred damages to a real file: no traceback, in bounded time."""
    pattern = (
        "@article{{x{0}, author = {{A{0} and others}}, title = {{T {{\\'e}} $n^{0}$}},"
        " journal = {{J}}, date = {{2001-0{0}}}}}"
    )
    whole = "\n".join([BIB, *(pattern.format(number) for number in range(1, 9))])
    chance = random.Random(3)
    for _ in range(100):
        text = list(whole)
        for _ in range(chance.randint(1, 6)):
            place = chance.randrange(len(text))
            text[place] = chance.choice(
                ["", "{", "}", '"', "\\", "@", ",", "=", "\n", "$", "é", "("]
            )
        began = time.monotonic()
        assert_set_or_refused("".join(text))
        assert time.monotonic() - began < 20


def assert_set_or_refused(text: str) -> None:
    """Set every entry of a file by itself; raises what is no `SpecError`."""
    bibliography = Bibliography("r.bib", file=read_bibtex(text))
    bibliography.notes([], WORDS["en"])
    for key in bibliography.entries:
        try:
            (found,) = bibliography.listed([key], WORDS["en"])
        except SpecError as error:
            strange = [it for it in error.problems if not re.match(r"r\.bib:\d+: ", it)]
        else:
            ends = re.findall(r"<(/?)\w+", found.html)
            strange = [found.html] if ends.count("/") * 2 != len(ends) else []
        assert strange == []
