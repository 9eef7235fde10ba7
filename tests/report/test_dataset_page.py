"""The page of a data set shows all that was found, by itself, in the reader's language."""

import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import scenes
from scenes.data.folder import Dataset, load_folder
from scenes.data.synthetic.generate import paint_picture
from scenes.report.dataset_page import SAMPLES, render_page, save_page
from scenes.report.language.catalogue import load_words
from scenes.report.markup.templates import templates_folder
from scenes.report.views.dataset import data_view

HOSTILE = "<script>alert(1)</script> {{ 7*7 }} & \"q\" 'q'"


def save_scene(path: Path, kind: str, seed: int) -> None:
    """Write a small painted scene."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(paint_picture(kind, np.random.default_rng(seed), 48)).save(path)


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    """Return a folder with a leak, a bad file and a class with a hostile name."""
    root = tmp_path / "mine"
    hostile = HOSTILE.replace("/", "")
    for split, n in (("train", 7), ("val", 2)):
        for i in range(n):
            save_scene(root / split / "Coast" / f"{i}.png", "Coast", i + 100 * n)
            save_scene(root / split / hostile / f"{i}.png", "Kitchen", i + 100 * n)
    shutil.copy(root / "train" / "Coast" / "0.png", root / "val" / "Coast" / "again.png")
    (root / "val" / "Coast" / "broken.jpg").write_bytes(b"no picture")
    return load_folder(root, cache=None, skip_bad=True)


class Page(HTMLParser):
    """Collects what a page holds: its tags, its text, the addresses that it asks for."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.sources: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of a tag."""
        self.tags.append(tag)
        self.sources += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        """Take note of a text."""
        self.texts.append(data)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "en",
            [
                "19 pictures in 2 classes",
                "(at most 20.0 points of validation accuracy)",
                "Left out",
            ],
        ),
        ("es", ["19 imágenes de 2 clases", "con una copia en él: 1", "Ficheros descartados"]),
    ],
)
def test_page_tells_what_was_found(language: str, expected: list[str], dataset: Dataset) -> None:
    """Counts, findings with their places, files left out, in the language asked for."""
    text = " ".join(" ".join(Page(render_page(dataset, language=language)).texts).split())
    for part in [*expected, "val/Coast/again.png = train/Coast/0.png", "val/Coast/broken.jpg"]:
        assert part in text


def test_page_needs_nothing_else(dataset: Dataset) -> None:
    """Pictures and fonts are inside of it; it asks for no other file and no address."""
    html = render_page(dataset, language="en")
    page = Page(html)
    assert page.sources
    assert all(source.startswith(("data:", "#")) for source in page.sources)
    assert set(re.findall(r"url\(.(\w+):", html)) == {"data"}
    assert page.tags.count("img") == 2 + 2 * SAMPLES + 3 + 2  # the leak; train, val of two classes


def test_names_appear_literally(dataset: Dataset) -> None:
    """A class name is text, whatever it looks like."""
    page = Page(render_page(dataset, language="en"))
    assert page.tags.count("script") == 1  # the page's own
    assert "<script>alert(1)<script> {{ 7*7 }} & \"q\" 'q'" in " ".join(page.texts)


def test_page_is_written_whole(dataset: Dataset, tmp_path: Path) -> None:
    """The folder of the page is made; the same data set makes the same page."""
    for name in ("a.html", "b.html"):
        save_page(dataset, tmp_path / "new" / name, language="en")
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["a.html", "b.html"]
    first, second = ((tmp_path / "new" / name).read_bytes() for name in ("a.html", "b.html"))
    assert first == second


def test_only_one_module_opens_picture_files() -> None:
    """Whatever decodes a picture of a data set does it by the one policy."""
    package = Path(scenes.__file__).parent
    opening = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if "Image.open(" in path.read_text(encoding="utf-8")
    }
    # The others open what is no picture of a data set: a painted one, the preview in a record, a
    # picture in a figure or in evidence, an author's own.
    own = {
        "data/synthetic/generate.py",
        "report/figures/study_figures.py",
        "report/figures/jpeg.py",
        "evidence/unpacking.py",
        "report/figures/own_picture.py",
        "report/formats/pictures.py",
    }
    assert opening - own == {"data/decoding.py"}


def test_a_report_names_what_leaks(dataset: Dataset) -> None:
    """Which pictures bear on the results stands in the report too, not their number alone."""
    words = load_words("en", templates_folder() / "locale")
    findings = data_view(dataset, words, name="mine").findings
    assert findings[0].endswith("; for example val/Coast/again.png = train/Coast/0.png")
    (brief, *_) = data_view(dataset, words, name="mine", named=0).findings
    assert findings[0] == f"{brief}; for example val/Coast/again.png = train/Coast/0.png"
    assert (
        data_view(dataset, words, name="mine").sizes
        == "All pictures measure 48\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}48 pixels (PNG)."
    )
