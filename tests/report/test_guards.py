"""Every sentence of a write-up that no result, setting or mark holds is found."""

import re
from pathlib import Path
from typing import Any

import jinja2
import pytest
from factories import describe
from jinja2 import nodes

from scenes.cli.scaffold import USUAL_VALUES, Beginning, create_report
from scenes.errors import RenderError
from scenes.report.language.catalogue import languages
from scenes.report.lint import guards
from scenes.report.lint.guards import (
    Sentence,
    comparing_words,
    read_sentences,
    sentences_in_description,
    sentences_in_templates,
)
from scenes.report.lint.strength import Scope
from scenes.report.markup.templates import (
    build_environment,
    catalogues_folder,
    check_template,
)
from scenes.spec.loader import Description, check_report, read_description
from scenes.spec.text import Language

FOLDERS = sorted(path.parent for path in Path(__file__).parents[2].glob("reports/*/report.toml"))
WORDS = comparing_words(Path("nowhere"))
CLAIM = "{% claim claims.better(study, 8, than=64) %}"
END = "{% inconclusive %}{% contradicted %}{% endclaim %}"


def read(**templates: str) -> list[Sentence]:
    """Return the sentences of `main` and of what it reaches."""
    loader = jinja2.DictLoader({f"{name}.html": text for name, text in templates.items()})
    return sentences_in_templates("main.html", build_environment(loader), WORDS)


def problems(text: str) -> list[str]:
    """Return what is wrong with a template's sentences."""
    return [sentence.problem for sentence in read(main=text) if sentence.problem]


@pytest.mark.parametrize(
    "text",
    [
        f"<p>{CLAIM}ReLU is better than tanh.{END}</p>",
        "<p>Final accuracy is {{ study.trial('relu').val_accuracy }} with this one.</p>",
        "<p>The lowest loss is that of {{ study.top('val_loss').label }} here.</p>",
        "{% if study.sorted_by('overfits').supported %}It overfits with some value.{% endif %}",
        "{% set fits = study.sorted_by('overfits') %}{% set yes = fits.supported %}"
        "{% if not yes %}No value overfits at all.{% endif %}",
        "{% if a.val_loss.value < b.val_loss.value %}The first one ends lower.{% endif %}",
        "{% if data.synthetic %}The pictures are painted by the program.{% endif %}",
        "{% opinion 'our view' %}A mirrored scene is still that scene.{% endopinion %}",
        '{% literature "a" %}The gradient vanishes in sigmoids {{ cite("a") }}.{% endliterature %}',
        "{{ writer.closing() }}",
        "<h2>Batch size</h2><td>Value</td>",
        "<p>{{ words('section.data') }}</p>",
        "<style>p { color: red; more: less }</style>",
    ],
)
def test_what_is_guarded(text: str) -> None:
    """Claims, conditions on verdicts and figures, facts, what results select, and marks."""
    assert problems(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "<p>ReLU is better than tanh.</p>",
        "<p>Networks like this one do well on scenes.</p>",
        "{% if true %}Small batches are the best.{% endif %}",
        "{% if study.name == 'batch' %}Small batches are the best.{% endif %}",
        "{% for each in studies %}Small batches are the best.{% endfor %}",
        "{% if study.finished %}Small batches are the best.{% endif %}",
        "{% if seeds | length == 1 %}Small batches are the best.{% endif %}",
        "<p>ReLU, at {{ study.trial('relu').val_loss }}, is better than tanh.</p>",
        "<p>{{ 'ReLU is better than tanh.' }}</p>",
        "<p>{{ 'ReLU is better.' if study.name else 'ReLU is worse.' }}</p>",
        "{% macro f() %}ReLU is better than tanh.{% endmacro %}{{ f() }}",
        "{% block conclusions %}<ul><li>ReLU mejora a tanh.</li></ul>{% endblock %}",
        f"<p>{CLAIM}So it is.{END} ReLU is better than tanh.</p>",
        "{% opinion 'we say so' %}ReLU is better than tanh.{% endopinion %}",
        "{% opinion 'we say so' %}It reaches ninety, or 90, of them.{% endopinion %}",
        "{% opinion 'we say so' %}It has {{ a.val_loss }} in the end.{% endopinion %}",
        "{% literature 'a' %}The gradient vanishes in sigmoids.{% endliterature %}",
    ],
)
def test_what_is_not_guarded(text: str) -> None:
    """Bare statements, conditions that no result decides, and marks around numbers."""
    assert len(problems(text)) >= 1


def test_a_sentence_is_told_with_file_line_and_text() -> None:
    """In what is included too; what is computed shows as an ellipsis."""
    found = read(main="{% include 'part.html' %}", part="<p>\n</p>\n<p>{{ x }} is the best.</p>")
    (sentence,) = (it for it in found if it.problem)
    assert str(sentence) == "part.html:3: “… is the best.”: it compares ('best') outside of a claim"


def test_a_conditional_clause_does_not_guard_the_rest_of_its_sentence() -> None:
    """Only what stands under the condition is guarded by it."""
    clause = "{% if study.sorted_by('overfits').supported %}, since some overfit{% endif %}"
    (problem,) = problems(f"<p>ReLU is the best of all{clause}.</p>")
    assert "best" in problem


@pytest.mark.parametrize("tag", ["opinion", "literature"])
def test_a_mark_needs_its_reason(tag: str, tmp_path: Path) -> None:
    """Without one it is an error of syntax, with its line."""
    (tmp_path / "own.html").write_text(f"\n{{% {tag} '' %}}So.{{% end{tag} %}}", encoding="utf-8")
    with pytest.raises(RenderError, match=r"own\.html:2: (say why|name the work)"):
        check_template("own.html", tmp_path)


def test_a_reader_sees_marks() -> None:
    """A mark is an element of its class, with its reason; both are escaped."""
    environment = build_environment(jinja2.DictLoader({}))
    text = '{% opinion "a < b" %}We {{ x }}.{% endopinion %}'
    shown = environment.from_string(text).render(x="<think>")
    assert shown == '<span class="opinion" title="a &lt; b">We &lt;think&gt;.</span>'


def in_texts(**changed: Any) -> list[str]:
    """Return what is wrong with the texts of a report."""
    report = check_report(describe(**changed), "a test")
    found = sentences_in_description(Description(Path("r.toml"), "", report), WORDS)
    return [sentence.problem for sentence in found if sentence.problem]


def test_the_texts_of_a_description_may_not_compare() -> None:
    """Abstract, title and reasons state nothing about results; who asks or expects may compare."""
    study = describe()["study"][0]
    assert in_texts(abstract="We study batches. Small ones are the best.") != []
    assert in_texts(title="Why small batches win") != []
    because = {"value": 8, "because": "it does better"}
    assert in_texts(study=[{**study, "choose": because}]) != []
    expected = {"text": "Small is better.", "claim": "best", "value": 8}
    question = {**study, "question": "Is small better?", "expected": expected}
    assert in_texts(study=[question]) == []


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_shipped_write_ups_are_guarded(folder: Path) -> None:
    """Every sentence rests on something; at most a tenth of them is marked."""
    description = read_description(folder)
    found = read_sentences(description.report.template, folder, description)
    assert [str(sentence) for sentence in found if sentence.problem] == []
    assert sum(sentence.is_marked for sentence in found) <= len(found) / 10


@pytest.mark.parametrize("language", languages(catalogues_folder()))
def test_a_new_report_is_guarded(tmp_path: Path, language: Language) -> None:
    """What `scenes new` writes passes as it is, and so does the claim that its comment shows."""
    for factor in USUAL_VALUES:
        create_report(tmp_path / factor, Beginning(factor=factor, language=language))
        stating = sentences_in_description(read_description(tmp_path / factor), WORDS)
        assert [it for it in stating if it.problem] == []
    folder = tmp_path / next(iter(USUAL_VALUES))
    page = folder / "report.html"
    written = page.read_text(encoding="utf-8")
    example = re.search(r"{% claim .*?{% endclaim %}", written, re.DOTALL)
    assert example is not None
    filled = example[0].replace("…", "The first one ends at a better loss than the second.")
    for text in (written, written.replace("{{ super() }}", "{{ super() }}" + filled)):
        page.write_text(text, encoding="utf-8")
        description = read_description(folder)
        found = read_sentences(description.report.template, folder, description)
        assert any(it.file == str(page) for it in found) is (text != written)
        assert [str(sentence) for sentence in found if sentence.problem] == []


def test_words_of_comparison_stand_alone() -> None:
    """A word is found whole, in either case, and not within another."""
    assert re.search(WORDS, "Better")
    assert not re.search(WORDS, "además, aumento de datos, almost moreover")


def test_what_a_tag_brings_needs_no_line() -> None:
    """A node that no line of the template has is reported with the line of what is around it."""
    part = nodes.TemplateData("A sentence that a tag has brought.")
    part.lineno = None  # type: ignore[assignment]
    (piece,) = guards._printed(part, guards.Piece("", 7), Scope())
    assert (piece.line, piece.text) == (7, "A sentence that a tag has brought.")
