"""Components of installed distributions are as good as built-in ones, in every report."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import Command
from own_code import COMPONENTS, load_own, write_distribution, write_own

from scenes.errors import UserError
from scenes.runs.identity import identify
from scenes.runs.run_code import files_of_own
from scenes.spec import registry
from scenes.spec.installed import installed_registry
from scenes.spec.registry import BUILT_IN
from scenes.spec.settings import Settings

CODE = COMPONENTS.replace("from .blocks import residual", "from labnets.blocks import residual")
BLOCKS = """
def residual(x, width, activation):
    from keras import layers

    return layers.Conv2D(width, 3, padding="same")(x)
"""
POINTS = """
[scenes.models]
small_resnet = labnets.nets:small_resnet
[scenes.augmentations]
noise = labnets.nets:noise
[scenes.schedules]
one_cycle = labnets.nets:one_cycle
"""
Install = Callable[..., Path]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Return what installs a distribution for a test."""

    def put(code: str = CODE, points: str = POINTS, *, name: str = "site") -> Path:
        site = write_distribution(tmp_path / name, code, points)
        (site / "labnets" / "blocks.py").write_text(BLOCKS, encoding="utf-8")
        _forget()
        monkeypatch.syspath_prepend(site)
        return site

    yield put
    _forget()


def _forget() -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "labnets"]:
        del sys.modules[name]


def test_they_are_known_with_their_distribution(install: Install) -> None:
    """After those that ship, each with the place where it is written, and without TensorFlow."""
    before = "tensorflow" in sys.modules
    install()
    known = installed_registry()
    assert list(known.models) == [*BUILT_IN.models, "small_resnet"]
    assert known.place("labnets.nets:noise") == "labnets 1.2: labnets.nets (nets.py:34)"
    assert known.settings["width"].default == 4
    assert ("tensorflow" in sys.modules) == before


def test_a_report_may_bring_more_but_none_of_the_same_name(
    install: Install, tmp_path: Path
) -> None:
    """Both places are named."""
    install()
    own = "from scenes import schedule\n@schedule\ndef mine(epoch, *, epochs): return 1\n"
    assert {"mine", "one_cycle"} <= load_own(write_own(tmp_path / "a", own)).schedules.keys()
    own = own.replace("mine", "one_cycle")
    with pytest.raises(
        UserError, match=r"labnets 1\.2: .*nets\.py:\d+\) already.*components\.py:2"
    ):
        load_own(write_own(tmp_path / "b", own))


def test_their_code_is_in_the_id_of_a_run(install: Install, tmp_path: Path) -> None:
    """Another version changes it where it says something else, and nowhere else."""

    def code(*, name: str, net: str = CODE) -> dict[str, str]:
        install(net, name=name)
        with registry.using(installed_registry()):
            settings = Settings.model_validate({"model": "small_resnet"})
            found: dict[str, str] = identify(settings, 0, data="d", versions=None)["code"]
            return found

    first = code(name="one")
    assert {"small_resnet", "residual"} <= first.keys()
    assert code(name="two", net=f"{CODE}\n# a comment") == first
    other = code(name="three", net=CODE.replace("strides=2", "strides=1"))
    assert {name for name in first if first[name] != other[name]} == {"small_resnet"}


def test_the_files_that_a_component_reaches_are_named(install: Install) -> None:
    """So that a report can carry them."""
    site = install()
    with registry.using(installed_registry()):
        found = files_of_own(["labnets.nets:small_resnet"])
    assert found["labnets/nets.py"] == site / "labnets" / "nets.py"
    assert {"labnets/blocks.py", "labnets/nets.py"} <= found.keys()


@pytest.mark.parametrize(
    ("code", "points", "problem"),
    [
        (
            "1 / 0",
            POINTS,
            r"labnets 1\.2: \[scenes\.models\] small_resnet: ZeroDivisionError.*nets",
        ),
        (CODE, "[scenes.models]\na = labnets.nets:small_resnet", "function is called small_resnet"),
        (CODE, "[scenes.models]\nnoise = labnets.nets:noise", "noise has no decorator @model"),
        (CODE, "[scenes.models]\nx = labnets.nets:x", "AttributeError"),
        (CODE, "[scenes.models]\nx = labnots.nets:x", "No module named 'labnots'"),
        (
            "from scenes import model\n@model\ndef lenet(*, image_size, classes): ...",
            "[scenes.models]\nlenet = labnets.nets:lenet",
            "'lenet' is scenes.training.models:build_lenet already",
        ),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(
    install: Install, code: str, points: str, problem: str
) -> None:
    """The distribution, its version and its entry point are named, and the way out."""
    install(code, points)
    with pytest.raises(UserError, match=problem) as caught:
        installed_registry()
    assert "labnets" in str(caught.value)


def test_they_are_listed(install: Install, command: Command) -> None:
    """With and without a report."""
    install()
    code, output, _ = command("list", "models")
    assert code == 0
    assert "small_resnet" in output
    assert "labnets 1.2" in output
