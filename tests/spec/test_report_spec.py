"""A description becomes a report, or one error with every mistake in it."""

import contextlib
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scenes.errors import SpecError
from scenes.spec.loader import apply_profile, check_report, load_report, with_language, with_weights
from scenes.spec.report import Report
from scenes.spec.settings import Settings
from scenes.spec.text import text_in

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
        ["study: is missing"],
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
    "unknown schedule": (
        description(base={"learning_rate_schedule": "cosin"}),
        ["base.learning_rate_schedule: unknown schedule 'cosin' (did you mean 'cosine'?); choices"],
    ),
    "seeds as a factor": (
        study(factor="seeds", values=[0, 1]),
        ["study.batch.factor: 'seeds' is no setting: seeds are the repeats of every trial"],
    ),
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
        ["unknown backbone 'VGG61' (did you mean 'VGG16'?); choices: VGG16"],
    ),
    "transfer without backbone": (
        description(base={"model": "transfer"}),
        ['base: model "transfer" needs a backbone; choices: VGG16'],
    ),
    "picture too small for a backbone": (
        description(base={"model": "transfer", "backbone": "VGG16", "image_size": 16}),
        ["base.image_size: VGG16 needs pictures of at least 32 pixels, got 16"],
    ),
    "picture too small for a depth": (
        description(base={"image_size": 16, "filters": [8] * 5}),
        ["base.image_size: model 'tutorial' needs pictures of at least 32 pixels, got 16"],
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
        ["base.learning_rate: must be more than 0, got 0.0", "base.dropout: "],
    ),
    "no number": (
        description(base={"learning_rate": float("nan")}),
        ["base.learning_rate: must be at most 10, got nan"],
    ),
    "wrong type": (
        description(base={"batch_size": "8", "epochs": True}),
        ["base.batch_size: must be a whole number, got '8'", "base.epochs: "],
    ),
    "no text": (description(title=3), ["title: must be a text, or a table of one per language"]),
    "text in no language": (
        description(title={"French": "T"}),
        ["(es, en, …), got {'French': 'T'}"],
    ),
    "text in another language": (
        description(language="es", title={"en": "T"}, subtitle={"en": "S", "es": "S"}),
        ["title: there is no text in 'es', only in en"],
    ),
    "label in another language": (
        study(values=[8, {"batch_size": 16, "label": {"es": "dieciséis"}}]),
        ["study.batch.values.1.label: there is no text in 'en', only in es"],
    ),
    "no code of a language": (
        description(language="French"),
        ["language: must be the code of a language, such as es, en or pt-BR, got 'French'"],
    ),
    "repeated seeds": (description(seeds=[1, 1]), ["seeds: seeds repeat: 1, 1"]),
    "negative seed": (description(seeds=[-1]), ["seeds.-1: must be at least 0, got -1"]),
    "huge seed": (
        description(seeds=[2**32]),
        ["seeds.4294967296: must be less than 4,294,967,296"],
    ),
    "one value": (
        study(values=[8]),
        ["study.batch.values: a list of must be at least 2, this one has 1"],
    ),
    "repeated values": (study(values=[8, 8]), ["study.batch.values: values repeat: 8"]),
    "bad value": (
        study(values=[8, -1]),
        ["study.batch.values.-1.batch_size: must be at least 1, got -1"],
    ),
    "unknown setting in a value": (
        study(values=[8, {"key": "x", "batchsize": 9}]),
        ["study.batch.values.x.batchsize: unknown key (did you mean 'batch_size'?)"],
    ),
    "unknown setting of a study": (
        study(set={"epocs": 9}),
        ["study.batch.set.epocs: unknown key (did you mean 'epochs'?)"],
    ),
    "factor that is no setting": (
        study(factor="batch"),
        ["study.batch.factor: 'batch' is no setting (did you mean 'batch_size'?)"],
    ),
    "no key": (study(values=[8, {"epochs": 3}]), ["study.batch.values.1.key: is missing"]),
    "two factors": (
        study(values=[8, {"batch_size": 16, "learning_rate": 0.1}], set={"epohcs": 1}),
        [
            "study.batch.set.epohcs: unknown key",
            "study.batch.factor: must vary one factor; it is 'batch_size', and the values vary "
            "'learning_rate' as well: hold that in `set`",
        ],
    ),
    "group without a label": (
        study(
            factor="size",
            values=[{"key": "a", "filters": [4]}, {"key": "b", "filters": [8], "kernel_size": 5}],
        ),
        [
            "study.batch.factor: must vary one factor, and the values vary 'filters' and "
            "'kernel_size': if 'size' means them together, give it a `factor_label`"
        ],
    ),
    "combination as key": (
        study(factor="augmentation", values=["zoom+flip", "none"]),
        ["values.zoom+flip.key: must be a name of letters, digits, '_', '.' and '-'"],
    ),
    "choice of no value": (
        study(choose={"value": 9, "because": "x"}),
        ["study.batch.choose.value: there is no value '9'; choices: 8, 16"],
    ),
    "choice without a reason": (
        study(choose={"value": 8}),
        ["study.batch.choose: an authors' choice needs both `value` and `because`"],
    ),
    "unknown rule": (
        study(choose={"by": "val_los"}),
        ["choose.by: there is no metric 'val_los'", "(did you mean 'val_loss'?)"],
    ),
    "choice by the test split": (
        study(choose={"by": "test_accuracy"}),
        ["choose.by: there is no metric 'test_accuracy'", "the metrics are val_loss"],
    ),
    "unknown way to take": (
        study(choose={"take": "cheapest"}),
        ["choose.take: must be one of 'best' or 'cheapest within noise', got 'cheapest'"],
    ),
    "summary of no value": (
        study(summaries=["9"]),
        ["study.batch.summaries: there is no value '9'; choices: 8, 16"],
    ),
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
        ["values.c.combine.of: there is no value 'c'; choices: zoom"],
    ),
    "combination of numbers": (
        study(values=[8, 16, {"key": "c", "combine": {"best": 2, "of": ["8", "16"]}}]),
        ["study.batch.factor: combine joins augmentations; the factor is 'batch_size'"],
    ),
    "use of a later study": (
        study(use=["later"]),
        ["study.batch.use: 'later' is not one of the studies before this one: none"],
    ),
    "use of a study that chooses nothing": (
        description(study=[STUDY, {**STUDY, "name": "next", "use": ["batch"]}]),
        ["study.next.use: study 'batch' chooses nothing (add `choose` to it)"],
    ),
    "two studies of a name": (
        description(study=[STUDY, STUDY]),
        ["study.batch.name: two studies are named 'batch'"],
    ),
    "profile of no study": (
        description(profile={"q": {"study": {"x": {}}}}),
        ["profile.q.study.x: there is no such study; choices: batch"],
    ),
}


@pytest.mark.parametrize(("data", "expected"), MISTAKES.values(), ids=MISTAKES)
def test_mistakes_are_named(data: dict[str, Any], expected: list[str]) -> None:
    """Each mistake is reported by key, with the rule and what came or the choices, and no more."""
    problems = mistakes(data)
    for wanted in expected:
        assert any(wanted in problem for problem in problems), problems
    assert len(problems) <= max(len(expected), 2)


def test_all_mistakes_come_at_once() -> None:
    """Mistakes in different tables do not hide each other."""
    data = {
        **study(values=[8, {"key": "x", "activation": "rleu"}], questoin="?"),
        "base": {"epohcs": 3},
        "language": "French",
    }
    problems = mistakes(data)
    for part in ("questoin", "epohcs", "language"):
        assert any(part in problem for problem in problems)
    settings = mistakes({**study(values=[0, {"key": "x", "activation": "a"}]), "base": {"epo": 1}})
    for part in ("base.epo:", "values.0.batch_size:", "values.x.activation:"):
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
        ("title = 'ñ'".encode("utf-16"), "is not a TOML file"),
        (b"x = " + b"9" * 5000, "is not a TOML file"),
    ],
    ids=["missing", "cut", "no UTF-8", "UTF-16", "endless number"],
)
def test_a_file_that_cannot_be_read_is_told(
    content: bytes | None, message: str, tmp_path: Path
) -> None:
    """No file and no TOML are mistakes of the user like any other."""
    if content is not None:
        (tmp_path / "report.toml").write_bytes(content)
    with pytest.raises(SpecError, match=message):
        load_report(tmp_path)


def test_each_mistake_has_its_line(tmp_path: Path) -> None:
    """A file's mistakes are reported with file, line and key, also what is missing in a table."""
    path = tmp_path / "report.toml"
    # Editors on Windows write a byte order mark first.
    text = """\
title = "T"
authors = ["A"]
[base]
epochs = 0
[[study]]
name = "batch"
title = "B"
factor = "batch_size"
values = [
  8,
  "x",
]
[profile.quick]
sed = [1]
"""
    path.write_text(text, encoding="utf-8-sig")
    with pytest.raises(SpecError) as caught:
        load_report(tmp_path)
    assert caught.value.problems == (
        "report.toml:4: base.epochs: must be at least 1, got 0",
        "report.toml:5: study.batch.question: is missing",
        "report.toml:14: profile.quick.sed: unknown key (did you mean 'seeds'?)",
    )
    path.write_text(text.replace('title = "B"', 'title = "B"\nquestion = "Q"'))
    with pytest.raises(SpecError) as caught:
        load_report(tmp_path)
    assert "report.toml:12: study.batch.values.x.batch_size: must be a whole number" in str(
        caught.value
    )


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


def test_a_variety_of_a_language_takes_its_texts() -> None:
    """A title in en serves en-GB, unless it has one of its own; one in es does not."""
    report = check_report(description(title={"en": "Colors", "es": "Colores"}), "x")
    british = with_language(report, "en-GB")
    assert text_in(british.title, british.language) == "Colors"
    assert text_in({"en": "Colors", "en-GB": "Colours"}, "en-GB") == "Colours"
    with pytest.raises(SpecError):
        with_language(report, "pt-BR")


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


def test_a_profile_that_is_not_there_names_those_that_are() -> None:
    """A misspelt profile gets the nearest one and the choices."""
    with pytest.raises(SpecError, match="no profile 'quik' \\(did you mean 'quick'") as caught:
        apply_profile(profiled(), "quik")
    assert caught.value.problems == ("the report's profiles: quick, exact, full",)


@pytest.mark.parametrize(
    ("profile", "problem"),
    [
        ({"set": {"epohcs": 1}}, "profile.p.set.epohcs: unknown key (did you mean 'epochs'?)"),
        ({"set": {"model": "transfer"}}, 'profile.p.set: model "transfer" needs a backbone'),
        (
            {"study": {"batch": {"set": {"dropout": 2.0}}}},
            "profile.p.study.batch.set.dropout: must be less than 1, got 2.0",
        ),
        (
            {"set": {"image_size": 8, "filters": [8, 8, 8, 8]}},
            "profile.p.set.image_size: model 'tutorial' needs pictures of at least 16 pixels",
        ),
        (
            {"set": {"image_size": 8}},
            "profile.p.set.image_size: in study.batch.values.deep: model 'tutorial' needs",
        ),
    ],
)
def test_a_mistake_of_a_profile_is_told_before_it_is_used(
    profile: dict[str, Any], problem: str
) -> None:
    """Each profile is tried when the description is read, on the studies that it changes."""
    values = [{"key": "8", "filters": [8]}, {"key": "deep", "filters": [8, 8, 8, 8]}]
    data = study(factor="filters", values=values) | {"profile": {"p": profile}}
    told = mistakes(data)
    assert any(line.startswith(problem) for line in told), told


def transferring() -> Report:
    """Return a report that compares two backbones and a small network."""
    values = [
        {"key": "own", "model": "tutorial"},
        {"key": "vgg", "model": "transfer", "backbone": "VGG16"},
        {"key": "res", "model": "transfer", "backbone": "ResNet50", "weights": "w.h5"},
    ]
    return check_report(study(factor="network", factor_label="Network", values=values), "x")


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
    """A misspelt backbone is reported, not ignored."""
    with pytest.raises(SpecError) as caught:
        with_weights(transferring(), {"vgg61": "random"})
    assert caught.value.problems[0].startswith(
        "there is no backbone 'vgg61' (did you mean 'VGG16'?); choices: VGG16, "
    )


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


SHIPPED = Path("reports/practica4/report.toml").read_text(encoding="utf-8")


@st.composite
def edited(draw: st.DrawFn) -> bytes:
    """Return a shipped description after a slip of the hand: a piece lost, doubled or replaced."""
    raw = SHIPPED.encode()
    start = draw(st.integers(0, len(raw)))
    end = min(len(raw), start + draw(st.integers(0, 60)))
    piece = draw(
        st.sampled_from([b"", raw[start:end] * 2, b"-1", b'"', b"[", b"]]", b"\n", b"\xff", b"{}"])
        | st.binary(max_size=3)
    )
    return raw[:start] + piece + raw[end:]


@given(content=edited())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_slip_in_a_file_is_a_report_or_a_told_mistake(content: bytes, tmp_path: Path) -> None:
    """Whatever is typed into a right file, the answer is a report or mistakes that name it."""
    path = tmp_path / "report.toml"
    path.write_bytes(content)
    told = str(path)
    try:
        load_report(path)
    except SpecError as error:
        told = error.heading if error.problems else ""
    assert str(path) in told


@pytest.mark.parametrize(
    ("values", "settings"),
    [
        ([1, 1.0], {"factor": "learning_rate"}),
        ([0, 0.0, 0.5], {"factor": "dropout"}),
        (
            [
                {"key": "a", "augmentation": "zoom+brightness"},
                {"key": "b", "augmentation": "brightness+zoom"},
            ],
            {"factor": "augmentation"},
        ),
        ([{"key": "a", "batch_size": 8}, {"key": "b", "batch_size": 8}], {}),
        ([{"key": "a"}, {"key": "b", "batch_size": 32}], {}),
    ],
)
def test_a_value_is_not_compared_with_itself(values: list[Any], settings: dict[str, Any]) -> None:
    """However it is spelled, and also where it is what the report sets anyway."""
    study = {**STUDY, "factor": "batch_size", "values": values, **settings}
    with pytest.raises(SpecError) as caught:
        check_report(description(study=[study]), "a test")
    assert any("values repeat" in problem for problem in caught.value.problems)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"data": {"train_per_class": 10**9}}, "data.train_per_class: must be at most 100,000,"),
        ({"base": {"train_per_class": 10**9}}, "base.train_per_class: must be at most 10,000,000,"),
        ({"base": {"filters": [4] * 50_000}}, "must be at most 100, this list has 50000"),
        ({"seeds": list(range(50_000))}, "must be at most 100, this list has 50000"),
        ({"authors": ["A"] * 101}, "must be at most 100, this list has 101"),
        ({"study": {"values": list(range(1, 50_001))}}, "at most 100, this list has 50000"),
        ({"study": {"name": "a" * 250}}, "must be at most 60 characters"),
        ({"study": {"values": [{"key": "a" * 61, "batch_size": 4}, 8]}}, "at most 60 characters"),
        ({"seeds": list(range(100)), "study": 101}, "must ask for at most 10,000 runs"),
    ],
)
def test_what_no_machine_could_carry_out_is_refused(changed: dict[str, Any], expected: str) -> None:
    """At once, with the bound, whichever number is too large."""
    study = STUDY
    match changed.get("study"):
        case int(count):  # runs: count values x 100 seeds, over two studies
            halves = [list(range(1, 1 + part)) for part in (count // 2, count - count // 2)]
            changed = {
                **changed,
                "study": [{**study, "name": f"s{i}", "values": it} for i, it in enumerate(halves)],
            }
        case dict(parts):
            changed = {**changed, "study": [{**study, **parts}]}
    started = time.monotonic()
    with pytest.raises(SpecError) as caught:
        check_report(description(**changed), "a test")
    assert time.monotonic() - started < 5
    assert any(expected in problem for problem in caught.value.problems), caught.value.problems


@pytest.mark.parametrize(
    ("choice", "problem"),
    [
        ({"by": "macro_f2"}, "recall:CLASS, f1:CLASS"),
        ({"by": "macro_f2"}, "did you mean 'macro_f1'?"),
        ({"by": "macro_f1", "epoch": "best"}, "known of the model that a run keeps only"),
        ({"by": "recall"}, "recall has a value for each class"),
        ({"by": "brier:cat"}, "one value for all classes"),
    ],
)
def test_a_rule_names_a_metric_of_the_registry(choice: dict[str, Any], problem: str) -> None:
    """An unknown one is refused with the choices, and so is one that epochs do not have."""
    assert any(problem in line for line in mistakes(study(choose=choice)))
    assert check_report(study(choose={"by": "recall:a cat"}), "x").studies[0].choose is not None
