"""The notebook of the documentation is executed as it stands."""

from pathlib import Path
from typing import Any

import pytest
from written import make_folder, open_folder, train_by_hand

NOTEBOOK = Path(__file__).parents[2] / "docs" / "how-to" / "notebook.ipynb"


@pytest.mark.slow
def test_every_cell_runs_and_says_what_it_should(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a report of four runs: all are recorded, the claim is judged, the model is built."""
    nbformat = pytest.importorskip("nbformat", reason="is of the group `docs`")
    nbclient = pytest.importorskip("nbclient", reason="is of the group `docs`")
    folder = make_folder(tmp_path)
    (folder / "own.html").write_text('{% extends "lab_report.html" %}', encoding="utf-8")
    train_by_hand(open_folder(folder))
    monkeypatch.setenv("SCENES_REPORT", str(folder))
    monkeypatch.setenv("SCENES_PROFILE", "full")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbclient.NotebookClient(notebook, timeout=600).execute()
    told = "\n".join(_texts(notebook))
    assert told.count("recorded") == 4
    assert "macro_f1" in told
    assert "inconclusive - " in told or "contradicted - " in told or "supported - " in told
    assert "825" in told or any(line.isdigit() for line in told.splitlines())


def _texts(notebook: Any) -> list[str]:
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return [str(it.get("text") or it.get("data", {}).get("text/plain", "")) for it in outputs]
