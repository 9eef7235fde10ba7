"""Whatever the results, nothing that a document prints is false by an evaluation of its own."""

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import independent
import pytest
import sentences
from independent import StudyFiles, Value
from outcomes import CLASSES, Outcome, dataset, plan_of, study_table
from own_sentences import OWN
from scenarios import FOLDER, make_dataset, make_plan
from sentences import Teller, read_language
from truth import Tally, check_document
from worlds import perturbed_documents, print_document, save_world

from scenes.claims.opening_worlds import opening_worlds
from scenes.claims.perturbation import spread_out
from scenes.data.division import Picture
from scenes.plan.plan import Plan, Trial
from scenes.report import provenance
from scenes.report.document import Document
from scenes.report.lint import claim_check
from scenes.report.markup.templates import catalogues_folder
from scenes.runs.record import Record

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


def document_with_test_set(language: str, folder: Path) -> Document:
    """Return the small report with a test set, and claims of its own on it."""
    whole = small_document(language)
    studies = tuple(
        replace(study, trials=tuple(_with_probabilities(trial) for trial in study.trials))
        for study in whole.plan.studies
    )
    (folder / "own.html").write_text(ON_TEST, encoding="utf-8")
    rivals = whole.plan.report.test.model_copy(update={"rivals": ("s/8", "a/relu")})
    report = whole.plan.report.model_copy(update={"test": rivals, "template": "own.html"})
    members = tuple(
        Picture(Path(f"test/{index}.png"), index % CLASSES, f"{index}") for index in range(200)
    )
    splits = {**whole.dataset.splits, "test": members}
    return replace(
        whole,
        plan=Plan(report, studies),
        dataset=replace(whole.dataset, splits=splits),
        folder=folder,
    )


def _with_probabilities(trial: Trial) -> Trial:
    """Give the records of a trial the probabilities that go with what they name."""
    runs = []
    for run in trial.runs:
        assert isinstance(run.result, Record)
        said = run.result.predictions
        shares = spread_out(said.truth, said.predicted, CLASSES)
        names = tuple(f"class{index}" for index in range(CLASSES))
        record = replace(run.result, predictions=replace(said, probabilities=shares), classes=names)
        runs.append(replace(run, result=record))
    return replace(trial, runs=tuple(runs))


BRANCHES = "so{% inconclusive %}open{% contradicted %}not{% equal %}level{% endclaim %}"
ON_TEST = (
    '{% extends "lab_report.html" %}{% block test_text %}{{ super() }}'
    f"{{% claim claims.lower_on_test(test) %}}{BRANCHES}"
    f'{{% claim claims.higher_on_test(test, metric="val_loss") %}}{BRANCHES}'
    f'{{% claim claims.better_on_test(test, than="s/8") %}}{BRANCHES}'
    "{% endblock %}"
)


@pytest.mark.parametrize("language", ["en", "es"])
def test_nothing_false_is_printed_of_a_test_set(language: str, tmp_path: Path) -> None:
    """Sealed, opened once, twice and for another configuration, and whatever it shows."""
    tally = Tally()
    written = document_with_test_set(language, tmp_path)
    catalogue = catalogues_folder() / f"{language}.toml"
    dataset = written.dataset
    openings = opening_worlds(written.plan, dataset.splits["test"], dataset.classes)
    worlds = {name: replace(written, openings=each) for name, each in openings.items()}
    assert len(worlds) == 8
    for name in worlds:
        save_world(worlds[name], tmp_path / name)
        printed = print_document(worlds[name])
        check_document(printed, tmp_path / name, catalogue, tally)
        own = [text for _, text in printed.sentences if is_of_test(text, catalogue)]
        assert len(own) >= 2, name
    assert tally.false == []


def is_of_test(sentence: str, catalogue: Path) -> bool:
    """Tell whether the independent evaluation knows a sentence as one of the test set."""
    found = read_language(catalogue).recognise(sentence)
    return found is not None and found[0] in sentences.OF_TEST


def test_claims_on_the_test_set_move(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of them takes other branches where openings are perturbed, and nothing else is."""
    monkeypatch.setattr(claim_check, "perturbations", lambda _: {})
    mutations = claim_check.mutate_claims(document_with_test_set("en", tmp_path))
    assert mutations.broken == {}
    own = [item for item in mutations.tested if "_on_test" in item.claim.verdict.claim]
    assert len(own) == 3
    assert all(item.moved_by for item in own)
    assert {"test set sealed", "rivals far ahead on test"} <= set(mutations.names)


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
    assert tally.checked["number"] > 1500
    assert tally.checked["verdict"] > 1000
    assert tally.checked["sentence"] > 550


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
    print(
        f"{len(list(tmp_path.iterdir()))} worlds: {dict(tally.checked)}, {len(tally.own)} kinds of "
    )
    print(f"the authors' sentences {tally.own.total()} times, {tally.unchecked.total()} unchecked")
    assert tally.false == []
    assert tally.checked["verdict"] > 3000
    if template == "report.html":
        assert len(tally.own) > 40
        assert tally.own.total() > 600


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


CLEAR, OPEN = ", clearly ahead of all other values.", "."


@pytest.mark.parametrize(
    ("start", "values", "end", "is_true"),
    [
        ("In studies 1 and 2, {} is reached", "8 (1.000)", CLEAR, True),
        ("In studies 1 and 2, {} is reached", "8 (1.500)", CLEAR, False),
        ("In studies 1 and 2, {} is reached", "16 (1.500)", CLEAR, False),
        ("In studies 1 and 2, {} is reached", "8 (1.000) and with 16 (1.500)", CLEAR, False),
        ("In studies 1 and 3, {} is reached", "8 (1.000)", CLEAR, False),
        (
            "In studies 1 and 2, no value is clearly behind {}, which is reached",
            "8 (1)",
            OPEN,
            False,
        ),
        ("From there the report goes on", "8", OPEN, True),
        ("From there the report goes on", "16", OPEN, False),
    ],
)
def test_what_several_studies_found_is_checked_in_each(
    start: str, values: str, end: str, is_true: bool
) -> None:
    """As the abstract tells it: the value, its figure and how sure it is must hold for all."""
    second = Teller(replace(TELLER.study, name="t", number="2"), TELLER.language)
    sentence = f"{start.format('the lowest final validation loss')} with batches of {values}{end}"
    assert sentences.check(sentence, "", {"s": TELLER, "t": second}) is is_true


def test_a_sentence_without_a_pattern_is_not_checked() -> None:
    """It is counted as unchecked, not as true."""
    assert sentences.check("ReLU is nice.", "s", {"s": TELLER}) is None


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_authors_sentences_are_those_of_their_texts(language: str) -> None:
    """What is checked of practica4 is what its texts say, word for word around what is printed."""
    files = (FOLDER / "texts").glob(f"*.{language}.html")
    text = " ".join(" ".join(path.read_text(encoding="utf-8").split()) for path in files)
    ending = r'{{ "(s|n)" if [^}]*}}'  # of a verb that agrees with a list
    whole = re.sub(ending, "", text) + re.sub(ending, r"\1", text)
    for known in OWN:
        wording = known.english if language == "en" else known.spanish
        longest = max(re.split(r"\{\w+\}", wording), key=len).strip()
        assert longest in whole, wording
