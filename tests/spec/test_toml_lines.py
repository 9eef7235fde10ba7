"""The line of each key of a TOML file."""

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenes.spec.toml_lines import KeyPath, locate_keys, nearest_line

TEXT = """\
title = "T"
"odd key".inner = [
  1,
  { batch_size = 2, label.en = "x" },  # a comment
]
[base]
epochs = 3
text = \"\"\"
[[study]]
\"\"\"
[[study]]
name = "a"
choose.by = "val_loss"
[study.set]
epochs = 1
[[study]]
name = "b"
[study.set.deep.er]
x = 1
"""

LINES: dict[KeyPath, int] = {
    ("title",): 1,
    ("odd key", "inner"): 2,
    ("odd key", "inner", 0): 3,
    ("odd key", "inner", 1): 4,
    ("odd key", "inner", 1, "batch_size"): 4,
    ("odd key", "inner", 1, "label", "en"): 4,
    ("base",): 6,
    ("base", "epochs"): 7,
    ("base", "text"): 8,
    ("study", 0): 11,
    ("study", 0, "name"): 12,
    ("study", 0, "choose", "by"): 13,
    ("study", 0, "set"): 14,
    ("study", 0, "set", "epochs"): 15,
    ("study", 1): 16,
    ("study", 1, "name"): 17,
    ("study", 1, "set", "deep", "er"): 18,
    ("study", 1, "set", "deep", "er", "x"): 19,
}


def test_each_key_and_item_has_its_line() -> None:
    """Tables, lists of tables, dotted and quoted keys, inline tables and long texts are counted."""
    assert locate_keys(TEXT) == LINES


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (("base", "epochs"), 7),
        (("base", "model"), 6),
        (("study", 0, "values", 3, "key"), 11),
        (("study", 0, "choose"), 11),
        (("nothing",), None),
        ((), None),
    ],
)
def test_what_the_file_does_not_name_stands_in_what_holds_it(place: KeyPath, line: int) -> None:
    """A missing key is reported at the line of its table; a key of the whole file at none."""
    assert nearest_line(LINES, place) == line


KEYS = st.text("abc-_0", min_size=1, max_size=3)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.integers(0, 9), lambda inner: st.lists(inner, max_size=3), max_leaves=5
)


@given(st.dictionaries(KEYS, st.dictionaries(KEYS, VALUES, max_size=3), max_size=4))
def test_every_key_that_the_reader_finds_is_located(tables: dict[str, dict[str, Any]]) -> None:
    """What tomllib reads from a file has a line there, and the line holds the key."""
    text = "".join(
        f"[{table}]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items())
        for table, keys in tables.items()
    )
    lines, rows = locate_keys(text), text.splitlines()
    for table, keys in tomllib.loads(text).items():
        assert rows[lines[(table,)] - 1] == f"[{table}]"
        for key in keys:
            assert rows[lines[(table, key)] - 1].startswith(f"{key} =")
