"""A class that hands in: students in, PDFs of runs made by hand out, and what is to be found."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import numpy as np
import tamperings
from conftest import save_pictures
from PIL import Image
from rich.console import Console
from written import open_folder, record_of

from scenes.app.request import Opened
from scenes.app.writing import write_with
from scenes.data.folder import load_folder
from scenes.evidence.grading.own_seeds import seeds_from
from scenes.plan.plan import Run
from scenes.report.filling import Filler
from scenes.report.output.pdf import PdfWriter
from scenes.runs.record import Record

NONCE = "autumn"
PARAMETERS = 63_375
ASSIGNMENT = """
title = "Rates"
nonce = "autumn"
least_seeds = 2
seed_points = 1
[data]
fingerprint = "{fingerprint}"
points = 1
[[study]]
name = "rates"
factor = "learning_rate"
values = [0.1, 0.01]
set = {{ epochs = 3 }}
points = 4
[[fact]]
title = "Parameters"
study = "rates"
value = 0.1
equals = 63375
points = 1
[[judge]]
title = "Is the conclusion sound?"
study = "rates"
points = 3
"""
REPORT = """
title = "Two rates of {name}"
authors = [{authors}]
template = "own.html"
language = "{language}"
seeds = {seeds}
[data]
source = "../pictures"
[base]
image_size = 16
epochs = {epochs}
[[study]]
name = "mine"
title = "Learning rate"
question = "Which rate?"
factor = "learning_rate"
values = {values}
choose = {{ by = "val_loss" }}
[profile.full]
"""
TEMPLATE = """{{% extends "base.html" %}}
{{% block main %}}
<h1>{{{{ report.title }}}}</h1>
{{% for study in studies %}}
<h2>{{{{ study.title }}}}</h2>
<table><caption>Results</caption><thead><tr><th>Rate</th><th>Loss</th></tr></thead>
{{% for trial in study.trials %}}
<tr><td>{{{{ trial.label }}}}</td><td><a href="#main">{{{{ trial.facts.val_loss }}}}</a></td></tr>
{{% endfor %}}
</table>
{count}
{{% endfor %}}
<p>{prose}</p>
{{% endblock %}}
"""
COUNT = '<p>It has <a href="#main">{{ study.trials[0].facts.parameters }}</a> parameters.</p>'
WORDS = """
loss falls while pictures blur edges glow rivers bend under quiet towers and small boats drift past
open doors where painters argue about colour until evening brings rain over distant hills
"""


@dataclass(frozen=True)
class Student:
    """Who hands in.

    Attributes:
        authors: Their names.
        language: Of the report.
        values: That are compared.
        seeds: How many; their own.
        foreign_seeds: In place of their own.
        epochs: Of each run.
        has_own_pictures: In place of those of the assignment.
        has_count: Whether the report prints the number of parameters.
        prose: Of the report; None for words of their own.
        copies: Whose results stand in the records.
        change: What is done to the PDF afterwards.
    """

    authors: tuple[str, ...]
    language: str = "en"
    values: tuple[float, ...] = (0.1, 0.01)
    seeds: int = 2
    foreign_seeds: tuple[int, ...] | None = None
    epochs: int = 3
    has_own_pictures: bool = False
    has_count: bool = True
    prose: str | None = None
    copies: "Student | None" = None
    change: Callable[[bytes], bytes] | None = None

    @property
    def own_seeds(self) -> tuple[int, ...]:
        """Those with which the runs are trained."""
        return self.foreign_seeds or seeds_from(NONCE, self.authors, self.seeds)

    @property
    def words(self) -> str:
        """What the report says in prose."""
        random = Random(repr(self.authors))
        return self.prose or " ".join(random.choice(WORDS.split()) for _ in range(60)) + "."


class Classroom:
    """Writes what students hand in, one after the other."""

    def __init__(self, root: Path, writer: PdfWriter, filler: Filler) -> None:
        self.root, self._writer, self._filler = root, writer, filler
        self._number = 0

    def hand_in(self, student: Student) -> Path:
        """Return the PDF of a student."""
        self._number += 1
        folder = self.root / f"{self._number:02d}" / "mine"
        self._describe(student, folder)
        opened = open_folder(folder)
        for index, run in enumerate(opened.plan(opened.report).missing):
            opened.store.save(self._record(opened, run, student, index))
        plan = opened.plan(opened.report)
        quiet = Console(quiet=True)
        pdf = write_with(opened, plan, quiet, writer=self._writer, filler=self._filler).pdf
        path = self.root / "handed in" / f"{self._number:02d} {student.authors[0].split()[0]}.pdf"
        path.parent.mkdir(exist_ok=True)
        data = pdf.read_bytes()
        path.write_bytes(student.change(data) if student.change else data)
        return path

    def _describe(self, student: Student, folder: Path) -> None:
        folder.mkdir(parents=True)
        save_pictures(folder.parent / "pictures")
        if student.has_own_pictures:
            path = folder.parent / "pictures" / "train" / "red" / "0.png"
            Image.fromarray(np.full((16, 16, 3), 90, np.uint8)).save(path)
        text = REPORT.format(
            name=self._number, language=student.language, epochs=student.epochs,
            authors=", ".join(f'"{name}"' for name in student.authors),
            seeds=list(student.own_seeds), values=list(student.values),
        )  # fmt: skip
        (folder / "report.toml").write_text(text, encoding="utf-8")
        template = TEMPLATE.format(count=COUNT if student.has_count else "", prose=student.words)
        (folder / "own.html").write_text(template, encoding="utf-8")

    def _record(self, opened: Opened, run: Run, student: Student, index: int) -> Record:
        seeds = student.own_seeds
        source = run
        if student.copies is not None:  # their results, under a seed of one's own
            source = replace(run, seed=student.copies.own_seeds[seeds.index(run.seed)])
        made = replace(record_of(opened, source), id=run.id, identity=dict(run.identity))
        counts = {"parameters": PARAMETERS, "trainable": PARAMETERS, "frozen": 0}
        start = datetime(2026, 1, self._number, 10, tzinfo=UTC) + timedelta(minutes=7 * index)
        environment = {"started": start.isoformat(), "seconds": 2.5 + run.seed % 997 / 100}
        return replace(
            made,
            summary={**made.summary, **counts},
            environment={**made.environment, **environment},
        )


@contextmanager
def open_classroom(root: Path) -> Iterator[Classroom]:
    """Open a class that writes into a folder."""
    with PdfWriter() as writer, Filler() as filler:
        yield Classroom(root, writer, filler)


def save_assignment(root: Path) -> Path:
    """Write the assignment that everybody was given; it asks for the usual pictures."""
    save_pictures(root / "given")
    fingerprint = load_folder(root / "given", cache=root / "cache").fingerprint
    path = root / "assignment.toml"
    path.write_text(ASSIGNMENT.format(fingerprint=fingerprint), encoding="utf-8")
    return path


def edited(kind: str, seed: int) -> Callable[[bytes], bytes]:
    """Return what changes a PDF as one kind of tampering does."""
    return lambda pdf: tamperings.KINDS[kind].change(pdf, Random(seed))


def names_of(files: Sequence[Path]) -> list[str]:
    """Return how the sheets of some files are called."""
    return [path.stem.replace(" ", "-") for path in files]
