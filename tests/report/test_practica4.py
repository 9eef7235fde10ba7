"""The discussion of práctica 4 says only what the results bear out, whatever the results are."""

import functools
import html
import itertools
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from scenarios import FOLDER, SCENARIOS, make_dataset, make_plan

from scenes.claims import predicates as claims
from scenes.plan.plan import StudyPlan
from scenes.report import provenance, rendering
from scenes.report.document import Document
from scenes.spec.text import Language
from scenes.stats.overfitting import SIZE, WINDOW

STUDIES = ("batch_size", "image_size", "activation", "augmentation", "complexity", "transfer")
LANGUAGES: tuple[Language, ...] = ("es", "en")

TEMPLATES = FOLDER / "texts"


@functools.cache
def render(name: str, language: Language) -> str:
    """Return the HTML of a scenario; no figure is drawn."""
    plan, scenario = make_plan(name), SCENARIOS[name]
    written = Document(
        plan=replace(plan, report=plan.report.model_copy(update={"language": language})),
        dataset=make_dataset(scenario.source),
        folder=FOLDER,
        name="practica4",
        command="scenes report practica4",
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(provenance, "_commit", lambda _: "")
        return rendering.render_document(written, is_drawn=False)[0]


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
    assert not HOLES.search(conclusions(name, language)), conclusions(name, language)


Judge = Callable[[StudyPlan], claims.Verdict]
BRANCHES: list[tuple[str, Judge, dict[Language, dict[str, str]]]] = [
    (
        "batch_size",
        lambda study: claims.ordered(study, "accuracy", direction="falls"),
        {
            "es": {
                "supported": "baja con cada lote mayor: en las mismas",
                "contradicted": "algún lote mayor termina por encima",
            },
            "en": {
                "supported": "falls with each larger batch: in the same",
                "contradicted": "some larger batch ends above",
            },
        },
    ),
    (
        "image_size",
        lambda study: claims.ordered(study, "val_loss", direction="rises"),
        {
            "es": {
                "supported": "empeora con cada aumento de tamaño",
                "contradicted": "la pérdida final de algún tamaño mayor queda por debajo",
            },
            "en": {
                "supported": "gets worse with every step up in size",
                "contradicted": "the final loss of some larger size is below",
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
                "supported": "con menos parámetros, termina con menos pérdida",
                "contradicted": "con menos parámetros, termina con más pérdida",
            },
            "en": {
                "supported": "with fewer parameters, ends with less validation loss",
                "contradicted": "with fewer parameters, ends with more validation loss",
            },
        },
    ),
    (
        "transfer",
        lambda study: claims.better(study, "vgg16", than="tutorial", metric="val_accuracy"),
        {
            "es": {
                "supported": "VGG16 supera en validación a la red del tutorial",
                "inconclusive": "Entre VGG16 y la red del tutorial no hay",
                "contradicted": "La red del tutorial supera en validación a VGG16",
            },
            "en": {
                "supported": "VGG16 leads the tutorial network",
                "inconclusive": "Between VGG16 and the tutorial network there is no",
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
        # Text without a branch `equal` says that the two are not told apart, which is true of them.
        status = "inconclusive" if status == "equal" else status
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
        assert "claramente por delante" not in text
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
    assert "por su pérdida final en validación: brillo y zoom." in discussion(
        "contradicted", "es", "augmentation"
    )


def test_the_method_tells_the_thresholds_of_overfitting() -> None:
    """What the text calls overfitting is what the claim takes for it."""
    assert (claims.GAP, SIZE, WINDOW) == (0.05, 0.05, 5)
    text = plain(render("supported", "es"))
    assert "más de 5 puntos" in text
    assert "más de un 5 % por encima" in text
    assert "suavizada sobre 5 épocas" in text


def test_the_error_is_said_to_be_what_it_is() -> None:
    """One seed decides nothing and several are compared, and the method says which."""
    assert "una sola semilla, que no decide nada entre valores" in plain(render("noise", "es"))
    assert "Lo que varía es la semilla" in plain(render("supported by seeds", "es"))


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
