"""What varies in a study is found, and more than one thing is refused by name."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenes.spec.factor import factor_mistakes, varied_settings

SETTINGS = st.dictionaries(st.sampled_from(["a", "b", "c"]), st.integers(0, 2))


@given(st.lists(SETTINGS, min_size=2, max_size=4), SETTINGS)
def test_a_setting_varies_where_two_values_differ_in_it(
    values: list[dict[str, int]], fixed: dict[str, int]
) -> None:
    """A value that leaves a setting alone takes the study's, or else the report's own."""
    whole = [{**fixed, **value} for value in values]
    expected = {
        name
        for name in "abc"
        if any(name in value for value in values)
        and len({item.get(name, "the report's own") for item in whole}) > 1
    }
    assert set(varied_settings(values, fixed)) == expected


EIGHT, SIXTEEN = {"batch_size": 8}, {"batch_size": 16}


@pytest.mark.parametrize(
    ("factor", "values", "has_label", "named"),
    [
        ("batch_size", [EIGHT, SIXTEEN], False, None),
        ("batch_size", [{**EIGHT, "epochs": 3}, {**SIXTEEN, "epochs": 3}], False, None),
        ("batch_size", [EIGHT, {**SIXTEEN, "epochs": 3}], False, ("'batch_size'", "'epochs'")),
        ("batch_size", [EIGHT, {**SIXTEEN, "epochs": 3}], True, ("'batch_size'", "'epochs'")),
        ("speed", [EIGHT, {**SIXTEEN, "epochs": 3}], False, ("'batch_size'", "'epochs'")),
        ("speed", [EIGHT, {**SIXTEEN, "epochs": 3}], True, None),
        ("speed", [EIGHT, SIXTEEN], False, None),
    ],
)
def test_one_factor_is_wanted(
    factor: str, values: list[dict[str, Any]], has_label: bool, named: tuple[str, str] | None
) -> None:
    """A setting varies alone; a group may hold several settings, if it is labelled as one."""
    found = list(factor_mistakes(factor, values, fixed={}, has_label=has_label))
    assert bool(found) == (named is not None)
    for mistake in found:
        assert mistake.place == ("factor",)
        assert all(name in mistake.text for name in named or ())


def test_what_the_study_fixes_may_be_said_again() -> None:
    """A value that repeats a setting of the study varies nothing."""
    values = [EIGHT, {**SIXTEEN, "epochs": 3}]
    assert not list(factor_mistakes("batch_size", values, fixed={"epochs": 3}, has_label=False))
