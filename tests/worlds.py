"""Documents on perturbed results, with the files that an independent evaluation reads."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from sentences import SENTENCE_END

from scenes.claims.expectation import judge_expectation
from scenes.claims.opening_worlds import open_anew, opening_worlds
from scenes.claims.perturbation import every_world, perturb
from scenes.plan.plan import Run, StudyPlan, Trial
from scenes.report.document import Document
from scenes.report.language.locale import Words
from scenes.report.language.printed_facts import trial_label
from scenes.report.markup.claim_tag import ClaimLog, Judged, taking_down
from scenes.report.markup.templates import load_report_words, open_templates
from scenes.report.rendering import render_document
from scenes.runs.identity import effective
from scenes.runs.openings import encode_opening
from scenes.runs.record import Failure, Record
from scenes.runs.record_files import encode_record


@dataclass(frozen=True)
class Printed:
    """What a document says.

    Attributes:
        sentences: Study ("" outside of them) and text, in order.
        facts: Name and text of each printed number.
        judged: The claims that its text acts on.
    """

    sentences: tuple[tuple[str, str], ...]
    facts: tuple[tuple[str, str], ...]
    judged: tuple[Judged, ...]


def perturbed_documents(document: Document) -> Iterator[tuple[str, Document]]:
    """Yield a document as recorded, and on every perturbation of its results."""
    yield "as recorded", document
    pictures, classes = document.dataset.splits.get("test", ()), document.dataset.classes
    for name, perturbation in every_world(document.plan).items():
        plan = perturb(document.plan, perturbation)
        opening = open_anew(plan, pictures, classes, final=0.0, rivals=0.0) if pictures else None
        yield name, replace(document, plan=plan, openings=(opening,) if opening else ())
    for name, openings in opening_worlds(document.plan, pictures, classes).items():
        yield name, replace(document, openings=openings)


def save_world(document: Document, root: Path) -> None:
    """Write a document's plan and the files of its runs."""
    plan = document.plan
    words = load_report_words(plan.report.language, document.folder)
    studies = [
        {**_study_json(study, words), "number": study.study.number or str(index)}
        for index, study in enumerate(plan.studies, 1)
    ]
    root.mkdir(parents=True)
    (root / "plan.json").write_text(json.dumps({"studies": studies}, default=list))
    for study in plan.studies:
        for trial in study.trials:
            for index, run in enumerate(trial.runs):
                _save_run(run, root / _folder(study, trial, index))
    _save_openings(document, root)


def _save_openings(document: Document, root: Path) -> None:
    """Write the openings of the test set, in their order, and where their runs are."""
    folders = {
        run.result.id: _folder(study, trial, index)
        for study in document.plan.studies
        for trial in study.trials
        for index, run in enumerate(trial.runs)
        if isinstance(run.result, Record)
    }
    (root / "runs.json").write_text(json.dumps(folders))
    for number, opening in enumerate(document.openings):
        folder = root / "openings" / str(number)
        folder.mkdir(parents=True)
        for name, content in encode_opening(opening).items():
            (folder / name).write_bytes(content)


def _study_json(study: StudyPlan, words: Words) -> dict[str, Any]:
    choose, expected = study.study.choose, judge_expectation(study)
    return {
        "name": study.study.name,
        "factor": study.study.factor,
        "waiting": study.waiting,
        "margin": study.margin,
        "expected": expected and expected.claim,
        "rule": choose and choose.model_dump(include={"by", "epoch", "value"}),
        "values": [
            {
                "key": trial.key,
                "label": trial_label(trial, study.study.factor, words),
                "settings": _settings_json(trial),
                "runs": [_folder(study, trial, index) for index in range(len(trial.runs))],
            }
            for trial in study.trials
        ],
    }


def _settings_json(trial: Trial) -> dict[str, Any]:
    outside = {"weights", "train_per_class", "val_per_class"}
    return {**effective(trial.settings), **trial.settings.model_dump(include=outside)}


def _folder(study: StudyPlan, trial: Trial, index: int) -> str:
    return f"{study.study.name}/{trial.key}/{index}"


def _save_run(run: Run, folder: Path) -> None:
    folder.mkdir(parents=True)
    if isinstance(run.result, Failure):
        (folder / "failure.json").write_text(json.dumps({"reason": run.result.reason}))
    if isinstance(run.result, Record):
        for name, content in encode_record(run.result).items():
            (folder / name).write_bytes(content)


def print_document(document: Document) -> Printed:
    """Return what a document says."""
    log = ClaimLog()
    templates = open_templates(document.folder, log=log)
    with taking_down(log):
        html, _ = render_document(document, templates=templates, is_drawn=False, is_final=False)
    reader = _Reader({study.study.number or str(i): study.study.name
                      for i, study in enumerate(document.plan.studies, 1)})  # fmt: skip
    reader.feed(html)
    reader.close()
    return Printed(tuple(reader.sentences), tuple(reader.facts), tuple(log.judged))


BLOCKS = ("p", "li", "td", "th", "h1", "h2", "h3", "h4", "dd", "dt", "figcaption", "caption")
"""Elements that hold sentences, or part them."""
SPOKEN = ("p", "li", "figcaption", "dd")


class _Reader(HTMLParser):
    """Reads sentences by the study that they stand in, and printed numbers."""

    def __init__(self, numbers: dict[str, str]) -> None:
        super().__init__()
        self.sentences: list[tuple[str, str]] = []
        self.facts: list[tuple[str, str]] = []
        self._numbers = numbers
        self._study = self._text = ""
        self._fact: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in BLOCKS:
            self._text = ""
        if tag in ("h2", "h3") and given.get("id"):
            self._study = str(given["id"]).removeprefix("study-")
        if given.get("data-fact"):
            self._fact = given["data-fact"]
            self.facts.append((str(self._fact), ""))

    def handle_data(self, data: str) -> None:
        self._text += data
        if self._fact is not None:
            self.facts[-1] = self._fact, self.facts[-1][1] + data

    def handle_endtag(self, tag: str) -> None:
        if tag in ("span", "a"):
            self._fact = None
        if tag in SPOKEN:
            self._take(" ".join(self._text.split()))
        if tag in BLOCKS:
            self._text = ""

    def _take(self, text: str) -> None:
        study = self._study
        if (head := re.match(r".*? \(([\w.]+)\)\. ", text)) and head[1] in self._numbers:
            study, text = self._numbers[head[1]], text[head.end() :]
        for sentence in SENTENCE_END.split(text):
            if sentence:
                self.sentences.append((study, sentence))
