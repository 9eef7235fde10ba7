"""The page of `scenes dataset DIR --html`: a checked data set in, one self-contained HTML file out.

It shows how many pictures there are of each class, how large they are, some of each class, and
every finding with the pictures that it is about; in the look and the language of a report.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image

from scenes.data.division import Picture
from scenes.data.findings import Finding
from scenes.data.folder import Dataset
from scenes.report.language.catalogue import load_words
from scenes.report.language.fact_trace import trace_facts
from scenes.report.language.locale import Words
from scenes.report.markup.templates import catalogues_folder, render_html, templates_folder
from scenes.report.output.html import render_screen
from scenes.report.views.dataset import data_view, finding_text
from scenes.system.files import save_atomically
from scenes.system.formatting import printable

SAMPLES = 5
"""Pictures of each class that are shown."""
HEIGHT = 144
"""Of a thumbnail, in pixels; it is shown at half of that."""
WIDTH = 4 * HEIGHT
QUALITY = 80


@dataclass(frozen=True)
class Strip:
    """A line of thumbnails, each (asset, alternative text), over a text."""

    text: str
    thumbnails: tuple[tuple[str, str], ...]


@dataclass
class Thumbnails:
    """Makes small pictures for a page, each once."""

    dataset: Dataset
    assets: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        members = (one for split in self.dataset.splits.values() for one in split)
        self._pictures = {one.path.as_posix(): one for one in members}

    def strip(self, paths: Sequence[str], text: str) -> Strip:
        """Return the thumbnails of the paths that are pictures of the data set."""
        shown = [self._pictures[path] for path in paths if path in self._pictures]
        return Strip(text, tuple((self._add(one), printable(one.path)) for one in shown))

    def _add(self, picture: Picture) -> str:
        name = f"thumbnails/{picture.sha256[:32]}.jpg"
        if name not in self.assets:
            image = self.dataset.decode(picture)
            image.thumbnail((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
            stream = io.BytesIO()
            image.save(stream, "JPEG", quality=QUALITY)
            self.assets[name] = stream.getvalue()
        return name


def save_page(dataset: Dataset, path: Path, *, language: str) -> None:
    """Write the page of a data set, whole or not at all.

    Raises:
        PictureError: A picture has gone since it was checked.
        OSError: The file cannot be written.
    """
    save_atomically(path, render_page(dataset, language=language).encode("utf-8"))


def render_page(dataset: Dataset, *, language: str) -> str:
    """Return the page of a data set as HTML with everything inside it."""
    words = load_words(language, catalogues_folder())
    thumbnails = Thumbnails(dataset)
    context = {
        "words": words,
        "language": language,
        "report": _heads(dataset, words),
        "data": data_view(dataset, words, name=dataset.name),
        "findings": [_finding(one, thumbnails, words) for one in dataset.findings],
        "skipped": dataset.skipped,
        "samples": list(_samples(dataset, thumbnails)),
    }
    html = render_html("dataset.html", context, folder=templates_folder())
    traced = trace_facts(html, link=False)[0]
    return render_screen(traced, thumbnails.assets, folder=templates_folder())


def _heads(dataset: Dataset, words: Words) -> dict[str, Any]:
    pictures = words.count("count.pictures", sum(map(len, dataset.splits.values())))
    classes = words.count("count.classes", len(dataset.classes))
    return {
        "title": words("page.title", name=printable(dataset.name)),
        "subtitle": words("page.summary", pictures=pictures, classes=classes),
        "authors": [],
    }


def _finding(finding: Finding, thumbnails: Thumbnails, words: Words) -> dict[str, Any]:
    paths = finding.paths or tuple(() for _ in finding.pictures)
    pairs = zip(paths, finding.pictures, strict=True)
    return {
        "text": finding_text(finding, words),
        "count": words.integer(finding.count),
        "shown": finding.count > len(finding.pictures),
        "places": [thumbnails.strip(these, text) for these, text in pairs],
    }


def _samples(dataset: Dataset, thumbnails: Thumbnails) -> Iterator[Strip]:
    """Give the first pictures of each class in each split."""
    for split, members in dataset.splits.items():
        for label, name in enumerate(dataset.classes):
            of_class = [one.path.as_posix() for one in members if one.label == label]
            yield thumbnails.strip(of_class[:SAMPLES], printable(f"{split}/{name}"))
