"""The discussion of práctica 4 says only what the results bear out, whatever the results are."""

import functools
import html
import itertools
import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import build_record, prescribe_predictions

from scenes.claims import predicates as claims
from scenes.claims.differences import compare_values
from scenes.data.folder import Dataset, Picture
from scenes.plan.plan import Plan, StudyPlan, plan_report
from scenes.report import document
from scenes.runs.identity import run_id
from scenes.runs.record import Failure, Predictions, Record
from scenes.spec.loader import apply_profile, load_report, with_weights
from scenes.spec.report import Report
from scenes.spec.text import Language
from scenes.stats.paired import SWING_EPOCHS, compare_records

FOLDER = Path(__file__).parents[2] / "reports" / "practica4"
CLASSES = 15
PICTURES = 600
STUDIES = ("batch_size", "image_size", "activation", "augmentation", "complexity", "transfer")
LANGUAGES: tuple[Language, ...] = ("es", "en")
BACKBONES = {"VGG16": (14_714_688, 512), "ResNet50": (23_587_712, 2048)}

TEMPLATES = FOLDER / "texts"

Badness = Callable[[Mapping[str, Any]], float]
"""How much worse than the best a run with these settings does, from 0 to 1."""


@dataclass(frozen=True)
class Scenario:
    """Results as they might come out.

    Attributes:
        badness: Raises validation loss and lowers validation accuracy.
        eagerness: Raises training accuracy, from 0 to 1.
        overfits: Whether training accuracy is far above that of validation.
        chance: Whether a run does no better than drawing lots.
        fails: Whether a run does not end.
        seeds: Of the report.
        weights: Of the backbones.
        source: Of the pictures.
    """

    badness: Badness = lambda _: 0.0
    eagerness: Badness = lambda _: 0.5
    overfits: Callable[[Mapping[str, Any]], bool] = lambda _: False
    chance: Callable[[Mapping[str, Any]], bool] = lambda _: False
    fails: Callable[[Mapping[str, Any]], bool] = lambda _: False
    seeds: tuple[int, ...] = (0,)
    weights: str = "imagenet"
    source: str = "folder"


RANKS: dict[str, dict[Any, float]] = {
    "batch_size": {8: 0.9, 16: 0.6, 32: 0.0, 64: 0.3},
    "image_size": {32: 0.0, 64: 0.3, 128: 0.6, 224: 0.9},
    "activation": {"relu": 0.0, "tanh": 0.4, "linear": 0.6, "sigmoid": 1.0},
    "augmentation": {"none": 0.6, "horizontal_flip": 0.3, "brightness": 0.5, "zoom": 0.4},
    "kernel_size": {7: 0.0, 3: 0.5, 9: 0.9},
    "backbone": {None: 0.6, "VGG16": 0.0, "ResNet50": 0.9},
}


def ranked(settings: Mapping[str, Any]) -> float:
    """Return a badness by which the authors' expectations come true."""
    table = {**RANKS["augmentation"]}
    parts = [
        ranks.get(settings.get(name), 0.0)
        for name, ranks in RANKS.items()
        if name not in ("augmentation", "backbone")
    ]
    parts.append(table.get(settings["augmentation"], 0.0))
    if settings["optimizer"] == "adam" and settings.get("kernel_size", 3) == 3:
        parts.append(RANKS["backbone"][settings.get("backbone")])
    return sum(parts)


def overturned(settings: Mapping[str, Any]) -> float:
    """Return a badness by which each of those expectations is wrong."""
    return 3.5 - ranked(settings)


def by_batch(settings: Mapping[str, Any]) -> float:
    """Return an eagerness that falls with the batch."""
    return {8: 1.0, 16: 0.7, 32: 0.4, 64: 0.1}[settings["batch_size"]]


def against_batch(settings: Mapping[str, Any]) -> float:
    """Return an eagerness that rises with the batch."""
    return 1 - by_batch(settings)


def is_eager(settings: Mapping[str, Any]) -> bool:
    """Tell whether a run of the expected kind overfits: a small batch, a large picture, …."""
    return (
        settings["batch_size"] < 32
        or settings["image_size"] > 64
        or settings.get("activation") == "linear"
        or settings.get("kernel_size") == 9
    )


def has_failed(settings: Mapping[str, Any]) -> bool:
    """Let a value of every study fail, and two of the three that 4.4 would combine."""
    return (
        settings["batch_size"] == 64
        or settings["image_size"] == 224
        or settings.get("activation") == "tanh"
        or settings["augmentation"] in ("zoom", "brightness")
        or settings.get("kernel_size") == 9
        or settings.get("backbone") == "VGG16"
    )


THREE = (0, 1, 2)
SCENARIOS = {
    "supported": Scenario(
        ranked, by_batch, is_eager, chance=lambda settings: settings.get("activation") == "sigmoid"
    ),
    "supported by seeds": Scenario(ranked, by_batch, is_eager, seeds=THREE, weights="random"),
    "contradicted": Scenario(overturned, against_batch, lambda settings: not is_eager(settings)),
    "contradicted by seeds": Scenario(overturned, against_batch, seeds=THREE, weights="random"),
    "noise": Scenario(source="synthetic"),
    "noise in seeds": Scenario(seeds=THREE),
    "all overfit": Scenario(overfits=lambda _: True, weights="random", source="synthetic"),
    "chance": Scenario(chance=lambda _: True, source="synthetic"),
    "failed": Scenario(ranked, by_batch, is_eager, fails=has_failed),
    "all failed but one": Scenario(fails=lambda settings: settings["batch_size"] != 8),
}


@dataclass
class FakeResults:
    """Answers every question of a plan as its scenario would."""

    scenario: Scenario

    def find(self, identity: Mapping[str, Any]) -> Record | Failure:
        """Return the run with this identity."""
        settings = identity["settings"]
        if self.scenario.fails(settings):
            return Failure(run_id(identity), "the loss is no longer a number")
        return make_record(identity, self.scenario)


def make_record(identity: Mapping[str, Any], scenario: Scenario) -> Record:
    """Make the record of a run: the scenario's results, and chance as its seed has it."""
    settings = identity["settings"]
    # Not by the run's id, which every change of the code that trains changes.
    name = repr(sorted(settings.items()))
    rng = np.random.default_rng([zlib.crc32(name.encode()), identity["seed"]])
    badness = scenario.badness(settings)
    share = 0.6 - 0.08 * badness + rng.normal(0, 0.002)
    ahead = 0.3 if scenario.overfits(settings) else -0.1
    share, train, loss = share, share + ahead + 0.2 * scenario.eagerness(settings), 1.4
    train = min(train, 1 - 0.01 * rng.random())
    loss += 0.3 * badness + rng.normal(0, 0.01)
    if scenario.chance(settings):
        share, train, loss = 1 / CLASSES, 1 / CLASSES, 2.708
    predictions = make_predictions(share, loss, rng)
    share = float(np.mean(predictions.truth == predictions.predicted))
    loss = float(np.mean(-np.log(predictions.truth_probability)))
    epochs = settings["epochs"]
    rise = np.linspace(0.3, 1.0, epochs)
    turn = 0.8 if scenario.overfits(settings) else 1.0
    lowest = max(1, epochs // 2)
    fall = np.concatenate(
        [np.linspace(2.7 / loss, turn, lowest), np.linspace(turn, 1, epochs - lowest)]
    )
    history = {
        "loss": list(np.linspace(2.7, 2 - 1.5 * train, epochs)),
        "accuracy": list(train * rise),
        "val_loss": list(loss * fall),
        "val_accuracy": list(share * rise),
    }
    made = build_record(identity=identity, history=history, summary=make_summary(settings))
    made.environment.update(
        seconds=20.0 + settings["image_size"], started="2026-01-31T10:00:00+00:00"
    )
    return replace(made, predictions=predictions)


def make_predictions(share: float, loss: float, rng: np.random.Generator) -> Predictions:
    """Make predictions of which this share is right, with this mean loss and much spread."""
    truth = np.arange(PICTURES) % CLASSES
    right = rng.permutation(PICTURES) < round(share * PICTURES)
    spread = rng.normal(0, 0.3, PICTURES)
    losses = loss + spread - spread.mean()
    return prescribe_predictions(
        truth, np.where(right, truth, (truth + 1) % CLASSES), np.exp(-losses)
    )


def make_summary(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Count the parameters of the models that the report names."""
    if settings["model"] == "transfer":
        frozen, width = BACKBONES[settings["backbone"]]
        name = settings["backbone"].lower()
        base = layer(name, "Functional", frozen)
        head = [layer("dense", "Dense", width * 120 + 120), layer("dense_1", "Dense", 1815)]
        whole = {"name": name, "layers": [base], "parameters": frozen}
        backbone = {**whole, "trainable": frozen, "frozen": 0}
        return {**totals([base, *head], frozen), "backbone": backbone}
    filters, kernel = settings["filters"], settings["kernel_size"]
    channels = [3, *filters]
    layers = [
        layer(f"conv2d_{index}", "Conv2D", kernel**2 * before * after + after)
        for index, (before, after) in enumerate(itertools.pairwise(channels))
    ]
    flat = (settings["image_size"] // 2 ** len(filters)) ** 2 * filters[-1]
    units = settings["dense_units"]
    layers += [layer("dense", "Dense", flat * units + units)]
    layers += [layer("dense_1", "Dense", units * CLASSES + CLASSES)]
    return {**totals(layers, 0), "backbone": None}


def layer(name: str, kind: str, parameters: int) -> dict[str, Any]:
    """Make a layer of a summary."""
    shape = [None, 1]
    sizes = {"parameters": parameters, "trainable": parameters}
    return {"name": name, "type": kind, "output_shape": shape, **sizes}


def totals(layers: list[dict[str, Any]], frozen: int) -> dict[str, Any]:
    """Sum up the layers of a summary."""
    parameters = sum(item["parameters"] for item in layers)
    sums = {"parameters": parameters, "trainable": parameters - frozen, "frozen": frozen}
    return {"name": "sequential", "layers": layers, **sums}


@functools.cache
def make_plan(name: str) -> Plan:
    """Plan the shipped report on a scenario's results."""
    scenario = SCENARIOS[name]
    report: Report = apply_profile(load_report(FOLDER), "full")
    report = report.model_copy(update={"seeds": scenario.seeds})
    if scenario.weights != "imagenet":
        report = with_weights(report, {"": scenario.weights})
    results: Any = FakeResults(scenario)
    return plan_report(report, lambda _: "fingerprint", results, versions=None)


def make_dataset(source: Any) -> Dataset:
    """Make a data set of which no picture is looked at."""
    names = tuple(f"class{index:02d}" for index in range(CLASSES))
    splits = {
        split: tuple(
            Picture(Path(f"{split}/{index}.png"), index % CLASSES, "0") for index in range(size)
        )
        for split, size in {"train": 1500, "val": PICTURES}.items()
    }
    return Dataset(name="scenes", source=source, root=Path(), classes=names, splits=splits)


@functools.cache
def render(name: str, language: Language) -> str:
    """Return the HTML of a scenario; no figure is drawn."""
    plan, scenario = make_plan(name), SCENARIOS[name]
    written = document.Document(
        plan=replace(plan, report=plan.report.model_copy(update={"language": language})),
        dataset=make_dataset(scenario.source),
        folder=FOLDER,
        name="practica4",
        command="scenes report practica4",
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(document, "_commit", lambda _: "")
        return document.render_document(written, is_drawn=False)[0]


def plain(source: str) -> str:
    """Return the text of some HTML as a reader meets it."""
    # The style sheet counts tables.
    source = re.sub(r'(<a class="see-table"[^>]*>[^<]*)', r"\g<1>1", source)
    text = html.unescape(re.sub(r"<style>.*?</style>|<[^>]+>", "", source, flags=re.DOTALL))
    return re.sub(r"\s+", " ", text).strip()


def discussion(name: str, language: Language, study: str) -> str:
    """Return the text that discusses a study in a scenario."""
    source = render(name, language)
    return plain(source.partition(f'id="discussion-{study}">')[2].partition("</div>")[0])


def conclusions(name: str, language: Language) -> str:
    """Return the text of the conclusions in a scenario."""
    source = render(name, language)
    return plain(source.partition('id="our-conclusions">')[2].partition("</div>")[0])


CITATION = re.compile(r" \[\d+(, \d+)*\]")
HOLES = re.compile(r"\b(nan|None|inf)\b|[{}<>\[\]–]| [.,;:)]|\( |[.,;:]{2}|[a-z)%][.:][A-ZÁÉÍÓÚ¿]")
"""A number that is missing, a template's leavings, a space too many or too few."""

every_document = pytest.mark.parametrize(
    ("name", "language"), list(itertools.product(SCENARIOS, LANGUAGES))
)


@every_document
def test_every_scenario_is_told_without_holes(name: str, language: Language) -> None:
    """Whatever the results, a text comes out, with no gap and no template left in it."""
    for study in STUDIES:
        text = discussion(name, language, study)
        assert len(text) > 40
        assert not HOLES.search(CITATION.sub("", text)), text
        assert text.endswith(".")


Judge = Callable[[StudyPlan], claims.Verdict]
BRANCHES: list[tuple[str, Judge, dict[Language, dict[str, str]]]] = [
    (
        "batch_size",
        lambda study: claims.ordered(study, "accuracy", direction="falls"),
        {
            "es": {
                "supported": "extremos se distingue del error. Es coherente",
                "contradicted": "Esperábamos lo contrario",
            },
            "en": {
                "supported": "between the ends stands out from the error. That fits",
                "contradicted": "We expected the opposite",
            },
        },
    ),
    (
        "batch_size",
        claims.chosen_by_rule,
        {
            "es": {"supported": "La regla coincide", "contradicted": "La regla no coincide"},
            "en": {"supported": "The rule agrees", "contradicted": "The rule disagrees"},
        },
    ),
    (
        "image_size",
        lambda study: claims.ordered(study, "val_loss", direction="rises"),
        {
            "es": {
                "supported": "empeora con cada aumento de tamaño",
                "inconclusive": "no podemos asegurar que la pérdida final siga",
                "contradicted": "las imágenes grandes no perjudican",
            },
            "en": {
                "supported": "gets worse with every step up in size",
                "inconclusive": "we cannot be sure that the final loss follows",
                "contradicted": "large pictures do no harm",
            },
        },
    ),
    (
        "activation",
        lambda study: claims.better(study, "relu", than="tanh"),
        {
            "es": {
                "supported": "ReLU termina con menos pérdida",
                "inconclusive": "Entre ReLU y tanh no podemos decidir",
                "contradicted": "Con tanh se termina con menos pérdida",
            },
            "en": {
                "supported": "ReLU ends with less validation loss",
                "inconclusive": "Between ReLU and tanh we cannot decide",
                "contradicted": "With tanh the network ends with less",
            },
        },
    ),
    (
        "activation",
        lambda study: claims.leaves_chance(study, "sigmoid"),
        {
            "es": {"supported": "se separa aquí del azar"},
            "en": {"supported": "does rise above chance here"},
        },
    ),
    (
        "complexity",
        lambda study: claims.better(study, "small", than="tutorial"),
        {
            "es": {
                "supported": "pese a tener menos parámetros",
                "contradicted": "la red pequeña termina en validación por encima",
            },
            "en": {
                "supported": "in spite of its fewer parameters",
                "contradicted": "the small network ends above the original",
            },
        },
    ),
    (
        "transfer",
        lambda study: claims.better(study, "vgg16", than="tutorial", metric="val_accuracy"),
        {
            "es": {
                "supported": "VGG16 supera en validación a la red del tutorial",
                "inconclusive": "Entre VGG16 y la red del tutorial",
                "contradicted": "La red del tutorial supera en validación a VGG16",
            },
            "en": {
                "supported": "VGG16 leads the tutorial network",
                "inconclusive": "Between VGG16 and the tutorial network",
                "contradicted": "The tutorial network leads VGG16",
            },
        },
    ),
]
WHOLE = [name for name in SCENARIOS if "failed" not in name]


@pytest.mark.parametrize(("study", "judge", "fragments"), BRANCHES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_stands_only_under_its_verdict(
    study: str, judge: Judge, fragments: dict[Language, dict[str, str]], language: Language
) -> None:
    """In every scenario the text says what its claim's verdict allows, and nothing else."""
    seen = set()
    for name in WHOLE:
        status = judge(make_plan(name).study(study)).status
        text = discussion(name, language, study)
        said = {other for other, words in fragments[language].items() if words in text}
        assert said == {status} & fragments[language].keys(), (name, status, text)
        seen.add(status)
    assert {"supported", "contradicted"} <= seen


@pytest.mark.parametrize(
    ("language", "said"),
    [("es", "fuera de lo que sigue"), ("en", "left out of what follows")],
)
def test_a_study_with_a_failed_value_is_left_to_the_report(language: Language, said: str) -> None:
    """Where a value has no result the authors' text, which needs them all, gives way."""
    for study in STUDIES:
        assert said in discussion("failed", language, study)
    assert "concluimos nada" in conclusions("failed", "es")


def test_counts_of_parameters_come_from_the_records() -> None:
    """Each language writes the known counts in its own format."""
    spanish = discussion("supported", "es", "transfer")
    assert all(count in spanish for count in ("63.375", "247.695", "14.714.688"))
    english = discussion("supported", "en", "transfer")
    assert all(count in english for count in ("63,375", "247,695", "14,714,688"))
    sizes = discussion("supported", "es", "complexity")
    assert all(count in sizes for count in ("62.319", "156.719", "241.359"))


@pytest.mark.parametrize("name", WHOLE)
def test_random_weights_are_told_where_they_are(name: str) -> None:
    """No text takes random weights for those of ImageNet, nor the other way round."""
    is_random = SCENARIOS[name].weights == "random"
    for language, words in {"es": "pesos aleatorios", "en": "random weights"}.items():
        text = discussion(name, language, "transfer")  # type: ignore[arg-type]
        assert (words in text) == is_random
        assert ("ImageNet, " in text) != is_random or "ImageNet: " in text
    assert ("no mide la transferencia" in conclusions(name, "es")) == is_random


def test_only_a_result_beyond_the_error_is_called_the_best() -> None:
    """Noise yields no winner in any study."""
    for name in ("noise", "noise in seeds"):
        text = conclusions(name, "es") + "".join(discussion(name, "es", each) for each in STUDIES)
        assert "y su ventaja" not in text
        assert "supera" not in text


def test_saturation_is_offered_only_where_relu_learns() -> None:
    """Where ReLU stays at chance too, the sigmoid's shape is not given as the reason."""
    assert "casi desaparece" in discussion("supported", "es", "activation")
    assert "casi desaparece" not in discussion("chance", "es", "activation")
    assert "tampoco ReLU" in discussion("chance", "es", "activation")


def test_the_combined_augmentations_are_named() -> None:
    """The text of 4.4 names the two that the plan combined."""
    combined = make_plan("contradicted").study("augmentation").trial("combined").combined
    assert combined == ("brightness", "zoom")
    assert "menos pérdida en validación: brillo y zoom." in discussion(
        "contradicted", "es", "augmentation"
    )


def test_the_method_tells_the_thresholds_of_overfitting() -> None:
    """What the text calls overfitting is what the claim takes for it."""
    assert (claims.OVERFIT_GAP, claims.OVERFIT_TURN, SWING_EPOCHS) == (0.05, 1.10, 5)
    text = plain(render("supported", "es"))
    assert "más de 5 puntos" in text
    assert "más de un 10 % por encima" in text
    assert "en las 5 últimas épocas" in text


def test_the_error_is_said_to_be_what_it_is() -> None:
    """One seed compares pictures and several compare seeds, and the method says which."""
    assert "se empareja son las imágenes de validación" in plain(render("supported", "es"))
    assert "redes entrenadas con la misma semilla" in plain(render("supported by seeds", "es"))


def test_both_languages_guard_their_text_by_the_same_claims() -> None:
    """A claim that one language makes, the other makes too, in the same order."""
    spanish, english = (
        {path.name.partition(".")[0]: path for path in TEMPLATES.glob(f"*.{language}.html")}
        for language in LANGUAGES
    )
    assert spanish.keys() == english.keys()
    assert set(STUDIES) < spanish.keys()
    guard = re.compile(
        r"\{% claim (.*?) %\}|(sorted_by\(.*?\)|by_rule\(.*?\))|\{% (inconclusive|contra)"
    )
    for name in spanish:
        sides = (guard.findall(paths[name].read_text("utf-8")) for paths in (spanish, english))
        assert next(sides) == next(sides), name


def test_comparisons_are_corrected_for_every_pair_of_the_study() -> None:
    """No p-value is smaller than alone, and the smallest is multiplied by the number of pairs."""
    study = make_plan("noise").study("augmentation")
    alone, together = [], []
    for one, other in itertools.combinations(study.trials, 2):
        alone.append(compare_records(one.records, other.records, "val_loss").p)
        together.append(compare_values(study, one.key, other.key, metric="val_loss").p)
    assert all(after >= before for before, after in zip(alone, together, strict=True))
    assert min(together) == pytest.approx(min(1, len(alone) * min(alone)))
