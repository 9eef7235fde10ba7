"""What `data` lists is what lies in the folder."""

from pathlib import Path

import numpy as np
from PIL import Image
from tables import printed

from scenes.cli.data_listing import dataset_table, finding_lines
from scenes.data.folder import load_folder


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
    assert "1 picture outside train that is in train as well" in told
    assert "(at most 50.0 points of validation accuracy): val/a/1.png = train/a/1.png" in told
