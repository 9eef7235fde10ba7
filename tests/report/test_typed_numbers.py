"""Numbers that are typed in prose are found, with file, line and the text around."""

from pathlib import Path
from typing import Any

import jinja2
import pytest
from factories import describe

from scenes.errors import RenderError, UserError
from scenes.report.lint.typed_numbers import (
    TypedNumber,
    typed_in_description,
    typed_in_templates,
    typed_numbers_refused,
)
from scenes.report.markup.templates import build_environment, check_template, find_typed_numbers
from scenes.spec.loader import Description, check_report, read_description

FOLDERS = sorted(path.parent for path in Path(__file__).parents[2].glob("reports/*/report.toml"))


def numbers(**templates: str) -> list[tuple[str, int]]:
    """Return what is typed in `main` and in what it reaches."""
    loader = jinja2.DictLoader({f"{name}.html": text for name, text in templates.items()})
    found = typed_in_templates("main.html", build_environment(loader))
    return [(item.number, item.line) for item in found]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<p>It reaches 43.2% here.</p>", ["43.2%"]),
        ("<p>Llega al 43,2 % aquí.</p>", ["43,2 %"]),
        ("{{ 'only 3 of them' if x else 'all' }}", ["3"]),
        ("{{ x }}5", ["5"]),
        ("<p>from {{ x }} to 7</p>", ["7"]),
        ("(2024)", ["2024"]),
        ("{% claim x %}5{% inconclusive %}6{% endclaim %}", ["5", "6"]),
        ("<p>It holds for p < 5 and more than 6.</p>", ["5", "6"]),
        ("<{{ tag }} colspan='5'>x</{{ tag }}>", []),
        ("VGG16, conv2d_1, P4.1 and ResNet50", []),
        ("<h2 id='s1' data-n='5'>x</h2><td colspan=3>", []),
        ("<h{{ level + 1 }} id='{{ x }}5'>x</h{{ level }}>", []),
        ("<style>p { margin: 5pt }</style><!-- 7 -->", []),
        ("{{ study.trial(8).val_loss }}{% if x > 5 %}y{% endif %}{# 9 #}", []),
        ("{{ words('section.4') }}", []),
        ('{% typed "its name" %}15-Scene{% endtyped %}', []),
        ("&#8212;&nbsp;x", []),
        ("<p>⑨ of ¾ are at 10⁻², chapter Ⅸ</p>", ["⑨", "¾", "10⁻²", "Ⅸ"]),
        ("<p>cm² and x₁</p>", []),
        ("<style>p::before { content: '99 %' }</style>", ["99"]),
        ("<style>@media print { p::before { c\\6fntent: '\\39\\39  %' } }</style>", ["99"]),
        ("<style>p { counter-reset: a 42 }</style>", ["42"]),
        ("<style>p { counter-increment: a 1; width: 42pt }</style>", []),
        ("<ol start=99><li value='98'>x</li></ol>", ["99", "98"]),
    ],
)
def test_what_is_a_typed_number(text: str, found: list[str]) -> None:
    """Digits that a reader reads; not those of names, attributes, styles, code and comments."""
    assert [number for number, _ in numbers(main=text)] == found


@pytest.mark.parametrize(
    "text",
    [
        "{% set best = 97.3 %}{{ best }}",
        "{% set a = 97.3 %}{% set b = a %}{{ b }}",
        "{% set a, b = 97.3, 'x' %}{{ a }}",
        "{% set ns = namespace(x=97.3) %}{{ ns.x }}",
        "{% set ns = namespace(x=none) %}{% set ns.x = 97.3 %}{{ ns.x }}",
        "{% set text %}97.3{% endset %}{{ text }}",
        "{% with best = 97.3 %}{{ best }}{% endwith %}",
        "{% for x in [97.3] %}{{ x }}{% endfor %}",
        "{% for x in range(97) %}{% if loop.last %}{{ loop.index }}{% endif %}{% endfor %}",
        "{% macro f(x=97.3) %}{{ x }}{% endmacro %}{{ f() }}",
        "{% macro f(x) %}{{ x }}{% endmacro %}{{ f(97.3) }}",
        "{% call(x) f() %}{{ x }}{% endcall %}{{ 97.3 }}",
        "{{ 97.3 }}",
        "{{ '97.3 %' }}",
        "{{ '97' ~ '.3' }}",
        "{{ 973 / 10 }}",
        "{{ -97.3 }}",
        "{{ [97.3][0] }}",
        "{{ {'a': 97.3}.a }}",
        "{{ {'a': '97.3'}.get('a') }}",
        "{{ x or 97.3 }}",
        "{{ none | default(97.3) }}",
        "{{ x | default(97.3) }}",
        "{{ '%s' | format(97.3) }}",
        "{{ '%.1f %%' % 97.3 }}",
        "{{ '{}'.format(97.3) }}",
        "{{ 'reaches x' | replace('x', '97.3') }}",
        "{{ study.trial('a').val_loss.value * 0.5 }}",
        "{{ words.percent(0.973) }}",
        "{{ words('results.gap', n=97.3) }}",
        "{{ words.count('count.seeds', 97) }}",
        "{{ 'a text of some length' | length }}",
        "{{ 'a few words' | wordcount }}",
        "{{ 'abcabc'.count('a') }}",
        "{{ (true + true) }}",
        "{{ ['a', 'b'] | map('upper') | list | length }}",
        "{{ '97.3' | float }}",
        "{{ '0x61' | int(base=16) }}",
        "<p>&#57;&#55;.&#51; %</p>",
        "<p>&#x39;&#x37;</p>",
        "{% filter upper %}97.3{% endfilter %}",
    ],
)
def test_no_expression_brings_a_number_in(text: str) -> None:
    """Neither literals nor names, strings, filters, arithmetic or entities."""
    assert numbers(main=f"<p>{text}</p>") != []


def test_a_name_of_an_imported_template_brings_none_in() -> None:
    """A phrase book may hold words, and no results."""
    assert numbers(main="{% import 'p.html' as p %}{{ p.best }}", p="{% set best = 97.3 %}") != []


@pytest.mark.parametrize(
    "text",
    [
        "{{ study.trial(8).val_loss }}",
        "{% set trial = study.trial(8) %}{{ trial.val_loss }}",
        "{% set curves = study.figures | list %}{{ m.see_figure(curves[0]) }}",
        "{{ study.sorted_by('within', low=0.5).supported | length }}",
        "{{ words('section.4') }}",
        "{{ words.html('points.one', n=study.points) }}",
        "{{ 'yes' if x.value > 0.5 else 'no' }}",
        "{% if x.value > 1.05 * y.value %}so{% endif %}",
        "{{ items | slice(2) | list }}",
        "<h{{ level + 1 }} id='a'>b</h{{ level + 1 }}>",
        "<td colspan='{{ 3 }}'>x</td>",
        "{{ '$n^2$' | markdown }}",
        "{{ cite('he2016') }}{{ see('tab:4') }}",
    ],
)
def test_keys_indices_and_tests_print_nothing(text: str) -> None:
    """What decides or looks up is no number in the prose."""
    assert numbers(main=f"<p>{text}</p>") == []


@pytest.mark.parametrize(
    ("formula", "found"),
    [
        ("$n^2$", []),
        (r"$\frac{1}{n}\sum_{i=1}^{n} x_i$", []),
        (r"$\sigma(x) = 1/(1+e^{-x})$", []),
        ("$$E = mc^2$$", []),
        (r"$\epsilon = 10^{-8}$", []),
        ("$93.4$", ["93.4"]),
        (r"$93{,}4\,\%$", ["93", "4"]),
        ("$p = 0.03$", ["0.03"]),
        ("$p < 0.05$, then", ["0.05"]),
        (r"$a \approx 12\%$", ["12"]),
        ("$n^2$ and 3", ["3"]),
        ("costs $5 or 6$", ["5", "6"]),
        (r"\$n^2$", ["2"]),
    ],
)
def test_a_formula_holds_no_result(formula: str, found: list[str]) -> None:
    """The 2 of n² is no number that a run could change; a value that is typed as a formula is."""
    inside = f"{{% filter markdown %}}\nAs {formula} says.\n{{% endfilter %}}"
    assert [number for number, _ in numbers(main=inside)] == found


def test_formulas_in_the_description_hold_no_result_either() -> None:
    """Its texts are markdown as well."""
    report = check_report(describe(abstract="Of $n^{77}$ and $p = 0.77$."), "a test")
    (told,) = typed_in_description(Description(Path("r.toml"), "", report))
    assert told.number == "0.77"


def test_outside_of_markdown_dollars_are_letters() -> None:
    """A template's own HTML knows no formulas."""
    assert numbers(main="<p>$n^2$</p>") == [("2", 1)]


def test_the_line_is_told_even_in_what_is_included_by_a_computed_name() -> None:
    """Everything that a template may print is read, whatever decides it later."""
    found = numbers(main="{% include 'part-' ~ x ~ '.html' %}\n", **{"part-a": "\n\n<p\n>8</p>"})
    assert found == [("8", 4)]


@pytest.mark.parametrize(
    ("name", "text", "tag", "found"),
    [
        ("n.txt", "It is 99 %", "{% include 'n.txt' %}", ["99 %"]),
        (
            "n.md",
            "It is 99 %",
            "{% filter markdown %}{% include 'n.md' %}{% endfilter %}",
            ["99 %"],
        ),
        ("n.css", "It is 99 %", "<p>{% include 'n.css' %}</p>", ["0"]),
        ("n.css", "{% macro a() %}99{% endmacro %}", "{% import 'n.css' as n %}{{ n.a() }}", ["0"]),
        ("n.css", "p { width: 99pt }", "<style>{% include 'n.css' %}</style>", []),
        ("n.css", "p { width: 99pt }", "{% block style %}{% include 'n.css' %}{% endblock %}", []),
        ("n.css", "p::after { content: '99' }", "<style>{% include 'n.css' %}</style>", ["99"]),
    ],
)
def test_files_of_every_name_are_read(name: str, text: str, tag: str, found: list[str]) -> None:
    """As what they print, if they are included where a reader reads."""
    loader = jinja2.DictLoader({"main.html": tag, name: text})
    typed = typed_in_templates("main.html", build_environment(loader))
    assert [one.number for one in typed] == found


def test_a_waiver_needs_its_reason(tmp_path: Path) -> None:
    """Without a reason it is an error of syntax, with its line."""
    (tmp_path / "own.html").write_text("\n{% typed '' %}5{% endtyped %}", encoding="utf-8")
    with pytest.raises(RenderError, match=r"own\.html:2: say why the number is typed"):
        check_template("own.html", tmp_path)


def in_texts(folder: Path, **changed: Any) -> list[TypedNumber]:
    """Return what is typed in the texts of a report."""
    path = folder / "report.toml"
    report = check_report(describe(**changed), "a test")
    return typed_in_description(Description(path, 'title = "T"\n\nabstract = "x"\n', report))


def test_a_text_may_name_what_the_report_declares(tmp_path: Path) -> None:
    """Values, epochs, seeds and their count; a result is found, with the line of its text."""
    known = "With batches of 8 and 16, 4 epochs and pictures of 16×16."
    assert in_texts(tmp_path, abstract=known) == []
    (found,) = in_texts(tmp_path, abstract=f"{known} It reaches 43.2 %.")
    assert (found.number, found.line) == ("43.2 %", 3)
    assert "It reaches 43.2 %." in found.context
    waived = {"43.2": "of the paper that we repeat"}
    assert in_texts(tmp_path, abstract="It reaches 43.2 %.", typed=waived) == []


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_shipped_write_ups_type_no_number(folder: Path) -> None:
    """Neither in their templates nor in their texts."""
    description = read_description(folder)
    assert find_typed_numbers(description.report.template, folder) == []
    assert find_typed_numbers("lab_report.html", folder) == []
    assert typed_in_description(description) == []


def test_the_refusal_tells_each_place_and_the_ways_out() -> None:
    """A user learns what to write instead."""
    error = typed_numbers_refused([TypedNumber("t.html", 3, "5", "about 5 of them")])
    assert isinstance(error, UserError)
    assert "t.html:3: '5' in “about 5 of them”" in str(error)
    assert "--draft" in str(error)
