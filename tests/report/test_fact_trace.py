"""A printed number is known wherever it is printed, and leads to where it comes from."""

import re

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenes.claims.facts import Fact
from scenes.errors import RenderError
from scenes.report.language.catalogue import load_words
from scenes.report.language.fact_trace import Printed, group_facts, mark_fact, trace_facts
from scenes.report.language.locale import Words
from scenes.report.language.printed_facts import PrintedFact, Source
from scenes.report.markup.outline import read_outline
from scenes.report.markup.templates import build_environment, templates_folder
from scenes.report.output.weasyprint_worker import for_paper
from scenes.report.results import encode_numbers

WORDS = load_words("en", templates_folder() / "locale")
RUNS = ("0123456789abcdef", "fedcba9876543210")


def fact(
    name: str = "batch.8.val_accuracy", value: float = 0.5, words: Words = WORDS
) -> PrintedFact:
    """Make the mean of two runs, as a report prints it."""
    source = Source("4.1 Batch size", "8", "validation accuracy")
    return PrintedFact(Fact(name, value, "percent", 0.01, RUNS), words, source)


def filled(
    template: str, *, link: bool = True, **context: object
) -> tuple[str, tuple[Printed, ...]]:
    """Fill a template that is given by its text, and trace what it prints."""
    environment = build_environment(jinja2.DictLoader({"t": template}))
    return trace_facts(environment.get_template("t").render(context), link=link)


def test_a_number_in_the_text_links_to_its_entry_and_tells_where_it_comes_from() -> None:
    """The title names section, value, measure, spread, interval and runs."""
    html, facts = filled("<p>{{ x }}</p>", x=fact())
    assert html.startswith('<p><a class="fact" href="#fact-1" data-fact="batch.8.val_accuracy"')
    for told in (
        "4.1 Batch size",
        "validation accuracy",
        "±\N{NO-BREAK SPACE}1.0%",
        "95% interval",
        "2 runs: 01234567",
    ):
        assert told in html
    assert re.sub("<[^>]*>", "", html) == "50.0\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}1.0%"
    assert [item.name for item in facts] == ["batch.8.val_accuracy"]


@pytest.mark.parametrize(
    "template",
    [
        '<img alt="{{ x.mean }}">',
        "<img alt='{{ words(\"results.failed\", reason=x.mean) }}'>",
        "<title>{{ x.mean }}</title>",
        "<style>{{ x.mean }}</style>",
        '<h2 data-short="{{ x.mean }}"></h2>',
    ],
)
def test_where_no_markup_can_go_a_number_is_text_and_still_counted(template: str) -> None:
    """Attributes, the title of the window and styles hold the number and nothing else."""
    html, facts = filled(template, x=fact(), words=WORDS)
    assert "50.0%" in html
    assert "<a" not in html
    assert len(facts) == 1


def test_a_link_in_a_link_is_not_made() -> None:
    """An entry of the table of contents names its number without leading elsewhere."""
    html, _ = filled('<a href="#x">{{ x }}</a> {{ x }}', x=fact())
    assert html.count("<a ") == 2
    assert '<a href="#x"><span class="fact"' in html


def test_without_a_list_a_number_names_its_fact_and_does_not_link() -> None:
    """A report that leaves the list out has no dangling link."""
    html, _ = filled("{{ x }}", link=False, x=fact())
    assert 'data-fact="batch.8.val_accuracy"' in html
    assert "href" not in html


def test_sentences_of_the_catalogue_keep_their_numbers() -> None:
    """As text for what only takes text, as markup on the page; both count."""
    told = WORDS("results.failed", reason=fact().mean)
    assert str(told) == "Did not finish: 50.0%"
    html, facts = filled("<p>{{ told }}</p>", told=told)
    assert "Did not finish: <a" in html
    assert len(facts) == 1


def test_only_what_is_printed_is_listed_and_once() -> None:
    """A number that a branch leaves out, or that is set and not printed, does not count."""
    source = "{% set y = other %}{% if false %}{{ y }}{% endif %}{{ x.cell }} {{ x.mean }}"
    html, facts = filled(source, x=fact(), other=fact("other"))
    assert [item.name for item in facts] == ["batch.8.val_accuracy"]
    assert html.count("#fact-1") == 2


def test_a_number_that_a_filter_cuts_is_refused() -> None:
    """Half a number is no number."""
    with pytest.raises(RenderError, match="cut a number in two"):
        filled("{{ (x ~ '')[:40] }}", x=fact())


@pytest.mark.parametrize("source", ["{{ x ~ '!' }}", "{{ [x, '!'] | join }}", "{{ x | string }}"])
def test_a_number_joined_to_a_text_is_not_lost(source: str) -> None:
    """Operators and filters of a template that keep the text keep its source."""
    assert len(filled(source, x=fact())[1]) == 1


def test_one_name_is_one_number() -> None:
    """Two facts of one name and different values are a mistake of the program."""
    with pytest.raises(RenderError, match="is both"):
        filled("{{ x }}{{ y }}", x=fact(), y=fact(value=0.25))


def test_facts_are_listed_by_section_and_by_what_they_tell_of() -> None:
    """Those of one value and the same runs stand together; 9 comes before 10."""
    rows = [("a", "10 T", ""), ("b", "9 S", "16"), ("c", "9 S", "8"), ("d", "9 S", "8")]
    facts = [Printed(name, group, part, "w", "1", "o", "r1 r2") for name, group, part in rows]
    groups = group_facts(facts)
    assert [group.title for group in groups] == ["9 S", "10 T"]
    assert [part.title for part in groups[0].parts] == ["8", "16"]
    assert [entry.anchor for entry in groups[0].parts[0].entries] == ["fact-3", "fact-4"]
    assert groups[0].parts[0].runs == ("r1", "r2")


@given(st.text(alphabet=st.characters(exclude_categories=["Co", "Cs"]), max_size=30))
def test_any_name_survives_the_way(name: str) -> None:
    """Quotes, angle brackets and ampersands of a name do not become markup."""
    marked = mark_fact(Printed(name, name, name, name, "1", name, ""), name)
    html, facts = trace_facts(f"<p>{marked}</p>", link=True)
    assert facts == (Printed(name, name, name, name, "1", name, ""),)
    assert html.count("<") == 4


def test_the_outline_knows_figures_tables_and_sections() -> None:
    """Tables are numbered as the style sheet counts them: every caption, named or not."""
    html = """<h2 id="limits" data-short="L">Limits</h2>
    <h3 id="study-batch"><span class="number">4.1</span> Batch</h3>
    <figure id="fig-3" data-key="batch-loss"></figure>
    <caption>Other.</caption><caption id="tab-batch" data-label="Table">By <b>x</b>.</caption>
    <a data-cite="he2016 vgg">x</a><a data-cite="he2016">x</a>"""
    outline = read_outline(html, ())
    found = {name: (item.anchor, item.number) for name, item in outline.targets.items()}
    assert found == {
        "fig:batch-loss": ("fig-3", "3"),
        "tab:batch": ("tab-batch", "2"),
        "sec:limits": ("limits", ""),
        "sec:batch": ("study-batch", "4.1"),
    }
    assert [table.title for table in outline.tables] == ["By x."]
    assert outline.cited == ("he2016", "vgg")


def test_pages_have_no_element_for_a_number() -> None:
    """What says on a screen where a number comes from costs time on paper, and shows nothing."""
    origin = "a &gt; b · 3 runs"
    html = (
        f'<p>It is <span class="fact" data-fact="s.8.gap" title="{origin}">4.2</span> points.</p>'
    )
    assert for_paper(html) == "<p>It is 4.2 points.</p>"
    assert for_paper('<span class="item">x</span>') == '<span class="item">x</span>'


def test_numbers_are_a_table_that_no_spreadsheet_runs() -> None:
    """Each number with its runs, in the order of the text; a formula is a text."""
    fact = {"name": "s.8.gap", "value": "4.2 points", "origin": "=1+1", "runs": ["a", "b"]}
    rows = encode_numbers({"facts": [fact]}).decode("utf-8-sig").splitlines()
    assert rows == ["value,of,runs,name", "4.2 points,'=1+1,a b,s.8.gap"]
