"""Ids cover the code that a run executes: every definition of it, and nothing else."""

import ast
import shutil
from collections import Counter
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

import pytest
from conftest import replace_file, rewrite

import scenes
from scenes.data.pixel_code import PIXEL_STOPS, pixel_digest
from scenes.runs import run_code
from scenes.runs.run_code import ROOTS, STOPS, builders, code_parts, unused
from scenes.spec.settings import Settings
from scenes.system.source import code_hash
from scenes.system.source.code_hash import reach, read_program
from scenes.system.source.names import Definition
from scenes.system.source.program import Program

RUNS = {
    "tutorial": Settings(),
    "vgg16": Settings(model="transfer", backbone="VGG16"),
    "tuned": Settings(model="transfer", backbone="VGG16", trainable=2, weights="some.h5"),
    "changed": Settings(
        model="lenet",
        augmentation="zoom+random_erasing",
        learning_rate_schedule="cosine",
        patience=3,
        optimizer="adam",
    ),
}
ROOMS = ("report", "cli", "app", "claims", "stats", "plan", "runs", "data/synthetic")
"""Rooms of which no run executes a line, but for the names of metrics in `runs`."""
STORAGE = (
    "scenes.data.arrays:load_arrays",
    "scenes.data.arrays:_prepare",
    "scenes.data.arrays:_write_labels",
    "scenes.data.part_files:progress_of",
    "scenes.data.inspection:inspect_pictures",
    "scenes.runs.store:Store.save",
    "scenes.runs.store:Store.lock",
    "scenes.system.files:save_array",
    "scenes.system.files:load_array",
    "scenes.training.checkpoint:Checkpoint.save",
    "scenes.training.checkpoint:load_snapshot",
    "scenes.training.engine:run_plan",
    "scenes.training.fork_server:start_fork_server",
    "scenes.training.weights:missing_weights",
    "scenes.training.worker:run_job",
    "scenes.training.worker:write_errors_to",
)
"""Some of what only stores, waits, tells or starts."""


def reached(settings: Settings) -> set[Definition]:
    """Return the definitions that the id of a run covers."""
    roots = map(Definition.parse, [*ROOTS, *builders(settings)])
    return reach(read_program(STOPS), roots, stops=map(Definition.parse, unused(settings)))


def mutate(source: Path, wanted: Collection[Definition]) -> set[Definition]:
    """Change what some definitions of a package say; return them and what a statement shares."""
    changed: set[Definition] = set()
    for path in source.rglob("*.py"):
        module = module_of(source, path)
        if not any(it.module == module for it in wanted):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in tree.body:
            for names, part in parts_of(node):
                bound = {Definition(module, name) for name in names}
                if not bound.isdisjoint(wanted):
                    changed |= bound
                    spoil(part)
        replace_file(path, ast.unparse(tree))
    return changed


def module_of(source: Path, path: Path) -> str:
    """Return the dotted name of a file of a package."""
    parts = path.relative_to(source.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def parts_of(node: ast.stmt) -> list[tuple[set[str], Any]]:
    """Return what a statement of a module defines: names, and the part that says what they are."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        methods = [it for it in node.body if isinstance(it, ast.FunctionDef)]
        inner = methods if isinstance(node, ast.ClassDef) else []
        return [({node.name}, node), *(({f"{node.name}.{it.name}"}, it) for it in inner)]
    if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
        return []
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    inside = [it for target in targets for it in ast.walk(target)]
    names = {it.id for it in inside if isinstance(it, ast.Name) and isinstance(it.ctx, ast.Store)}
    return [(names, node)]


def spoil(node: Any) -> None:
    """Make a definition say something else."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        node.body = [*node.body, *ast.parse("_mutant = 'changed'").body]
    else:
        node.value = ast.Tuple([node.value, ast.Constant("changed")], ast.Load())


def all_definitions(source: Path) -> set[Definition]:
    """Return every definition of a package that `mutate` can change."""
    return {
        Definition(module_of(source, path), name)
        for path in source.rglob("*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        for names, _ in parts_of(node)
        for name in names
    }


@pytest.fixture
def whole_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the whole package."""
    copy = tmp_path / "scenes"
    shutil.copytree(code_hash.PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(code_hash, "PACKAGE", copy)
    return copy


def in_rounds(definitions: Iterable[Definition]) -> list[set[Definition]]:
    """Return rounds in which at most one definition of each module and of each name is changed."""
    rounds: list[set[Definition]] = []
    for definition in sorted(definitions):
        taken = (definition.module, definition.name)
        for one in rounds:
            if not any(it.module == taken[0] or it.name == taken[1] for it in one):
                one.add(definition)
                break
        else:
            rounds.append({definition})
    return rounds


@pytest.mark.parametrize("run", RUNS)
def test_each_definition_that_a_run_reaches_is_in_its_id(source: Path, run: str) -> None:
    """Changed one by one, each changes its own hash, and with it the id, and no other's."""
    settings = RUNS[run]
    before = code_parts(settings)
    named = {it for it in reached(settings) if it.name}
    names = Counter(it.name for it in named)
    whole = {path: path.read_text(encoding="utf-8") for path in source.rglob("*.py")}
    for one in in_rounds(named):
        touched = mutate(source, one) & named
        assert touched >= one
        after = code_parts(settings)
        assert after.keys() == before.keys()
        changed = {name for name in after if after[name] != before[name]}
        wanted = {it.name for it in touched}
        # Who refers to one of several of a name depends on what that one says.
        assert changed == wanted if max(names[it] for it in wanted) == 1 else changed > wanted
        for path, text in whole.items():
            if module_of(source, path) in {it.module for it in one}:
                replace_file(path, text)
    assert len(named) > 60


@pytest.mark.parametrize("run", RUNS)
def test_no_other_definition_is_in_the_id(whole_source: Path, run: str) -> None:
    """All else may change at once, the command line, documents, storage and checks: no id does."""
    settings = RUNS[run]
    before, covered = code_parts(settings), reached(settings)
    others = all_definitions(whole_source) - covered
    changed = mutate(whole_source, others)
    assert changed == others
    assert len(changed) > 1500
    assert code_parts(settings) == before
    assert set(map(Definition.parse, STORAGE)) <= changed


def test_rooms_that_only_write_are_in_no_id() -> None:
    """What runs execute stands in the rooms of pictures, settings, training and the machine."""
    rooms = tuple(f"scenes.{room.replace('/', '.')}." for room in ROOMS)
    covered = {str(it) for settings in RUNS.values() for it in reached(settings)}
    found = {it for it in covered if it.startswith(rooms)}
    assert {it.partition(":")[0] for it in found} <= {"scenes.runs.record"}  # what is recorded


@pytest.mark.parametrize(
    ("run", "module", "covers"),
    [
        ("tutorial", "augmentations", False),
        ("tutorial", "backbones", False),
        ("tutorial", "feature_cache", False),
        ("tutorial", "schedules", False),
        ("tutorial", "stopping", False),
        ("vgg16", "backbones", True),
        ("vgg16", "feature_cache", True),
        ("tuned", "feature_cache", False),
        ("changed", "augmentations", True),
        ("changed", "augmentation_preview", True),
        ("changed", "schedules", True),
        ("changed", "stopping", True),
    ],
)
def test_an_id_covers_what_its_settings_use(run: str, module: str, covers: bool) -> None:
    """A run without augmentation, backbone, schedule or patience does not depend on their code."""
    modules = {it.module for it in reached(RUNS[run])}
    assert (f"scenes.training.{module}" in modules) == covers


def test_builders_of_other_entries_do_not_count() -> None:
    """Of models, schedules and augmentations those that a run uses are in its id."""
    names = {run: {it.name for it in reached(settings)} for run, settings in RUNS.items()}
    builders = {name for found in names.values() for name in found if name.startswith("build_")}
    assert {"build_tutorial", "build_lenet", "build_transfer", "build_zoom"} <= builders
    assert "build_rotation" not in builders
    for run, own in {"tutorial": "tutorial", "vgg16": "transfer", "changed": "lenet"}.items():
        models = {"build_tutorial", "build_lenet", "build_mlp", "build_transfer"}
        assert names[run] & models == {f"build_{own}"}


OPTIONAL = {
    **run_code.WITHOUT_AUGMENTATION,
    **run_code.WITHOUT_FEATURES,
    **run_code.WITHOUT_PATIENCE,
    **run_code.WITHOUT_SCHEDULE,
}


INTERFACE = [stop for stop in STOPS if stop.startswith("scenes:")]
"""Decorators of users' components, which no code of the package itself names."""


def test_each_decorator_is_one_that_users_import() -> None:
    """What is left out of users' components is part of the interface."""
    assert INTERFACE
    assert {stop.removeprefix("scenes:") for stop in INTERFACE} <= set(scenes.INTERFACE)


@pytest.mark.parametrize("stop", [it for it in [*STOPS, *OPTIONAL] if it not in INTERFACE])
def test_each_stop_is_there_and_is_needed(stop: str) -> None:
    """What is left out on purpose exists, has its reason, and would be in some id otherwise."""
    definition = Definition.parse(stop)
    whole = read_program(())
    assert definition.name == "*" or whole.defines(definition)
    assert {**STOPS, **OPTIONAL}[stop]
    stops = frozenset(map(Definition.parse, STOPS)) - {definition}
    without = Program(whole.sources, stops)
    found: set[Definition] = set()
    for settings in RUNS.values():
        roots = map(Definition.parse, [*ROOTS, *builders(settings)])
        rest = set(unused(settings)) - {stop}
        found |= reach(without, roots, stops=map(Definition.parse, rest))
    assert any(definition in it.owners for it in found)


def test_pixels_are_part_of_every_run() -> None:
    """What makes arrays stale makes runs stale."""
    roots = map(Definition.parse, run_code.PIXEL_ROOTS)
    pixels = reach(read_program(PIXEL_STOPS), roots)
    assert len(pixels) > 20
    assert all(pixels <= reached(settings) for settings in RUNS.values())


def test_a_moved_module_makes_nothing_stale(source: Path) -> None:
    """Files may be renamed and move between rooms: pixels and ids stay as they are."""
    before = [pixel_digest(), *map(code_parts, RUNS.values())]
    moves = {
        "data.perceptual_hash": "data.looks",
        "data.tiff": "data.kinds.tagged",
        "training.step": "training.inner.steps",
        "training.model_summary": "system.outline",
    }
    for old, new in moves.items():
        path = source.joinpath(*new.split(".")).with_suffix(".py")
        path.parent.mkdir(exist_ok=True)
        source.joinpath(*old.split(".")).with_suffix(".py").rename(path)
    for path in source.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for old, new in moves.items():
            text = text.replace(f"scenes.{old}", f"scenes.{new}")
        text = text.replace("from scenes.data import tiff", "from scenes.data.kinds import tagged")
        replace_file(path, text.replace("tiff.", "tagged.") if "import tagged" in text else text)
    stops = [
        {stop.replace(".data.tiff:", ".data.kinds.tagged:"): reason for stop, reason in it.items()}
        for it in (STOPS, PIXEL_STOPS)
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run_code, "STOPS", stops[0])
        patch.setattr("scenes.data.pixel_code.PIXEL_STOPS", stops[1])
        after = [pixel_digest(), *map(code_parts, RUNS.values())]
    for old, new in zip(before, after, strict=True):
        assert new == old


def test_code_that_changes_while_it_is_watched_is_read_again(source: Path) -> None:
    """A process that plans again after an edit sees the edit; without one it reads nothing."""
    before = code_parts(RUNS["tutorial"])
    program = read_program(STOPS)
    assert read_program(STOPS) is program
    rewrite(source / "training" / "models.py", 'padding="same", name', 'padding="valid", name')
    assert read_program(STOPS) is not program
    after = code_parts(RUNS["tutorial"])
    assert [name for name in after if after[name] != before[name]] == ["build_tutorial"]


def test_a_component_s_file_counts(source: Path, tmp_path: Path) -> None:
    """The code of a report's own file is followed where its place is given."""
    own = tmp_path / "my report" / "components.py"
    own.parent.mkdir()
    own.write_text("from scenes.training.models import build_lenet\nUNITS = 3\n")
    rewrite(
        source / "training" / "models.py",
        "def build_model(",
        "from components import UNITS\n\n\ndef build_model(units=UNITS, *,",
    )
    before = code_parts(RUNS["tutorial"], places={"components": own})
    own.write_text("UNITS = 4\n")
    after = code_parts(RUNS["tutorial"], places={"components": own})
    assert {name for name in after if after[name] != before.get(name)} == {"UNITS"}
