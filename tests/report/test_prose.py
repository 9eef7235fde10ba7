"""What the report says by itself is true of the results, and reads as a person writes it."""

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from markupsafe import Markup
from outcomes import Outcome, Outcomes, dataset, plan_of, study_table

from scenes.plan.plan import Plan
from scenes.report import provenance, rendering
from scenes.report.document import Document
from scenes.report.language.catalogue import load_words
from scenes.report.language.fact_trace import trace_facts
from scenes.report.markup.templates import templates_folder
from scenes.report.prose.writer import Writer
from scenes.report.views.dataset import view_data
from scenes.report.views.limits import view_limits
from scenes.report.views.power import PowerView
from scenes.report.views.study import StudyView, view_study
from scenes.spec.text import Language
from scenes.stats.overfitting import SIZE

WORDS = {language: load_words(language, templates_folder() / "locale") for language in ("es", "en")}
LANGUAGES: tuple[Language, ...] = ("es", "en")
HOLES = re.compile(r"\b(nan|None|inf)\b|[{}<>\[\]–]| [.,;:)]|\( |[.,;:]{2}|  |\.[A-ZÁÉÍÓÚ¿]")
"""A number that is missing, a template's leavings, a space too many or too few."""


@dataclass
class Told:
    """A report of made-up results in one language."""

    plan: Plan
    language: Language
    views: dict[str, StudyView] = field(default_factory=dict)

    def __post_init__(self) -> None:
        words = WORDS[self.language]
        for study in self.plan.studies:
            view = view_study(study, self.views, self.plan.report, words)
            self.views[view.name] = view
        data = view_data(dataset(), self.plan.report, words, samples=None)
        self.prose = Writer(words, tuple(self.views.values()), data, len(self.plan.report.seeds))

    def says(self, name: str = "s") -> str:
        """Return the whole text on a study."""
        study = self.views[name]
        parts = (*self.prose.discussion(study), self.prose.decision(study))
        return plain(" ".join([*filter(None, parts), self.prose.conclusion(study)]))


def plain(source: str) -> str:
    """Return the text of some HTML, with a number where the style sheet counts tables."""
    source = trace_facts(str(source), link=False)[0]
    source = re.sub(r'(<a class="see-table"[^>]*>[^<]*)', r"\g<1>1", source)
    text = html.unescape(re.sub(r"<style>.*?</style>|<[^>]+>", "", source, flags=re.DOTALL))
    return text.replace("\N{NO-BREAK SPACE}", " ").strip()


def by(factor: str, table: Mapping[Any, Outcome | None]) -> Outcomes:
    """Let the value of a factor decide how a run ends."""
    return lambda settings, _: table[settings[factor]]


def tell(
    language: Language,
    factor: str,
    table: Mapping[Any, Outcome | None],
    seeds: Sequence[int] = (0, 1, 2),
    **more: Any,
) -> str:
    """Return what is said of a study whose values end as a table has it."""
    plan = plan_of([study_table(factor, list(table), **more)], by(factor, table), seeds)
    return Told(plan, language).says()


def rates(*losses: float, **more: Any) -> dict[float, Outcome]:
    """Give learning rates these validation losses."""
    values = (0.001, 0.01, 0.1, 1.0)
    return {value: Outcome(loss=loss, **more) for value, loss in zip(values, losses, strict=False)}


CASES: dict[str, tuple[dict[str, Any], dict[str, Sequence[str]]]] = {
    "a numeric factor that the loss follows": (
        {"factor": "learning_rate", "table": rates(1.5, 1.2, 0.9)},
        {
            "es": ["Al aumentar la tasa de aprendizaje, la pérdida final en validación baja de ",
                   "y la diferencia es clara en cada paso."],
            "en": ["As the learning rate grows, final validation loss falls from ",
                   "clearly at every step."],
        },
    ),
    "a numeric factor that the loss follows at the ends": (
        {"factor": "learning_rate", "table": rates(0.9, 1.6, 1.4)},
        {
            "es": ["sube entre los extremos", "pero no la de cada paso."],
            "en": ["rises between the ends", "but not that of every step."],
        },
    ),
    "a numeric factor without a trend": (
        {"factor": "learning_rate", "table": rates(1.0, 1.5, 1.0)},
        {
            "es": ["no sigue una tendencia que se pueda asegurar",
                   # named together, they are not said to be level with themselves
                   "con tasas de aprendizaje de 0,001 y 0,1: 0,998 ± 0,006, frente a "],
            "en": ["follows no trend that one could be sure of",
                   "at learning rates of 0.001 and 0.1: 0.998 ± 0.006, against "],
        },
    ),
    "a clear leader by both measures": (
        {
            "factor": "activation",
            "table": {
                "relu": Outcome(0.8, 0.8, 0.8),
                "tanh": Outcome(1.2, 0.6, 0.6),
                "elu": Outcome(1.4, 0.5, 0.5),
            },
        },
        {
            "es": ["Con activación ReLU se obtienen a la vez la menor pérdida final en validación",
                   "claramente por delante de todos los demás valores."],
            "en": ["Both the lowest final validation loss",
                   "clearly ahead of every other value."],
        },
    ),
    "nobody to be told apart": (
        {
            "factor": "activation",
            "table": dict.fromkeys(("relu", "tanh", "elu"), Outcome(noise=0.01)),
        },
        {
            "es": ["pero ningún otro valor queda claramente por detrás."],
            "en": ["but none of the other values is clearly behind."],
        },
    ),
    "a leader that is told apart from some": (
        {
            "factor": "activation",
            "table": {"relu": Outcome(1.001), "tanh": Outcome(1.0), "elu": Outcome(1.5)},
        },
        {
            "es": ["Es claramente mejor que con activación ELU, pero no que con activación "],
            "en": ["That is clearly better than with ELU activation, but not than with "],
        },
    ),
    "two values, one ahead": (
        {"factor": "batch_size", "table": {8: Outcome(0.8), 16: Outcome(1.2)}},
        {
            "es": ["se obtiene con lotes de 8: 0,8", "con el otro valor, una diferencia mayor"],
            "en": ["is reached with batches of 8: 0.8", "value, a difference larger"],
        },
    ),
    "two values alike": (
        {"factor": "batch_size", "table": {8: Outcome(1.01, noise=0.03), 16: Outcome(noise=0.03)}},
        {
            "es": ["pero el otro valor", "no queda claramente por detrás."],
            "en": ["but the other value", "is not clearly behind."],
        },
    ),
    "one value overfits": (
        {
            "factor": "batch_size",
            "table": {8: Outcome(train=0.9, turn=1.4), 16: Outcome(train=0.5)},
        },
        {
            "es": ["Hay sobreajuste con lotes de 8. La pérdida en validación baja hasta 0,7",
                   "Con lotes de 16 no lo hay."],
            "en": ["There is overfitting with batches of 8. Validation loss falls to 0.7",
                   "With batches of 16, there is none."],
        },
    ),
    "every value overfits": (
        {
            "factor": "batch_size",
            "table": {8: Outcome(train=0.9, turn=1.4), 16: Outcome(train=0.8, turn=1.3)},
        },
        {
            "es": ["Hay sobreajuste en todos los casos. Donde más se nota es con lotes de 8: la "
                   "pérdida en validación"],
            "en": ["There is overfitting in all cases. It shows most with batches of 8: "
                   "validation loss"],
        },
    ),
    "a wide gap is no overfitting": (
        {"factor": "batch_size", "table": {8: Outcome(train=0.9), 16: Outcome(train=0.5)}},
        {
            "es": ["En ningún caso hay sobreajuste.",
                   "de la de validación con lotes de 8, lo que por sí solo no es sobreajuste."],
            "en": ["In no case is there overfitting.",
                   "of validation with batches of 8, which by itself is no overfitting."],
        },
    ),
    "a loss that turns up without a gap": (
        {
            "factor": "batch_size",
            "table": {8: Outcome(train=0.5, turn=1.4), 16: Outcome(train=0.5)},
        },
        {
            "es": ["Con lotes de 8 los datos no permiten afirmar ni descartar que haya"],
            "en": ["With batches of 8, the data neither show overfitting nor rule it out."],
        },
    ),
    "no value overfits": (
        {"factor": "batch_size", "table": {8: Outcome(train=0.5), 16: Outcome(train=0.5)}},
        {"es": ["En ningún caso hay sobreajuste."], "en": ["In no case is there overfitting."]},
    ),
    "overfitting undecided": (
        {"factor": "batch_size", "table": dict.fromkeys((8, 16), Outcome(turn=1.4))},
        {
            "es": ["no permiten afirmar ni descartar el sobreajuste en ningún caso."],
            "en": ["The data neither show overfitting nor rule it out in any of the cases."],
        },
    ),
    "overfitting undecided for one value, and none for the other": (
        {"factor": "batch_size", "table": {8: Outcome(turn=1.4), 16: Outcome(train=0.5)}},
        {
            "es": ["Con lotes de 8 los datos no permiten afirmar ni descartar que haya "
                   "sobreajuste.", "Con lotes de 16 no lo hay."],
            "en": ["With batches of 8, the data neither show overfitting nor rule it out. With "
                   "batches of 16, there is none."],
        },
    ),
    "one value at chance": (
        {"factor": "batch_size", "table": {8: Outcome(), 16: Outcome(share=0.25, loss=1.4)}},
        {
            "es": ["Con lotes de 16 la red no se separa del azar."],
            "en": ["With batches of 16, the network does not rise above chance."],
        },
    ),
    "all values at chance": (
        {"factor": "batch_size", "table": dict.fromkeys((8, 16), Outcome(share=0.25))},
        {
            "es": ["La red no se separa del azar en ningún caso."],
            "en": ["In no case does the network rise above chance."],
        },
    ),
    "a failed value": (
        {"factor": "batch_size", "table": {8: Outcome(), 16: Outcome(), 32: None}},
        {
            "es": ["Los entrenamientos con lotes de 32 no terminaron, y quedan fuera de lo que"],
            "en": ["The training runs with batches of 32 did not finish, and are left out of what "
                   "follows."],
        },
    ),
    "two failed values of three": (
        {"factor": "batch_size", "table": {8: Outcome(), 16: None, 32: None}},
        {
            "es": ["Los entrenamientos con lotes de 16 y 32 no terminaron",
                   "Solo hay resultados con lotes de 8: la exactitud termina en el 60,0",
                   "No hay sobreajuste", "así que no se compara nada."],
            "en": ["The training runs with batches of 16 and 32 did not finish",
                   "There are results with batches of 8 only: accuracy ends at 60.0",
                   "so nothing is compared."],
        },
    ),
    "everything failed": (
        {"factor": "batch_size", "table": {8: None, 16: None}, "choose": {}},
        {
            "es": ["Ningún entrenamiento de este estudio terminó, así que no hay resultados que "
                   "discutir; la tabla 1 da el motivo.", "no se puede elegir el valor",
                   "no se concluye nada."],
            "en": ["No training run of this study finished, so there are no results to discuss; "
                   "table 1 gives the reason.", "no value can be chosen", "nothing is concluded."],
        },
    ),
    "times that differ": (
        {
            "factor": "batch_size",
            "table": {8: Outcome(seconds=2), 16: Outcome()},
        },
        {
            "es": ["Entrenar una red llevó entre 2,0 s y 10,0 s: lo que menos, con lotes de 8; "
                   "lo que más, con lotes de 16."],
            "en": ["Training took from 2.0 s to 10.0 s: least with batches of 8, most with "
                   "batches of 16."],
        },
    ),
    "a smaller network that is not told apart": (
        {
            "factor": "batch_size",
            "table": {
                8: Outcome(1.001, parameters=500),
                16: Outcome(0.999),
                32: Outcome(1.5),
            },
        },
        {
            "es": ["a un resultado que no se distingue de ese le bastan 500 parámetros, en lugar "
                   "de 1000."],
            "en": ["a result that cannot be told apart from that one takes 500 parameters instead "
                   "of 1,000."],
        },
    ),
    "the rule decides, and nobody stands out": (
        {"factor": "batch_size", "table": {8: Outcome(1.001), 16: Outcome()}, "choose": {}},
        {
            "es": ["Primero por la regla no quiere decir mejor: el resultado con lotes de "],
            "en": ["First by the rule does not mean best: the result with batches of "],
        },
    ),
    "the authors go against the rule": (
        {
            "factor": "batch_size",
            "table": {8: Outcome(0.8), 16: Outcome(1.2)},
            "choose": {"value": 16, "because": "x"},
        },
        {
            "es": ["La elección de los autores tiene un coste: por la medida de la regla, el "
                   "resultado con lotes de 8 es mejor"],
            "en": ["The authors’ choice comes at a cost: by the rule’s measure, the result with "
                   "batches of 8 is better"],
        },
    ),
    "the authors go against the rule, and nothing tells the two apart": (
        {
            "factor": "batch_size",
            "table": {8: Outcome(1.0), 16: Outcome(1.001)},
            "choose": {"value": 8, "because": "x"},
        },
        {
            "es": ["Entre la elección de los autores y la que haría la regla, con lotes de 16, no"],
            "en": ["Between the authors’ choice and what the rule would take, with batches of 16,"],
        },
    ),
    "gaps are not compared where training is made harder": (
        {"factor": "dropout", "table": {0.0: Outcome(train=0.9, turn=1.4),
                                        0.5: Outcome(turn=1.4)}},
        {
            "es": ["se mide con el dropout en marcha", "Hay sobreajuste con un dropout de 0,0. Con "
                   "un dropout de 0,5 los datos no permiten"],
            "en": ["is measured with dropout at work", "There is overfitting at a dropout of 0.0. "
                   "At a dropout of 0.5, the data neither"],
        },
    ),
    "augmentations are named in their own way": (
        {
            "factor": "augmentation",
            "table": {"none": Outcome(train=0.9, turn=1.4), "zoom": Outcome(train=0.9, turn=1.4),
                      "brightness": Outcome(train=0.5)},
        },
        {
            "es": ["Hay sobreajuste sin aumento y con zoom.", "Con brillo no lo hay."],
            "en": ["There is overfitting without augmentation and with zoom.",
                   "With brightness, there is none."],
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", CASES)
def test_what_happened_is_what_is_said(name: str, language: Language) -> None:
    """Each pattern of results has its sentences, in both languages, and they are whole."""
    options, expected = CASES[name]
    text = tell(language, **options)
    for part in expected[language]:
        assert part in text
    assert not HOLES.search(text), text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("weights", ["random", "imagenet"])
def test_random_weights_do_not_put_an_expectation_of_transfer_to_the_test(
    weights: str, language: Language
) -> None:
    """The verdict stands, and beside it that it is not about pretrained networks."""
    backbone = {"key": "vgg", "model": "transfer", "backbone": "VGG16", "weights": weights}
    expected = {"text": "So.", "claim": "better", "value": "vgg", "than": "own"}
    values = [{"key": "own", "model": "tutorial"}, backbone]
    names = {"factor_label": "network", "set": {"image_size": 32}}
    plan = plan_of(
        [study_table("network", values, expected=expected, **names)],
        lambda settings, _: Outcome(1.0 if settings["model"] == "tutorial" else 1.5),
        (0, 1, 2),
    )
    told = Told(plan, language)
    text = plain(told.prose.outcome(told.views["s"]))
    verdict = {"es": "contradicen lo que se esperaba.", "en": "contradict what was expected."}
    limit = {
        "es": " Con pesos aleatorios, eso no dice nada de los preentrenados.",
        "en": " With random weights, that says nothing about pretrained ones.",
    }
    assert text.endswith(verdict[language] + (limit[language] if weights == "random" else ""))


WINNING = {
    "es": re.compile(r"mejora|mejores?\b(?! época)|se distingue|supera|destaca"),
    "en": re.compile(r"\b(better|best|improve\w*|outperform\w*|stands? out|superior)\b(?! epoch)"),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("factor", ["batch_size", "activation"])
def test_one_seed_names_no_winner_in_any_words(factor: str, language: Language) -> None:
    """However far networks of one seed lie apart, their differences are described."""
    values = {"batch_size": (8, 16, 32), "activation": ("relu", "tanh", "elu")}[factor]
    outcomes = (Outcome(0.6, 0.9, 0.9), Outcome(1.0, 0.6, 0.7), Outcome(1.4, 0.3, 0.3))
    for choose in ({}, {"choose": {}}, {"choose": {"value": str(values[1]), "because": "x"}}):
        table = dict(zip(values, outcomes, strict=True))
        text = tell(language, factor, table, (0,), **choose)
        assert not WINNING[language].search(text), text
        assert {"es": "una sola semilla por valor", "en": "one seed for each"}[
            language
        ] in text.lower()


NO_WINNER = {
    "es": ("claramente por delante", "diferencia mayor que el error:"),
    "en": ("clearly ahead of every", "That is clearly"),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_noise_has_no_winner(language: Language) -> None:
    """Values that differ by chance alone are never said to lead."""
    for seeds, noise in (((0,), 0.004), ((0, 1, 2), 0.02)):
        table = dict.fromkeys((8, 16, 32), Outcome(noise=noise))
        text = tell(language, "batch_size", table, seeds)
        assert not any(part in text for part in NO_WINNER[language]), text


@pytest.mark.parametrize("language", LANGUAGES)
def test_seeds_that_failed_are_counted(language: Language) -> None:
    """A value of which some seeds failed tells how many are behind its figures."""

    def outcomes(settings: Mapping[str, Any], seed: int) -> Outcome | None:
        return None if settings["batch_size"] == 8 and seed in failing else Outcome()

    said = {
        1: {"es": "solo terminaron 2 de los 3", "en": "only 2 of the 3 training runs finished"},
        2: {"es": "solo terminó 1 de los 3", "en": "only 1 of the 3 training runs finished"},
    }
    for failing in ((1,), (1, 2)):
        plan = plan_of([study_table("batch_size", [8, 16])], outcomes, (0, 1, 2))
        text = Told(plan, language).says()
        assert said[len(failing)][language] in text
        assert not HOLES.search(text), text


SECOND = {**study_table("activation", ["relu", "tanh"], use=["s"]), "name": "t"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_study_whose_predecessor_failed_says_so(language: Language) -> None:
    """Where nothing could be chosen, the study that needs it has no trials, and says why."""
    first = study_table("batch_size", [8, 16], choose={})
    told = Told(plan_of([first, SECOND], lambda *_: None), language)
    text = told.says("t")
    wanted = {
        "es": "necesita el valor que debía elegir el estudio 1, que no tiene resultados.",
        "en": "it needs the value that study 1 was to choose, and that study has no results.",
    }
    assert wanted[language] in text
    assert told.views["t"].values == ("relu", "tanh")
    assert not HOLES.search(text), text


GROUP = study_table(
    "network",
    [
        {"key": "a", "label": {"es": "pequeña", "en": "small"}, "filters": [8], "dense_units": 8},
        {"key": "b", "label": {"es": "grande", "en": "large"}, "filters": [64], "dense_units": 64},
    ],
    factor_label={"es": "red", "en": "network"},
    factor_phrase={"es": "la red", "en": "network"},
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_group_of_settings_is_owned_up_to(language: Language) -> None:
    """Values with labels of their own are quoted, and the method names the studies of groups."""
    told = Told(plan_of([GROUP], lambda s, _: Outcome(s["dense_units"] / 50)), language)
    assert {"es": "con «pequeña»", "en": "with “small”"}[language] in told.says()
    method = plain(" ".join(told.prose.definitions()))
    wanted = {"es": "El factor del estudio 1 es un grupo", "en": "The factor of study 1 is a"}
    assert wanted[language] in method
    abstract = plain(told.prose.abstract())
    assert {"es": "al variar la red, con", "en": "varies the network, with"}[language] in abstract


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_abstract_says_once_what_several_studies_found(language: Language) -> None:
    """With the value of each; what reads alike is named once. Another finding has its own line."""
    level = [study_table("batch_size", [8, 16], name=name, title=name) for name in ("u", "v")]
    activation = study_table("activation", ["relu", "tanh"], name="w", title="Third", choose={})
    plan = plan_of(
        [*level, activation],
        lambda s, _: Outcome(2.0 - (s["activation"] == "tanh"), noise=0.01),
        (0, 1, 2),
    )
    abstract = plain(Told(plan, language).prose.abstract())
    joined = {"es": "En los estudios 1 y 2, el otro valor", "en": "In studies 1 and 2, the other"}
    assert abstract.count(joined[language]) == 1
    assert len(re.findall(r"\(1[.,]999\s±", abstract)) == 1
    assert "Third: " in abstract


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_of_the_discussion_are_defined(language: Language) -> None:
    """The method tells what is compared, and the thresholds that the claims really have."""
    for seeds in ((0,), (0, 1)):
        first = study_table("batch_size", [8, 16], choose={})
        told = Told(plan_of([first], lambda *_: Outcome(), seeds), language)
        text = plain(" ".join(told.prose.definitions()))
        pairs = {
            "es": ("una sola semilla, que no decide nada", "Lo que varía es la semilla"),
            "en": ("one seed, which decides nothing", "What varies is the seed"),
        }
        assert pairs[language][len(seeds) > 1] in text
        assert WORDS[language].percent(SIZE, 0).replace("\xa0", " ") in text
        assert {"es": "la regla", "en": "the rule"}[language] in text
        assert not HOLES.search(text), text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_last_word_is_honest(language: Language) -> None:
    """Abstract and conclusions say what one seed, or a few, cannot show."""
    wanted = {
        "es": ("una sola vez", "varias semillas", "más semillas", "con pocas semillas"),
        "en": ("once only", "several seeds", "more seeds", "with few seeds"),
    }[language]
    study = study_table("batch_size", [8, 16])
    one, several = (
        Told(plan_of([study], lambda *_: Outcome(), seeds), language).prose
        for seeds in ((0,), (0, 1, 2))
    )
    texts = (one.abstract(), several.abstract(), one.closing(), several.closing())
    for text, part in zip(texts, wanted, strict=True):
        assert part in text


def test_enlarged_pictures_are_told() -> None:
    """Where a network takes more pixels than the largest picture has, and only there."""
    plan = plan_of([study_table("image_size", [16, 64])], lambda *_: Outcome())
    told = Told(plan, "en").prose
    for side, said in ((0, False), (63, True), (64, False)):
        prose = replace(told, data=replace(told.data, side=side))
        assert ("at 64×64 pixels: more than" in prose.enlarged()) == said


def test_fewer_pictures_are_not_counted_as_all() -> None:
    """Where some runs take a part of the pictures, the abstract says "up to"."""
    whole = Told(plan_of([study_table("batch_size", [8, 16])], lambda *_: Outcome()), "en")
    part = Told(plan_of([study_table("train_per_class", [8, 16])], lambda *_: Outcome()), "en")
    assert "with 800 pictures" in plain(whole.prose.abstract())
    assert "with up to 800 pictures" in plain(part.prose.abstract())
    assert (whole.prose.takes_parts(), part.prose.takes_parts()) == (False, True)


@pytest.mark.parametrize(
    ("items", "spanish", "english"),
    [
        ([], "", ""),
        (["8"], "8", "8"),
        (["8", "16"], "8 y 16", "8 and 16"),
        (["8", "16", "32"], "8, 16 y 32", "8, 16 and 32"),
        (["volteo", "inversión"], "volteo e inversión", "volteo and inversión"),
        (["arena", "hielo"], "arena y hielo", "arena and hielo"),
        (["0,1", "0,2", "1"], "0,1; 0,2 y 1", "0,1; 0,2 and 1"),
        (["a, b", "c", "d"], "a, b; c y d", "a, b; c and d"),
        (["con 0,1", "con b", "d"], "con 0,1, con b y d", "con 0,1, con b and d"),
        ([Markup("<b>a</b>"), "<i>"], "<b>a</b> y &lt;i&gt;", "<b>a</b> and &lt;i&gt;"),
    ],
)
def test_lists_are_joined_as_people_do(items: list[str], spanish: str, english: str) -> None:
    """A list has its "and" before the last, and Spanish has "e" before the sound of an i."""
    assert (WORDS["es"].listed(items), WORDS["en"].listed(items)) == (spanish, english)


outcomes_of_runs = st.none() | st.builds(
    Outcome,
    loss=st.sampled_from([0.7, 1.0, 1.0, 1.4]),
    share=st.sampled_from([0.25, 0.3, 0.6, 0.8]),
    train=st.sampled_from([0.25, 0.6, 0.66, 0.99]),
    turn=st.sampled_from([1.0, 1.05, 1.5]),
    seconds=st.sampled_from([1.0, 10.0]),
    parameters=st.sampled_from([15, 63375]),
)
factors = st.sampled_from(
    [
        ("batch_size", [8, 16, 32, 64, 128]),
        ("learning_rate", [0.1, 0.01, 0.001]),
        ("dropout", [0.0, 0.5]),
        ("activation", ["relu", "tanh", "elu", "selu", "gelu", "silu", "linear"]),
        ("augmentation", ["none", "zoom", "brightness"]),
        ("interpolation", ["nearest", "bilinear"]),
    ]
)


@hypothesis_settings(max_examples=60)
@given(
    st.data(), factors, st.integers(1, 3), st.sampled_from(["none", "rule", "authors"]),
)  # fmt: skip
def test_whatever_happens_the_text_is_whole(
    data: st.DataObject, factor: tuple[str, list[Any]], seeds: int, choice: str
) -> None:
    """Any results in any study: sentences with a capital, a full stop and no hole in them."""
    name, values = factor
    table = {
        (value, seed): data.draw(outcomes_of_runs) for value in values for seed in range(seeds)
    }
    chooses = {
        "none": {},
        "rule": {"choose": {"by": "val_accuracy"}},
        "authors": {"choose": {"value": str(values[0]), "because": "x"}},
    }[choice]
    plan = plan_of(
        [study_table(name, values, **chooses)],
        lambda settings, seed: table[settings[name], seed],
        range(seeds),
    )
    for language in LANGUAGES:
        told = Told(plan, language)
        study = told.views["s"]
        paragraphs = [*told.prose.discussion(study), told.prose.decision(study)]
        paragraphs += [told.prose.conclusion(study), told.prose.abstract()]
        for text in map(plain, filter(None, paragraphs)):
            assert not HOLES.search(text), text
            assert re.match(r"[A-ZÁÉÍÓÚ¿]", text), text
            assert text.endswith("."), text


def render(plan: Plan, language: Language) -> str:
    """Return the HTML of a whole report; no figure is drawn."""
    report = plan.report.model_copy(update={"language": language})
    written = Document(
        plan=Plan(report, plan.studies),
        dataset=dataset(),
        folder=Path(__file__).parent,
        name="x",
        command="scenes report x",
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(provenance, "_commit", lambda _: "")
        return rendering.render_document(written, is_drawn=False)[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_without_a_line_of_prose_is_whole(language: Language) -> None:
    """Two studies and no text of the user's make every section, figures and tables named."""
    first = study_table("learning_rate", [0.001, 0.01, 0.1], choose={})
    plan = plan_of([first, SECOND], lambda s, _: Outcome(s["learning_rate"] + 0.5))
    source = render(plan, language)
    text = plain(source)
    words = WORDS[language]
    for key in ("abstract", "data", "method", "studies", "discussion", "conclusions", "limits"):
        assert words(f"section.{key}") in text
    wanted = {
        "es": "Véanse las figuras 1 y 2 y la tabla",
        "en": "See figures 1 and 2 and table",
    }
    assert wanted[language] in text
    assert 'href="#tab-s"' in source
    assert "{{" not in source
    assert not re.search(r"\b(nan|None)\b", text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_in_which_everything_failed_is_written(language: Language) -> None:
    """Not one result: the report still says what was tried, and that nothing came of it."""
    first = study_table("batch_size", [8, 16], choose={})
    text = plain(render(plan_of([first, SECOND], lambda *_: None), language))
    for part in ("section.method", "section.conclusions"):
        assert WORDS[language](part) in text
    assert WORDS[language]("conclusion.nothing") in text


@pytest.mark.parametrize(
    ("language", "wanted"),
    [
        ("en", "3 seeds, except with batches of 32 in study 1 (1 seed) and in study 2 (2 seeds)"),
        ("es", "3 semillas, salvo con lotes de 32 en el estudio 1 (1 semilla) y en el estudio 2 "
               "(2 semillas)"),
    ],
)  # fmt: skip
def test_values_with_other_numbers_of_seeds_are_named(language: Language, wanted: str) -> None:
    """The method says with how many seeds each value was trained, and the limits what follows."""
    first = study_table("batch_size", [8, 16, 32], value_seeds={"32": [0]})
    second = {**study_table("learning_rate", [0.1, 0.01], seeds=[0, 1]), "name": "t"}
    plan = plan_of([first, second], lambda *_: Outcome(), (0, 1, 2))
    assert plain(Told(plan, language).prose.training_seeds()) == wanted
    words = WORDS[language]
    limits = view_limits(plan, dataset(), words, PowerView(plan, words), reduced_by=None)
    assert plain(limits[0]) == plain(words.html("limit.uneven_seeds", fewest="1", most="3"))
