"""What pictures as a second source of error would change: what speaks for it, and against."""

import pytest
from crossed import Networks, by_seeds, crossed, crossed_table, floored, share_of_studies

STUDIES = 250


@pytest.mark.parametrize("method", [by_seeds, floored, crossed])
def test_values_alike_in_every_picture_are_seldom_told_apart(method: object) -> None:
    """With three seeds every method keeps its level."""
    assert callable(method)
    assert share_of_studies(method, Networks(0.0), 4, 3, studies=STUDIES) <= 0.07


def test_many_seeds_mislead_where_values_suit_other_pictures() -> None:
    """Ten seeds tell apart what differs on this split only, unless pictures count as drawn."""
    by, both = (
        share_of_studies(method, Networks(1.0), 4, 10, studies=STUDIES)
        for method in (by_seeds, crossed)
    )
    assert both <= 0.07 < by


def test_a_floor_costs_power() -> None:
    """A variance that cannot fall below what pictures bring is larger, never smaller."""
    by, with_floor = (
        share_of_studies(method, Networks(0.0, lead=0.4), 4, 3, studies=STUDIES)
        for method in (by_seeds, floored)
    )
    assert with_floor <= by


def test_the_table_has_a_line_for_each_size() -> None:
    """Three kinds of values, three sizes."""
    assert len(crossed_table(20)) == 2 + 9
