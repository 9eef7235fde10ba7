"""A report says what its results cannot show: among it, that hardware was mixed."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import build_record, build_study, describe

from scenes.data.findings import Finding
from scenes.data.folder import Dataset
from scenes.plan.plan import Plan
from scenes.report.language.catalogue import load_words
from scenes.report.markup.templates import catalogues_folder
from scenes.report.views.limits import view_limits
from scenes.report.views.noise import noise_sentences
from scenes.report.views.power import PowerView
from scenes.spec.loader import check_report

WORD = {"en": "kinds of hardware", "es": "tipos de hardware"}


EMPTY = Dataset("p", "folder", Path("p"), ("a", "b"), {"train": (), "val": ()})


def limits_of(
    language: str, *environments: dict[str, object], dataset: Dataset = EMPTY
) -> list[str]:
    """Return the limits of a report whose runs had these environments."""
    records = [build_record(seed=seed) for seed, _ in enumerate(environments)]
    for record, environment in zip(records, environments, strict=True):
        record.environment.update(environment)
    study = build_study({"a": records, "b": []})
    plan = Plan(check_report(describe(language=language), "a test"), (study,))
    words = load_words(language, catalogues_folder())
    return view_limits(plan, dataset, words, PowerView(plan, words), reduced_by=None)


@pytest.mark.parametrize("language", WORD)
@pytest.mark.parametrize(
    "other", [{"instruction_set": "AVX512_CORE"}, {"threads": 2}, {"devices": ["a GPU"]}], ids=str
)
def test_mixed_hardware_is_told(language: str, other: dict[str, object]) -> None:
    """Two instruction sets, thread counts or accelerators are two kinds."""
    (told,) = [line for line in limits_of(language, {}, other) if WORD[language] in line]
    assert "2" in told


@pytest.mark.parametrize("language", WORD)
def test_one_kind_of_hardware_is_not_worth_a_word(language: str) -> None:
    """Nor are two machines that compute alike."""
    told = limits_of(language, {"system": "A"}, {"system": "B", "cores": 64})
    assert not [line for line in told if WORD[language] in line]


@pytest.mark.parametrize(
    ("language", "copy", "near"),
    [
        ("en", "1 picture of the test set with a copy in validation", "2 pictures of the test set"),
        ("es", "1 imagen de prueba con una copia en validación", "2 imágenes de prueba casi"),
    ],
)
def test_what_the_test_set_shares_is_told(language: str, copy: str, near: str) -> None:
    """A test on pictures by which values were chosen is none: copies and look-alikes of them."""
    one = replace(
        EMPTY, notes=(Finding("test_leakage", 1, ()), Finding("near_test_leakage", 2, ()))
    )
    told = limits_of(language, {}, dataset=one)
    assert [line for line in told if copy in line]
    assert [line for line in told if near in line]
    assert len(told) == len(limits_of(language, {})) + 2


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_spread_between_seeds_is_split(language: str) -> None:
    """Four networks, each wrong about another picture of four: they differ on these alone."""
    rights = [[place != seed for place in range(4)] for seed in range(4)]
    better = [*rights[:-1], [True] * 4]
    words = load_words(language, catalogues_folder())

    def told(rights: list[list[bool]], seeds: int = 4) -> list[str]:
        records = [build_record(seed=s, right=rights[s]) for s in range(seeds)]
        plan = Plan(check_report(describe(), "a test"), (build_study({"a": records, "b": []}),))
        return [str(line) for line in noise_sentences(plan, words)]

    assert told(rights) == []  # nothing varies
    assert told(better, seeds=1) == []
    (line,) = told(better)
    text = re.sub("<[^>]+>", "", line)
    assert words.points(0.125) in text  # of 75, 75, 75 and 100 %
    assert words.percent(1.0) in text
