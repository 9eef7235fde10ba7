"""What a user asks for is read alike however it is asked, and what it leaves out is reported."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from conftest import SMALL_REPORT
from rich.console import Console

from scenes.app.request import (
    Opened,
    Request,
    check_numbers,
    describe,
    document_name,
    is_reduced,
)
from scenes.data.pictures import _most
from scenes.spec.loader import apply_profile, load_report, read_description
from scenes.spec.report import Report

LIMITED = SMALL_REPORT.replace("[[study]]", "[base]\ntrain_per_class = 100\n[[study]]")


@pytest.mark.parametrize(
    ("text", "profile", "reduced"),
    [
        (SMALL_REPORT, "", False),
        (SMALL_REPORT, "epochs = 0.5", True),
        (SMALL_REPORT, "set = { train_per_class = 20 }", True),
        (LIMITED, "set = { train_per_class = 20 }", True),
        (LIMITED, "set = { train_per_class = 200 }", False),
        (SMALL_REPORT, "seeds = [0]", False),
    ],
)
def test_fewer_epochs_or_pictures_are_less_than_the_report(
    text: str, profile: str, reduced: bool, tmp_path: Path
) -> None:
    """Compared value by value; more is not less."""
    (tmp_path / "report.toml").write_text(f"{text}{profile}\n", encoding="utf-8")
    report = apply_profile(load_report(tmp_path), "full")
    opened: Any = SimpleNamespace(report=report, description=read_description(tmp_path))
    assert is_reduced(opened) == reduced


def test_weights_lie_beside_the_report_however_it_is_named(tmp_path: Path) -> None:
    """The folder and the file in it are the same report."""
    (tmp_path / "mine.weights.h5").touch()
    transfer = """[base]
model = "transfer"
backbone = "VGG16"
weights = "mine.weights.h5"
[[study]]"""
    text = SMALL_REPORT.replace("[[study]]", transfer)
    (tmp_path / "report.toml").write_text(text, encoding="utf-8")
    found = {
        describe(Request(path), load_report(path))[0].studies[0].values[0].settings["weights"]
        for path in (tmp_path, tmp_path / "report.toml")
    }
    assert found == {str(tmp_path / "mine.weights.h5")}


def test_as_many_pictures_are_painted_as_any_run_takes(tmp_path: Path) -> None:
    """A run without a limit does not hide that another asks for more than the report's own."""
    text = (
        SMALL_REPORT
        + """
[[study]]
name = "pictures"
title = "Pictures"
question = "How many?"
factor = "train_per_class"
values = [20, 100]
"""
    )
    (tmp_path / "report.toml").write_text(text.replace("[profile.full]", ""), encoding="utf-8")
    report = load_report(tmp_path)
    assert _most(report, "train_per_class", 60) == 100
    assert _most(report, "train_per_class", 200) == 200


def test_a_report_is_read_once(tmp_path: Path) -> None:
    """Whatever happens to the file during training, the document is that of what was asked for."""
    path = tmp_path / "report.toml"
    path.write_text(f"{SMALL_REPORT}epochs = 0.5\nseeds = [0]\n", encoding="utf-8")
    request = Request(tmp_path, profile="full")
    description = read_description(tmp_path)
    report, profile = describe(request, description.report)
    nothing: Any = None
    opened = Opened(request, description, report, profile, tmp_path, nothing, nothing, nothing)
    before = document_name(opened), is_reduced(opened)
    assert before == (f"{tmp_path.name}-full", True)
    for edit in (
        'title = "broken',
        SMALL_REPORT.replace("[[study]]", 'language = "es"\n[[study]]'),
    ):
        path.write_text(edit, encoding="utf-8")
        check_numbers(opened, Console(quiet=True))
        assert (document_name(opened), is_reduced(opened)) == before
    path.unlink()
    check_numbers(opened, Console(quiet=True))


@pytest.mark.parametrize(
    ("seeds", "name"),
    [
        (None, "full"),
        ((0, 1, 2), "full"),
        ((0,), "full-seeds-0"),
        ((2, 1), "full-seeds-2-1"),
        (tuple(range(50)), "full-50-seeds-"),
    ],
)
def test_other_seeds_are_another_document(
    seeds: tuple[int, ...] | None, name: str, tmp_path: Path
) -> None:
    """A look at one seed takes the place of no document of three."""
    text = f"{SMALL_REPORT}seeds = [0, 1, 2]\n"
    (tmp_path / "report.toml").write_text(text, encoding="utf-8")
    request = Request(tmp_path, profile="full", seeds=seeds)
    description = read_description(tmp_path)
    report, profile = describe(request, description.report)
    nothing: Any = None
    opened = Opened(request, description, report, profile, tmp_path, nothing, nothing, nothing)
    assert document_name(opened).startswith(f"{tmp_path.name}-{name}")
    assert len(document_name(opened)) < len(tmp_path.name) + 40


def described(folder: Path, **asked: Any) -> Report:
    """Return a report of one study as it is asked for: its profile has seeds for it alone."""
    chooses = SMALL_REPORT.replace(
        "values = [",
        'choose = { by = "val_loss", value = 16, because = "it is cheap" }\nvalues = [',
    )
    own = "seeds = [0]\n[profile.full.study.batch]\nseeds = [0, 1, 2]\nvalue_seeds = { 16 = [4] }\n"
    (folder / "report.toml").write_text(f"{chooses}{own}", encoding="utf-8")
    request = Request(folder, profile="full", **asked)
    return describe(request, load_report(folder))[0]


def test_seeds_of_the_command_line_are_those_of_every_value(tmp_path: Path) -> None:
    """A profile may give a study, or a value of it, other seeds; `--seeds` replaces them all."""
    for asked, seeds in (({}, ((0, 1, 2), (4,))), ({"seeds": (9,)}, ((9,), (9,)))):
        report = described(tmp_path, **asked)
        study = report.studies[0]
        assert (report.seeds_of(study, "8"), report.seeds_of(study, "16")) == seeds


def test_the_rule_may_choose_in_place_of_the_authors(tmp_path: Path) -> None:
    """What it goes by stays; the authors' value and reason go."""
    by_authors, by_rule = (
        described(tmp_path, choices=choices).studies[0].choose for choices in ("authors", "rule")
    )
    assert by_authors
    assert by_rule
    assert (by_authors.value, by_rule.value, by_rule.because) == ("16", None, None)
    assert by_rule.by == by_authors.by
