"""A template that asks for too much ends in one message with file and line, and soon."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import MakeRecord, build_study, describe
from PIL import Image

from scenes.data.folder import Dataset, Picture
from scenes.errors import RenderError, SpecError
from scenes.plan.plan import Plan
from scenes.report import filling
from scenes.report.document import Document
from scenes.report.filling import Filler
from scenes.report.lint.claim_check import judge_claims, mutate_claims
from scenes.report.markup import templates
from scenes.report.markup.markdown import Prose
from scenes.report.markup.templates import check_template, render_html
from scenes.report.rendering import render_with_results
from scenes.report.saving import render_cited
from scenes.spec.loader import check_report

HUNGRY = {
    "{{ 1 / 0 }}": "it divides by zero",
    "{{ 1 % 0 }}": "it divides by zero",
    "{% for i in range(10**9) %}x{% endfor %}": "it asks for too much: Range too big",
    "{{ 'a' * 10**9 }}": "it asks for too much: more than 1,000,000 characters",
    "{{ 10**9 * [1] }}": "it asks for too much: more than 1,000,000 characters",
    "{{ 9**(9**9) }}": "it asks for too much: a number of more than 1,000 digits",
    "{{ (9**900) * (9**900) * (9**900) * (9**900) * (9**900) * 9 }}": "it asks for too much",
    "{{ '%999999999d' % 1 }}": "it asks for too much: a text of more than",
    "{{ '%*d' % (999999999, 1) }}": "it asks for too much: a text of more than",
    "{{ '{:999999999}'.format(1) }}": "it asks for too much: a text of more than",
    "{{ '{:{w}}'.format(1, w=10**9) }}": "it asks for too much: a text of more than",
    "{{ 'a'.center(10**9) }}": "it asks for too much: a text of more than",
    "{{ 'a'.ljust(10**9, ' ') }}": "it asks for too much: a text of more than",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}": "it calls itself without end",
    "{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}": "nested too deeply",
    "{{ " + "[" * 3000 + "]" * 3000 + " }}": "nested too deeply",
    "{{ " + "-" * 3000 + "1 }}": "nested too deeply",
    "{{ 1" + " + 1" * 3000 + " }}": "nested too deeply",
    "{% if 1 %}" * 3000 + "{% endif %}" * 3000: "nested too deeply",
    "{{ ('[' * 30000) | markdown }}": "a text of 30,000 characters",
    "{{ study }}": "a function is no text",
    "{{ claims }}": "is no text",
    "{{ view }}": "an object (Plan) is no text: print one of its parts, such as",
    "{{ [1, 2] }}": "an object (list) is no text",
    "{{ {} }}": "an object (dict) is no text",
    "{{ none }}": "an object (NoneType) is no text",
    "{{ 'x'.nothing }}": "has no attribute 'nothing'",
    "{{ nothing }}": "'nothing' is undefined",
    "{{ study(1) }}": "there is no study 1",
    "{{ 'a' + 1 }}": "can only concatenate str",
}


def context() -> dict[str, Any]:
    """Return what those templates may name."""

    def study(name: object) -> None:
        raise KeyError(f"there is no study {name}")

    class Claims:
        """An object without a text."""

    plan = Plan(check_report(describe(), "a test"), ())
    prose: Any = Prose(lambda *_: "", lambda _: "", lambda *_: "")  # type: ignore[arg-type,return-value]
    return {"study": study, "claims": Claims(), "view": plan, "prose": prose}


def _check_and_render(folder: Path) -> None:
    check_template("own.html", folder)
    render_html("own.html", context(), folder=folder)


@pytest.mark.parametrize(("template", "said"), HUNGRY.items(), ids=range(len(HUNGRY)))
def test_what_asks_for_too_much_is_told_with_its_line(
    template: str, said: str, tmp_path: Path
) -> None:
    """Neither at compiling nor at filling does it take long, and no other error gets out."""
    (tmp_path / "own.html").write_text(f"<p>\n\n{template}", encoding="utf-8")
    started = time.monotonic()
    with pytest.raises(RenderError) as caught:
        _check_and_render(tmp_path)
    assert time.monotonic() - started < 20
    assert str(tmp_path / "own.html:") in str(caught.value)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_filling_that_goes_on_is_stopped_where_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Loops in loops end after some time of the processor, with their line."""
    monkeypatch.setattr(templates, "CPU_LIMIT", 0.5)
    loops = "".join(f"{{% for i{n} in range(99999) %}}\n" for n in range(3))
    text = f"<p>\n{loops}{{% set x = i2 %}}{'{% endfor %}' * 3}"
    (tmp_path / "own.html").write_text(text, encoding="utf-8")
    with pytest.raises(RenderError, match=r"own\.html:[45]: it takes more than 0\.5 seconds"):
        render_html("own.html", {}, folder=tmp_path)


def test_what_has_a_text_is_printed(tmp_path: Path) -> None:
    """Texts, numbers and what knows its own text."""
    (tmp_path / "own.html").write_text("{{ 'a' * 3 }} {{ 2**10 }} {{ 1.5 }} {{ p }}", "utf-8")
    html = render_html("own.html", {"p": Path("x") / "y"}, folder=tmp_path)
    assert html == "aaa 1024 1.5 x/y"


def test_a_template_that_is_no_text_is_told(tmp_path: Path) -> None:
    """Bytes that are no UTF-8, and a file that is larger than any template."""
    (tmp_path / "own.html").write_bytes(b"\xff")
    with pytest.raises(RenderError, match=r"own\.html: is not UTF-8"):
        check_template("own.html", tmp_path)
    (tmp_path / "own.html").write_bytes(bytes(templates.LARGEST + 1))
    with pytest.raises(RenderError, match=r"own\.html: is larger than"):
        check_template("own.html", tmp_path)


@pytest.fixture
def make_document(make_record: MakeRecord, tmp_path: Path) -> Any:
    """Return a maker of documents with results, by the template in a folder of their own."""
    study = build_study({"a": [make_record()], "b": [make_record(right=[True] * 4)]})
    record = make_record(summary={"name": "n", "layers": [], "parameters": 1, "trainable": 1,
                                  "frozen": 0, "backbone": None})  # fmt: skip
    environment = {"seconds": 1.0, "started": "2026-01-01T00:00:00+00:00"}
    identity = {"seed": 0, "versions": None, "settings": {}}
    whole = replace(record, environment=environment, identity=identity)
    trials = tuple(
        replace(trial, runs=tuple(replace(run, result=whole) for run in trial.runs))
        for trial in study.trials
    )
    study = replace(study, trials=trials)
    pictures = tuple(Picture(Path(f"{i}.png"), i % 2, "0") for i in range(4))
    splits = {"train": pictures, "val": pictures}
    data = Dataset(name="d", source="folder", root=tmp_path, classes=("x", "y"), splits=splits)

    def make(body: str) -> Document:
        text = (
            f"{{% extends 'lab_report.html' %}}\n{{% block discussion %}}\n{body}\n{{% endblock %}}"
        )
        (tmp_path / "own.html").write_text(text, encoding="utf-8")
        report = check_report(
            describe(template="own.html", study=[study.study.model_dump()]), "a test"
        )
        return Document(Plan(report, (study,)), data, tmp_path, "r", "scenes report r", commit="c")

    return make


@pytest.fixture(scope="module")
def filler() -> Iterator[Filler]:
    """One child for all documents."""
    with Filler() as one:
        yield one


def test_the_child_fills_as_this_process_does(make_document: Any, filler: Filler) -> None:
    """The same HTML; formulas are drawn there, figures only named."""
    document = make_document("<p>{{ '$x^2$' | markdown_inline }}</p>")
    html, pictures, results = filler.fill(document)
    expected, named, said = render_with_results(document, is_drawn=False)
    assert (html, results) == (expected, said)
    assert pictures == {name: data for name, data in named.items() if data}
    assert [name.split("/")[0] for name in pictures] == ["math"]


def test_what_happens_to_a_document_meanwhile_does_not_matter(
    make_document: Any, filler: Filler
) -> None:
    """It is packed before figures are drawn of it, which write into it what they work out."""
    document = make_document("<p>It says so.</p>")
    fill = filler.filling_of(document)
    vars(document.plan)["kept"] = (each for each in "abc")  # which nothing can pack
    assert "It says so." in fill()[0]


def test_errors_of_the_child_are_those_of_this_process(make_document: Any, filler: Filler) -> None:
    """With file and line; what the user must mend keeps its kind, and the child goes on."""
    with pytest.raises(RenderError, match=r"own\.html:3: it divides by zero"):
        filler.fill(make_document("{{ 1 / 0 }}"))
    with pytest.raises(SpecError, match=r"own\.html:3: en.toml has no words for 'x.y'"):
        filler.fill(make_document("{{ words('x.y') }}"))
    with pytest.raises(RenderError, match=r"own\.html:3: .*no value 'c'; its values: a, b"):
        filler.fill(make_document("{{ study.trial('c') }}"))
    (place,) = filler.places_of_forbidden(make_document("<p>\n<script>1</script>"))
    assert place.endswith("own.html:4: <script>: no such element may stand in a report")
    assert "fine" in filler.fill(make_document("fine"))[0]


def test_what_a_check_finds_comes_before_what_the_template_does(
    make_document: Any, filler: Filler, tmp_path: Path
) -> None:
    """It looks while the child fills; the next document is not disturbed by either."""

    def refuse() -> None:
        raise SpecError("the texts have mistakes", ["one"])

    for number in range(4):  # the figures show them
        Image.new("RGB", (8, 8)).save(tmp_path / f"{number}.png")
    for body in ("fine", "{{ 1 / 0 }}"):
        with pytest.raises(SpecError, match="the texts have mistakes"):
            render_cited(make_document(body), filler, refuse)
    with pytest.raises(RenderError, match="divides by zero"):
        render_cited(make_document("{{ 1 / 0 }}"), filler, lambda: None)
    _, (html, _, _) = render_cited(make_document("fine"), filler, lambda: None)
    assert "fine" in html


def test_claims_are_judged_in_the_child(make_document: Any, filler: Filler) -> None:
    """As in this process, and so are perturbed results."""
    document = make_document(
        "{% claim claims.better(study, 'a', than='b', metric='val_accuracy') %}x"
        "{% inconclusive %}y{% contradicted %}z{% endclaim %}"
    )
    assert filler.judge(document) == judge_claims(document) != []
    assert filler.mutate(document) == mutate_claims(document)


def test_a_child_that_takes_too_long_is_ended(
    make_document: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where a single operation holds the processor; the message names the template."""
    body = "{{ ('x' * 999999) | replace('x', 'x' * 900) | length }}{% for i in range(99999) %}" * 2
    monkeypatch.setattr(filling, "MEMORY_LIMIT", 2**31)
    with Filler(seconds=8) as one, pytest.raises(RenderError, match=r"own\.html"):
        one.fill(make_document(body + "{% endfor %}" * 2))
