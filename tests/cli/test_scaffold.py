"""A new report builds at once, and nothing that is there is written over."""

import io
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

from scenes.app.request import Request, open_request
from scenes.cli.main import cli
from scenes.cli.scaffold import FILES, OWN_MODEL, OWN_VALUES, USUAL_VALUES, Beginning, create_report
from scenes.errors import SpecError, UserError
from scenes.report.markup.templates import templates_folder
from scenes.spec.component_files import components_of
from scenes.spec.component_sources import find_origin
from scenes.spec.loader import load_report
from scenes.spec.settings import Settings
from scenes.spec.text import Language


@pytest.mark.parametrize("language", ["es", "en"])
def test_a_new_report_is_planned_at_once(tmp_path: Path, language: Language) -> None:
    """Description, template and references pass every check, and its runs are known."""
    folder = tmp_path / "mine"
    written = create_report(folder, Beginning(language=language))
    assert [path.name for path in written] == list(FILES)
    path = folder / "report.toml"
    few = path.read_text(encoding="utf-8").replace("val_per_class = 40", "val_per_class = 1")
    path.write_text(few.replace("_class = 60", "_class = 2"))
    request = Request(folder, store=tmp_path / "store")
    opened = open_request(request, Console(file=io.StringIO()))
    assert opened.profile == "quick"
    plan = opened.plan(opened.report)
    assert len(plan.missing) == len(USUAL_VALUES["learning_rate"])


def test_what_is_asked_for_stands_in_it(tmp_path: Path) -> None:
    """Title, authors, factor and values are the user's, whatever they hold."""
    title = 'A "new" \\ report\n<b>'
    beginning = Beginning(title, ("Ana", "Björn 'B'"), "es", "activation", ("relu", "tanh"))
    create_report(tmp_path / "x", beginning)
    report = load_report(tmp_path / "x")
    assert (report.title, report.authors, report.language) == (title, ("Ana", "Björn 'B'"), "es")
    (study,) = report.studies
    assert study.title == "Función de activación"
    assert [value.key for value in study.values] == ["relu", "tanh"]


@pytest.mark.parametrize("factor", [*USUAL_VALUES, *OWN_VALUES])
def test_every_factor_with_usual_values_makes_a_report(tmp_path: Path, factor: str) -> None:
    """The values that are offered are values of that setting."""
    own = factor in OWN_VALUES
    assert own or factor in Settings.model_fields
    create_report(tmp_path / "x", Beginning(factor=factor, has_model=own))
    with components_of(find_origin(tmp_path / "x")):
        assert load_report(tmp_path / "x").studies[0].factor == factor


def test_the_examples_in_it_name_its_own_values(tmp_path: Path) -> None:
    """What the template's comment shows can be typed as it stands."""
    create_report(tmp_path / "x", Beginning(factor="batch_size", values=("4", "64")))
    text = (tmp_path / "x" / "report.html").read_text(encoding="utf-8")
    assert 'study.trial("4")' in text
    assert 'claims.better(study, "4", than="64"' in text
    assert "$" not in text


def test_nothing_is_written_over(tmp_path: Path) -> None:
    """A folder that holds anything is refused, and stays as it is; an empty one will do."""
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "report.toml").write_text("mine")
    with pytest.raises(UserError, match="is there already"):
        create_report(tmp_path / "kept", Beginning())
    assert (tmp_path / "kept" / "report.toml").read_text() == "mine"
    (tmp_path / "empty").mkdir()
    assert create_report(tmp_path / "empty", Beginning())


@pytest.mark.parametrize(
    ("beginning", "match"),
    [
        (Beginning(factor="colour"), "there is no setting 'colour' to vary"),
        (Beginning(factor="momentum"), "no values are given for 'momentum'"),
        (Beginning(values=("0.1",)), "values"),
        (Beginning(factor="activation", values=("relu", "rleu")), "rleu"),
    ],
)
def test_a_report_with_mistakes_is_not_begun(
    tmp_path: Path, beginning: Beginning, match: str
) -> None:
    """What would not load is refused with its reason, and no folder is made."""
    with pytest.raises(SpecError) as caught:
        create_report(tmp_path / "x", beginning)
    assert match in str(caught.value)
    assert not (tmp_path / "x").exists()


def test_the_command_takes_its_answers_from_options(tmp_path: Path) -> None:
    """Without a terminal nothing is asked."""
    folder = tmp_path / "mine"
    options = ["--factor", "dropout", "--values", "0.0, 0.5", "--author", "A", "--author", "B"]
    result = CliRunner().invoke(cli, ["new", str(folder), *options])
    assert result.exit_code == 0, result.output
    assert "Next: scenes plan" in result.output
    data = tomllib.loads((folder / "report.toml").read_text(encoding="utf-8"))
    assert data["authors"] == ["A", "B"]
    assert data["study"][0]["values"] == [0.0, 0.5]


def test_the_skeleton_is_shipped() -> None:
    """The files that a new report begins with are among the templates of the package."""
    assert all((templates_folder() / "new" / name).is_file() for name in FILES)


def test_a_report_may_begin_with_a_network_of_its_own(tmp_path: Path) -> None:
    """It uses the network, and a study can vary what that takes."""
    folder = tmp_path / "mine"
    create_report(folder, Beginning(factor="width", has_model=True))
    assert (folder / "components.py").is_file()
    with components_of(find_origin(folder)):
        report = load_report(folder)
    assert report.base.model == OWN_MODEL
    assert [value.key for value in report.studies[0].values] == ["8", "16", "32"]
    with pytest.raises(SpecError, match="there is no setting 'width'"):
        create_report(tmp_path / "other", Beginning(factor="width"))


@pytest.mark.slow
def test_the_network_that_a_report_begins_with_passes_its_tests(tmp_path: Path) -> None:
    """Its stated count is right, and every check of a model holds."""
    create_report(tmp_path / "mine", Beginning(has_model=True))
    done = subprocess.run(
        [sys.executable, "-m", "scenes", "test", str(tmp_path / "mine"), "--trust"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "XDG_CONFIG_HOME": str(tmp_path / "config")},
    )
    assert done.returncode == 0, done.stdout
    assert "it has the counts that it states PASSED" in done.stdout
