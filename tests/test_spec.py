"""A description becomes a report, or one error with every mistake in it."""

import contextlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenes.description import apply_profile, check_report, load_report, with_language, with_weights
from scenes.errors import SpecError
from scenes.settings import Settings
from scenes.spec import Report, text_in

STUDY = {
    "name": "batch",
    "title": "Batch size",
    "question": "Which?",
    "factor": "batch_size",
    "values": [8, 16],
}


def description(**changed: Any) -> dict[str, Any]:
    """Return the tables of a right report, with some of them changed."""
    return {"title": "T", "authors": ["A"], "study": [STUDY], **changed}


def study(**changed: Any) -> dict[str, Any]:
    """Return the tables of a report of one study, with some of its keys changed."""
    return description(study=[{**STUDY, **changed}])


def mistakes(data: dict[str, Any]) -> tuple[str, ...]:
    """Return what is wrong with a description."""
    with pytest.raises(SpecError) as caught:
        check_report(data, "report.toml")
    return caught.value.problems


def test_a_right_description_is_a_report() -> None:
    """Names, values and defaults are where a plan looks for them."""
    report = check_report(study(values=[8, {"key": "big", "label": "Big", "batch_size": 64}]), "x")
    assert [value.key for value in report.studies[0].values] == ["8", "big"]
    assert report.study("batch").value("big").settings == {"batch_size": 64}
    assert (report.seeds, report.language, report.data.source) == ((0,), "en", "synthetic")


@pytest.mark.parametrize("folder", sorted(Path("reports").glob("*/report.toml")), ids=str)
def test_shipped_reports_are_right(folder: Path) -> None:
    """Every report.toml that comes with the program loads, in each of its profiles."""
    report = load_report(folder)
    for name in report.profiles:
        assert apply_profile(report, name).studies


MISTAKES = {
    "missing key": (
        {"title": "T", "authors": ["A"]},
        ["study: Field required"],
    ),
    "unknown key": (description(autors=["A"]), ["autors: unknown key (did you mean 'authors'?)"]),
    "unknown key of an alias": (
        description(studdy=[]),
        ["studdy: unknown key (did you mean 'study'?)"],
    ),
    "unknown key in a table": (
        description(base={"epohcs": 3}, data={"sorce": "x"}),
        [
            "data.sorce: unknown key (did you mean 'source'?)",
            "base.epohcs: unknown key (did you mean 'epochs'?)",
        ],
    ),
    "unknown key in a study": (study(qestion="?"), ["study.batch.qestion: unknown key (did you"]),
    "unknown key in a profile": (
        description(profile={"quick": {"sedes": [0]}}),
        ["profile.quick.sedes: unknown key (did you mean 'seeds'?)"],
    ),
    "unknown model": (
        description(base={"model": "tutorail"}),
        ["base.model: unknown model 'tutorail' (did you mean 'tutorial'?); choices: tutorial, "],
    ),
    "unknown activation": (description(base={"activation": "rleu"}), ["mean 'relu'?); choices:"]),
    "unknown optimizer": (description(base={"optimizer": "x"}), ["unknown optimizer 'x'; choices"]),
    "unknown augmentation": (
        description(base={"augmentation": "zoom+flop"}),
        ["unknown augmentation 'flop'"],
    ),
    "augmentation twice": (
        description(base={"augmentation": "zoom+zoom"}),
        ["'zoom+zoom' names a part twice"],
    ),
    "unknown backbone": (
        description(base={"backbone": "VGG61"}),
        ["unknown backbone 'VGG61' (did you mean 'VGG19'?); choices: VGG16"],
    ),
    "transfer without backbone": (
        description(base={"model": "transfer"}),
        ['base: model "transfer" needs a backbone; choices: VGG16'],
    ),
    "picture too small for a backbone": (
        description(base={"model": "transfer", "backbone": "VGG16", "image_size": 16}),
        ["VGG16 needs pictures of at least 32 pixels, image_size is 16"],
    ),
    "picture too small for a depth": (
        description(base={"image_size": 16, "filters": [8] * 5}),
        ["model 'tutorial' needs pictures of at least 32 pixels, image_size is 16"],
    ),
    "strength too large": (
        description(base={"augmentation": "zoom", "augmentation_strength": 3.0}),
        ["augmentation_strength: zoom takes at most 0.9, got 3"],
    ),
    "strength of a combination": (
        description(base={"augmentation": "zoom+flip", "augmentation_strength": 0.1}),
        ["augmentation_strength: the combination 'horizontal_flip+zoom' takes none"],
    ),
    "out of range": (
        description(base={"learning_rate": 0.0, "dropout": 1.0}),
        ["base.learning_rate: Input should be greater than 0, got 0.0", "base.dropout: "],
    ),
    "no number": (
        description(base={"learning_rate": float("nan")}),
        ["base.learning_rate: Input should be less than or equal to 10, got nan"],
    ),
    "wrong type": (
        description(base={"batch_size": "8", "epochs": True}),
        ["base.batch_size: Input should be a valid integer, got '8'", "base.epochs: "],
    ),
    "no text": (description(title=3), ["title: a text is wanted, or a table of one per language"]),
    "text in no language": (description(title={"fr": "T"}), ["(es, en), got {'fr': 'T'}"]),
    "text in another language": (
        description(language="es", title={"en": "T"}, subtitle={"en": "S", "es": "S"}),
        ["title: there is no text in 'es', only in en"],
    ),
    "label in another language": (
        study(values=[8, {"batch_size": 16, "label": {"es": "dieciséis"}}]),
        ["study 'batch', value '16', label: there is no text in 'en', only in es"],
    ),
    "unknown language": (description(language="fr"), ["language: Input should be 'es' or 'en'"]),
    "repeated seeds": (description(seeds=[1, 1]), ["seeds: seeds repeat: 1, 1"]),
    "negative seed": (description(seeds=[-1]), ["seeds.0: Input should be greater than or equal"]),
    "huge seed": (description(seeds=[2**32]), ["seeds.0: Input should be less than 4294967296"]),
    "one value": (study(values=[8]), ["study.batch.values: Tuple should have at least 2 items"]),
    "repeated values": (study(values=[8, 8]), ["study.batch: values repeat: 8"]),
    "bad value": (
        study(values=[8, -1]),
        ["study.batch: value '-1': batch_size: Input should be greater than or equal to 1, got -1"],
    ),
    "unknown setting in a value": (
        study(values=[8, {"key": "x", "batchsize": 9}]),
        ["value 'x': batchsize: unknown key (did you mean 'batch_size'?)"],
    ),
    "unknown setting of a study": (
        study(set={"epocs": 9}),
        ["value '8': epocs: unknown key (did you mean 'epochs'?)"],
    ),
    "factor that is no setting": (
        study(factor="batch"),
        ["value '8': batch: unknown key (did you mean 'batch_size'?)"],
    ),
    "no key": (study(values=[8, {"epochs": 3}]), ["study.batch.values.1.key: Field required"]),
    "list as key": (
        study(factor="filters", values=[[8], [16]]),
        ["study.batch.values.0.key: String should match pattern"],
    ),
    "choice of no value": (
        study(choose={"value": 9, "because": "x"}),
        ["study.batch: choose.value names '9'; the values are 8, 16"],
    ),
    "choice without a reason": (
        study(choose={"value": 8}),
        ["study.batch.choose: an authors' choice needs both `value` and `because`"],
    ),
    "unknown rule": (
        study(choose={"by": "val_los"}),
        ["study.batch.choose.by: Input should be 'val_loss' or 'val_accuracy', got 'val_los'"],
    ),
    "summary of no value": (study(summaries=["9"]), ["summaries names '9'; the values are 8, 16"]),
    "combination of too few": (
        study(
            factor="augmentation",
            values=["zoom", {"key": "c", "combine": {"best": 2, "of": ["zoom", "zoom"]}}],
        ),
        ["values.c.combine: cannot take the best 2 of 1 values"],
    ),
    "combination of itself": (
        study(
            factor="augmentation",
            values=["zoom", {"key": "c", "combine": {"best": 2, "of": ["zoom", "c"]}}],
        ),
        ["combine.of names 'c'; the values are zoom"],
    ),
    "combination of numbers": (
        study(values=[8, 16, {"key": "c", "combine": {"best": 2, "of": ["8", "16"]}}]),
        ["study.batch: combine joins augmentations; the factor is 'batch_size'"],
    ),
    "use of a later study": (
        study(use=["later"]),
        ["study 'batch' uses 'later', which is not one of the studies before it: none"],
    ),
    "use of a study that chooses nothing": (
        description(study=[STUDY, {**STUDY, "name": "next", "use": ["batch"]}]),
        ["study 'next' uses 'batch', which chooses nothing (add `choose`)"],
    ),
    "two studies of a name": (
        description(study=[STUDY, STUDY]),
        ["two studies are named 'batch'"],
    ),
    "profile of no study": (
        description(profile={"q": {"study": {"x": {}}}}),
        ["profile 'q' names study 'x'; the studies are batch"],
    ),
}


@pytest.mark.parametrize(("data", "expected"), MISTAKES.values(), ids=MISTAKES)
def test_mistakes_are_named(data: dict[str, Any], expected: list[str]) -> None:
    """Each mistake is told by its key, with the rule and what came or the choices, and no more."""
    problems = mistakes(data)
    for wanted in expected:
        assert any(wanted in problem for problem in problems), problems
    assert len(problems) <= max(len(expected), 2)


def test_all_mistakes_come_at_once() -> None:
    """Mistakes in different tables do not hide each other."""
    data = {
        **study(values=[8, {"key": "x", "activation": "rleu"}], questoin="?"),
        "base": {"epohcs": 3},
        "language": "fr",
    }
    problems = mistakes(data)
    for part in ("questoin", "epohcs", "language"):
        assert any(part in problem for problem in problems)
    settings = mistakes({**study(values=[0, {"key": "x", "activation": "a"}]), "base": {"epo": 1}})
    for part in ("base.epo:", "value '0': batch_size:", "value 'x': activation:"):
        assert any(part in problem for problem in settings)


def test_the_error_is_one_message(tmp_path: Path) -> None:
    """The text of the error names the file and lists the mistakes line by line."""
    path = tmp_path / "report.toml"
    path.write_text('title = "T"\nauthors = []\n', encoding="utf-8")
    with pytest.raises(SpecError) as caught:
        load_report(tmp_path)
    assert str(caught.value).splitlines()[0] == f"{path} has mistakes"
    assert len(str(caught.value).splitlines()) == 3


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "there is no report here"),
        (b"title = ", "is not a TOML file"),
        (b"title = '\xff'", "is not a TOML file"),
        (b"x = " + b"9" * 5000, "is not a TOML file"),
    ],
    ids=["missing", "cut", "no UTF-8", "endless number"],
)
def test_a_file_that_cannot_be_read_is_told(
    content: bytes | None, message: str, tmp_path: Path
) -> None:
    """No file and no TOML are mistakes of the user like any other."""
    if content is not None:
        (tmp_path / "report.toml").write_bytes(content)
    with pytest.raises(SpecError, match=message):
        load_report(tmp_path)


def test_a_combination_has_one_spelling() -> None:
    """The order of augmentations and their short names make no other trial."""
    assert Settings(augmentation="zoom+flip") == Settings(augmentation="horizontal_flip+zoom")


def test_texts_come_in_their_language() -> None:
    """A plain text serves every language, a table one each."""
    assert text_in("T", "es") == "T"
    assert text_in({"es": "hola", "en": "hello"}, "en") == "hello"


def test_another_language_needs_every_text() -> None:
    """A report changes its language only where each text stands in it."""
    report = check_report(description(title={"es": "t", "en": "t"}), "x")
    assert with_language(report, "es").language == "es"
    only = check_report(description(title={"en": "t"}), "x")
    with pytest.raises(SpecError, match="cannot be written in 'es'") as caught:
        with_language(only, "es")
    assert caught.value.problems == ("title: there is no text in 'es', only in en",)


def profiled() -> Report:
    """Return a report with profiles."""
    second = {**STUDY, "name": "next", "set": {"epochs": 10, "dropout": 0.5}}
    return check_report(
        description(
            base={"epochs": 7},
            seeds=[0, 1],
            study=[STUDY, second],
            profile={
                "quick": {
                    "seeds": [3],
                    "epochs": 0.5,
                    "set": {"train_per_class": 2},
                    "study": {"next": {"epochs": 0.1, "set": {"dropout": 0.1}}},
                },
                "exact": {"epochs": 0.5, "study": {"next": {"set": {"epochs": 9}}}},
                "full": {},
                "broken": {"set": {"epohcs": 1}},
                "impossible": {"set": {"model": "transfer"}},
                "partly": {"study": {"next": {"set": {"dropout": 2.0}}}},
            },
        ),
        "x",
    )


def test_a_profile_changes_seeds_epochs_and_settings() -> None:
    """A share of epochs is taken of each study's own; a study's own entry goes before."""
    report = apply_profile(profiled(), "quick")
    assert report.seeds == (3,)
    assert report.base.train_per_class == 2
    assert report.study("batch").set == {"epochs": 4}
    assert report.study("next").set == {"epochs": 1, "dropout": 0.1}
    assert apply_profile(profiled(), "exact").study("next").set == {"epochs": 9, "dropout": 0.5}


def test_an_empty_profile_changes_nothing_that_counts() -> None:
    """Without entries, every study keeps its epochs and the report its seeds."""
    report = apply_profile(profiled(), "full")
    assert report.seeds == (0, 1)
    assert report.study("batch").set == {"epochs": 7}
    assert report.study("next").set == {"epochs": 10, "dropout": 0.5}


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("slow", "the report's profiles: quick, exact, full, broken, impossible, partly"),
        ("broken", "set.epohcs: unknown key (did you mean 'epochs'?)"),
        ("impossible", 'set.model "transfer" needs a backbone'),
        ("partly", "dropout: Input should be less than 1, got 2.0"),
    ],
)
def test_a_bad_profile_is_told(name: str, problem: str) -> None:
    """A profile that is not there, or sets what is not allowed, names what is."""
    with pytest.raises(SpecError) as caught:
        apply_profile(profiled(), name)
    assert any(problem in line for line in caught.value.problems), caught.value.problems


def transferring() -> Report:
    """Return a report that compares two backbones and a small network."""
    values = [
        {"key": "own", "model": "tutorial"},
        {"key": "vgg", "model": "transfer", "backbone": "VGG16"},
        {"key": "res", "model": "transfer", "backbone": "ResNet50", "weights": "w.h5"},
    ]
    return check_report(study(factor="network", values=values), "x")


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ({"VGG16": "random"}, [None, "random", "w.h5"]),
        ({"": "random"}, [None, "random", "random"]),
        ({"": "random", "VGG16": "v.h5"}, [None, "v.h5", "random"]),
    ],
)
def test_weights_go_to_the_values_that_take_them(
    weights: dict[str, str], expected: list[str | None]
) -> None:
    """Weights reach the backbones they are named for; what has none is left as it was."""
    values = with_weights(transferring(), weights).studies[0].values
    assert [value.settings.get("weights") for value in values] == expected


def test_weights_of_an_unknown_backbone_are_refused() -> None:
    """A misspelt backbone is told rather than passed over."""
    with pytest.raises(SpecError) as caught:
        with_weights(transferring(), {"vgg61": "random"})
    assert caught.value.problems[0].startswith("'vgg61' is none of the backbones: VGG16, ")


KEYS = st.sampled_from(
    ["name", "title", "study", "factor", "values", "base", "choose", "combine", "of", "best", "set",
     "profile", "key", "label", "value", "because", "use", "batch_size", "augmentation", "model",
     "epochs", "image_size", "seeds", "data", "es", "en", "workload", "hours", "backbone", "x"]
)  # fmt: skip
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.dates()
    | st.text(max_size=4)
    | st.sampled_from(["transfer", "zoom", "zoom+flip", "VGG16", "batch", "8", "batch_size"])
)
TABLES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(KEYS, TABLES, max_size=6), st.dictionaries(KEYS, TABLES, max_size=6))
def test_any_tables_are_a_report_or_a_told_mistake(
    top: dict[str, Any], inner: dict[str, Any]
) -> None:
    """Whatever a TOML file holds, no other exception comes out."""
    for data in (top, description(**top), study(**inner)):
        with contextlib.suppress(SpecError):
            assert check_report(data, "x").studies
