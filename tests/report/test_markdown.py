"""Texts of a report are markdown; whatever else they hold is text."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from scenes.errors import RenderError, SpecError
from scenes.report.figures.cache import Drawer
from scenes.report.language.catalogue import load_words
from scenes.report.markup.bibliography import Bibliography
from scenes.report.markup.bibtex import BibFile, Entry
from scenes.report.markup.crossrefs import CrossReferences
from scenes.report.markup.formulas import formula_svg, measure_formula, set_formula
from scenes.report.markup.markdown import Prose
from scenes.report.markup.outline import Outline, Target
from scenes.report.markup.templates import templates_folder

WORDS = {name: load_words(name, templates_folder() / "locale") for name in ("es", "en")}
TARGETS = {
    "fig:batch-loss": Target("figure", "fig-3", "3", ""),
    "tab:batch": Target("table", "tab-batch", "2", "By batch."),
    "sec:batch": Target("section", "study-batch", "4.1", "Batch"),
    "sec:limits": Target("section", "limits", "", "Limits"),
}


def text_of(tex: str, display: bool) -> Markup:
    """Return a formula as marked text."""
    return Markup("<i>{}{}</i>").format(tex, "!" if display else "")


PROSE = Prose(
    lambda *keys: Markup("[{}]").format("+".join(keys)),
    lambda name: Markup("<a>{}</a>").format(name),
    text_of,
)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*a* **b** `c`", "<em>a</em> <strong>b</strong> <code>c</code>"),
        ("see [@he2016] and [@a; @b-c]", "see [he2016] and [a+b-c]"),
        ("see [#fig:batch_size-loss]", "see <a>fig:batch_size-loss</a>"),
        (r"not \[@a] nor [a]", "not [@a] nor [a]"),
        ("`[@a]`", "<code>[@a]</code>"),
        (r"$\alpha < 1$", r"<i>\alpha &lt; 1</i>"),
        ("from $5 to $6", "from $5 to $6"),
        ("a[^1]\n\n[^1]: why *so*", 'a<span class="footnote">why <em>so</em></span>'),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("{{ 7*7 }} {% x %} \"q\" 'r'", "{{ 7*7 }} {% x %} &quot;q&quot; 'r'"),
        ("[x](javascript:alert)", "[x](javascript:alert)"),
        ("![x](https://a.b/c.png)", '!<a href="https://a.b/c.png">x</a>'),
    ],
)
def test_what_a_text_becomes(text: str, html: str) -> None:
    """Emphasis, references, formulas and notes; markup and templates in it are letters."""
    assert PROSE.inline(text) == html


def test_paragraphs_stay_and_a_heading_does_not_come_in() -> None:
    """A text has paragraphs and lists; the outline of the document is not its affair."""
    html = PROSE.block("# One\n\ntwo\n\n- three\n\n    four")
    assert html.count("<p>") == 4
    assert "<h1>" not in html
    assert "<code>" not in html
    assert PROSE.inline("one\n\ntwo") == "<p>one</p>\n<p>two</p>\n"
    assert "<i>x!</i>" in PROSE.block("$$x$$")


def test_a_note_without_its_text_is_refused() -> None:
    """A mark that leads nowhere is a mistake of the text."""
    with pytest.raises(RenderError, match="footnote '2' has no text"):
        PROSE.block("a[^2]")


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60))
def test_no_text_brings_its_own_markup(text: str) -> None:
    """Of what could be HTML only what markdown makes of it is left."""
    try:
        html = PROSE.block(text)
    except RenderError:
        return
    made = "p|em|strong|code|i|a|ul|ol|li|blockquote|pre|hr|br|span"
    assert not re.search(rf"<(?!/?({made})[\s>/])", html)
    assert "<script" not in html


def links(language: str = "en", cited: tuple[str, ...] = ()) -> CrossReferences:
    """Return references to what a small document holds."""
    file = BibFile({key: Entry(key, "misc", 1) for key in ("vgg", "he")})
    outline = Outline(True, TARGETS, cited=cited)
    return CrossReferences(outline, Bibliography("r.bib", file=file), WORDS[language])


@pytest.mark.parametrize(
    ("name", "english", "spanish"),
    [
        ("fig:batch-loss", "figure 3", "figura 3"),
        ("tab:batch", "table 2", "tabla 2"),
        ("sec:batch", "section 4.1", "apartado 4.1"),
        ("sec:limits", "“Limits”", "«Limits»"),
    ],
)
def test_a_reference_says_kind_and_number(name: str, english: str, spanish: str) -> None:
    """In the language of the report, and it leads there."""
    for language, said in (("en", english), ("es", spanish)):
        html = links(language).see(name)
        assert said in html.replace("\N{NO-BREAK SPACE}", " ")
        assert f'href="#{TARGETS[name].anchor}"' in html


def test_an_unknown_target_lists_the_choices() -> None:
    """Nothing refers to what the document does not hold."""
    with pytest.raises(RenderError, match=r"nothing called 'fig:x'.*choices: fig:batch-loss, tab:"):
        links().see("fig:x")


def test_citations_are_numbered_as_the_list() -> None:
    """In the order of first citation; an unknown key lists those that there are."""
    assert re.sub("<[^>]+>", "", links(cited=("he", "vgg")).cite("vgg", "he")) == "[2, 1]"
    with pytest.raises(SpecError, match=r"r\.bib lacks cited keys") as caught:
        links().cite("x")
    assert "it has vgg, he" in str(caught.value)


def test_a_formula_is_a_picture_on_the_line() -> None:
    """It keeps TeX's notation as its alternative text, and hangs below the line by its depth."""
    drawer = Drawer(None)
    html = set_formula(r"\frac{1}{n} < 2", False, drawer=drawer)
    assert r'alt="\frac{1}{n} &lt; 2"' in html
    (name,) = drawer.assets
    assert f'src="asset:{name}"' in html
    _, height, depth = measure_formula(r"\frac{1}{n} < 2")
    assert 0 < depth < height < 40
    assert drawer.assets[name] == formula_svg.__wrapped__(r"\frac{1}{n} < 2")
    assert b"<text" not in drawer.assets[name]
    assert "display" in set_formula("x", True, drawer=drawer)


@pytest.mark.parametrize(
    ("tex", "same"),
    [(r"x \le y", r"x \leq y"), (r"\left(x\right) \ge y", r"\left(x\right) \geq y"),
     (r"\lvert x \rvert", "| x |"), (r"\tfrac{1}{2}", r"\frac{1}{2}")],
)  # fmt: skip
def test_a_formula_may_use_the_names_of_latex(tex: str, same: str) -> None:
    """Which matplotlib calls otherwise; longer names that begin so stay what they are."""
    assert measure_formula(tex) == measure_formula(same)


def test_a_formula_that_cannot_be_read_is_named() -> None:
    """The message holds the formula."""
    with pytest.raises(RenderError, match=r"the formula \$\\nothing\{\$ cannot be read"):
        measure_formula(r"\nothing{")


@pytest.mark.parametrize(
    ("tex", "why"),
    [
        (r"\,", "prints nothing (line:1, col:1)"),
        (r"\quad", "prints nothing"),
        ("{}", "prints nothing"),
        ("~", "prints nothing"),
        (r"\hspace{-9}", "prints nothing"),
        (r"\mathrm{}", "prints nothing"),
        (r"\substack{}", "cannot be read"),
        (r"\frac{1}{", "(line:1, col:"),
        ("x" * 1001, "has 1001 characters; at most 1000"),
        ("{" * 13 + "x" + "}" * 13, "nests more than 12 braces"),
        ("{" * 30_000, "nests more than 12 braces"),
        (r"\genfrac{}{}{99999}{}{1}{2}", "at most 1000 each way"),
        ("W" * 900, "at most 1000 each way"),
        ("x + 中", "no font has 中 (U+4E2D)"),
    ],
)
def test_a_formula_that_cannot_be_set_says_why(tex: str, why: str) -> None:
    """One of no size, too large, too deep, or of unknown characters is refused before training."""
    with pytest.raises(RenderError) as caught:
        measure_formula(tex)
    assert why in str(caught.value)


TEX = st.sampled_from(["x", "1", "^", "_", "{", "}", r"\frac", r"\sqrt", r"\,", "~", " ", r"\left(",
                       r"\right)", r"\mathrm", "'", r"\hspace{-1}", "é", "\\", "$"])  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(st.lists(TEX, max_size=12).map("".join))
def test_every_formula_is_set_or_refused(tex: str) -> None:
    """Whatever stands between dollars ends in a picture or in words."""
    try:
        measure_formula(tex)
    except RenderError:
        return
    assert formula_svg(tex).startswith(b"<?xml")
