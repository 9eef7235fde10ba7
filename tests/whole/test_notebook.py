"""The notebook of the documentation is executed as it stands."""

from pathlib import Path
from typing import Any

import pytest

NOTEBOOK = Path(__file__).parents[2] / "docs" / "how-to" / "notebook.ipynb"


@pytest.mark.slow
def test_every_cell_runs_and_says_what_it_should() -> None:
    """It trains a report of four runs; all are recorded, a claim is judged, a model is built."""
    nbformat = pytest.importorskip("nbformat", reason="is of the group `docs`")
    nbclient = pytest.importorskip("nbclient", reason="is of the group `docs`")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbclient.NotebookClient(notebook, timeout=900).execute()
    told = [text for cell in notebook.cells for text in _texts(cell)]
    assert "\n".join(told).count("recorded") == 4
    assert any("macro_f1" in text for text in told)
    assert any(text.startswith(("inconclusive - ", "contradicted - ", "supported - ", "equal - "))
               for text in told)  # fmt: skip
    assert told[-1].isdigit()


def _texts(cell: Any) -> list[str]:
    outputs = cell.get("outputs", [])
    return [str(it.get("text") or it.get("data", {}).get("text/plain", "")) for it in outputs]
