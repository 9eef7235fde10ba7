"""AdaStop, as it is compared with: exact under a null, and stopped by the same rule as ours."""

import numpy as np
from adastop import replay_adastop, replay_ours, sequential_table
from simulation import REPLAYED_FROM


def test_two_equal_values_are_told_apart_at_the_level() -> None:
    """Its permutations are exact; with a boundary from signed differences they are not."""
    figures = np.random.default_rng(3).standard_normal((300, 2, 9))
    assert 0.02 < replay_adastop(figures, 3, 3).any_pair.mean() < 0.07
    assert replay_adastop(figures, 3, 3, is_signed=True).any_pair.mean() > 0.07


def test_a_lead_is_found_by_both_and_ends_the_replay() -> None:
    """Twenty deviations are seen at the first look that can see anything."""
    figures = np.random.default_rng(1).standard_normal((20, 4, 10))
    figures[:, 0] -= 20
    for found, first in ((replay_ours(figures, 10), 3), (replay_adastop(figures, 3, 3), 6)):
        assert found.leads.all()
        assert set(found.seeds) == {first}
    figures[:, 1] -= 40
    assert not replay_ours(figures, 10).leads.any()


def test_the_table_has_a_line_for_each_lead() -> None:
    """Error in the first, seeds in all: none more than there are."""
    lines = sequential_table({"normal": REPLAYED_FROM["normal"]}, 20)[2:]
    cells = [line.strip("| ").split(" | ") for line in lines]
    assert [row[:2] for row in cells] == [["normal", "0"], ["normal", "2"], ["normal", "4"]]
    assert all(3 <= float(cell.split(" / ")[1]) <= 10 for row in cells for cell in row[2:])
