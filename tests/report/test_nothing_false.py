"""Whatever the results, nothing that a document prints is false by an evaluation of its own."""

import ast
from collections.abc import Iterator
from pathlib import Path

import independent
import pytest
import sentences
from independent import StudyFiles, Value
from outcomes import Outcome, dataset, plan_of, study_table
from scenarios import FOLDER, make_dataset, make_plan
from sentences import Teller, read_language
from truth import Tally, check_document
from worlds import perturbed_documents, print_document, save_world

from scenes.report import provenance
from scenes.report.document import Document
from scenes.report.markup.templates import catalogues_folder

LOSSES = {8: 1.0, 16: 1.3, 32: 1.31}


@pytest.fixture(autouse=True)
def _without_what_no_result_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the commit, which takes time."""
    monkeypatch.setattr(provenance, "_commit", lambda _: "")


def small_document(language: str) -> Document:
    """Return a report of two studies over three seeds, in the shipped template's own words."""
    expected = {"text": "So.", "claim": "ordered", "direction": "rises"}
    tables = [
        study_table("batch_size", list(LOSSES), choose={"by": "val_loss"}, expected=expected),
        study_table("activation", ["relu", "tanh"], name="a", choose={"value": "tanh",
                    "because": "we like it"}, use=["s"]),
    ]  # fmt: skip
    plan = plan_of(
        tables,
        lambda settings, _: Outcome(
            loss=LOSSES[settings["batch_size"]] + 0.1 * (settings.get("activation") == "tanh"),
            share=0.6 + 0.005 * settings["batch_size"],
        ),
        (0, 1, 2),
    )
    report = plan.report.model_copy(update={"language": language})
    return Document(
        plan=type(plan)(report, plan.studies), dataset=dataset(), folder=Path("nowhere"),
        name="small", command="scenes check",
    )  # fmt: skip


def check_all(written: Document, root: Path) -> Tally:
    """Check a document on every perturbation of its results."""
    tally = Tally()
    catalogue = catalogues_folder() / f"{written.plan.report.language}.toml"
    for index, (name, perturbed) in enumerate(perturbed_documents(written)):
        before = len(tally.false)
        save_world(perturbed, root / str(index))
        check_document(print_document(perturbed), root / str(index), catalogue, tally)
        tally.false[before:] = [f"{name}: {line}" for line in tally.false[before:]]
    return tally


@pytest.mark.parametrize("language", ["en", "es"])
def test_nothing_false_is_printed_of_a_small_report(language: str, tmp_path: Path) -> None:
    """In every world: numbers, verdicts and sentences, many of each."""
    tally = check_all(small_document(language), tmp_path)
    assert tally.false == []
    assert tally.checked["number"] > 2000
    assert tally.checked["verdict"] > 1000
    assert tally.checked["sentence"] > 600


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("template", ["lab_report.html", "report.html"])
@pytest.mark.parametrize("scenario", ["noise in seeds", "supported by seeds"])
def test_nothing_false_is_printed_of_the_shipped_report(
    language: str, template: str, scenario: str, tmp_path: Path
) -> None:
    """Six studies, in the shipped template's words and in the authors'."""
    plan = make_plan(scenario)
    report = plan.report.model_copy(update={"language": language, "template": template})
    whole = Document(
        plan=type(plan)(report, plan.studies), dataset=make_dataset("folder"), folder=FOLDER,
        name="practica4", command="scenes check",
    )  # fmt: skip
    tally = check_all(whole, tmp_path)
    assert tally.false == []
    assert tally.checked["verdict"] > 3000


def test_the_evaluation_imports_nothing_of_scenes() -> None:
    """A mistake in the program cannot be one in what checks it."""
    for module in (independent, sentences):
        tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
        assert not [name for name in _imported(tree) if name.partition(".")[0] == "scenes"]


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def value(key: str, losses: list[float]) -> Value:
    """Return a value whose seeds end with these losses."""
    runs = tuple(
        independent.RunFiles(
            f"{key}{seed}",
            curves={name: [2.0, loss if "loss" in name else 0.5] for name in independent.CURVES},
            kept=1,
            truth=[0, 1] * 50,
            counts={"parameters": 10, "trainable": 10, "frozen": 0},
        )
        for seed, loss in enumerate(losses)
    )
    return Value(key, key, {"batch_size": int(key)}, runs)


TELLER = Teller(
    StudyFiles(
        "s",
        "1",
        "batch_size",
        (
            value("8", [1.0, 1.01, 0.99]),
            value("16", [1.5, 1.52, 1.48]),
            value("32", [1.5, 1.49, 1.51]),
        ),
        (),
        {"by": "val_loss", "epoch": "last", "value": None},
        0.02,
    ),
    read_language(catalogues_folder() / "en.toml"),
)


@pytest.mark.parametrize(
    ("sentence", "is_true"),
    [
        ("The report goes on with batches of 8.", True),
        ("The report goes on with batches of 16.", False),
        ("The report goes on with batches of 8, as the rule asks (lowest validation loss).", True),
        (
            "The report goes on with batches of 32, as the rule asks (lowest validation loss).",
            False,
        ),
        ("Final training accuracy is the same in all cases: 50.0%.", True),
        ("Final training accuracy is the same in all cases: 50.1%.", False),
        ("In no case is there overfitting.", False),
        ("No training run finished, and nothing is concluded.", False),
        ("There is overfitting with batches of 8.", False),
    ],
)
def test_a_sentence_is_true_or_false(sentence: str, is_true: bool) -> None:
    """The evaluation tells one from the other: it can fail."""
    assert sentences.check(sentence, "s", {"s": TELLER}) is is_true


def test_a_sentence_without_a_pattern_is_not_checked() -> None:
    """It is counted as unchecked, not as true."""
    assert sentences.check("ReLU is nice.", "s", {"s": TELLER}) is None
