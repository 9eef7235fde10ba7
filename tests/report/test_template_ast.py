"""A template is parsed once as long as its text stays as it is."""

from pathlib import Path

import jinja2
import pytest

from scenes.report.lint.template_ast import load_tree
from scenes.report.markup.templates import open_templates


def test_a_tree_is_as_current_as_its_file(tmp_path: Path) -> None:
    """The same text gives the same tree, another one another."""
    path = tmp_path / "one.html"
    path.write_text("{{ a }}", encoding="utf-8")
    templates = open_templates(tmp_path)
    first, file = load_tree(templates, "one.html")
    assert Path(file) == path
    assert load_tree(templates, "one.html")[0] is first
    path.write_text("{{ b }}", encoding="utf-8")
    second, _ = load_tree(templates, "one.html")
    assert [node.name for node in second.find_all(jinja2.nodes.Name)] == ["b"]


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    """As filling it would."""
    with pytest.raises(jinja2.TemplateNotFound, match=r"none\.html"):
        load_tree(open_templates(tmp_path), "none.html")
