"""A model card and a reproducibility checklist, filled from sources: each answer with its evidence.

What the program cannot know is not guessed: there the authors must answer, and it says so.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from scenes.claims.facts import trial_fact
from scenes.evidence import layout
from scenes.evidence.sources import Sources
from scenes.plan.final import final_trial
from scenes.plan.plan import Trial
from scenes.runs.record import Failure
from scenes.system.formatting import said_count, said_time

OPEN = "**The authors must answer.**"
MEASURES = ("val_accuracy", "val_loss", "train_accuracy")


@dataclass(frozen=True)
class Answer:
    """A question of a checklist.

    Attributes:
        question: Of the reviewers.
        answer: From facts; "" where only the authors know.
        evidence: Where it can be looked up.
    """

    question: str
    answer: str = ""
    evidence: str = ""


def encode_checklist(sources: Sources) -> bytes:
    """Return the answers to what reviewers ask, in Markdown."""
    rows = [
        f"| {_cell(one.question)} | {_cell(one.answer) or OPEN} | {_cell(one.evidence)} |"
        for one in answers(sources)
    ]
    head = f"# Reproducibility checklist: {_cell(sources.title)}"
    return _lines([head, "", "| question | answer | evidence |", "|---|---|---|", *rows])


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _lines(lines: Iterable[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode("utf-8", "replace")


def answers(sources: Sources) -> Iterator[Answer]:
    """Yield each question with its answer and its evidence."""
    yield from _about_claims(sources)
    yield from _about_data(sources)
    yield from _about_runs(sources)
    yield from _about_machines(sources)
    yield Answer("Where is the code, under which licence?", "", f"versions in {layout.CODEMETA}")
    yield Answer("Who could be harmed by the model or its data?")


def _about_claims(sources: Sources) -> Iterator[Answer]:
    claims, printed = sources.results["claims"], sources.results["facts"]
    yield Answer(
        "Do the conclusions follow from the results?",
        f"{said_count(len(claims), 'sentence rests|sentences rest')} on a verdict, and "
        f"{said_count(len(printed), 'printed number|printed numbers')} on runs.",
        f"claims and facts in {layout.RESULTS}",
    )
    looked = sum(len(study.looks) for study in sources.plan.studies)
    yield Answer(
        "How were seeds chosen, and is what varies reported?",
        f"Seeds {', '.join(map(str, sources.plan.seeds))}; spread and intervals are over seeds."
        + (f" Results were looked at {looked} times, which the tests allow for." if looked else ""),
        f"{layout.REPORT_TOML} in {layout.DESCRIPTION}",
    )


def _about_data(sources: Sources) -> Iterator[Answer]:
    data = sources.dataset
    yield Answer(
        "Which data, how many, how split?",
        f"{data.name}: {len(data.classes)} classes; {_splits(sources)}.",
        f"each picture with its hash in {layout.LIST}; {layout.CROISSANT}",
    )
    openings = len(sources.document.openings)
    has_test = bool(data.splits.get("test"))
    yield Answer(
        "Was a test set kept aside?",
        f"Yes; it was opened {said_count(openings, 'time|times')}." if has_test else "No.",
        f"{layout.OPENINGS} in {layout.RECORDS}" if has_test else layout.LIST,
    )
    left_out = len(data.skipped)
    yield Answer(
        "Was data left out?",
        f"{said_count(left_out, 'file was|files were')} left out as unreadable.",
        f"{layout.DATASET} in {layout.PICTURES}",
    )
    if data.source == "synthetic":
        answer = "The pictures were painted by the program; they show nobody."
        yield Answer("Licence and consent of the data?", answer, layout.LIST)
    else:
        yield Answer("Licence and consent of the data?")


def _splits(sources: Sources) -> str:
    known = sources.dataset.splits
    return ", ".join(f"{len(known[split]):,} {split}" for split in sources.splits)


def _about_runs(sources: Sources) -> Iterator[Answer]:
    runs = sources.plan.runs
    failed = sum(isinstance(run.result, Failure) for run in runs)
    yield Answer(
        "How many runs, and did any fail?",
        f"{said_count(len(sources.records), 'run|runs')} finished, {failed} failed; "
        "all are listed.",
        layout.RECORDS,
    )
    yield Answer(
        "Are all hyperparameters given, with the ranges that were searched?",
        f"Yes: {said_count(len(sources.plan.studies), 'study|studies')} with every value that was "
        "tried, and all settings of each run.",
        f"identity.json of each run in {layout.RECORDS}",
    )
    rules = [it.study.name for it in sources.plan.studies if it.study.choose is not None]
    yield Answer(
        "By what rule was the final configuration chosen?",
        f"By the rules of {', '.join(rules)}, on the validation split." if rules else "By none.",
        f"{layout.REPORT_TOML} in {layout.DESCRIPTION}",
    )
    weights = sorted({str(it.identity.get("weights")) for it in sources.records} - {"None"})
    yield Answer(
        "From which weights did training start?",
        f"Backbones: {', '.join(weights)}; all else random." if weights else "From random ones.",
        f"identity.json of each run in {layout.RECORDS}",
    )


def _about_machines(sources: Sources) -> Iterator[Answer]:
    machines = sorted({str(it.environment["processor"]) for it in sources.records})
    seconds = sum(record.seconds for record in sources.records)
    yield Answer(
        "Which machines, and how long did it take?",
        f"{'; '.join(machines)}: {said_time(seconds)} of training in all.",
        f"environment.json of each run in {layout.RECORDS}",
    )
    yield Answer(
        "With which command can it be made again?",
        sources.document.command,
        f"`scenes verify`, with --retrain for the training itself; {layout.MANIFEST}",
    )


def encode_model_card(sources: Sources) -> bytes:
    """Return the card of the model that the report ends with, in Markdown."""
    found = final_trial(sources.plan.studies)
    head = [f"# Model card: {_cell(sources.title)}", ""]
    if found is None:
        return _lines([*head, "No run has finished: there is no model."])
    study, trial = found
    return _lines(
        [
            *head,
            f"The final configuration: value `{trial.key}` of the study `{study.study.name}`.",
            *_section("Model", _settings(trial)),
            *_section("Results", _results(study.study.name, trial)),
            *_section("Data", [f"- {sources.dataset.name}: {_splits(sources)}"]),
            *_section("Intended use", [OPEN]),
            *_section("Who and what it must not be used for", [OPEN]),
            *_section("Limits", list(_limits(sources, trial))),
        ]
    )


def _section(title: str, lines: list[str]) -> list[str]:
    return ["", f"## {title}", "", *lines]


def _settings(trial: Trial) -> list[str]:
    record = next(iter(trial.records))
    parameters = [f"- parameters: {record.summary['parameters']:,}"]
    settings = record.identity["settings"]
    return parameters + [f"- {name}: {_cell(str(value))}" for name, value in settings.items()]


def _results(study: str, trial: Trial) -> list[str]:
    rows = []
    for measure in MEASURES:
        fact = trial_fact(study, trial, measure)
        spread = f" ± {fact.spread:.4f} (standard deviation over seeds)" if fact.spread else ""
        rows.append(f"- {measure}: {fact.value:.4f}{spread}, {said_count(fact.n, 'run|runs')}")
    return rows


def _limits(sources: Sources, trial: Trial) -> Iterator[str]:
    if sources.dataset.source == "synthetic":
        yield "- The pictures are painted: results say nothing of photographs."
    if len(trial.records) < 2:
        yield "- One run: how far seeds spread is not known."
    if sources.document.is_reduced:
        yield "- Trained on fewer epochs or pictures than the report describes."
    if not sources.document.openings:
        yield "- Measured on the validation split alone, by which it may have been chosen."
    yield f"- {OPEN} (conditions under which it fails)"
