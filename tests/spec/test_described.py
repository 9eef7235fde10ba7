"""Keys of a report.toml are described from the classes that read them."""

import pytest
from pydantic import BaseModel

from scenes.spec.described import TABLES, describe, describe_settings
from scenes.spec.settings import Settings


@pytest.mark.parametrize("model", [*TABLES.values(), Settings], ids=lambda it: it.__name__)
def test_every_key_is_described(model: type[BaseModel]) -> None:
    """Each key says what it means and its type; nothing is described that is not there."""
    keys = describe(model)
    assert [it.name for it in keys if not it.meaning or not it.kind] == []
    assert len(keys) == len(model.model_fields)


def test_ranges_and_defaults_are_those_of_the_class() -> None:
    """A range, a choice, a list and a missing default are written as a report.toml has them."""
    rows = {it.name: it for it in describe_settings()}
    assert (rows["batch_size"].kind, rows["batch_size"].default) == ("integer, ≥ 1, ≤ 4,096", "32")
    assert rows["precision"].kind == '`"float32"` or `"mixed_bfloat16"`'
    assert rows["filters"].default == "[16, 32, 64]"
    assert rows["backbone"].default == "none"
    top = {it.name: it for it in describe(TABLES[""])}
    assert top["title"].default == ""
    assert "study" in top
    assert "studies" not in top
