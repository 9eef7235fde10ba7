"""All missing references of a write-up are reported at once, before anything is trained."""

import re
from pathlib import Path
from typing import Any

import pytest
from factories import describe
from own_code import COMPONENTS, load_own, write_own
from PIL import Image

from scenes.errors import SpecError
from scenes.report.lint.preflight import check_writing, notes_on_marks
from scenes.spec import registry
from scenes.spec.loader import Description, check_report, read_description

ROOT = Path(__file__).parents[2]
BIB = "@misc{he, title = {H}}"


def problems_of(folder: Path, toml: str, template: str = "", **changed: Any) -> list[str]:
    """Return what is said against a report of these texts and this template."""
    (folder / "r.bib").write_text(BIB, encoding="utf-8")
    path = folder / "report.toml"
    path.write_text(toml, encoding="utf-8")
    if template:
        (folder / "own.html").write_text(template, encoding="utf-8")
        changed["template"] = "own.html"
    report = check_report(describe(bibliography="r.bib", **changed), "a test")
    try:
        check_writing(report, Description(path, toml, report))
    except SpecError as error:
        return [problem.replace(f"{folder}/", "") for problem in error.problems]
    return []


def test_mistakes_of_texts_are_told_with_line_and_key(tmp_path: Path) -> None:
    """Two in one text are two; each names the choices, or what was probably meant."""
    toml = 'bibliography = "r.bib"\nabstract = "x"\ncite = [\n"she"]\n[[study]]\nquestion = "x"\n'
    question = r"Is $\frac{1$ so[^a], as [#tab:bath] says?"
    study = {**describe()["study"][0], "question": question}
    abstract = "As [@she] and [@me] say [#fig:nope]."
    found = problems_of(tmp_path, toml, abstract=abstract, study=[study], cite=["she"])
    assert [problem.split(":")[1] for problem in found] == ["4", "2", "2", "2", "6", "6", "6"]
    cited, she, me, figure, formula, table, note = found
    assert re.search(r"cite\.she: r\.bib lacks 'she' \(did you mean 'he'\?\); it has he", cited)
    assert re.search(r"abstract: r\.bib lacks 'she'", she)
    assert re.search(r"abstract: r\.bib lacks 'me'", me)
    assert re.search(r"nothing called 'fig:nope'.*choices: fig:batch-accuracy, fig:batch-l", figure)
    assert "study.batch.question: the formula" in formula
    assert re.search(r"nothing called 'tab:bath' .*did you mean 'tab:batch'\?", table)
    assert "footnote 'a' has no text" in note


def test_mistakes_of_templates_are_told_with_file_and_line(tmp_path: Path) -> None:
    """Also in branches that these results may never reach, and beside those of the texts."""
    template = """{% extends "lab_report.html" %}
{% block discussion %}
{% if study.finished %}{{ see("fig:nope") }}{% else %}{{ cite("he", "she") }}{% endif %}
{% filter markdown %}
As [#sec:nowhere] says[^x].
{% endfilter %}
{{ "[@they]" | markdown_inline }}
{% include "lost.html" %}
{% endblock %}
"""
    found = problems_of(tmp_path, 'abstract = "x"\n', template, abstract="[#sec:never]")
    places = [problem.split(" ")[0] for problem in found]
    assert places == ["report.toml:1:", *(f"own.html:{line}:" for line in (3, 3, 4, 4, 7, 8))]
    for problem, said in zip(
        found,
        ("'sec:never'", "'fig:nope'", "'she'", "'sec:nowhere'", "'x'", "'they'", "'lost.html'"),
        strict=True,
    ):
        assert said in problem


def test_what_there_will_be_may_be_referred_to(tmp_path: Path) -> None:
    """Figures, tables and sections of the shipped templates, and what the report's own adds."""
    template = """{% extends "lab_report.html" %}{% import "macros.html" as m with context %}
{% macro own(id) %}<h3 id="x-{{ id }}">{{ id }}</h3>{% endmacro %}
{% block appendix %}
{{ m.heading("mine", "Mine") }}<h3 id="other">O</h3>{{ own("a") }}
{% for study in studies %}<table>{{ m.caption("T", "tab-more-" ~ study.name) }}</table>
{{ see("tab:" ~ study.name) }}{{ see(name) }}{% endfor %}
{{ see("sec:mine") }}{{ see("sec:other") }}{{ see("tab:more-batch") }}{{ see("sec:x-b") }}
{{ see("fig:batch-recall") }}{{ see("fig:report-layers") }}{{ cite("he") }}{{ cite(keys) }}
{% endblock %}
"""
    study = {**describe()["study"][0], "figures": ["recall"]}
    assert not problems_of(tmp_path, "", template, study=[study], figures=["layers"])


def test_what_is_replaced_or_left_out_is_neither_checked_nor_there(tmp_path: Path) -> None:
    """A block that is overridden is not printed, and a report without workload has no table."""
    (tmp_path / "base.html").write_text(
        '{% block a %}{{ cite("gone") }}{% endblock %}{% block b %}{{ see("fig:x") }}{% endblock %}'
        '{% if workload %}<table><caption id="tab-workload"></caption></table>{% endif %}',
        encoding="utf-8",
    )
    template = """{% extends "base.html" %}
{% block a %}{{ see("tab:workload") }}{% endblock %}
{% block b %}{{ super() }}{% endblock %}"""
    found = problems_of(tmp_path, "", template)
    assert [problem.split(" ")[0] for problem in found] == ["own.html:2:", "base.html:1:"]
    hours = [{"task": "T", "hours": {"A": 1}}]
    assert len(problems_of(tmp_path, "", template, workload=hours)) == 1


GUARDED = """{% extends "lab_report.html" %}
{% block discussion %}
{% if study.name == "size" %}{{ see("fig:" ~ study.name ~ "-recall") }}
{% elif study.name in ["batch", "more"] %}{{ see("tab:" ~ study.name) }}{{ see("fig:batch-x") }}
{% elif language == "es" %}{% include "nothing.es.html" %}
{% else %}{{ see("tab:" ~ study.name ~ "-3") }}{% endif %}
{{ see("fig:size-recall" if study.name != "batch" and language == "en" else "fig:batch-y") }}
{% for study in studies if not study.name == "batch" %}{{ see("fig:" ~ study.name ~ "-recall") }}
{% endfor %}
{% for study in studies[:1] %}{{ see("fig:" ~ study.name ~ "-recall") }}{% endfor %}
{% endblock %}
"""


def test_what_another_study_or_language_prints_is_not_asked_of_this_one(tmp_path: Path) -> None:
    """Tests of `study.name` and `language` decide as they will when the template is filled."""
    batch, size = describe()["study"][0], {**describe()["study"][0], "name": "size"}
    found = problems_of(tmp_path, "", GUARDED, study=[batch, {**size, "figures": ["recall"]}])
    assert [problem.split(" to refer")[0] for problem in found] == [
        "own.html:4: there is nothing called 'fig:batch-x'",
        "own.html:7: there is nothing called 'fig:batch-y'",
    ]


def test_of_several_templates_the_first_that_is_there_is_read(tmp_path: Path) -> None:
    """As Jinja takes it; where none is there, the last resort is missing."""
    (tmp_path / "there.html").write_text("there", encoding="utf-8")
    (tmp_path / "unread.html").write_text('{{ see("fig:nope") }}', encoding="utf-8")
    template = """{% include ["gone." ~ language ~ ".html", "there.html", "unread.html"] %}
{% include "gone.html" ignore missing %}
{% include ["gone.html", "lost.html"] %}"""
    assert problems_of(tmp_path, "", template) == ["own.html:3: there is no template 'lost.html'"]


def test_what_a_filtered_block_computes_is_not_judged(tmp_path: Path) -> None:
    """Neither the half of a name nor a formula with a gap."""
    template = r"""{% filter markdown %}As [#fig:{{ study.name }}-recall], [@{{ key }}] and
$\frac{ {{ n }} }{2}$ say{% if n %}: [#fig:nope]{% endif %}.{% endfilter %}"""
    assert len(problems_of(tmp_path, "", template)) == 1


def test_marks_that_would_be_printed_are_told(tmp_path: Path) -> None:
    """Titles and labels are plain text; products, prices and names with lines under them are it."""
    toml = 'title = "x"\n[[study]]\nname = "batch"\ntitle.en = "x"\nvalues = [\n8,\n{}]\n'
    (tmp_path / "report.toml").write_text(toml, encoding="utf-8")
    values = [8, {"batch_size": 16, "label": "$n^2$"}]
    titles = {"en": "The *size*", "es": "2 * 3 * 4 por $5 o $6, my_own_name"}
    study = {**describe()["study"][0], "title": titles, "values": values, "question": "*So?*"}
    report = check_report(describe(title="From 16*16 up", study=[study]), "a test")
    first, second = notes_on_marks(Description(tmp_path / "report.toml", toml, report))
    assert re.search(r"toml:4: study\.batch\.title\.en: 'The \*size\*' is printed as it", first)
    assert re.search(r"toml:7: study\.batch\.values\.16\.label: '\$n\^2\$' is printed", second)


@pytest.mark.parametrize("name", ["practica4", "training_choices"])
@pytest.mark.parametrize("language", ["es", "en"])
def test_the_shipped_reports_are_in_order(name: str, language: str) -> None:
    """In both languages."""
    folder = ROOT / "reports" / name
    description = read_description(folder)
    check_writing(description.report.model_copy(update={"language": language}), description)


def test_words_that_no_catalogue_has_are_told(tmp_path: Path) -> None:
    """Before anything is trained, with file and line, and what was probably meant."""
    template = """{% extends "lab_report.html" %}
{% block discussion %}
{{ words("section.absract") }} {{ words.html("nothing.like.it", n=1) }}
{{ words.count("count.pictures", 3) }} {{ words.plural("count.picture", 3) }}
{{ words("provenance." ~ study.name) }} {{ words("nowhere." ~ study.name) }}
{{ words("provenance." ~ limits) }}
{% if study.finished %}{{ words("section.abstract" if study.choice else "section.x") }}{% endif %}
{% endblock %}"""
    found = problems_of(tmp_path, "", template)
    assert [re.sub(r"own\.html:(\d): en\.toml has no words for ", r"\1 ", it) for it in found] == [
        "3 'section.absract' (did you mean 'section.abstract'?)",
        "3 'nothing.like.it'",
        "4 'count.picture.*' (did you mean 'count.pictures.one'?)",
        "5 'provenance.batch' (did you mean 'provenance.data'?)",
        "5 'nowhere.batch'",
        "7 'section.x' (did you mean 'section.test'?)",
    ]


def test_choices_that_multiply_end(tmp_path: Path) -> None:
    """A reference of forty choices in a row is not spelled out in all its 2^40 forms."""
    choices = " ~ ".join(['("a" if study.choice else "b")'] * 40)
    template = f"""{{% extends "lab_report.html" %}}
{{% block discussion %}}{{{{ see({choices}) }}}}{{% endblock %}}"""
    assert problems_of(tmp_path, "", template) == []


def test_markup_that_no_report_may_hold_is_told(tmp_path: Path) -> None:
    """Before anything is trained; what only filling the template shows is left until then."""
    template = """{% extends "lab_report.html" %}
{# <script>a comment writes nothing</script> #}
{% block discussion %}
<p{% if study.finished %} class="a"{% endif %} id="{{ study.name }}">x</p>
<img src="//e.org/extra.png" alt="{{ study.title }}">
<h{{ 3 }} onclick="x">y</h{{ 3 }}><a href="{{ study.title }}">z</a>
{{ "text" }}<script>
1</script>
{% endblock %}"""
    assert problems_of(tmp_path, "", template) == [
        'own.html:5: <img src="//e.org/extra.png">: the address must be a picture file in the '
        "report's folder, or data: of a PNG, JPEG, GIF, WebP or SVG picture",
        "own.html:7: <script>: no such element may stand in a report",
    ]


def test_an_own_label_must_be_in_the_language_of_the_report(tmp_path: Path) -> None:
    """It is reported before anything is trained, with the place where it is written."""
    labelled = COMPONENTS.replace('label={"en"', 'label={"fr"')
    with registry.using(load_own(write_own(tmp_path, labelled))):
        assert problems_of(tmp_path, "", language="es") == []
        (problem,) = problems_of(tmp_path, "", language="en")
    assert problem.startswith("components.py:13: small_resnet: its label is in fr, es and not in")


def test_pictures_of_a_template_are_looked_at(tmp_path: Path) -> None:
    """Each must be there, be whole and have words for those who cannot see it."""
    Image.new("RGB", (9, 9)).save(tmp_path / "map.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "map.png").read_bytes()[:60])
    template = """{% extends "lab_report.html" %}{% block appendix %}
<figure><img src="map.png" alt="A map"><figcaption>Map, by [#fig:plan].</figcaption></figure>
<figure id="plan"><img src="{{ language }}.png" alt="{{ language }}"><figcaption>P</figcaption>
</figure>{{ see("fig:map") }}{{ see("fig:plan") }}{{ see("fig:mop") }}
<img src="map.png">
<img src="lost.png" alt="a">
<img src="cut.png" alt="a"><img src="../map.png" alt="a">
{% endblock %}"""
    found = sorted(problems_of(tmp_path, "", template))
    assert [problem.split(" ")[0] for problem in found] == [
        f"own.html:{line}:" for line in (4, 5, 6, 7, 7)
    ]
    for problem, said in zip(
        found,
        ("'fig:mop'", "text alternative", "does not exist", "address must be", "truncated"),
        strict=True,
    ):
        assert said in problem
