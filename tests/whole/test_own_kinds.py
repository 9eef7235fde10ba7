"""Metrics, claims and readers of a report's own work wherever built-in ones do."""

from pathlib import Path

import numpy as np
import pytest
from conftest import Command
from factories import build_record, build_study, describe
from own_code import load_own, write_own

from scenes.claims.predicates import find_predicate
from scenes.data.pictures import open_pictures
from scenes.errors import DataError, SpecError, UserError
from scenes.report.language.catalogue import load_words
from scenes.report.language.metric_words import bare_name
from scenes.report.markup.templates import catalogues_folder
from scenes.spec import registry
from scenes.spec.loader import check_report
from scenes.stats.metrics import rank, value_of

CODE = """
from __future__ import annotations

from pathlib import Path

import numpy as np

from scenes import Item, Verdict, claim, loader, metric


@metric(label={"en": "share of doubt", "es": "proporción de duda"}, better="lower")
def doubt(labels, probabilities):
    return 1 - probabilities[np.arange(len(labels)), labels].mean()


@claim
def is_small(study, key, *, below=1_000_000):
    records = study.trial(key).records
    if not records:
        return Verdict("inconclusive", f"{key} is small", "it has no result")
    count = records[0].summary["parameters"]
    status = "supported" if count < below else "contradicted"
    return Verdict(status, f"{key} is small", f"{count:,} parameters")


@loader
def from_npz(source):
    with np.load(source) as file:
        for pixels, label in zip(file["x"], file["y"]):
            yield Item(pixels, f"class {label}")
"""


@pytest.fixture
def known(tmp_path: Path) -> registry.Registry:
    """Return the registry with the components above."""
    return load_own(write_own(tmp_path / "own", CODE))


def test_an_own_metric_is_named_computed_and_ranked(known: registry.Registry) -> None:
    """In both languages, by its direction, and a rule can choose by it."""
    record = build_record()
    expected = (
        1
        - record.predictions.probabilities[
            np.arange(len(record.predictions.truth)), record.predictions.truth
        ].mean()
    )
    with registry.using(known):
        assert value_of(record, "doubt") == pytest.approx(expected)
        assert rank({"a": [0.3], "b": [0.2]}, "doubt") == ["b", "a"]
        assert bare_name("doubt", load_words("es", catalogues_folder())) == "proporción de duda"
        study = {**describe()["study"][0], "choose": {"by": "doubt"}}
        check_report(describe(metrics=["doubt"], study=[study]), "a test")
    with pytest.raises(SpecError, match="there is no metric 'doubt'"):
        check_report(describe(metrics=["doubt"]), "a test")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("raise ValueError('no')", "components.py:5: ValueError: no"),
        ("raise SystemExit(0)", "components.py:5: SystemExit: 0"),
        ("return None", "it must return one number, got None"),
        ("return 'high'", "it must return one number, got 'high'"),
        ("return [0.1, 0.2]", "it must return one number, got an array of shape (2,)"),
        ("return 7.5", "it gives 7.5, and its range is 0 to 1"),
        ("return float('nan')", "it gives nan of all pictures of a split"),
    ],
)
def test_an_own_metric_that_fails_is_named_with_its_line(
    body: str, said: str, tmp_path: Path
) -> None:
    """It is the user's to mend, and nothing of the program's."""
    code = f"from scenes import metric\n\n@metric\ndef m(labels, probabilities):\n    {body}\n"
    with (
        registry.using(load_own(write_own(tmp_path, code))),
        pytest.raises(UserError, match="metric m cannot be computed") as caught,
    ):
        value_of(build_record(), "m")
    (problem,) = caught.value.problems
    assert said in problem


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("return 1 / 0", "components.py:5: ZeroDivisionError: division by zero"),
        ("return None", "it must return a scenes.Verdict, got NoneType"),
        ("return Verdict('yes', 'c', 'r')", "its status must be one of supported, contradicted"),
        ("return Verdict('equal', 'c', '')", "its reason must be a text, got ''"),
    ],
)
def test_an_own_claim_that_fails_is_named_with_its_line(
    body: str, said: str, tmp_path: Path
) -> None:
    """A template receives what is wrong with the claim, not what came of it."""
    code = f"from scenes import Verdict, claim\n\n@claim\ndef c(study, key):\n    {body}\n"
    study = build_study({"a": [build_record()], "b": [build_record()]})
    with (
        registry.using(load_own(write_own(tmp_path, code))),
        pytest.raises(UserError, match="claim c cannot be judged") as caught,
    ):
        find_predicate("c")(study, "a")
    (problem,) = caught.value.problems
    assert said in problem


def test_an_own_claim_is_judged_like_another(known: registry.Registry) -> None:
    """A template finds it by name; an unknown one is refused with all choices."""
    study = build_study({"a": [build_record()], "b": [build_record()]})
    with registry.using(known):
        verdict = find_predicate("is_small")(study, study.trials[0].key, below=1)
        assert verdict.status == "contradicted"
        with pytest.raises(ValueError, match=r"no claim 'is_big'; choices: .*is_small"):
            find_predicate("is_big")


def test_an_own_reader_gives_the_pictures(known: registry.Registry, tmp_path: Path) -> None:
    """What it yields is split and hashed as any folder; another content is other data."""
    prints = []
    for value in (0, 1):
        pixels = np.full((20, 8, 8, 3), value, np.uint8)
        pixels[:, 0, 0, 0] = np.arange(20)
        np.savez(tmp_path / "pictures.npz", x=pixels, y=np.arange(20) % 2)
        data = {"source": "pictures.npz", "loader": "from_npz"}
        with registry.using(known):
            report = check_report(describe(data=data), "a test")
            pictures = open_pictures(report, tmp_path, cache=tmp_path / "cache")
        assert pictures.whole.classes == ("class 0", "class 1")
        assert {name: len(it) for name, it in pictures.whole.splits.items() if it} == {
            "train": 16,
            "val": 4,
        }
        prints.append(pictures.whole.fingerprint)
    assert prints[0] != prints[1]


def test_an_own_reader_that_fails_is_told_by_name(known: registry.Registry, tmp_path: Path) -> None:
    """So is one that is not there, with the choices."""
    np.savez(tmp_path / "pictures.npz", z=np.zeros(3))
    data = {"source": "pictures.npz", "loader": "from_npz"}
    with registry.using(known):
        report = check_report(describe(data=data), "a test")
        with pytest.raises(DataError, match="loader from_npz failed"):
            open_pictures(report, tmp_path, cache=tmp_path / "cache")
        with pytest.raises(SpecError, match="did you mean 'from_npz'"):
            check_report(describe(data={"loader": "form_npz"}), "a test")


def test_the_interface_is_loaded_when_it_is_asked_for(command: Command) -> None:
    """Each name of it is there, and nothing else is."""
    import scenes

    assert {name for name in dir(scenes) if not name.startswith("_")} == {
        "API_VERSION",
        *scenes.INTERFACE,
    }
    for name in scenes.INTERFACE:
        assert callable(getattr(scenes, name))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = scenes.nothing
