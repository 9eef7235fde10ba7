"""A report that was written of runs made by hand: its folder, its store, its PDF."""

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from built_once import built_once
from conftest import save_pictures
from factories import build_record
from PIL import Image
from rich.console import Console

from scenes.app.request import Opened, Request, open_request
from scenes.app.writing import Written, write_with
from scenes.plan.plan import Plan, Run
from scenes.report.filling import Filler
from scenes.report.output.pdf import PdfWriter
from scenes.runs.record import METRICS, Record, derive_predictions

REPORT = """
title = "Two rates"
authors = ["Ana Ruiz", "Bo Li"]
template = "own.html"
seeds = [0, 1]
figures = ["confusion", "mistakes"]
[data]
source = "../pictures"
[base]
image_size = 16
epochs = 3
[[study]]
name = "rate"
title = "Learning rate"
question = "Which rate?"
factor = "learning_rate"
values = [0.1, 0.01]
choose = { by = "val_loss" }
[profile.full]
"""
TEMPLATE = """{% extends "lab_report.html" %}
{% block discussion %}
{% claim claims.better(study, "0.1", than="0.01") %}
<p>The higher rate wins: {{ study.trial("0.1").facts.val_loss }}.</p>
{% equal %}<p>Both are equal.</p>
{% inconclusive %}<p>They are not told apart.</p>
{% contradicted %}<p>The lower rate wins.</p>
{% endclaim %}
<figure><img src="own%20plan.png" alt="Red"><figcaption>What we built.</figcaption></figure>
{% endblock %}
"""


SHORT = """{% extends "base.html" %}
{% block main %}
<h1>{{ report.title }}</h1>
{% for study in studies %}
{% claim claims.better(study, "0.1", than="0.01", metric="val_accuracy") %}
<p>The higher rate wins.</p>
{% equal %}<p>Both are equal.</p>
{% inconclusive %}<p>They are not told apart.</p>
{% contradicted %}<p>The lower rate wins.</p>
{% endclaim %}
<table><caption>Results</caption><thead><tr><th>Rate</th><th>Loss</th><th>Accuracy</th></tr></thead>
{% for trial in study.trials %}
<tr><td>{{ trial.label }}</td><td><a href="#main">{{ trial.facts.val_loss }}</a></td>
<td><a href="#main">{{ trial.facts.val_accuracy }}</a></td></tr>
{% endfor %}
</table>
{% for figure in study.figures %}
<figure><img src="asset:{{ figure.asset }}" alt="{{ figure.alt }}"></figure>
{% endfor %}
{% endfor %}
<figure style="break-before: page">
<img src="asset:{{ data.samples.asset }}" alt="{{ data.samples.alt }}"></figure>
{% endblock %}
"""


def write(opened: Opened, plan: Plan, console: Console) -> Written:
    """Write the documents of a plan in which every run has a result."""
    with PdfWriter() as writer, Filler() as filler:
        return write_with(opened, plan, console, writer=writer, filler=filler)


@dataclass(frozen=True)
class WrittenReport:
    """A report that was written.

    Attributes:
        folder: Of the report.
        pdf: The document.
        runs: What it rests on.
    """

    folder: Path
    pdf: Path
    runs: tuple[Run, ...]


def make_folder(root: Path) -> Path:
    """Return the folder of a report, beside its pictures."""
    save_pictures(root / "pictures")
    folder = root / "mine"
    folder.mkdir()
    (folder / "report.toml").write_text(REPORT, encoding="utf-8")
    Image.new("RGB", (40, 40), (200, 0, 0)).save(folder / "own plan.png")
    return folder


def open_folder(folder: Path, **asked: object) -> Opened:
    """Return the request for a report, checked."""
    return open_request(Request(folder, profile="full", **asked), Console(quiet=True))  # type: ignore[arg-type]


def train_by_hand(opened: Opened, *, shift: float = 0.0) -> None:
    """Record every run of a report, with results that follow from settings and seed."""
    for run in opened.plan(opened.report).missing:
        opened.store.save(record_of(opened, run, shift=shift))


def record_of(opened: Opened, run: Run, *, shift: float = 0.0) -> Record:
    """Return a record made by hand of a run."""
    random = np.random.default_rng(run.seed)
    lower = 0.0 if run.settings.learning_rate > 0.05 else 0.3
    history = {
        name: [0.9 - 0.1 * epoch - lower * ("loss" not in name) + 0.02 * random.random() + shift
               for epoch in range(run.settings.epochs)]
        for name in METRICS
    }  # fmt: skip
    members = opened.pictures.part(run.settings).splits["val"]
    truth = np.array([one.label for one in members], np.int64)
    scores = random.random((len(members), 2)) + np.eye(2)[truth]
    probabilities = (scores / scores.sum(axis=1, keepdims=True)).astype(np.float32)
    names = [one.path.as_posix() for one in members]
    return replace(
        build_record(identity=run.identity, history=history),
        classes=opened.pictures.whole.classes,
        predictions=derive_predictions(names, truth, probabilities),
    )


def write_report(root: Path, *, shift: float = 0.0, template: str = TEMPLATE) -> WrittenReport:
    """Write a report whose runs were made by hand."""
    folder = make_folder(root)
    (folder / "own.html").write_text(template, encoding="utf-8")
    opened = open_folder(folder)
    train_by_hand(opened, shift=shift)
    write(opened, opened.plan(opened.report), Console(quiet=True))
    return read_report(root)


def read_report(root: Path) -> WrittenReport:
    """Return the report that was written in a folder."""
    opened = open_folder(root / "mine")
    (pdf,) = (opened.folder / "out").glob("*.pdf")
    return WrittenReport(opened.folder, pdf, opened.plan(opened.report).runs)


@pytest.fixture(scope="session")
def short(tmp_path_factory: pytest.TempPathFactory) -> WrittenReport:
    """Return a report of two pages, which no test may change."""
    build = partial(write_report, template=SHORT)
    return read_report(built_once(tmp_path_factory, "short report", build))


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> WrittenReport:
    """Return a report of four runs, written once, which no test may change."""
    return read_report(built_once(tmp_path_factory, "written report", write_report))
