"""What the commands list is what is there."""

import io
from pathlib import Path

import numpy as np
from PIL import Image
from rich.console import Console
from rich.table import Table

from scenes import catalogue
from scenes.dataset.folder import load_folder
from scenes.listing import (
    dataset_table,
    finding_lines,
    models_table,
    summary_table,
    weights_lines,
)


def printed(table: Table) -> str:
    """Return a table as a terminal of 80 columns shows it."""
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(table)
    return console.export_text()


def test_every_model_and_backbone_is_listed() -> None:
    """A name that a report can use stands in the list."""
    text = printed(models_table())
    assert all(name in text for name in [*catalogue.MODELS, *catalogue.BACKBONES])


def test_every_backbone_has_a_line_of_weights() -> None:
    """Each line names the file that Keras looks for; the last says where."""
    lines = list(weights_lines(224))
    assert len(lines) == len(catalogue.BACKBONES) + 1
    assert "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5" in lines[0]


def test_a_summary_prints_its_layers_and_totals() -> None:
    """Counts are grouped, and nothing is cut off at 80 columns."""
    layer = {
        "name": "dense",
        "type": "Dense",
        "output_shape": [None, 120],
        "parameters": 61560,
        "trainable": 61560,
    }
    counts = {"parameters": 63375, "trainable": 63375, "frozen": 0}
    text = printed(summary_table({"layers": [layer], **counts}, "head"))
    assert "61,560" in text
    assert "63,375" in text
    assert "(None, 120)" in text


def test_a_folder_is_counted_and_its_findings_told(tmp_path: Path) -> None:
    """Every class has its counts; a picture that stands in both splits is named."""
    for split, kind, tone in [
        ("train", "a", 1),
        ("train", "b", 2),
        ("val", "a", 1),
        ("val", "b", 3),
    ]:
        folder = tmp_path / split / kind
        folder.mkdir(parents=True)
        Image.fromarray(np.full((20, 20, 3), tone, np.uint8)).save(folder / "1.png")
    dataset = load_folder(tmp_path, cache=None)
    assert "val" in printed(dataset_table(dataset))
    told = "\n".join(finding_lines(dataset))
    assert "1 pictures outside train that are in train as well" in told
    assert "(at most 50.0 points of validation accuracy): val/a/1.png = train/a/1.png" in told
