"""Templates are strict about names, deaf to code in data, and a report's own come first."""

from pathlib import Path
from typing import Any

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import DictLoader

from scenes.errors import RenderError, UserError
from scenes.report.markup.templates import (
    build_environment,
    check_template,
    render_html,
    templates_folder,
)


def render(folder: Path, source: str, **context: object) -> str:
    """Render a template that a report's own folder holds."""
    (folder / "own.html").write_text(source, encoding="utf-8")
    return render_html("own.html", context, folder=folder)


def test_a_missing_name_stops_with_file_and_line(tmp_path: Path) -> None:
    """Nothing that does not exist is printed as nothing."""
    with pytest.raises(RenderError, match=r"own\.html:2: 'nothing' is undefined"):
        render(tmp_path, "\n{{ nothing }}")


def test_a_syntax_error_is_told_with_its_line(tmp_path: Path) -> None:
    """A tag left open is an error of the template, not a traceback."""
    with pytest.raises(RenderError, match=r"own\.html:3"):
        render(tmp_path, "\n\n{% if %}")


def test_an_unknown_template_lists_where_it_was_looked_for(tmp_path: Path) -> None:
    """The user learns which folders hold templates."""
    with pytest.raises(UserError, match=r"there is no template 'nope\.html'") as caught:
        render_html("nope.html", {}, folder=tmp_path)
    assert str(tmp_path) in str(caught.value)


def test_a_template_of_the_report_comes_before_a_shipped_one(tmp_path: Path) -> None:
    """A write-up may replace a shipped template by one of the same name."""
    (tmp_path / "macros.html").write_text("mine", encoding="utf-8")
    assert render_html("macros.html", {}, folder=tmp_path) == "mine"


def test_the_shipped_templates_are_there() -> None:
    """The folder that templates are taken from holds the generic report and its style."""
    names = {path.name for path in templates_folder().iterdir()}
    assert {"base.html", "lab_report.html", "report.css", "locale"} <= names


@given(st.text(max_size=60))
def test_data_is_never_code(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    """A value prints its own characters, escaped; none of it becomes markup or template."""
    shown = render(tmp_path_factory.mktemp("t"), "{{ value }}", value=text)
    assert "<" not in shown
    assert "49" not in render(tmp_path_factory.mktemp("t"), "{{ value }}", value="{{ 7*7 }}")


@pytest.mark.parametrize(
    "source", ["{{ ''.__class__.__mro__ }}", "{{ cycler.__init__.__globals__ }}"]
)
def test_the_sandbox_hides_python(tmp_path: Path, source: str) -> None:
    """A template cannot reach the interpreter behind its values."""
    with pytest.raises(RenderError, match=r"unsafe|undefined"):
        render(tmp_path, source)


def test_a_template_is_checked_without_being_filled(tmp_path: Path) -> None:
    """What it prints need not exist yet; that it exists and can be read is known before."""
    (tmp_path / "own.html").write_text("{{ nothing }}", encoding="utf-8")
    check_template("own.html", tmp_path)
    (tmp_path / "own.html").write_text("{% if %}", encoding="utf-8")
    with pytest.raises(RenderError, match=r"own\.html:1"):
        check_template("own.html", tmp_path)
    with pytest.raises(UserError, match="there is no template"):
        check_template("nope.html", tmp_path)


def test_the_same_text_is_compiled_once_in_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Templates opened anew share what was compiled; another text of the same name does not."""
    compiled: list[str] = []
    whole = jinja2.Environment.compile

    def count(self: jinja2.Environment, source: str, *args: Any) -> Any:
        compiled.append(source)
        return whole(self, source, *args)

    monkeypatch.setattr(jinja2.Environment, "compile", count)
    for text in ("one {{ 1 }} of its own", "one {{ 1 }} of its own", "another {{ 2 }} of its own"):
        assert build_environment(DictLoader({"t.html": text})).get_template("t.html").render()
    assert compiled == ["one {{ 1 }} of its own", "another {{ 2 }} of its own"]
