"""Components beside a report are loaded whole or not at all, and are as good as built-in ones."""

import sys
from pathlib import Path

import pytest
from own_code import COMPONENTS, REPORT, load_own, write_own
from pydantic import ValidationError

from scenes.claims.predicates import PREDICATES
from scenes.errors import SpecError, UserError
from scenes.spec import registry
from scenes.spec.builtin_claims import CLAIMS
from scenes.spec.component_files import load_components
from scenes.spec.entries import Origin
from scenes.spec.loader import check_report, load_report
from scenes.spec.registry import BUILT_IN
from scenes.spec.settings import Settings

HEAD = "from scenes import augmentation, model, schedule\n"
MODEL = HEAD + "@model\ndef mine(*, image_size, classes, "


def refused(folder: Path, code: str, **others: str) -> list[str]:
    """Return the problems for which the components of a folder are refused."""
    with pytest.raises(UserError) as caught:
        load_own(write_own(folder, code, **others))
    return list(caught.value.problems)


def test_own_components_stand_after_the_built_in_ones(tmp_path: Path) -> None:
    """Each kind has its own, with the place where it is written, and nothing built in is lost."""
    known = load_own(write_own(tmp_path))
    assert list(known.models) == [*BUILT_IN.models, "small_resnet"]
    assert list(known.augmentations) == [*BUILT_IN.augmentations, "noise"]
    assert list(known.schedules) == [*BUILT_IN.schedules, "one_cycle"]
    entry = known.models["small_resnet"]
    assert entry.parameters == ("activation", "width", "blocks")
    assert known.place(entry.builder) == "components.py:13"
    assert entry.minimum_size({}) == 8
    noise = known.augmentations["noise"]
    assert (noise.strength, noise.maximum, noise.parameters) == (10.0, 100, ("tint",))
    assert "small_resnet" not in BUILT_IN.models


def test_loading_writes_nothing_and_imports_no_tensorflow(tmp_path: Path) -> None:
    """The folder holds what it held, and the half that writes can load it."""
    before = "tensorflow" in sys.modules
    load_own(write_own(tmp_path))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["blocks.py", "components.py"]
    assert ("tensorflow" in sys.modules) == before


def test_another_version_is_another_module(tmp_path: Path) -> None:
    """What a file said before is neither mixed with what it says now nor lost."""
    first = load_own(write_own(tmp_path)).models["small_resnet"].builder
    second = load_own(write_own(tmp_path, f"{COMPONENTS}\n# more")).models["small_resnet"].builder
    assert first != second
    assert load_own(write_own(tmp_path)).models["small_resnet"].builder == first
    elsewhere = load_own(write_own(tmp_path / "copy")).models["small_resnet"].builder
    assert elsewhere not in (first, second)


def test_keywords_are_settings_with_type_range_and_default(tmp_path: Path) -> None:
    """They are checked as built-in settings are, and have their defaults where none are set."""
    with registry.using(load_own(write_own(tmp_path))):
        plain = Settings(model="small_resnet", image_size=8)
        assert plain.model_dump()["width"] == 4
        assert plain == Settings.model_validate({**plain.model_dump(), "width": 4})
        assert plain != Settings.model_validate({**plain.model_dump(), "width": 8})
        for wrong, said in [
            ({"width": 0}, "greater than or equal to 1"),
            ({"width": "4"}, "valid integer"),
            ({"peak": "high"}, "valid number"),
            ({"tint": "red"}, "'grey' or 'colour'"),
            ({"widht": 4}, "not permitted"),
        ]:
            with pytest.raises(ValidationError, match=said):
                Settings.model_validate(wrong)
    with pytest.raises(ValidationError, match="not permitted"):
        Settings.model_validate({"width": 4})


def test_mistakes_in_own_settings_come_with_all_others(tmp_path: Path) -> None:
    """All mistakes of a report.toml are reported at once, with lines and guesses."""
    (tmp_path / "report.toml").write_text(
        REPORT.replace("epochs = 2", 'epochs = 0\nwidht = 3\npeak = "high"')
    )
    with registry.using(load_own(write_own(tmp_path))), pytest.raises(SpecError) as caught:
        load_report(tmp_path)
    assert list(caught.value.problems) == [
        "report.toml:7: base.epochs: must be at least 1, got 0",
        "report.toml:8: base.widht: unknown key (did you mean 'width'?)",
        "report.toml:9: base.peak: must be a number, got 'high'",
    ]


def test_an_own_setting_can_be_the_factor(tmp_path: Path) -> None:
    """A study varies it, and refuses values that it cannot have."""
    import tomllib

    with registry.using(load_own(write_own(tmp_path))):
        report = check_report(tomllib.loads(REPORT), "a test")
        assert [value.settings for value in report.studies[0].values] == [
            {"width": 2},
            {"width": 4},
        ]
        with pytest.raises(SpecError, match="must be at most 64, got 65"):
            check_report(tomllib.loads(REPORT.replace("[2, 4]", "[2, 65]")), "a test")
        with pytest.raises(SpecError, match="did you mean 'width'"):
            check_report(tomllib.loads(REPORT.replace('"width"\nvalues', '"with"\nvalues')), "it")


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        ("**more): ...", "`**more`: each keyword must be named"),
        ("width): ...", "`width` must have a default, such as `width=16`"),
        ("dropout=0.3): ...", "default is 0.0, not 0.3: use this default, or another name"),
        ("width: int = 'a'): ...", "default 'a' does not fit its annotation"),
        ("width: Nowhere = 1): ...", "name 'Nowhere' is not defined"),
        ("width={1: 2}): ...", "`width` must be a number, a text, true or false"),
        ("width=[1, 2]): ...", "a list for its default: write a tuple, such as `width=(16, 32)`"),
        ("width: list[int] = [1]): ...", "write a tuple"),
        ("width=None): ...", "does not say what else it may be: `width: int | None = None`"),
        ("width=float('nan')): ...", "or a tuple of these, got nan"),
        ("width=10**30): ...", "or a tuple of these, got 1000000000"),
        ("width=len): ...", "got <built-in function len>"),
        ("width: len = 3): ...", "its annotation `len` is not a number, a text"),
        ("width: '1 / 0' = 3): ...", "its annotation `1 / 0` cannot be used: ZeroDivisionError"),
        ("width: 'exit()' = 3): ...", "its annotation `exit()` cannot be used: SystemExit"),
        ("seed=0): ...", "`seed` means something else in a report.toml"),
        ("entry=0): ...", "`entry` means something else in a report.toml"),
        ("model_dump=0): ...", "`model_dump` means something else"),
        ("backbone=None): ...", "models that scenes builds on a backbone"),
    ],
)
def test_a_keyword_that_no_report_could_set_is_refused(
    rest: str, said: str, tmp_path: Path
) -> None:
    """The reason comes with file, line and name, before anything is trained."""
    code = MODEL + rest
    (problem,) = refused(tmp_path, code)
    assert said in problem
    if "Nowhere" not in rest:
        assert problem.startswith("components.py:2: mine: ")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("@model(8)\n", "components.py:2: TypeError: @model stands above a function; facts have"),
        ("@model('small')\n", """as in @model(label="…"), and 'small' has none"""),
        ("@schedule\n@model\n", "mine: it has two decorators, @model and @schedule"),
        ("@model\nasync ", "mine: it must not be async"),
        ("@model\ndef my(image_size, classes, /): ...\n@model\n", "it must take the keyword"),
        ("@model\ndef mine(*, image_size, classes): ...\n@model\n", "defined in line 3 too"),
        ("@metric(low=1, high=0)\ndef x(labels, probabilities): ...\n", "low must be less than"),
        ("@metric\ndef x(labels, probabilities, k): ...\n", "`k` must have a default"),
        ("@claim\ndef better(study, key): ...\n", "claims: 'better' is a claim of scenes"),
        ("@claim\ndef _x(study, key): ...\n", "no template can ask for a claim whose name begins"),
        (
            "@augmentation\ndef x(pictures, *, strength=2.0, generator): ...\n",
            "at most its maximum",
        ),
        ("@augmentation\ndef x(pictures, *, strength='a', generator): ...\n", "got 'a'"),
        ("raise GeneratorExit\n", "components.py:2: GeneratorExit"),
        (f"x = {'-' * 100_000}1\n", "components.py: it is nested too deeply"),
    ],
)
def test_a_decorator_that_is_used_otherwise_is_refused(
    code: str, said: str, tmp_path: Path
) -> None:
    """With the line, in words that say how it is used, and never a traceback."""
    head = "from scenes import augmentation, claim, metric, model, schedule\n"
    problems = refused(tmp_path, f"{head}{code}def mine(*, image_size, classes): ...\n")
    assert [problem for problem in problems if said in problem], problems


def test_what_else_a_file_does_disturbs_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Standard output is for commands, the folder stays, and odd objects are left alone."""
    odd = (
        "import os\nprint('hello')\nos.chdir('/')\n"
        "class Odd:\n    def __getattr__(self, name): raise RuntimeError(name)\n"
        "    def __call__(self): ...\nodd = Odd()\n"
    )
    here = Path.cwd()
    known = load_own(write_own(tmp_path, f"{odd}{MODEL}width=3): ...\n"))
    assert "mine" in known.models
    assert Path.cwd() == here
    assert capsys.readouterr() == ("", "hello\n")


def test_the_names_of_claims_that_ship_are_taken() -> None:
    """They are listed where no claim can be imported."""
    assert dict.fromkeys(CLAIMS) == dict.fromkeys(PREDICATES)


def test_all_components_are_told_what_is_wrong_with_them_at_once(tmp_path: Path) -> None:
    """Nothing of a file is registered while something in it is wrong."""
    code = HEAD + (
        "@model(minimum_size=0, size=3)\ndef one(*, classes): ...\n"
        "@augmentation\ndef two(images, *, strength=1.0): ...\n"
        "@schedule(label=3)\ndef three(epoch): ...\n"
    )
    problems = refused(tmp_path, code)
    assert [problem.split(": ")[:2] for problem in problems] == [
        ["components.py:2", "one"],
        ["components.py:2", "one"],
        ["components.py:2", "one"],
        ["components.py:4", "two"],
        ["components.py:4", "two"],
        ["components.py:4", "two"],
        ["components.py:6", "three"],
        ["components.py:6", "three"],
    ]


def test_names_that_are_taken_are_refused_with_both_places(tmp_path: Path) -> None:
    """Built-in names, their short forms, backbones, and a name that two files use."""
    code = HEAD + "".join(
        f"@model\ndef {name}(*, image_size, classes): ...\n" for name in ("lenet", "VGG16")
    )
    code += "@augmentation\ndef flip(pictures, *, strength=1.0, generator): ...\n"
    assert refused(tmp_path, code) == [
        "models: 'lenet' is scenes.training.models:build_lenet already and cannot be "
        "components.py:2 as well",
        "models: 'VGG16' is a backbone and cannot be components.py:4 as well",
        "augmentations: 'flip' is short for horizontal_flip and cannot be components.py:6 as well",
    ]
    (tmp_path / "report.toml").write_text('[components]\nfiles = ["components.py", "more.py"]')
    twice = MODEL + "width=1): ...\n"
    assert refused(tmp_path, twice, more=twice) == [
        "models: 'mine' is components.py:2 already and cannot be more.py:2 as well"
    ]


def test_one_setting_has_one_default(tmp_path: Path) -> None:
    """Two models may share a setting, and may not mean two things by it."""
    other = "@model\ndef other(*, image_size, classes, width={}): ...\n"
    shared = MODEL + "width=1): ...\n" + other
    known = load_own(write_own(tmp_path, shared.format(1)))
    assert list(known.settings) == ["width"]
    (problem,) = refused(tmp_path, shared.format(2))
    assert "components.py:2 mine" in problem
    assert "components.py:4 other" in problem
    (problem,) = refused(tmp_path, shared.format("1.0"))
    assert "one type and default" in problem


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("1 / 0", "components.py:1: ZeroDivisionError: division by zero"),
        ("import sys\nsys.exit(3)", "components.py:2: SystemExit: 3"),
        ("import nowhere_at_all", "components.py:1: ModuleNotFoundError"),
        ("from .blocks import missing", "components.py:1: ImportError: cannot import name"),
        ("from .nowhere import x", "components.py:1: ModuleNotFoundError"),
        ("from .blocks import broken\nbroken()", "blocks.py:2: ValueError: no"),
    ],
)
def test_code_that_fails_is_told_with_its_line(code: str, said: str, tmp_path: Path) -> None:
    """A user sees the line of the own file, and no traceback."""
    (problem,) = refused(tmp_path, code, blocks="def broken():\n    raise ValueError('no')\n")
    assert problem.startswith(said)


def test_an_annotation_without_keras_says_what_to_add(tmp_path: Path) -> None:
    """`-> keras.Model` needs no import where annotations are not evaluated."""
    code = HEAD + "@model\ndef mine(*, image_size, classes) -> keras.Model: ...\n"
    with pytest.raises(UserError, match="from __future__ import annotations"):
        load_own(write_own(tmp_path, code))


def test_what_is_imported_is_declared_once(tmp_path: Path) -> None:
    """A component belongs to the file that defines it, under whatever names others import it."""
    code = "from .more import mine\nfrom .more import mine as another\n"
    known = load_own(write_own(tmp_path, code, more=MODEL + "width=1): ...\n"))
    assert list(known.models) == [*BUILT_IN.models, "mine"]
    assert known.place(known.models["mine"].builder) == "more.py:2"


def test_a_file_in_a_folder_is_a_module_of_a_package(tmp_path: Path) -> None:
    """Relative imports work there, upwards too."""
    write_own(tmp_path, "")
    write_own(tmp_path / "parts", MODEL + "width=1): ...\n")
    more = "from .components import mine\nfrom ..blocks import residual\n"
    (tmp_path / "parts" / "more.py").write_text(more)
    known = load_components(Origin(tmp_path, ("parts/components.py", "parts/more.py")))
    assert known.place(known.models["mine"].builder) == "parts/components.py:2"
