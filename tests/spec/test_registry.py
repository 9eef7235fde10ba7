"""What the registry holds can be built, and is extended for one report without touching another."""

import ast
from dataclasses import replace
from pathlib import Path
from pkgutil import resolve_name

import pytest

import scenes
from scenes.errors import UserError
from scenes.plan.cost import expected_cost
from scenes.plan.memory import expected_memory
from scenes.spec import registry
from scenes.spec.builtin_backbones import BACKBONES
from scenes.spec.entries import AugmentationEntry, ModelEntry
from scenes.spec.kinds import KINDS
from scenes.spec.registry import BUILT_IN, Registry
from scenes.spec.settings import Settings

LENET = BUILT_IN.models["lenet"]
OWN = Registry(models={"own": replace(LENET, builder="own:build", minimum_size=lambda _: 20)})


@pytest.mark.parametrize("kind", [*sorted({*KINDS} - {"figures"}), "backbones"])
def test_every_builder_is_found(kind: str) -> None:
    """The path of an entry leads to something that can be called."""
    entries = BACKBONES if kind == "backbones" else getattr(BUILT_IN, kind)
    paths = {name: entry.builder for name, entry in entries.items() if entry.builder}
    assert len(paths) >= len(entries) - 1  # "none" builds nothing
    assert all(callable(resolve_name(path)) for path in paths.values())


def test_a_joined_registry_is_in_force_within_its_block() -> None:
    """A report's own model is as good as a built-in one there, and unknown elsewhere."""
    with registry.using(BUILT_IN.joined(OWN)):
        settings = Settings(model="own", image_size=20)
        assert expected_cost(settings, 10, 10) > 0
        assert expected_memory(settings) > 0
        with pytest.raises(ValueError, match="model 'own' needs pictures of at least 20 pixels"):
            Settings(model="own", image_size=19)
    with pytest.raises(ValueError, match="unknown model 'own'"):
        Settings(model="own", image_size=20)
    assert "own" not in BUILT_IN.models


def test_an_error_ends_a_registry_too() -> None:
    """After an error within the block, the one before is in force again."""
    with pytest.raises(ZeroDivisionError), registry.using(OWN):
        raise ZeroDivisionError
    assert registry.current() is BUILT_IN


def test_no_entry_is_overridden() -> None:
    """Every clash is named at once, with both places, and nothing is joined."""
    zoom = replace(BUILT_IN.augmentations["zoom"], builder="mine:zoom")
    other = Registry(
        models={"lenet": replace(LENET, builder="mine:lenet"), "new": LENET},
        augmentations={"zoom": zoom},
    )
    with pytest.raises(UserError) as caught:
        BUILT_IN.joined(other)
    assert [problem.split(" and ")[0] for problem in caught.value.problems] == [
        "models: 'lenet' is scenes.training.models:build_lenet already",
        "augmentations: 'zoom' is scenes.training.augmentations:build_zoom already",
    ]
    assert "cannot be mine:zoom as well" in str(caught.value)


def test_a_model_with_a_backbone_can_have_any_name() -> None:
    """That it takes a backbone follows from its parameters, not from what it is called."""
    host: ModelEntry = BUILT_IN.models["transfer"]
    with registry.using(BUILT_IN.joined(Registry(models={"probe": host}))):
        settings = Settings(model="probe", backbone="VGG16", image_size=32)
        assert settings.used_backbone == "VGG16"
        assert settings.is_frozen
        assert not settings.model_copy(update={"trainable": 2}).is_frozen
        with pytest.raises(ValueError, match='model "probe" needs a backbone'):
            Settings(model="probe")
    assert Settings(backbone="VGG16").used_backbone is None


def test_no_name_of_a_model_is_compared() -> None:
    """Only the registry's own files spell out a model, except for the default of the settings."""
    root = Path(scenes.__file__).parent
    found = {}
    for path in root.rglob("*.py"):
        if path.name.startswith("builtin_"):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        inside = {id(n) for c in ast.walk(tree) if isinstance(c, ast.Compare) for n in ast.walk(c)}
        named = [
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant)
            and node.value in BUILT_IN.models
            and (id(node) in inside or "training" not in path.parts)
        ]
        if named:
            found[path.relative_to(root).as_posix()] = named
    assert found == {"spec/settings.py": ["tutorial"]}


def test_a_combination_uses_parts_of_the_registry_in_force() -> None:
    """A report's own augmentation stands after the built-in ones in a combination."""
    own = AugmentationEntry("own:grey", "augmentation.grey", 0.1, 1.0, {}, {})
    with registry.using(BUILT_IN.joined(Registry(augmentations={"grey": own}))):
        assert registry.canonical_augmentation("grey+flip") == "horizontal_flip+grey"
    with pytest.raises(UserError, match="'grey' is unknown"):
        registry.canonical_augmentation("grey+flip")
