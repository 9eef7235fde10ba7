"""What a document is written with is known by its versions, down to a line of a style sheet."""

import shutil
from pathlib import Path

import pytest

from scenes.evidence import surroundings as module
from scenes.evidence.surroundings import surroundings
from scenes.report.markup.templates import templates_folder


@pytest.mark.parametrize(
    "name", ["report.css", "lab_report.html", "macros.html", "locale/es.toml", "locale/en-GB.toml"]
)
def test_a_document_of_other_templates_is_one_of_another_version(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is then not called forged because its pages are set otherwise here."""
    here = surroundings()["code"]
    copy = tmp_path / "templates"
    shutil.copytree(templates_folder(), copy)
    monkeypatch.setattr(module, "templates_folder", lambda: copy)
    assert surroundings.__wrapped__()["code"] == here
    with (copy / name).open("a", encoding="utf-8") as file:
        file.write("\n")
    assert surroundings.__wrapped__()["code"] != here
